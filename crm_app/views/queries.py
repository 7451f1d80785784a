"""The views that somebody reaches: his own, those of his role, those of everybody."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.people import staff
from crm_app.core.errors import NotFound
from crm_app.core.sql import table_of
from crm_app.models import Role, SavedView, User, ViewPin
from crm_app.views.schemas import Audience, Kept, View

_view, _pin, _role = table_of(SavedView).c, table_of(ViewPin).c, table_of(Role).c
DEFAULTS = "default_view"
"""Under which a person's preferences keep the view that opens with each list."""


def views_in_reach(actor: Actor) -> ColumnElement[bool]:
    """The WHERE condition for the views that the actor may open."""
    role = select(_role.id).where(_role.code == actor.role_code).scalar_subquery()
    return or_(
        _view.owner_id == actor.user_id,
        _view.audience == Audience.ALL,
        and_(_view.audience == Audience.ROLE, _view.role_id == role),
    )


def select_views(actor: Actor) -> Select[*tuple[Any, ...]]:
    """The views in reach, each with its place in the sidebar."""
    pins = and_(_pin.view_id == _view.id, _pin.user_id == actor.user_id)
    columns = (
        _view.id, _view.kind, _view.name, _view.owner_id, _view.audience, _role.code, _view.query, _view.version,
        _pin.position,
    )  # fmt: skip
    return (
        select(*columns)
        .select_from(table_of(SavedView))
        .outerjoin(table_of(Role), _role.id == _view.role_id)
        .outerjoin(table_of(ViewPin), pins)
        .where(views_in_reach(actor))
    )


def list_views(session: Session, actor: Actor) -> tuple[View, ...]:
    """Pinned ones in their order, then one's own, then the others, by name."""
    names = staff(session).names
    found = [
        View(key, kind, name, owner, names.get(owner, ""), Audience(audience), role or "", query, version, pin)
        for key, kind, name, owner, audience, role, query, version, pin in session.execute(select_views(actor))
    ]
    found.sort(key=lambda one: (one.pin is None, one.pin or 0, one.owner_id != actor.user_id, one.name, one.id))
    return tuple(found)


def get_kept(session: Session, actor: Actor, *, kind: str, view_id: int) -> Kept:
    """What a view keeps. Raises NotFound for one that isn't there and for one out of reach alike."""
    columns = (_view.id, _view.name, _view.query, _view.version)
    asked = select(*columns).where(_view.id == view_id, _view.kind == kind, views_in_reach(actor))
    found = session.execute(asked).one_or_none()
    if found is None:
        raise NotFound
    return Kept(*found)


def get_default(session: Session, actor: Actor, kind: str) -> int:
    """The view that opens with the list of that name; 0 for none, and where it is out of reach by now."""
    chosen = default_of(session.get_one(User, actor.user_id), kind)
    if not chosen:
        return 0
    asked = select(_view.id).where(_view.id == chosen, _view.kind == kind, views_in_reach(actor))
    return session.execute(asked).scalar_one_or_none() or 0


def default_of(user: User, kind: str) -> int:
    """What the person chose, whether it is still there or not."""
    kept = user.preferences.get(DEFAULTS)
    chosen = kept.get(kind) if isinstance(kept, dict) else None
    return chosen if isinstance(chosen, int) else 0


def list_roles(session: Session) -> dict[str, int]:
    """The roles that a view can be shared with, by code."""
    return {code: key for code, key in session.execute(select(_role.code, _role.id).order_by(_role.id))}  # noqa: C416

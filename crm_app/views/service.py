"""Saving, sharing, pinning and deleting views."""

from sqlalchemy import Select, delete, func, select
from sqlmodel import Session, col

from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission
from crm_app.core.changes import Change, announce
from crm_app.core.errors import Forbidden, NotFound, Refused
from crm_app.models import SavedView, User, ViewPin
from crm_app.views import queries, rules
from crm_app.views.kinds import KINDS
from crm_app.views.schemas import Audience

CHANGED = "saved_view"
"""The kind of the change that says that views were saved, shared, renamed, pinned or deleted."""


def create_view(
    session: Session, actor: Actor, *, kind: str, name: str, query: str, audience: str, pinned: bool
) -> int:
    """Keep a query under a name; returns the view's id. Raises Refused, Forbidden for sharing without the function."""
    name = _free_name(session, actor.user_id, kind, name)
    own = select(func.count()).where(col(SavedView.owner_id) == actor.user_id)
    if session.execute(own).scalar_one() >= rules.MOST_VIEWS:
        raise Refused("views.problem.many", max=rules.MOST_VIEWS)
    shared, role_id = rules.read_audience(audience, queries.list_roles(session))
    if shared is not Audience.PRIVATE:
        _require_shareable(actor, kind, query)
    made = SavedView(kind=kind, name=name, owner_id=actor.user_id, audience=shared, role_id=role_id, query=query)
    session.add(made)
    session.flush()
    if pinned:
        _pin(session, actor, made.id or 0)
    _announce(actor)
    return made.id or 0


def save_query(session: Session, actor: Actor, *, view_id: int, kind: str, query: str, version: int) -> int:
    """Let a view keep another query; returns its version. Raises Forbidden, NotFound, Refused.

    Also refused: a save over one that somebody else made after the person had opened the view.
    """
    view = _get(session, actor, view_id)
    _require_change(actor, view)
    if view.kind != kind:
        raise NotFound
    if view.version != version:
        raise Refused("views.problem.changed")
    if view.audience != Audience.PRIVATE:
        _require_shareable(actor, view.kind, query)
    view.query = query
    return _changed(actor, view)


def rename_view(session: Session, actor: Actor, *, view_id: int, name: str) -> int:
    """Raises Forbidden, NotFound, Refused."""
    view = _get(session, actor, view_id)
    _require_change(actor, view)
    if rules.check_name(name) != view.name:
        view.name = _free_name(session, view.owner_id, view.kind, name)
    return _changed(actor, view)


def share_view(session: Session, actor: Actor, *, view_id: int, audience: str) -> int:
    """Share a view with a role or everybody, or take it back. Raises Forbidden, NotFound, Refused.

    Others who had pinned a view that is taken back lose the pin: it would lead nowhere.
    """
    view = _get(session, actor, view_id)
    shared, role_id = rules.read_audience(audience, queries.list_roles(session))
    if shared is Audience.PRIVATE:
        _require_withdrawal(actor, view)
    else:
        _require_change(actor, view)
        _require_shareable(actor, view.kind, view.query)
    view.audience, view.role_id = shared, role_id
    if shared is Audience.PRIVATE:
        others = (col(ViewPin.view_id) == view_id, col(ViewPin.user_id) != view.owner_id)
        session.execute(delete(ViewPin).where(*others))
    return _changed(actor, view)


def delete_view(session: Session, actor: Actor, *, view_id: int) -> str:
    """Delete a view, with everybody's pins of it; returns its name. Raises Forbidden, NotFound."""
    view = _get(session, actor, view_id)
    _require_withdrawal(actor, view)
    name = view.name
    session.delete(view)
    session.flush()
    _announce(actor)
    return name


def pin_view(session: Session, actor: Actor, *, view_id: int, on: bool) -> None:
    """Put a view into one's sidebar, at its end, or out of it. Raises NotFound, Refused."""
    view = _get(session, actor, view_id)
    if on:
        _pin(session, actor, view.id or 0)
    else:
        mine = (col(ViewPin.view_id) == view_id, col(ViewPin.user_id) == actor.user_id)
        session.execute(delete(ViewPin).where(*mine))
    _announce(actor)


def arrange_pins(session: Session, actor: Actor, *, view_ids: list[int]) -> None:
    """Order one's pinned views; what isn't pinned is left out, what isn't named comes after."""
    place = {view_id: at for at, view_id in reversed(list(enumerate(view_ids)))}
    pins = sorted(session.execute(_pins(actor)).scalars(), key=lambda pin: place.get(pin.view_id, len(place)))
    for position, pin in enumerate(pins):
        pin.position = position
    _announce(actor)


def set_default(session: Session, actor: Actor, *, kind: str, view_id: int) -> None:
    """Let a view open with its list; 0 for none. Raises NotFound."""
    if view_id and _get(session, actor, view_id).kind != kind:
        raise NotFound
    user = session.get_one(User, actor.user_id)
    kept = user.preferences.get(queries.DEFAULTS)
    chosen = {**(kept if isinstance(kept, dict) else {}), kind: view_id}
    user.preferences = {**user.preferences, queries.DEFAULTS: {key: one for key, one in chosen.items() if one}}
    _announce(actor)


def _get(session: Session, actor: Actor, view_id: int) -> SavedView:
    """The view, within reach and for update."""
    found = session.execute(
        select(SavedView).where(col(SavedView.id) == view_id, queries.views_in_reach(actor)).with_for_update()
    ).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


def _require_change(actor: Actor, view: SavedView) -> None:
    if not rules.may_change(actor, owner_id=view.owner_id, audience=view.audience):
        raise Forbidden


def _require_withdrawal(actor: Actor, view: SavedView) -> None:
    if not rules.may_withdraw(actor, owner_id=view.owner_id, audience=view.audience):
        raise Forbidden


def _require_shareable(actor: Actor, kind: str, query: str) -> None:
    if not actor.may(Permission.VIEW_SHARE):
        raise Forbidden
    if problem := KINDS[kind].why_private(query):
        raise Refused(problem.code, **problem.params)


def _free_name(session: Session, owner_id: int, kind: str, name: str) -> str:
    name = rules.check_name(name)
    same = (col(SavedView.owner_id) == owner_id, col(SavedView.kind) == kind, col(SavedView.name) == name)
    if session.execute(select(col(SavedView.id)).where(*same)).first():
        raise Refused("views.problem.taken", name=name)
    return name


def _pin(session: Session, actor: Actor, view_id: int) -> None:
    places = {pin.view_id: pin.position for pin in session.execute(_pins(actor)).scalars()}
    if view_id in places:
        return
    if len(places) >= rules.MOST_PINS:
        raise Refused("views.problem.many_pins", max=rules.MOST_PINS)
    session.add(ViewPin(user_id=actor.user_id, view_id=view_id, position=max(places.values(), default=-1) + 1))


def _pins(actor: Actor) -> Select[ViewPin]:
    return select(ViewPin).where(col(ViewPin.user_id) == actor.user_id).order_by(col(ViewPin.position))


def _changed(actor: Actor, view: SavedView) -> int:
    view.version += 1
    _announce(actor)
    return view.version


def _announce(actor: Actor) -> None:
    announce(Change(CHANGED, actor_id=actor.user_id))

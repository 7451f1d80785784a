"""Calling fields that every customer has something else, requiring and moving them (R1.8)."""

from dataclasses import asdict
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from crm_app.access.actor import Actor
from crm_app.access.audit import Action, record
from crm_app.core.changes import Change, announce
from crm_app.core.clock import utcnow
from crm_app.core.errors import NotFound, Refused
from crm_app.fields import queries, rules
from crm_app.fields.schemas import ALWAYS_REQUIRED, BUILT_IN, BuiltInField, BuiltInInput
from crm_app.models import FieldSetting


def change_built_in(session: Session, actor: Actor, *, name: str, version: int, entry: BuiltInInput) -> int:
    """Say what a field is called, whether it must be filled in, and what stands below it; its version then.

    `version` is 0 for one that is as it came. Raises Forbidden, NotFound, Invalid by the form's field, and Refused for
    one that somebody changed meanwhile.
    """
    before = _find(session, actor, name)
    others = rules.names_of_others(queries.list_built_in(session), name)
    checked = rules.check_built_in(name, entry, others, queries.list_fields(session, include_retired=True))
    row = _lock(session, name, version)
    for part, value in asdict(checked).items():
        setattr(row, part, value)
    row.version += 1
    _note(session, actor, Action.FIELD_CHANGED, row, **_difference(before, checked))
    return row.version


def reset_built_in(session: Session, actor: Actor, *, name: str, version: int) -> int:
    """Let a field be as it came, but for its place; its version then. Raises as `change_built_in`."""
    return change_built_in(session, actor, name=name, version=version, entry=BuiltInInput())


def move_built_in(session: Session, actor: Actor, *, name: str, step: int) -> int:
    """Move a field one place up (-1) or down (1); its place from 1. Raises Forbidden, NotFound."""
    _find(session, actor, name)
    rows = {row.name: row for row in session.scalars(select(FieldSetting).with_for_update())}
    order = [field.name for field in queries.list_built_in(session)]
    place = order.index(name)
    target = min(max(place + (1 if step > 0 else -1), 0), len(order) - 1)
    if target == place:
        return place + 1
    order.insert(target, order.pop(place))
    for position, one in enumerate(order, start=1):
        row = rows.get(one) or _add(session, one)
        row.position = position
    session.flush()
    _note(
        session,
        actor,
        Action.FIELD_MOVED,
        rows.get(name) or session.get_one(FieldSetting, name),
        old=place + 1,
        new=target + 1,
    )
    return target + 1


def _find(session: Session, actor: Actor, name: str) -> BuiltInField:
    known = {field.name: field for field in queries.list_for_administrator(session, actor)}
    if name not in BUILT_IN:
        raise NotFound
    return known[name]


def _lock(session: Session, name: str, version: int) -> FieldSetting:
    asked = select(FieldSetting).where(col(FieldSetting.name) == name).with_for_update()
    row = session.scalars(asked.execution_options(populate_existing=True)).one_or_none()
    if (row.version if row else 0) != version:
        raise Refused("fields.problem.changed")
    return row or _add(session, name)


def _add(session: Session, name: str) -> FieldSetting:
    """Its first row, of version 0: nobody changed more than its place."""
    row = FieldSetting(name=name, version=0)
    session.add(row)
    try:
        session.flush()
    except IntegrityError:
        raise Refused("fields.problem.changed") from None
    return row


def _difference(before: BuiltInField, after: BuiltInInput) -> dict[str, str]:
    """Old and new of what changed, for the audit log."""
    found: dict[str, str] = {}
    for part, value in asdict(after).items():
        old, new = str(getattr(before, part)), str(value)
        if old != new and (part != "required" or before.name not in ALWAYS_REQUIRED):
            found |= {f"{part}.old": old, f"{part}.new": new}
    return found


def _note(session: Session, actor: Actor, action: Action, row: FieldSetting, **detail: Any) -> None:
    """Write who and when, the audit entry, and tell the open pages."""
    row.changed_by, row.changed_at = actor.user_id, utcnow()
    record(session, action, actor=actor, subject_kind="field_setting", subject_id=row.name, **detail)
    announce(Change("own_field", actor_id=actor.user_id))

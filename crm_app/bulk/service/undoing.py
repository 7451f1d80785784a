"""Taking a change back (R3.6): each row gets its own former value, but for those that somebody changed since.

As the change itself in chunks, each of which notes what it did; what is left of a stopped one is the next one's.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.audit import Action as Audit
from crm_app.access.audit import record
from crm_app.access.people import staff
from crm_app.access.permissions import Permission
from crm_app.access.scope import deleted_in_reach
from crm_app.bulk import queries, rules
from crm_app.bulk.rules import Task
from crm_app.bulk.schemas import Outcome, Stand, State, What
from crm_app.bulk.service import writing
from crm_app.core.clock import format_local, utcnow
from crm_app.core.errors import Refused
from crm_app.core.settings import get_settings
from crm_app.core.sql import checked, table_of
from crm_app.customers.rules import STATUSES_OF_LEVEL
from crm_app.customers.search import index_again
from crm_app.customers.service.records import columns_of
from crm_app.models import BulkChange, BulkRow, Collaborator, Customer

_change, _row, _c = table_of(BulkChange).c, table_of(BulkRow).c, table_of(Customer).c


def undo_next(session: Session, actor: Actor, *, task: Task, change_id: int, most: int) -> int:
    """Take back the next `most` rows; how many there were, 0 when all are done. Raises Refused when it was ended."""
    held = session.execute(
        select(_change.state, _change.counts).where(_change.id == change_id).with_for_update()
    ).one_or_none()
    if held is None or held.state != State.UNDOING:
        raise Refused("bulk.refused.ended")
    rows = {row.customer_id: row for row in queries.list_changed(session, change_id, most)}
    if not rows:
        return 0
    undo = _undo_deletion if task.action.what is What.DELETE else _undo_values
    kept = undo(session, actor, task, rows, utcnow())
    _note(session, change_id, rows, kept)
    counts = rules.added(held.counts, undone=len(rows) - len(kept), kept=len(kept))
    session.execute(update(table_of(BulkChange)).where(_change.id == change_id).values(counts=counts))
    return len(rows)


def finish_undo(session: Session, actor: Actor, *, change_id: int) -> None:
    """All rows are done: note it, once."""
    change = queries.lock_change(session, actor, change_id)
    if change.state != State.UNDOING:
        return
    change.state = State.UNDONE
    record(
        session,
        Audit.CUSTOMERS_CHANGE_UNDONE,
        actor=actor,
        subject_kind="bulk_change",
        subject_id=change_id,
        undone=change.counts.get("undone", 0),
        kept=change.counts.get("kept", 0),
    )


def _note(session: Session, change_id: int, rows: Mapping[int, Any], kept: Mapping[int, str]) -> None:
    for why, outcome in [("", Outcome.UNDONE), *((why, Outcome.KEPT) for why in Counter(kept.values()))]:
        ids = [key for key in rows if kept.get(key, "") == why]
        if ids:
            session.execute(
                update(table_of(BulkRow))
                .where(_row.bulk_id == change_id, _row.outcome == Outcome.CHANGED, _row.customer_id.in_(ids))
                .values(outcome=outcome, why=why)
            )


def _undo_values(session: Session, actor: Actor, task: Task, rows: Mapping[int, Any], now: datetime) -> dict[int, str]:
    """Put back what stood in the field; why which rows keep what they have."""
    stands = queries.read_stands(session, actor, task, tuple(rows), lock=True)
    later = {key: rows[key].version for key, stand in stands.items() if stand.version != rows[key].version}
    touched = queries.touched_since(session, task.action.step, later)
    former = {key: _former(task, row.before) for key, row in rows.items()}
    active = {person.id for person in staff(session).people.values() if person.active}
    kept: dict[int, str] = {}
    for key in rows:
        if why := _why_kept(task, stands.get(key), former[key], active, touched=key in touched):
            kept[key] = why
    back = {key: (stand, former[key]) for key, stand in stands.items() if key not in kept}
    if back:
        _write(session, actor, task, back, now)
    return kept


def _former(task: Task, before: str) -> tuple[Any, ...]:
    return tuple(json.loads(before)) if task.action.what is What.OWNER else (before,)


def _why_kept(task: Task, stand: Stand | None, former: Sequence[Any], active: set[int], *, touched: bool) -> str:
    """Why a row stays as it is; empty when it gets its former value."""
    if stand is None:
        return "gone"
    if not stand.allowed:
        return "out_of_reach"
    if touched:
        return "touched"
    text = former[0]
    if task.action.what is What.OWNER and text and int(text) not in active:
        return "left"
    if task.action.field == "status" and text not in STATUSES_OF_LEVEL[stand.level]:
        return "status"
    return ""


def _write(
    session: Session, actor: Actor, task: Task, back: Mapping[int, tuple[Stand, Sequence[Any]]], now: datetime
) -> None:
    action, texts = task.action, {key: former[0] for key, (_, former) in back.items()}
    columns: dict[int, dict[str, Any]] = {key: {} for key in back}
    lines = [(key, stand.version + 1, action.step, stand.text, texts[key]) for key, (stand, _) in back.items()]
    match action.what:
        case What.FIELD if task.own:
            writing.write_own(session, task, texts)
        case What.FIELD:
            columns = {key: columns_of({action.field: writing.value_of(action.field, texts[key])}) for key in back}
        case What.OWNER:
            columns = {key: _owner_columns(former) for key, (_, former) in back.items()}
            lines += _help_again(session, int(action.value), back)
        case What.TAGS:
            writing.write_tags(session, ((key, stand.text) for key, (stand, _) in back.items()), texts)
    writing.step_each(session, columns, now)
    writing.write_history(session, actor, lines, now)
    writing.keep_index(session, task, list(back))


def _owner_columns(former: Sequence[Any]) -> dict[str, Any]:
    text, department_id, since, _ = former
    return {
        "owner_id": int(text) if text else None,
        "department_id": department_id,
        "assigned_at": datetime.fromisoformat(since) if since else None,
    }


def _help_again(
    session: Session, owner_id: int, back: Mapping[int, tuple[Stand, Sequence[Any]]]
) -> list[writing.History]:
    """Whoever helped before he became the owner helps again."""
    helped = [key for key, (_, former) in back.items() if former[3]]
    helping = queries.list_helpers(session, helped)
    lines: list[writing.History] = []
    for key in helped:
        now = helping.get(key, set())
        if owner_id not in now:
            session.add(Collaborator(customer_id=key, user_id=owner_id))
            lines.append(
                (key, back[key][0].version + 1, "collaborators", rules.listed(now), rules.listed({*now, owner_id}))
            )
    session.flush()
    return lines


def _undo_deletion(
    session: Session, actor: Actor, _task: Task, rows: Mapping[int, Any], now: datetime
) -> dict[int, str]:
    """Bring back those that lie in the recycle bin as the change put them there."""
    found = {
        row.id: row
        for row in session.execute(
            select(_c.id, _c.version, _c.number, _c.name, _c.deleted_at)
            .where(_c.id.in_(tuple(rows)), checked(deleted_in_reach(actor, Permission.CUSTOMER_DELETE)))
            .order_by(_c.id)
            .with_for_update(of=table_of(Customer))
        )
    }
    back = [row for key, row in found.items() if row.version == rows[key].version]
    if back:
        ids = [row.id for row in back]
        writing.step_all(session, ids, {"deleted_at": None, "deleted_by": None}, now)
        zone = get_settings().zone
        lines = [(row.id, row.version + 1, "deleted_at", format_local(row.deleted_at, tz=zone), "") for row in back]
        writing.write_history(session, actor, lines, now)
        writing.write_trace(session, actor, Audit.CUSTOMER_RESTORED, ((row.number, row.name) for row in back), now)
        index_again(session, ids)
    returned = {row.id for row in back}
    return {key: "touched" if key in found else "gone" for key in rows if key not in returned}

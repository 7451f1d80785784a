"""Carrying a change out: a chunk of rows in each short transaction, which also notes how far it has come.

Whoever goes on after a crash or beside a runner that was thought dead finds the place under the lock: no row is done
twice, and what was done is what can be taken back.
"""

import json
from array import array
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.audit import Action as Audit
from crm_app.access.audit import record
from crm_app.bulk import queries, rules
from crm_app.bulk.rules import Task
from crm_app.bulk.schemas import Judged, Outcome, Stand, State, Verdict, What
from crm_app.bulk.service import writing
from crm_app.core.bulk import BulkInsert
from crm_app.core.clock import format_local, utcnow
from crm_app.core.errors import Refused
from crm_app.core.settings import get_settings
from crm_app.core.sql import table_of
from crm_app.customers.search import forget_entries
from crm_app.customers.service.records import columns_of
from crm_app.models import BulkChange, BulkRow

_change = table_of(BulkChange).c
_ROW = ("bulk_id", "outcome", "customer_id", "version", "before", "why")


def apply_next(
    session: Session, actor: Actor, *, task: Task, change_id: int, ids: "array[int]", versions: "array[int]", most: int
) -> int:
    """Change the next `most` rows; how many rows are done now. Raises Refused when the change was ended meanwhile."""
    held = session.execute(
        select(_change.state, _change.position, _change.counts).where(_change.id == change_id).with_for_update()
    ).one_or_none()
    if held is None or held.state != State.RUNNING:
        raise Refused("bulk.refused.ended")
    start, end = held.position, min(held.position + most, len(ids))
    if start >= end:
        return end
    seen = dict(zip(ids[start:end], versions[start:end], strict=True))
    judged = _judge(session, actor, task, seen)
    changed = [(stand, one) for stand, one in judged.values() if stand and one.verdict is Verdict.CHANGE]
    now = utcnow()
    if changed:
        _write(session, actor, task, changed, now)
    _keep(session, task, change_id, judged)
    found = Counter(one.verdict for _, one in judged.values())
    counts = rules.added(
        held.counts, changed=found[Verdict.CHANGE], same=found[Verdict.SAME], refused=found[Verdict.REFUSED]
    )
    session.execute(update(table_of(BulkChange)).where(_change.id == change_id).values(position=end, counts=counts))
    return end


def finish_change(session: Session, actor: Actor, *, change_id: int) -> None:
    """All rows are done: note it, once."""
    change = queries.lock_change(session, actor, change_id)
    if change.state != State.RUNNING:
        return
    change.state, change.rows = State.DONE, b""
    _note(session, actor, change)


def note_interrupted(session: Session, actor: Actor, *, change_id: int) -> None:
    """Leave in the records what was changed so far (R10.6), whatever the person may do by now."""
    change = queries.lock_change(session, actor, change_id)
    if change.state == State.RUNNING and change.position:
        _note(session, actor, change, ended="interrupted")


def _note(session: Session, actor: Actor, change: BulkChange, **detail: str) -> None:
    record(
        session,
        Audit.CUSTOMERS_CHANGED,
        actor=actor,
        subject_kind="bulk_change",
        subject_id=change.id or 0,
        step=str(change.action.get("field") or change.what),
        changed=change.counts.get("changed", 0),
        refused=change.counts.get("refused", 0),
        **detail,
    )


def _judge(session: Session, actor: Actor, task: Task, seen: dict[int, int]) -> dict[int, tuple[Stand | None, Judged]]:
    """Every row anew; one whose field somebody changed after the preview is refused rather than overwritten."""
    stands = queries.read_stands(session, actor, task, tuple(seen), lock=True)
    later = {key: seen[key] for key, stand in stands.items() if stand.version != seen[key]}
    touched = queries.touched_since(session, task.action.step, later)
    return {key: (stands.get(key), rules.judge(task, stands.get(key), touched=key in touched)) for key in seen}


def _write(session: Session, actor: Actor, task: Task, changed: Sequence[tuple[Stand, Judged]], now: datetime) -> None:
    action, ids = task.action, [stand.id for stand, _ in changed]
    lines = [(stand.id, stand.version + 1, action.step, stand.text, judged.new) for stand, judged in changed]
    columns: dict[str, Any] = {}
    match action.what:
        case What.FIELD if task.own:
            writing.write_own(session, task, dict.fromkeys(ids, action.value))
        case What.FIELD:
            columns = columns_of({action.field: writing.value_of(action.field, action.value)})
        case What.OWNER:
            columns = {"owner_id": int(action.value), "department_id": task.department_id, "assigned_at": now}
            lines += _without_helper(session, int(action.value), [stand for stand, _ in changed if stand.more[2]])
        case What.TAGS:
            before = ((stand.id, stand.text) for stand, _ in changed)
            writing.write_tags(session, before, {stand.id: judged.new for stand, judged in changed})
        case What.DELETE:
            columns = {"deleted_at": now, "deleted_by": actor.user_id}
            at = format_local(now, tz=get_settings().zone)
            lines = [(key, version, step, "", at) for key, version, step, _, _ in lines]
            writing.write_trace(session, actor, Audit.CUSTOMER_DELETED, ((s.number, s.name) for s, _ in changed), now)
            forget_entries(session, ids)
    writing.step_all(session, ids, columns, now)
    writing.write_history(session, actor, lines, now)
    writing.keep_index(session, task, ids)


def _without_helper(session: Session, owner_id: int, stands: Sequence[Stand]) -> list[writing.History]:
    writing.stop_helping(session, owner_id, stands)
    return [
        (s.id, s.version + 1, "collaborators", s.more[2], rules.listed(rules.ids_in(s.more[2]) - {owner_id}))
        for s in stands
    ]


def _keep(session: Session, task: Task, change_id: int, judged: dict[int, tuple[Stand | None, Judged]]) -> None:
    """What takes it back, and what was refused why. Who went is a row no more."""
    there = [(stand, one) for stand, one in judged.values() if stand is not None]
    BulkInsert(session, BulkRow, _ROW).write(
        (change_id, Outcome.CHANGED, stand.id, stand.version + 1, _before(task, stand), "")
        if one.verdict is Verdict.CHANGE
        else (change_id, Outcome.REFUSED, stand.id, stand.version, stand.text, one.why)
        for stand, one in there
        if one.verdict is not Verdict.SAME
    )


def _before(task: Task, stand: Stand) -> str:
    """What stood there; of an owner also what went with him."""
    if task.action.what is not What.OWNER:
        return stand.text
    department_id, since, helping = stand.more
    return json.dumps([stand.text, department_id, since.isoformat() if since else "", helping])

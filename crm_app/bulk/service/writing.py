"""What both ways of a change write besides the values: versions, history, tags' links, the trace of deletions."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, update
from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.audit import Action as Audit
from crm_app.bulk.rules import Task, ids_in
from crm_app.bulk.schemas import Stand, What
from crm_app.core.bulk import BulkInsert, reserve_ids
from crm_app.core.changes import Change, announce
from crm_app.core.sql import table_of
from crm_app.customers.rules import Value
from crm_app.customers.search import index_again
from crm_app.fields.service import hold_fields, insert_values
from crm_app.models import AuditEntry, Collaborator, Customer, CustomerTag, FieldChange, OwnValue

History = tuple[int, int, str, str, str]
"""Customer, version, field, old and new text."""
_c, _tag, _help = table_of(Customer).c, table_of(CustomerTag).c, table_of(Collaborator).c
_HISTORY = ("id", "customer_id", "at", "user_id", "version", "field", "old", "new")
_AUDIT = ("id", "at", "user_id", "username", "action", "subject_kind", "subject_id", "address", "detail")
_SEARCHED = frozenset({"name", "credit_code"})


def value_of(field: str, text: str) -> Value:
    """What a field stores for a text that the history keeps."""
    if field == "founded_on":
        return datetime.strptime(text, "%Y-%m-%d").date() if text else None  # noqa: DTZ007 - A day has no zone.
    return text


def step_all(session: Session, ids: Sequence[int], columns: dict[str, Any], now: datetime) -> None:
    """The same columns for all of them, and a version more: one statement."""
    stepped = {"version": _c.version + 1, "updated_at": now}
    session.execute(update(table_of(Customer)).where(_c.id.in_(ids)).values(**columns, **stepped))


def step_each(session: Session, columns: dict[int, dict[str, Any]], now: datetime) -> None:
    """Columns of its own for each of these customers, the same ones for all, and a version more."""
    lines = [{"key": key, "stamp": now, **{f"new_{n}": v for n, v in own.items()}} for key, own in columns.items()]
    if not lines:
        return
    names = next(iter(columns.values()))
    values: dict[str, Any] = {name: bindparam(f"new_{name}", type_=_c[name].type) for name in names}
    values |= {"version": _c.version + 1, "updated_at": bindparam("stamp", type_=_c.updated_at.type)}
    session.execute(update(table_of(Customer)).where(_c.id == bindparam("key")).values(**values), lines)


def write_history(session: Session, actor: Actor, lines: Sequence[History], now: datetime) -> None:
    """Each field's step (R2.4)."""
    at, keys = int(now.timestamp()), reserve_ids(session, FieldChange, len(lines))
    BulkInsert(session, FieldChange, _HISTORY, always={"by_hand": False}).write(
        (key, customer_id, at, actor.user_id, version, field, old, new)
        for key, (customer_id, version, field, old, new) in zip(keys, lines, strict=True)
    )


def write_own(session: Session, task: Task, texts: dict[int, str]) -> None:
    """What stands in an own field of these customers. Raises Refused where it was retired or changed meanwhile."""
    if task.own is None:
        return
    hold_fields(session, [task.own])
    own, field = table_of(OwnValue).c, task.own
    session.execute(delete(table_of(OwnValue)).where(own.customer_id.in_(tuple(texts)), own.field_id == field.id))
    insert_values(session, ((key, field, text) for key, text in texts.items()))


def write_tags(session: Session, before: Iterable[tuple[int, str]], after: dict[int, str]) -> None:
    """The tags of these customers, from the texts of before and after."""
    gone: dict[int, list[int]] = {}
    new: list[tuple[int, int]] = []
    for customer_id, text in before:
        worn, wanted = ids_in(text), ids_in(after[customer_id])
        new += [(customer_id, tag_id) for tag_id in sorted(wanted - worn)]
        for tag_id in worn - wanted:
            gone.setdefault(tag_id, []).append(customer_id)
    for tag_id, ids in gone.items():
        session.execute(delete(table_of(CustomerTag)).where(_tag.tag_id == tag_id, _tag.customer_id.in_(ids)))
    if new:
        BulkInsert(session, CustomerTag, ("customer_id", "tag_id")).write(new)


def write_trace(session: Session, actor: Actor, audit: Audit, named: Iterable[tuple[str, str]], now: datetime) -> None:
    """An entry for each customer that is deleted or comes back, as when it is the only one (R10.6)."""
    rows, at = list(named), int(now.timestamp())
    keys = reserve_ids(session, AuditEntry, len(rows))
    BulkInsert(session, AuditEntry, _AUDIT).write(
        (
            key,
            at,
            actor.user_id,
            actor.username,
            str(audit),
            "customer",
            number,
            actor.address,
            json.dumps({"name": name}),
        )
        for key, (number, name) in zip(keys, rows, strict=True)
    )


def keep_index(session: Session, task: Task, ids: Sequence[int]) -> None:
    """Bring the search index up to date where it holds the field."""
    if task.action.field in _SEARCHED:
        index_again(session, ids)


def tell(actor: Actor, task: Task) -> None:
    """Let the pages know after the commit: once for many customers, as an import does."""
    moved = task.action.what in (What.OWNER, What.DELETE)
    announce(Change("customer", None, actor.user_id, same_reach=not moved))


def stop_helping(session: Session, owner_id: int, stands: Iterable[Stand]) -> None:
    """Take the new owner off the collaborators of customers that he helped with (R1.7)."""
    ids = [stand.id for stand in stands]
    if ids:
        session.execute(delete(table_of(Collaborator)).where(_help.user_id == owner_id, _help.customer_id.in_(ids)))

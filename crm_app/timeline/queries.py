"""Every SELECT on follow-ups, tasks and the timeline."""

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, literal, select, tuple_
from sqlmodel import Session, col

from crm_app.access.actor import Actor
from crm_app.access.people import staff
from crm_app.access.permissions import Permission
from crm_app.access.scope import get_customer, reaches
from crm_app.core.clock import format_local, local_today
from crm_app.core.errors import Refused
from crm_app.core.settings import get_settings
from crm_app.core.sql import table_of
from crm_app.core.types import UtcDateTime
from crm_app.core.vocabulary import OptionList
from crm_app.fields.queries import hidden_keys, list_every
from crm_app.models import (
    Collaborator,
    Customer,
    FieldChange,
    FollowUp,
    LevelChange,
    Task,
)
from crm_app.options.queries import labels, list_options, list_tags
from crm_app.timeline import entries, rules
from crm_app.timeline.entries import Words
from crm_app.timeline.schemas import Choice, FormChoices, NewFollowUp, Plan, TaskLine, TimelineEntry, TimelinePage

_TASKS_AT_MOST = 100
_LARGEST_ID = 2**31 - 1

# --- the timeline


@dataclass(frozen=True, slots=True)
class Source:
    """A kind of event. Its table has `customer_id`, `at` and `id` with an index over the three.

    `describe` gets one run of rows, newest first; a run has one row unless `joins(newest, next)` says otherwise.
    """

    kind: str
    table: Table
    describe: Callable[[Sequence[Any], Words], TimelineEntry]
    joins: Callable[[Any, Any], bool] = lambda _newest, _next: False
    only: ColumnElement[bool] | None = None
    """Which of its rows are an event of this kind; None: all."""


def _same_deed(newest: Any, older: Any) -> bool:
    if not entries.DEEDS.isdisjoint((newest.field, older.field)):
        return False  # To come, to go, to come back and to become one are events of their own.
    return rules.is_one_run((newest.user_id, newest.at), (older.user_id, older.at))


SOURCES: tuple[Source, ...] = (
    Source(
        "field",
        table_of(FieldChange),
        entries.field_entry,
        joins=_same_deed,
        # A step of the life cycle is an event of its own, which tells old and new level as well.
        only=table_of(FieldChange).c.field != "level",
    ),
    Source("level", table_of(LevelChange), lambda rows, words: entries.level_entry(rows[0], words)),
    Source(
        "task",
        table_of(Task),
        lambda rows, words: entries.task_entry(rows[0], words),
    ),
    Source("follow_up", table_of(FollowUp), lambda rows, words: entries.follow_up_entry(rows[0], words)),
)
"""The kinds that exist now; a page with more passes its own tuple. Of one moment the later in it is the newer."""


def list_timeline(
    session: Session,
    actor: Actor,
    *,
    number: str,
    kinds: Sequence[str] = (),
    cursor: str = "",
    limit: int = 50,
    sources: Sequence[Source] = SOURCES,
) -> TimelinePage:
    """The next `limit` entries after `cursor`, newest first; no kinds means all. Raises NotFound, Refused."""
    customer = get_customer(session, actor, number, Permission.CUSTOMER_VIEW)
    return timeline_of(session, actor, customer, kinds=kinds, cursor=cursor, limit=limit, sources=sources)


def timeline_of(
    session: Session,
    actor: Actor,
    customer: Customer,
    *,
    kinds: Sequence[str] = (),
    cursor: str = "",
    limit: int = 50,
    sources: Sequence[Source] = SOURCES,
    words: Words | None = None,
) -> TimelinePage:
    """As `list_timeline`, of a customer that the caller got within the actor's reach."""
    words = words or words_for(session, actor, customer_id=customer.id or 0)
    sources = tuple(_without(source, words.hidden) for source in sources)
    after = _read_cursor(cursor, sources)
    read = partial(_stream, session, customer.id or 0, after=after, batch=limit + 1)
    streams = [read(source, rank) for rank, source in enumerate(sources) if not kinds or source.kind in kinds]
    runs: list[tuple[Source, list[Any]]] = []
    more = False
    for _, source, row in heapq.merge(*streams, key=lambda found: found[0], reverse=True):
        if runs and runs[-1][0] is source and source.joins(runs[-1][1][0], row):
            runs[-1][1].append(row)
        elif len(runs) == limit:
            more = True
            break
        else:
            runs.append((source, [row]))
    words = replace(words, tasks=_next_steps(session, runs, words))
    described = [source.describe(rows, words) for source, rows in runs if not _told_already(source, rows[0], words)]
    return TimelinePage(mark_days(described), _write_cursor(runs[-1]) if more else "")


def _without(source: Source, hidden: frozenset[str]) -> Source:
    """Of the history of fields, what the person may know of."""
    if not hidden or source.kind != "field":
        return source
    seen = source.table.c.field.not_in(hidden)
    return replace(source, only=seen if source.only is None else and_(source.only, seen))


def _told_already(source: Source, row: Any, words: Words) -> bool:
    """A task that only came to be as the next step of a follow-up beside it, which shows it."""
    return source.kind == "task" and row.id in words.tasks and row.at == row.created_at


def mark_days(found: Iterable[TimelineEntry], *, before: str = "") -> tuple[TimelineEntry, ...]:
    """The entries, those that begin another day than the one before them marked."""
    marked = []
    for entry in found:
        marked.append(replace(entry, starts_day=entry.day != before))
        before = entry.day
    return tuple(marked)


Key = tuple[datetime, int, int]
"""Moment, rank of the source, id: the order of everything on one timeline."""


def _stream(
    session: Session, customer_id: int, source: Source, rank: int, *, after: Key | None, batch: int
) -> Iterator[tuple[Key, Source, Any]]:
    """The rows of one source below a key, newest first, read in batches as they are asked for."""
    bound = _bound(rank, after) if after else None
    while True:
        page = page_of(source.table, customer_id, bound, batch)
        rows = session.execute(page if source.only is None else page.where(source.only)).all()
        for row in rows:
            yield (row.at, rank, row.id), source, row
        if len(rows) < batch:
            return
        bound = (rows[-1].at, rows[-1].id)


def _bound(rank: int, after: Key) -> tuple[datetime, int]:
    """A key of all sources as (moment, id) of one: of the same moment, lower ranks are still to come."""
    at, its_rank, its_id = after
    if rank == its_rank:
        return at, its_id
    return at, _LARGEST_ID if rank < its_rank else 0


def page_of(table: Table, customer_id: int, bound: tuple[datetime, int] | None, limit: int) -> Select[Any]:
    """One read of its index, whatever the size of the timeline."""
    statement = select(table).where(table.c.customer_id == customer_id)
    if bound:
        below = tuple_(literal(bound[0], UtcDateTime), literal(bound[1]))
        statement = statement.where(tuple_(table.c.at, table.c.id) < below)
    return statement.order_by(table.c.at.desc(), table.c.id.desc()).limit(limit)


def _write_cursor(run: tuple[Source, list[Any]]) -> str:
    source, rows = run
    return f"{rows[-1].at.isoformat()}~{source.kind}~{rows[-1].id}"


def _read_cursor(cursor: str, sources: Sequence[Source]) -> Key | None:
    if not cursor:
        return None
    try:
        at, kind, row_id = cursor.split("~")
        moment = datetime.fromisoformat(at)
        key = moment, [source.kind for source in sources].index(kind), int(row_id)
    except ValueError:
        raise Refused("error.bad_request") from None
    if moment.tzinfo is None or not 0 <= key[2] <= _LARGEST_ID:
        raise Refused("error.bad_request")
    return key


def _next_steps(session: Session, runs: Sequence[tuple[Source, list[Any]]], words: Words) -> dict[int, TaskLine]:
    """The tasks that these follow-ups led to."""
    steps = {row.task_id for source, rows in runs if source.kind == "follow_up" for row in rows} - {None}
    if not steps:
        return {}
    table = table_of(Task)
    tasks = session.execute(select(table).where(table.c.id.in_(steps)))
    return {task.id: entries.task_line(task, words) for task in tasks}


def words_for(session: Session, actor: Actor, *, customer_id: int = 0) -> Words:
    """What turns rows into the actor's words; with a customer also whether he may edit tasks of others there."""
    zone = get_settings().zone
    return Words(
        language=actor.language,
        zone=zone,
        today=local_today(tz=zone),
        people=staff(session).names,
        options=labels(session, actor.language),
        own={field.path: field for field in list_every(session)},
        hidden=hidden_keys(session, actor),
        tags={tag.id: tag.name for tag in list_tags(session, include_retired=True)},
        can_edit_tasks=bool(customer_id) and reaches(session, actor, customer_id, Permission.TASK_EDIT),
        user_id=actor.user_id if actor.may(Permission.TASK_EDIT) else 0,
    )


# --- tasks and people


def list_open_tasks(
    session: Session, actor: Actor, customer: Customer, *, words: Words | None = None
) -> tuple[TaskLine, ...]:
    """What is still to do for a customer that the caller got within reach, the earliest due first."""
    rows = session.execute(open_tasks_of(customer.id or 0)).all()
    words = words or words_for(session, actor, customer_id=customer.id or 0)
    return tuple(entries.task_line(row, words) for row in rows)


def open_tasks_of(customer_id: int) -> Select[Any]:
    """Open tasks by due date."""
    table = table_of(Task)
    return (
        select(table)
        .where(table.c.customer_id == customer_id, table.c.done_at.is_(None))
        .order_by(table.c.due_at, table.c.id)
        .limit(_TASKS_AT_MOST)
    )


def list_assignees(session: Session, customer: Customer) -> tuple[Choice, ...]:
    """Who can be given a task of this customer: active people who may see it; its owner first."""
    found = [(user_id, name) for user_id, name in _people_who_see(session, customer)]
    found.sort(key=lambda person: (person[0] != customer.owner_id, person[1]))
    return tuple(Choice(str(user_id), name) for user_id, name in found)


def get_form_choices(session: Session, actor: Actor, *, number: str) -> FormChoices:
    """What the form 「新增跟进」 of this customer offers. Raises NotFound, Forbidden."""
    customer = get_customer(session, actor, number, Permission.FOLLOW_UP_CREATE)
    return FormChoices(list_methods(session, actor), list_assignees(session, customer))


def list_methods(session: Session, actor: Actor) -> tuple[Choice, ...]:
    """The methods on offer, in the actor's language."""
    return tuple(
        Choice(option.code, option.label(actor.language)) for option in list_options(session, OptionList.METHOD)
    )


def can_take_over(session: Session, customer: Customer, user_id: int) -> bool:
    """Whether a task of this customer can be given to that person."""
    return any(found == user_id for found, _ in _people_who_see(session, customer))


def _people_who_see(session: Session, customer: Customer) -> list[tuple[int, str]]:
    link = table_of(Collaborator).c
    helpers = set(session.scalars(select(link.user_id).where(link.customer_id == customer.id)))
    known = staff(session)
    above = known.departments_above(customer.department_id)
    return [
        (person.id, person.name)
        for person in known.people.values()
        if person.sees(owner_id=customer.owner_id, helpers=helpers, above=above)
    ]


# --- what a follow-up means for the customer


def find_same_follow_up(session: Session, actor: Actor, *, customer_id: int, new: NewFollowUp) -> FollowUp | None:
    """The one that was saved already when the same is sent again."""
    return session.scalars(
        select(FollowUp).where(
            col(FollowUp.customer_id) == customer_id,
            col(FollowUp.at) == new.at,
            col(FollowUp.user_id) == actor.user_id,
            col(FollowUp.method) == new.method,
            col(FollowUp.content) == new.content,
        )
    ).first()


def find_last_contact(session: Session, customer_id: int) -> tuple[datetime, str] | None:
    """Moment and method of the latest contact."""
    table = table_of(FollowUp)
    row = session.execute(page_of(table, customer_id, None, 1)).first()
    return (row.at, row.method) if row else None


def find_newest_plan(session: Session, customer_id: int) -> FollowUp | None:
    """The latest follow-up that named the time of the next one."""
    return session.scalars(
        select(FollowUp)
        .where(col(FollowUp.customer_id) == customer_id, col(FollowUp.next_at).is_not(None))
        .order_by(col(FollowUp.at).desc(), col(FollowUp.id).desc())
        .limit(1)
    ).first()


def list_plans_from(session: Session, customer_id: int, since: datetime) -> Sequence[FollowUp]:
    """All follow-ups that plan one from that moment on."""
    return session.scalars(
        select(FollowUp).where(col(FollowUp.customer_id) == customer_id, col(FollowUp.next_at) >= since)
    ).all()


def plan_of(customer: Customer, row: FollowUp | None) -> Plan | None:
    """The plan in force; a record that came from elsewhere may have one without a follow-up behind it."""
    if row is not None and row.next_at is not None:
        return Plan(row.at, row.next_at)
    planned = customer.next_follow_up_at
    return Plan(rules.EARLIEST, planned) if planned is not None else None


def last_planner(session: Session, customer_id: int) -> tuple[str, str]:
    """Who set the time of the next follow-up last, and when; for the person whose change came second."""
    moved = session.execute(
        select(col(FieldChange.at), col(FieldChange.user_id))
        .where(col(FieldChange.customer_id) == customer_id, col(FieldChange.field) == "next_follow_up_at")
        .order_by(col(FieldChange.at).desc(), col(FieldChange.id).desc())
        .limit(1)
    ).first()
    contact = session.execute(
        select(col(FollowUp.created_at), col(FollowUp.user_id))
        .where(col(FollowUp.customer_id) == customer_id)
        .order_by(col(FollowUp.at).desc(), col(FollowUp.id).desc())
        .limit(1)
    ).first()
    known = [tuple(row) for row in (moved, contact) if row is not None]
    if not known:
        return "", ""
    at, who = max(known)
    return staff(session).names.get(who, ""), format_local(at, tz=get_settings().zone)

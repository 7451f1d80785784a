"""What is due, what is new and what was done today, for one person; each part is one read of an index."""

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, literal, or_, select
from sqlmodel import Session, col

from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission
from crm_app.access.scope import customers_in_reach
from crm_app.core.clock import relative_days, to_local, utcnow
from crm_app.core.settings import get_settings
from crm_app.core.types import UtcDateTime
from crm_app.core.vocabulary import CustomerType, OptionList
from crm_app.models import Customer, FollowUp, Task
from crm_app.review.queries import get_due
from crm_app.timeline.entries import Words
from crm_app.timeline.queries import words_for
from crm_app.timeline.rules import Week, week_of
from crm_app.today.schemas import BUCKETS, AssignedLine, Bucket, WorkDay, WorkLine

MOST_LINES = 50
NEW_FOR = timedelta(days=14)
"""How long an assignment counts as new."""

Rows = Select[*tuple[Any, ...]]
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def get_work_day(session: Session, actor: Actor) -> WorkDay:
    """Everything of the page in one go."""
    now = utcnow()
    zone = get_settings().zone
    week = week_of(now, tz=zone)
    words = words_for(session, actor)
    counts = [count_by_bucket(session, actor, week, kind) for kind in ("follow_up", "task")]
    buckets = []
    for code, (start, end) in _spans(week).items():
        lines: list[WorkLine] = []
        if counts[0].get(code):
            rows = session.execute(follow_ups_due(actor, start, end)).all()
            lines += [_follow_up_line(row, words) for row in rows]
        if counts[1].get(code):
            rows = session.execute(tasks_due(actor, start, end)).all()
            lines += [_task_line(row, words, shown_at=row.due_at) for row in rows]
        lines.sort(key=lambda line: line.due)
        buckets.append(Bucket(code, sum(part.get(code, 0) for part in counts), tuple(lines)))
    review = get_due(session, actor)
    assigned = session.execute(assigned_since(actor, now - NEW_FOR)).all()
    done, done_count = _done_today(session, actor, week, words)
    return WorkDay(
        date=f"{to_local(now, tz=zone).date()} {words.say(f'timeline.weekday.{to_local(now, tz=zone).weekday()}')}",
        buckets=tuple(buckets),
        assigned=tuple(_assigned_line(row, words) for row in assigned[:MOST_LINES]),
        assigned_count=len(assigned),
        done=done,
        done_count=done_count,
        has_customers=session.execute(any_customer(actor)).first() is not None,
        review=review.month if review.count else "",
        review_count=review.count,
    )


def _spans(week: Week) -> dict[str, tuple[datetime, datetime]]:
    """Each bucket's first moment and the first after it."""
    borders = (_LONG_AGO, week.today, week.tomorrow, week.day_after, week.next_week)
    return dict(zip(BUCKETS, itertools.pairwise(borders), strict=True))


def _own(actor: Actor) -> Any:
    return and_(customers_in_reach(actor, Permission.CUSTOMER_VIEW), col(Customer.owner_id) == actor.user_id)


def any_customer(actor: Actor) -> Rows:
    """Whether the actor has any customer at all."""
    return select(col(Customer.id)).where(_own(actor)).limit(1)


def follow_ups_due(actor: Actor, start: datetime, end: datetime) -> Rows:
    """The actor's customers whose next follow-up lies in a span, the earliest first."""
    return (
        select(
            col(Customer.number),
            col(Customer.name),
            col(Customer.customer_type),
            col(Customer.next_follow_up_at).label("due_at"),
            col(Customer.last_contact_at),
            col(Customer.last_method),
        )
        .where(_own(actor), col(Customer.next_follow_up_at) >= start, col(Customer.next_follow_up_at) < end)
        .order_by(col(Customer.next_follow_up_at), col(Customer.id))
        .limit(MOST_LINES)
    )


def _not_of_deleted() -> ColumnElement[bool]:
    """Tasks without a customer, and those whose customer isn't deleted; one look by its key for each task."""
    deleted = exists().where(col(Customer.id) == col(Task.customer_id), col(Customer.deleted_at).is_not(None))
    return ~deleted.correlate(Task)


def _tasks(actor: Actor) -> Rows:
    """Tasks with their customer, which is shown only within reach; none of deleted customers."""
    reached = and_(col(Customer.id) == col(Task.customer_id), customers_in_reach(actor, Permission.CUSTOMER_VIEW))
    return (
        select(
            col(Task.id),
            col(Task.version),
            col(Task.title),
            col(Task.due_at),
            col(Task.done_at),
            func.coalesce(col(Customer.number), "").label("number"),
            func.coalesce(col(Customer.name), "").label("name"),
            func.coalesce(col(Customer.customer_type), "").label("customer_type"),
        )
        .select_from(Task)
        .outerjoin(Customer, reached)
        .where(_not_of_deleted())
    )


def tasks_due(actor: Actor, start: datetime, end: datetime) -> Rows:
    """The actor's open tasks due in a span, the earliest first."""
    return (
        _tasks(actor)
        .where(
            col(Task.user_id) == actor.user_id,
            col(Task.done_at).is_(None),
            col(Task.due_at) >= start,
            col(Task.due_at) < end,
        )
        .order_by(col(Task.due_at), col(Task.id))
        .limit(MOST_LINES)
    )


def count_by_bucket(session: Session, actor: Actor, week: Week, kind: str) -> dict[str, int]:
    """How many of the actor's follow-ups or tasks are in each bucket; empty ones are absent."""
    rows = session.execute(counts_due(actor, week, kind))
    return {code: count for code, count in rows if code}


def counts_due(actor: Actor, week: Week, kind: str) -> Rows:
    """Counts by bucket, answered from the index."""
    if kind == "follow_up":
        due, conditions = col(Customer.next_follow_up_at), [_own(actor)]
    else:
        due = col(Task.due_at)
        conditions = [col(Task.user_id) == actor.user_id, col(Task.done_at).is_(None), _not_of_deleted()]
    spans = [(due < literal(end, UtcDateTime), code) for code, (_, end) in _spans(week).items()]
    bucket = case(*spans, else_="")
    conditions += [due >= _LONG_AGO, due < week.next_week]
    return select(bucket.label("bucket"), func.count()).where(*conditions).group_by(bucket)


def assigned_since(actor: Actor, since: datetime) -> Rows:
    """The actor's customers given to him since then without a contact after that, the newest first."""
    return (
        select(
            col(Customer.number),
            col(Customer.name),
            col(Customer.customer_type),
            col(Customer.industry),
            col(Customer.level),
            col(Customer.assigned_at),
        )
        .where(
            _own(actor),
            col(Customer.assigned_at) >= since,
            or_(col(Customer.last_contact_at).is_(None), col(Customer.last_contact_at) < col(Customer.assigned_at)),
        )
        .order_by(col(Customer.assigned_at).desc(), col(Customer.id).desc())
        .limit(MOST_LINES + 1)
    )


def tasks_done(actor: Actor, since: datetime) -> Rows:
    """What the actor completed since then, the latest first."""
    return (
        _tasks(actor)
        .where(col(Task.done_by) == actor.user_id, col(Task.done_at) >= since)
        .order_by(col(Task.done_at).desc())
        .limit(MOST_LINES)
    )


def follow_ups_done(actor: Actor, since: datetime) -> Rows:
    """The actor's contacts since then, the latest first."""
    reached = and_(col(Customer.id) == col(FollowUp.customer_id), customers_in_reach(actor, Permission.CUSTOMER_VIEW))
    return (
        select(
            col(FollowUp.id),
            col(FollowUp.at),
            col(FollowUp.method),
            col(FollowUp.content),
            col(Customer.number),
            col(Customer.name),
            col(Customer.customer_type),
        )
        .join(Customer, reached)
        .where(col(FollowUp.user_id) == actor.user_id, col(FollowUp.at) >= since)
        .order_by(col(FollowUp.at).desc())
        .limit(MOST_LINES)
    )


def _done_today(session: Session, actor: Actor, week: Week, words: Words) -> tuple[tuple[WorkLine, ...], int]:
    tasks = session.execute(tasks_done(actor, week.today)).all()
    contacts: Sequence[Any] = session.execute(follow_ups_done(actor, week.today)).all()
    lines = [(row.done_at, _task_line(row, words, shown_at=row.done_at)) for row in tasks]
    lines += [(row.at, _contact_line(row, words)) for row in contacts]
    lines.sort(key=lambda found: found[0], reverse=True)
    return tuple(line for _, line in lines[:MOST_LINES]), len(lines)


def _follow_up_line(row: Any, words: Words) -> WorkLine:
    last = ""
    if row.last_contact_at:
        day = to_local(row.last_contact_at, tz=words.zone).date()
        last = words.say("today.last_contact", method=words.option(OptionList.METHOD, row.last_method), day=day)
    return WorkLine(
        id=f"follow_up:{row.number}",
        kind="follow_up",
        title=row.name,
        when=_when(row.due_at, words),
        due=words.moment(row.due_at),
        late_days=_late(row.due_at, words),
        number=row.number,
        customer=row.name,
        is_key=row.customer_type == CustomerType.KEY,
        detail=last or words.say("today.never_contacted"),
    )


def _task_line(row: Any, words: Words, *, shown_at: datetime) -> WorkLine:
    return WorkLine(
        id=f"task:{row.id}",
        kind="task",
        title=row.title,
        when=_when(shown_at, words),
        due=words.moment(row.due_at),
        late_days=0 if row.done_at else _late(row.due_at, words),
        number=row.number,
        customer=row.name,
        is_key=row.customer_type == CustomerType.KEY,
        task_id=row.id,
        version=row.version,
    )


def _contact_line(row: Any, words: Words) -> WorkLine:
    return WorkLine(
        id=f"contact:{row.id}",
        kind="contact",
        title=row.name,
        when=_when(row.at, words),
        due=words.moment(row.at),
        number=row.number,
        customer=row.name,
        is_key=row.customer_type == CustomerType.KEY,
        detail=f"{words.option(OptionList.METHOD, row.method)} · {row.content[:80]}",
    )


def _assigned_line(row: Any, words: Words) -> AssignedLine:
    return AssignedLine(
        number=row.number,
        name=row.name,
        is_key=row.customer_type == CustomerType.KEY,
        industry=words.option(OptionList.INDUSTRY, row.industry),
        when=words.day(row.assigned_at),
        level=words.say(f"level.{row.level}"),
        level_code=row.level,
    )


def _late(due_at: datetime, words: Words) -> int:
    return max(0, -relative_days(due_at, tz=words.zone))


def _when(at: datetime, words: Words) -> str:
    """As short as it is clear: the time of today and tomorrow, else the day."""
    local = to_local(at, tz=words.zone)
    days = (local.date() - words.today).days
    if days in (0, 1):
        return f"{local:%H:%M}"
    return f"{local:%m-%d}" if local.year == words.today.year else f"{local:%Y-%m-%d}"

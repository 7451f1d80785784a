"""The reviews that there are, and which one comes next."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission
from crm_app.background.schemas import OPEN
from crm_app.core.clock import local_today, to_local
from crm_app.core.periods import Period, label
from crm_app.core.settings import get_settings
from crm_app.core.sql import table_of
from crm_app.models import Customer, Job, Review
from crm_app.review import rules
from crm_app.review.schemas import Choice, Months, ReviewRow

KIND = "open_review"
"""The kind of the job that opens one."""
_r, _c, _job = table_of(Review).c, table_of(Customer).c, table_of(Job).c


def month_label(month: str, language: str) -> str:
    """2026年11月, Nov 2026."""
    year, number = map(int, month.split("-"))
    start = datetime(year, number, 1).date()  # noqa: DTZ001 - A day has no zone.
    end = datetime(year + number // 12, number % 12 + 1, 1).date()  # noqa: DTZ001
    return label(Period(month, start, end), lang="en" if language == "en" else "zh")


def latest_month(session: Session) -> str:
    """The month of the newest review; empty when there is none."""
    return session.execute(select(func.max(_r.month))).scalar() or ""


def get_review(session: Session, *, month: str = "") -> ReviewRow | None:
    """The review of a month; without one, that of now."""
    later = select(_r.month, _r.opened_at).order_by(_r.month)
    wanted = select(_r.id, _r.month, _r.opened_at).order_by(_r.month.desc()).limit(1)
    row = session.execute(wanted.where(_r.month == month) if month else wanted).one_or_none()
    if row is None:
        return None
    after = session.execute(later.where(_r.month > row.month).limit(1)).one_or_none()
    return ReviewRow(row.id, row.month, row.opened_at, after.opened_at if after else None)


def get_current(session: Session) -> ReviewRow | None:
    """The review at which people work."""
    return get_review(session)


def get_months(session: Session, actor: Actor) -> Months:
    """The reviews there are, and which one the actor can open."""
    found = list(session.execute(select(_r.month).order_by(_r.month.desc())).scalars())
    to_open = ""
    if actor.may(Permission.REVIEW_OPEN):
        today = local_today(tz=get_settings().zone)
        to_open = rules.month_to_open(today, latest=found[0] if found else "")
    return Months(
        choices=tuple(Choice(month, month_label(month, actor.language)) for month in found),
        current=found[0] if found else "",
        to_open=to_open,
        to_open_label=month_label(to_open, actor.language) if to_open else "",
        opening=bool(to_open) and is_opening(session),
    )


def is_opening(session: Session) -> bool:
    """Whether somebody's opening waits or runs."""
    return session.execute(select(_job.id).where(_job.kind == KIND, _job.state.in_(OPEN))).first() is not None


def reviewable() -> tuple[ColumnElement[bool], ...]:
    """Customers that come into a review: those that somebody is in charge of."""
    conditions: tuple[Any, ...] = (_c.deleted_at.is_(None), _c.owner_id.is_not(None))
    return conditions


def count_reviewable(session: Session) -> int:
    """How many a review would hold now."""
    return session.execute(select(func.count()).select_from(table_of(Customer)).where(*reviewable())).scalar_one()


def list_due_months(session: Session, now: datetime) -> Sequence[int]:
    """The month whose review opens by itself now, as 202611; none where there is no customer to review."""
    today = to_local(now, tz=get_settings().zone).date()
    due = rules.month_due(today, latest=latest_month(session))
    if not due or session.execute(select(_c.id).where(*reviewable()).limit(1)).first() is None:
        return ()
    return (int(due.replace("-", "")),)

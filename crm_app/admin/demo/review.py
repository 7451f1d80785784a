"""A month-end review of the demonstration, half done (R5.3)."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import func, insert, literal, select, update
from sqlmodel import Session

from crm_app.admin.demo.calendar import Calendar
from crm_app.core.sql import table_of
from crm_app.models import Customer, FieldChange, Review, ReviewItem
from crm_app.review.rules import LAST_DAYS, month_of

_OPENED, _WORKED = 3 * 60, 10 * 60
"""Minutes of the day at which it was opened, and at which people worked at it."""
_items = table_of(ReviewItem)
_c, _i, _h = table_of(Customer).c, _items.c, table_of(FieldChange).c


def add_review(session: Session, calendar: Calendar) -> None:
    """The review that would have opened by itself last; nothing where there is one already."""
    if session.execute(select(table_of(Review).c.id).limit(1)).first() is not None:
        return
    day = opening_day(date.fromordinal(calendar.today))
    opened, worked = (_moment(calendar, day, minute) for minute in (_OPENED, _WORKED))
    review = Review(month=month_of(day), opened_at=opened)
    session.add(review)
    session.flush()
    version = select(func.max(_h.version)).where(_h.customer_id == _c.id, _h.at <= opened).scalar_subquery()
    each = select(literal(review.id), _c.id, _c.owner_id, func.coalesce(version, 1)).where(
        _c.deleted_at.is_(None), _c.owner_id.is_not(None), _c.created_at <= opened
    )
    session.execute(
        insert(_items).from_select(["review_id", "customer_id", "owner_id", "version"], each.order_by(_c.id))
    )
    # Some owners have done nearly all, others have hardly begun.
    share = _i.owner_id * 3 % 7 + 2
    done = (_i.review_id == review.id, _i.customer_id * 7 % 10 < share)
    session.execute(update(_items).where(*done).values(confirmed_at=worked, confirmed_by=_i.owner_id))


def _moment(calendar: Calendar, day: date, minute: int) -> datetime:
    return datetime.fromtimestamp(min(calendar.at(day.toordinal(), minute), calendar.now), UTC)


def opening_day(today: date) -> date:
    """The first of the last days of this month, or, before those have begun, of the month before."""
    following = (today.replace(day=28) + timedelta(days=4)).replace(day=1)
    first = following - timedelta(days=LAST_DAYS)
    return first if today >= first else today.replace(day=1) - timedelta(days=LAST_DAYS)

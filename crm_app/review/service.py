"""Opening a review, confirming customers in it and taking that back (R5.3); each call a part of the transaction."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Update, insert, literal, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.audit import Action, record
from crm_app.access.permissions import Permission
from crm_app.access.scope import customers_in_reach
from crm_app.background.kinds import JobKind
from crm_app.background.service import add_job
from crm_app.core.changes import Change, announce
from crm_app.core.clock import local_today, utcnow
from crm_app.core.errors import Forbidden, NotFound, Refused
from crm_app.core.settings import get_settings
from crm_app.core.sql import table_of
from crm_app.models import Customer, Review, ReviewItem
from crm_app.review import queries, rules
from crm_app.review.schemas import Confirmed, ReviewRow

_AT_A_TIME = 1_000
CHANGED = "review"
"""The kind of the change that says that a review was opened or customers were confirmed."""


class AlreadyOpen(Refused):
    """The month's review is open, or on its way: what was asked for is there."""

    code = "review.error.opened"


_items = table_of(ReviewItem)
_c, _i = table_of(Customer).c, _items.c


# --- opening


def request_opening(session: Session, actor: Actor, *, kind: JobKind) -> int:
    """Ask for this month's review, or the last one's where that was missed; the job's id.

    Raises Forbidden, AlreadyOpen.
    """
    if not actor.may(Permission.REVIEW_OPEN):
        raise Forbidden
    today = local_today(tz=get_settings().zone)
    month = rules.month_to_open(today, latest=queries.latest_month(session))
    if not month or queries.is_opening(session):
        raise AlreadyOpen
    job_id = add_job(session, actor, kind=kind, parameters={"month": month})
    announce(Change(CHANGED, actor_id=actor.user_id, same_reach=True))
    return job_id


def open_review(session: Session, *, month: str, actor: Actor | None = None) -> int:
    """Open a month's review, of all customers that somebody is in charge of; how many those are.

    Raises AlreadyOpen. One statement writes them all, by whomever they were changed meanwhile:
    what counts is the version that they have here.
    """
    review = Review(month=month, opened_at=utcnow(), opened_by=actor.user_id if actor else None)
    try:
        with session.begin_nested():
            session.add(review)
    except IntegrityError:
        raise AlreadyOpen from None
    each = select(literal(review.id), _c.id, _c.owner_id, _c.version).where(*queries.reviewable()).order_by(_c.id)
    names = ["review_id", "customer_id", "owner_id", "version"]
    written = insert(_items).from_select(names, each).execution_options(preserve_rowcount=True)
    count: int = session.execute(written).rowcount  # type: ignore[attr-defined]
    if session.get_bind().dialect.name == "postgresql":
        # It would take a review that it has never seen for an empty one, and read all of it for each list.
        session.execute(text("ANALYZE review_item"))
    record(session, Action.REVIEW_OPENED, actor=actor, subject_kind="review", subject_id=month, customers=count)
    announce(Change(CHANGED, actor_id=actor.user_id if actor else None, same_reach=True))
    return count


# --- confirming


def confirm_customers(session: Session, actor: Actor, *, review_id: int, numbers: Collection[str]) -> Confirmed:
    """Confirm those of these that nobody confirmed yet.

    Raises Forbidden; NotFound when the actor may confirm none of them; Refused when all are confirmed, or the review
    is over.
    """
    review = _current(session, review_id)
    if not numbers:
        raise NotFound
    chosen = queries.confirmable(actor, review, numbers=numbers)
    done = _confirm(session, actor, review, queries.lock_items(session, chosen))
    if done.done:
        return done
    if not queries.has_item(session, actor, review, numbers=numbers):
        raise NotFound
    raise Refused("review.error.confirmed")


def confirm_all(session: Session, actor: Actor, *, review_id: int, owner_id: int) -> Confirmed:
    """Confirm all that are open of one owner, corrected ones left out. Raises Forbidden, Refused."""
    review = _current(session, review_id)
    chosen = queries.confirmable(actor, review, owner_id=owner_id)
    done = _confirm(session, actor, review, queries.lock_items(session, chosen))
    if not done.done:
        raise Refused("review.error.nothing")
    return done


def take_back(session: Session, actor: Actor, *, review_id: int, moment: int) -> int:
    """Open again what the actor confirmed at that moment, as far as he still may; how many.

    Raises Forbidden, Refused.
    """
    if not actor.may(Permission.CUSTOMER_EDIT):
        raise Forbidden
    review, at = _current(session, review_id), rules.moment_of(moment)
    count: int = session.execute(take_back_statement(actor, review, at)).rowcount if at else 0  # type: ignore[attr-defined]
    if not count:
        raise Refused("review.error.undone")
    announce(Change(CHANGED, actor_id=actor.user_id, same_reach=True))
    return count


def take_back_statement(actor: Actor, review: ReviewRow, at: datetime) -> Update:
    """Opens again what the actor confirmed at that moment."""
    edited = select(_c.id).where(_c.id == _i.customer_id, customers_in_reach(actor, Permission.CUSTOMER_EDIT))
    return (
        update(_items)
        .where(_i.review_id == review.id, _i.confirmed_by == actor.user_id, _i.confirmed_at == at)
        .where(edited.correlate(_items).exists())
        .values(confirmed_at=None, confirmed_by=None)
    )


def _current(session: Session, review_id: int) -> ReviewRow:
    """The review of now, where that is the one which the person saw."""
    review = queries.get_current(session)
    if review is None or review.id != review_id:
        raise Refused("review.error.over")
    return review


def _confirm(session: Session, actor: Actor, review: ReviewRow, ids: list[int]) -> Confirmed:
    """Whoever deleted one of them in this very moment takes it out of the count anyway."""
    at = rules.to_milliseconds(utcnow())
    done = 0
    for start in range(0, len(ids), _AT_A_TIME):
        some = ids[start : start + _AT_A_TIME]
        written = update(_items).where(_i.review_id == review.id, _i.customer_id.in_(some), _i.confirmed_at.is_(None))
        result = session.execute(written.values(confirmed_at=at, confirmed_by=actor.user_id))
        done += result.rowcount  # type: ignore[attr-defined]
    if done:
        announce(Change(CHANGED, actor_id=actor.user_id, same_reach=True))
    return Confirmed(review.id, done, rules.moment_key(at))

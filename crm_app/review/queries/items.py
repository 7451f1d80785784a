"""The customers that are to be confirmed: somebody's list of them, and those that one may confirm."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.people import staff
from crm_app.access.permissions import Permission
from crm_app.access.scope import customers_in_reach
from crm_app.anomalies.queries import list_codes
from crm_app.catalogue import say
from crm_app.core.clock import format_local, to_local
from crm_app.core.errors import Forbidden
from crm_app.core.settings import get_settings
from crm_app.core.sql import checked, table_of
from crm_app.core.vocabulary import CustomerType, Status
from crm_app.models import Customer, FieldChange, ReviewItem
from crm_app.review import rules
from crm_app.review.queries.reviews import get_current, month_label
from crm_app.review.schemas import Due, Kind, Line, ListPage, ListQuery, ReviewRow, Shown

SIZE = 50
MOST_TICKED = 200
_c, _i, _h = table_of(Customer).c, table_of(ReviewItem).c, table_of(FieldChange).c
P = Permission.CUSTOMER_VIEW


def is_corrected(review: ReviewRow) -> ColumnElement[bool]:
    """Whether somebody changed the record by hand since the review was opened, and before the next one was."""
    first_contact = and_(_h.field == "status", _h.old == Status.POTENTIAL, _h.new == Status.FOLLOWING)
    changed = select(_h.id).where(
        _h.customer_id == _c.id,
        _h.version > _i.version,
        _h.user_id.is_not(None),
        _h.by_hand,
        _h.field.not_in(rules.NO_CORRECTION),
        ~first_contact,
    )
    if review.until is not None:
        changed = changed.where(_h.at < review.until)
    # Most records have the version of then: of these the history need not be asked.
    return and_(_c.version > _i.version, changed.correlate(table_of(Customer), table_of(ReviewItem)).exists())


def is_open(review: ReviewRow) -> ColumnElement[bool]:
    """Whether it is still to be confirmed."""
    return and_(_i.confirmed_at.is_(None), ~is_corrected(review))


def tally(review: ReviewRow) -> tuple[ColumnElement[int], ...]:
    """How many there are, are confirmed, and are corrected without that."""
    corrected = case((and_(_i.confirmed_at.is_(None), is_corrected(review)), 1))
    return (func.count().label("total"), func.count(_i.confirmed_at), func.count(corrected))


def _of(review: ReviewRow, *columns: Any) -> Any:
    """The items of a review whose customers live."""
    joined = select(*columns).join_from(table_of(Customer), table_of(ReviewItem), _i.customer_id == _c.id)
    return joined.where(_i.review_id == review.id, _c.deleted_at.is_(None))


def seen_by(actor: Actor, owner_id: int) -> list[ColumnElement[bool]]:
    """The customers of that person, as far as the actor may look at his list. Raises Forbidden."""
    if not actor.may(P):
        raise Forbidden
    where = [_c.owner_id == owner_id, checked(customers_in_reach(actor, P))]
    if owner_id != actor.user_id:
        where.append(checked(customers_in_reach(actor, Permission.REVIEW_OPEN)))
    return where


def get_list(session: Session, actor: Actor, review: ReviewRow, *, query: ListQuery) -> ListPage:
    """A page of somebody's list, in the order of names. Raises Forbidden."""
    where = seen_by(actor, query.owner_id)
    total, confirmed, corrected = session.execute(_of(review, *tally(review)).where(*where)).one()
    standing = rules.standing_of(total=total, confirmed=confirmed, corrected=corrected)
    count = standing.open if query.shown is Shown.OPEN else total - standing.open
    pages = max(1, -(-count // SIZE))
    page = max(1, min(query.page, pages))
    part = is_open(review) if query.shown is Shown.OPEN else or_(_i.confirmed_at.is_not(None), is_corrected(review))
    statement = _of(review, *_columns(actor)).where(*where, part).order_by(_c.name_sort, _c.id)
    rows = session.execute(statement.offset((page - 1) * SIZE).limit(SIZE)).all() if count else []
    owner = staff(session).names.get(query.owner_id, "")
    return ListPage(_lines(session, actor, review, rows), standing, page, pages, owner)


def _columns(actor: Actor) -> tuple[Any, ...]:
    kept = (_c.id, _c.number, _c.name, _c.customer_type, _c.level, _c.status, _c.completeness, _c.last_contact_at)
    may = customers_in_reach(actor, Permission.CUSTOMER_EDIT).label("may_edit")
    return (*kept, _i.confirmed_at, _i.confirmed_by, may)


def _lines(session: Session, actor: Actor, review: ReviewRow, rows: Sequence[Any]) -> tuple[Line, ...]:
    codes: Mapping[int, Sequence[str]] = list_codes(session, actor, [row.id for row in rows])
    zone, names, language = get_settings().zone, staff(session).names, actor.language
    changed = _corrected_ids(session, review, rows)

    def state(row: Any) -> str:
        return "confirmed" if row.confirmed_at else "corrected" if row.id in changed else "open"

    return tuple(
        Line(
            number=row.number,
            name=row.name,
            is_key=row.customer_type == CustomerType.KEY,
            level=say(language, f"level.{row.level}"),
            level_code=row.level,
            status=say(language, f"status.{row.status}"),
            status_code=row.status,
            completeness=row.completeness,
            anomalies=tuple(Kind(str(code), say(language, f"anomaly.{code}")) for code in codes.get(row.id, ())),
            last_contact=str(to_local(row.last_contact_at, tz=zone).date()) if row.last_contact_at else "",
            state=state(row),
            by=names.get(row.confirmed_by, ""),
            at=format_local(row.confirmed_at, tz=zone) if row.confirmed_at else "",
            may_confirm=bool(row.may_edit) and not row.confirmed_at and review.until is None,
        )
        for row in rows
    )


def _corrected_ids(session: Session, review: ReviewRow, rows: Sequence[Any]) -> frozenset[int]:
    ids = [row.id for row in rows if not row.confirmed_at]
    if not ids:
        return frozenset()
    found = session.execute(_of(review, _c.id).where(_i.customer_id.in_(ids), is_corrected(review)))
    return frozenset(found.scalars())


def get_due(session: Session, actor: Actor) -> Due:
    """What the actor himself still has to confirm."""
    review = get_current(session) if actor.may(Permission.CUSTOMER_EDIT) and actor.may(P) else None
    if review is None:
        return Due()
    own = (_c.owner_id == actor.user_id, checked(customers_in_reach(actor, Permission.CUSTOMER_EDIT)))
    count = session.execute(_of(review, func.count()).where(*own, is_open(review))).scalar_one()
    return Due(month_label(review.month, actor.language), count)


# --- confirming


def confirmable(
    actor: Actor, review: ReviewRow, *, numbers: Collection[str] = (), owner_id: int = 0
) -> Select[tuple[int]]:
    """The ids of the customers that the actor may confirm and nobody did yet: of these numbers, whether corrected or
    not; or all that are open of one owner. Raises Forbidden."""
    if not actor.may(Permission.CUSTOMER_EDIT):
        raise Forbidden
    found = _of(review, _i.customer_id).where(_i.confirmed_at.is_(None))
    edited = customers_in_reach(actor, Permission.CUSTOMER_EDIT)
    if numbers:
        return found.where(_c.number.in_(list(numbers)[:MOST_TICKED]), checked(edited))
    return found.where(*seen_by(actor, owner_id), checked(edited), ~is_corrected(review))


def lock_items(session: Session, chosen: Select[tuple[int]]) -> list[int]:
    """These customers' items, nobody else's until the transaction ends; in one order, so that two who confirm the
    same ones wait for each other."""
    statement = chosen.order_by(_i.customer_id).with_for_update(of=table_of(ReviewItem))
    return list(session.execute(statement).scalars())


def has_item(session: Session, actor: Actor, review: ReviewRow, *, numbers: Collection[str]) -> bool:
    """Whether any of these is in the review, within the actor's reach of editing."""
    edited = customers_in_reach(actor, Permission.CUSTOMER_EDIT)
    some = list(numbers)[:MOST_TICKED]
    found = _of(review, _i.customer_id).where(_c.number.in_(some), checked(edited)).limit(1)
    return session.execute(found).first() is not None

"""How far each owner is, of the customers that one oversees."""

from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.people import staff
from crm_app.access.permissions import Permission, Reach
from crm_app.access.scope import customer_ids_in_reach
from crm_app.core.errors import Forbidden
from crm_app.core.sql import table_of
from crm_app.models import Customer, ReviewItem
from crm_app.review import rules
from crm_app.review.queries.items import tally
from crm_app.review.schemas import PersonLine, ReviewRow, Team

_c, _i = table_of(Customer).c, table_of(ReviewItem).c
_NEEDED = (Permission.REVIEW_OPEN, Permission.CUSTOMER_VIEW)


def get_team(session: Session, actor: Actor, review: ReviewRow) -> Team:
    """The owners in the order of departments and names, and how many customers nobody has. Raises Forbidden."""
    if not all(actor.may(one) for one in _NEEDED):
        raise Forbidden
    counted = (
        select(_c.owner_id, *tally(review))
        .join_from(table_of(ReviewItem), table_of(Customer), _i.customer_id == _c.id)
        .where(_i.review_id == review.id, _c.deleted_at.is_(None), _c.owner_id.is_not(None))
        .where(*_within(actor, _i.customer_id))
        .group_by(_c.owner_id)
    )
    people = sorted(_people(session, session.execute(counted).all()), key=lambda one: (one.department, one.name))
    sums = {name: sum(getattr(one, name) for one in people) for name in ("total", "confirmed", "corrected")}
    return Team(tuple(people), rules.standing_of(**sums), _count_nobodys(session, actor))


def _people(session: Session, rows: Any) -> list[PersonLine]:
    known = staff(session).people
    found = []
    for owner_id, total, confirmed, corrected in rows:
        person = known.get(owner_id)
        one = rules.standing_of(total=total, confirmed=confirmed, corrected=corrected)
        found.append(
            PersonLine(
                id=owner_id,
                name=person.name if person else "",
                department=person.department if person else "",
                total=one.total,
                confirmed=one.confirmed,
                corrected=one.corrected,
                open=one.open,
                percent=one.percent,
            )
        )
    return found


def _within(actor: Actor, column: ColumnElement[int]) -> list[ColumnElement[bool]]:
    """Row scope of whoever oversees; nothing where he oversees all."""
    reaches = {actor.reach(one): one for one in _NEEDED}
    return [column.in_(customer_ids_in_reach(actor, one)) for reach, one in reaches.items() if reach is not Reach.ALL]


def _count_nobodys(session: Session, actor: Actor) -> int:
    nobodys = select(func.count()).select_from(table_of(Customer))
    nobodys = nobodys.where(_c.owner_id.is_(None), _c.deleted_at.is_(None), *_within(actor, _c.id))
    return session.execute(nobodys).scalar_one()

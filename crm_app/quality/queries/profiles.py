"""What of customers is compared with others, read in chunks."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import Select, func, select
from sqlmodel import Session

from crm_app.core.sql import table_of
from crm_app.models import Contact, Customer
from crm_app.quality.schemas import Profile

CHUNK = 2_000
"""Customers that are in memory at a time."""
_c, _p = table_of(Customer).c, table_of(Contact).c


def count_profiles(session: Session) -> int:
    """How many there are to walk."""
    return session.execute(
        select(func.count()).select_from(table_of(Customer)).where(_c.deleted_at.is_(None))
    ).scalar_one()


def walk_profiles(session: Session) -> Iterator[tuple[Profile, ...]]:
    """All live customers in the order of their ids, in chunks: whoever asks is the finder, not a person."""
    after = 0
    while rows := session.execute(_live(after)).all():
        yield _profiles(session, rows)
        after = rows[-1].id


def get_profiles(session: Session, ids: Collection[int]) -> dict[int, Profile]:
    """These customers by id, the live ones."""
    rows = session.execute(_columns().where(_c.id.in_(tuple(ids)), _c.deleted_at.is_(None))).all()
    return {profile.id: profile for profile in _profiles(session, rows)}


def _columns() -> Select:
    return select(_c.id, _c.name, _c.province, _c.city, _c.district, _c.credit_code, _c.address)


def _live(after: int) -> Select:
    return _columns().where(_c.id > after, _c.deleted_at.is_(None)).order_by(_c.id).limit(CHUNK)


def _profiles(session: Session, rows: Collection) -> tuple[Profile, ...]:
    ids = [row.id for row in rows]
    people = select(_p.customer_id, _p.name, _p.mobile, _p.phone, _p.email).where(_p.customer_id.in_(ids))
    reached: dict[int, list[tuple[str, str, str, str]]] = defaultdict(list)
    for customer_id, *reach in session.execute(people):
        reached[customer_id].append(tuple(reach))
    return tuple(_profile(row, reached.get(row.id, ())) for row in rows)


def _profile(row: Any, reached: Sequence[tuple[str, str, str, str]]) -> Profile:
    kinds = zip(*reached, strict=True) if reached else ((), (), (), ())
    names, mobiles, phones, emails = (frozenset(filter(None, kind)) for kind in kinds)
    return Profile(
        id=row.id,
        name=row.name,
        place=row.district or row.city or row.province,
        credit_code=row.credit_code,
        address=row.address,
        mobiles=mobiles,
        phones=phones,
        emails=frozenset(map(str.casefold, emails)),
        people=names,
    )

"""The page of ids that a query asks for."""

from collections.abc import Sequence

from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission, Reach
from crm_app.access.scope import customers_in_reach
from crm_app.core.settings import get_settings
from crm_app.customers.queries.totals import live_total
from crm_app.customers.search import count_entries, few_matches, matches
from crm_app.directory.queries.sources import narrows_one_index, order_by, sources_for
from crm_app.listing.queries import Asker, Records, compile_conditions, compile_group, count_records, list_page
from crm_app.listing.schemas import Known, ListQuery, Page
from crm_app.models import Customer


def find_page(session: Session, actor: Actor, query: ListQuery, known: Known, *, total: int | None = None) -> Page:
    """The ids of the query's page within the actor's reach, and the total unless the caller knows it."""
    few = few_matches(session, actor, query.search) if query.search else None
    records = _records(session, actor, query, known, few)
    if total is None:
        total = _count_searched(session, actor, query, few)
    return list_page(
        session,
        records,
        order_by(query.sort, known),
        descending=query.descending,
        offset=(query.page - 1) * query.size,
        limit=query.size,
        total=total,
    )


def count_shown(session: Session, actor: Actor, query: ListQuery, known: Known) -> int:
    """The total of `find_page`."""
    few = few_matches(session, actor, query.search) if query.search else None
    total = _count_searched(session, actor, query, few)
    return count_records(session, _records(session, actor, query, known, few)) if total is None else total


def reaches_any(session: Session, actor: Actor, ids: frozenset[int]) -> bool:
    """Whether the list shows the actor any of these customers."""
    found = select(col(Customer.id)).where(col(Customer.id).in_(ids), customers_in_reach(actor)).limit(1)
    return session.execute(found).first() is not None


def _count_searched(session: Session, actor: Actor, query: ListQuery, few: tuple[int, ...] | None) -> int | None:
    """How many a search finds by itself; None where something else has to be counted."""
    if not query.search or query.filtered:
        return None
    sees_all = actor.reach(Permission.CUSTOMER_VIEW) is Reach.ALL
    return len(few) if few is not None and sees_all else count_entries(session, actor, query.search)


def find_all(session: Session, actor: Actor, query: ListQuery, known: Known, *, within: Permission) -> tuple[int, ...]:
    """The ids of all that the query asks for and `within` reaches as well, in the query's order."""
    records = _all_records(session, actor, query, known, within)
    total = count_records(session, records)
    order = order_by(query.sort, known)
    return list_page(session, records, order, descending=query.descending, offset=0, limit=total, total=total).ids


def find_numbers(session: Session, actor: Actor, numbers: Sequence[str], *, within: Permission) -> tuple[int, ...]:
    """The ids of the customers of these numbers that the actor sees and `within` reaches as well, in their order."""
    reach = (customers_in_reach(actor), customers_in_reach(actor, within))
    found = session.execute(
        sql_select(col(Customer.number), col(Customer.id)).where(col(Customer.number).in_(tuple(numbers)), *reach)
    )
    by_number = {number: key or 0 for number, key in found}
    return tuple(by_number[number] for number in numbers if number in by_number)


def count_all(session: Session, actor: Actor, query: ListQuery, known: Known, *, within: Permission) -> int:
    """How many `find_all` finds."""
    return count_records(session, _all_records(session, actor, query, known, within))


def _all_records(session: Session, actor: Actor, query: ListQuery, known: Known, within: Permission) -> Records:
    few = few_matches(session, actor, query.search) if query.search else None
    return _records(session, actor, query, known, few, within=within)


def _records(
    session: Session,
    actor: Actor,
    query: ListQuery,
    known: Known,
    few: tuple[int, ...] | None,
    *,
    within: Permission = Permission.CUSTOMER_VIEW,
) -> Records:
    dialect = session.get_bind().dialect.name
    narrow = Reach.OWN in (actor.reach(Permission.CUSTOMER_VIEW), actor.reach(within))
    asker = Asker(actor.user_id, actor.department_ids, known.today, get_settings().zone, dialect, narrow)
    sources = sources_for(actor, known)
    bounds = compile_conditions([c for c in query.conditions if c.field == query.sort], sources, asker)
    where = compile_conditions([c for c in query.conditions if c.field != query.sort], sources, asker)
    where += [compile_group(group, sources, asker) for group in query.groups]
    found = col(Customer.id).in_(few) if few is not None else None
    if query.search and few is None:
        found = matches(actor, query.search, dialect=dialect)
    if found is not None:
        where.append(found)
    # Two functions of one reach have one condition.
    reaches = {actor.reach(one): customers_in_reach(actor, one) for one in (Permission.CUSTOMER_VIEW, within)}
    reaches.pop(Reach.ALL, None)
    return Records(
        key=col(Customer.id),
        base=col(Customer.deleted_at).is_(None),
        total=live_total(dialect),
        reach=tuple(reaches.values()),
        narrow=narrow,
        bounds=tuple(bounds),
        where=tuple(where),
        indexed=not (reaches or query.groups) and found is None and narrows_one_index(query.conditions, query.sort),
    )

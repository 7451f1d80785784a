"""What is judged of customers, and who is to be judged: whoever reaches them, deleted ones left out."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import func, select
from sqlmodel import Session

from crm_app.anomalies import rules
from crm_app.anomalies.schemas import ContactFacts, Facts, Measure
from crm_app.core.sql import table_of
from crm_app.core.vocabulary import Level
from crm_app.customers.rules import CUSTOMER_FIELDS, as_text, region_of
from crm_app.fields.queries import list_fields, list_required, values_of
from crm_app.models import Anomaly, Contact, Customer, LevelChange, RecordCheck

WINDOW = 2_000
"""Ids that are looked through at a time."""
_c, _k, _a = table_of(Customer).c, table_of(RecordCheck).c, table_of(Anomaly).c
_PLAIN = tuple(name for name in CUSTOMER_FIELDS if name != "region")


def get_measure(session: Session) -> Measure:
    """What all are measured by now."""
    return rules.measure_of(list_required(session), list_fields(session))


def last_id(session: Session) -> int:
    """The highest id of a customer."""
    return session.execute(select(func.max(_c.id))).scalar() or 0


def list_stale(session: Session, measure: str, *, after: int) -> list[int]:
    """Of the next ids those of live customers that were never judged, or in another state, or by another measure."""
    judged = select(_k.customer_id).where(
        _k.customer_id == _c.id,
        _k.version == _c.version,
        _k.measure == measure,
        _k.planned_at.is_not_distinct_from(_c.next_follow_up_at),
    )
    statement = select(_c.id).where(
        _c.id > after, _c.id <= after + WINDOW, _c.deleted_at.is_(None), ~judged.correlate(table_of(Customer)).exists()
    )
    return list(session.execute(statement.order_by(_c.id)).scalars())


def list_facts(session: Session, ids: Sequence[int], measure: Measure, *, lock: bool = False) -> list[Facts]:
    """The facts of those of these customers that live; with `lock` nobody else changes them in this transaction."""
    columns = [_c[name] for name in (*_PLAIN, "province", "city", "district")]
    more = (_c.id, _c.version, _c.total_amount, _c.next_follow_up_at)
    statement = select(*columns, *more).where(_c.id.in_(ids), _c.deleted_at.is_(None)).order_by(_c.id)
    rows = session.execute(statement.with_for_update() if lock else statement).mappings().all()
    contacts, deals = _contacts(session, ids), _deals(session, ids)
    own = values_of(session, ids, measure.own)
    return [
        Facts(
            id=row["id"],
            version=row["version"],
            values={name: as_text(row[name]) for name in _PLAIN}
            | {"region": region_of(row["province"], row["city"], row["district"])}
            | dict(own.get(row["id"], {})),
            level=row["level"],
            total_amount=row["total_amount"],
            deals_without_number=deals.get(row["id"], 0),
            next_follow_up_at=row["next_follow_up_at"],
            contacts=tuple(contacts[row["id"]]),
        )
        for row in rows
    ]


def _contacts(session: Session, ids: Sequence[int]) -> Mapping[int, list[ContactFacts]]:
    c = table_of(Contact).c
    found: dict[int, list[ContactFacts]] = defaultdict(list)
    rows = session.execute(select(c.customer_id, c.id, c.mobile, c.phone, c.email).where(c.customer_id.in_(ids)))
    for customer_id, *facts in rows:
        found[customer_id].append(ContactFacts(*facts))
    return found


def _deals(session: Session, ids: Sequence[int]) -> Mapping[int, int]:
    """By customer its deals without a contract number."""
    c = table_of(LevelChange).c
    bare = func.coalesce(c.contract_number, "") == ""
    rows = session.execute(
        select(c.customer_id, func.count())
        .where(c.customer_id.in_(ids), c.to_level == Level.WON, bare)
        .group_by(c.customer_id)
    )
    return {customer_id: count for customer_id, count in rows}  # noqa: C416 - Rows, not pairs.


def list_known(session: Session, ids: Sequence[int]) -> Mapping[int, dict[tuple[str, str], tuple[int, object]]]:
    """By customer the anomalies that are kept, each with its id and the moment it counts from."""
    found: dict[int, dict[tuple[str, str], tuple[int, object]]] = defaultdict(dict)
    rows = session.execute(select(_a.customer_id, _a.code, _a.param, _a.id, _a.since).where(_a.customer_id.in_(ids)))
    for customer_id, code, param, key, since in rows:
        found[customer_id][code, param] = (key, since)
    return found


def lock_unchanged(session: Session, facts: Sequence[Facts]) -> frozenset[int]:
    """Those that are as they were judged, nobody else's until the transaction ends; whoever is being changed waits
    for the next look."""
    states = {one.id: (one.version, one.next_follow_up_at) for one in facts}
    rows = session.execute(
        select(_c.id, _c.version, _c.next_follow_up_at)
        .where(_c.id.in_(states), _c.deleted_at.is_(None))
        .order_by(_c.id)
        .with_for_update(skip_locked=True)
    )
    return frozenset(key for key, version, planned in rows if states[key] == (version, planned))

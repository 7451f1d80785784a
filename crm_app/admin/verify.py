"""Whether the data folder is whole: the file, the schema, what is computed from other rows, the index, the counters.

It only reads. Each check lists what is wrong, by customer number where there is one.
"""

import re
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlalchemy import Row, Select, func, or_, select, text
from sqlmodel import Session, col

from crm_app.admin.first_run import FILE_NAME, is_setup_open
from crm_app.admin.queries import list_administrators
from crm_app.anomalies.queries import get_measure, list_facts, list_known
from crm_app.anomalies.rules import judge
from crm_app.core import migrate
from crm_app.core.clock import utcnow
from crm_app.core.db import Database
from crm_app.core.settings import get_settings
from crm_app.core.sql import table_of
from crm_app.core.text import normalise_company_name
from crm_app.core.vocabulary import Level
from crm_app.customers import rules
from crm_app.customers.queries import get_grade_thresholds, get_number_pattern
from crm_app.customers.queries.totals import miscounted
from crm_app.customers.search import list_misindexed, sort_keys
from crm_app.fields.queries import VALUES, list_every
from crm_app.fields.rules import stored
from crm_app.fields.schemas import CHOOSING, OwnFieldDef, RecordKind
from crm_app.models import (
    Contact,
    Customer,
    FollowUp,
    LevelChange,
    MergedCustomer,
    NumberCounter,
    RecordCheck,
    Review,
    ReviewItem,
    Task,
)
from crm_app.timeline.rules import next_follow_up
from crm_app.timeline.schemas import Plan


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one check; `wrong` is empty when all is well."""

    check: str
    wrong: tuple[str, ...] = ()


Check = Callable[[Session], Iterator[str]]


def verify(database: Database, data_dir: Path, *, zone: tzinfo) -> tuple[Finding, ...]:
    """Run all checks; those of the tables only on the schema that they know."""
    schema = Finding("schema", tuple(_schema(database)))
    findings = [Finding("files", tuple(_files(database, data_dir))), schema]
    if schema.wrong:
        return tuple(findings)
    checks: dict[str, Check] = {
        "database": _database,
        "administrator": _administrator,
        "deals": partial(_deals, today=utcnow().astimezone(zone).date()),
        "contacted": partial(_contacted, zone=zone),
        "names": _names,
        "main_contact": _main_contacts,
        "merged": _merged,
        "own_values": _own_values,
        "anomalies": _anomalies,
        "review": _review,
        "counters": _counters,
        "search": _search,
        "total": _total,
    }
    with database.reading() as session:
        if session.get_bind().dialect.name != "sqlite":
            # One picture for all checks, as SQLite gives anyway.
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        findings += [Finding(name, tuple(check(session))) for name, check in checks.items()]
    return tuple(findings)


def _schema(database: Database) -> Iterator[str]:
    if not migrate.is_current(database.engine):
        yield "crm db upgrade"
        return
    with database.engine.connect() as connection:
        yield from (str(difference) for difference in migrate.drift(connection))


def _files(database: Database, data_dir: Path) -> Iterator[str]:
    """Nobody but the owner may read the folder and what is secret in it."""
    private = [data_dir / FILE_NAME]
    if database.engine.dialect.name == "sqlite" and database.engine.url.database:
        private.append(Path(database.engine.url.database).parent)
    for path in private:
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield f"chmod go= {path}"


def _database(session: Session) -> Iterator[str]:
    """What SQLite itself finds; PostgreSQL keeps its files and foreign keys by itself."""
    if session.get_bind().dialect.name != "sqlite":
        return
    for (answer,) in session.execute(text("PRAGMA integrity_check(20)")):
        if answer != "ok":
            yield str(answer)
    for table, row, parent, _ in session.execute(text("PRAGMA foreign_key_check")):
        yield f"{table} {row} → {parent}"


def _administrator(session: Session) -> Iterator[str]:
    if not list_administrators(session) and not is_setup_open(session):
        yield "crm user add"


def _deals(session: Session, *, today: date) -> Iterator[str]:
    """Totals, number and first day of the orders, and the grade, against the deals.

    A grade may be too high for today: the daily job lowers it when deals get old, and nobody ran it on a folder that
    lay still.
    """
    deals = (
        select(
            col(LevelChange.customer_id).label("customer_id"),
            func.sum(col(LevelChange.deal_amount)).label("total"),
            func.count().label("orders"),
            func.min(col(LevelChange.deal_on)).label("first_on"),
            func.sum(col(LevelChange.deal_amount))
            .filter(col(LevelChange.deal_on) >= rules.grading_since(today))
            .label("recent"),
        )
        .where(col(LevelChange.to_level) == Level.WON)
        .group_by(col(LevelChange.customer_id))
        .subquery()
    )
    thresholds = get_grade_thresholds(session)
    statement = select(
        *_columns("number", "total_amount", "order_count", "first_order_on", "value_grade", "hand_grade"),
        *(deals.c.total, deals.c.orders, deals.c.first_on, deals.c.recent),
    ).outerjoin(deals, deals.c.customer_id == col(Customer.id))
    for row in session.execute(statement.where(_is_live())):
        total = row.total or Decimal(0)
        least, most = rules.grade_of(row.recent or Decimal(0), thresholds), rules.grade_of(total, thresholds)
        sums = (total, row.orders or 0, row.first_on)
        graded = row.value_grade == row.hand_grade if row.hand_grade else most <= row.value_grade <= least
        if (row.total_amount, row.order_count, row.first_order_on) != sums or not graded:
            yield row.number


def _contacted(session: Session, *, zone: tzinfo) -> Iterator[str]:
    """Last contact and next follow-up against the timeline (R1.6)."""
    last, plan = _newest(planned=False), _newest(planned=True)
    statement = (
        select(
            *_columns("number", "last_contact_at", "last_method", "next_follow_up_at"),
            *(last.c.at, last.c.method, plan.c.at.label("planned_at"), plan.c.next_at),
        )
        .outerjoin(last, last.c.customer_id == col(Customer.id))
        .outerjoin(plan, plan.c.customer_id == col(Customer.id))
        .where(_is_live(), or_(last.c.at.is_not(None), col(Customer.last_contact_at).is_not(None)))
    )
    for row in session.execute(statement):
        if (row.last_contact_at, row.last_method) != (row.at, row.method or "") or not _plan_holds(row, zone):
            yield row.number


def _plan_holds(row: Row[Any], zone: tzinfo) -> bool:
    """A record that came from elsewhere may have a plan without a follow-up behind it."""
    if row.next_at is None:
        return True
    plan = Plan(row.planned_at, row.next_at)
    return row.next_follow_up_at == next_follow_up(last_contact_at=row.at, plan=plan, tz=zone)


def _newest(*, planned: bool) -> Any:
    """Each customer's latest follow-up; with `planned`, the latest that names the next one."""
    place = func.row_number().over(
        partition_by=col(FollowUp.customer_id), order_by=(col(FollowUp.at).desc(), col(FollowUp.id).desc())
    )
    columns = (col(FollowUp.customer_id), col(FollowUp.at), col(FollowUp.method), col(FollowUp.next_at))
    ranked = select(*columns, place.label("place"))
    if planned:
        ranked = ranked.where(col(FollowUp.next_at).is_not(None))
    found = ranked.subquery()
    return select(found).where(found.c.place == 1).subquery()


def _names(session: Session) -> Iterator[str]:
    """What duplicates are found and lists are ordered by."""
    columns = _columns("number", "name", "name_key", "name_sort", "number_sort")
    for row in session.execute(select(*columns).where(_is_live())):
        keys = sort_keys(row.name, row.number)
        computed = (normalise_company_name(row.name), keys["name_sort"], keys["number_sort"])
        if (row.name_key, row.name_sort, row.number_sort) != computed:
            yield row.number


def _main_contacts(session: Session) -> Iterator[str]:
    """A customer with contacts has exactly one main one (R1.3)."""
    mains = func.count().filter(col(Contact.is_main))
    statement = (
        select(col(Customer.number))
        .join(Contact, col(Contact.customer_id) == col(Customer.id))
        .where(_is_live())
        .group_by(col(Customer.id), col(Customer.number))
        .having(mains != 1)
    )
    yield from session.execute(statement).scalars()


def _merged(session: Session) -> Iterator[str]:
    """A merged customer shows nowhere, and nothing that belongs to its survivor was left behind (R5.1)."""
    left = [
        select(col(model.id)).where(col(model.customer_id) == col(Customer.id)).exists()
        for model in (FollowUp, LevelChange, Task)
    ]
    statement = (
        select(col(Customer.number))
        .join(MergedCustomer, col(MergedCustomer.customer_id) == col(Customer.id))
        .where(or_(_is_live(), *left))
    )
    yield from session.execute(statement).scalars()


def _own_values(session: Session) -> Iterator[str]:
    """Each own value stands in a field of its kind of record, and is found as what it says (R1.8)."""
    fields = {field.id: field for field in list_every(session)}
    for record, (table, _) in VALUES.items():
        names = [name for name in ("place", "text", "key", "sort", "number") if name in table.c]
        rows = session.execute(_values_with_customers(record, names))
        for (holder, number, field_id), some in groupby(rows, key=lambda row: row[:3]):
            field = fields.get(field_id)
            found = [dict(zip(names, row[3:], strict=True)) for row in some]
            if not (number and field and field.record is record and _stands(field, found)):
                yield f"{number or f'{record} {holder}'} · {field.label_zh if field else field_id}"


def _values_with_customers(record: RecordKind, names: Sequence[str]) -> Select[Any]:
    """Whose each value is, the number of its customer, the field, and these columns."""
    table, holder = VALUES[record]
    whose, c = table.c[holder], table_of(Customer).c
    if record is RecordKind.CONTACT:
        people = table_of(Contact)
        joined = table.outerjoin(people, people.c.id == whose).outerjoin(c.id.table, c.id == people.c.customer_id)
    else:
        joined = table.outerjoin(c.id.table, c.id == whose)
    columns = (whose, c.number, table.c.field_id, *(table.c[name] for name in names))
    return select(*columns).select_from(joined).order_by(whose, table.c.field_id, table.c.place)


def _stands(field: OwnFieldDef, rows: list[dict[str, Any]]) -> bool:
    """Whether these rows are how the field keeps what their texts say."""
    codes = {option.code for option in field.options}
    texts = [row["text"] for row in rows]
    if field.kind in CHOOSING and not codes.issuperset(texts):
        return False
    try:
        kept = [asdict(row) for row in stored(field.kind, ",".join(texts))]
    except (ValueError, ArithmeticError):
        return False
    return [{name: row[name] for name in rows[0]} for row in kept] == rows


def _review(session: Session) -> Iterator[str]:
    """Each item of a month-end review has its review and its customer, and who confirmed it says when (R5.3)."""
    item = (col(ReviewItem.review_id), col(ReviewItem.customer_id))
    lost = or_(col(Review.id).is_(None), col(Customer.id).is_(None))
    half = col(ReviewItem.confirmed_at).is_(None) != col(ReviewItem.confirmed_by).is_(None)
    statement = (
        select(*item, col(Review.month), col(Customer.number))
        .outerjoin(Review, col(Review.id) == item[0])
        .outerjoin(Customer, col(Customer.id) == item[1])
        .where(or_(lost, half))
        .order_by(*item)
    )
    for row in session.execute(statement):
        yield f"{row.month or row.review_id}: {row.number or row.customer_id}"


def _anomalies(session: Session) -> Iterator[str]:
    """What is said to be wrong with a record, and how complete it is, against the record as it was judged (R5.2).

    Whoever changed since is judged when the server runs.
    """
    measure, zone = get_measure(session), get_settings().zone
    judged = select(col(RecordCheck.customer_id), col(RecordCheck.version), col(RecordCheck.planned_at))
    kept = {
        key: (version, planned)
        for key, version, planned in session.execute(judged.where(col(RecordCheck.measure) == measure.key))
    }
    ids = sorted(kept)
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        known = list_known(session, some)
        scores = dict(session.execute(select(*_columns("id", "completeness")).where(col(Customer.id).in_(some))).all())
        for facts in list_facts(session, some, measure):
            found = judge(facts, measure, zone=zone)
            said = {(str(one.code), one.param) for one, _ in found.anomalies}
            fresh = kept[facts.id] == (facts.version, facts.next_follow_up_at)
            if fresh and (said, found.completeness) != (set(known.get(facts.id, {})), scores[facts.id]):
                yield session.get_one(Customer, facts.id).number


def _counters(session: Session) -> Iterator[str]:
    """No counter is behind a number that was given out (R1.1)."""
    pattern = get_number_pattern(session)
    shape = re.compile("".join(_shape_of(kind, detail) for kind, detail in pattern.parts))
    highest: dict[str, int] = {}
    for number in session.execute(select(col(Customer.number))).scalars():
        if found := shape.fullmatch(number):
            prefix = f"{number[: found.start('seq')]}#{number[found.end('seq') :]}".strip("-_.#")
            highest[prefix] = max(highest.get(prefix, 0), int(found["seq"]))
    counters = {counter.prefix: counter.last for counter in session.execute(select(NumberCounter)).scalars()}
    for prefix, last in sorted(highest.items()):
        if counters.get(prefix, 0) < last:
            yield f"{prefix}: {counters.get(prefix, 0)} < {last}"


def _shape_of(kind: str, detail: str) -> str:
    match kind:
        case "seq":
            return rf"(?P<seq>\d{{{detail},}})"
        case "industry":
            return r"[A-Za-z0-9_]+"
        case "date":
            return rf"\d{{{len(datetime(2024, 1, 1).strftime(detail))}}}"  # noqa: DTZ001 - only its length counts.
        case _:
            return re.escape(detail)


def _search(session: Session) -> Iterator[str]:
    """Each live customer has one entry in the search index, and nobody else has."""
    yield from (str(customer_id) for customer_id in list_misindexed(session))


def _total(session: Session) -> Iterator[str]:
    """As many customers as are kept to be there."""
    if wrong := miscounted(session):
        yield f"{wrong[0]} ≠ {wrong[1]}"


def _columns(*names: str) -> tuple[Any, ...]:
    return tuple(getattr(Customer, name) for name in names)


def _is_live() -> Any:
    return col(Customer.deleted_at).is_(None)

"""The anomalies that count by now: of one customer, and of all that a person reaches."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, case, exists, func, select, union_all
from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.people import staff
from crm_app.access.permissions import Permission, Reach
from crm_app.access.scope import customer_ids_in_reach, customers_in_reach
from crm_app.anomalies.queries.wording import place_of, words_for
from crm_app.anomalies.schemas import Code, KindCount, Reason, WorkLine, WorkPage, WorkQuery
from crm_app.catalogue import say
from crm_app.core.clock import local_today, to_local, utcnow
from crm_app.core.errors import Forbidden
from crm_app.core.settings import get_settings
from crm_app.core.sql import checked, table_of
from crm_app.fields.queries import hidden_keys
from crm_app.models import Anomaly, Collaborator, Customer

SIZE = 50
MOST_TICKED = 200
WHOSE = ("mine", "department", "all")
_LARGEST_ID = 2**31 - 1
_a, _c = table_of(Anomaly).c, table_of(Customer).c
P = Permission.CUSTOMER_VIEW


def list_reasons(session: Session, actor: Actor, *, number: str) -> tuple[Reason, ...]:
    """What is wrong with one customer; nothing of one out of reach. Raises Forbidden."""
    _require(actor)
    statement = (
        select(_a.id, _a.code, _a.param, _a.assignee_id, _a.due_on)
        .join_from(table_of(Customer), table_of(Anomaly), _a.customer_id == _c.id)
        .where(_c.number == number, customers_in_reach(actor, P), *_counting(session, actor))
        .order_by(_a.id)
    )
    rows = session.execute(statement).all()
    words, names = words_for(session, actor, [(row.code, row.param) for row in rows]), staff(session).names
    today = local_today(tz=get_settings().zone)
    return tuple(
        Reason(
            id=row.id,
            code=row.code,
            kind=say(actor.language, f"anomaly.{row.code}"),
            text=words.text(row.code, row.param),
            place=place_of(row.code, row.param),
            assignee=names.get(row.assignee_id, ""),
            due=str(row.due_on or ""),
            overdue=bool(row.due_on and row.due_on < today),
        )
        for row in rows
    )


def list_codes(session: Session, actor: Actor, customer_ids: Collection[int]) -> Mapping[int, list[str]]:
    """The kinds of anomalies of each of these customers, which the caller reached; each once, in the rules' order."""
    if not customer_ids:
        return {}
    statement = select(_a.customer_id, _a.code).where(_a.customer_id.in_(customer_ids), *_counting(session, actor))
    found: dict[int, set[str]] = defaultdict(set)
    for customer_id, code in session.execute(statement):
        found[customer_id].add(code)
    return {key: [code for code in Code if code in codes] for key, codes in found.items()}


def list_whose(actor: Actor) -> tuple[str, ...]:
    """Whose anomalies the actor can look at. Raises Forbidden."""
    _require(actor)
    reach = actor.reach(P)
    return WHOSE if reach is not Reach.OWN and actor.department_ids else ("mine", "all")


def get_worklist(session: Session, actor: Actor, *, query: WorkQuery) -> WorkPage:
    """A page of the worklist, and how many there are of each kind. Raises Forbidden."""
    counts = _count(session, actor, query.whose)
    kinds = tuple(
        KindCount(code.value, say(actor.language, f"anomaly.{code}"), counts[code].all)
        for code in Code
        if code in counts
    )
    asked = [count for code, count in counts.items() if query.code in ("", code)]
    overdue = sum(count.overdue for count in asked)
    total = overdue if query.overdue else sum(count.all for count in asked)
    page = max(1, min(query.page, -(-total // SIZE)))
    statement = _asked(session, actor, query, *_columns()).offset((page - 1) * SIZE).limit(SIZE)
    order = (_a.due_on, _a.id) if query.overdue else (_a.since.desc(), _a.id.desc())
    rows = session.execute(statement.order_by(*order)).all()
    return WorkPage(_lines(session, actor, rows), total, page, kinds, overdue)


def _columns() -> tuple[Any, ...]:
    kept = (_a.id, _a.version, _a.code, _a.param, _a.since, _a.assignee_id, _a.due_on)
    return (*kept, _c.number, _c.name, _c.owner_id)


def _lines(session: Session, actor: Actor, rows: Sequence[Any]) -> tuple[WorkLine, ...]:
    words, names = words_for(session, actor, [(row.code, row.param) for row in rows]), staff(session).names
    zone = get_settings().zone
    today = local_today(tz=zone)
    return tuple(
        WorkLine(
            id=row.id,
            version=row.version,
            number=row.number,
            name=row.name,
            code=row.code,
            kind=say(actor.language, f"anomaly.{row.code}"),
            text=words.text(row.code, row.param),
            place=place_of(row.code, row.param),
            owner=names.get(row.owner_id, ""),
            since=str(to_local(row.since, tz=zone).date()),
            assignee=names.get(row.assignee_id, ""),
            due=str(row.due_on or ""),
            overdue=bool(row.due_on and row.due_on < today),
        )
        for row in rows
    )


class _Count(NamedTuple):
    all: int
    overdue: int


def _count(session: Session, actor: Actor, whose: str) -> dict[str, _Count]:
    """By kind; those that there are."""
    late = func.count(case((_a.due_on < local_today(tz=get_settings().zone), 1)))
    counted = _asked(session, actor, WorkQuery(whose), _a.code, func.count(), late).group_by(_a.code)
    return {code: _Count(every, overdue) for code, every, overdue in session.execute(counted)}


def _asked(session: Session, actor: Actor, query: WorkQuery, *columns: Any) -> Any:
    where = [*_counting(session, actor), *_within(actor, query.whose)]
    if query.code:
        where.append(_a.code == query.code)
    if query.overdue:
        where.append(and_(_a.due_on.is_not(None), _a.due_on < local_today(tz=get_settings().zone)))
    joined = select(*columns).join_from(table_of(Anomaly), table_of(Customer), _a.customer_id == _c.id)
    return joined.where(_c.deleted_at.is_(None), *where)


def _counting(session: Session, actor: Actor) -> list[ColumnElement[bool]]:
    """Those that count by now, and say nothing of a field that the role doesn't see."""
    hidden = sorted(hidden_keys(session, actor))
    now: list[ColumnElement[bool]] = [_a.since <= utcnow()]
    return [*now, _a.param.not_in(hidden)] if hidden else now


def _within(actor: Actor, whose: str) -> list[ColumnElement[bool]]:
    """Row scope, by what finds the fewest rows first.

    Of a department's customers most have nothing wrong: there the customer of each anomaly is looked at. Those of one
    person are few.
    """
    _require(actor)
    reached = checked(customers_in_reach(actor, P))
    if whose == "mine":
        given = select(_a.id).where(
            _a.assignee_id == actor.user_id,
            exists().where(_c.id == _a.customer_id, reached).correlate(table_of(Anomaly)),
        )
        owned = customer_ids_in_reach(actor, P, _c.owner_id == actor.user_id)
        own = select(_a.id).where(_a.assignee_id.is_(None), _a.customer_id.in_(owned))
        return [_a.id.in_(union_all(given, own))]
    if whose == "department" and actor.department_ids:
        return [checked(_c.department_id.in_(actor.department_ids)), reached]
    if actor.reach(P) is Reach.OWN:
        return [_a.customer_id.in_(customer_ids_in_reach(actor, P))]
    return [reached]


def _require(actor: Actor) -> None:
    if not actor.may(P):
        raise Forbidden


# --- putting people in charge


def lock_assignable(session: Session, actor: Actor, *, ids: Collection[int]) -> list[tuple[Anomaly, int | None, Any]]:
    """Those of these anomalies that the actor may assign, locked, each with its customer's owner and department.

    Raises Forbidden.
    """
    if not actor.may(Permission.CUSTOMER_ASSIGN):
        raise Forbidden
    some = [key for key in ids if 0 < key <= _LARGEST_ID][:MOST_TICKED]
    statement = (
        select(Anomaly, _c.owner_id, _c.department_id)
        .join(table_of(Customer), _c.id == _a.customer_id)
        .where(
            _a.id.in_(some),
            customers_in_reach(actor, Permission.CUSTOMER_ASSIGN),
            *_counting(session, actor),
        )
        .order_by(_a.id)
        .with_for_update(of=table_of(Anomaly))
        .execution_options(populate_existing=True)
    )
    return [(row[0], row[1], row[2]) for row in session.execute(statement)]


def helpers_of(session: Session, customer_ids: Collection[int]) -> Mapping[int, frozenset[int]]:
    """By customer who helps with it."""
    link = table_of(Collaborator).c
    found: dict[int, set[int]] = {}
    rows = session.execute(select(link.customer_id, link.user_id).where(link.customer_id.in_(tuple(customer_ids))))
    for customer_id, user_id in rows:
        found.setdefault(customer_id, set()).add(user_id)
    return {key: frozenset(people) for key, people in found.items()}

"""What a change of many customers reads: which rows, what stands in each, what came of them.

Reach is part of each statement: a row out of reach is told of by nothing but its being counted.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

from sqlalchemy import Column, Select, and_, case, func, select
from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission
from crm_app.access.scope import customers_in_reach, deleted_in_reach
from crm_app.bulk.rules import Task
from crm_app.bulk.rules import judging as rules
from crm_app.bulk.schemas import KEPT, MOST_ROWS, NEEDS, PAGE, Action, Judged, Outcome, Plan, Stand, What
from crm_app.core.errors import Forbidden, NotFound, Refused
from crm_app.core.sql import checked, table_of
from crm_app.customers.rules import as_text, region_of
from crm_app.directory.queries import count_all, find_all, list_for, load_known
from crm_app.directory.rules import MAX_ADDRESS
from crm_app.fields.queries import values_of
from crm_app.listing.rules.address import parse_query
from crm_app.models import BulkChange, BulkRow, Collaborator, Customer, CustomerTag, FieldChange

Ids: TypeAlias = "array[int]"
CHUNK = 1_000
"""Rows that a preview reads at a time."""
CHUNKS: Mapping[What, int] = {What.FIELD: 300, What.OWNER: 200, What.TAGS: 300, What.DELETE: 100}
"""Rows in one transaction at most, for others wait: fewer where a row moves in more indices, all in a deletion."""
_c, _row = table_of(Customer).c, table_of(BulkRow).c
_tag, _help, _step = table_of(CustomerTag).c, table_of(Collaborator).c, table_of(FieldChange).c
_ALWAYS = (_c.id, _c.version, _c.number, _c.name, _c.level)
_PLACES = (_c.province, _c.city, _c.district)


# --- which rows


def find_ticked(session: Session, actor: Actor, numbers: Sequence[str]) -> "array[int]":
    """The ids of the customers of these numbers that the actor sees, in their order."""
    found = select(_c.id).where(_c.number.in_(tuple(numbers)), checked(customers_in_reach(actor)))
    return array("q", sorted(session.execute(found).scalars()))


def find_filtered(session: Session, actor: Actor, address: str, today: date) -> "array[int]":
    """The ids of all customers that the list shows at this address, whatever page of it.

    Raises Refused when there are too many, and for a condition that makes no sense: to leave it out, as the list does,
    would change more than was asked for.
    """
    known = load_known(session, today=today)
    given = dict(parse_qsl(address[:MAX_ADDRESS]))
    asked = parse_query(list_for(actor, known), {key: given[key] for key in ("f", "q") if key in given}, known)
    if asked.ignored:
        raise Refused("bulk.refused.nonsense", text=asked.ignored[0][0])
    view = Permission.CUSTOMER_VIEW
    if count_all(session, actor, asked.query, known, within=view) > MOST_ROWS:
        raise Refused("bulk.refused.too_many", n=f"{MOST_ROWS:,}")
    return array("q", sorted(find_all(session, actor, asked.query, known, within=view)))


# --- what stands in each


def read_stands(
    session: Session, actor: Actor, task: Task, ids: Sequence[int], *, lock: bool = False
) -> dict[int, Stand]:
    """What a change finds, of those of these customers that the actor sees; `lock` keeps others from changing them."""
    action = task.action
    columns = _columns_of(action)
    statement = select(*_ALWAYS, _may(actor, NEEDS[action.what]), *columns).where(
        _c.id.in_(ids), checked(customers_in_reach(actor))
    )
    if lock:  # In one order, so that two of them wait for each other rather than both for ever.
        statement = statement.order_by(_c.id).with_for_update(of=table_of(Customer), key_share=True)
    text_of, more_of = _readers(session, task, ids)
    return {
        row[0]: Stand(row[0], row[1], row[2], row[3], row[4], row[5], text_of(row), more_of(row))
        for row in session.execute(statement)
    }


def _may(actor: Actor, needed: Permission) -> Any:
    covered = and_(customers_in_reach(actor, Permission.CUSTOMER_BULK), customers_in_reach(actor, needed))
    return case((covered, True), else_=False)


def _columns_of(action: Action) -> tuple[Column[Any], ...]:
    match action.what:
        case What.FIELD if action.field == "region":
            return _PLACES
        case What.FIELD if action.field in _c:
            return (_c[action.field],)
        case What.OWNER:
            return (_c.owner_id, _c.department_id, _c.assigned_at)
    return ()


def _readers(
    session: Session, task: Task, ids: Sequence[int]
) -> tuple[Callable[[Any], str], Callable[[Any], tuple[Any, ...]]]:
    """What makes the text of a row, and what is remembered besides."""
    action = task.action
    match action.what:
        case What.TAGS:
            worn = _linked(session, _tag.customer_id, _tag.tag_id, ids)
            return lambda row: rules.listed(worn.get(row[0], ())), lambda row: ()
        case What.OWNER:
            helping = _helpers(session, int(action.value), ids)
            return lambda row: as_text(row[6]), lambda row: (row[7], row[8], helping.get(row[0], ""))
        case What.FIELD if task.own:
            key = task.own.key
            filled = values_of(session, ids, [key])
            return lambda row: filled.get(row[0], {}).get(key, ""), lambda row: ()
        case What.FIELD if action.field == "region":
            return lambda row: region_of(*row[6:9]), lambda row: ()
        case What.FIELD:
            return lambda row: as_text(row[6]), lambda row: ()
    return lambda row: "", lambda row: ()


def _linked(session: Session, key: Column[Any], value: Column[Any], ids: Sequence[int]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for customer_id, one in session.execute(select(key, value).where(key.in_(ids))):
        found.setdefault(customer_id, set()).add(one)
    return found


def _helpers(session: Session, owner_id: int, ids: Sequence[int]) -> dict[int, str]:
    """All collaborators of those customers whom the new owner helped before, who then is none any more."""
    helps = select(_help.customer_id).where(_help.user_id == owner_id, _help.customer_id.in_(ids))
    mine = tuple(session.execute(helps).scalars())
    return {
        key: rules.listed(people) for key, people in _linked(session, _help.customer_id, _help.user_id, mine).items()
    }


def list_helpers(session: Session, ids: Sequence[int]) -> dict[int, set[int]]:
    """The collaborators of these customers."""
    return _linked(session, _help.customer_id, _help.user_id, ids) if ids else {}


def touched_since(session: Session, step: str, versions: Mapping[int, int]) -> set[int]:
    """Of which of these customers somebody changed that field after its version given here (R2.3)."""
    if not versions:
        return set()
    latest = (
        select(_step.customer_id, func.max(_step.version))
        .where(_step.customer_id.in_(tuple(versions)), _step.field == step, _step.contact_id.is_(None))
        .group_by(_step.customer_id)
    )
    return {key for key, version in session.execute(latest) if version > versions[key]}


def has_code(session: Session, credit_code: str, ids: Sequence[int]) -> bool:
    """Whether a live customer besides these has the credit code, in reach or not."""
    same = select(_c.id).where(_c.credit_code == credit_code, _c.deleted_at.is_(None), _c.id.not_in(tuple(ids)))
    return session.execute(same.limit(1)).first() is not None


# --- the preview


def make_plan(session: Session, actor: Actor, task: Task, ids: "array[int]") -> Plan:
    """Judge every row; writes nothing."""
    plan, whys = Plan(task.action), Counter[str]()
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        stands = read_stands(session, actor, task, some)
        for key in some:
            stand = stands.get(key)
            judged = rules.judge(task, stand)
            plan.ids.append(key)
            plan.versions.append(stand.version if stand else 0)
            plan.verdicts.append(judged.verdict)
            if judged.why:
                whys[judged.why] += 1
    plan.whys = dict(whys.most_common())
    return plan


def read_page(session: Session, actor: Actor, task: Task, ids: Sequence[int]) -> list[tuple[Stand, Judged]]:
    """What stands in a page of the rows now, and what becomes of it."""
    stands = read_stands(session, actor, task, ids)
    return [(stands[key], rules.judge(task, stands[key])) for key in ids if key in stands]


# --- changes that were confirmed


def get_change(session: Session, actor: Actor, change_id: int) -> BulkChange:
    """One of the actor's own. Raises Forbidden, NotFound."""
    return _own(session, actor, _own_change(actor, change_id))


def lock_change(session: Session, actor: Actor, change_id: int) -> BulkChange:
    """The same, and nobody else changes it until this transaction ends."""
    statement = _own_change(actor, change_id).with_for_update().execution_options(populate_existing=True)
    return _own(session, actor, statement)


def _own_change(actor: Actor, change_id: int) -> Select[Any]:
    change = table_of(BulkChange).c
    return select(BulkChange).where(change.id == change_id, change.user_id == actor.user_id)


def _own(session: Session, actor: Actor, statement: Select[Any]) -> BulkChange:
    if not actor.may(Permission.CUSTOMER_BULK):
        raise Forbidden
    found = session.execute(statement).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


def list_changed(session: Session, change_id: int, limit: int) -> list[Any]:
    """The first rows that can still be taken back: (customer_id, version, before)."""
    rows = select(_row.customer_id, _row.version, _row.before).where(
        _row.bulk_id == change_id, _row.outcome == Outcome.CHANGED
    )
    return list(session.execute(rows.order_by(_row.customer_id).limit(limit)))


def list_outcomes(session: Session, change_id: int, outcome: Outcome, page: int) -> list[Any]:
    """A page of the rows of one outcome: (customer_id, before, why)."""
    rows = select(_row.customer_id, _row.before, _row.why).where(_row.bulk_id == change_id, _row.outcome == outcome)
    return list(session.execute(rows.order_by(_row.customer_id).offset((page - 1) * PAGE).limit(PAGE)))


def list_names(session: Session, actor: Actor, ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Number and name of those of these customers that the actor may know of, in the recycle bin too."""
    found: dict[int, tuple[str, str]] = {}
    for within in (customers_in_reach(actor), deleted_in_reach(actor, Permission.CUSTOMER_DELETE)):
        rows = session.execute(select(_c.id, _c.number, _c.name).where(_c.id.in_(ids), checked(within)))
        found |= {row.id: (row.number, row.name) for row in rows}
    return found


def list_expired(session: Session, now: datetime) -> list[int]:
    """Changes that can't be taken back any more."""
    change = table_of(BulkChange).c
    return list(session.execute(select(change.id).where(change.created_at < now - KEPT)).scalars())

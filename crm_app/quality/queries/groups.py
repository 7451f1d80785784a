"""The groups that the last search found, as far as a person reaches all of their members."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, not_, select
from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.people import staff
from crm_app.access.permissions import Permission, Reach
from crm_app.access.scope import customers_in_reach
from crm_app.background.schemas import OPEN
from crm_app.catalogue import say, texts
from crm_app.core import regions
from crm_app.core.clock import to_local
from crm_app.core.errors import Forbidden, NotFound
from crm_app.core.settings import get_settings
from crm_app.core.sql import table_of
from crm_app.models import (
    Customer,
    DuplicateDismissal,
    DuplicateGroup,
    DuplicateMember,
    DuplicatePair,
    Job,
    Setting,
)
from crm_app.quality.schemas import GroupLine, GroupPage, MemberLine, Standing, Verdict

SIZE = 20
FOUND_KEY = "quality.found"
"""When all was searched last."""
KIND = "find_duplicates"
_LARGEST_ID = 2**31 - 1
_c, _g = table_of(Customer).c, table_of(DuplicateGroup).c
_m, _p, _d = table_of(DuplicateMember).c, table_of(DuplicatePair).c, table_of(DuplicateDismissal).c


def list_groups(session: Session, actor: Actor, *, verdict: Verdict, page: int = 1) -> GroupPage:
    """A page of groups, the likeliest first. Raises Forbidden."""
    total = count_groups(session, actor, verdict=verdict)
    page = max(1, min(page, -(-total // SIZE)))
    shown = (
        select(_g.id, _g.verdict, _g.score)
        .where(_g.verdict == verdict, *_visible(actor))
        .order_by(_g.score.desc(), _g.id.desc())
        .offset((page - 1) * SIZE)
        .limit(SIZE)
    )
    rows = session.execute(shown).all()
    members, reasons = _members(session, [row.id for row in rows]), reasons_of(session, actor, [row.id for row in rows])
    lines = (GroupLine(row.id, row.verdict, row.score, members[row.id], reasons[row.id]) for row in rows)
    return GroupPage(tuple(lines), total, page)


def count_groups(session: Session, actor: Actor, *, verdict: Verdict) -> int:
    """How many groups there are to look at. Raises Forbidden."""
    if not actor.may(Permission.CUSTOMER_MERGE):
        raise Forbidden
    statement = select(func.count()).select_from(table_of(DuplicateGroup))
    return session.execute(statement.where(_g.verdict == verdict, *_visible(actor))).scalar_one()


def get_standing(session: Session, actor: Actor) -> Standing:
    """What there is to look at, and how old it is. Raises Forbidden."""
    found = session.get(Setting, FOUND_KEY)
    return Standing(
        same=count_groups(session, actor, verdict=Verdict.SAME),
        possibly=count_groups(session, actor, verdict=Verdict.POSSIBLY),
        found_at=str(found.value.get("at", "")) if found else "",
        running=is_running(session),
    )


def is_running(session: Session) -> bool:
    """Whether anybody's search waits or runs: it is over the whole database, whoever asked for it."""
    job = table_of(Job).c
    return session.execute(select(job.id).where(job.state.in_(OPEN), job.kind == KIND).limit(1)).first() is not None


def member_ids(
    session: Session, actor: Actor, group_id: int, *, dismissed: bool = False, lock: bool = True
) -> tuple[int, ...]:
    """The live members of a group that the actor may look at. Raises Forbidden, NotFound."""
    if not actor.may(Permission.CUSTOMER_MERGE):
        raise Forbidden
    if not 0 < group_id <= _LARGEST_ID:
        raise NotFound
    statement = select(_g.id).where(_g.id == group_id, *_visible(actor, dismissed=dismissed))
    if session.execute(statement.with_for_update() if lock else statement).first() is None:
        raise NotFound
    return tuple(session.execute(_live(select(_m.customer_id)).where(_m.group_id == group_id)).scalars())


def list_dismissals(session: Session) -> frozenset[tuple[int, int]]:
    """The pairs that are known to be two, the smaller id first."""
    return frozenset((one, other) for one, other in session.execute(select(_d.one_id, _d.other_id)))


def existing(session: Session, ids: Collection[int]) -> frozenset[int]:
    """Which of these customers there are still, live or not."""
    known = sorted(ids)
    found: set[int] = set()
    for start in range(0, len(known), 1_000):
        found.update(session.execute(select(_c.id).where(_c.id.in_(known[start : start + 1_000]))).scalars())
    return frozenset(found)


def _visible(actor: Actor, *, dismissed: bool = False) -> list[ColumnElement[bool]]:
    """Groups of at least two live customers, all in reach: to whom one is missing, the others say too much."""
    live = _live(select(func.count())).where(_m.group_id == _g.id).correlate(table_of(DuplicateGroup))
    where: list[ColumnElement[bool]] = [
        _g.dismissed_at.is_not(None) if dismissed else _g.dismissed_at.is_(None),
        live.scalar_subquery() >= 2,
    ]
    if actor.reach(Permission.CUSTOMER_MERGE) is not Reach.ALL:
        beyond = and_(_c.deleted_at.is_(None), not_(customers_in_reach(actor, Permission.CUSTOMER_MERGE)))
        where.append(~exists().where(_m.group_id == _g.id, _c.id == _m.customer_id, beyond))
    return where


def _live(statement: Any) -> Any:
    return statement.join_from(table_of(DuplicateMember), table_of(Customer), _c.id == _m.customer_id).where(
        _c.deleted_at.is_(None)
    )


def _members(session: Session, group_ids: Collection[int]) -> dict[int, tuple[MemberLine, ...]]:
    statement = _live(
        select(_m.group_id, _c.number, _c.name, _c.owner_id, _c.level, _c.province, _c.city, _c.district, _c.created_at)
    ).where(_m.group_id.in_(tuple(group_ids)))
    names, zone = staff(session).names, get_settings().zone
    found: dict[int, tuple[MemberLine, ...]] = defaultdict(tuple)
    for row in session.execute(statement.order_by(_m.group_id, _c.id)):
        line = MemberLine(
            number=row.number,
            name=row.name,
            owner=names.get(row.owner_id, ""),
            level=row.level,
            place=regions.full_name(row.district or row.city or row.province),
            created=str(to_local(row.created_at, tz=zone).date()),
        )
        found[row.group_id] += (line,)
    return found


def reasons_of(session: Session, actor: Actor, group_ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    """Why each of these is a group, in the actor's words, what speaks against it last."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for group_id, reasons in session.execute(
        select(_p.group_id, _p.reasons).where(_p.group_id.in_(tuple(group_ids))).order_by(_p.score.desc())
    ):
        for code, percent in reasons:
            found[group_id][code] = max(percent, found[group_id].get(code, 0))
    told: dict[int, tuple[str, ...]] = defaultdict(tuple)
    for group_id, codes in found.items():
        told[group_id] = tuple(_told(actor.language, code, percent) for code, percent in codes.items())
    return told


def _told(language: str, code: str, percent: int) -> str:
    key = f"quality.reason.{code}"
    return say(language, key if key in texts() else f"customers.reason.{code}", percent=percent)

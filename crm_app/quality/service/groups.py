"""Asking for a search, keeping what it found, and saying that a group is none."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, insert
from sqlmodel import Session, col

from crm_app.access.actor import Actor
from crm_app.access.audit import Action, record
from crm_app.access.permissions import Permission
from crm_app.background.kinds import JobKind
from crm_app.background.service import add_job
from crm_app.core.changes import Change, announce
from crm_app.core.clock import format_local, utcnow
from crm_app.core.errors import Forbidden, Refused
from crm_app.core.settings import get_settings
from crm_app.models import DuplicateDismissal, DuplicateGroup, DuplicateMember, DuplicatePair, Setting
from crm_app.quality import queries, rules
from crm_app.quality.schemas import FoundGroup

CHANGED = "duplicate"
"""The kind of the change that says that there are other groups."""
MOST_KEPT = 20_000
_BATCH = 500


class SearchRuns(Refused):
    """Somebody's search over the whole database waits or runs; another one would find the same."""

    code = "quality.refused.running"


def request_search(session: Session, actor: Actor, *, kind: JobKind) -> int:
    """Ask for a search over the whole database; the job's id. Raises Forbidden, SearchRuns."""
    if not actor.may(Permission.CUSTOMER_MERGE):
        raise Forbidden
    if queries.is_running(session):
        raise SearchRuns
    job_id = add_job(session, actor, kind=kind, parameters={})
    announce(Change(CHANGED, actor_id=actor.user_id))
    return job_id


def keep_found(session: Session, groups: Sequence[FoundGroup], now: datetime) -> None:
    """Put these in the place of what was found before, the likeliest as far as they can be looked through."""
    kept = sorted(groups, key=lambda group: -group.score)[:MOST_KEPT]
    there = queries.existing(session, {member for group in kept for member in group.members})
    kept = [group for group in kept if there.issuperset(group.members)]
    for model in (DuplicatePair, DuplicateMember, DuplicateGroup):
        session.execute(delete(model))
    for some in _batches(kept):
        _insert(session, some, now)
    at = format_local(now, tz=get_settings().zone)
    session.merge(Setting(key=queries.FOUND_KEY, value={"at": at}))
    announce(Change(CHANGED))


def _batches(groups: Sequence[FoundGroup]) -> list[Sequence[FoundGroup]]:
    return [groups[start : start + _BATCH] for start in range(0, len(groups), _BATCH)]


def _insert(session: Session, groups: Sequence[FoundGroup], now: datetime) -> None:
    made = insert(DuplicateGroup).returning(col(DuplicateGroup.id), sort_by_parameter_order=True)
    rows = [{"verdict": group.verdict, "score": group.score, "found_at": now} for group in groups]
    ids = list(session.execute(made, rows).scalars())
    numbered = list(zip(ids, groups, strict=True))
    session.execute(
        insert(DuplicateMember),
        [{"group_id": key, "customer_id": member} for key, group in numbered for member in group.members],
    )
    session.execute(
        insert(DuplicatePair),
        [
            {
                "group_id": key,
                "one_id": pair.one,
                "other_id": pair.other,
                "score": pair.like.score,
                "reasons": [list(reason) for reason in pair.like.reasons],
            }
            for key, group in numbered
            for pair in group.pairs
        ],
    )


def dismiss_group(session: Session, actor: Actor, *, group_id: int) -> None:
    """「不是重复」: the members are as many customers; no later search offers any two of them. Raises NotFound."""
    members = queries.member_ids(session, actor, group_id)
    now = utcnow()
    for one, other in rules.twos_of(members):
        session.merge(DuplicateDismissal(one_id=one, other_id=other, user_id=actor.user_id, at=now))
    session.get_one(DuplicateGroup, group_id).dismissed_at = now
    _trace(session, actor, group_id, members, dismissed=1)


def recall_group(session: Session, actor: Actor, *, group_id: int) -> None:
    """Take back that a group is none. Raises NotFound, also when a later search has dropped it."""
    members = queries.member_ids(session, actor, group_id, dismissed=True)
    for one, other in rules.twos_of(members):
        session.execute(
            delete(DuplicateDismissal).where(
                col(DuplicateDismissal.one_id) == one, col(DuplicateDismissal.other_id) == other
            )
        )
    session.get_one(DuplicateGroup, group_id).dismissed_at = None
    _trace(session, actor, group_id, members, dismissed=0)


def _trace(session: Session, actor: Actor, group_id: int, members: Sequence[int], *, dismissed: int) -> None:
    about = {"subject_kind": "duplicate_group", "subject_id": group_id, "dismissed": dismissed}
    record(session, Action.DUPLICATE_DISMISSED, actor=actor, **about, customers=",".join(map(str, members)))
    session.flush()
    announce(Change(CHANGED, actor_id=actor.user_id))

"""The search for duplicates over the whole database (R5.1): of one moment, in little memory however many there are."""

from collections.abc import Iterator, Sequence
from functools import partial

from sqlmodel import Session

from crm_app.access.permissions import Permission
from crm_app.background.kinds import JobContext, JobKind, Outcome
from crm_app.core.clock import utcnow
from crm_app.quality import queries, rules, service
from crm_app.quality.rules import Blocks
from crm_app.quality.schemas import FoundGroup, FoundPair, Profile, Verdict

PAIRS = 4_000
"""Pairs that are compared at a time: the profiles of so many are in memory."""


def find_duplicates(job: JobContext) -> Outcome:
    """Compare whoever shares a key. What was found comes in the place of the former groups when the job ends."""
    with job.snapshot() as session:
        apart, total = queries.list_dismissals(session), queries.count_profiles(session)
        blocks = _blocks(job, session, total)
        found = list(_compared(job, session, blocks, total))
    groups = rules.group_pairs(found, apart=apart)
    counts = {str(verdict): sum(group.verdict is verdict for group in groups) for verdict in Verdict}
    return Outcome(rows=total, result=counts, record=partial(_keep, found=found, groups=groups, apart=apart))


FIND = JobKind(queries.KIND, Permission.CUSTOMER_MERGE, find_duplicates)


def _blocks(job: JobContext, session: Session, total: int) -> Blocks:
    """The first half of the work: everybody's keys."""
    blocks, done = Blocks(), 0
    for profiles in queries.walk_profiles(session):
        job.progress(done // 2, total)
        for profile in profiles:
            blocks.add(profile)
        done += len(profiles)
    return blocks


def _compared(job: JobContext, session: Session, blocks: Blocks, total: int) -> Iterator[FoundPair]:
    """The second half: the pairs that the keys make."""
    parts = list(blocks.pairs())
    done, pairs = 0, sum(map(len, parts))
    for part in parts:
        for start in range(0, len(part), PAIRS):
            job.progress((total + total * done // pairs) // 2, total)
            some = [rules.unpack(pair) for pair in part[start : start + PAIRS]]
            profiles = _telling(session, blocks, some)
            for one, other in some:
                if one in profiles and other in profiles and (like := rules.compare(profiles[one], profiles[other])):
                    yield FoundPair(one, other, like)
            done += len(some)


def _telling(session: Session, blocks: Blocks, pairs: Sequence[tuple[int, int]]) -> dict[int, Profile]:
    found = queries.get_profiles(session, {one for pair in pairs for one in pair})
    return {key: blocks.telling(profile) for key, profile in found.items()}


def _keep(
    session: Session,
    *,
    found: Sequence[FoundPair],
    groups: Sequence[FoundGroup],
    apart: frozenset[tuple[int, int]],
) -> None:
    """What somebody dismissed while the search ran stays dismissed."""
    now_apart = queries.list_dismissals(session)
    kept = groups if now_apart == apart else rules.group_pairs(found, apart=now_apart)
    service.keep_found(session, kept, utcnow())

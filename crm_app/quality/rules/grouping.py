"""Pairs that were found become groups: what is one customer goes together, unless two of it are known to differ."""

from collections.abc import Collection, Iterable, Sequence
from itertools import combinations

from crm_app.quality.schemas import FoundGroup, FoundPair, Verdict

LARGEST = 8
"""More members than a person can look through side by side; the likeliest stay together."""


def group_pairs(pairs: Iterable[FoundPair], *, apart: Collection[tuple[int, int]]) -> tuple[FoundGroup, ...]:
    """Groups of both verdicts, in no order. `apart`: pairs that are not one customer, the smaller id first.

    A possible pair whose two are the same customer already is no group of its own.
    """
    found = list(pairs)
    same = _clusters([pair for pair in found if pair.like.verdict is Verdict.SAME], apart)
    together = {member: place for place, cluster in enumerate(same) for member in cluster}
    doubtful = [
        pair
        for pair in found
        if pair.like.verdict is Verdict.POSSIBLY
        and together.get(pair.one, -1) != together.get(pair.other, -2)
        and (pair.one, pair.other) not in apart
    ]
    groups = [*_filled(same, found, Verdict.SAME), *_filled(_clusters(doubtful, apart), doubtful, Verdict.POSSIBLY)]
    return tuple(groups)


def _clusters(pairs: Sequence[FoundPair], apart: Collection[tuple[int, int]]) -> list[set[int]]:
    """The likeliest pairs first; one that would put together what is apart, or too many, joins nothing."""
    within: dict[int, set[int]] = {}
    for pair in sorted(pairs, key=lambda pair: (-pair.like.score, pair.one, pair.other)):
        here = within.get(pair.one) or {pair.one}
        there = within.get(pair.other) or {pair.other}
        if here is there or len(here) + len(there) > LARGEST:
            continue
        if any((min(a, b), max(a, b)) in apart for a in here for b in there):
            continue
        whole = here | there
        for member in whole:
            within[member] = whole
    seen: set[int] = set()
    clusters = []
    for member, cluster in within.items():
        if member not in seen:
            seen |= cluster
            clusters.append(cluster)
    return clusters


def _filled(clusters: Sequence[set[int]], pairs: Iterable[FoundPair], verdict: Verdict) -> list[FoundGroup]:
    cluster_of = {member: place for place, cluster in enumerate(clusters) for member in cluster}
    inside: list[list[FoundPair]] = [[] for _ in clusters]
    for pair in pairs:
        place = cluster_of.get(pair.one)
        if place is not None and place == cluster_of.get(pair.other):
            inside[place].append(pair)
    return [
        FoundGroup(verdict, _weakest(cluster, held), tuple(sorted(cluster)), tuple(held))
        for cluster, held in zip(clusters, inside, strict=True)
    ]


def _weakest(cluster: set[int], pairs: Sequence[FoundPair]) -> int:
    """How sure it is that the least alike member belongs to it: of each member its best pair."""
    best = dict.fromkeys(cluster, 0)
    for pair in pairs:
        for member in (pair.one, pair.other):
            best[member] = max(best[member], pair.like.score)
    return min(best.values())


def twos_of(members: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """All pairs of these, the smaller id first."""
    return tuple(combinations(sorted(set(members)), 2))

"""Live numbers beside pinned views: each counted once for all who see the same, and only when it may have changed."""

import asyncio
from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from crm_app.access.actor import Actor
from crm_app.core.changes import Change
from crm_app.core.clock import local_today, utcnow
from crm_app.core.db import get_database
from crm_app.core.settings import get_settings
from crm_app.core.shared import Shared
from crm_app.views.kinds import KINDS, ViewKind
from crm_app.views.schemas import View

_MOST_LOOKED_UP = 500
"""After a change of more customers than that it isn't asked any more whether somebody reaches one of them."""
_MOST_KEPT = 2_000
_AT_ONCE = 2
"""So many are counted at a time: after a save that concerns everybody, clicks still find who reads for them."""

_counts: Shared[Hashable, int] = Shared(most=_MOST_KEPT)
_counting: dict[asyncio.AbstractEventLoop, asyncio.Semaphore] = {}


@dataclass(frozen=True, slots=True)
class _Asked:
    actor: Actor
    kind: ViewKind
    query: str
    reached: dict[frozenset[int], bool]
    """What was found out already, for all views of one person."""

    @property
    def key(self) -> Hashable:
        """With the day, which relative conditions mean, and with a time after which another process' saves show.

        That is five minutes, not the same ones for all views.
        """
        same, today = self.kind.same_for(self.actor, self.query), local_today(tz=get_settings().zone)
        kept = (int(utcnow().timestamp()) // 60 + hash((same, self.query)) % 5) // 5
        return (self.kind.code, same, self.query, today, kept)

    async def count(self) -> int:
        async with _turns():
            return await get_database().read(self.kind.count, self.actor, self.query)

    async def untouched(self, batch: tuple[Change, ...]) -> bool:
        """Whether these changes leave the number as it is."""
        batch = tuple(change for change in batch if self.kind.may_change(self.query, change))
        if not batch:
            return True
        if self.kind.sees_all(self.actor) or any(not (one.customer_id and one.same_reach) for one in batch):
            return False
        ids = frozenset(change.customer_id for change in batch if change.customer_id)
        if len(ids) > _MOST_LOOKED_UP:
            return False
        if ids not in self.reached:
            self.reached[ids] = await get_database().read(self.kind.reaches_any, self.actor, ids)
        return not self.reached[ids]


async def count_views(actor: Actor, views: Iterable[View]) -> dict[int, int]:
    """How many records the actor sees in each of these views, by id."""
    counts: dict[int, int] = {}
    reached: dict[frozenset[int], bool] = {}
    for view in views:
        asked = _Asked(actor, KINDS[view.kind], view.query, reached)
        counts[view.id] = await _counts.get(asked.key, asked.count, untouched=asked.untouched)
    return counts


def _turns() -> asyncio.Semaphore:
    loop = asyncio.get_running_loop()
    if loop not in _counting:
        _counting.clear()  # Of loops that have ended.
        _counting[loop] = asyncio.Semaphore(_AT_ONCE)
    return _counting[loop]


forget_counts = _counts.expire
"""For a process that turns to another database."""

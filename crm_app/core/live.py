"""Live pages: who watches what, and when each is told to look again.

A watch is good for one telling: whoever is told looks again and, if still there and still allowed, watches again. So
what was closed, signed out, refused or left behind falls away by itself, and nothing has to be unsubscribed.
"""

import asyncio
import contextlib
import contextvars
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from crm_app.core import changes
from crm_app.core.changes import Change, Listener

log = logging.getLogger(__name__)

Feed: TypeAlias = Callable[[Listener], Callable[[], None]]
"""Where changes come from: takes a listener, returns the way to stop it. `changes.listen` is the one of this process;
one over a message broker brings the changes of other processes."""

Tell: TypeAlias = Callable[[str, Any], Awaitable[None]]
"""Tells a tab (its token) the message of its watch; returns when it has looked again."""

MINUTE = "minute"
"""The kind of the change that only says that time went on."""


@dataclass(frozen=True, slots=True)
class Interest:
    """The changes that a watcher wants to hear of; without `customer_id` those of all customers."""

    kinds: frozenset[str]
    customer_id: int | None = None


@dataclass(frozen=True, slots=True)
class _Watch:
    interest: Interest
    message: Any


@dataclass(frozen=True, slots=True)
class _News:
    """A batch of changes as watches ask for it; a bulk change of 10,000 customers is looked up, not walked."""

    kinds: frozenset[str]
    touched: frozenset[tuple[str, int | None]]

    @classmethod
    def of(cls, batch: Iterable[Change]) -> "_News":
        touched = frozenset((change.kind, change.customer_id) for change in batch)
        return cls(frozenset(kind for kind, _ in touched), touched)

    def concerns(self, interest: Interest) -> bool:
        kinds = interest.kinds & self.kinds
        if interest.customer_id is None:
            return bool(kinds)
        # What names no customer is about all of them: a list's entry got another name.
        wanted = {(kind, about) for kind in kinds for about in (interest.customer_id, None)}
        return not wanted.isdisjoint(self.touched)


@dataclass(slots=True)
class _Lane:
    """Watchers that are told together, at a pace of their own: a slow page must not hold up a quick one."""

    watches: dict[str, _Watch] = field(default_factory=dict)
    due: set[str] = field(default_factory=set)
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self, news: _News) -> None:
        """Mark whoever the news concerns. One that is just being told watches again before it looks."""
        self.due.update(token for token, watch in self.watches.items() if news.concerns(watch.interest))
        if self.due:
            self.wake.set()


class Hub:
    """Gathers changes for `gather` seconds, tells everybody concerned, and rests `pause` seconds, or longer.

    It rests at least as long as the telling took: whatever is watched, at most half of the time goes there.
    All methods but `hear` belong to the event loop's thread.
    """

    def __init__(
        self,
        *,
        gather: float = 0.1,
        pause: float = 0.4,
        patience: float = 10.0,
        most: int = 5_000,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.gather, self.pause, self.patience, self.most, self.sleep = gather, pause, patience, most, sleep
        self._lanes: dict[str, _Lane] = {}
        self._running: tuple[asyncio.AbstractEventLoop, Tell, asyncio.TaskGroup] | None = None

    def watch(self, token: str, lane: str, interest: Interest, message: Any) -> None:
        """Tell this tab `message` at the next change of interest, once. Replaces the tab's watch of that lane.

        Whoever watches looks afterwards: what changed before, it sees then, and need not be told of. So the tab that
        saved does not look twice.
        """
        known = self._lanes.get(lane)
        if known is None:
            known = self._lanes[lane] = _Lane()
            if self._running:
                self._start(self._running[2], known)
        if token not in known.watches and len(known.watches) >= self.most:
            # The oldest is the likeliest to be gone; if it isn't, its page still works, only without updates.
            known.watches.pop(next(iter(known.watches)))
        known.watches[token] = _Watch(interest, message)
        known.due.discard(token)

    def watching(self, lane: str) -> frozenset[str]:
        """The tabs that wait in a lane."""
        found = self._lanes.get(lane)
        return frozenset(found.watches) if found else frozenset()

    def is_watching(self, token: str, lane: str) -> bool:
        """Whether this tab waits in a lane."""
        found = self._lanes.get(lane)
        return found is not None and token in found.watches

    def forget(self, token: str) -> None:
        """A tab is gone: nothing is told it any more."""
        for lane in self._lanes.values():
            lane.watches.pop(token, None)
            lane.due.discard(token)

    def hear(self, batch: Iterable[Change]) -> None:
        """Take in what changed; from any thread."""
        running = self._running
        if running is None:
            return
        news = _News.of(batch)
        with contextlib.suppress(RuntimeError):  # The loop may have been closed between the two lines.
            running[0].call_soon_threadsafe(self._note, news)

    def _note(self, news: _News) -> None:
        for lane in self._lanes.values():
            lane.note(news)

    async def run(self, tell: Tell, *, feed: Feed = changes.listen) -> None:
        """Serve until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                self._running = (asyncio.get_running_loop(), tell, group)
                for lane in self._lanes.values():
                    self._start(group, lane)
                stop = feed(self.hear)
                try:
                    await self._tick()
                finally:
                    stop()
        finally:
            self._running = None
            self._lanes.clear()

    async def _tick(self) -> None:
        """Say at each full minute that time went on: things become due, days end."""
        while True:
            await self.sleep(60 - time.time() % 60)
            self._note(_News.of((Change(MINUTE),)))

    def _start(self, group: asyncio.TaskGroup, lane: _Lane) -> None:
        """Serve a lane outside of the context of whoever watched first.

        That context says whose tab is being served: telling others within it would make them look as that person.
        """
        group.create_task(self._serve(lane), context=contextvars.Context())

    async def _serve(self, lane: _Lane) -> None:
        while True:
            await lane.wake.wait()
            await self.sleep(self.gather)
            lane.wake.clear()
            started = time.monotonic()
            await self._tell_due(lane)
            await self.sleep(self.rest_after(time.monotonic() - started))

    def rest_after(self, seconds: float) -> float:
        """How long to rest after a telling that took so long."""
        return max(self.pause, seconds)

    async def _tell_due(self, lane: _Lane) -> None:
        told = {token: lane.watches.pop(token) for token in lane.due if token in lane.watches}
        lane.due.clear()
        await asyncio.gather(*(self._tell(token, watch) for token, watch in told.items()))

    async def _tell(self, token: str, watch: _Watch) -> None:
        if self._running is None:
            return
        try:
            await asyncio.wait_for(self._running[1](token, watch.message), self.patience)
        except TimeoutError:
            log.warning("a live page took over %s s to look again", self.patience)
        except Exception:
            log.exception("telling a live page failed")


HUB = Hub()
"""The watchers of this process."""

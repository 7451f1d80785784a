"""One computation for everybody who asks the same thing of the same data at the same time."""

import asyncio
import threading
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeAlias, TypeVar

from crm_app.core import changes
from crm_app.core.changes import Change
from crm_app.core.live import Feed

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

Untouched: TypeAlias = Callable[[tuple[Change, ...]], Awaitable[bool]]
"""Whether these changes leave a result as it is; asked after they were committed."""
_REMEMBERED, _LARGEST = 256, 1_000
"""So many batches of changes, none larger; after others all is computed anew."""


class Shared(Generic[K, V]):
    """Keeps the latest `most` results until the data change; the key must say whose view of the data it is.

    Who asks after a change gets a result that was begun after it, or that the change leaves as it was. An asker that
    goes away doesn't stop the others'.
    """

    def __init__(self, *, most: int = 128, feed: Feed = changes.listen) -> None:
        self.most = most
        self._lock = threading.Lock()
        self._version = 0
        self._batches: deque[tuple[int, tuple[Change, ...]]] = deque(maxlen=_REMEMBERED)
        self._known: OrderedDict[K, tuple[int, asyncio.AbstractEventLoop, asyncio.Future[V]]] = OrderedDict()
        self.close = feed(self._hear)

    def _hear(self, batch: tuple[Change, ...]) -> None:
        with self._lock:
            self._version += 1
            if len(batch) > _LARGEST:
                self._batches.clear()
            else:
                self._batches.append((self._version, batch))

    def expire(self) -> None:
        """Let every later question be computed anew; from any thread."""
        with self._lock:
            self._version += 1
            self._batches.clear()

    def _since(self, version: int) -> tuple[int, tuple[Change, ...] | None]:
        """The version now, and what changed from that one to it; None where not all of it is remembered."""
        with self._lock:
            later = [batch for number, batch in self._batches if number > version]
            complete = len(later) == self._version - version
            return self._version, tuple(change for batch in later for change in batch) if complete else None

    async def get(self, key: K, compute: Callable[[], Awaitable[V]], *, untouched: Untouched | None = None) -> V:
        """The result for `key`, computed once for all who ask before the next change that touches it.

        One computation of a key runs at a time: who asks while an outdated one runs waits for its end, and shares the
        next one with all the others who waited. So many askers amid many changes cost no more than one after another.
        """
        asked, loop = self._version, asyncio.get_running_loop()
        while True:
            found = self._known.get(key)
            if found is None or found[1] is not loop or _failed(found[2]):
                break
            if found[0] >= asked:
                self._known.move_to_end(key)
                return await asyncio.shield(found[2])
            if not found[2].done():
                await asyncio.wait([found[2]])
                continue
            now = await self._still_good_at(found[0], untouched)
            if self._known.get(key) is found:
                if now < asked:
                    break
                self._known[key] = (now, loop, found[2])
        task = asyncio.ensure_future(compute())
        self._known[key] = (self._version, loop, task)
        self._known.move_to_end(key)
        while len(self._known) > self.most:
            self._known.popitem(last=False)
        return await asyncio.shield(task)

    async def _still_good_at(self, version: int, untouched: Untouched | None) -> int:
        """The version up to which a result of `version` is known to be as it would be computed."""
        now, since = self._since(version)
        return now if untouched and since is not None and await untouched(since) else version


def _failed(future: asyncio.Future[V]) -> bool:
    return future.done() and (future.cancelled() or future.exception() is not None)


class Latest(Generic[K, V]):
    """The `most` values that were put or got last, however old; for one event loop."""

    def __init__(self, *, most: int = 128) -> None:
        self.most = most
        self._known: OrderedDict[K, V] = OrderedDict()

    def put(self, key: K, value: V) -> None:
        self._known[key] = value
        self._known.move_to_end(key)
        while len(self._known) > self.most:
            self._known.popitem(last=False)

    def get(self, key: K) -> V | None:
        if key in self._known:
            self._known.move_to_end(key)
        return self._known.get(key)

"""One computation for everybody who asks the same thing of the same data at the same time."""

import asyncio
import itertools
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from crm_app.core import changes
from crm_app.core.live import Feed

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Shared(Generic[K, V]):
    """Keeps the latest `most` results until the data change; the key must say whose view of the data it is.

    Who asks after a change gets a result that was begun after it. An asker that goes away doesn't stop the others'.
    """

    def __init__(self, *, most: int = 64, feed: Feed = changes.listen) -> None:
        self.most = most
        self._versions = itertools.count(1)
        self._version = 0
        self._known: OrderedDict[K, tuple[int, asyncio.AbstractEventLoop, asyncio.Future[V]]] = OrderedDict()
        self.close = feed(lambda _batch: self.expire())

    def expire(self) -> None:
        """Let every later question be computed anew; from any thread."""
        self._version = next(self._versions)

    async def get(self, key: K, compute: Callable[[], Awaitable[V]]) -> V:
        """The result for `key`, computed once for all who ask before the next change.

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
            if found[2].done():
                break
            await asyncio.wait([found[2]])
        task = asyncio.ensure_future(compute())
        self._known[key] = (self._version, loop, task)
        self._known.move_to_end(key)
        while len(self._known) > self.most:
            self._known.popitem(last=False)
        return await asyncio.shield(task)


def _failed(future: asyncio.Future[V]) -> bool:
    return future.done() and (future.cancelled() or future.exception() is not None)

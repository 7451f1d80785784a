"""At most so much in a while, kept in the memory of this process."""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Hashable


class SlidingLimit:
    """Allows each key `most` units within any `seconds`; thread-safe, and bounded: the longest unused keys go first."""

    def __init__(self, *, most: int, seconds: float, keys: int = 10_000) -> None:
        self.most, self.seconds, self._keys = most, seconds, keys
        self._spent: OrderedDict[int | str, deque[tuple[float, int]]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: int | str, units: int = 1) -> bool:
        """Spend units; False, and nothing spent, when that would be too much."""
        now = time.monotonic()
        with self._lock:
            spent = self._spent.setdefault(key, deque())
            self._spent.move_to_end(key)
            while spent and spent[0][0] <= now - self.seconds:
                spent.popleft()
            allowed = sum(amount for _, amount in spent) + units <= self.most
            if allowed:
                spent.append((now, units))
            while len(self._spent) > self._keys:
                self._spent.popitem(last=False)
            return allowed


class Once:
    """Lets the first of equal things through, and then one every `seconds`; bounded."""

    def __init__(self, seconds: float, *, size: int = 10_000) -> None:
        self.seconds, self.size = seconds, size
        self._last: OrderedDict[Hashable, float] = OrderedDict()

    def was(self, key: Hashable) -> bool:
        """Whether it was let through within these seconds."""
        return time.monotonic() - self._last.get(key, float("-inf")) < self.seconds

    def first(self, key: Hashable) -> bool:
        if self.was(key):
            return False
        self._last[key] = time.monotonic()
        self._last.move_to_end(key)
        while len(self._last) > self.size:
            self._last.popitem(last=False)
        return True

    def clear(self) -> None:
        self._last.clear()

"""What is remembered of single rows, for a million of them."""

from array import array
from collections.abc import Hashable, Iterable, Iterator

_FIRST = 1 << 10


class FirstRows:
    """By text or number the first row that has it, in 32 to 64 bytes: an open table of 64-bit hashes.

    That two of a million texts have one hash happens once in forty million files; a `dict` takes four times as much.
    """

    def __init__(self) -> None:
        self._count = 0
        self._empty(_FIRST)

    def setdefault(self, said: Hashable, row: int) -> int:
        """The first row with this: `row` itself when there was none."""
        key = hash(said) or 1  # 0 stands for a free place.
        place = self._place(key)
        if self._keys[place]:
            return self._rows[place]
        self._keys[place], self._rows[place] = key, row
        self._count += 1
        if 2 * self._count > self._last:
            self._grow()
        return row

    def _place(self, key: int) -> int:
        """Where the key is, or would be."""
        keys, last = self._keys, self._last
        place = key & last
        while (there := keys[place]) and there != key:
            place = (place + 1) & last
        return place

    def _empty(self, size: int) -> None:
        self._last = size - 1
        self._keys, self._rows = array("q", bytes(8 * size)), array("q", bytes(8 * size))

    def _grow(self) -> None:
        keys, rows = self._keys, self._rows
        self._empty(2 * len(keys))
        for key, row in zip(keys, rows, strict=True):
            if key:
                place = self._place(key)
                self._keys[place], self._rows[place] = key, row


class Marks:
    """A set of numbers from 0 on, in one byte for each up to the largest."""

    def __init__(self, some: Iterable[int] = ()) -> None:
        self._there = bytearray()
        self._count = 0
        self.update(some)

    def add(self, number: int) -> None:
        if number >= len(self._there):
            self._there.extend(bytes(number + 1 + number // 8 - len(self._there)))
        self._count += not self._there[number]
        self._there[number] = 1

    def update(self, some: Iterable[int]) -> None:
        for number in some:
            self.add(number)

    def __contains__(self, number: int) -> bool:
        return number < len(self._there) and self._there[number] == 1

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[int]:
        """In their order."""
        at = self._there.find(1)
        while at >= 0:
            yield at
            at = self._there.find(1, at + 1)

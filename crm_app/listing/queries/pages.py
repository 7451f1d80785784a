"""Pages that an index answers, however deep.

A list orders by segments: first the records whose sort field is filled, then the empty ones; or, for a choice, one
segment a value in the order of the drop-down list. Each segment is a range of one index, so that no order needs a scan
of all records, and empty values come last in both directions on both engines.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlmodel import Session

from crm_app.core.sql import checked
from crm_app.listing.queries.sources import Column, Where
from crm_app.listing.schemas import Page

_DENSE = 3000
"""So many records are sorted faster than an index is walked for them."""
_TRIED = 4
"""So many groups are asked for a first page before the sizes of all are counted."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of an order: which records, and how they stand in it."""

    where: tuple[Where, ...]
    order: tuple[Column, ...]
    gathered: tuple[Where, ...] | None = None
    """The same as `where`, so said that SQLite looks it up for each record that was gathered: where it is a join."""


@dataclass(frozen=True, slots=True)
class Ordered:
    """Order by a column's own values; `filled` and `empty` part it, None when it is never empty."""

    column: Column
    filled: Where | None = None
    empty: Where | None = None
    more: tuple[Column, ...] = ()
    """Columns that order those with the same value."""
    reverse: bool = False
    """Whether what people see grows as the column falls."""

    def segments(self, key: Column, *, descending: bool) -> list[Segment]:
        """The filled ones in order, then the empty ones, the newest first."""
        columns = (self.column, *self.more, key)
        order = tuple(c.desc() if descending != self.reverse else c.asc() for c in columns)
        if self.filled is None or self.empty is None:
            return [Segment((), order)]
        return [Segment((self.filled,), order), Segment((self.empty,), tuple(c.desc() for c in (*self.more, key)))]


@dataclass(frozen=True, slots=True)
class Parts:
    """An order that is said part by part: of values that stand in another table."""

    make: Callable[[Column, bool], list[Segment]]

    def segments(self, key: Column, *, descending: bool) -> list[Segment]:
        """The parts, one after the other."""
        return self.make(key, descending)


@dataclass(frozen=True, slots=True)
class Grouped:
    """Order by the place of a code in its list; `within` orders the records of one code."""

    column: Column
    codes: tuple[Any, ...]
    """In the order of the list."""
    within: tuple[Column, ...]

    def segments(self, present: Sequence[Any], *, descending: bool) -> list[tuple[Any, Segment]]:
        """One segment for each code that is present; unknown ones after the known, empty ones last."""
        place = {code: index for index, code in enumerate(self.codes)}
        filled = [code for code in present if code not in (None, "")]
        filled.sort(key=lambda code: place.get(code, len(place)), reverse=descending)
        empty = [code for code in present if code in (None, "")]
        return [
            (code, Segment((self.column.is_(None) if code is None else self.column == code,), self.within))
            for code in (*filled, *empty)
        ]


@dataclass(frozen=True, slots=True)
class Records:
    """The records that a list may show; all of these conditions hold for them."""

    key: Column
    base: Where
    """What holds for every list of this kind."""
    total: Select[Any] | None = None
    """How many there are with `base` alone, where there is a quicker way to know than to count them."""
    reach: tuple[Where, ...] = ()
    """What the actor's reach leaves."""
    narrow: bool = False
    """Whether that is so little that it is gathered first."""
    bounds: tuple[Where, ...] = ()
    """Conditions on the field that is sorted by: they cut the range of its index."""
    where: tuple[Where, ...] = ()
    """All other conditions."""
    indexed: bool = False
    """Whether one index holds all that was asked in the order that was asked."""

    def select(self, session: Session, segment: Segment | None = None, *, walk: bool = False) -> Select[Any]:
        """The ids, of a segment if one is given.

        SQLite knows no distributions, so which index it takes is decided here. To `walk` is to follow the order's
        index and test each record; else what was asked is gathered by its own indices, and sorted.
        """
        reach, bounds, where, within = self.reach, self.bounds, self.where, segment.where if segment else ()
        if session.get_bind().dialect.name == "sqlite" and not self.indexed:
            if walk:
                reach, where = _unindexed(reach), _unindexed(where)
            elif self.narrow:
                bounds, where, within = _unindexed(bounds), _unindexed(where), _looked_up(segment)
            elif reach or where:
                within = _looked_up(segment)
        return select(self.key).where(self.base, *reach, *bounds, *where, *within)


def _looked_up(segment: Segment | None) -> tuple[Where, ...]:
    if segment is None:
        return ()
    return _unindexed(segment.where) if segment.gathered is None else segment.gathered


def _unindexed(conditions: Sequence[Where]) -> tuple[Where, ...]:
    return (checked(and_(*conditions)),) if conditions else ()


def count_records(session: Session, records: Records, segment: Segment | None = None) -> int:
    """How many there are."""
    unnarrowed = segment is None and not (records.reach or records.bounds or records.where)
    if unnarrowed and records.total is not None:
        return session.execute(records.total).scalar_one()
    counted = records.select(session, segment).with_only_columns(func.count(), maintain_column_froms=True)
    return session.execute(counted).scalar_one()


def list_page(
    session: Session,
    records: Records,
    order: Ordered | Grouped | Parts,
    *,
    descending: bool,
    offset: int,
    limit: int,
    total: int | None = None,
) -> Page:
    """One page of ids, and the total unless the caller knows it already.

    A page beyond the end is empty.
    """
    total = count_records(session, records) if total is None else total
    if offset >= total:
        return Page((), total)
    walk = _walks(session, records, total, offset + limit)
    reader = _Reader(session, records, walk)
    if not isinstance(order, Grouped):
        return Page(tuple(_ordered_ids(reader, order, descending, offset, limit)), total)
    return Page(tuple(_grouped_ids(reader, order, descending, offset, min(limit, total - offset))), total)


@dataclass(frozen=True, slots=True)
class _Reader:
    session: Session
    records: Records
    walk: bool

    def ids(self, segment: Segment, offset: int, limit: int) -> list[int]:
        page = self.records.select(self.session, segment, walk=self.walk).order_by(*segment.order)
        return list(self.session.execute(page.offset(offset).limit(limit)).scalars())


def _ordered_ids(reader: _Reader, order: Ordered | Parts, descending: bool, offset: int, limit: int) -> list[int]:
    ids: list[int] = []
    for segment in order.segments(reader.records.key, descending=descending):
        if len(ids) == limit:
            break
        found = reader.ids(segment, offset, limit - len(ids))
        ids += found
        if found:
            offset = 0
        elif offset:
            offset -= count_records(reader.session, reader.records, segment)
    return ids


def _grouped_ids(reader: _Reader, order: Grouped, descending: bool, offset: int, wanted: int) -> list[int]:
    """The first page is most often filled by the first codes; else the sizes of all groups tell where a page lies."""
    ids: list[int] = []
    if not offset:
        for _, segment in order.segments(order.codes, descending=descending)[:_TRIED]:
            ids += reader.ids(segment, 0, wanted - len(ids))
            if len(ids) == wanted:
                return ids
    sized = (
        reader.records.select(reader.session)
        .with_only_columns(order.column, func.count(), maintain_column_froms=True)
        .group_by(order.column)
    )
    sizes: dict[Any, int] = {code: size for code, size in reader.session.execute(sized)}  # noqa: C416 - Rows, not pairs.
    ids = []
    for code, segment in order.segments(list(sizes), descending=descending):
        if offset < sizes[code] and len(ids) < wanted:
            ids += reader.ids(segment, offset, wanted - len(ids))
        offset = max(0, offset - sizes[code])
    return ids


def _walks(session: Session, records: Records, fitting: int, needed: int) -> bool:
    """Whether to walk the order's index and test each record, rather than to gather all that fits and sort it."""
    if records.indexed or fitting <= _DENSE or not (records.reach or records.where):
        return False
    existing = session.execute(select(func.max(records.key))).scalar_one() or 0
    return needed * existing < fitting * fitting

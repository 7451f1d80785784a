"""Many rows at once, straight through the driver: `COPY` on PostgreSQL, one prepared statement on SQLite.

Rows are plain tuples: moments as whole seconds since 1970, amounts as whole fen, days as `date`.
"""

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any, TypeAlias

from sqlalchemy import Date, Table, func, select, text
from sqlalchemy.sql.schema import ScalarElementColumnDefault
from sqlmodel import Session, SQLModel

from crm_app.core.sql import table_of
from crm_app.core.types import UtcDateTime

Row: TypeAlias = tuple[Any, ...]
Convert: TypeAlias = Callable[[Any], Any]
_WIDE = -96_000
"""KiB, as SQLite says it; taken as far as it is needed, and given back."""
_SORTING = -32_000
"""The same while indices are built: sorting takes as much again as the pages of the file do."""
_MANY = 20_000
"""So many new rows, and three times those that are there: then building the indices anew is quicker."""
_EPOCH = date(1970, 1, 1).toordinal()


@lru_cache(maxsize=8192)
def _iso_day(days: int) -> str:
    return date.fromordinal(_EPOCH + days).isoformat()


@lru_cache(maxsize=1024)
def moment_text(seconds: int) -> str:
    """A moment as SQLAlchemy writes it to SQLite, so that both compare as text."""
    days, rest = divmod(seconds, 86400)
    hours, rest = divmod(rest, 3600)
    return f"{_iso_day(days)} {hours:02d}:{rest // 60:02d}:{rest % 60:02d}.000000"


def moment(seconds: int) -> datetime:
    """A moment as PostgreSQL's driver takes it."""
    return datetime.fromtimestamp(seconds, UTC)


def next_id(session: Session, model: type[SQLModel]) -> int:
    """The first id that is free and was never above all others."""
    column = table_of(model).c.id
    return (session.execute(select(func.max(column))).scalar() or 0) + 1


def reserve_ids(session: Session, model: type[SQLModel], count: int) -> Sequence[int]:
    """So many ids that nobody else gets, while others go on inserting; the caller writes them in this transaction."""
    if session.get_bind().dialect.name == "sqlite":  # Whoever writes is alone.
        first = next_id(session, model)
        return range(first, first + count)
    name = table_of(model).name
    statement = text(
        f"SELECT nextval(pg_get_serial_sequence('{name}', 'id')) FROM generate_series(1, :count)"  # noqa: S608 - a name of our models.
    )
    return session.execute(statement, {"count": count}).scalars().all()


class BulkInsert:
    """Inserts into one table; columns that are not named get their value of `always`, or the model's plain default."""

    def __init__(
        self,
        session: Session,
        model: type[SQLModel],
        columns: Sequence[str],
        *,
        always: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        self._session = session
        table = table_of(model)
        plain = {
            column.name: column.default.arg
            for column in table.columns
            if column.name not in columns and isinstance(column.default, ScalarElementColumnDefault)
        } | dict(always)
        names = [*columns, *plain]
        self._defaults: Row = tuple(plain.values())
        self._is_sqlite = session.get_bind().dialect.name == "sqlite"
        self._converts = self._list_converts(table, columns)
        quoted = ", ".join(f'"{name}"' for name in names)
        places = ", ".join("?" for _ in names)
        self._insert = f'INSERT INTO "{table.name}" ({quoted}) VALUES ({places})'  # noqa: S608 - names of our models.
        self._copy = f'COPY "{table.name}" ({quoted}) FROM STDIN'

    def _list_converts(self, table: Table, columns: Sequence[str]) -> list[tuple[int, Convert]]:
        found: list[tuple[int, Convert]] = []
        for position, name in enumerate(columns):
            kind = table.c[name].type
            if isinstance(kind, UtcDateTime):
                found.append((position, moment_text if self._is_sqlite else moment))
            elif isinstance(kind, Date) and self._is_sqlite:
                found.append((position, date.isoformat))
        return found

    def write(self, rows: Iterable[Row]) -> None:
        """Insert the rows into the session's running transaction."""
        driver: Any = self._session.connection().connection.driver_connection
        if self._is_sqlite:
            driver.executemany(self._insert, self._prepared(rows))
            return
        with driver.cursor() as cursor, cursor.copy(self._copy) as copy:
            for row in self._prepared(rows):
                copy.write_row(row)

    def _prepared(self, rows: Iterable[Row]) -> Iterable[Row]:
        converts, defaults = self._converts, self._defaults
        for row in rows:
            values = list(row)
            for position, convert in converts:
                if values[position] is not None:
                    values[position] = convert(values[position])
            yield (*values, *defaults)


def settle_ids(session: Session, models: Iterable[type[SQLModel]]) -> None:
    """Let PostgreSQL's sequences go on after the ids that were given by hand; SQLite does so by itself."""
    if session.get_bind().dialect.name == "sqlite":
        return
    for model in models:
        name = table_of(model).name
        statement = f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))"  # noqa: S608 - names of our models.
        session.execute(text(statement))


@contextmanager
def wide_cache(session: Session) -> Iterator[None]:
    """Let SQLite keep more of the file in memory: each new row touches a page of every index, all over the file."""
    if session.get_bind().dialect.name != "sqlite":
        yield
        return
    connection = session.connection()
    usual = connection.exec_driver_sql("PRAGMA cache_size").scalar_one()
    connection.exec_driver_sql(f"PRAGMA cache_size={_WIDE}")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA cache_size={usual}")


@contextmanager
def late_indices(session: Session, models: Iterable[type[SQLModel]]) -> Iterator[None]:
    """Build the indices of these tables after the rows rather than with each row: several times as fast.

    Everything is one transaction on both engines, so nobody ever sees a table without them. Unique ones stay: they
    are the tables' promises.
    """
    connection = session.connection()
    indices = [index for model in models for index in table_of(model).indexes if not index.unique]
    for index in indices:
        index.drop(connection)
    yield
    for index in sorted(indices, key=lambda index: str(index.name)):
        index.create(connection)


@contextmanager
def quick_load(session: Session, models: Sequence[type[SQLModel]], *, rows: int) -> Iterator[None]:
    """For so many new rows beside what is there, within this transaction: a wide cache, and late indices where it pays.

    On PostgreSQL neither: dropping an index would make everybody wait who reads.
    """
    if session.get_bind().dialect.name != "sqlite":
        yield
        return
    late = [model for model in models if rows >= _MANY and rows >= 3 * next_id(session, model)]
    with wide_cache(session):
        if not late:
            yield
            return
        with late_indices(session, late):
            yield
            session.connection().exec_driver_sql(f"PRAGMA cache_size={_SORTING}")
        for model in late:
            # With an index goes what the planner knew of it.
            session.execute(text(f'ANALYZE "{table_of(model).name}"'))


@contextmanager
def no_garbage() -> Iterator[None]:
    """Without the collector of reference cycles: a load makes none, and it would visit millions of rows in vain."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()

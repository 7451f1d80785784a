"""The database engine and the unit of work: one transaction a use case, always off the event loop."""

import asyncio
import contextlib
import contextvars
import logging
import os
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache, partial
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from crm_app.core import changes, reference
from crm_app.core.reading import Gone, ReadingProcess, Unsendable
from crm_app.core.settings import get_settings

P = ParamSpec("P")
T = TypeVar("T")

_log = logging.getLogger(__name__)
_PAGES = 1_000
"""SQLite's own measure: the commit after which so many are in the log copies them into the file."""

SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=5000",
    "PRAGMA cache_size=-4000",
    "PRAGMA mmap_size=0",
    "PRAGMA temp_store=MEMORY",
)


def make_engine(url: str, *, connections: int = 4) -> Engine:
    """An engine with the promises of this project: durable commits, foreign keys, no silent lock failures.

    On SQLite a writing transaction takes the write lock at its start (`BEGIN IMMEDIATE`): a deferred one that reads
    first fails at once when somebody else writes in between, without waiting for the busy timeout.
    """
    if not url.startswith("sqlite"):
        return create_engine(url, pool_size=connections, max_overflow=2, pool_pre_ping=True)
    engine = create_engine(url, pool_size=connections, max_overflow=2, connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in SQLITE_PRAGMAS:
            cursor.execute(pragma)
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        writing = connection.get_execution_options().get("crm_writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def _yield_to_others(steps: int) -> None:
    """Let this thread have a processor after the process's others, where the system knows such a thing."""
    if steps and sys.platform == "linux":
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + steps)


@contextmanager
def _without_checkpoint(connection: Connection) -> Iterator[None]:
    """While it lasts, commits of this connection leave SQLite's log as it is."""
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA wal_autocheckpoint=0")
    try:
        yield
    finally:
        driver.execute(f"PRAGMA wal_autocheckpoint={_PAGES}")


class _Lane:
    """Threads for one kind of work, which waits for its own kind only."""

    def __init__(self, name: str, threads: int, *, yields: int = 0) -> None:
        self.threads = threads
        self._pool = ThreadPoolExecutor(
            max_workers=threads, thread_name_prefix=f"crm-{name}", initializer=_yield_to_others, initargs=(yields,)
        )

    async def run(self, fn: Callable[..., T], *args: Any) -> T:
        """Run blocking work, with the caller's context variables."""
        context = contextvars.copy_context()
        return await asyncio.get_running_loop().run_in_executor(self._pool, partial(context.run, fn, *args))

    def run_soon(self, fn: Callable[[], object]) -> None:
        """Run blocking work whose end nobody awaits."""
        self._pool.submit(fn)

    def close(self) -> None:
        self._pool.shutdown(wait=True)


class Database:
    """One engine with its own threads; blocking work never runs on the event loop.

    Some lanes: a click must wait neither for another's dashboard nor behind writers, who on SQLite wait for each other
    anyway, and nobody for work in the background. `threads` is the number for clicks.
    """

    def __init__(self, url: str, *, threads: int = 4) -> None:
        self.url = url
        sqlite = url.startswith("sqlite")
        self._quick = _Lane("read", threads)
        # On two cores two large counts would take both of them from whoever clicks.
        self._long = _Lane("long", 2, yields=10)
        self._writers = _Lane("write", 1 if sqlite else threads)
        self._background = _Lane("background", 1, yields=10)
        self._tidying = _Lane("tidy", 1, yields=10)
        self._lanes = (self._quick, self._long, self._writers, self._background, self._tidying)
        self.engine = make_engine(url, connections=sum(lane.threads for lane in self._lanes))
        self._write_lock = threading.Lock() if sqlite else None
        self._beside: ReadingProcess | None = None

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for queries; whatever it changed is rolled back."""
        with Session(self.engine, expire_on_commit=False, autoflush=False) as session:
            yield session

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """As `reading`, with all that is read being of one moment, however long it takes."""
        with self.reading() as session:
            if not self._write_lock:  # SQLite has nothing else.
                session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield session

    @contextmanager
    def writing(self, *, much: bool = False) -> Iterator[Session]:
        """One transaction: committed when the block ends, rolled back when it raises.

        What the block announced with `changes.announce` reaches listeners after the commit only. Writers of one
        process queue in memory rather than in SQLite's busy handler, which sleeps and is unfair. `much` is for what
        may fill SQLite's log: that is copied into the file beside other work, after the commit rather than within it.
        """
        aside = much and self._write_lock is not None
        with (
            changes.collected() as announced,
            self._write_lock or contextlib.nullcontext(),
            self.engine.connect().execution_options(crm_writing=True) as connection,
            _without_checkpoint(connection) if aside else contextlib.nullcontext(),
            Session(connection, expire_on_commit=False, autoflush=True) as session,
        ):
            yield session
            changes.close(session, announced)
            session.commit()
        if aside:
            self._tidying.run_soon(self._checkpoint)
        changes.publish(announced)

    def _checkpoint(self) -> None:
        """Copy SQLite's log into its file, so that the log begins anew."""
        try:
            with self.engine.connect() as connection:
                driver: Any = connection.connection.driver_connection
                _, logged, copied = driver.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
                if copied < logged and self._write_lock:  # Others wrote meanwhile. What is left takes no time.
                    with self._write_lock:
                        driver.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        except (sqlite3.Error, SQLAlchemyError):
            _log.warning("SQLite's log was not copied into its file; the next commit does it", exc_info=True)

    async def read(self, fn: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn(session, …)` with a reading session, off the loop; for what takes some milliseconds.

        It runs beside the server's process where there is such a reader: arguments and result are sent, and what it
        remembers of its own must be a `core.reference.Reference`.
        """
        if self._beside:
            with contextlib.suppress(Gone, Unsendable):
                return await self._beside.run(fn, args, kwargs)
        return await self.read_here(fn, *args, **kwargs)

    async def read_here(self, fn: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As `read`, always in a thread of this process: for what depends on more than the database."""
        return await self._quick.run(self.read_now, fn, args, kwargs)

    def read_beside(self, process: ReadingProcess) -> None:
        """Let that process, which has the same database, do what clicks read."""
        self._beside = process

    async def read_long(self, fn: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As `read`, for what counts through many rows: few of these run at once, and nobody's click waits for them."""
        return await self._long.run(self.read_now, fn, args, kwargs)

    async def write(self, fn: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn(session, …)` in a thread as one transaction; returns after the commit."""
        return await self._writers.run(self._write_now, fn, args, kwargs)

    async def call(self, fn: Callable[..., T], *args: Any) -> T:
        """Run other blocking work with the database where `read` runs."""
        return await self._quick.run(fn, *args)

    async def call_in_background(self, fn: Callable[..., T], *args: Any) -> T:
        """Run work of seconds or minutes in a thread of its own that yields to all others, one at a time."""
        await self._background.run(self.catch_up)
        return await self._background.run(fn, *args)

    async def write_in_background(
        self, fn: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """As `write`, for what takes seconds: in the thread that yields to all others, after what it is busy with."""
        return await self._background.run(self._write_now, fn, args, kwargs)

    def read_now(self, fn: Callable[..., T], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> T:
        """Run `fn(session, …)` with a reading session in this very thread."""
        with self.reading() as session:
            reference.look(session)
            return fn(session, *args, **kwargs)

    def _write_now(self, fn: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> T:
        with self.writing() as session:
            reference.look(session)
            return fn(session, *args, **kwargs)

    def catch_up(self) -> None:
        """See what a process keeps of the database, where work opens its sessions itself: a command, a job."""
        self.read_now(lambda _session: None, (), {})

    def close(self) -> None:
        """Give back connections and threads."""
        for lane in self._lanes:
            lane.close()
        self.engine.dispose()


_override: Database | None = None
"""Set by tests."""


def get_database() -> Database:
    """The database of this process."""
    return _override or _configured()


def close_database() -> None:
    """Give back all connections; the next question opens new ones."""
    if _configured.cache_info().currsize:
        _configured().close()
        _configured.cache_clear()


@lru_cache(maxsize=1)
def _configured() -> Database:
    settings = get_settings()
    if not settings.database_url:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        # The folder may have been there before, open to others. SQLite gives its other files the mode of this one.
        settings.file.touch(mode=0o600)
    return Database(settings.url, threads=settings.database_threads)

"""Small tables that everybody reads and hardly anybody changes: read once, and again after one of them was written to.

Drop-down lists, people, departments: a page needs a dozen such lists, and a query for each would cost more than the
page's own. What this process writes holds at once; what another process writes is seen after `SECONDS`.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, event
from sqlalchemy.orm import ORMExecuteState, SessionTransaction
from sqlalchemy.orm import Session as AnySession
from sqlmodel import Session, SQLModel

from crm_app.core.sql import table_of

T = TypeVar("T")

SECONDS = 5.0
_WRITTEN, _BEGAN = "reference.written", "reference.began"


class _Generations:
    """Counts the commits that changed a reference table."""

    tables: frozenset[str] = frozenset()
    current = 0


_generations = _Generations()


def generation() -> int:
    """Grows with each commit of this process that changed a reference table."""
    return _generations.current


def catch_up(generation: int) -> None:
    """Read anew what was read before that generation: for a process that reads what another one writes."""
    _generations.current = max(_generations.current, generation)


@dataclass(frozen=True, slots=True)
class _Kept(Generic[T]):
    value: T
    generation: int
    read_at: float


class Reference(Generic[T]):
    """What `read` makes of these models' tables; the same object until they change, so let it be an immutable one."""

    def __init__(self, read: Callable[[Session], T], *models: type[SQLModel]) -> None:
        self._read = read
        self._tables = frozenset(table_of(model).name for model in models)
        self._kept: WeakKeyDictionary[Engine, _Kept[T]] = WeakKeyDictionary()
        _generations.tables |= self._tables

    def get(self, session: Session) -> T:
        """The value as this session sees it: its own uncommitted changes too, which nobody else gets."""
        if session.autoflush:
            session.flush()
        if not self._tables.isdisjoint(session.info.get(_WRITTEN, ())):
            return self._read(session)
        engine = session.get_bind().engine
        kept = self._kept.get(engine)
        if kept and kept.generation == _generations.current and time.monotonic() - kept.read_at < SECONDS:
            return kept.value
        session.connection()  # Its transaction begins now at the latest: what it reads is no older than this.
        began = session.info.get(_BEGAN, -1)
        kept = _Kept(self._read(session), began, time.monotonic())
        self._kept[engine] = kept
        return kept.value

    def forget(self) -> None:
        """Read again at the next question, for what was written past the sessions."""
        self._kept.clear()


_looks: list[Callable[[Session], None]] = []


def look_first(look: Callable[[Session], None]) -> Callable[[Session], None]:
    """Have `look` see each session of a unit of work before what it is opened for.

    For what a process keeps for those who have no session, such as what fields are called: it is as fresh as what a
    `Reference` says. It must cost nothing while there is nothing new.
    """
    _looks.append(look)
    return look


def look(session: Session) -> None:
    """Show a session to those that keep something."""
    for one in _looks:
        one(session)


@event.listens_for(AnySession, "after_begin")
def _note_begin(session: AnySession, _transaction: SessionTransaction, _connection: Any) -> None:
    session.info[_BEGAN] = _generations.current


@event.listens_for(AnySession, "after_flush")
def _note_flush(session: AnySession, _context: Any) -> None:
    _note(session, (type(row).__table__.name for row in (*session.new, *session.dirty, *session.deleted)))


@event.listens_for(AnySession, "do_orm_execute")
def _note_statement(state: ORMExecuteState) -> None:
    if state.is_insert or state.is_update or state.is_delete:
        _note(state.session, (getattr(getattr(state.statement, "table", None), "name", ""),))


def _note(session: AnySession, tables: Any) -> None:
    written = _generations.tables.intersection(tables)
    if written:
        session.info.setdefault(_WRITTEN, set()).update(written)


@event.listens_for(AnySession, "after_commit")
def _note_commit(session: AnySession) -> None:
    if session.info.pop(_WRITTEN, None):
        _generations.current += 1


@event.listens_for(AnySession, "after_rollback")
def _note_rollback(session: AnySession) -> None:
    session.info.pop(_WRITTEN, None)

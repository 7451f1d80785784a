"""What happened, and who must know: announced inside a transaction, delivered to listeners after its commit."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Change:
    """`kind` is a model name in lower case ("customer", "follow_up", …); ids are database ids."""

    kind: str
    customer_id: int | None = None
    actor_id: int | None = None
    same_reach: bool = False
    """Said by a writer who knows that whoever reached the customer before still does."""


Listener = Callable[[tuple[Change, ...]], None]
Closing = Callable[[Any, tuple[Change, ...]], None]
_pending: ContextVar[list[Change] | None] = ContextVar("pending_changes", default=None)
_listeners: list[Listener] = []
_closings: list[Closing] = []


def announce(change: Change) -> None:
    """Tell of a change; delivered after the commit of the current unit of work.

    Raises RuntimeError outside of one: a change that may still be rolled back must not be told.
    """
    pending = _pending.get()
    if pending is None:
        raise RuntimeError("announce() outside of a unit of work")
    pending.append(change)


@contextmanager
def collected() -> Iterator[list[Change]]:
    """Collect the announcements of one unit of work."""
    pending: list[Change] = []
    token = _pending.set(pending)
    try:
        yield pending
    finally:
        _pending.reset(token)


def close_with(closing: Closing) -> None:
    """Have `closing(session, changes)` end each unit of work that announced something, as a part of it; once for each.

    For what follows from a change and must be right with it, whoever made it.
    """
    if closing not in _closings:
        _closings.append(closing)


def close(session: Any, announced: list[Change]) -> None:
    """Run what ends a unit of work. What fails is undone by itself: the person's own change is worth more."""
    if not announced or not _closings:
        return
    session.flush()  # What the person's own change runs into is his to know.
    for closing in _closings:
        try:
            with session.begin_nested():
                closing(session, tuple(announced))
        except Exception:
            log.exception("closing %s failed", closing.__name__)


def publish(changes: list[Change]) -> None:
    """Deliver to all listeners; one that fails does not keep the others from hearing."""
    if not changes:
        return
    batch = tuple(changes)
    for listener in tuple(_listeners):
        try:
            listener(batch)
        except Exception:
            log.exception("change listener failed")


def listen(listener: Listener) -> Callable[[], None]:
    """Register a listener, called in the writer's thread; returns the way to stop it."""
    _listeners.append(listener)
    return lambda: _listeners.remove(listener)

"""The kinds of jobs: each slice registers its own, and gets what it needs to run one."""

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission

PROGRESS_SECONDS = 0.5
"""Progress is told at most this often."""


class Stopped(Exception):
    """The job was cancelled, taken over, or the server is being stopped: whoever runs it ends at once."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a job achieved."""

    rows: int = 0
    file_name: str = ""
    """The name that its owner gets its file by; empty when it made none."""
    result: Mapping[str, Any] = field(default_factory=dict)
    record: Callable[[Session], object] | None = None
    """Writes what the deed leaves in the records, in the transaction that ends the job."""


class JobContext:
    """What a running job knows and may use. It calls `progress` every few milliseconds, and ends when that raises."""

    def __init__(
        self,
        *,
        actor: Actor,
        parameters: Mapping[str, Any],
        file: Path,
        snapshot: Callable[[], AbstractContextManager[Session]],
        writing: Callable[[], AbstractContextManager[Session]],
        tell: Callable[[int, int], bool],
        stop: threading.Event,
    ) -> None:
        self.actor = actor
        """Whoever asked for it, with the rights of now."""
        self.parameters = parameters
        self.file = file
        """Where its file goes; the folder is its own."""
        self.snapshot = snapshot
        """A session in which all is of one moment."""
        self.writing = writing
        """A transaction."""
        self._tell, self._stop = tell, stop
        self._told = 0.0

    def halt(self) -> None:
        """Raise Stopped when the work is to end: within a transaction, where progress can't be told."""
        if self._stop.is_set():
            raise Stopped

    def progress(self, done: int, total: int) -> None:
        """Tell how far it is. Raises Stopped."""
        self.halt()
        if self._told and time.monotonic() - self._told < PROGRESS_SECONDS:
            return
        if not self._tell(done, total):
            raise Stopped
        self._told = time.monotonic()


@dataclass(frozen=True, slots=True)
class JobKind:
    """A kind of job; its name is the catalogue's `background.kind.<code>`."""

    code: str
    permission: Permission
    """Without it nobody may ask for such a job, nor have it run, nor fetch its file."""
    run: Callable[[JobContext], Outcome]
    """Must be able to begin again: a server may die in the middle of it."""
    page: Callable[[Mapping[str, Any]], str] | None = None
    """By the parameters of a job the address of the page that tells what came of it, where there is one."""


KINDS: dict[str, JobKind] = {}


def register(kind: JobKind) -> None:
    """Make a kind known to the runner. Raises ValueError for a second one of that code."""
    if KINDS.setdefault(kind.code, kind) is not kind:
        raise ValueError(f"two kinds of jobs are called {kind.code}")

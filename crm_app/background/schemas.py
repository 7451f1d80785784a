"""A job as data: what asks for it, what runs it, what its owner sees of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

FILE_KEPT = timedelta(hours=24)
"""So long its owner may fetch a job's file."""
KEPT = timedelta(days=7)
"""So long a job that has ended stands in its owner's list."""


class State(StrEnum):
    """Where a job stands; all but the first two are final."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN = (State.WAITING, State.RUNNING)


@dataclass(frozen=True, slots=True)
class Claim:
    """One attempt at a job. A later attempt, or a cancelled job, makes it worthless."""

    job_id: int
    attempt: int
    kind: str
    user_id: int
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job as it stands in the database."""

    id: int
    kind: str
    state: State
    done: int
    total: int
    message: str
    message_params: Mapping[str, Any]
    file_name: str
    created_at: datetime
    ended_at: datetime | None
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Download:
    """A job's file: which one, and the name that its owner gets it by."""

    job_id: int
    attempt: int
    name: str


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as its owner sees it, in his language."""

    id: int = 0
    """0: there is none."""
    title: str = ""
    state: str = ""
    label: str = ""
    color: str = "gray"
    open: bool = False
    """Whether it still waits or runs, and can be cancelled."""
    done: int = 0
    total: int = 0
    percent: int = 0
    counted: str = ""
    message: str = ""
    created: str = ""
    href: str = ""
    """Where its file is fetched; empty when there is none, or no more."""
    page: str = ""
    """The address of the page that tells what came of it."""
    file_name: str = ""
    until: str = ""


NO_JOB = JobView()

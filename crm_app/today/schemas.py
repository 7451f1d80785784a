"""What the page 今日工作 shows."""

from dataclasses import dataclass

BUCKETS = ("overdue", "today", "tomorrow", "week")
"""The parts of the work list in their order; `week` is what remains of this week after tomorrow."""


@dataclass(frozen=True, slots=True)
class WorkLine:
    """One thing to do or done: a follow-up that is due, or a task."""

    id: str
    """Kind and row: unique on the page."""
    kind: str
    """follow_up or task"""
    title: str
    """The customer's name for a follow-up, what is to be done for a task."""
    when: str
    """HH:MM today and tomorrow, else MM-DD or YYYY-MM-DD."""
    due: str
    """YYYY-MM-DD HH:MM in the zone of the system; what a change names as what was seen."""
    late_days: int = 0
    number: str = ""
    """The customer's; empty when there is none or it lies out of reach."""
    customer: str = ""
    is_key: bool = False
    detail: str = ""
    """Of a follow-up, how and when the last contact was."""
    task_id: int = 0
    version: int = 0


@dataclass(frozen=True, slots=True)
class Bucket:
    """A part of the work list; `count` counts also what is not among `lines`."""

    code: str
    count: int
    lines: tuple[WorkLine, ...]


@dataclass(frozen=True, slots=True)
class AssignedLine:
    """A customer that was given to the actor lately and waits for its first contact by him."""

    number: str
    name: str
    is_key: bool
    industry: str
    when: str
    level: str
    level_code: str


@dataclass(frozen=True, slots=True)
class WorkDay:
    """The whole page."""

    date: str
    buckets: tuple[Bucket, ...]
    assigned: tuple[AssignedLine, ...]
    assigned_count: int
    done: tuple[WorkLine, ...]
    done_count: int
    has_customers: bool
    review: str = ""
    """The month of which customers are to be confirmed (R5.3); empty when none is."""
    review_count: int = 0

"""What goes into and comes out of follow-ups, tasks and the timeline."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task that was checked; `user_id` 0 stands for the actor."""

    title: str
    due_at: datetime
    user_id: int


@dataclass(frozen=True, slots=True)
class NewFollowUp:
    """A follow-up that was checked (R6.2)."""

    method: str
    at: datetime
    content: str
    participants: str
    feedback: str
    result: str
    next_at: datetime | None
    task: NewTask | None


@dataclass(frozen=True, slots=True)
class FollowUpSaved:
    """`repeated`: the same follow-up was there already, so nothing was written.

    `also`: what was sent before it was changed had been saved too, unknown to the person.
    """

    id: int
    task_id: int | None
    repeated: bool = False
    also: bool = False


@dataclass(frozen=True, slots=True)
class TaskSaved:
    """`changed` is false when the task was as wished already; then `by` and `at` tell who did it and when."""

    id: int
    version: int
    changed: bool
    by: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """A follow-up that names the time of the next one."""

    contact_at: datetime
    next_at: datetime


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a select."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class FormChoices:
    """What the form 「新增跟进」 offers."""

    methods: tuple[Choice, ...]
    people: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One labelled value of an entry; of a field change also what it was before."""

    label: str
    value: str
    old: str = ""
    is_change: bool = False


@dataclass(frozen=True, slots=True)
class TaskLine:
    """A task as a page shows it."""

    id: int
    version: int
    title: str
    due: str
    """YYYY-MM-DD HH:MM in the zone of the system."""
    due_short: str
    """Without the year while it is this one."""
    due_days: int
    """Calendar days from today; negative: overdue."""
    who: str
    done: bool
    done_by: str = ""
    done_at: str = ""
    can_edit: bool = False
    customer_number: str = ""
    """Empty when the task belongs to no customer, or to one out of the actor's reach."""
    customer_name: str = ""
    is_key: bool = False


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One thing that happened, in the actor's language, masked."""

    id: str
    """Kind and row: unique on the page."""
    kind: str
    at: str
    """YYYY-MM-DD HH:MM in the zone of the system."""
    day: str
    """The heading under which it stands."""
    time: str
    """HH:MM"""
    who: str
    action: str
    """What the person did, e.g. 电话沟通 or 修改了 3 项资料."""
    body: str = ""
    lines: tuple[Line, ...] = ()
    task: TaskLine | None = None
    badge: str = ""
    """A code whose icon and colour the page knows: a method, a level."""
    starts_day: bool = False


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """`cursor` continues after the last entry; empty at the end."""

    entries: tuple[TimelineEntry, ...]
    cursor: str

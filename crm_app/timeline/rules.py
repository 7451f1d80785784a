"""What makes a follow-up or a task acceptable, and what follows from them for the customer (R1.6, R6.2)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import TypeVar

from crm_app.core.clock import parse_local, to_local
from crm_app.core.problems import Invalid, Problem
from crm_app.core.text import clean_line, clean_text
from crm_app.timeline.schemas import NewFollowUp, NewTask, Plan

CONTENT_MAX = 2000
FEEDBACK_MAX = 1000
RESULT_MAX = 500
PARTICIPANTS_MAX = 200
TITLE_MAX = 200
AHEAD = timedelta(minutes=5)
"""How far a person's clock may be ahead of the server's."""
FARTHEST = timedelta(days=5 * 366)
"""A plan beyond this is a slip of the keyboard."""
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
END_OF_WORK = time(18, 0)
RUN = timedelta(minutes=1)
"""Field changes of one person that lie no farther apart than this were one deed."""

T = TypeVar("T")


class _Form:
    """Collects what is wrong with each field while the good values are read."""

    def __init__(self) -> None:
        self.problems: dict[str, Problem] = {}

    def take(self, field: str, value: T | Problem) -> T | None:
        if isinstance(value, Problem):
            self.problems[field] = value
            return None
        return value

    def text(self, field: str, value: str, longest: int, *, required: bool = False, line: bool = False) -> str:
        cleaned = clean_line(value) if line else clean_text(value)
        if required and not cleaned:
            self.problems[field] = Problem(f"error.timeline.{field}.empty")
        if len(cleaned) > longest:
            self.problems[field] = Problem("error.timeline.long", {"max": longest, "length": len(cleaned)})
        return cleaned

    def check(self) -> None:
        if self.problems:
            raise Invalid(self.problems)


@dataclass(frozen=True, slots=True)
class FollowUpDraft:
    """A follow-up as it was typed; times are `YYYY-MM-DD HH:MM` of the wall clock."""

    method: str
    at: str
    content: str
    participants: str = ""
    feedback: str = ""
    result: str = ""
    next_at: str = ""
    next_step: str = ""
    next_due_at: str = ""
    next_user_id: int = 0


def check_follow_up(draft: FollowUpDraft, *, methods: Collection[str], now: datetime, tz: tzinfo) -> NewFollowUp:
    """The typed follow-up. Raises Invalid by field, all problems at once."""
    form = _Form()
    if not draft.method:
        form.problems["method"] = Problem("error.timeline.method.empty")
    elif draft.method not in methods:
        form.problems["method"] = Problem("error.timeline.method.unknown")
    at = form.take("at", contact_moment(draft.at, now=now, tz=tz))
    content = form.text("content", draft.content, CONTENT_MAX, required=True)
    participants = form.text("participants", draft.participants, PARTICIPANTS_MAX, line=True)
    feedback = form.text("feedback", draft.feedback, FEEDBACK_MAX)
    result = form.text("result", draft.result, RESULT_MAX)
    next_at = form.take("next_at", coming_moment(draft.next_at, now=now, tz=tz)) if draft.next_at.strip() else None
    task = _next_step(form, draft, now=now, tz=tz)
    form.check()
    if at is None:
        raise AssertionError("a missing time is a problem that check() raised")
    return NewFollowUp(draft.method, at, content, participants, feedback, result, next_at, task)


def _next_step(form: _Form, draft: FollowUpDraft, *, now: datetime, tz: tzinfo) -> NewTask | None:
    """A next step is due when it says, else when the next contact is planned."""
    title = form.text("next_step", draft.next_step, TITLE_MAX, line=True)
    due = draft.next_due_at or draft.next_at
    if not title:
        if draft.next_due_at.strip():
            form.problems["next_step"] = Problem("error.timeline.next_step.empty")
        return None
    due_at = form.take("next_due_at", coming_moment(due, now=now, tz=tz))
    return NewTask(title, due_at, draft.next_user_id) if due_at else None


def check_task(*, title: str, due_at: str, user_id: int, now: datetime, tz: tzinfo) -> NewTask:
    """The typed task. Raises Invalid by field."""
    form = _Form()
    cleaned = form.text("title", title, TITLE_MAX, required=True, line=True)
    due = form.take("due_at", coming_moment(due_at, now=now, tz=tz))
    form.check()
    if due is None:
        raise AssertionError("a missing time is a problem that check() raised")
    return NewTask(cleaned, due, user_id)


def contact_moment(text: str, *, now: datetime, tz: tzinfo) -> datetime | Problem:
    """When the contact was: not in the future, because a plan is no contact."""
    if not text.strip():
        return Problem("error.timeline.at.empty")
    at = parse_local(text, tz=tz)
    if isinstance(at, Problem):
        return at
    if at > now + AHEAD:
        return Problem("error.timeline.at.future")
    return Problem("error.timeline.early") if at < EARLIEST else at


def coming_moment(text: str, *, now: datetime, tz: tzinfo) -> datetime | Problem:
    """A moment still to come; a day alone means the end of its work."""
    cleaned = clean_line(text)
    if not cleaned:
        return Problem("error.timeline.due.empty")
    at = parse_local(cleaned if ":" in cleaned or "：" in cleaned else f"{cleaned} {END_OF_WORK:%H:%M}", tz=tz)
    if isinstance(at, Problem):
        return at
    if at < now - AHEAD:
        return Problem("error.timeline.past")
    return Problem("error.timeline.far") if at > now + FARTHEST else at


def next_follow_up(*, last_contact_at: datetime | None, plan: Plan | None, tz: tzinfo) -> datetime | None:
    """The customer's 「下次跟进时间」: the newest plan, until a later contact on its day or after kept it.

    A contact before the planned day leaves the plan; the contact that made the plan does not keep it.
    """
    if plan is None or last_contact_at is None or last_contact_at <= plan.contact_at:
        return plan.next_at if plan else None
    kept = to_local(last_contact_at, tz=tz).date() >= to_local(plan.next_at, tz=tz).date()
    return None if kept else plan.next_at


def postponed(to: str, *, due_at: datetime, now: datetime, tz: tzinfo) -> datetime | Problem:
    """The new moment of something put off: "tomorrow", "next_week" (its Monday), or a typed date or moment.

    The first two keep the hour and minute that it had.
    """
    today = to_local(now, tz=tz).date()
    days = {"tomorrow": 1, "next_week": 7 - today.weekday()}.get(to)
    if days is None:
        return coming_moment(to, now=now, tz=tz)
    clock = to_local(due_at, tz=tz).time().replace(second=0, microsecond=0)
    return datetime.combine(today + timedelta(days=days), clock, tzinfo=tz).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Week:
    """The borders of the days by which work is sorted; each is the first moment that no longer belongs."""

    today: datetime
    """The first moment of today."""
    tomorrow: datetime
    day_after: datetime
    next_week: datetime
    """Monday, and never before `day_after`: on Saturday and Sunday "this week" after tomorrow is empty."""


def week_of(now: datetime, *, tz: tzinfo) -> Week:
    """The borders around now."""
    today = to_local(now, tz=tz).date()

    def midnight(days: int) -> datetime:
        return datetime.combine(today + timedelta(days=days), time.min, tzinfo=tz).astimezone(UTC)

    return Week(midnight(0), midnight(1), midnight(2), midnight(max(2, 7 - today.weekday())))


def is_one_run(newer: tuple[int | None, datetime], older: tuple[int | None, datetime]) -> bool:
    """Whether two field changes, each (person, moment), belong to one deed."""
    return newer[0] == older[0] and newer[1] - older[1] <= RUN

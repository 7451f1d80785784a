"""What several pages let a person do with follow-ups and tasks; mixed into the state of each such page."""

import dataclasses
import time
from typing import Any

import reflex as rx

from crm_app.access.actor import Actor
from crm_app.access.guard import requires
from crm_app.access.permissions import Permission
from crm_app.access.state import notify, notify_undoable
from crm_app.catalogue import say
from crm_app.core.clock import format_local, utcnow
from crm_app.core.db import get_database
from crm_app.core.errors import Conflict, NotFound
from crm_app.core.problems import Invalid, Problem
from crm_app.core.settings import get_settings
from crm_app.core.text import row_id
from crm_app.timeline import rules, service
from crm_app.timeline.rules import FollowUpDraft

NEW_FOLLOW_UP = {field.name: "" for field in dataclasses.fields(FollowUpDraft)} | {"method": "phone"}
NEW_TASK = {"title": "", "due_at": "", "user_id": ""}
UNDO_TASK = "task"
_TWICE = 2.0
"""Seconds within which an empty form sent again is the second half of a double click."""


class WorkActions(rx.State, mixin=True):
    """Doing and putting off; `_refresh` fills the page anew afterwards."""

    @requires(Permission.TASK_EDIT)
    async def complete_task(self, actor: Actor, task_id: int, version: int):
        """Mark a task done; done by somebody else already, the person is told by whom."""
        saved = await self._work(actor, service.complete_task, task_id=task_id, version=version)
        if saved.changed:
            await notify_undoable(self, "timeline.task.completed", undo=(saved.id, saved.version), of=UNDO_TASK)
        else:
            await notify(self, "timeline.task.completed_before", kind="info", by=saved.by, at=saved.at)

    @requires(Permission.TASK_EDIT)
    async def reopen_task(self, actor: Actor, task_id: int, version: int):
        """Take back that a task is done."""
        await self._work(actor, service.reopen_task, task_id=task_id, version=version)
        await notify(self, "timeline.task.reopened")

    @requires(Permission.TASK_EDIT)
    async def postpone_task(self, actor: Actor, task_id: int, version: int, to: str):
        """Give a task another due date."""
        saved = await self._work(actor, service.postpone_task, task_id=task_id, version=version, to=to)
        if saved.changed:
            await notify(self, "timeline.task.postponed")
        else:
            await notify(self, "timeline.task.completed_before", kind="info", by=saved.by, at=saved.at)

    @requires(Permission.FOLLOW_UP_CREATE)
    async def postpone_follow_up(self, actor: Actor, number: str, planned: str, to: str):
        """Move a customer's next follow-up, or drop it with "never"."""
        moved = await self._work(actor, service.postpone_follow_up, number=number, planned=planned, to=to)
        if moved is None:
            await notify(self, "timeline.plan.dropped")
        else:
            await notify(self, "timeline.plan.moved", to=format_local(moved, tz=get_settings().zone))

    async def _work(self, actor: Actor, use_case: Any, **arguments: Any) -> Any:
        """Run it and show what is now; also when somebody else was faster, so that the next click fits."""
        try:
            saved = await get_database().write(use_case, actor, **arguments)
        except (Conflict, NotFound):
            await self._refresh(actor)
            raise
        await self._refresh(actor)
        return saved

    async def _refresh(self, actor: Actor) -> None:
        raise NotImplementedError


class FollowUpForm(rx.State, mixin=True):
    """「新增跟进」: what is typed, what is wrong with it, saving it."""

    follow_up: dict[str, str] = NEW_FOLLOW_UP
    follow_up_problems: dict[str, str] = {}
    follow_up_first: str = ""
    """The field that gets the focus after a failed save."""
    follow_up_attempt: int = 0
    follow_up_epoch: int = 0
    next_epoch: int = 0
    """Raised when a button fills in the next follow-up's time."""
    _follow_up_saved: float = 0.0

    @rx.var
    def follow_up_typed(self) -> bool:
        """Whether anything was typed that a person would miss."""
        return any(value for name, value in self.follow_up.items() if name not in ("method", "next_user_id"))

    @requires(Permission.FOLLOW_UP_CREATE)
    async def type_follow_up(self, actor: Actor, field: str, value: str):
        """Keep what is typed; a field that was wrong is checked again with each pause."""
        if field not in NEW_FOLLOW_UP:
            return
        self.follow_up = self.follow_up | {field: value}
        if self.follow_up_problems:
            self.follow_up_problems = _told(actor, self._follow_up_wrong())

    @requires(Permission.FOLLOW_UP_CREATE)
    async def plan_next(self, actor: Actor, to: str):
        """Fill in the next follow-up's time: "tomorrow", "next_week"; the hour is the present one."""
        now = utcnow()
        moment = rules.postponed(to, due_at=now, now=now, tz=get_settings().zone)
        if not isinstance(moment, Problem):
            self.follow_up = self.follow_up | {"next_at": format_local(moment, tz=get_settings().zone)}
            self.next_epoch += 1

    @requires(Permission.FOLLOW_UP_CREATE)
    async def save_follow_up(self, actor: Actor, ticket: str = ""):
        """Save it; a failure keeps everything that was typed and puts the cursor where it is wrong.

        `ticket` names the form in the browser: sent again, it is not saved twice.
        """
        if not self.follow_up_typed and time.monotonic() - self._follow_up_saved < _TWICE:
            return
        try:
            saved = await get_database().write(
                service.add_follow_up,
                actor,
                number=self._follow_up_number(),
                draft=_draft_of(self.follow_up),
                ticket=ticket,
            )
        except Invalid as invalid:
            self.follow_up_problems = _told(actor, invalid)
            self.follow_up_first = next(name for name in NEW_FOLLOW_UP if name in invalid.problems)
            self.follow_up_attempt += 1
            return
        self._follow_up_saved = time.monotonic()
        self._empty_follow_up()
        await self._follow_up_done(actor)
        if saved.also:
            await notify(self, "timeline.follow_up.also", kind="info")
        else:
            await notify(self, "timeline.follow_up.repeated" if saved.repeated else "timeline.follow_up.saved")

    def _empty_follow_up(self) -> None:
        self.follow_up = NEW_FOLLOW_UP
        self.follow_up_problems = {}
        self.follow_up_epoch += 1

    def _follow_up_wrong(self) -> Invalid:
        try:
            now, zone = utcnow(), get_settings().zone
            draft = _draft_of(self.follow_up | {"at": self.follow_up["at"].strip() or format_local(now, tz=zone)})
            rules.check_follow_up(draft, methods=(draft.method,), now=now, tz=zone)
        except Invalid as invalid:
            return invalid
        return Invalid({})

    def _follow_up_number(self) -> str:
        raise NotImplementedError

    async def _follow_up_done(self, actor: Actor) -> None:
        raise NotImplementedError


class TaskForm(rx.State, mixin=True):
    """A new 「待办事项」."""

    task: dict[str, str] = NEW_TASK
    task_problems: dict[str, str] = {}
    task_first: str = ""
    task_attempt: int = 0
    task_epoch: int = 0
    _task_saved: float = 0.0

    @requires(Permission.TASK_EDIT)
    async def type_task(self, actor: Actor, field: str, value: str):
        """Keep what is typed."""
        if field in NEW_TASK:
            self.task = self.task | {field: value}
            self.task_problems = {name: text for name, text in self.task_problems.items() if name != field}

    @requires(Permission.TASK_EDIT)
    async def save_task(self, actor: Actor, ticket: str = ""):
        """Save it; a failure keeps everything that was typed. `ticket` as with a follow-up."""
        if not self.task["title"] and time.monotonic() - self._task_saved < _TWICE:
            return
        number, user_id = self._task_number(), self.task["user_id"]
        try:
            await get_database().write(
                service.add_task,
                actor,
                number=number,
                title=self.task["title"],
                due_at=self.task["due_at"],
                user_id=row_id(user_id),
                ticket=ticket,
            )
        except Invalid as invalid:
            self.task_problems = _told(actor, invalid)
            self.task_first = next(name for name in NEW_TASK if name in invalid.problems)
            self.task_attempt += 1
            return
        self._task_saved = time.monotonic()
        self.task, self.task_problems, self.task_epoch = NEW_TASK, {}, self.task_epoch + 1
        await self._task_done(actor)
        await notify(self, "timeline.task.saved")

    def _task_number(self) -> str:
        raise NotImplementedError

    async def _task_done(self, actor: Actor) -> None:
        raise NotImplementedError


def _draft_of(typed: dict[str, str]) -> FollowUpDraft:
    """What was typed as the service takes it."""
    return FollowUpDraft(**typed | {"next_user_id": row_id(typed["next_user_id"])})  # type: ignore[arg-type]


def _told(actor: Actor, invalid: Invalid) -> dict[str, str]:
    return {name: say(actor.language, problem.code, **problem.params) for name, problem in invalid.problems.items()}

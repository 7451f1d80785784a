"""State of 今日工作: the day's work, and recording a contact without leaving the page."""

import reflex as rx

from crm_app.access.actor import Actor
from crm_app.access.guard import requires
from crm_app.access.permissions import Permission
from crm_app.core.db import get_database
from crm_app.core.errors import CrmError
from crm_app.timeline.queries import get_form_choices
from crm_app.timeline.schemas import Choice
from crm_app.timeline.state import FollowUpForm, WorkActions
from crm_app.today import queries
from crm_app.today.schemas import AssignedLine, Bucket, WorkDay, WorkLine
from crm_app.ui import live, routes

KINDS = frozenset({"customer", "follow_up", "task", "option", "review", live.MINUTE})
"""The changes that can change the page: somebody assigns, plans, does, renames or reviews, or time goes on."""
_NOTHING = WorkDay("", (), (), 0, (), 0, False)


class Today(WorkActions, rx.State):
    """What is to do now."""

    date: str = ""
    buckets: list[Bucket] = []
    open_count: int = 0
    assigned: list[AssignedLine] = []
    assigned_count: int = 0
    done: list[WorkLine] = []
    done_count: int = 0
    has_customers: bool = True
    review: str = ""
    review_count: int = 0

    @requires(Permission.WORK_VIEW, loads_page=True)
    async def load(self, actor: Actor):
        """Fill the page."""
        try:
            await self._refresh(actor)
        except CrmError:
            self._show(_NOTHING)
            raise

    @requires(Permission.WORK_VIEW)
    async def refresh(self, actor: Actor):
        """Somebody saved or time went on: what was assigned is there, what was due tomorrow is due today."""
        if live.shows(self, routes.TODAY):
            await self._refresh(actor)

    async def _refresh(self, actor: Actor) -> None:
        live.watch(self, routes.TODAY, kinds=KINDS, then=Today.refresh)
        self._show(await get_database().read(queries.get_work_day, actor))

    def _show(self, day: WorkDay) -> None:
        """Assign what differs: what is assigned is sent."""
        fresh = {
            "date": day.date,
            "buckets": list(day.buckets),
            "open_count": sum(bucket.count for bucket in day.buckets),
            "assigned": list(day.assigned),
            "assigned_count": day.assigned_count,
            "done": list(day.done),
            "done_count": day.done_count,
            "has_customers": day.has_customers,
            "review": day.review,
            "review_count": day.review_count,
        }
        for name, value in fresh.items():
            if getattr(self, name) != value:
                setattr(self, name, value)


class QuickFollowUp(FollowUpForm, rx.State):
    """The form that opens below a line of the work list."""

    line: str = ""
    """The line below which the form is open; empty when it is closed."""
    customer: str = ""
    """Its customer."""
    methods: list[Choice] = []
    people: list[Choice] = []

    @requires(Permission.FOLLOW_UP_CREATE)
    async def open(self, actor: Actor, line: str, number: str):
        """Open the form below a line, or close it when it is there."""
        if line == self.line:
            self.line = ""
            return
        choices = await get_database().read(get_form_choices, actor, number=number)
        self.methods, self.people = list(choices.methods), list(choices.people)
        self._empty_follow_up()
        self.line, self.customer = line, number

    @requires(Permission.FOLLOW_UP_CREATE)
    async def close(self, actor: Actor):
        """Close it; what was typed stays in the tab's drafts."""
        self.line = ""

    def _follow_up_number(self) -> str:
        return self.customer

    async def _follow_up_done(self, actor: Actor) -> None:
        self.line = ""
        await (await self.get_state(Today))._refresh(actor)

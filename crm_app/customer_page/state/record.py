"""The record, its open tasks and its timeline, and where more of them is written."""

from typing import TypeVar

import reflex as rx

from crm_app.access.actor import Actor
from crm_app.access.guard import requires
from crm_app.access.permissions import Permission
from crm_app.anomalies.schemas import Reason
from crm_app.core.db import get_database
from crm_app.core.errors import CrmError
from crm_app.customer_page import queries
from crm_app.customer_page.schemas import CustomerView, Fact, PageData
from crm_app.customers.queries import find_survivor
from crm_app.customers.schemas import RevealedContact
from crm_app.customers.state import follow_merge
from crm_app.fields.state import show_built_in
from crm_app.recycle_bin.queries import lies_in_bin
from crm_app.timeline.queries import list_timeline, mark_days
from crm_app.timeline.schemas import Choice, TaskLine, TimelineEntry
from crm_app.timeline.state import FollowUpForm, TaskForm, WorkActions
from crm_app.ui import live, routes

LIVE = frozenset({"anomaly", "customer", "follow_up", "task", "option", "own_field", "tag"})
"""The kinds of changes that show on the page."""
KINDS = ("follow_up", "task", "level", "field")
PAGE = 50
_MOST_AT_ONCE = 500
_State = TypeVar("_State", bound=type[rx.State])
_parts: list[type[rx.State]] = []


def of_one_customer(state: _State) -> _State:
    """A part of the page that begins anew with another customer."""
    _parts.append(state)
    return state


def here(state: rx.State) -> str:
    """The number in the page's address; `[number]` of the route is a var that Reflex adds to every state."""
    return str(getattr(state, "number", ""))[:40]


class CustomerPage(WorkActions, rx.State):
    """The record, its open tasks and its timeline."""

    view: CustomerView = CustomerView()
    facts: dict[str, Fact] = {}
    options: dict[str, list[Choice]] = {}
    methods: list[Choice] = []
    people: list[Choice] = []
    tasks: list[TaskLine] = []
    entries: list[TimelineEntry] = []
    reasons: list[Reason] = []
    completeness: int = 0
    more: str = ""
    """Continues the timeline; empty at its end."""
    kind: str = ""
    in_bin: bool = False
    """Whether the customer that isn't found here lies in the recycle bin, for whoever may bring it back."""
    _revealed: dict[int, RevealedContact] = {}

    @requires(Permission.CUSTOMER_VIEW, loads_page=True, supersedes=True)
    async def load(self, actor: Actor):
        """Fill the page; another customer than before begins it anew."""
        if not here(self):
            return None  # A push that came when the person had left already.
        if here(self) != self.view.number:
            await self._begin()
        await show_built_in(self, actor)
        try:
            await self._refresh(actor)
        except CrmError:
            await self._begin()
            if survivor := await get_database().read(find_survivor, actor, number=here(self)):
                return await follow_merge(self, here(self), survivor)
            self.in_bin = await get_database().read(lies_in_bin, actor, number=here(self))
            raise
        return None

    @requires(Permission.CUSTOMER_VIEW)
    async def refresh(self, actor: Actor):
        """Somebody changed this customer: look again, as if the page was opened, in case it is out of reach now."""
        return CustomerPage.load if here(self) == self.view.number else None

    @requires(Permission.CUSTOMER_VIEW)
    async def filter_kind(self, actor: Actor, kind: str):
        """Show one kind of the timeline, or all with an empty one."""
        self.kind = kind if kind in KINDS else ""
        page = await get_database().read(list_timeline, actor, number=here(self), kinds=self._kinds(), limit=PAGE)
        self.entries, self.more = list(page.entries), page.cursor

    @requires(Permission.CUSTOMER_VIEW)
    async def read_on(self, actor: Actor):
        """The next part of the timeline."""
        if not self.more:
            return
        page = await get_database().read(
            list_timeline, actor, number=here(self), kinds=self._kinds(), cursor=self.more, limit=PAGE
        )
        last = self.entries[-1].day if self.entries else ""
        self.entries = [*self.entries, *mark_days(page.entries, before=last)]
        self.more = page.cursor

    def _kinds(self) -> tuple[str, ...]:
        return (self.kind,) if self.kind else ()

    async def _begin(self) -> None:
        """Forget the customer before: nothing of it may stay on the screen or in the forms."""
        for part in (CustomerPage, *_parts):
            (await self.get_state(part)).reset()

    async def _refresh(self, actor: Actor) -> None:
        """Read everything that is on the screen once more, as far down the timeline as it is shown."""
        self._watch(self.view.id)
        limit = min(max(PAGE, len(self.entries)), _MOST_AT_ONCE)
        data = await get_database().read(
            queries.get_page,
            actor,
            number=here(self),
            kinds=self._kinds(),
            limit=limit,
            revealed=self._revealed,
        )
        if data.view.id != self.view.id:
            self._watch(data.view.id)
        self._show(data)

    def _watch(self, customer_id: int) -> None:
        """Hear of the next change of this customer, whoever makes it."""
        if customer_id:
            place = routes.customer_path(here(self))
            live.watch(self, place, kinds=LIVE, then=CustomerPage.refresh, customer_id=customer_id)

    def _look_away(self) -> None:
        """Hear of no change any more: its person is about to leave, and must not see the page fall away before."""
        place = routes.customer_path(here(self))
        live.watch(self, place, kinds=frozenset(), then=CustomerPage.refresh)

    def _show(self, data: PageData) -> None:
        """Assign what differs: what is assigned is sent."""
        fresh = {
            "view": data.view,
            "facts": data.facts,
            "options": {name: list(choices) for name, choices in data.options.items()},
            "methods": list(data.form.methods),
            "people": list(data.form.people),
            "tasks": list(data.tasks),
            "entries": list(data.timeline.entries),
            "reasons": list(data.reasons),
            "completeness": data.completeness,
            "more": data.timeline.cursor,
        }
        for name, value in fresh.items():
            if getattr(self, name) != value:
                setattr(self, name, value)


@of_one_customer
class Composer(FollowUpForm, TaskForm, rx.State):
    """Where follow-ups and tasks of this customer are written."""

    tab: str = "follow_up"

    @requires(Permission.CUSTOMER_VIEW)
    async def choose(self, actor: Actor, tab: str):
        """Follow-up or task."""
        self.tab = tab if tab in ("follow_up", "task") else "follow_up"

    def _follow_up_number(self) -> str:
        return here(self)

    def _task_number(self) -> str:
        return here(self)

    async def _follow_up_done(self, actor: Actor) -> None:
        await (await self.get_state(CustomerPage))._refresh(actor)

    async def _task_done(self, actor: Actor) -> None:
        await (await self.get_state(CustomerPage))._refresh(actor)

"""The state of changing many customers: the dialog on the list, and the page of a change."""

from datetime import date
from typing import Any

import reflex as rx
from reflex.state import OnLoadInternalState
from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.guard import requires
from crm_app.access.permissions import Permission
from crm_app.access.state import notify
from crm_app.background.rules import changed
from crm_app.background.schemas import NO_JOB, JobView
from crm_app.background.service import cancel_job
from crm_app.background.state import get_view
from crm_app.bulk import jobs, queries, service
from crm_app.bulk.rules import wording
from crm_app.bulk.schemas import (
    MOST_TICKED,
    NO_CHANGE,
    Action,
    ChangeView,
    ChoiceView,
    LineView,
    Offer,
    Outcome,
    Plan,
    PlanView,
    Rows,
    State,
    What,
)
from crm_app.catalogue import say
from crm_app.core import regions
from crm_app.core.clock import local_today
from crm_app.core.db import get_database
from crm_app.core.errors import NotFound, Refused
from crm_app.core.problems import Invalid
from crm_app.core.settings import get_settings
from crm_app.directory.rules import MAX_ADDRESS
from crm_app.directory.state import Directory
from crm_app.listing.saved import plain_address
from crm_app.timeline.queries import words_for
from crm_app.ui import live, routes

P = Permission.CUSTOMER_BULK
MOST_ID = 2**31 - 1


def find_rows(  # noqa: PLR0917 - A job of a thread passes its arguments by place.
    session: Session, actor: Actor, numbers: tuple[str, ...], everything: bool, address: str, today: date
) -> queries.Ids:
    """The ids of the ticked rows, or of the whole filter."""
    if not everything:
        return queries.find_ticked(session, actor, numbers)
    return queries.find_filtered(session, actor, plain_address(session, actor, Directory.source, address), today)


def make_offer(session: Session, actor: Actor, what: What) -> tuple[Any, Any]:
    """The fields and the choices of one kind of change."""
    fields = queries.list_fields(session, actor) if what is What.FIELD else ()
    return fields, queries.list_choices(session, actor, what)


def look(session: Session, actor: Actor, action: Action, ids: queries.Ids) -> tuple[Plan, PlanView]:
    """The preview. Raises Forbidden, Invalid."""
    task = service.check_action(session, actor, action, ids)
    plan = queries.make_plan(session, actor, task, ids)
    return plan, wording.plan_view(plan, words_for(session, actor))


def read_plan_page(session: Session, actor: Actor, plan: Plan, part: str, page: int) -> Rows:
    """A page of a part of a preview."""
    verdict = wording.verdict_of(part)
    page = wording.page_within(page, plan.count(verdict))
    ids = plan.page(verdict, page)
    task = service.check_action(session, actor, plan.action, plan.ids)
    words = words_for(session, actor)
    found = queries.read_page(session, actor, task, ids)
    lines = tuple(wording.preview_line(plan.action, stand, judged, words) for stand, judged in found)
    pages = wording.pages_of(plan.count(verdict))
    return Rows(part, lines, page, pages, _hidden(len(ids) - len(lines), actor))


def _hidden(n: int, actor: Actor) -> str:
    return say(actor.language, "bulk.hidden", n=n) if n else ""


def read_change(session: Session, actor: Actor, change_id: int) -> tuple[ChangeView, JobView]:
    """A change of the actor's own, and the job that works at it. Raises Forbidden, NotFound."""
    change = queries.get_change(session, actor, change_id)
    job = get_view(session, actor, change.job_id) if change.job_id else NO_JOB
    working = service.is_at_work(session, actor, change)
    view = wording.change_view(change, working=working, words=words_for(session, actor))
    return view, job


def read_outcomes(session: Session, actor: Actor, change_id: int, part: str, page: int) -> Rows:
    """A page of what became of the rows. Raises Forbidden, NotFound."""
    change = queries.get_change(session, actor, change_id)
    counts, action = change.counts, Action.of(change.action)
    outcome = Outcome(part) if part in tuple(Outcome) else Outcome.CHANGED
    gone = counts.get("undone", 0) + counts.get("kept", 0) if outcome is Outcome.CHANGED else 0
    n = counts.get(outcome, 0) - gone
    page = wording.page_within(page, n)
    rows = queries.list_outcomes(session, change_id, outcome, page)
    named = queries.list_names(session, actor, [row.customer_id for row in rows])
    words = words_for(session, actor)
    lines: tuple[LineView, ...] = tuple(
        wording.outcome_line(action, named[row.customer_id], row.before, row.why, words)
        for row in rows
        if row.customer_id in named
    )
    return Rows(str(outcome), lines, page, wording.pages_of(n), _hidden(len(rows) - len(lines), actor))


class Memory:
    """What the server keeps of the dialog for one tab; no state var, so that nothing of it is watched for changes."""

    def __init__(self) -> None:
        self.ids: queries.Ids | None = None
        self.plan: Plan | None = None


class Bulk(rx.State):
    """The dialog on the list: what, its preview, how far it is, and back again."""

    is_open: bool = False
    step: str = "choose"
    """choose, plan, run."""
    offer: Offer = Offer()
    places: list[list[ChoiceView]] = []
    path: list[str] = []
    problem: str = ""
    plan: PlanView = PlanView()
    rows: Rows = Rows()
    change: ChangeView = NO_CHANGE
    job: JobView = NO_JOB
    used: int = 0
    """Grows when what was ticked was confirmed, and needs not be ticked any more."""

    _memory: Memory = Memory()

    @requires(P)
    async def open(self, actor: Actor, what: str, numbers: list[str], everything: bool, address: str):
        """Open the dialog on the ticked rows, or on all of the list at this address."""
        action = Action.of({"what": what})
        today = local_today(tz=get_settings().zone)
        ticked = tuple(one[:60] for one in numbers[:MOST_TICKED])
        memory = self._memory = Memory()
        memory.ids = await get_database().read_long(find_rows, actor, ticked, everything, address[:MAX_ADDRESS], today)
        fields, choices = await get_database().read(make_offer, actor, action.what)
        self.offer = Offer(
            serial=self.offer.serial + 1,
            what=action.what,
            title=say(actor.language, f"bulk.title.{action.what}"),
            rows=len(memory.ids),
            fields=fields,
            choices=choices,
        )
        self.problem, self.path, self.places = "", [], queries.list_places("") if fields else []
        self.plan, self.rows, self.change, self.job = PlanView(), Rows(), NO_CHANGE, NO_JOB
        self.step = "choose"
        if action.what is What.DELETE:
            await self._look(actor, action)
        self.is_open = True

    @requires(P)
    async def show(self, actor: Actor, is_open: bool):
        """Close the dialog; what runs goes on."""
        self.is_open = is_open and self.is_open
        if not self.is_open:
            self._memory = Memory()

    @requires(P)
    async def pick_place(self, actor: Actor, code: str):
        """One step down or up the cascade of places."""
        self.places, self.path = queries.list_places(code[:6]), [place.code for place in regions.path(code[:6])]

    @requires(P)
    async def look(self, actor: Actor, field: str, value: str, add: list[int], remove: list[int]):
        """Say what it would do to every row."""
        given = {"what": self.offer.what, "field": field[:40], "value": value[:4000], "add": add, "remove": remove}
        await self._look(actor, Action.of(given))

    @requires(P)
    async def back(self, actor: Actor):
        """Choose something else."""
        self.step, self._memory.plan = "choose", None

    @requires(P)
    async def turn(self, actor: Actor, part: str, page: int):
        """Show a page of a part of the rows: of the preview, or of what came of it."""
        if self.step == "run" and self.change.id:
            self.rows = await get_database().read(read_outcomes, actor, self.change.id, part[:10], page)
        else:
            self.rows = await get_database().read_long(read_plan_page, actor, self._plan(), part[:10], page)

    @requires(P)
    async def start(self, actor: Actor):
        """Confirm what was previewed."""
        change_id = await get_database().write(service.request_change, actor, kind=jobs.CHANGE, plan=self._plan())
        self._memory = Memory()
        self.step, self.rows, self.used = "run", Rows(), self.used + 1
        await self._follow(actor, change_id)

    @requires(P)
    async def cancel(self, actor: Actor):
        """Stop what runs: what is done stays done, and can be undone."""
        if not self.job.id:
            return None
        await get_database().write(cancel_job, actor, job_id=self.job.id)
        await self._follow(actor, self.change.id)
        return OnLoadInternalState.on_load_internal

    @requires(P)
    async def undo(self, actor: Actor, change_id: int):
        """Take a change back."""
        await get_database().write(service.request_undo, actor, kind=jobs.UNDO, change_id=change_id)
        await self._follow(actor, change_id)

    @requires(P)
    async def refresh(self, actor: Actor):
        """It went on; whoever closed the dialog is told when it has ended."""
        if not (self.change.id and live.shows(self, routes.CUSTOMERS)):
            return None
        ran = self.change.running
        await self._follow(actor, self.change.id)
        if not ran or self.change.running:
            return None
        if not self.is_open:
            await tell_end(self, self.change)
        return OnLoadInternalState.on_load_internal

    async def _look(self, actor: Actor, action: Action) -> None:
        if self._memory.ids is None:
            raise Refused("bulk.refused.stale")
        try:
            found = await get_database().read_long(look, actor, action, self._memory.ids)
        except Invalid as error:
            wrong = next(iter(error.problems.values()))
            self.problem = say(actor.language, wrong.code, **wrong.params)
            return
        self._memory.plan, self.plan = found
        part = next((one.key for one in self.plan.counts if one.n), "change")
        self.rows = await get_database().read_long(read_plan_page, actor, self._memory.plan, part, 1)
        self.problem, self.step = "", "plan"

    def _plan(self) -> Plan:
        if self._memory.plan is None:
            raise Refused("bulk.refused.stale")
        return self._memory.plan

    async def _follow(self, actor: Actor, change_id: int) -> None:
        """Show how far it is, now and with each step."""
        live.watch(self, routes.CUSTOMERS, kinds=frozenset({changed(actor.user_id)}), then=Bulk.refresh)
        self.change, self.job = await get_database().read(read_change, actor, change_id)
        if not self.change.running:
            self.rows = await get_database().read(read_outcomes, actor, change_id, _telling(self.change), 1)


class BulkPage(rx.State):
    """`/bulk/<id>`: what came of a change, and its undo."""

    view: ChangeView = NO_CHANGE
    work: JobView = NO_JOB
    found: Rows = Rows()
    loads: int = 0

    @requires(P, loads_page=True)
    async def load(self, actor: Actor):
        """Fill the page."""
        self.found = Rows()
        await self._show(actor)
        self.loads += 1

    @requires(P)
    async def refresh(self, actor: Actor):
        """It went on."""
        if live.shows(self, routes.bulk_path(self._asked())):
            await self._show(actor)

    @requires(P)
    async def turn(self, actor: Actor, part: str, page: int):
        """Show a page of a part of the rows."""
        self.found = await get_database().read(read_outcomes, actor, self._asked(), part[:10], page)

    @requires(P)
    async def cancel(self, actor: Actor):
        """Stop what runs."""
        if self.work.id:
            await get_database().write(cancel_job, actor, job_id=self.work.id)
            await self._show(actor)

    @requires(P)
    async def undo(self, actor: Actor):
        """Take it back."""
        await get_database().write(service.request_undo, actor, kind=jobs.UNDO, change_id=self._asked())
        await self._show(actor)

    def _asked(self) -> int:
        text = self.router.url.path.rstrip("/").rpartition("/")[2]
        number = int(text) if text.isdecimal() and len(text) < 11 else 0
        if not 0 < number <= MOST_ID:
            raise NotFound
        return number

    async def _show(self, actor: Actor) -> None:
        change_id = self._asked()
        kinds = frozenset({changed(actor.user_id)})
        live.watch(self, routes.bulk_path(change_id), kinds=kinds, then=BulkPage.refresh)
        before = self.view
        self.view, self.work = await get_database().read(read_change, actor, change_id)
        part = self.found.part if self.found.part and before.state == self.view.state else _telling(self.view)
        self.found = await get_database().read(read_outcomes, actor, change_id, part, self.found.page)


def _telling(change: ChangeView) -> str:
    """The part that tells most: what did not go as was asked."""
    parts = (Outcome.KEPT, Outcome.REFUSED, Outcome.UNDONE, Outcome.CHANGED)
    return next((str(part) for part in parts if wording.count_of(change.counts, part)), str(Outcome.CHANGED))


async def tell_end(state: rx.State, change: ChangeView) -> None:
    """Tell whoever closed the dialog how it ended."""
    counts = {part: wording.count_of(change.counts, part) for part in Outcome}
    key = {State.DONE: "changed", State.UNDONE: "undone"}.get(State(change.state), "stopped")
    said = {str(part): f"{n:,}" for part, n in counts.items()}
    way = {"href": routes.bulk_path(change.id), "link": "bulk.show"}
    await notify(state, f"bulk.ended.{key}", kind="info" if key == "stopped" else "success", **way, **said)

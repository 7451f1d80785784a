"""State of the page 「导入」: one file on its way through four steps, named by the address."""

import asyncio
from pathlib import Path

import reflex as rx
from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.guard import requires
from crm_app.access.permissions import Permission
from crm_app.access.state import notify
from crm_app.background import rules as job_rules
from crm_app.background import service as job_service
from crm_app.background.schemas import NO_JOB, JobView
from crm_app.background.state import get_view as get_job_view
from crm_app.core.db import get_database
from crm_app.core.errors import Refused
from crm_app.core.text import row_id
from crm_app.importing import files, queries, service, views
from crm_app.importing.jobs import CHECK, IMPORT, UNDO
from crm_app.importing.schemas import NO_RUN, ProblemView, RunLine, RunView, TwinView
from crm_app.importing.service.receiving import look_into
from crm_app.importing.service.runs import Headed
from crm_app.ui import live, routes

P = Permission.CUSTOMER_IMPORT


def read_page(session: Session, actor: Actor, import_id: int) -> tuple[RunView, JobView, tuple[RunLine, ...]]:
    """One import with its job, or, without a number, what was brought before. Raises NotFound."""
    if not import_id:
        return NO_RUN, NO_JOB, views.list_lines(session, actor)
    view = views.get_view(session, actor, import_id)
    run = queries.get_run(session, actor, import_id)
    return view, get_job_view(session, actor, run.job_id) if run.job_id else NO_JOB, ()


_reading = asyncio.Semaphore(2)
"""So many workbooks are read again at a time: each takes memory and a thread for as long as it lasts."""


async def _turn_to_sheet(actor: Actor, import_id: int, sheet: int) -> None:
    """Read it aside, so that the sheet that was chosen stays whole when the other one is refused."""
    database = get_database()
    await database.read(queries.get_run, actor, import_id)
    if _reading.locked():
        raise Refused("error.too_many_requests")
    async with _reading:
        inbox = await database.call(files.open_again, import_id)
        try:
            headed = await asyncio.to_thread(look_into, inbox / "source", sheet=sheet)
            await database.write(_take_sheet, actor, import_id, headed, inbox)
        finally:
            await database.call(files.drop, inbox)


def _take_sheet(session: Session, actor: Actor, import_id: int, headed: Headed, inbox: Path) -> None:
    service.choose_sheet(session, actor, import_id=import_id, headed=headed)
    files.take_rows(inbox, import_id)


class Importing(rx.State):
    """`/import?id=12`."""

    run: RunView = NO_RUN
    job: JobView = NO_JOB
    runs: list[RunLine] = []
    step: str = "file"
    """file, map, check, done: which of the four is shown."""
    address: str = ""
    loads: int = 0

    @requires(P, loads_page=True)
    async def load(self, actor: Actor):
        """Show the import that the address names."""
        self.step = "file"
        asked = row_id(self.router.url.query_parameters.get("id", ""))
        await self._show(actor, asked)
        self.loads += 1
        await self._lists(actor)

    @requires(P)
    async def refresh(self, actor: Actor):
        """Its job went on."""
        if not live.shows(self, routes.IMPORT):
            return
        ran = self.job.open
        await self._show(actor, self.run.id)
        if ran and not self.job.open:
            await self._lists(actor)

    @requires(P)
    async def received(self, actor: Actor, import_id: int):
        """A file has arrived over HTTP: go on with it."""
        await self._show(actor, import_id)
        await self._lists(actor)

    @requires(P)
    async def open(self, actor: Actor, import_id: int):
        """Go on with a former import; 0: bring another file."""
        await self._show(actor, import_id)
        await self._lists(actor)

    @requires(P)
    async def go_to(self, actor: Actor, step: str):
        """Look at another step of this import, as far as it has come."""
        if step == "map" and self.run.columns:
            self.step = "map"
        elif step == "check" and self.run.step == "check":
            self.step = "check"

    @requires(P)
    async def choose_sheet(self, actor: Actor, sheet: int):
        """Read another sheet of the workbook."""
        if len(self.run.sheets) < 2:
            return
        await _turn_to_sheet(actor, self.run.id, max(0, min(sheet, 1000)))
        await self._show(actor, self.run.id)

    @requires(P)
    async def map_column(self, actor: Actor, column: int, target: str):
        """Let a column go somewhere else."""
        await get_database().write(service.map_column, actor, import_id=self.run.id, column=column, target=target[:60])
        await self._show(actor, self.run.id)

    @requires(P)
    async def choose_mode(self, actor: Actor, mode: str, key: str):
        """Say whether rows make customers or update those that a key names; empty: as before."""
        await get_database().write(service.choose_mode, actor, import_id=self.run.id, mode=mode[:20], key=key[:60])
        await self._show(actor, self.run.id)

    @requires(P)
    async def choose_default(self, actor: Actor, target: str, code: str):
        """Say what rows get that say nothing."""
        await get_database().write(
            service.choose_default, actor, import_id=self.run.id, target=target[:60], code=code[:60]
        )
        await self._show(actor, self.run.id)

    @requires(P)
    async def choose_value(self, actor: Actor, target: str, text: str, code: str):
        """Say which entry a text means."""
        await get_database().write(
            service.choose_value, actor, import_id=self.run.id, target=target[:60], text=text[:200], code=code[:60]
        )
        await self._show(actor, self.run.id)

    @requires(P)
    async def choose_policy(self, actor: Actor, bad_cells: str, twins: str, empty: str):
        """Say what becomes of wrong cells, of known customers, and of empty cells; empty: as before."""
        await get_database().write(
            service.choose_policy, actor, import_id=self.run.id, bad_cells=bad_cells, twins=twins, empty=empty
        )
        await self._show(actor, self.run.id)

    @requires(P)
    async def check(self, actor: Actor):
        """Have all rows checked."""
        await get_database().write(service.request_check, actor, kind=CHECK, import_id=self.run.id)
        await self._show(actor, self.run.id)

    @requires(P)
    async def confirm(self, actor: Actor):
        """Have the rows written."""
        await get_database().write(service.request_import, actor, kind=IMPORT, import_id=self.run.id)
        await self._show(actor, self.run.id)

    @requires(P)
    async def undo(self, actor: Actor):
        """Have the whole import taken back."""
        await get_database().write(service.request_undo, actor, kind=UNDO, import_id=self.run.id)
        await self._show(actor, self.run.id)

    @requires(P)
    async def cancel(self, actor: Actor):
        """Cancel what runs."""
        if self.job.id:
            await get_database().write(job_service.cancel_job, actor, job_id=self.job.id)
            await self._show(actor, self.run.id)

    @requires(P)
    async def discard(self, actor: Actor):
        """Forget this file."""
        import_id = self.run.id
        await get_database().write(service.discard_import, actor, import_id=import_id)
        await get_database().call(files.remove, import_id)
        await self._show(actor, 0)
        await notify(self, "importing.discarded", kind="info")

    async def _show(self, actor: Actor, import_id: int) -> None:
        kinds = frozenset({job_rules.changed(actor.user_id)})
        live.watch(self, routes.IMPORT, kinds=kinds, then=Importing.refresh)
        # Here, not in the process beside: what a check found lies in files.
        ran = self.job.open
        run, job, runs = await get_database().read_here(read_page, actor, import_id)
        for name, value in (("run", run), ("job", job), ("runs", list(runs))):
            if getattr(self, name) != value:
                setattr(self, name, value)
        self.address = f"id={run.id}" if run.id else ""
        self._go_on(ended=ran and not job.open)

    def _go_on(self, *, ended: bool) -> None:
        """Show the step that it has come to; between columns and check a person goes as he likes."""
        reached = self.run.step
        if reached in ("map", "check"):
            if self.job.open:
                reached = "check" if self.run.stale or self.run.step == "map" else "done"
            elif reached == "check" and not ended and self.step in ("map", "check"):
                reached = self.step
        if reached != self.step:
            self.step = reached

    async def _lists(self, actor: Actor) -> None:
        found = await self.get_state(Found)
        await found._fill(actor, self.run)


class Found(rx.State):
    """What the check found, page by page."""

    problems: list[ProblemView] = []
    problem_page: int = 1
    problem_pages: int = 1
    twins: list[TwinView] = []
    twin_page: int = 1
    twin_pages: int = 1

    @requires(P)
    async def turn_problems(self, actor: Actor, page: int):
        """Turn to a page of the wrong cells."""
        page_state = await self.get_state(Importing)
        self.problem_page = max(1, min(page, self.problem_pages))
        await self._fill(actor, page_state.run, keep=True)

    @requires(P)
    async def turn_twins(self, actor: Actor, page: int):
        """Turn to a page of those that are there already."""
        page_state = await self.get_state(Importing)
        self.twin_page = max(1, min(page, self.twin_pages))
        await self._fill(actor, page_state.run, keep=True)

    @requires(P)
    async def correct(self, actor: Actor, row: int, column: int, value: str):
        """Write something else into a cell."""
        page = await self.get_state(Importing)
        await get_database().write(
            service.correct_cell, actor, import_id=page.run.id, row=row, column=column, value=value
        )
        await page._show(actor, page.run.id)
        await self._fill(actor, page.run, keep=True)

    @requires(P)
    async def decide(self, actor: Actor, row: int, choice: str):
        """Say what becomes of one row that is there already."""
        page = await self.get_state(Importing)
        await get_database().write(service.decide_twin, actor, import_id=page.run.id, row=row, choice=choice[:20])
        await page._show(actor, page.run.id)
        await self._fill(actor, page.run, keep=True)

    async def _fill(self, actor: Actor, run: RunView, *, keep: bool = False) -> None:
        if not keep:
            self.problem_page = self.twin_page = 1
        self.problem_pages = max(1, -(-run.problems // views.PAGE))
        self.twin_pages = max(1, -(-run.twins // views.PAGE))
        if run.step not in ("map", "check") or not run.id:
            self.problems, self.twins = [], []
            return
        database = get_database()
        problems = await database.read_here(views.list_problem_views, actor, run.id, self.problem_page)
        twins = await database.read_here(views.list_twin_views, actor, run.id, self.twin_page)
        self.problems, self.twins = list(problems), list(twins)

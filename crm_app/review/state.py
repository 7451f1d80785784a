"""State of `/review`: whose list of which month it shows, confirming, and opening a month's review."""

from urllib.parse import urlencode

import reflex as rx

from crm_app.access.actor import Actor
from crm_app.access.arguments import Moment
from crm_app.access.guard import requires
from crm_app.access.permissions import Permission
from crm_app.access.state import notify, notify_undoable
from crm_app.background.rules import changed as job_changed
from crm_app.background.schemas import NO_JOB, JobView
from crm_app.background.state import get_view
from crm_app.core.db import get_database
from crm_app.core.errors import Refused
from crm_app.core.text import row_id
from crm_app.review import queries, service
from crm_app.review.jobs import OPEN
from crm_app.review.schemas import (
    Confirmed,
    Line,
    ListPage,
    ListQuery,
    Months,
    PersonLine,
    ReviewRow,
    Shown,
    Standing,
    Team,
)
from crm_app.ui import live, routes

UNDO = "review"
"""What messages of this page take back: a review's id, and the moment of the confirmation as its version."""
MINE, TEAM = "mine", "team"
_LIVE = frozenset({"customer", "follow_up", "anomaly", service.CHANGED})
P, E = Permission.CUSTOMER_VIEW, Permission.CUSTOMER_EDIT


class Reviews(rx.State):
    """`/review`: somebody's list, or how far everybody is."""

    months: Months = Months()
    month: str = ""
    current: bool = False
    """Whether people work at this one."""
    who: str = MINE
    """mine, team, or the id of an owner."""
    person: str = ""
    """The owner's name, where it is another one's list."""
    shown: str = Shown.OPEN
    page: int = 1
    pages: int = 1
    lines: list[Line] = []
    standing: Standing = Standing()
    people: list[PersonLine] = []
    nobodys: int = 0
    free: int = 0
    """How many of this page can be confirmed."""
    ticked: list[str] = []
    """Numbers of this page."""
    job: JobView = NO_JOB
    address: str = ""
    loads: int = 0
    _review: int = 0
    _month: str = ""
    """Of a review that is over, which the person chose; otherwise the page goes on to a new one."""

    @requires(P, loads_page=True, supersedes=True)
    async def load(self, actor: Actor):
        """Show what the address asks for."""
        asked = dict(self.router.url.query_parameters)
        page, shown = asked.get("page", ""), asked.get("show", "")
        self._month = asked.get("month", "")[:7]
        self.who = self._whose(actor, asked.get("who", _default(actor)))
        self.shown = shown if shown in tuple(Shown) else Shown.OPEN
        self.page = int(page) if page.isdecimal() and len(page) < 8 else 1
        self.ticked = []
        await self._fill(actor)
        self.loads += 1

    @requires(P)
    async def refresh(self, actor: Actor):
        """Somebody confirmed or saved, or a review was opened."""
        if live.shows(self, routes.REVIEW):
            await self._fill(actor)

    @requires(P, supersedes=True)
    async def choose_month(self, actor: Actor, month: str):
        """The review of another month."""
        self._month = month[:7]
        await self._anew(actor)

    @requires(P, supersedes=True)
    async def choose(self, actor: Actor, who: str):
        """One's own list, everybody's progress, or the list of an owner."""
        self.who, self.shown = self._whose(actor, who), Shown.OPEN
        await self._anew(actor)

    @requires(P, supersedes=True)
    async def show(self, actor: Actor, shown: str):
        """What is to be confirmed, or what is done."""
        self.shown = shown if shown in tuple(Shown) else Shown.OPEN
        await self._anew(actor)

    @requires(P)
    async def go_to(self, actor: Actor, page: int):
        """Turn to a page; beyond the end is the last one."""
        self.page, self.ticked = max(1, min(page, self.pages)), []
        await self._fill(actor)

    @requires(E)
    async def tick(self, actor: Actor, number: str, on: bool):
        """Choose a row of this page, or leave it out again."""
        chosen = {*self.ticked, number} if on else {*self.ticked} - {number}
        self.ticked = [one for one in self._free() if one in chosen]

    @requires(E)
    async def tick_all(self, actor: Actor, on: bool):
        """Choose all rows of this page that can be confirmed, or none."""
        self.ticked = self._free() if on else []

    def _free(self) -> list[str]:
        return [line.number for line in self.lines if line.may_confirm]

    def _whose(self, actor: Actor, who: str) -> str:
        """Another one's list, and the progress, are for whoever oversees reviews."""
        if actor.may(Permission.REVIEW_OPEN) and (who == TEAM or row_id(who)):
            return who if row_id(who) != actor.user_id else MINE
        return MINE

    def _owner(self, actor: Actor) -> int:
        return row_id(self.who) or actor.user_id

    async def _anew(self, actor: Actor) -> None:
        self.page, self.ticked = 1, []
        await self._fill(actor)

    async def _fill(self, actor: Actor) -> None:
        live.watch(self, routes.REVIEW, kinds=_LIVE | {job_changed(actor.user_id)}, then=Reviews.refresh)
        database = get_database()
        if self.job.id:
            view = await database.read(get_view, actor, self.job.id)
            self.job = view if view.open or view.message else NO_JOB
        self.months = await database.read(queries.get_months, actor)
        over = {one.value for one in self.months.choices} - {self.months.current}
        self._month = self._month if self._month in over else ""
        self.month = self._month or self.months.current
        review: ReviewRow | None = await database.read(queries.get_review, month=self.month) if self.month else None
        self._review, self.current = review.id if review else 0, bool(self.month) and not self._month
        if review is None:
            self.lines, self.people, self.standing, self.nobodys = [], [], Standing(), 0
        elif self.who == TEAM:
            self._show_team(await database.read_long(queries.get_team, actor, review))
        else:
            owner = self._owner(actor)
            query = ListQuery(owner, Shown(self.shown), self.page)
            self._show_list(await database.read(queries.get_list, actor, review, query=query))
        self._write_address(actor)

    def _show_team(self, team: Team) -> None:
        self.people, self.standing, self.nobodys = list(team.people), team.standing, team.nobodys
        self.lines, self.ticked, self.page, self.pages = [], [], 1, 1

    def _show_list(self, found: ListPage) -> None:
        self.lines, self.standing = list(found.lines), found.standing
        self.page, self.pages, self.people = found.page, found.pages, []
        self.person = found.owner
        can = set(self._free())
        self.free = len(can)
        self.ticked = [number for number in self.ticked if number in can]

    def _write_address(self, actor: Actor) -> None:
        parts = {
            "month": self._month,
            "who": self.who if self.who != _default(actor) else "",
            "show": self.shown if self.shown != Shown.OPEN else "",
            "page": str(self.page) if self.page > 1 else "",
        }
        self.address = urlencode({name: value for name, value in parts.items() if value})


class Confirming(rx.State):
    """What is done from the page: confirming, taking that back, and opening a month's review."""

    @requires(E)
    async def confirm(self, actor: Actor, number: str):
        """Say that this record is right."""
        page = await self.get_state(Reviews)
        name = next((line.name for line in page.lines if line.number == number), number)
        await self._confirm(actor, page, [number], name=name)

    @requires(E)
    async def confirm_ticked(self, actor: Actor):
        """Say so of the ticked ones: of those that nobody confirmed meanwhile."""
        page = await self.get_state(Reviews)
        if page.ticked:
            await self._confirm(actor, page, list(page.ticked))

    @requires(E)
    async def confirm_all(self, actor: Actor):
        """Say so of all of this list that are to be confirmed, on all pages."""
        page = await self.get_state(Reviews)
        asked = {"review_id": page._review, "owner_id": page._owner(actor)}
        try:
            done: Confirmed = await get_database().write(service.confirm_all, actor, **asked)
        except Refused:
            await page._fill(actor)
            raise
        await self._tell(actor, page, done, asked=done.done)

    @requires(E)
    async def undo(self, actor: Actor, review: int, moment: Moment):
        """Take back what a message told of."""
        count = await get_database().write(service.take_back, actor, review_id=review, moment=moment)
        await notify(self, "review.taken_back", n=count)
        await (await self.get_state(Reviews))._fill(actor)

    @requires(Permission.REVIEW_OPEN)
    async def open_month(self, actor: Actor):
        """Open the month's review."""
        page = await self.get_state(Reviews)
        try:
            job_id = await get_database().write(service.request_opening, actor, kind=OPEN)
        except service.AlreadyOpen as error:
            await notify(self, error.code, kind="info")
        else:
            page.job, page._month = JobView(id=job_id), ""
            await notify(self, "review.open.asked", kind="info")
        await page._fill(actor)

    async def _confirm(self, actor: Actor, page: Reviews, numbers: list[str], *, name: str = "") -> None:
        asked = {"review_id": page._review, "numbers": numbers}
        try:
            done: Confirmed = await get_database().write(service.confirm_customers, actor, **asked)
        except Refused:
            await page._fill(actor)
            raise
        await self._tell(actor, page, done, asked=len(numbers), name=name)

    async def _tell(self, actor: Actor, page: Reviews, done: Confirmed, *, asked: int, name: str = "") -> None:
        undo, rest = (done.review_id, done.moment), asked - done.done
        if name:
            await notify_undoable(self, "review.confirmed.one", undo=undo, of=UNDO, name=name)
        elif rest:
            await notify_undoable(self, "review.confirmed.some", undo=undo, of=UNDO, n=done.done, rest=rest)
        else:
            await notify_undoable(self, "review.confirmed", undo=undo, of=UNDO, n=done.done)
        await page._fill(actor)


def _default(actor: Actor) -> str:
    return TEAM if actor.may(Permission.REVIEW_OPEN) else MINE

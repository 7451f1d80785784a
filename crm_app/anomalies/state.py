"""State of the worklist: what it shows, and putting people in charge."""

from collections.abc import Mapping
from datetime import date
from urllib.parse import urlencode

import reflex as rx

from crm_app.access.actor import Actor
from crm_app.access.guard import requires
from crm_app.access.permissions import Permission
from crm_app.access.state import notify, notify_undoable
from crm_app.anomalies import queries, service
from crm_app.anomalies.schemas import (
    Assigned,
    Assignment,
    Code,
    Former,
    KindCount,
    PersonChoice,
    WorkLine,
    WorkPage,
    WorkQuery,
)
from crm_app.catalogue import say
from crm_app.core.days import parse_day
from crm_app.core.db import get_database
from crm_app.core.errors import Refused
from crm_app.core.problems import Invalid, Problem
from crm_app.customers.queries import list_owners
from crm_app.ui import live, routes

_LIVE = frozenset({"customer", "follow_up", service.CHANGED})
_CODES = frozenset(code.value for code in Code)
P = Permission.CUSTOMER_VIEW
UNDO_ASSIGNMENT = "assignment"


class Anomalies(rx.State):
    """`/anomalies`: what is wrong with the records that one reaches."""

    whose: str = "mine"
    code: str = ""
    overdue: bool = False
    page: int = 1
    pages: int = 1
    total: int = 0
    late: int = 0
    """How many are overdue."""
    lines: list[WorkLine] = []
    kinds: list[KindCount] = []
    choices: list[str] = []
    """Whose there are to choose from."""
    ticked: list[int] = []
    address: str = ""
    loads: int = 0

    @requires(P, loads_page=True, supersedes=True)
    async def load(self, actor: Actor):
        """Show what the address asks for."""
        asked = dict(self.router.url.query_parameters)
        self.choices = list(queries.list_whose(actor))
        whose, page = asked.get("whose", ""), asked.get("page", "")
        self.whose = whose if whose in self.choices else "mine"
        self.code = asked.get("kind", "") if asked.get("kind", "") in _CODES else ""
        self.overdue = asked.get("overdue", "") == "1"
        self.page = int(page) if page.isdecimal() and len(page) < 8 else 1
        self.ticked = []
        await self._fill(actor)
        self.loads += 1

    @requires(P)
    async def refresh(self, actor: Actor):
        """Something was changed, or time passed."""
        if live.shows(self, routes.ANOMALIES):
            await self._fill(actor)

    @requires(P, supersedes=True)
    async def choose_whose(self, actor: Actor, whose: str):
        """Mine, those of my department, or all that I reach."""
        self.whose = whose if whose in queries.list_whose(actor) else "mine"
        await self._anew(actor)

    @requires(P, supersedes=True)
    async def choose_kind(self, actor: Actor, code: str):
        """One kind, or all with an empty one."""
        self.code = code if code in _CODES else ""
        await self._anew(actor)

    @requires(P, supersedes=True)
    async def show_overdue(self, actor: Actor, on: bool):
        """Only those whose day has passed."""
        self.overdue = on
        await self._anew(actor)

    @requires(P)
    async def go_to(self, actor: Actor, page: int):
        """Turn to a page; beyond the end is the last one."""
        self.page, self.ticked = max(1, min(page, self.pages)), []
        await self._fill(actor)

    @requires(P)
    async def tick(self, actor: Actor, anomaly: int, on: bool):
        """Choose a row of this page, or leave it out again."""
        chosen = {*self.ticked, anomaly} if on else {*self.ticked} - {anomaly}
        self.ticked = [line.id for line in self.lines if line.id in chosen]

    @requires(P)
    async def tick_all(self, actor: Actor, on: bool):
        """Choose all rows of this page, or none."""
        self.ticked = [line.id for line in self.lines] if on else []

    async def _anew(self, actor: Actor) -> None:
        self.page, self.ticked = 1, []
        await self._fill(actor)

    async def _fill(self, actor: Actor) -> None:
        live.watch(self, routes.ANOMALIES, kinds=_LIVE, then=Anomalies.refresh)
        query = WorkQuery(self.whose, self.code, self.overdue, self.page)
        found: WorkPage = await get_database().read_long(queries.get_worklist, actor, query=query)
        self.lines, self.kinds = list(found.lines), list(found.kinds)
        self.total, self.page, self.late = found.total, found.page, found.overdue
        self.pages = max(1, -(-found.total // queries.SIZE))
        here = {line.id for line in found.lines}
        self.ticked = [one for one in self.ticked if one in here]
        parts = {
            "whose": self.whose if self.whose != "mine" else "",
            "kind": self.code,
            "overdue": "1" if self.overdue else "",
            "page": str(self.page) if self.page > 1 else "",
        }
        self.address = urlencode({name: value for name, value in parts.items() if value})


class Assigning(rx.State):
    """The question who shall put anomalies right, and until when."""

    is_open: bool = False
    count: int = 0
    who: str = service.OWNER
    due: str = ""
    people: list[PersonChoice] = []
    problems: dict[str, str] = {}
    epoch: int = 0
    attempt: int = 0
    _seen: Mapping[int, int] = {}
    _former: tuple[Former, ...] = ()
    """Before what was done last here; by `attempt` of then it is taken back."""

    @requires(Permission.CUSTOMER_ASSIGN)
    async def open(self, actor: Actor, anomaly: int):
        """Ask for one row, or with 0 for the ticked ones."""
        page = await self.get_state(Anomalies)
        wanted = {anomaly} if anomaly else set(page.ticked)
        self._seen = {line.id: line.version for line in page.lines if line.id in wanted}
        if not self._seen:
            return
        owners = await get_database().read(list_owners, actor, Permission.CUSTOMER_ASSIGN)
        first = PersonChoice(service.OWNER, say(actor.language, "anomalies.assign.owner"))
        self.people = [first, *(PersonChoice(str(one.id), f"{one.name} · {one.department}") for one in owners)]
        self.count, self.who, self.due, self.problems = len(self._seen), service.OWNER, "", {}
        self.epoch += 1
        self.is_open = True

    @requires(Permission.CUSTOMER_ASSIGN)
    async def show(self, actor: Actor, is_open: bool):
        """Close it, by Esc or a click beside it."""
        self.is_open = self.is_open and is_open

    @requires(Permission.CUSTOMER_ASSIGN)
    async def type(self, actor: Actor, field: str, value: str):
        """Who, or until when."""
        if field in ("who", "due"):
            setattr(self, field, value[:40])
            self.problems = {name: text for name, text in self.problems.items() if name != field}

    @requires(Permission.CUSTOMER_ASSIGN)
    async def save(self, actor: Actor):
        """Put that person in charge."""
        page = await self.get_state(Anomalies)
        try:
            asked = Assignment(tuple(self._seen.items()), self.who, _day(self.due))
            done: Assigned = await get_database().write(service.assign, actor, asked=asked)
        except Invalid as error:
            self.problems = {name: say(actor.language, one.code, **one.params) for name, one in error.problems.items()}
            self.attempt += 1
            return
        except Refused:
            self.is_open = False
            await page._fill(actor)
            raise
        self.is_open = False
        page.ticked = []
        await page._fill(actor)
        self._former, self.attempt = done.former, self.attempt + 1
        text = "anomalies.unassigned" if not self.who else f"anomalies.assigned{'.some' if done.refused else ''}"
        how = {"kind": "info"} if done.refused else {}
        undo = (self.attempt, 1) if done.done else (0, 0)
        await notify_undoable(self, text, undo=undo, of=UNDO_ASSIGNMENT, n=done.done, refused=done.refused, **how)

    @requires(Permission.CUSTOMER_ASSIGN)
    async def undo(self, actor: Actor, record_id: int, version: int):
        """Take back what the message told of, once; what somebody changed since stays."""
        former = self._former if record_id == self.attempt else ()
        self._former = ()
        done = await get_database().write(service.take_back, actor, former=former)
        await (await self.get_state(Anomalies))._fill(actor)
        if done < len(former) or not former:
            await notify(self, "anomalies.undone.some", kind="info", n=done, left=len(former) - done)
        else:
            await notify(self, "anomalies.undone", n=done)


def _day(text: str) -> date | None:
    """Raises Invalid."""
    day = parse_day(text)
    if isinstance(day, Problem):
        raise Invalid({"due": day})
    return day

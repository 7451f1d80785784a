"""State of the dashboard: filters, key figures, charts."""

import asyncio
import dataclasses
from collections.abc import Callable, Hashable
from datetime import date
from typing import Any, TypeAlias
from urllib.parse import urlencode

import reflex as rx
from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.guard import requires
from crm_app.access.permissions import Permission, Reach
from crm_app.access.state import notify
from crm_app.analysis import queries
from crm_app.analysis.rules import charts, questions
from crm_app.analysis.rules.tiles import make_tiles
from crm_app.analysis.rules.wording import Wording
from crm_app.analysis.schemas import Figures, Filters, Question, Tile, Totals
from crm_app.core import clock
from crm_app.core.changes import Change
from crm_app.core.db import get_database
from crm_app.core.settings import get_settings
from crm_app.core.shared import Latest, Shared, Untouched
from crm_app.core.vocabulary import OptionList
from crm_app.options.queries import labels, list_options
from crm_app.ui import live, routes
from crm_app.ui.figures import Chart

Choices: TypeAlias = tuple[list["FilterChoice"], list["FilterChoice"], list["FilterChoice"]]
"""Departments, owners, industries."""

KINDS = frozenset({"customer", "follow_up", "level_change", "collaborator", "option", live.MINUTE})
"""The changes that can change a figure."""


_MOST_LOOKED_UP = 500
"""After a change of more customers than that everybody's figures are counted again without asking."""

CHARTS: dict[str, Callable[[Figures, Wording], Chart]] = {
    "growth": charts.growth_chart,
    "level": charts.level_chart,
    "source": charts.source_chart,
    "industries": charts.industry_chart,
    "sales": charts.sales_chart,
    "method": charts.method_chart,
    "activity": charts.activity_chart,
}
"""By the name of the state's var: each is sent only when it changed."""


@dataclasses.dataclass(frozen=True, slots=True)
class FilterChoice:
    """An entry of a filter's drop-down list."""

    value: str
    label: str


@dataclasses.dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows for one question of one reach in one language; shared by all tabs that ask it."""

    compared: str
    nothing: bool
    """Whether there is no customer at all that the reader reaches."""
    tiles: tuple[Tile, ...]
    charts: dict[str, Chart]


_figures: Shared[Hashable, tuple[Figures, Totals]] = Shared()
_shown: Shared[Hashable, Shown] = Shared()
_choices: Shared[Hashable, Choices] = Shared()
_latest: Latest[Hashable, tuple[Shown, Choices]] = Latest()
"""What was shown last, however old: until it is counted anew."""


class Dashboard(rx.State):
    """The page /dashboard. The address follows the filters; loading and going back read it."""

    period: str = questions.DEFAULT_PERIOD
    department: str = ""
    owner: str = ""
    industry: str = ""
    picking: bool = False
    """Whether the days of an own period are being chosen."""
    first_day: str = ""
    last_day: str = ""
    address: str = ""
    """The query of the page's address."""
    loads: int = 0
    """How often the address was read: `ui.browser.AddressSync` tells by it what a person changed."""
    compared: str = ""
    nothing: bool = False
    tiles: list[Tile] = []
    growth: Chart = Chart()
    level: Chart = Chart()
    source: Chart = Chart()
    industries: Chart = Chart()
    sales: Chart = Chart()
    method: Chart = Chart()
    activity: Chart = Chart()
    department_choices: list[FilterChoice] = []
    owner_choices: list[FilterChoice] = []
    industry_choices: list[FilterChoice] = []

    @requires(Permission.DASHBOARD_VIEW, loads_page=True)
    async def load(self, actor: Actor):
        """Show what the address asks for."""
        filters, understood = questions.read_filters(dict(self.router.url.query_parameters), today=_today())
        if not understood:
            await notify(self, "analysis.filter.nonsense", kind="info")
        self.picking = False
        self.loads += 1
        look = await self._settle(actor, filters)
        if known := _latest.get(look.key):
            # Whoever comes back sees at once what was counted last, and then what became of it.
            self._put(look, *known)
            yield
        await self._show(look)

    @requires(Permission.DASHBOARD_VIEW, supersedes=True)
    async def choose_period(self, actor: Actor, period: str):
        """A period by name; "custom" first asks for its days."""
        self.picking = period == "custom"
        if not self.picking:
            await self._filter(actor, period=period)

    @requires(Permission.DASHBOARD_VIEW, supersedes=True)
    async def choose_days(self, actor: Actor, days: dict[str, str]):
        """A period by its first and last day."""
        await self._filter(actor, period=f"{days.get('first', '')}..{days.get('last', '')}")

    @requires(Permission.DASHBOARD_VIEW, supersedes=True)
    async def choose_department(self, actor: Actor, department: str):
        """The customers of one department and those below it; of all for an empty one."""
        await self._filter(actor, department=department)

    @requires(Permission.DASHBOARD_VIEW, supersedes=True)
    async def choose_owner(self, actor: Actor, owner: str):
        """The customers of one owner; of all for an empty one."""
        await self._filter(actor, owner=owner)

    @requires(Permission.DASHBOARD_VIEW, supersedes=True)
    async def choose_industry(self, actor: Actor, industry: str):
        """The customers of one industry; of all for an empty one."""
        await self._filter(actor, industry=industry)

    @requires(Permission.DASHBOARD_VIEW, supersedes=True)
    async def clear(self, actor: Actor):
        """All filters at their default."""
        self.picking = False
        await self._filter(actor, period="", department="", owner="", industry="")

    @requires(Permission.DASHBOARD_VIEW)
    async def refresh(self, actor: Actor):
        """Somebody saved: show the figures as they are now."""
        if live.shows(self, routes.DASHBOARD):
            await self._filter(actor)

    async def _filter(self, actor: Actor, **changed: str) -> None:
        asked = {
            "period": self.period,
            "department": self.department,
            "owner": self.owner,
            "industry": self.industry,
        } | changed
        filters, understood = questions.read_filters(asked, today=_today())
        if not understood:
            await notify(self, "analysis.filter.range", kind="error")
            return
        await self._show(await self._settle(actor, filters))

    async def _settle(self, actor: Actor, filters: Filters) -> "Look":
        """The filters as far as the actor may use them."""
        departments: tuple[int, ...] = ()
        if filters.department:
            departments = await get_database().read(queries.list_departments_below, actor, filters.department)
            if not departments:
                await notify(self, "analysis.filter.nonsense", kind="info")
                filters = dataclasses.replace(filters, department=0)
        return Look(actor, filters, departments)

    async def _show(self, look: "Look") -> None:
        live.watch(self, routes.DASHBOARD, kinds=KINDS, then=Dashboard.refresh)
        shown, choices = await asyncio.gather(_count(look), _offer(look.actor))
        _latest.put(look.key, (shown, choices))
        self._put(look, shown, choices)

    def _put(self, look: "Look", shown: Shown, choices: Choices) -> None:
        filters, (offered, owners, industries) = look.filters, choices
        first, last = filters.period.start, filters.period.end_exclusive
        values: dict[str, Any] = {
            "period": filters.period.key,
            "department": str(filters.department or ""),
            "owner": str(filters.owner or ""),
            "industry": filters.industry,
            "first_day": first.isoformat() if first else "",
            "last_day": date.fromordinal(last.toordinal() - 1).isoformat() if last else "",
            "address": urlencode(questions.write_filters(filters)),
            "compared": shown.compared,
            "nothing": shown.nothing,
            "tiles": list(shown.tiles),
            "department_choices": offered,
            "owner_choices": owners,
            "industry_choices": industries,
        } | shown.charts
        # Only what is different goes over the wire.
        for name, value in values.items():
            if getattr(self, name) != value:
                setattr(self, name, value)


def _today() -> date:
    return clock.local_today(tz=get_settings().zone)


class Look:
    """Who asks what, made definite at this moment."""

    def __init__(self, actor: Actor, filters: Filters, departments: tuple[int, ...]) -> None:
        self.actor, self.filters = actor, filters
        self.question = questions.make_question(
            filters, now=clock.utcnow(), tz=get_settings().zone, departments=departments
        )
        self.key: Hashable = (queries.reach_key(actor), filters, self.question, actor.language)
        """The same for all who would see the same at the same moment."""


async def _count(look: Look) -> Shown:
    """The page's content, computed once for all who would see the same."""
    actor, question = look.actor, look.question
    asked = (queries.reach_key(actor), question, _while_kept(actor))

    async def count() -> tuple[Figures, Totals]:
        database = get_database()
        if queries.is_few(actor, question):
            return await database.read_long(queries.measure_both, actor, question)
        return await asyncio.gather(
            database.read_long(queries.measure, actor, question),
            database.read_long(queries.measure_before, actor, question),
        )

    async def word() -> Shown:
        counted = await _figures.get(asked, count, untouched=_elsewhere(actor, _may_change_figures))
        return await get_database().read(_word, look.filters, question, language=actor.language, counted=counted)

    return await _shown.get((look.key, _while_kept(actor)), word, untouched=_elsewhere(actor, _may_change_figures))


async def _offer(actor: Actor) -> Choices:
    """What the filters' drop-down lists offer."""
    asked = (queries.reach_key(actor), actor.language, _while_kept(actor))
    return await _choices.get(
        asked,
        lambda: get_database().read_long(_list_choices, actor),
        untouched=_elsewhere(actor, _may_change_owners),
    )


def _sees_all(actor: Actor) -> bool:
    return actor.reach(Permission.DASHBOARD_VIEW) in (None, Reach.ALL)


def _may_change_figures(change: Change) -> bool:
    return not change.kind.startswith(("task", "session:", "job:", "saved_view"))


def _may_change_owners(change: Change) -> bool:
    return _may_change_figures(change) and not change.same_reach


def _elsewhere(actor: Actor, matters: Callable[[Change], bool]) -> Untouched:
    """Tells whether changes don't matter, or happened outside of the actor's reach.

    Without it a save of one would be counted again for each of fifty people with figures of their own.
    """

    async def look(batch: tuple[Change, ...]) -> bool:
        batch = tuple(filter(matters, batch))
        if not batch:
            return True
        if _sees_all(actor):
            return False
        ids = frozenset(change.customer_id for change in batch if change.customer_id and change.same_reach)
        if len(ids) > _MOST_LOOKED_UP or any(not (c.customer_id and c.same_reach) for c in batch):
            return False
        return not ids or not await get_database().read(queries.reaches_any, actor, ids)

    return look


def _while_kept(actor: Actor) -> int:
    """Changes with the time: another process may write as well, and nobody here hears of it.

    What it changed shows with the next minute at the latest; to those with figures of their own within five minutes,
    so that not all of these are counted at the same full minute.
    """
    minute = int(clock.utcnow().timestamp()) // 60
    return minute if _sees_all(actor) else (minute + actor.user_id) // 5


def _word(
    session: Session, filters: Filters, question: Question, *, language: str, counted: tuple[Figures, Totals]
) -> Shown:
    figures, before = counted
    end, filtered = filters.period.end_exclusive, filters.owner or filters.industry or filters.department
    words = Wording(language, labels(session, language), filters, question, _today())
    return Shown(
        compared=words.compared(),
        nothing=not (filtered or figures.stock.customers) and end is not None and end > _today(),
        tiles=make_tiles(figures, before, words),
        charts={name: make(figures, words) for name, make in CHARTS.items()},
    )


def _list_choices(session: Session, actor: Actor) -> Choices:
    departments = [FilterChoice(str(key), name) for key, name in queries.list_departments(session, actor)]
    owners = [FilterChoice(str(user_id), name) for user_id, name in queries.list_owners(session, actor)]
    industries = [
        FilterChoice(option.code, option.label(actor.language))
        for option in list_options(session, OptionList.INDUSTRY, include_retired=True)
    ]
    return departments, owners, industries

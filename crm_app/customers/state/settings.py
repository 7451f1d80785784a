"""State of the page 「编号与分级」: what the administrator decides about all customers (R1.1, R1.4)."""

from decimal import Decimal

import reflex as rx
from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.guard import requires
from crm_app.access.permissions import Permission
from crm_app.access.state import notify
from crm_app.catalogue import say
from crm_app.core.clock import local_today, utcnow
from crm_app.core.db import get_database
from crm_app.core.errors import Refused
from crm_app.core.problems import Invalid, Problem
from crm_app.core.settings import get_settings
from crm_app.customers import jobs, queries, rules, service
from crm_app.customers.service.settings import CHANGE
from crm_app.ui import live, routes

_EXAMPLES = (("MFG", 1), ("ITS", 27), ("RET", 1000))
"""Industry and counter of the numbers that show what a pattern makes."""


def read_settings(session: Session) -> tuple[str, dict[str, str]]:
    """The pattern of numbers, and the yuan of each grade."""
    thresholds = queries.get_grade_thresholds(session)
    return queries.get_number_pattern(session).text, {
        grade: format(amount, "f") for grade, amount in thresholds.items()
    }


class RecordSettings(rx.State):
    """What is in force, and what is typed."""

    opened: bool = False
    pattern: str = ""
    examples: list[str] = []
    """What the typed pattern makes; empty while it makes nothing."""
    amounts: dict[str, str] = {"A": "", "B": ""}
    problems: dict[str, str] = {}
    first: str = ""
    attempt: int = 0
    epoch: int = 0
    _pattern: str = ""
    _thresholds: dict[str, str] = {}

    @requires(Permission.SYSTEM_ADMIN, loads_page=True, supersedes=True)
    async def load(self, actor: Actor):
        """Show what is in force."""
        await self._fill(actor.language)
        self.opened = True

    @requires(Permission.SYSTEM_ADMIN)
    async def refresh(self, actor: Actor):
        """Somebody changed a setting; what is being typed here stays."""
        if live.shows(self, routes.RECORD_SETTINGS) and not self._is_typed():
            await self._fill(actor.language)

    @requires(Permission.SYSTEM_ADMIN)
    async def type_pattern(self, actor: Actor, value: str):
        """Show what numbers would look like."""
        self.pattern = value[:200]
        self._forgive("pattern")
        self._preview(actor.language)

    @requires(Permission.SYSTEM_ADMIN)
    async def use_default(self, actor: Actor):
        """Put the pattern there that every company begins with; nothing is saved."""
        self.pattern, self.epoch = rules.DEFAULT_PATTERN, self.epoch + 1
        self._forgive("pattern")
        self._preview(actor.language)

    @requires(Permission.SYSTEM_ADMIN)
    async def type_amount(self, actor: Actor, grade: str, value: str):
        """Keep what is typed."""
        if grade in self.amounts:
            self.amounts = self.amounts | {grade: value[:40]}
            self._forgive(grade)

    @requires(Permission.SYSTEM_ADMIN)
    async def save_pattern(self, actor: Actor):
        """Number new customers so."""
        if await self._save(actor, service.set_number_pattern, pattern=self.pattern, before=self._pattern):
            await notify(self, "customers.settings.saved", example=self.examples[0])

    @requires(Permission.SYSTEM_ADMIN)
    async def save_grades(self, actor: Actor):
        """Grade by these amounts, all customers at once."""
        if await self._save(actor, service.set_grade_thresholds, raws=self.amounts, before=self._thresholds):
            count = await get_database().write(jobs.refresh_value_grades, utcnow())
            await notify(self, "customers.settings.graded", n=count)

    async def _save(self, actor: Actor, use_case: object, /, **asked: object) -> bool:
        try:
            await get_database().write(use_case, actor, **asked)  # type: ignore[arg-type]
        except Invalid as invalid:
            self.problems = {
                name: say(actor.language, problem.code, **problem.params) for name, problem in invalid.problems.items()
            }
            self.first, self.attempt = f"setting_{next(iter(invalid.problems))}", self.attempt + 1
            return False
        except Refused:
            await self._fill(actor.language)
            raise
        await self._fill(actor.language)
        return True

    async def _fill(self, language: str) -> None:
        live.watch(self, routes.RECORD_SETTINGS, kinds=frozenset({CHANGE}), then=RecordSettings.refresh)
        self._pattern, self._thresholds = await get_database().read(read_settings)
        self.pattern, self.problems = self._pattern, {}
        self.amounts = {grade: _shown(amount) for grade, amount in self._thresholds.items()}
        self.epoch += 1
        self._preview(language)

    def _is_typed(self) -> bool:
        shown = {grade: _shown(amount) for grade, amount in self._thresholds.items()}
        return (self.pattern, self.amounts) != (self._pattern, shown)

    def _preview(self, language: str) -> None:
        parsed = rules.parse_pattern(self.pattern.strip())
        if isinstance(parsed, Problem):
            self.examples = []
            self.problems = self.problems | {"pattern": say(language, parsed.code, **parsed.params)}
            return
        today = local_today(tz=get_settings().zone)
        made = [parsed.format(industry=industry, on=today, seq=seq) for industry, seq in _EXAMPLES]
        self.examples = list(dict.fromkeys(made))

    def _forgive(self, name: str) -> None:
        self.problems = {key: text for key, text in self.problems.items() if key != name}


def _shown(amount: str) -> str:
    return f"{Decimal(amount):,.2f}".removesuffix(".00")

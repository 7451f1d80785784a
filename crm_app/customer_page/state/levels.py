"""「变更等级」 (R6.5)."""

import reflex as rx

from crm_app.access.actor import Actor
from crm_app.access.guard import requires
from crm_app.access.permissions import Permission
from crm_app.access.state import notify
from crm_app.catalogue import say
from crm_app.core.db import get_database
from crm_app.core.errors import Conflict
from crm_app.core.problems import Invalid
from crm_app.customer_page import rules
from crm_app.customer_page.state.record import CustomerPage, here, of_one_customer
from crm_app.customers import service as record


@of_one_customer
class Levels(rx.State):
    """「变更等级」: a small step that asks for just what the rule needs (R6.5)."""

    is_open: bool = False
    to: str = ""
    form: dict[str, str] = {}
    problems: dict[str, str] = {}
    first: str = ""
    attempt: int = 0
    epoch: int = 0
    done: int = 0
    """Grows when the step is taken or given up: what was kept of it is forgotten."""
    _version: int = 0

    @requires(Permission.CUSTOMER_EDIT)
    async def open(self, actor: Actor):
        """Open the step; the first possible level is chosen when there is just one."""
        page = await self.get_state(CustomerPage)
        steps = page.view.steps
        self.to = steps[0] if len(steps) == 1 else ""
        self.form, self.problems, self.epoch = {}, {}, self.epoch + 1
        self._version, self.is_open = page.view.version, True

    @requires(Permission.CUSTOMER_EDIT)
    async def show(self, actor: Actor, is_open: bool):
        """The dialog was closed by Esc or a click beside it: what was typed is kept for its next opening."""
        self.is_open = is_open and self.is_open

    @requires(Permission.CUSTOMER_EDIT)
    async def give_up(self, actor: Actor):
        """Close the step and forget what was typed."""
        self.is_open = False
        self.done += 1

    @requires(Permission.CUSTOMER_EDIT)
    async def choose(self, actor: Actor, to: str):
        """The level that it becomes."""
        self.to, self.problems = to, {}

    @requires(Permission.CUSTOMER_EDIT)
    async def type(self, actor: Actor, field: str, value: str):
        """Keep what is typed."""
        if field in ("deal_amount", "deal_on", "contract_number", "loss_reason", "note"):
            self.form = self.form | {field: value}
            self.problems = {name: text for name, text in self.problems.items() if name != field}

    @requires(Permission.CUSTOMER_EDIT)
    async def save(self, actor: Actor):
        """Take the step; told by whom when the level changed meanwhile."""
        page = await self.get_state(CustomerPage)
        try:
            await get_database().write(
                record.change_level, actor, number=here(self), to_level=self.to, version=self._version, **self.form
            )
        except Invalid as invalid:
            self.problems = {
                name: say(actor.language, problem.code, **problem.params) for name, problem in invalid.problems.items()
            }
            self.first, self.attempt = next(iter(invalid.problems)), self.attempt + 1
            return
        except Conflict as conflict:
            clash = rules.clash_of(conflict, raw="", options={}, language=actor.language)
            said = {"by": clash.by, "at": clash.at, "theirs": clash.theirs}
            self.problems = {"level": say(actor.language, "customer_page.clash.level", **said)}
            await page._refresh(actor)
            self._version = page.view.version
            return
        self.is_open = False
        self.done += 1
        await page._refresh(actor)
        await notify(self, "customer_page.level.saved", level=say(actor.language, f"level.{self.to}"))

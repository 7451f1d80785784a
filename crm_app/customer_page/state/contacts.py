"""Showing a contact in full, and editing contacts (R1.3, R10.3)."""

import dataclasses
from typing import Any

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
from crm_app.customer_page.schemas import ContactCard
from crm_app.customer_page.state.record import CustomerPage, here, of_one_customer
from crm_app.customers import queries
from crm_app.customers import rules as record_rules
from crm_app.customers import service as record
from crm_app.customers.schemas import ContactInput, Decision
from crm_app.customers.service import DuplicatesFound, FormConflict
from crm_app.customers.state import (
    ClashLine,
    OwnView,
    clash_line,
    label_key,
    own_views,
    read_decisions,
    undecided,
)

_PREFIX = "contact."
"""Begins the names of a contact's fields in the history, and so in conflicts."""


@of_one_customer
class Contacts(rx.State):
    """Showing a contact in full, and editing contacts (R1.3, R10.3)."""

    form_open: bool = False
    editing: int = 0
    """The contact in the form; 0 for a new one."""
    is_main: bool = False
    form: dict[str, str] = {}
    own: list[OwnView] = []
    """The fields that the company added to contacts and that the person may fill in."""
    hints: dict[str, str] = {}
    """What stands in each field now, masked, where the person had it not shown in full."""
    problems: dict[str, str] = {}
    first: str = ""
    attempt: int = 0
    epoch: int = 0
    done: int = 0
    """Grows when the form is saved or given up: what was kept of it is forgotten."""
    notice: str = ""
    """What has to be confirmed by saving once more."""
    clashes: list[ClashLine] = []
    """What others changed too; the person decides field by field."""
    open_question: bool = False
    notes: dict[str, str] = {}
    """By field: whose value will stay, where it is not the one in the field."""
    removing: bool = False
    _before: dict[str, str] = {}
    _version: int = 0
    _confirmed: bool = False
    _conflicts: tuple[Conflict, ...] = ()
    _decisions: dict[str, Decision] = {}

    @requires(Permission.CUSTOMER_REVEAL)
    async def reveal(self, actor: Actor, contact_id: int):
        """Show one contact in full; the audit log gets its entry in the same transaction."""
        page = await self.get_state(CustomerPage)
        full = await get_database().write(record.reveal_contact, actor, number=here(self), contact_id=contact_id)
        page._revealed = page._revealed | {contact_id: full}
        await page._refresh(actor)

    @requires(Permission.CUSTOMER_VIEW)
    async def hide(self, actor: Actor, contact_id: int):
        """Mask it again."""
        page = await self.get_state(CustomerPage)
        page._revealed = {key: value for key, value in page._revealed.items() if key != contact_id}
        await page._refresh(actor)

    @requires(Permission.CUSTOMER_EDIT)
    async def open_form(self, actor: Actor, contact_id: int, version: int = 0):
        """Open the form; 0 for a new contact. `version` is that on which what the browser kept of it was begun."""
        page = await self.get_state(CustomerPage)
        card = next((card for card in page.view.contacts if card.id == contact_id), None)
        if contact_id and card is None:
            return  # Removed by somebody else meanwhile.
        await self._offer_own(actor, card)
        names = (*record_rules.CONTACT_FIELDS, *self._own_keys())
        self._before = dict.fromkeys(names, "")
        self.hints = dict.fromkeys(names, "")
        if card is not None:
            open_fields = {"position": card.position, "preferred_channel": card.channel_code}
            shown = {name: getattr(card, name) for name in ("name", "mobile", "phone", "email", "birthday")}
            own = {fact.key: fact.raw for fact in card.own if fact.key in self._before}
            self._before |= open_fields | own | (shown if card.revealed else {})
            self.hints |= {} if card.revealed else shown
        self.form = dict(self._before) if card else self._before | {view.key: view.initial for view in self.own}
        self.editing, self.is_main = (contact_id, card.is_main) if card else (0, False)
        self._version = min(version, page.view.version) if version > 0 else page.view.version
        self._confirmed = False
        self._forget_clashes()
        self.problems, self.notice, self.removing = {}, "", False
        self.epoch += 1
        self.form_open = True

    @requires(Permission.CUSTOMER_EDIT)
    async def show_form(self, actor: Actor, is_open: bool):
        """The dialog was closed by Esc or a click beside it: what was typed is kept for its next opening."""
        self.form_open = is_open and self.form_open

    @requires(Permission.CUSTOMER_EDIT)
    async def give_up(self, actor: Actor):
        """Close the form and forget what was typed."""
        self.form_open = False
        self.done += 1

    @requires(Permission.CUSTOMER_EDIT)
    async def decide(self, actor: Actor, field: str, choice: str):
        """Whose value stays, of a field that somebody else changed too."""
        known = {line.field: line for line in self.clashes}
        decisions = read_decisions({f"choice.{field}": choice})
        if field not in known or field not in decisions:
            return
        self._decisions = self._decisions | decisions
        name, line = field.removeprefix(_PREFIX), known[field]
        self.notes = {key: text for key, text in self.notes.items() if key != name}
        if not decisions[field].mine:
            said = {"by": line.by, "theirs": line.theirs}
            self.notes = self.notes | {name: say(actor.language, "customers.edit.theirs_stays", **said)}
        self.open_question = bool(undecided(self._conflicts, self._decisions))

    @requires(Permission.CUSTOMER_EDIT)
    async def type(self, actor: Actor, field: str, value: str):
        """Keep what is typed."""
        if field in record_rules.CONTACT_FIELDS or field in self._own_keys():
            self.form = self.form | {field: value}
            self.problems = {name: text for name, text in self.problems.items() if name != field}

    @requires(Permission.CUSTOMER_EDIT)
    async def save(self, actor: Actor):
        """Save the form; an empty field whose value was masked stays as it is."""
        try:
            if self.editing:
                await get_database().write(
                    record.update_contact,
                    actor,
                    number=here(self),
                    contact_id=self.editing,
                    changes=self._changes(),
                    version=self._version,
                    confirmed_duplicates=self._confirmed,
                    seen={field: one.version for field, one in self._decisions.items() if one.mine},
                )
            else:
                await get_database().write(
                    record.add_contact,
                    actor,
                    number=here(self),
                    contact=self._typed(),
                    confirmed_duplicates=self._confirmed,
                )
        except Invalid as invalid:
            await self._refuse(actor, invalid)
        except Conflict as conflict:
            await self._ask(actor, conflict.conflicts if isinstance(conflict, FormConflict) else (conflict,))
        except DuplicatesFound as found:
            clash = rules.duplicate_of(found.hints, field="contact", raw="", version=0, language=actor.language)
            self.notice = say(actor.language, "customer_page.duplicate.contact", theirs=clash.theirs)
            self._confirmed = True
        else:
            await self._done(actor, "customer_page.contact.saved")

    @requires(Permission.CUSTOMER_EDIT)
    async def make_main(self, actor: Actor, contact_id: int):
        """Make it the main contact."""
        await get_database().write(record.set_main_contact, actor, number=here(self), contact_id=contact_id)
        await self._done(actor, "customer_page.contact.main_now")

    @requires(Permission.CUSTOMER_EDIT)
    async def remove(self, actor: Actor):
        """Remove the contact in the form; the first click asks, the second does it."""
        if not self.removing:
            self.removing = True
            return
        await get_database().write(record.remove_contact, actor, number=here(self), contact_id=self.editing)
        await self._done(actor, "customer_page.contact.removed")

    def _typed(self) -> ContactInput:
        own = {key: self.form[key] for key in self._own_keys() if key in self.form}
        typed: dict[str, Any] = {name: self.form.get(name, "") for name in record_rules.CONTACT_FIELDS}
        return ContactInput(**typed, own=own)

    def _own_keys(self) -> list[str]:
        return [view.key for view in self.own]

    async def _offer_own(self, actor: Actor, card: ContactCard | None) -> None:
        offer = await get_database().read(queries.offer_contact_own, actor)
        present = {fact.key: fact.raw for fact in card.own} if card else {}
        self.own = own_views(offer.fields, offer.people, actor.language, present=present, names=offer.names)

    def _changes(self) -> dict[str, str]:
        """What the person changed, but for what he leaves to others."""
        theirs = {field.removeprefix(_PREFIX) for field, one in self._decisions.items() if not one.mine}
        return {
            name: value
            for name, value in self.form.items()
            if value != self._before.get(name, "") and name not in theirs
        }

    async def _ask(self, actor: Actor, conflicts: tuple[Conflict, ...]) -> None:
        """Both values of each field that two people changed; what the person typed he may see in full."""
        page = await self.get_state(CustomerPage)
        await page._refresh(actor)
        labels = {_PREFIX + "preferred_channel": {one.value: one.label for one in page.options.get("channel", ())}}
        labels |= {
            _PREFIX + view.key: {o["value"]: o["label"] for o in view.options} for view in self.own if view.options
        }
        called = {_PREFIX + view.key: view.label for view in self.own}
        lines = []
        for one in conflicts:
            label = called.get(one.field) or say(actor.language, label_key(one.field))
            line = clash_line(one, label, labels, actor.language)
            typed = self.form[one.field.removeprefix(_PREFIX)].strip()
            lines.append(line if one.field in labels or not typed else dataclasses.replace(line, mine=typed))
        self._conflicts, self.clashes = conflicts, lines
        self.open_question = bool(undecided(conflicts, self._decisions))

    def _forget_clashes(self) -> None:
        self.clashes, self.notes, self.open_question = [], {}, False
        self._conflicts, self._decisions = (), {}

    async def _refuse(self, actor: Actor, invalid: Invalid) -> None:
        """Tell each problem at its field; of a field that went away meanwhile, beside the form."""
        self.problems = {
            name: say(actor.language, problem.code, **problem.params) for name, problem in invalid.problems.items()
        }
        before = {view.key: view.label for view in self.own}
        page = await self.get_state(CustomerPage)
        await self._offer_own(actor, next((card for card in page.view.contacts if card.id == self.editing), None))
        names = (*record_rules.CONTACT_FIELDS, *self._own_keys())
        self.form = {name: self.form.get(name, "") for name in names}
        if gone := next((key for key in before if key in invalid.problems and key not in names), ""):
            await notify(self, "fields.problem.gone", kind="error", label=before[gone])
        self.first = next((name for name in names if name in invalid.problems), "")
        self.attempt += 1

    async def _done(self, actor: Actor, message: str) -> None:
        page = await self.get_state(CustomerPage)
        page._revealed = {key: value for key, value in page._revealed.items() if key != self.editing}
        self.form_open = False
        self.done += 1
        await page._refresh(actor)
        await notify(self, message)

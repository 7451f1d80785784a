"""Showing a contact in full, and editing contacts (R1.3, R10.3)."""

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
from crm_app.customers import rules as record_rules
from crm_app.customers import service as record
from crm_app.customers.schemas import ContactInput
from crm_app.customers.service import DuplicatesFound


@of_one_customer
class Contacts(rx.State):
    """Showing a contact in full, and editing contacts (R1.3, R10.3)."""

    form_open: bool = False
    editing: int = 0
    """The contact in the form; 0 for a new one."""
    is_main: bool = False
    form: dict[str, str] = {}
    hints: dict[str, str] = {}
    """What stands in each field now, masked, where the person had it not shown in full."""
    problems: dict[str, str] = {}
    first: str = ""
    attempt: int = 0
    epoch: int = 0
    notice: str = ""
    """What has to be confirmed by saving once more."""
    removing: bool = False
    _before: dict[str, str] = {}
    _version: int = 0
    _confirmed: bool = False

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
    async def open_form(self, actor: Actor, contact_id: int):
        """Open the form; 0 for a new contact."""
        page = await self.get_state(CustomerPage)
        card = next((card for card in page.view.contacts if card.id == contact_id), None)
        names = tuple(record_rules.CONTACT_FIELDS)
        self._before = dict.fromkeys(names, "")
        self.hints = dict.fromkeys(names, "")
        if card is not None:
            open_fields = {"position": card.position, "preferred_channel": card.channel_code}
            shown = {name: getattr(card, name) for name in ("name", "mobile", "phone", "email", "birthday")}
            self._before |= open_fields | (shown if card.revealed else {})
            self.hints |= {} if card.revealed else shown
        self.form = dict(self._before)
        self.editing, self.is_main = (contact_id, card.is_main) if card else (0, False)
        self._version, self._confirmed = page.view.version, False
        self.problems, self.notice, self.removing = {}, "", False
        self.epoch += 1
        self.form_open = True

    @requires(Permission.CUSTOMER_EDIT)
    async def show_form(self, actor: Actor, is_open: bool):
        """The dialog was closed by Esc or a click beside it."""
        self.form_open = is_open and self.form_open

    @requires(Permission.CUSTOMER_EDIT)
    async def type(self, actor: Actor, field: str, value: str):
        """Keep what is typed."""
        if field in record_rules.CONTACT_FIELDS:
            self.form = self.form | {field: value}
            self.problems = {name: text for name, text in self.problems.items() if name != field}

    @requires(Permission.CUSTOMER_EDIT)
    async def save(self, actor: Actor):
        """Save the form; an empty field whose value was masked stays as it is."""
        changed = {name: value for name, value in self.form.items() if value != self._before.get(name, "")}
        try:
            if self.editing:
                await get_database().write(
                    record.update_contact,
                    actor,
                    number=here(self),
                    contact_id=self.editing,
                    changes=changed,
                    version=self._version,
                    confirmed_duplicates=self._confirmed,
                )
            else:
                contact = ContactInput(**self.form, is_main=False)
                await get_database().write(
                    record.add_contact,
                    actor,
                    number=here(self),
                    contact=contact,
                    confirmed_duplicates=self._confirmed,
                )
        except Invalid as invalid:
            self._refuse(actor, invalid)
        except Conflict as conflict:
            clash = rules.clash_of(conflict, raw="", options={}, language=actor.language)
            said = {"by": clash.by, "at": clash.at, "label": clash.label, "theirs": clash.theirs}
            self.notice = say(actor.language, "customer_page.clash.contact", **said)
            self._version = conflict.version
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

    def _refuse(self, actor: Actor, invalid: Invalid) -> None:
        self.problems = {
            name: say(actor.language, problem.code, **problem.params) for name, problem in invalid.problems.items()
        }
        self.first = next((name for name in record_rules.CONTACT_FIELDS if name in invalid.problems), "")
        self.attempt += 1

    async def _done(self, actor: Actor, message: str) -> None:
        page = await self.get_state(CustomerPage)
        page._revealed = {key: value for key, value in page._revealed.items() if key != self.editing}
        self.form_open = False
        await page._refresh(actor)
        await notify(self, message)

"""State of the page of one customer, split by what the person does there.

Each handler names the customer by the page's address; the services check its reach each time.
"""

import reflex as rx

from crm_app.access.actor import Actor
from crm_app.access.guard import requires
from crm_app.access.permissions import Permission
from crm_app.access.state import notify
from crm_app.catalogue import say
from crm_app.core import regions
from crm_app.core.db import get_database
from crm_app.core.errors import Conflict, CrmError
from crm_app.core.problems import Invalid
from crm_app.core.text import row_id
from crm_app.customer_page import queries, rules, service
from crm_app.customer_page.schemas import Clash, CustomerView, Fact, PageData, Refusal
from crm_app.customers import rules as record_rules
from crm_app.customers import service as record
from crm_app.customers.schemas import ContactInput, RevealedContact
from crm_app.customers.service import DuplicatesFound
from crm_app.timeline.queries import list_timeline, mark_days
from crm_app.timeline.schemas import Choice, TaskLine, TimelineEntry
from crm_app.timeline.state import FollowUpForm, TaskForm, WorkActions
from crm_app.ui import live, routes

LIVE = frozenset({"customer", "follow_up", "task"})
"""The kinds of changes that show on the page."""
KINDS = ("follow_up", "task", "level", "field")
PAGE = 50
_MOST_AT_ONCE = 500


def _here(state: rx.State) -> str:
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
    more: str = ""
    """Continues the timeline; empty at its end."""
    kind: str = ""
    _revealed: dict[int, RevealedContact] = {}

    @requires(Permission.CUSTOMER_VIEW, loads_page=True, supersedes=True)
    async def load(self, actor: Actor):
        """Fill the page; another customer than before begins it anew."""
        if not _here(self):
            return  # A push that came when the person had left already.
        if _here(self) != self.view.number:
            await self._begin()
        try:
            await self._refresh(actor)
        except CrmError:
            await self._begin()
            raise

    @requires(Permission.CUSTOMER_VIEW)
    async def refresh(self, actor: Actor):
        """Somebody changed this customer: look again, as if the page was opened, in case it is out of reach now."""
        return CustomerPage.load if _here(self) == self.view.number else None

    @requires(Permission.CUSTOMER_VIEW)
    async def filter_kind(self, actor: Actor, kind: str):
        """Show one kind of the timeline, or all with an empty one."""
        self.kind = kind if kind in KINDS else ""
        page = await get_database().read(list_timeline, actor, number=_here(self), kinds=self._kinds(), limit=PAGE)
        self.entries, self.more = list(page.entries), page.cursor

    @requires(Permission.CUSTOMER_VIEW)
    async def read_on(self, actor: Actor):
        """The next part of the timeline."""
        if not self.more:
            return
        page = await get_database().read(
            list_timeline, actor, number=_here(self), kinds=self._kinds(), cursor=self.more, limit=PAGE
        )
        last = self.entries[-1].day if self.entries else ""
        self.entries = [*self.entries, *mark_days(page.entries, before=last)]
        self.more = page.cursor

    def _kinds(self) -> tuple[str, ...]:
        return (self.kind,) if self.kind else ()

    async def _begin(self) -> None:
        """Forget the customer before: nothing of it may stay on the screen or in the forms."""
        for state in (CustomerPage, Composer, Facts, Contacts, Levels):
            (await self.get_state(state)).reset()

    async def _refresh(self, actor: Actor) -> None:
        """Read everything that is on the screen once more, as far down the timeline as it is shown."""
        self._watch(self.view.id)
        limit = min(max(PAGE, len(self.entries)), _MOST_AT_ONCE)
        data = await get_database().read(
            queries.get_page,
            actor,
            number=_here(self),
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
            place = routes.customer_path(_here(self))
            live.watch(self, place, kinds=LIVE, then=CustomerPage.refresh, customer_id=customer_id)

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
            "more": data.timeline.cursor,
        }
        for name, value in fresh.items():
            if getattr(self, name) != value:
                setattr(self, name, value)


class Composer(FollowUpForm, TaskForm, rx.State):
    """Where follow-ups and tasks of this customer are written."""

    tab: str = "follow_up"

    @requires(Permission.CUSTOMER_VIEW)
    async def choose(self, actor: Actor, tab: str):
        """Follow-up or task."""
        self.tab = tab if tab in ("follow_up", "task") else "follow_up"

    def _follow_up_number(self) -> str:
        return _here(self)

    def _task_number(self) -> str:
        return _here(self)

    async def _follow_up_done(self, actor: Actor) -> None:
        await (await self.get_state(CustomerPage))._refresh(actor)

    async def _task_done(self, actor: Actor) -> None:
        await (await self.get_state(CustomerPage))._refresh(actor)


class Facts(rx.State):
    """Editing the record in its place (R2.3)."""

    saves: int = 0
    """Raised by each save that is in; the field that waits for it closes."""
    problem: Refusal = Refusal()
    clash: Clash = Clash()
    region_levels: list[list[Choice]] = []
    region_path: list[str] = []

    @requires(Permission.CUSTOMER_EDIT)
    async def save(self, actor: Actor, field: str, value: str, version: int):
        """Save one field against the version that the person saw when he began to edit it."""
        await self._save(actor, field, value, version=version)

    @requires(Permission.CUSTOMER_EDIT)
    async def keep_mine(self, actor: Actor):
        """Save mine over theirs, which the person has seen; or confirm that a duplicate is another customer."""
        clash, self.clash = self.clash, Clash()
        if clash.field:
            await self._save(actor, clash.field, clash.raw, version=clash.version, confirmed=clash.duplicate)

    @requires(Permission.CUSTOMER_EDIT)
    async def take_theirs(self, actor: Actor):
        """Leave the record as it is."""
        self.clash = Clash()
        self.saves += 1

    @requires(Permission.CUSTOMER_EDIT)
    async def dismiss(self, actor: Actor, is_open: bool):
        """The question was closed by Esc: as with theirs, nothing is saved."""
        if not is_open and self.clash.field:
            self.clash = Clash()
            self.saves += 1

    @requires(Permission.CUSTOMER_EDIT)
    async def begin(self, actor: Actor, field: str):
        """Offer the places around the customer's own."""
        page = await self.get_state(CustomerPage)
        if field == "region" and "region" in page.facts:
            self._offer_places(page.facts["region"].raw)

    @requires(Permission.CUSTOMER_EDIT)
    async def pick_place(self, actor: Actor, code: str):
        """One step down or up the cascade of places."""
        self._offer_places(code if regions.region(code) else "")

    @requires(Permission.CUSTOMER_EDIT)
    async def put_tag(self, actor: Actor, tag_id: int, on: bool):
        """Put a tag on, or take it off."""
        await self._try(actor, "tags", "", service.put_tag, tag_id=tag_id, on=on)

    @requires(Permission.CUSTOMER_EDIT)
    async def put_new_tag(self, actor: Actor, form: dict[str, str]):
        """Put on the tag that `form` names, made when it is new."""
        await self._try(actor, "tags", "", service.put_new_tag, name=form.get("name", ""))

    @requires(Permission.CUSTOMER_EDIT)
    async def put_collaborator(self, actor: Actor, user_id: int, on: bool):
        """Let somebody work on the customer too, or no longer."""
        await self._try(actor, "collaborators", "", service.put_collaborator, user_id=user_id, on=on)

    async def _save(self, actor: Actor, field: str, value: str, *, version: int, confirmed: bool = False) -> None:
        if field == "owner":
            owner_id = row_id(value)
            await self._try(actor, field, value, record.assign_owner, owner_id=owner_id, version=version)
            return
        asked = {"field": field, "value": value, "version": version, "confirmed_duplicates": confirmed}
        await self._try(actor, field, value, record.update_field, **asked)

    async def _try(self, actor: Actor, field: str, value: str, use_case: object, /, **arguments: object) -> None:
        """Run a use case of the record; what stands against it is shown where the person can decide."""
        page = await self.get_state(CustomerPage)
        try:
            await get_database().write(use_case, actor, number=_here(self), **arguments)  # type: ignore[arg-type]
        except Invalid as invalid:
            problem = next(iter(invalid.problems.values()))
            self._refuse(field, say(actor.language, problem.code, **problem.params))
            return
        except Conflict as conflict:
            self.clash = rules.clash_of(conflict, raw=value, options=page.options, language=actor.language)
            await page._refresh(actor)
            return
        except DuplicatesFound as found:
            self.clash = rules.duplicate_of(
                found.hints, field=field, raw=value, version=page.view.version, language=actor.language
            )
            return
        except Exception:
            # The guard tells what happened; the field must not wait for a save that will not come.
            self._refuse(field, say(actor.language, "error.unknown"))
            raise
        self.saves += 1
        await page._refresh(actor)

    def _refuse(self, field: str, text: str) -> None:
        self.problem = Refusal(field=field, text=text, no=self.problem.no + 1)

    def _offer_places(self, code: str) -> None:
        path = [place.code for place in regions.path(code)]
        lists = [regions.provinces(), *(regions.children(above) for above in path)]
        self.region_path = path
        self.region_levels = [[Choice(place.code, place.name) for place in places] for places in lists]


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
        full = await get_database().write(record.reveal_contact, actor, number=_here(self), contact_id=contact_id)
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
                    number=_here(self),
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
                    number=_here(self),
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
        await get_database().write(record.set_main_contact, actor, number=_here(self), contact_id=contact_id)
        await self._done(actor, "customer_page.contact.main_now")

    @requires(Permission.CUSTOMER_EDIT)
    async def remove(self, actor: Actor):
        """Remove the contact in the form; the first click asks, the second does it."""
        if not self.removing:
            self.removing = True
            return
        await get_database().write(record.remove_contact, actor, number=_here(self), contact_id=self.editing)
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


class Levels(rx.State):
    """「变更等级」: a small step that asks for just what the rule needs (R6.5)."""

    is_open: bool = False
    to: str = ""
    form: dict[str, str] = {}
    problems: dict[str, str] = {}
    first: str = ""
    attempt: int = 0
    epoch: int = 0
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
        """The dialog was closed by Esc or a click beside it."""
        self.is_open = is_open and self.is_open

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
                record.change_level, actor, number=_here(self), to_level=self.to, version=self._version, **self.form
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
        await page._refresh(actor)
        await notify(self, "customer_page.level.saved", level=say(actor.language, f"level.{self.to}"))


__all__ = ["KINDS", "Composer", "Contacts", "CustomerPage", "Facts", "Levels"]

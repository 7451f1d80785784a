"""State of the page 「列表与标签」: the entries of the list that the address names, and the form of one."""

from collections.abc import Mapping
from typing import Any

import reflex as rx
from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.guard import requires
from crm_app.access.permissions import Permission
from crm_app.access.state import notify, notify_undoable
from crm_app.catalogue import say
from crm_app.core.db import get_database
from crm_app.core.errors import Conflict
from crm_app.core.problems import Invalid
from crm_app.core.vocabulary import COLORS, OptionList, TagKind
from crm_app.options import queries, rules, service
from crm_app.options.schemas import EntryInput, EntryLine, ListName, ListPage, Users
from crm_app.ui import live, routes

KINDS = frozenset({"option", "tag"})
"""The kinds of changes that show on the page."""
UNDO_RETIRING = "list_entry"
"""What the messages that tell of a retired entry take back."""
FORM = ("label_zh", "label_en", "color", "code")


def read_page(session: Session, actor: Actor, name: ListName, search: str) -> tuple[ListPage, Mapping[str, int]]:
    """The entries of a list that somebody looks for, and how many each list offers. Raises Forbidden."""
    rows = queries.list_entries(session, actor, name)
    return rules.make_page(rows, search, actor.language), queries.count_offered(session)


class Lists(rx.State):
    """The entries of one list (R1.9, R1.4)."""

    chosen: str = ""
    """The list's name; empty until the page was filled."""
    sizes: dict[str, int] = {}
    offered: list[EntryLine] = []
    retired: list[EntryLine] = []
    users: dict[str, Users] = {}
    """By code; filled after the entries, which need not wait for the counting."""
    total: int = 0
    hidden: int = 0
    search: str = ""
    told: str = ""
    """What a screen reader says of the last step."""
    focus: str = ""
    """The button that keeps the cursor while its line moves."""
    moves: int = 0

    @requires(Permission.LIST_EDIT, loads_page=True, supersedes=True)
    async def load(self, actor: Actor):
        """Show the list that the address names."""
        asked = self.router.url.query_parameters.get("list", "")
        name = rules.list_named(asked) or OptionList.INDUSTRY
        if name != self.chosen:
            self.search, self.told, self.users = "", "", {}
            (await self.get_state(EntryForm)).reset()
            self.chosen = name
        await self._fill(actor)
        yield
        await self._count(actor)

    @requires(Permission.LIST_EDIT)
    async def refresh(self, actor: Actor):
        """Somebody changed a list."""
        if live.shows(self, routes.LISTS):
            await self._fill(actor)
            await self._count(actor)

    @requires(Permission.LIST_EDIT, supersedes=True)
    async def find(self, actor: Actor, text: str):
        """Show the entries that are called so."""
        self.search = text[:60]
        await self._fill(actor)

    @requires(Permission.LIST_EDIT)
    async def move(self, actor: Actor, ref: int, step: int):
        """One place up (-1) or down (1)."""
        place = await get_database().write(service.move_entry, actor, ref=ref, step=step)
        await self._fill(actor)
        line = next((line for line in self.offered if line.ref == ref), None)
        if line is not None:
            self.told = say(actor.language, "options.moved", label=line.called, place=place)
            up = line.last or (step < 0 and not line.first)
            self.focus, self.moves = f"{'up' if up else 'down'}-{ref}", self.moves + 1

    @requires(Permission.LIST_EDIT)
    async def retire(self, actor: Actor, ref: int, version: int):
        """Offer an entry no more."""
        try:
            now = await get_database().write(service.retire_entry, actor, ref=ref, version=version)
        finally:
            await self._fill(actor)
        await notify_undoable(self, "options.done.retired", undo=(ref, now), of=UNDO_RETIRING)

    @requires(Permission.LIST_EDIT)
    async def restore(self, actor: Actor, ref: int, version: int):
        """Offer it again; also the undo of its retiring."""
        try:
            await get_database().write(service.restore_entry, actor, ref=ref, version=version)
        finally:
            await self._fill(actor)
        await notify(self, "options.done.restored")

    def _name(self) -> ListName:
        return rules.list_named(self.chosen) or OptionList.INDUSTRY

    async def _fill(self, actor: Actor) -> None:
        """Read the list; assign what differs: what is assigned is sent."""
        live.watch(self, routes.LISTS, kinds=KINDS, then=Lists.refresh)
        page, sizes = await get_database().read(read_page, actor, self._name(), self.search)
        fresh: dict[str, Any] = {
            "sizes": {str(name): size for name, size in sizes.items()},
            "offered": list(page.offered),
            "retired": list(page.retired),
            "total": page.total,
            "hidden": page.hidden,
        }
        for name, value in fresh.items():
            if getattr(self, name) != value:
                setattr(self, name, value)

    async def _count(self, actor: Actor) -> None:
        name = self._name()
        if not actor.may(Permission.CUSTOMER_VIEW):
            return
        counts = await get_database().read_long(queries.count_customers, actor, name)
        users = {}
        for line in (*self.offered, *self.retired):
            count, place = counts.get(line.code, 0), rules.customers_with(name, line.code)
            users[line.code] = Users(count, f"{count:,}", f"{routes.CUSTOMERS}?f={place}" if count and place else "")
        if users != self.users:
            self.users = users


class EntryForm(rx.State):
    """The form of an entry, in a dialog."""

    is_open: bool = False
    editing: int = 0
    """The entry's ref; 0 for a new one."""
    code: str = ""
    """The code that stays, of an industry."""
    form: dict[str, str] = {}
    problems: dict[str, str] = {}
    notice: str = ""
    """What somebody else made of it meanwhile; saving once more overwrites that."""
    first: str = ""
    attempt: int = 0
    epoch: int = 0
    done: int = 0
    """Grows when the form is saved or given up: what was kept of it is forgotten."""
    _version: int = 0

    @requires(Permission.LIST_EDIT)
    async def open(self, actor: Actor, ref: int, version: int = 0):
        """Open it; 0 for a new entry. `version` is that on which what the browser kept of it was begun."""
        page = await self.get_state(Lists)
        rows = await get_database().read(queries.list_entries, actor, page._name())
        row = next((row for row in rows if row.ref == ref), None)
        if ref and row is None:
            return  # Of another list than the one that is shown by now.
        self.form = dict.fromkeys(FORM, "") | {"color": _first_color(page.chosen)}
        self.editing, self.code, self._version = ref, "", 0
        if row is not None:
            self.form |= {"label_zh": row.label_zh, "label_en": row.label_en, "color": row.color}
            self.code = row.code if rules.has_code(page._name()) else ""
            self._version = min(version, row.version) if version > 0 else row.version
        self.problems, self.notice = {}, ""
        self.epoch += 1
        self.is_open = True

    @requires(Permission.LIST_EDIT)
    async def show(self, actor: Actor, is_open: bool):
        """The dialog was closed by Esc or a click beside it: what was typed is kept for its next opening."""
        self.is_open = is_open and self.is_open

    @requires(Permission.LIST_EDIT)
    async def give_up(self, actor: Actor):
        """Close the form and forget what was typed."""
        self.is_open = False
        self.done += 1

    @requires(Permission.LIST_EDIT)
    async def type(self, actor: Actor, field: str, value: str):
        """Keep what is typed."""
        if field in FORM:
            self.form = self.form | {field: value}
            self.problems = {name: text for name, text in self.problems.items() if name != field}

    @requires(Permission.LIST_EDIT)
    async def save(self, actor: Actor):
        """Add the entry or change it; told by whom when it was changed meanwhile."""
        page = await self.get_state(Lists)
        entry = EntryInput(**{name: self.form.get(name, "") for name in FORM})
        try:
            if self.editing:
                await get_database().write(
                    service.change_entry, actor, ref=self.editing, version=self._version, entry=entry
                )
            else:
                await get_database().write(service.add_entry, actor, name=page._name(), entry=entry)
        except Invalid as invalid:
            self.problems = {
                name: say(actor.language, problem.code, **problem.params) for name, problem in invalid.problems.items()
            }
            self.first, self.attempt = f"entry_{next(iter(invalid.problems))}", self.attempt + 1
            return
        except Conflict as conflict:
            said = {"by": conflict.by, "at": conflict.at, "theirs": conflict.theirs}
            self.notice, self._version = say(actor.language, "options.clash", **said), conflict.version
            await page._fill(actor)
            return
        self.is_open = False
        self.done += 1
        await page._fill(actor)
        await page._count(actor)
        key = "options.done.saved" if self.editing else "options.done.added"
        await notify(self, key, label=entry.label_zh.strip())


def _first_color(name: str) -> str:
    """The colour that a new tag of a kind begins with."""
    return COLORS["tag_kind"].get(name, "") if name in tuple(TagKind) else ""

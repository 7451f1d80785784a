"""The fields that every customer has: as lines of their administrator's page, and as the form of one (R1.8)."""

import dataclasses

import reflex as rx

from crm_app.access.actor import Actor
from crm_app.access.guard import requires
from crm_app.access.permissions import Permission
from crm_app.access.state import notify, notify_undoable
from crm_app.catalogue import say, texts
from crm_app.core.db import get_database
from crm_app.core.errors import NotFound
from crm_app.core.problems import Invalid
from crm_app.fields import queries, service
from crm_app.fields.schemas import ALWAYS_REQUIRED, BUILT_IN, BuiltInField, BuiltInInput, BuiltInLine

UNDO_RETIRING = "own_field"
"""What the messages take back that tell of a retired field, or of one that is as it came again."""
NAMED = ("label_zh", "label_en", "help_zh", "help_en")


class BuiltIns(rx.State):
    """Those fields in their order."""

    lines: list[BuiltInLine] = []
    lacking: dict[str, str] = {}
    """By field how many customers have nothing there; counted after the fields are shown."""
    told: str = ""
    """What a screen reader says of the last step."""
    focus: str = ""
    moves: int = 0
    _former: dict[str, BuiltInInput] = {}
    """What was said of fields before they were let be as they came."""

    @requires(Permission.FIELD_EDIT)
    async def move(self, actor: Actor, name: str, step: int):
        """One place up (-1) or down (1)."""
        place = await get_database().write(service.move_built_in, actor, name=name, step=step)
        await self._fill(actor)
        line = next(line for line in self.lines if line.name == name)
        self.told = say(actor.language, "fields.moved", label=line.called, place=place)
        up = line.last or (step < 0 and not line.first)
        self.focus, self.moves = f"{'up' if up else 'down'}-{name}", self.moves + 1

    @requires(Permission.FIELD_EDIT)
    async def require(self, actor: Actor, name: str, required: bool, version: int):
        """Whether it must be filled in."""
        entry = dataclasses.replace(_input_of(await self._field(actor, name)), required=required)
        try:
            await get_database().write(service.change_built_in, actor, name=name, version=version, entry=entry)
        finally:
            await self._fill(actor)
        key = "fields.done.required" if required else "fields.done.optional"
        await notify(self, key, label=say(actor.language, f"customers.field.{name}"))
        await self._count(actor)

    @requires(Permission.FIELD_EDIT)
    async def clear(self, actor: Actor, name: str, version: int):
        """Let it be as it came, but for its place."""
        former = _input_of(await self._field(actor, name))
        try:
            now = await get_database().write(service.reset_built_in, actor, name=name, version=version)
        finally:
            await self._fill(actor)
        self._former = self._former | {name: former}
        label = say(actor.language, f"customers.field.{name}")
        undo = (-1 - BUILT_IN.index(name), now)
        await notify_undoable(self, "fields.done.reset", undo=undo, of=UNDO_RETIRING, label=label)

    async def _take_back(self, actor: Actor, place: int, version: int) -> None:
        """Undo a reset."""
        name = BUILT_IN[place] if 0 <= place < len(BUILT_IN) else ""
        if name not in self._former:
            raise NotFound
        entry = self._former[name]
        try:
            await get_database().write(service.change_built_in, actor, name=name, version=version, entry=entry)
        finally:
            await self._fill(actor)
        await notify(self, "fields.done.restored")

    async def _field(self, actor: Actor, name: str) -> BuiltInField:
        """The field as it is now. Raises Forbidden, NotFound."""
        known = await get_database().read_here(queries.list_for_administrator, actor)
        found = next((field for field in known if field.name == name), None)
        if found is None:
            raise NotFound
        return found

    async def _fill(self, actor: Actor) -> None:
        # Here, not in the process that reads: what the catalogue says next must be what was just written.
        fields = await get_database().read_here(queries.list_for_administrator, actor)
        self.lines = [_line(field, fields, actor.language) for field in fields]

    async def _count(self, actor: Actor) -> None:
        counts = await get_database().read_long(queries.count_lacking)
        self.lacking = {name: f"{count:,}" if count else "" for name, count in counts.items()}


class BuiltInForm(rx.State):
    """The form of such a field, in a dialog."""

    is_open: bool = False
    name: str = ""
    title: str = ""
    came_as: dict[str, str] = {}
    """What it was called when it came, in both languages."""
    always: bool = False
    required: bool = False
    form: dict[str, str] = {}
    problems: dict[str, str] = {}
    first: str = ""
    attempt: int = 0
    epoch: int = 0
    done: int = 0
    """Grows when the form is saved or given up: what was kept of it is forgotten."""
    _version: int = 0

    @requires(Permission.FIELD_EDIT)
    async def open(self, actor: Actor, name: str):
        """Open it."""
        page = await self.get_state(BuiltIns)
        field = await page._field(actor, name)
        zh, en = texts()[f"customers.field.{name}"]
        self.name, self.title = name, say(actor.language, f"customers.field.{name}")
        self.came_as = {"label_zh": zh, "label_en": en}
        self.always, self.required, self._version = name in ALWAYS_REQUIRED, field.required, field.version
        self.form = {part: getattr(field, part) for part in NAMED}
        self.problems = {}
        self.epoch += 1
        self.is_open = True

    @requires(Permission.FIELD_EDIT)
    async def show(self, actor: Actor, is_open: bool):
        """The dialog was closed by Esc or a click beside it: what was typed is kept for its next opening."""
        self.is_open = is_open and self.is_open

    @requires(Permission.FIELD_EDIT)
    async def give_up(self, actor: Actor):
        """Close the form and forget what was typed."""
        self.is_open = False
        self.done += 1

    @requires(Permission.FIELD_EDIT)
    async def type(self, actor: Actor, name: str, value: str):
        """Keep what is typed."""
        if name in NAMED:
            self.form = self.form | {name: value[:400]}
            self.problems = {part: text for part, text in self.problems.items() if part != name}

    @requires(Permission.FIELD_EDIT)
    async def require(self, actor: Actor, required: bool):
        """Whether it must be filled in."""
        self.required = required

    @requires(Permission.FIELD_EDIT)
    async def save(self, actor: Actor):
        """Call it so, and so on."""
        entry = BuiltInInput(**{part: self.form.get(part, "") for part in NAMED}, required=self.required)
        page = await self.get_state(BuiltIns)
        try:
            await get_database().write(
                service.change_built_in, actor, name=self.name, version=self._version, entry=entry
            )
        except Invalid as invalid:
            self.problems = {
                part: say(actor.language, problem.code, **problem.params) for part, problem in invalid.problems.items()
            }
            self.first, self.attempt = f"std_{next(iter(invalid.problems))}", self.attempt + 1
            return
        self.is_open = False
        self.done += 1
        await page._fill(actor)
        await notify(self, "fields.done.saved", label=say(actor.language, f"customers.field.{self.name}"))
        await page._count(actor)


def _input_of(field: BuiltInField) -> BuiltInInput:
    return BuiltInInput(**{part: getattr(field, part) for part in NAMED}, required=field.required)


def _line(field: BuiltInField, fields: tuple[BuiltInField, ...], language: str) -> BuiltInLine:
    key = f"customers.field.{field.name}"
    called, came = say(language, key), texts()[key][1 if language == "en" else 0]
    always = field.name in ALWAYS_REQUIRED
    return BuiltInLine(
        name=field.name,
        called=called,
        came_as="" if called == came else came,
        help=field.help(language),
        required=field.required,
        always=always,
        changed=any(getattr(field, part) for part in NAMED) or (field.required and not always),
        version=field.version,
        first=fields[0].name == field.name,
        last=fields[-1].name == field.name,
    )

"""State of the page 「自定义字段」: the fields in their order, and the form of one (R1.8)."""

from typing import Any

import reflex as rx
from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.guard import requires
from crm_app.access.permissions import PRESET_ROLES, Permission
from crm_app.access.state import notify, notify_undoable
from crm_app.catalogue import say
from crm_app.core.db import get_database
from crm_app.core.problems import Invalid
from crm_app.fields import queries, service
from crm_app.fields.schemas import CHOOSING, Conversion, FieldInput, FieldKind, FieldLine, OwnFieldDef, RecordKind
from crm_app.fields.state.built_in import UNDO_RETIRING, BuiltIns
from crm_app.ui import live, routes

KINDS = frozenset({"own_field", "option"})
"""The kinds of changes that show on the page."""
TYPED = ("label_zh", "label_en", "help_zh", "help_en", "longest", "lowest", "highest", "initial", "options")
ACCESS = ("edit", "read", "hidden")
Choice = dict[str, str]


def read_roles(session: Session, actor: Actor) -> list[Choice]:
    """The roles with their names in the actor's language. Raises Forbidden."""
    queries.list_all(session, actor)
    return [
        {"value": code, "label": say(actor.language, f"role.{code}") if code in PRESET_ROLES else name or code}
        for code, name in queries.list_roles(session)
    ]


class Fields(rx.State):
    """The own fields of one kind of record."""

    opened: bool = False
    record: str = RecordKind.CUSTOMER.value
    used: list[FieldLine] = []
    retired: list[FieldLine] = []
    filled: dict[str, str] = {}
    """By field; counted after the fields are shown."""
    told: str = ""
    """What a screen reader says of the last step."""
    focus: str = ""
    moves: int = 0

    @requires(Permission.FIELD_EDIT, loads_page=True, supersedes=True)
    async def load(self, actor: Actor):
        """Show the fields."""
        await self._fill(actor)
        self.opened = True
        yield
        await self._count(actor)

    @requires(Permission.FIELD_EDIT)
    async def refresh(self, actor: Actor):
        """Somebody changed a field."""
        if live.shows(self, routes.FIELDS):
            await self._fill(actor)

    @requires(Permission.FIELD_EDIT)
    async def show_of(self, actor: Actor, record: str):
        """Turn to the fields of customers or of contacts."""
        if record in tuple(RecordKind):
            self.record = record
            await self._fill(actor)

    @requires(Permission.FIELD_EDIT)
    async def move(self, actor: Actor, field_id: int, step: int):
        """One place up (-1) or down (1)."""
        place = await get_database().write(service.move_field, actor, field_id=field_id, step=step)
        await self._fill(actor)
        line = next((line for line in self.used if line.id == field_id), None)
        if line is not None:
            self.told = say(actor.language, "fields.moved", label=line.called, place=place)
            up = line.last or (step < 0 and not line.first)
            self.focus, self.moves = f"{'up' if up else 'down'}-{field_id}", self.moves + 1

    @requires(Permission.FIELD_EDIT)
    async def retire(self, actor: Actor, field_id: int, version: int):
        """Show a field nowhere."""
        try:
            now = await get_database().write(service.retire_field, actor, field_id=field_id, version=version)
        finally:
            await self._fill(actor)
        await notify_undoable(self, "fields.done.retired", undo=(field_id, now), of=UNDO_RETIRING)

    @requires(Permission.FIELD_EDIT)
    async def restore(self, actor: Actor, field_id: int, version: int):
        """Show it again; also the undo of its retiring."""
        try:
            await get_database().write(service.restore_field, actor, field_id=field_id, version=version)
        finally:
            await self._fill(actor)
        await notify(self, "fields.done.restored")

    @requires(Permission.FIELD_EDIT)
    async def take_back(self, actor: Actor, ref: int, version: int):
        """Undo what a message tells of: a field that was retired; below zero, one that every customer has."""
        if ref >= 0:
            return Fields.restore(ref, version)
        page = await self.get_state(BuiltIns)
        await page._take_back(actor, -1 - ref, version)
        return None

    async def _fill(self, actor: Actor) -> None:
        live.watch(self, routes.FIELDS, kinds=KINDS, then=Fields.refresh)
        page = await self.get_state(BuiltIns)
        await page._fill(actor)
        fields = await get_database().read(queries.list_all, actor, record=RecordKind(self.record))
        used = [field for field in fields if not field.retired]
        self.used = [_line(field, used, actor.language) for field in used]
        self.retired = [_line(field, (), actor.language) for field in fields if field.retired]

    async def _count(self, actor: Actor) -> None:
        counts = await get_database().read_long(queries.count_filled)
        self.filled = {str(field_id): f"{count:,}" for field_id, count in counts.items()}
        page = await self.get_state(BuiltIns)
        await page._count(actor)


class FieldForm(rx.State):
    """The form of a field, in a dialog."""

    is_open: bool = False
    editing: int = 0
    """The field's id; 0 for a new one."""
    record: str = RecordKind.CUSTOMER.value
    kind: str = FieldKind.LINE.value
    required: bool = False
    form: dict[str, str] = {}
    access: dict[str, str] = {}
    """By role: edit, read or hidden."""
    roles: list[Choice] = []
    problems: dict[str, str] = {}
    notice: str = ""
    """What saving would do to what stands in the field; saving once more does it."""
    first: str = ""
    attempt: int = 0
    epoch: int = 0
    done: int = 0
    """Grows when the form is saved or given up: what was kept of it is forgotten."""
    _version: int = 0
    _kind_before: str = ""
    _confirmed: str = ""

    @requires(Permission.FIELD_EDIT)
    async def open(self, actor: Actor, field_id: int):
        """Open it; 0 for a new field of the records that the page shows."""
        page = await self.get_state(Fields)
        fields = await get_database().read(queries.list_all, actor, record=RecordKind(page.record))
        self.roles = await get_database().read(read_roles, actor)
        field = next((field for field in fields if field.id == field_id), None)
        if field_id and field is None:
            return
        self.editing, self.record = field_id, page.record
        self._version = field.version if field else 0
        self._kind_before = field.kind.value if field else ""
        self.kind = self._kind_before or FieldKind.LINE.value
        self.required = bool(field and field.required)
        self.form = _form_of(field)
        self.access = {role["value"]: _access_of(field, role["value"]) for role in self.roles}
        self.problems, self.notice, self._confirmed = {}, "", ""
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
        if name in TYPED:
            self.form = self.form | {name: value[:8000]}
            self.notice, self._confirmed = "", ""  # What was said of the form as it was.
            self._forgive(name)

    @requires(Permission.FIELD_EDIT)
    async def pick_kind(self, actor: Actor, kind: str):
        """What it holds; each kind asks for other limits."""
        if kind in tuple(FieldKind):
            self.kind, self.notice, self._confirmed = kind, "", ""
            self._forgive("kind")

    @requires(Permission.FIELD_EDIT)
    async def require(self, actor: Actor, required: bool):
        """Whether it must be filled in."""
        self.required = required

    @requires(Permission.FIELD_EDIT)
    async def grant(self, actor: Actor, role: str, access: str):
        """What a role may do with it."""
        if role in self.access and access in ACCESS:
            self.access = self.access | {role: access}

    @requires(Permission.FIELD_EDIT)
    async def save(self, actor: Actor):
        """Add the field or change it; another kind is asked about first."""
        entry = self._entry()
        try:
            if not self.editing:
                await get_database().write(service.add_field, actor, entry=entry, record=RecordKind(self.record))
            elif await self._is_agreed(actor, entry):
                await get_database().write(
                    service.change_field, actor, field_id=self.editing, version=self._version, entry=entry
                )
            else:
                return
        except Invalid as invalid:
            self.problems = {
                name: say(actor.language, problem.code, **problem.params) for name, problem in invalid.problems.items()
            }
            self.first, self.attempt = f"own_{next(iter(invalid.problems))}", self.attempt + 1
            return
        self.is_open = False
        self.done += 1
        page = await self.get_state(Fields)
        await page._fill(actor)
        await page._count(actor)
        key = "fields.done.saved" if self.editing else "fields.done.added"
        await notify(self, key, label=entry.label_zh.strip())

    async def _is_agreed(self, actor: Actor, entry: FieldInput) -> bool:
        """Whether the person saw what a change of the kind does to what stands in the field."""
        if entry.kind in (self._kind_before, self._confirmed):
            return True
        found = await get_database().read_long(service.preview_change, actor, field_id=self.editing, entry=entry)
        if not found.filled:
            return True
        self.notice = _conversion_words(found, entry.kind, actor.language, self.record)
        self._confirmed = entry.kind
        return False

    def _entry(self) -> FieldInput:
        return FieldInput(
            kind=self.kind,
            required=self.required,
            hidden_from=tuple(role for role, access in self.access.items() if access == "hidden"),
            fixed_for=tuple(role for role, access in self.access.items() if access == "read"),
            **{name: self.form.get(name, "") for name in TYPED},
        )

    def _forgive(self, name: str) -> None:
        self.problems = {field: text for field, text in self.problems.items() if field != name}


def _line(field: OwnFieldDef, used: Any, language: str) -> FieldLine:
    return FieldLine(
        id=field.id,
        label=field.label_zh,
        called=field.label(language),
        kind=field.kind,
        kind_label=say(language, f"fields.kind.{field.kind}"),
        required=field.required,
        version=field.version,
        first=bool(used) and used[0].id == field.id,
        last=bool(used) and used[-1].id == field.id,
    )


def _form_of(field: OwnFieldDef | None) -> dict[str, str]:
    if field is None:
        return dict.fromkeys(TYPED, "")
    offered = [option for option in field.options if not option.retired]
    labels = {option.code: option.label_zh for option in offered}
    return {
        **{name: str(getattr(field, name)) for name in TYPED if name not in ("options", "longest")},
        "longest": str(field.longest or ""),
        "options": "\n".join(option.label_zh for option in offered),
        "initial": labels.get(field.initial, "") if field.kind in CHOOSING else field.initial,
    }


def _access_of(field: OwnFieldDef | None, role: str) -> str:
    if field is None:
        return "edit"
    return "hidden" if role in field.hidden_from else "read" if role in field.fixed_for else "edit"


def _conversion_words(found: Conversion, kind: str, language: str, record: str) -> str:
    named = say(language, f"fields.kind.{kind}")
    holders = say(language, f"fields.holders.{record}", filled=found.filled)
    if found.fitting == found.filled:
        return say(language, "fields.convert.all", kind=named, holders=holders)
    examples = say(language, "listing.separator").join(f"“{example}”" for example in found.examples)
    return say(
        language,
        "fields.convert.some",
        kind=named,
        holders=holders,
        fitting=found.fitting,
        rest=found.filled - found.fitting,
        examples=say(language, "fields.convert.examples", examples=examples) if examples else "",
    )

"""State of the form of a new customer: what it offers and what is wrong with it; what is typed stays in the browser."""

import dataclasses
import hashlib
from collections.abc import Mapping

import reflex as rx

from crm_app.access.actor import Actor
from crm_app.access.guard import requires
from crm_app.access.permissions import Permission
from crm_app.access.state import notify
from crm_app.catalogue import say
from crm_app.core import regions
from crm_app.core.db import get_database
from crm_app.core.problems import Invalid, Problem
from crm_app.core.vocabulary import TagKind
from crm_app.customers import queries, rules, service
from crm_app.customers.schemas import ContactInput, CreateCustomer, DuplicateHint, FormChoices, Probe
from crm_app.customers.service import DuplicatesFound
from crm_app.ui import routes

Choice = dict[str, str]
CHOICES = (
    "industry",
    "source",
    "headcount",
    "revenue",
    "channel",
    "province",
    "city",
    "district",
    "tags.requirement",
    "tags.risk",
    "tags.free",
    "owner",
    "collaborators",
)
"""What the form has lists for."""
MOST_HINTS = 5
"""Likely duplicates that the panel shows; it counts the others."""
MOST_NAMED = 3
"""Fields that the line beside the button names; it counts the others."""
_FIRST = {"region": "province", "tags": "tags.requirement", "contacts": "contacts.0.name"}
"""Where the cursor goes for a problem of something that is several fields."""


@dataclasses.dataclass(frozen=True, slots=True)
class HintLine:
    """A likely duplicate as the panel shows it, in the person's language."""

    reasons: str
    name: str
    number: str
    href: str
    owner: str
    exact: bool


@dataclasses.dataclass(frozen=True, slots=True)
class TypedForm:
    """What the browser sent, as the command that it means. `rows` names the contacts by their place in the form."""

    cmd: CreateCustomer
    rows: tuple[str, ...]
    dirty: bool

    def field_of(self, key: str) -> str:
        """The form's name of the field that a problem is about."""
        if key.startswith("contacts."):
            _, position, name = key.split(".")
            return f"contacts.{self.rows[int(position)]}.{name}"
        return _FIRST.get(key, key)


class CustomerForm(rx.State):
    """`/customers/new` (R2.1, R2.2). Each check and the save bring the whole form along."""

    options: dict[str, list[Choice]] = {name: [] for name in CHOICES}
    """By field: what can be picked."""
    today: str = ""
    rows: list[str] = ["0"]
    errors: dict[str, str] = {}
    """By field of the form; only of fields that were left, or all after a failed save."""
    wrong: str = ""
    """Names what is still missing or wrong; empty when the form can be saved."""
    first_wrong: str = ""
    valid: bool = False
    dirty: bool = False
    hints: list[HintLine] = []
    more_hints: int = 0
    seal: str = ""
    """Stands for the exact duplicates shown: a confirmation holds for these only."""
    answer: int = 0
    attempt: int = 0
    saving: bool = False
    saved: str = ""
    """Where the saved customer's page is."""
    _ticket: str = ""
    _probe: Probe = Probe()
    _all_left: bool = False

    @requires(Permission.CUSTOMER_CREATE, loads_page=True)
    async def open(self, actor: Actor):
        """What the form offers; the browser sends what is typed in it right after."""
        self.reset()
        choices = await get_database().read(queries.list_form_choices, actor)
        self.options = _offers(choices, actor)
        self.today = choices.today.isoformat()

    @requires(Permission.CUSTOMER_CREATE, supersedes=True)
    async def check(self, actor: Actor, form: dict[str, str], left: list[str]):
        """Live validation and the search for duplicates."""
        typed = _read(form)
        probe = rules.probe_of(typed.cmd.values, typed.cmd.contacts)
        review = await get_database().read(
            service.review_customer, actor, cmd=typed.cmd, probe=None if probe == self._probe else probe
        )
        self._probe = probe
        if review.hints is not None:
            self._show_hints(actor, review.hints)
        self.rows, self.dirty = list(typed.rows), typed.dirty
        self._offer_places(form)
        self._show_problems(actor, typed, review.problems, left=None if self._all_left else frozenset(left))
        self.valid = not review.problems and self._confirmed(form)
        if not review.problems and not self.valid:
            self.first_wrong, self.wrong = "confirmed", say(actor.language, "customers.form.to_confirm")
        self.answer += 1

    @requires(Permission.CUSTOMER_CREATE)
    async def save(self, actor: Actor, form: dict[str, str], ticket: str):
        """Save; a form that was saved already is not saved twice, however often it is sent."""
        if ticket and ticket == self._ticket:
            return
        self.saving = True
        yield
        typed = _read(form)
        confirmed = bool(self.seal) and self._confirmed(form)
        cmd = dataclasses.replace(typed.cmd, confirmed_duplicates=confirmed)
        try:
            ref = await get_database().write(service.create_customer, actor, cmd=cmd)
        except Invalid as error:
            self.rows = list(typed.rows)
            self._all_left = True
            self._show_problems(actor, typed, error.problems, left=None)
            await self._say_not_saved("customers.form.not_saved")
        except DuplicatesFound as error:
            self._show_hints(actor, error.hints)
            self.first_wrong = "confirmed"
            await self._say_not_saved(error.code)
        else:
            self._ticket, self.dirty = ticket, False
            self.saved = routes.customer_path(ref.number)
            await notify(self, "customers.form.saved", number=ref.number)
        finally:
            self.saving = False

    async def _say_not_saved(self, code: str) -> None:
        self.valid = False
        self.attempt += 1
        await notify(self, code, kind="error")

    def _confirmed(self, form: Mapping[str, str]) -> bool:
        return not self.seal or form.get("confirmed") == self.seal

    def _show_hints(self, actor: Actor, hints: tuple[DuplicateHint, ...]) -> None:
        self.hints = [_hint_line(hint, actor.language) for hint in hints[:MOST_HINTS]]
        self.more_hints = max(0, len(hints) - MOST_HINTS)
        self.seal = _seal(hints)

    def _show_problems(
        self, actor: Actor, typed: TypedForm, problems: Mapping[str, Problem], *, left: frozenset[str] | None
    ) -> None:
        """Tell each problem at its field once the person has left it; `left` None: tell all."""
        named = {typed.field_of(key): problem for key, problem in problems.items()}
        self.errors = {
            field: say(actor.language, problem.code, **problem.params)
            for field, problem in named.items()
            if left is None or _is_due(field, problem, left)
        }
        ordered = sorted(named, key=lambda field: _position(field, typed.rows))
        self.first_wrong = ordered[0] if ordered else ""
        self.wrong = _summary(ordered, actor.language)

    def _offer_places(self, form: Mapping[str, str]) -> None:
        """The cities of the province and the districts of the city that are picked."""
        province = form.get("province", "")
        city = form.get("city", "")
        places = {
            "city": _places(regions.children(province)),
            "district": _places(regions.children(city) if regions.is_within(city, province) else ()),
        }
        if any(self.options.get(name) != offered for name, offered in places.items()):
            self.options = {**self.options, **places}


def _read(form: Mapping[str, str]) -> TypedForm:
    """The form by the names of its fields: `rows` lists the contacts, the main one first; `contacts.<row>.<field>`."""
    rows = tuple(dict.fromkeys(row for row in form.get("rows", "").split(",") if row.isdecimal() and len(row) < 4))
    rows = rows[: rules.MAX_CONTACTS + 1] or ("0",)
    values = {name: form.get(name, "") for name in rules.CUSTOMER_FIELDS} | {"region": _place(form)}
    contacts = tuple(
        ContactInput(
            **{name: form.get(f"contacts.{row}.{name}", "") for name in rules.CONTACT_FIELDS}, is_main=position == 0
        )
        for position, row in enumerate(rows)
    )
    tags = [tag_id for kind in TagKind for tag_id in _ids(form.get(f"tags.{kind}", ""))]
    cmd = CreateCustomer(
        values=values,
        contacts=contacts,
        tag_ids=tuple(tags),
        owner_id=next(iter(_ids(form.get("owner", ""))), None),
        collaborator_ids=_ids(form.get("collaborators", "")),
    )
    dirty = any(value.strip() and value != rules.DEFAULTS.get(name) for name, value in form.items() if name != "rows")
    return TypedForm(cmd, rows, dirty or len(rows) > 1)


def _ids(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(",") if part.isdecimal() and part.isascii() and len(part) < 10)


def _place(form: Mapping[str, str]) -> str:
    """The most exact place picked; what is left over from another province or city does not count."""
    code = form.get("province", "")
    for name in ("city", "district"):
        if (finer := form.get(name, "")) and (not regions.region(code) or regions.is_within(finer, code)):
            code = finer
    return code


def _is_due(field: str, problem: Problem, left: frozenset[str]) -> bool:
    if problem.code == "customers.problem.mobile_or_email":
        row = field.rpartition(".")[0]
        return {f"{row}.mobile", f"{row}.email"} <= left
    return field in left


_ORDER = (
    "name",
    "industry",
    "source",
    "credit_code",
    "founded_on",
    "headcount",
    "revenue",
    "province",
    "address",
    "main_business",
)
_ORDER_AFTER_CONTACTS = ("level", "customer_type", "status", "tags.requirement", "owner", "collaborators", "note")


def _position(field: str, rows: tuple[str, ...]) -> tuple[int, int, int]:
    """Where a field stands on the page, to go to the first."""
    if field in _ORDER:
        return 0, _ORDER.index(field), 0
    if field.startswith("contacts."):
        _, row, name = field.split(".")
        return 1, rows.index(row) if row in rows else 0, list(rules.CONTACT_FIELDS).index(name)
    return 2, _ORDER_AFTER_CONTACTS.index(field) if field in _ORDER_AFTER_CONTACTS else len(_ORDER_AFTER_CONTACTS), 0


def _summary(fields: list[str], language: str) -> str:
    if not fields:
        return ""
    names = [say(language, _label_key(field)) for field in fields[:MOST_NAMED]]
    listed = say(language, "customers.form.and").join(dict.fromkeys(names))
    if len(fields) > MOST_NAMED:
        return say(language, "customers.form.wrong_more", fields=listed, count=len(fields))
    return say(language, "customers.form.wrong", fields=listed)


def _label_key(field: str) -> str:
    if field.startswith("contacts."):
        name = field.rpartition(".")[2]
        return "customers.field.contact_name" if name == "name" else f"customers.field.contact.{name}"
    return {"province": "customers.field.region", "tags.requirement": "customers.field.tags"}.get(
        field, f"customers.field.{field}"
    )


def _seal(hints: tuple[DuplicateHint, ...]) -> str:
    """The same for the same exact duplicates, whatever else is alike; empty without any."""
    exact = sorted(
        f"{hint.number}|{hint.owner}|{sorted(r.code for r in hint.reasons if r.code in queries.EXACT)}"
        for hint in hints
        if hint.exact
    )
    return hashlib.sha256("\n".join(exact).encode()).hexdigest()[:16] if exact else ""


def _hint_line(hint: DuplicateHint, language: str) -> HintLine:
    reasons = [say(language, f"customers.reason.{reason.code}", percent=reason.percent) for reason in hint.reasons]
    return HintLine(
        reasons=say(language, "customers.form.and").join(reasons),
        name=hint.name,
        number=hint.number,
        href=routes.customer_path(hint.number) if hint.openable else "",
        owner=hint.owner or say(language, "customers.form.nobody"),
        exact=hint.exact,
    )


def _places(places: tuple[regions.Region, ...]) -> list[Choice]:
    return [{"value": place.code, "label": place.name} for place in places]


def _offers(choices: FormChoices, actor: Actor) -> dict[str, list[Choice]]:
    offers = {
        str(list_code): [{"value": option.code, "label": option.label(actor.language)} for option in options]
        for list_code, options in choices.options.items()
    }
    for kind in TagKind:
        offers[f"tags.{kind}"] = [
            {"value": str(tag.id), "label": tag.name, "color": tag.color} for tag in choices.tags if tag.kind is kind
        ]
    offers["owner"] = [
        {"value": str(person.id), "label": _person(person.name, person.department)}
        for person in choices.owners
        if person.id != actor.user_id
    ]
    offers["collaborators"] = [
        {"value": str(person.id), "label": _person(person.name, person.department)}
        for person in choices.people
        if person.id != actor.user_id
    ]
    return offers | {"province": _places(regions.provinces()), "city": [], "district": []}


def _person(name: str, department: str) -> str:
    return f"{name} · {department}" if department else name

"""`/customers/new`: what the form offers and what is wrong with it; what is typed stays in the browser."""

import dataclasses
from collections.abc import Mapping, Sequence

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
from crm_app.customers.schemas import ContactInput, CreateCustomer, CustomerRef, FormChoices, SavedBefore
from crm_app.customers.service import AlreadySaved, DuplicatesFound
from crm_app.customers.state.form import PLACES, Choice, LiveFormState, option_choices, place_of, places
from crm_app.customers.state.own import OwnView, own_views
from crm_app.ui import live, routes

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
_CHANGED = frozenset({"own_field"})
"""The kinds of changes that show in the form."""
_FIRST = {"region": "province", "tags": "tags.requirement", "contacts": "contacts.0.name"}
"""Where the cursor goes for a problem of something that is several fields."""


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


@dataclasses.dataclass(frozen=True, slots=True)
class BeforeLine:
    """What the form became before it was changed, as the page says it; without a number it became nothing."""

    number: str = ""
    href: str = ""
    """Empty for who may not edit it."""
    fields: str = ""
    others: str = ""


class CustomerForm(LiveFormState, rx.State):
    """`/customers/new` (R2.1, R2.2). Each check and the save bring the whole form along."""

    options: dict[str, list[Choice]] = {name: [] for name in CHOICES}
    rows: list[str] = ["0"]
    before: BeforeLine = BeforeLine()
    carried: dict[str, str] = {}
    """By field of the form of the saved customer: what is typed goes there as its draft."""

    @requires(Permission.CUSTOMER_CREATE, loads_page=True)
    async def open(self, actor: Actor):
        """What the form offers; the browser sends what is typed in it right after."""
        self.reset()
        choices = await get_database().read(queries.list_form_choices, actor)
        self.options = _offers(choices, actor)
        self._offer_own(actor, choices)
        self.today = choices.today.isoformat()
        await self._show_built_in(actor)
        live.watch(self, routes.NEW_CUSTOMER, kinds=_CHANGED, then=CustomerForm.refresh)

    @requires(Permission.CUSTOMER_CREATE)
    async def refresh(self, actor: Actor):
        """Somebody changed fields: offer those that there are now, as they are now; what is typed stays."""
        if live.shows(self, routes.NEW_CUSTOMER):
            choices = await get_database().read(queries.list_form_choices, actor)
            self._offer_own(actor, choices)
            await self._show_built_in(actor)
            self.news += 1
            live.watch(self, routes.NEW_CUSTOMER, kinds=_CHANGED, then=CustomerForm.refresh)

    def _offer_own(self, actor: Actor, choices: FormChoices) -> None:
        self.own = own_views(choices.own, choices.people, actor.language)
        self.contact_own = own_views(choices.contact_own, choices.people, actor.language)

    @requires(Permission.CUSTOMER_CREATE, supersedes=True)
    async def check(self, actor: Actor, form: dict[str, str], left: list[str], ticket: str = ""):
        """Live validation and the search for duplicates; a form that was saved already goes to what it became."""
        typed = _read(form, self.own, self.contact_own)
        probe = rules.probe_of(typed.cmd.values, typed.cmd.contacts)
        review = await get_database().read(
            service.review_customer,
            actor,
            cmd=typed.cmd,
            probe=None if probe == self._probe else probe,
            ticket=ticket,
        )
        if review.saved is not None:
            await self._leave_for(review.saved, form)
            return
        self._probe, self.saved, self.carried = probe, "", {}
        if review.hints is not None:
            self._show_hints(actor, review.hints)
        self.rows, self.dirty = list(typed.rows), typed.dirty
        self._offer_places(form)
        self._show_problems(actor, typed, review.problems, left=None if self._all_left else frozenset(left))
        self.valid = not review.problems and self._confirmed(form)
        if not review.problems and not self.valid:
            self.first_wrong, self.wrong = "confirmed", say(actor.language, "customers.form.to_confirm")
        self._show_before(actor, form, review.before)
        self.answer += 1

    @requires(Permission.CUSTOMER_CREATE)
    async def save(self, actor: Actor, form: dict[str, str], ticket: str):
        """Save; a form that was saved already is not saved twice, however often it is sent."""
        self.saving = True
        yield
        typed = _read(form, self.own, self.contact_own)
        confirmed = bool(self.seal) and self._confirmed(form)
        cmd = dataclasses.replace(typed.cmd, confirmed_duplicates=confirmed, other_than=form.get("other", ""))
        try:
            ref = await get_database().write(service.create_customer, actor, cmd=cmd, ticket=ticket)
        except Invalid as error:
            self.rows = list(typed.rows)
            self._all_left = True
            self._show_problems(actor, typed, error.problems, left=None)
            await self._say_not_saved("customers.form.not_saved")
        except DuplicatesFound as error:
            self._show_hints(actor, error.hints)
            self.first_wrong = "confirmed"
            await self._say_not_saved(error.code)
        except AlreadySaved as error:
            self._show_before(actor, form, error.before)
            await self._say_not_saved(error.code, number=error.before.ref.number)
        else:
            await self._leave_for(ref, form)
        finally:
            self.saving = False

    @requires(Permission.CUSTOMER_CREATE)
    async def go_on(self, actor: Actor, form: dict[str, str]):
        """Take what is typed to the form of the customer that was saved already, as changes of that."""
        if not self.before.href:
            return
        known = (rules.CUSTOMER_FIELDS.keys() - {"level", "region"}) | set(PLACES) | set(self._own_keys())
        self.carried = {name: text for name, text in form.items() if name in known}
        self.dirty, self.saved = False, routes.edit_path(self.before.number)
        self.saved_form = form.get("asked", "")

    async def _leave_for(self, ref: CustomerRef, form: Mapping[str, str]) -> None:
        self.dirty, self.saved_form, self.carried = False, form.get("asked", ""), {}
        self.answer += 1
        path = routes.customer_path(ref.number)
        if self.saved != path:  # A check that was under way together with the save finds its customer too.
            self.saved = path
            await notify(self, "customers.form.saved", number=ref.number)

    def _show_before(self, actor: Actor, form: Mapping[str, str], before: SavedBefore | None) -> None:
        """The form waits until its person says whether he changes the saved customer or means another one."""
        self.before = BeforeLine() if before is None else self._before_line(before, actor.language)
        if before is not None and form.get("other") != before.ref.number:
            self.valid, self.first_wrong = False, "other"
            self.wrong = say(actor.language, "customers.form.saved_as", number=before.ref.number)

    def _before_line(self, before: SavedBefore, language: str) -> BeforeLine:
        def named(fields: tuple[str, ...]) -> str:
            return say(language, "customers.form.and").join(self._label(field, language) for field in fields)

        number = before.ref.number
        href = routes.customer_path(number) if before.editable else ""
        return BeforeLine(number, href, named(before.fields), named(before.others))

    def _show_problems(
        self, actor: Actor, typed: TypedForm, problems: Mapping[str, Problem], *, left: frozenset[str] | None
    ) -> None:
        named = {typed.field_of(key): problem for key, problem in problems.items()}
        self._tell_problems(actor, named, left=left, rows=typed.rows)


def _read(form: Mapping[str, str], own: Sequence[OwnView], contact_own: Sequence[OwnView]) -> TypedForm:
    """The form by the names of its fields: `rows` lists the contacts, the main one first; `contacts.<row>.<field>`."""
    rows = tuple(dict.fromkeys(row for row in form.get("rows", "").split(",") if row.isdecimal() and len(row) < 4))
    rows = rows[: rules.MAX_CONTACTS + 1] or ("0",)
    values = {name: form.get(name, "") for name in rules.CUSTOMER_FIELDS} | {"region": place_of(form)}
    values |= {view.key: form[view.key] for view in own if view.key in form}
    contacts = tuple(
        ContactInput(
            **{name: form.get(f"contacts.{row}.{name}", "") for name in rules.CONTACT_FIELDS},
            is_main=position == 0,
            own={view.key: form[path] for view in contact_own if (path := f"contacts.{row}.{view.key}") in form},
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
    begun = {**rules.DEFAULTS, **{view.key: view.initial for view in own}}
    begun |= {f"contacts.{row}.{view.key}": view.initial for row in rows for view in contact_own}
    typed = (value for name, value in form.items() if name not in ("rows", "asked") and value != begun.get(name))
    dirty = any(value.strip() for value in typed)
    return TypedForm(cmd, rows, dirty or len(rows) > 1)


def _ids(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(",") if part.isdecimal() and part.isascii() and len(part) < 10)


def _offers(choices: FormChoices, actor: Actor) -> dict[str, list[Choice]]:
    offers = {str(list_code): option_choices(options, actor.language) for list_code, options in choices.options.items()}
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
    return offers | {"province": places(regions.provinces()), "city": [], "district": []}


def _person(name: str, department: str) -> str:
    return f"{name} · {department}" if department else name

"""`/customers/<number>/edit`: a customer as a whole form, judged by the version on which the person began (R2.3)."""

from collections.abc import Mapping

import reflex as rx

from crm_app.access.actor import Actor
from crm_app.access.guard import requires
from crm_app.access.permissions import Permission
from crm_app.access.state import notify
from crm_app.catalogue import say
from crm_app.core import regions
from crm_app.core.db import get_database
from crm_app.core.errors import Conflict, CrmError, NotFound
from crm_app.core.problems import Invalid
from crm_app.core.vocabulary import CustomerType
from crm_app.customers import queries, rules, service
from crm_app.customers.schemas import Decision, EditedForm, FormReview, OpenedForm
from crm_app.customers.service import DuplicatesFound
from crm_app.customers.state.clash import DECISION, ClashLine, clash_line, read_decisions, undecided
from crm_app.customers.state.form import (
    PLACES,
    Choice,
    LiveFormState,
    option_choices,
    place_of,
    places,
)
from crm_app.customers.state.merged import follow_merge
from crm_app.customers.state.own import own_views
from crm_app.ui import live, routes

OFFERED = ("industry", "source", "headcount", "revenue", "customer_type", "status", *PLACES)
"""What the form has lists for."""
_CHANGED = frozenset({"customer", "own_field"})


class EditForm(LiveFormState, rx.State):
    """Each check and the save bring the whole form along, and the version on which it was begun."""

    options: dict[str, list[Choice]] = {name: [] for name in OFFERED}
    values: dict[str, str] = {}
    """By field of the form: what stood there in `version`."""
    version: int = 0
    of: str = ""
    """The number of the customer that the form shows; empty while there is none."""
    name: str = ""
    clashes: list[ClashLine] = []
    """What others changed too; the person decides field by field."""
    merged: list[ClashLine] = []
    """What only others changed: it stays as they left it."""
    notes: dict[str, str] = {}
    """By field: whose value will stay, where it is not the one in the field."""
    in_bin: bool = False
    """Whether the customer that isn't found here lies in the recycle bin, for whoever may bring it back."""
    _customer_id: int = 0

    @requires(Permission.CUSTOMER_EDIT, loads_page=True)
    async def open(self, actor: Actor):
        """Fill the form; the browser puts back what was typed before, and tells on which version."""
        number = _here(self)
        self.reset()
        try:
            opened = await get_database().read(queries.open_form, actor, number=number)
        except NotFound:
            if survivor := await get_database().read(queries.find_survivor, actor, number=number):
                return await follow_merge(self, number, survivor)
            bringing = Permission.CUSTOMER_DELETE
            self.in_bin = await get_database().read(queries.was_deleted, actor, bringing, number=number)
            raise
        self.options = _offers(opened, actor.language)
        self._offer_own(opened, actor.language)
        await self._show_built_in(actor)
        self.today, self.name = opened.today.isoformat(), opened.name
        self.values, self.version, self.of = _texts(opened.values), opened.version, number
        self._offer_places(self.values)
        self._watch(opened.customer_id)
        return None

    @requires(Permission.CUSTOMER_EDIT, supersedes=True)
    async def check(self, actor: Actor, form: dict[str, str], left: list[str]):
        """Live validation, the search for duplicates, and what others changed since."""
        edited = self._read(form)
        try:
            review = await get_database().read(service.review_form, actor, form=edited, known=self._probe)
        except NotFound:
            await self._tell_gone(actor)
            return
        self._show_review(actor, form, review, left=None if self._all_left else frozenset(left))
        self.saved = ""
        self.answer += 1

    @requires(Permission.CUSTOMER_EDIT)
    async def save(self, actor: Actor, form: dict[str, str]):
        """Save what was changed. Sent again because its answer was lost, there is nothing left to change."""
        self.saving = True
        yield
        edited = self._read(form)
        try:
            await get_database().write(service.save_form, actor, form=edited)
        except Invalid:
            self._all_left = True
            await self._show_why_not(actor, form, "customers.form.not_saved")
        except Conflict:
            await self._show_why_not(actor, form, "customers.edit.decide_first")
        except NotFound:
            await self._tell_gone(actor)
        except DuplicatesFound as error:
            self._show_hints(actor, error.hints)
            self.first_wrong = "confirmed"
            await self._say_not_saved(error.code)
        else:
            self.dirty, self.saved = False, routes.customer_path(edited.number)
            self.saved_form = form.get("asked", "")
            await notify(self, "customers.edit.saved")
        finally:
            self.saving = False

    @requires(Permission.CUSTOMER_EDIT)
    async def refresh(self, actor: Actor):
        """Somebody changed this customer: have the form checked again, and its reach with it."""
        number = _here(self)
        if not number or number != self.of:
            return None
        try:
            opened = await get_database().read(queries.open_form, actor, number=number)
        except CrmError:
            if await get_database().read(queries.was_deleted, actor, Permission.CUSTOMER_EDIT, number=number):
                await self._tell_gone(actor)
                return None
            return EditForm.open  # Out of reach now: the page says so as if it was opened.
        self._offer_own(opened, actor.language)
        await self._show_built_in(actor)
        self.values = {**dict.fromkeys(self._own_keys(), ""), **_texts(opened.values), **self.values}
        self.news += 1
        self._watch(opened.customer_id)
        return None

    def _offer_own(self, opened: OpenedForm, language: str) -> None:
        self.own = own_views(opened.own, opened.people, language, present=opened.values, names=opened.names)

    async def _tell_gone(self, actor: Actor) -> None:
        """The customer is gone. Of a deleted one the form stays, to be saved once somebody brings it back (R11.3)."""
        if not self._customer_id or not await get_database().read(
            queries.was_deleted, actor, Permission.CUSTOMER_EDIT, number=_here(self)
        ):
            raise NotFound
        self._watch(self._customer_id)
        await notify(self, "customers.edit.deleted", kind="error")

    def _watch(self, customer_id: int) -> None:
        self._customer_id = customer_id
        place = routes.edit_path(_here(self))
        live.watch(self, place, kinds=_CHANGED, then=EditForm.refresh, customer_id=customer_id)

    def _read(self, form: Mapping[str, str]) -> EditedForm:
        """The form by the names of its fields; one that it does not have is not changed."""
        version = form.get("version", "")
        values = {name: form[name] for name in rules.CUSTOMER_FIELDS if name in form and name != "level"}
        values |= {key: form[key] for key in self._own_keys() if key in form}
        if "province" in form:
            values["region"] = place_of(form)
        return EditedForm(
            number=_here(self),
            version=int(version) if version.isdecimal() and len(version) < 10 else self.version,
            values=values,
            decisions=read_decisions(form),
            confirmed_duplicates=bool(self.seal) and self._confirmed(form),
        )

    async def _show_why_not(self, actor: Actor, form: Mapping[str, str], code: str) -> None:
        edited = self._read(form)
        review = await get_database().read(service.review_form, actor, form=edited, known=self._probe)
        self._show_review(actor, form, review, left=None)
        await self._say_not_saved(code)

    def _show_review(
        self, actor: Actor, form: Mapping[str, str], review: FormReview, *, left: frozenset[str] | None
    ) -> None:
        edited = self._read(form)
        if edited.version != self.version:
            # Begun before a reload or a restart: the fields that were not touched show what stood there then.
            self.version, self.values = edited.version, _texts(review.before)
        self._probe = review.probe
        if review.hints is not None:
            self._show_hints(actor, review.hints)
        self.dirty = bool(review.changed)
        self._offer_places(form)
        self._tell_problems(actor, {_field(key): problem for key, problem in review.problems.items()}, left=left)
        self._show_clashes(actor.language, review, edited.decisions)
        self.valid = self.dirty and not self.wrong and self._confirmed(form)
        if self.dirty and not self.wrong and not self.valid:
            self.first_wrong, self.wrong = "confirmed", say(actor.language, "customers.form.to_confirm")

    def _show_clashes(self, language: str, review: FormReview, decisions: Mapping[str, Decision]) -> None:
        """Both values of each field that two people changed; nothing is saved before each is decided."""
        offers = self.options | {view.key: view.options for view in self.own}
        labels = {name: {one["value"]: one["label"] for one in offered} for name, offered in offers.items()}
        self.clashes = [clash_line(one, self._label(one.field, language), labels, language) for one in review.conflicts]
        self.merged = [clash_line(one, self._label(one.field, language), labels, language) for one in review.merged]
        open_ones = undecided(review.conflicts, decisions)
        self.notes = {
            line.field: say(language, "customers.edit.theirs_stays", by=line.by, theirs=line.theirs)
            for line, one in zip(self.clashes, review.conflicts, strict=True)
            if one.field not in open_ones and not decisions[one.field].mine
        }
        if open_ones and not self.wrong:
            named = say(language, "customers.form.and").join(self._label(name, language) for name in open_ones)
            self.first_wrong = DECISION + open_ones[0]
            self.wrong = say(language, "customers.edit.to_decide", fields=named)


def _here(state: rx.State) -> str:
    """The number in the page's address; `[number]` of the route is a var that Reflex adds to every state."""
    return str(getattr(state, "number", ""))[:40]


def _field(key: str) -> str:
    """The form's name of a field; a place is three, of which the first is gone to."""
    return "province" if key == "region" else key


def _texts(values: Mapping[str, str]) -> dict[str, str]:
    """Stored texts by the fields of the form."""
    named = {name: text for name, text in values.items() if name not in ("region", "level")}
    return named | dict.fromkeys(PLACES, "") | {place.level: place.code for place in regions.path(values["region"])}


def _offers(opened: OpenedForm, language: str) -> dict[str, list[Choice]]:
    words = {"customer_type": tuple(CustomerType), "status": opened.statuses}
    return {
        **{name: option_choices(rows, language) for name, rows in opened.options.items()},
        **{
            name: [{"value": code, "label": say(language, f"{name}.{code}")} for code in codes]
            for name, codes in words.items()
        },
        "province": places(regions.provinces()),
        "city": [],
        "district": [],
    }

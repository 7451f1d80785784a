"""What the forms of a new and of an edited customer share: what they offer, what is wrong, likely duplicates."""

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence

import reflex as rx

from crm_app.access.actor import Actor
from crm_app.access.state import notify
from crm_app.catalogue import say, texts
from crm_app.core import regions
from crm_app.core.problems import Problem
from crm_app.customers import queries, rules
from crm_app.customers.schemas import DuplicateHint, Probe
from crm_app.customers.state.own import OwnView
from crm_app.fields.schemas import BUILT_IN
from crm_app.fields.state import show_built_in
from crm_app.options.schemas import OptionRow
from crm_app.ui import routes

Choice = dict[str, str]
PLACES = ("province", "city", "district")
MOST_HINTS = 5
"""Likely duplicates that the panel shows; it counts the others."""
MOST_NAMED = 3
"""Fields that the line beside the button names; it counts the others."""


@dataclasses.dataclass(frozen=True, slots=True)
class HintLine:
    """A likely duplicate as the panel shows it, in the person's language."""

    reasons: str
    name: str
    number: str
    href: str
    owner: str
    exact: bool


class LiveFormState(rx.State, mixin=True):
    """A form that the browser sends whole after each pause; what is typed stays there."""

    options: dict[str, list[Choice]] = {}
    """By field: what can be picked."""
    own: list[OwnView] = []
    """The company's own fields that this person may fill in."""
    contact_own: list[OwnView] = []
    """Those of contacts."""
    today: str = ""
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
    saved_form: str = ""
    """The browser's number of the form that was saved: whoever typed on since stays."""
    news: int = 0
    """Grows when something changed that the form is judged by: it is looked at again."""
    _order: tuple[str, ...] = BUILT_IN
    """In which order its fields stand that every customer has."""
    _probe: Probe = Probe()
    _all_left: bool = False

    async def _say_not_saved(self, code: str, **params: str) -> None:
        self.valid, self.saved = False, ""
        self.attempt += 1
        await notify(self, code, kind="error", **params)

    def _confirmed(self, form: Mapping[str, str]) -> bool:
        return not self.seal or form.get("confirmed") == self.seal

    def _show_hints(self, actor: Actor, hints: tuple[DuplicateHint, ...]) -> None:
        self.hints = [_hint_line(hint, actor.language) for hint in hints[:MOST_HINTS]]
        self.more_hints = max(0, len(hints) - MOST_HINTS)
        self.seal = _seal(hints)

    def _tell_problems(
        self,
        actor: Actor,
        problems: Mapping[str, Problem],
        *,
        left: frozenset[str] | None,
        rows: tuple[str, ...] = (),
    ) -> None:
        """Tell each problem, by the form's name of its field, once the person has left it; `left` None: tell all."""
        self.errors = {
            field: say(actor.language, problem.code, **problem.params)
            for field, problem in problems.items()
            if left is None or _is_due(field, problem, left)
        }
        places = _Places(self._order, rows, self._own_keys(), self._contact_keys())
        ordered = sorted(problems, key=places.of)
        self.first_wrong = ordered[0] if ordered else ""
        self.wrong = _summary([self._label(field, actor.language) for field in ordered], actor.language)

    async def _show_built_in(self, actor: Actor) -> None:
        self._order = tuple(await show_built_in(self, actor))

    def _own_keys(self) -> list[str]:
        return [view.key for view in self.own]

    def _contact_keys(self) -> list[str]:
        return [view.key for view in self.contact_own]

    def _label(self, field: str, language: str) -> str:
        """What a field of the form is called."""
        views, name = (self.contact_own, field.rpartition(".")[2]) if "." in field else (self.own, field)
        own = next((view.label for view in views if view.key == name), "")
        key = label_key(field)
        # A field that the company made while the form was open is not among the form's yet.
        return own or say(language, key if key in texts() else "fields.section")

    def _offer_places(self, form: Mapping[str, str]) -> None:
        """The cities of the province and the districts of the city that are picked."""
        province = form.get("province", "")
        city = form.get("city", "")
        offered = {
            "city": places(regions.children(province)),
            "district": places(regions.children(city) if regions.is_within(city, province) else ()),
        }
        if any(self.options.get(name) != found for name, found in offered.items()):
            self.options = {**self.options, **offered}


def place_of(form: Mapping[str, str]) -> str:
    """The most exact place picked; what is left over from another province or city does not count."""
    code = form.get("province", "")
    for name in ("city", "district"):
        if (finer := form.get(name, "")) and (not regions.region(code) or regions.is_within(finer, code)):
            code = finer
    return code


def places(found: Sequence[regions.Region]) -> list[Choice]:
    """Places as a drop-down takes them."""
    return [{"value": place.code, "label": place.name} for place in found]


def option_choices(rows: Sequence[OptionRow], language: str) -> list[Choice]:
    """A drop-down list in the person's language."""
    return [{"value": row.code, "label": row.label(language)} for row in rows]


def _is_due(field: str, problem: Problem, left: frozenset[str]) -> bool:
    if problem.code == "customers.problem.mobile_or_email":
        row = field.rpartition(".")[0]
        return {f"{row}.mobile", f"{row}.email"} <= left
    return field in left


CLASSES = frozenset({"level", "customer_type", "status"})
"""The fields of the section of that name; the others stand in the first one."""
_PEOPLE = ("owner", "collaborators", "note")


@dataclasses.dataclass(frozen=True, slots=True)
class _Places:
    """Where fields stand on the page, to go to the first that is wrong."""

    order: Sequence[str]
    rows: Sequence[str]
    own: Sequence[str]
    contact_own: Sequence[str]

    def of(self, field: str) -> tuple[int, int, int]:
        """Section, and places within it."""
        if field.startswith("contacts."):
            _, row, name = field.split(".")
            return 1, _index(self.rows, row, missing=0), _index([*rules.CONTACT_FIELDS, *self.contact_own], name)
        if field in self.own:
            return 3, self.own.index(field), 0
        if field in _PEOPLE:
            return 4, _PEOPLE.index(field), 0
        built_in = "region" if field == "province" else field
        place = _index(self.order, built_in)
        return 0 if built_in in self.order and field not in CLASSES else 2, place, 0


def _index(listed: Sequence[str], name: str, *, missing: int | None = None) -> int:
    """Where it stands; after all others where it isn't among them."""
    return listed.index(name) if name in listed else len(listed) if missing is None else missing


def _summary(names: list[str], language: str) -> str:
    if not names:
        return ""
    listed = say(language, "customers.form.and").join(dict.fromkeys(names[:MOST_NAMED]))
    if len(names) > MOST_NAMED:
        return say(language, "customers.form.wrong_more", fields=listed, count=len(names))
    return say(language, "customers.form.wrong", fields=listed)


def label_key(field: str) -> str:
    """The catalogue key of a field's label."""
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

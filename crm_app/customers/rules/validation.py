"""What may stand in each field of a customer and its contacts (R1.2 to R1.4, R2.1): the one source of validation."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import partial
from typing import Protocol

from crm_app.core import masking, regions
from crm_app.core.credit_code import parse_credit_code
from crm_app.core.days import parse_day
from crm_app.core.phone import parse_email, parse_landline, parse_mobile
from crm_app.core.problems import Problem
from crm_app.core.text import clean_line, clean_text
from crm_app.core.vocabulary import CustomerType, Level, OptionList, Status
from crm_app.customers.schemas import Choices, ContactInput, OptionCodes, Probe
from crm_app.fields.rules import check_value

Value = str | date | None
MAX_CONTACTS = 20

CREATE_LEVELS = (Level.POTENTIAL, Level.INTENT)
"""A new customer can't be won or lost yet: those levels take facts that `change_level` asks for (R6.5)."""

_OPEN_STATUSES = (Status.POTENTIAL, Status.FOLLOWING, Status.PENDING, Status.DORMANT)
STATUSES_OF_LEVEL: Mapping[str, tuple[Status, ...]] = {
    Level.POTENTIAL: _OPEN_STATUSES,
    Level.INTENT: _OPEN_STATUSES,
    Level.WON: (Status.WON, Status.FOLLOWING, Status.PENDING, Status.DORMANT),
    Level.LOST: (Status.LOST, Status.DORMANT),
}
"""已成交 and 已流失 are said of customers whose level says so too."""


class Kind(Enum):
    """How a field is typed and read."""

    LINE = "line"
    TEXT = "text"
    WORD = "word"
    OPTION = "option"
    REGION = "region"
    DATE = "date"
    CREDIT_CODE = "credit_code"
    PERSON = "person"
    MOBILE = "mobile"
    PHONE = "phone"
    EMAIL = "email"


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One field; texts of its label and of 「请填写…」 are `customers.field.<name>` and `customers.required.<name>`."""

    name: str
    kind: Kind
    required: bool = False
    max_length: int = 0
    list_code: OptionList | None = None
    words: tuple[str, ...] = ()
    earliest: date = date(1000, 1, 1)


def _by_name(*rules: FieldRule) -> dict[str, FieldRule]:
    return {rule.name: rule for rule in rules}


CUSTOMER_FIELDS: Mapping[str, FieldRule] = _by_name(
    FieldRule("name", Kind.LINE, required=True, max_length=100),
    FieldRule("industry", Kind.OPTION, required=True, list_code=OptionList.INDUSTRY),
    FieldRule("source", Kind.OPTION, list_code=OptionList.SOURCE),
    FieldRule("region", Kind.REGION),
    FieldRule("address", Kind.LINE, max_length=200),
    FieldRule("headcount", Kind.OPTION, list_code=OptionList.HEADCOUNT),
    FieldRule("revenue", Kind.OPTION, list_code=OptionList.REVENUE),
    FieldRule("founded_on", Kind.DATE),
    FieldRule("main_business", Kind.TEXT, max_length=500),
    FieldRule("credit_code", Kind.CREDIT_CODE),
    FieldRule("level", Kind.WORD, required=True, words=CREATE_LEVELS),
    FieldRule("customer_type", Kind.WORD, required=True, words=tuple(CustomerType)),
    FieldRule("status", Kind.WORD, required=True, words=tuple(Status)),
    FieldRule("note", Kind.TEXT, max_length=1000),
)
CONTACT_FIELDS: Mapping[str, FieldRule] = _by_name(
    FieldRule("name", Kind.PERSON, required=True, max_length=40),
    FieldRule("position", Kind.LINE, max_length=60),
    FieldRule("mobile", Kind.MOBILE),
    FieldRule("phone", Kind.PHONE, max_length=30),
    FieldRule("email", Kind.EMAIL),
    FieldRule("birthday", Kind.DATE, earliest=date(1900, 1, 1)),
    FieldRule("preferred_channel", Kind.OPTION, list_code=OptionList.CHANNEL),
)
DEFAULTS: Mapping[str, str] = {
    "level": Level.POTENTIAL,
    "customer_type": CustomerType.NEW,
    "status": Status.POTENTIAL,
}


# --- one field


def check_field(rule: FieldRule, raw: str, choices: Choices, *, current: str = "") -> Value | Problem:
    """The value that `raw` means, or why it can't stand there.

    `current` is what stands there now: a retired option that did not change stays allowed.
    """
    if rule.kind is Kind.OPTION:
        value: Value | Problem = _check_option(rule, clean_line(raw), choices, current)
    else:
        value = _CHECKS[rule.kind](rule, raw, choices)
    if value in ("", None) and is_required(rule, choices):
        return Problem(f"customers.required.{'contact.' if rule is CONTACT_FIELDS.get(rule.name) else ''}{rule.name}")
    return value


def is_required(rule: FieldRule, choices: Choices) -> bool:
    """Whether something must stand there: always, or because the company wants it (R1.8)."""
    return rule.required or (rule.name in choices.required and rule is CUSTOMER_FIELDS.get(rule.name))


def _check_length(rule: FieldRule, text: str) -> str | Problem:
    if len(text) > rule.max_length:
        return Problem("customers.problem.too_long", {"max": rule.max_length, "length": len(text)})
    return text


def _check_line(rule: FieldRule, raw: str, _choices: Choices) -> str | Problem:
    return _check_length(rule, clean_line(raw))


def _check_text(rule: FieldRule, raw: str, _choices: Choices) -> str | Problem:
    return _check_length(rule, clean_text(raw))


def _check_person(rule: FieldRule, raw: str, _choices: Choices) -> str | Problem:
    name = clean_line(raw)
    return Problem("customers.problem.masked") if masking.looks_masked(name) else _check_length(rule, name)


def _check_word(rule: FieldRule, raw: str, _choices: Choices) -> str | Problem:
    word = clean_line(raw)
    if word and word not in rule.words:
        known = rule.name == "level" and word in tuple(Level)
        return Problem("customers.problem.level_by_step" if known else "customers.problem.unknown_option")
    return word


def _check_option(rule: FieldRule, code: str, choices: Choices, current: str) -> str | Problem:
    codes = choices.options.get(rule.list_code or "", OptionCodes())
    if not code or code == current or code in codes.offered:
        return code
    return Problem(f"customers.problem.{'retired' if code in codes.retired else 'unknown'}_option")


def _check_region(_rule: FieldRule, raw: str, _choices: Choices) -> str | Problem:
    code = clean_line(raw)
    return code if not code or regions.region(code) else Problem("customers.problem.unknown_region")


def _check_date(rule: FieldRule, raw: str, choices: Choices) -> date | Problem | None:
    day = parse_day(raw)
    if day is None or isinstance(day, Problem):
        return day
    if day > choices.today:
        return Problem("customers.problem.date_in_future")
    return (
        day if day >= rule.earliest else Problem("customers.problem.date_too_early", {"earliest": rule.earliest.year})
    )


def _parsed(parse: Callable[[str], object], _rule: FieldRule, raw: str, _choices: Choices) -> str | Problem:
    line = clean_line(raw)
    if not line:
        return ""
    if masking.looks_masked(line):
        return Problem("customers.problem.masked")
    parsed = parse(line)
    return parsed if isinstance(parsed, Problem) else str(parsed)


def _parse_phone(raw: str) -> object:
    """A fixed line; some people's only phone is a mobile, so that is taken here too."""
    line = parse_landline(raw)
    if not isinstance(line, Problem):
        return line
    mobile = parse_mobile(raw)
    return line if isinstance(mobile, Problem) else mobile


_CHECKS: Mapping[Kind, Callable[[FieldRule, str, Choices], Value | Problem]] = {
    Kind.LINE: _check_line,
    Kind.TEXT: _check_text,
    Kind.PERSON: _check_person,
    Kind.WORD: _check_word,
    Kind.REGION: _check_region,
    Kind.DATE: _check_date,
    Kind.CREDIT_CODE: partial(_parsed, parse_credit_code),
    Kind.MOBILE: partial(_parsed, parse_mobile),
    Kind.PHONE: partial(_parsed, _parse_phone),
    Kind.EMAIL: partial(_parsed, parse_email),
}


# --- a whole form


class FieldCheck(Protocol):
    """What `check_field` is."""

    def __call__(self, rule: FieldRule, raw: str, choices: Choices, *, current: str = "") -> Value | Problem: ...


def check_form(
    raws: Mapping[str, str], choices: Choices, *, check: FieldCheck = check_field
) -> tuple[dict[str, Value], dict[str, Problem]]:
    """The values of a new customer's own fields, and the problems of those that have none.

    `check` stands for `check_field` where somebody remembers its answers.
    """
    values: dict[str, Value] = {}
    problems: dict[str, Problem] = {}
    for name, rule in CUSTOMER_FIELDS.items():
        _sort(name, check(rule, raws.get(name) or DEFAULTS.get(name, ""), choices), values, problems)
    for own in choices.own:
        raw = raws.get(own.key, own.initial)
        _sort(own.key, check_value(own, raw, people=choices.people, language=choices.language), values, problems)
    level, status = values.get("level"), values.get("status")
    if level and status and status not in STATUSES_OF_LEVEL[str(level)]:
        problems["status"] = Problem("customers.problem.status_of_level")
    return values, problems


def _sort(name: str, value: Value | Problem, values: dict[str, Value], problems: dict[str, Problem]) -> None:
    if isinstance(value, Problem):
        problems[name] = value
    else:
        values[name] = value


@dataclass(frozen=True, slots=True)
class CheckedContact:
    """A contact whose fields hold; by name as in `CONTACT_FIELDS`, own fields by their keys."""

    values: Mapping[str, Value]
    is_main: bool

    @property
    def columns(self) -> dict[str, Value]:
        """What stands in its row."""
        return contact_columns(self.values)


def contact_columns(values: Mapping[str, Value]) -> dict[str, Value]:
    """What stands in the row of a contact; own fields have rows of their own."""
    return {name: value for name, value in values.items() if name in CONTACT_FIELDS}


def check_contact(
    raws: Mapping[str, str],
    choices: Choices,
    *,
    current: Mapping[str, str] | None = None,
    check: FieldCheck = check_field,
) -> tuple[dict[str, Value], dict[str, Problem]]:
    """The values of one contact. `current` are the stored texts where it is an edit; it needs a mobile or an e-mail."""
    values: dict[str, Value] = {}
    problems: dict[str, Problem] = {}
    before = current or {}
    for name, rule in CONTACT_FIELDS.items():
        if current is not None and name not in raws:
            continue
        _sort(name, check(rule, raws.get(name, ""), choices, current=before.get(name, "")), values, problems)
    known = {"people": choices.people, "language": choices.language}
    for own in choices.contact_own:
        if current is None or own.key in raws:
            raw, now = raws.get(own.key, own.initial), before.get(own.key, "")
            _sort(own.key, check_value(own, raw, current=now, **known), values, problems)
    after = {**before, **values}
    if not problems.keys() & {"mobile", "email"} and not (after.get("mobile") or after.get("email")):
        problems["email" if set(raws) & {"mobile", "email"} == {"email"} else "mobile"] = Problem(
            "customers.problem.mobile_or_email"
        )
    return values, problems


def contact_raws(contact: ContactInput) -> dict[str, str]:
    """What was typed, by field."""
    return {name: getattr(contact, name) for name in CONTACT_FIELDS} | dict(contact.own)


def _says_something(raws: Mapping[str, str], choices: Choices) -> bool:
    """Whether anything was typed beside that with which own fields begin."""
    begun = {own.key: own.initial for own in choices.contact_own}
    return any(clean_line(raw) and raw != begun.get(name) for name, raw in raws.items())


def check_contacts(
    contacts: Iterable[ContactInput], choices: Choices, *, check: FieldCheck = check_field
) -> tuple[tuple[CheckedContact, ...], dict[str, Problem]]:
    """The contacts of a new customer: one is the main one; empty further ones are left out.

    Problems are keyed `contacts.<position>.<field>`.
    """
    typed = tuple(contacts) or (ContactInput(is_main=True),)
    main = next((i for i, contact in enumerate(typed) if contact.is_main), 0)
    checked: list[CheckedContact] = []
    problems: dict[str, Problem] = {}
    for position, contact in enumerate(typed):
        raws = contact_raws(contact)
        if position != main and not _says_something(raws, choices):
            continue
        values, wrong = check_contact(raws, choices, check=check)
        problems |= {f"contacts.{position}.{name}": problem for name, problem in wrong.items()}
        checked.append(CheckedContact(values, is_main=position == main))
    if len(checked) > MAX_CONTACTS:
        problems["contacts"] = Problem("customers.problem.too_many_contacts", {"max": MAX_CONTACTS})
    return tuple(checked), problems


def probe_of(raws: Mapping[str, str], contacts: Iterable[ContactInput]) -> Probe:
    """What duplicates can be looked for by: the normal forms of what is complete already (R2.2)."""
    listed = tuple(contacts)
    phones = _normal(_parse_phone, (contact.phone for contact in listed))
    mobiles = _normal(parse_mobile, (contact.mobile for contact in listed))
    return Probe(
        name=clean_line(raws.get("name", ""), max_length=100),
        mobiles=mobiles,
        phones=phones,
        emails=_normal(parse_email, (contact.email for contact in listed)),
        credit_code=next(iter(_normal(parse_credit_code, [raws.get("credit_code", "")])), ""),
        # One character is a surname at most, or the first letter of what is still being typed.
        contacts=tuple(dict.fromkeys(name for name in map(_person_name, listed) if len(name) > 1)),
    )


def _person_name(contact: ContactInput) -> str:
    return clean_line(contact.name, max_length=CONTACT_FIELDS["name"].max_length)


def _normal(parse: Callable[[str], object], raws: Iterable[str]) -> tuple[str, ...]:
    parsed = (parse(raw) for raw in raws if raw.strip())
    return tuple(dict.fromkeys(str(value) for value in parsed if not isinstance(value, Problem)))


# --- values as they are stored, kept in the history, and shown


def as_text(value: Value) -> str:
    """The plain text of a value, as the history keeps it."""
    return value.isoformat() if isinstance(value, date) else str(value or "")


def region_columns(code: str) -> dict[str, str]:
    """A place as the three columns that keep it; the columns below the place are empty."""
    columns = {"province": "", "city": "", "district": ""}
    for place in regions.path(code):
        columns[place.level] = place.code
    return columns


def region_of(province: str, city: str, district: str) -> str:
    """The code of the most exact place known."""
    return district or city or province


def mask_contact_value(name: str, value: Value) -> str:
    """A contact's value as everybody may see it (R10.3); of a birthday, the day without the year."""
    text = as_text(value)
    if not text:
        return ""
    masks: Mapping[str, Callable[[str], str]] = {
        "name": masking.mask_name,
        "mobile": masking.mask_mobile,
        "phone": masking.mask_landline,
        "email": masking.mask_email,
        "birthday": lambda day: day[5:],
    }
    return masks[name](text) if name in masks else text

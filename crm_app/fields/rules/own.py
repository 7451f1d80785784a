"""What may stand in a field that the administrator added, how it is stored, and what its definition may say (R1.8)."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from crm_app.catalogue import say
from crm_app.core.amounts import parse_amount
from crm_app.core.days import parse_day
from crm_app.core.pinyin import company_pinyin
from crm_app.core.problems import Invalid, Problem
from crm_app.core.text import clean_line, clean_text, fold_width
from crm_app.fields.schemas import (
    CHOOSING,
    MEASURED,
    WRITTEN,
    CheckedField,
    FieldInput,
    FieldKind,
    OwnFieldDef,
    StoredValue,
)
from crm_app.options.rules import ENGLISH_LENGTH, LABEL_LENGTH

LONGEST: Mapping[FieldKind, int] = {FieldKind.LINE: 200, FieldKind.TEXT: 2000, FieldKind.URL: 500}
HELP_LENGTH = INITIAL_LENGTH = 200
MOST_FIELDS = 60
MOST_OPTIONS = 100
MOST_CHOSEN = 20
YES, NO = "yes", "no"
PLACES = 4
"""Decimal places of a number; it is stored in units of 10 to the power of minus that."""
_LARGEST = Decimal(10) ** 12
_KEY, _SORT = 200, 60
_NUMBER = re.compile(r"-?\d{1,15}(?:\.\d+)?")
_GROUPED = re.compile(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_HOST = re.compile(r"(?=.{1,253}$)[^\s./@:]+(?:\.[^\s./@:]+)+(?::\d{1,5})?", re.IGNORECASE)


# --- one value


def check_value(
    field: OwnFieldDef, raw: str, *, people: Collection[str] = (), current: str = "", language: str = "zh"
) -> str | Problem:
    """The value that `raw` means as it is stored, '' for none, or why it can't stand there.

    `people` are the ids of those who can be named; `current` is what stands there now: a retired choice and somebody
    who left stay allowed. A problem names the field in `language`.
    """
    value = _read(field, raw, people, current)
    if field.required and value == "":
        return Problem("fields.required", {"label": field.label(language)})
    return value


def _read(field: OwnFieldDef, raw: str, people: Collection[str], current: str) -> str | Problem:
    match field.kind:
        case FieldKind.PERSON:
            known = clean_line(raw)
            return known if known in ("", current) or known in people else Problem("customers.problem.unknown_option")
        case FieldKind.CHOICE:
            return _read_code(field, clean_line(raw), current)
        case FieldKind.CHOICES:
            return _read_codes(field, raw, current)
        case kind:
            return _READERS[kind](field, raw)


def _read_line(field: OwnFieldDef, raw: str) -> str | Problem:
    return _within_length(field, clean_line(raw))


def _read_text(field: OwnFieldDef, raw: str) -> str | Problem:
    return _within_length(field, clean_text(raw))


def _read_flag(_field: OwnFieldDef, raw: str) -> str | Problem:
    word = clean_line(raw)
    return word if word in ("", YES, NO) else Problem("customers.problem.unknown_option")


def _within_length(field: OwnFieldDef, text: str) -> str | Problem:
    longest = field.longest or LONGEST[field.kind]
    if len(text) > longest:
        return Problem("customers.problem.too_long", {"max": longest, "length": len(text)})
    return text


def _read_url(_field: OwnFieldDef, raw: str) -> str | Problem:
    """Of the web only: what is clicked must not run as a script."""
    text = clean_line(raw)
    if not text:
        return ""
    if len(text) > LONGEST[FieldKind.URL]:
        return Problem("customers.problem.too_long", {"max": LONGEST[FieldKind.URL], "length": len(text)})
    whole = text if "://" in text else f"https://{text}"
    try:
        parts = urlsplit(whole)
    except ValueError:
        return Problem("fields.problem.url")
    if parts.scheme.lower() not in ("http", "https") or not _HOST.fullmatch(parts.netloc) or " " in whole:
        return Problem("fields.problem.url")
    return whole


def _read_number(field: OwnFieldDef, raw: str) -> str | Problem:
    typed = fold_width(clean_line(raw)).replace(" ", "").replace("−", "-")
    if not typed:
        return ""
    if _GROUPED.fullmatch(typed):
        typed = typed.replace(",", "")
    if not _NUMBER.fullmatch(typed):
        return Problem("fields.problem.number")
    number = Decimal(typed)
    if number != round(number, PLACES):
        return Problem("fields.problem.places", {"places": PLACES})
    return _measured(field, number)


def _read_amount(field: OwnFieldDef, raw: str) -> str | Problem:
    text = clean_line(raw)
    if not text:
        return ""
    amount = parse_amount(text, negative=True)
    return amount if isinstance(amount, Problem) else _measured(field, amount)


def _measured(field: OwnFieldDef, number: Decimal) -> str | Problem:
    if abs(number) > _LARGEST:
        return Problem("fields.problem.large")
    low, high = _limit(field.lowest), _limit(field.highest)
    return _outside(field, low is not None and number < low, high is not None and number > high) or plain(number)


def _limit(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def _outside(field: OwnFieldDef, below: bool, above: bool) -> Problem | None:
    if below:
        return Problem("fields.problem.lowest", {"limit": field.lowest})
    return Problem("fields.problem.highest", {"limit": field.highest}) if above else None


def _read_day(field: OwnFieldDef, raw: str) -> str | Problem:
    day = parse_day(raw)
    if day is None or isinstance(day, Problem):
        return day or ""
    said = day.isoformat()
    below, above = bool(field.lowest) and said < field.lowest, bool(field.highest) and said > field.highest
    return _outside(field, below, above) or said


def _read_code(field: OwnFieldDef, code: str, current: str) -> str | Problem:
    option = next((one for one in field.options if one.code == code), None)
    if not code or (option and (not option.retired or code in current.split(","))):
        return code
    return Problem(f"customers.problem.{'retired' if option else 'unknown'}_option")


def _read_codes(field: OwnFieldDef, raw: str, current: str) -> str | Problem:
    asked = dict.fromkeys(filter(None, (part.strip() for part in raw.split(","))))
    wrong = next((found for code in asked if isinstance(found := _read_code(field, code, current), Problem)), None)
    if wrong:
        return wrong
    if len(asked) > MOST_CHOSEN:
        return Problem("fields.problem.many", {"max": MOST_CHOSEN})
    return ",".join(option.code for option in field.options if option.code in asked)


_READERS: Mapping[FieldKind, Callable[[OwnFieldDef, str], str | Problem]] = {
    FieldKind.LINE: _read_line,
    FieldKind.TEXT: _read_text,
    FieldKind.URL: _read_url,
    FieldKind.NUMBER: _read_number,
    FieldKind.AMOUNT: _read_amount,
    FieldKind.DAY: _read_day,
    FieldKind.FLAG: _read_flag,
}


def plain(number: Decimal) -> str:
    """Without an exponent and without zeros at its end."""
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


# --- how it reads


def shown(field: OwnFieldDef, value: str, language: str, people: Mapping[int, str]) -> str:
    """A stored value as a person reads it: labels instead of codes, names instead of ids."""
    match field.kind:
        case FieldKind.CHOICE | FieldKind.CHOICES if value:
            labels = {option.code: option.label(language) for option in field.options}
            return say(language, "listing.separator").join(labels.get(code, code) for code in value.split(","))
        case FieldKind.FLAG if value in (YES, NO):
            return say(language, f"fields.flag.{value}")
        case FieldKind.PERSON if value:
            return people.get(int(value), "?") if value.isdecimal() else "?"
        case FieldKind.AMOUNT | FieldKind.NUMBER if value:
            return _grouped(value)
    return value


def _grouped(number: str) -> str:
    whole, point, rest = number.partition(".")
    return f"{int(whole):,}{point}{rest}" if whole.lstrip("-").isdecimal() and whole != "-0" else number


# --- how it is stored


def stored(kind: FieldKind, value: str) -> tuple[StoredValue, ...]:
    """The rows that keep a value; none for an empty one."""
    if not value:
        return ()
    if kind is FieldKind.CHOICES:
        return tuple(StoredValue(place, code, key=code) for place, code in enumerate(value.split(",")))
    if kind in (FieldKind.NUMBER, FieldKind.AMOUNT):
        return (StoredValue(0, value, number=scaled(value)),)
    if kind is FieldKind.DAY:
        return (StoredValue(0, value, number=date.fromisoformat(value).toordinal()),)
    if kind in (FieldKind.LINE, FieldKind.TEXT, FieldKind.URL):
        sort = sort_key(value) if kind is FieldKind.LINE else None
        return (StoredValue(0, value, key=folded(value)[:_KEY], sort=sort),)
    return (StoredValue(0, value, key=value),)


def scaled(number: str) -> int:
    """A number in the unit in which it is stored."""
    return int(Decimal(number).scaleb(PLACES).to_integral_value())


def folded(text: str) -> str:
    """A text as it is looked for: without case and width."""
    return fold_width(text).casefold()


def sort_key(text: str) -> str:
    """Where a text stands in the order of a list: by its pinyin."""
    return company_pinyin(text[:_SORT]).full[:_SORT]


# --- a definition


def check_field(
    entry: FieldInput, others: Sequence[OwnFieldDef], taken: Collection[str], roles: Collection[str]
) -> CheckedField:
    """What the form of a field says; `taken` are the labels of the fields that every customer has.

    Raises Invalid by the form's field.
    """
    kind = FieldKind(entry.kind) if entry.kind in tuple(FieldKind) else None
    if kind is None:
        raise Invalid({"kind": Problem("customers.problem.unknown_option")})
    options = tuple(dict.fromkeys(filter(None, map(clean_line, entry.options.splitlines()))))
    texts = {name: clean_line(getattr(entry, name)) for name in ("label_zh", "label_en", "help_zh", "help_en")}
    limits = _check_limits(kind, entry)
    problems: dict[str, object] = {
        "label_zh": problem_with_label(texts["label_zh"], others, taken),
        "label_en": _problem_with_length(texts["label_en"], ENGLISH_LENGTH),
        "help_zh": _problem_with_length(texts["help_zh"], HELP_LENGTH),
        "help_en": _problem_with_length(texts["help_en"], HELP_LENGTH),
        "options": _problem_with_options(options) if kind in CHOOSING else None,
        **limits,
    }
    _refuse(problems)
    checked = CheckedField(
        kind=kind,
        **texts,
        required=entry.required,
        **limits,
        initial="",
        options=options if kind in CHOOSING else (),
        hidden_from=tuple(sorted(set(entry.hidden_from) & set(roles))),
        fixed_for=tuple(sorted((set(entry.fixed_for) & set(roles)) - set(entry.hidden_from))),
    )
    initial = _check_initial(checked, entry.initial)
    _refuse({"initial": initial})
    return replace(checked, initial=str(initial))


def _refuse(found: Mapping[str, object]) -> None:
    if problems := {name: problem for name, problem in found.items() if isinstance(problem, Problem)}:
        raise Invalid(problems)


def _check_limits(kind: FieldKind, entry: FieldInput) -> dict[str, Any]:
    """The length of a text, or the lowest and the highest of what is measured."""
    found: dict[str, Any] = {"longest": 0, "lowest": "", "highest": ""}
    if kind in WRITTEN:
        found["longest"] = _read_length(kind, clean_line(entry.longest))
    if kind in MEASURED:
        free = OwnFieldDef(0, kind, "")
        found["lowest"] = check_value(free, entry.lowest)
        found["highest"] = check_value(free, entry.highest)
        low, high = found["lowest"], found["highest"]
        if isinstance(low, str) and isinstance(high, str) and low and high and _above(kind, low, high):
            found["highest"] = Problem("fields.problem.limits")
    return found


def _above(kind: FieldKind, low: str, high: str) -> bool:
    return low > high if kind is FieldKind.DAY else Decimal(low) > Decimal(high)


def _read_length(kind: FieldKind, text: str) -> int | Problem:
    most = LONGEST[kind]
    typed = fold_width(text)
    length = int(typed) if re.fullmatch(r"\d{1,4}", typed, re.ASCII) else 0
    return length if not typed or 1 <= length <= most else Problem("fields.problem.length", {"max": most})


def _check_initial(field: CheckedField, typed: str) -> str | Problem:
    """What a new form begins with. A choice is named by its label, as its code is not made yet."""
    if field.kind in CHOOSING:
        said = clean_line(typed)
        return said if not said or said in field.options else Problem("customers.problem.unknown_option")
    if field.kind is FieldKind.PERSON:
        return ""
    if len(typed) > INITIAL_LENGTH:
        return Problem("customers.problem.too_long", {"max": INITIAL_LENGTH, "length": len(typed)})
    limits: dict[str, Any] = {"longest": field.longest, "lowest": field.lowest, "highest": field.highest}
    return check_value(OwnFieldDef(0, field.kind, field.label_zh, **limits), typed)


def _problem_with_length(text: str, longest: int) -> Problem | None:
    return Problem("options.problem.long", {"max": longest}) if len(text) > longest else None


def problem_with_label(label: str, others: Sequence[OwnFieldDef], taken: Collection[str]) -> Problem | None:
    """Why a field can't be called that beside `others`; `taken` is what those of every customer are called."""
    if not label:
        return Problem("fields.problem.no_label")
    if len(label) > LABEL_LENGTH:
        return Problem("options.problem.long", {"max": LABEL_LENGTH})
    twin = next((other for other in others if folded(other.label_zh) == folded(label)), None)
    if twin is not None:
        return Problem(f"fields.problem.{'retired_twin' if twin.retired else 'twin'}", {"label": label})
    return Problem("fields.problem.taken", {"label": label}) if folded(label) in set(map(folded, taken)) else None


def _problem_with_options(options: Sequence[str]) -> Problem | None:
    if not options:
        return Problem("fields.problem.no_options")
    if len(options) > MOST_OPTIONS:
        return Problem("fields.problem.many_options", {"max": MOST_OPTIONS})
    longest = max(map(len, options))
    return Problem("options.problem.long", {"max": LABEL_LENGTH}) if longest > LABEL_LENGTH else None


def pair_options(before: Sequence[str], after: Sequence[str], retired: Collection[str] = ()) -> Mapping[str, str]:
    """By new label, the former one whose place it takes: the same one, or the one that stood at its place and is gone.

    So a line that is typed over is renamed, one that is taken out is retired, and one that is added is new; what one of
    the `retired` is called brings that back.
    """
    same = {label: label for label in after if label in before}
    gone = {place: label for place, label in enumerate(before) if label not in same}
    if len(before) != len(after):
        return same
    new = {place: label for place, label in enumerate(after) if label not in same and label not in retired}
    renamed = {label: gone[place] for place, label in new.items() if place in gone}
    return same | renamed

"""Conditions as people type them in the search box: 行业:制造业 等级:意向 创建:2024Q1 金额:>50万 负责人:我 近30天.

A word becomes a condition when it is finished: followed by a blank, or all of them with Enter. What is no condition is
searched for; a condition that can't be read stays in the box, with the reason.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from crm_app.catalogue import both, texts
from crm_app.core import regions
from crm_app.core.amounts import AmountRange, parse_amount_range
from crm_app.core.periods import parse_period
from crm_app.core.problems import Problem
from crm_app.core.text import clean_line, fold_width
from crm_app.listing.rules.conditions import check_condition
from crm_app.listing.schemas import Condition, FieldDef, Kind, Known, ListDef, Operator

MAX_TYPED = 300
_QUOTES = {'"': '"', "'": "'", "“": "”", "”": "”", "「": "」", "『": "』"}
_SIGN = re.compile(r"[:=]|(?=[<>≤≥])")
_SPLIT = re.compile(r"[,，、|]")
_SILENCE = re.compile(r"(?:超过|>)?(\d{1,4})[天日](?:未|没|没有)(?:跟进|联系)")
_BARE_PERIOD = re.compile(
    r"\d{4}年.*|\d{4}[-/]?q[1-4]|\d{4}-\d{1,2}-\d{1,2}\.\.\S+|(?:近|最近|过去)\d+[天日]"
    r"|本月|上月|上个月|本季度?|上季度?|今年|去年|本周|上周|今天|昨天",
    re.IGNORECASE,
)
_NOBODY = {"无", "空", "没有", "未分配", "none", "empty"}
_SOMEBODY = {"有", "非空", "any", "filled"}
_WORDS = {"我": "me", "我的": "me", "me": "me", "本部门": "mine", "我的部门": "mine", "mine": "mine"}
_NEGATED = ("-", "!")


@dataclass(frozen=True, slots=True)
class Typed:
    """What the box says: conditions to add, words to search for, what stays in the box, what could not be read."""

    conditions: tuple[Condition, ...] = ()
    search: str = ""
    remains: str = ""
    problems: tuple[Problem, ...] = ()
    pending: str = ""
    """The last word while it may still grow, if it names a field and a value: Enter makes a condition of it."""


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    raw: str
    quoted: bool


def parse_typed(definition: ListDef, text: str, known: Known, *, finished: bool) -> Typed:
    """Split typed text into conditions and words; `finished` says that Enter was pressed."""
    text = text[:MAX_TYPED]
    words = _words(text)
    open_end = not finished and bool(words) and not text[-1:].isspace()
    ripe, growing = (words[:-1], words[-1:]) if open_end else (words, [])
    conditions: list[Condition] = []
    kept: list[_Word] = []
    refused: list[_Word] = []
    problems: list[Problem] = []
    for word in ripe:
        read = _read_keyed(definition, word, known)
        if isinstance(read, Problem):
            problems.append(read)
            refused.append(word)
        elif read is None:
            kept.append(word)
        else:
            conditions += read
    searched = kept + [word for word in growing if not _is_keyed(definition, word)]
    if finished:
        conditions, searched = _read_bare(definition, conditions, kept, known)
        kept = searched
    else:
        # What Enter will make a condition of is nobody's name: looking for it as one would empty the list meanwhile.
        searched = _read_bare(definition, conditions, searched, known)[1]
    if not conditions and not finished:
        remains = text
    else:
        left = [word for word in words if word in kept or word in refused or word in growing]
        remains = " ".join(word.raw for word in left)
        if remains and open_end is False and not finished:
            remains += " "
    pending = next((word.raw for word in growing if (keyed := _split_keyed(definition, word)) and keyed[1]), "")
    return Typed(tuple(conditions), " ".join(map(_searched, searched)), remains, tuple(problems), pending)


def _searched(word: _Word) -> str:
    """What was quoted is one word for the search, which looks for letters without the blanks between them."""
    return word.text.replace(" ", "") if word.quoted else word.text


def _words(text: str) -> list[_Word]:
    """Split at blanks, but not inside quotes; a lone + joins conditions in speech and says nothing."""
    words: list[_Word] = []
    raw, plain, closing, quoted = "", "", "", False
    for char in f"{text} ":
        if closing:
            raw += char
            closing, plain = ("", plain) if char == closing else (closing, plain + char)
        elif char in _QUOTES and (not plain or _SIGN.search(fold_width(plain[-1]))):
            raw, closing, quoted = raw + char, _QUOTES[char], True
        elif char.isspace():
            if plain.strip() and fold_width(plain) != "+":
                words.append(_Word(clean_line(plain), raw, quoted))
            raw, plain, quoted = "", "", False
        else:
            raw, plain = raw + char, plain + char
    if closing and plain.strip():
        words.append(_Word(clean_line(plain), raw.rstrip(), quoted))
    return words


@lru_cache(maxsize=8)
def _field_names(labels: tuple[tuple[str, str, tuple[str, str], bool], ...]) -> Mapping[str, str]:
    """What people may call a field → its key: the first field to claim a word keeps it."""
    names: dict[str, str] = {}
    for key, label, called, own in labels:
        for zh_en in (called,) if own else (called, texts().get(f"{label}.typed", ("", "")), texts()[label]):
            for word in (*zh_en[0].split(), *zh_en[1].split(), zh_en[0], zh_en[1]):
                if word:
                    names.setdefault(_fold(word), key)
    for key, *_ in labels:
        names[key] = key
    return names


def _fold(text: str) -> str:
    return fold_width(text).casefold().replace(" ", "").replace("_", "").replace("-", "")


def _names(definition: ListDef) -> Mapping[str, str]:
    # What the company calls a field goes before the words that other fields answer to as well.
    fields = [(field, both(field.label)) for field in definition.fields.values() if not field.called[0]]
    named = [(field.key, field.label, field.called, True) for field in definition.fields.values() if field.called[0]]
    named += [(field.key, field.label, now, True) for field, now in fields if now != texts()[field.label]]
    return _field_names((*named, *((field.key, field.label, now, False) for field, now in fields)))


def _split_keyed(definition: ListDef, word: _Word) -> tuple[FieldDef, str, bool] | None:
    """Field, value text and whether it is negated; None when the word names no field."""
    sign = _SIGN.search(fold_width(word.text))
    if sign is None or not sign.start():
        return None
    name, value = fold_width(word.text[: sign.start()]), word.text[sign.end() :]
    negated = name.startswith(_NEGATED)
    key = _names(definition).get(_fold(name[1:] if negated else name))
    return (definition.fields[key], value.strip(), negated) if key else None


def _is_keyed(definition: ListDef, word: _Word) -> bool:
    return _split_keyed(definition, word) is not None


def _read_keyed(definition: ListDef, word: _Word, known: Known) -> list[Condition] | Problem | None:
    keyed = _split_keyed(definition, word)
    if keyed is None:
        return None
    field, value, negated = keyed
    if not value:
        return Problem("listing.problem.no_value")
    made = _conditions(field, value, negated, known)
    if isinstance(made, Problem):
        return made
    checked = [check_condition(definition, field.key, operator, values, known) for operator, values in made]
    wrong = next((c for c in checked if isinstance(c, Problem)), None)
    return wrong or [c for c in checked if isinstance(c, Condition)]


_Made = list[tuple[Operator, tuple[str, ...]]]


def _conditions(field: FieldDef, value: str, negated: bool, known: Known) -> _Made | Problem:
    said = fold_width(value).casefold()
    if field.optional and said in _NOBODY | _SOMEBODY:
        return [(Operator.EMPTY if (said in _NOBODY) != negated else Operator.FILLED, ())]
    match field.kind:
        case Kind.TEXT:
            return [(Operator.IS_NOT if negated else Operator.CONTAINS, (value,))]
        case Kind.CHOICE | Kind.TAGS | Kind.REGION:
            codes = _codes(field, value, known)
            if isinstance(codes, Problem):
                return codes
            usual, opposite = field.operators[0], (Operator.NONE if field.kind is Kind.TAGS else Operator.NOT_IN)
            return [(opposite if negated else usual, tuple(codes))]
        case Kind.NUMBER | Kind.AMOUNT:
            return _numeric(field, value)
        case Kind.DAY | Kind.MOMENT:
            period = parse_period(value, today=known.today)
            return period if isinstance(period, Problem) else [(Operator.WITHIN, (period.key,))]


def _numeric(field: FieldDef, value: str) -> _Made | Problem:
    found = parse_amount_range(value.removesuffix("天").removesuffix("次") if field.kind is Kind.NUMBER else value)
    if isinstance(found, Problem):
        return found
    if (
        field.kind is Kind.NUMBER
        and not field.decimals
        and any(limit % 1 for limit in (found.minimum, found.maximum) if limit is not None)
    ):
        return Problem("listing.problem.value", {"value": value[:40]})
    return _limits(found)


def _limits(found: AmountRange) -> _Made:
    low, high = found.minimum, found.maximum
    if low is not None and high is not None:
        return [(Operator.EQUAL, (_plain(low),))] if low == high else [(Operator.BETWEEN, (_plain(low), _plain(high)))]
    if low is not None:
        return [(Operator.AT_LEAST if found.includes_minimum else Operator.ABOVE, (_plain(low),))]
    return [(Operator.AT_MOST if found.includes_maximum else Operator.BELOW, (_plain(high or Decimal(0)),))]


def _plain(number: Decimal) -> str:
    return f"{number:f}".removesuffix(".00")


def _codes(field: FieldDef, value: str, known: Known) -> list[str] | Problem:
    codes: list[str] = []
    for said in filter(None, (part.strip() for part in _SPLIT.split(value))):
        found = _places(said) if field.kind is Kind.REGION else _choice(field, said, known)
        if isinstance(found, Problem):
            return found
        codes += found
    return codes or Problem("listing.problem.no_value")


def _places(said: str) -> list[str] | Problem:
    area = said.removesuffix("地区")
    if area in regions.AREAS:
        return [area]
    found = regions.find(said)
    return [place.code for place in found] if found else Problem("listing.problem.place", {"value": said[:40]})


def _choice(field: FieldDef, said: str, known: Known) -> list[str] | Problem:
    """The codes that a word means: code or label, else the only label that begins with or contains it."""
    word = _WORDS.get(said.casefold(), "")
    if word in field.words:
        return [word]
    choices = known.choices.get(field.choices, ())
    folded = _fold(said)
    exact = [c.code for c in choices if folded in (_fold(c.code), _fold(c.zh), _fold(c.en))]
    if exact:
        return exact[:1] if field.choices != "person" else exact
    for fits in (str.startswith, str.__contains__):
        close = [c.code for c in choices if fits(_fold(c.zh), folded) or (c.en and fits(_fold(c.en), folded))]
        if len(close) == 1:
            return close
        if close:
            break
    if not close:
        return Problem("listing.problem.choice", {"value": said[:40]})
    some = "、".join(c.zh for c in choices if c.code in close[:4])
    return Problem("listing.problem.ambiguous", {"value": said[:40], "choices": some})


def _read_bare(
    definition: ListDef, conditions: list[Condition], words: list[_Word], known: Known
) -> tuple[list[Condition], list[_Word]]:
    """Understand words without a field's name, in the order of how sure it is.

    A period or 超过30天未跟进 means nothing else. A label such as 教育 may also be part of a name: it is a condition
    only when all words of the line are, and there are several.
    """
    sure = {word: found for word in words if not word.quoted and (found := _bare_period(definition, word.text, known))}
    label = {
        word: found for word in words if word not in sure and not word.quoted
        and (found := _bare_label(definition, word.text, known))
    }  # fmt: skip
    whole_line = len(conditions) + len(words) > 1 and all(word in sure or word in label for word in words)
    taken = sure | {w: c for w, c in label.items() if whole_line or _says_customer(w.text)}
    return conditions + [taken[w] for w in words if w in taken], [w for w in words if w not in taken]


def _says_customer(text: str) -> bool:
    """意向客户 or 重点客户 is no company's name."""
    return len(text) > 2 and text.endswith("客户")


def _bare_period(definition: ListDef, text: str, known: Known) -> Condition | None:
    folded = fold_width(text)
    if definition.silence_field and (found := _SILENCE.fullmatch(folded)):
        return Condition(definition.silence_field, Operator.ABOVE, (str(int(found[1])),))
    if not definition.period_field or not _BARE_PERIOD.fullmatch(folded):
        return None
    made = check_condition(definition, definition.period_field, Operator.WITHIN, (folded,), known)
    return made if isinstance(made, Condition) else None


def _bare_label(definition: ListDef, text: str, known: Known) -> Condition | None:
    folded = _fold(text)
    for key in definition.bare_fields:
        field = definition.fields[key]
        for choice in known.choices.get(field.choices, ()):
            if folded in (_fold(choice.zh), _fold(choice.en)):
                return Condition(key, field.operators[0], (choice.code,))
    return None

"""Every text that users read: `key: (Chinese, English)`, one module a slice; parameters in `{braces}`.

`{n|customer|customers}` is the first word for one, the second for any other number of `n`.

A module holds `TEXTS`. Keys begin with the slice's name, or with `error.` for refusals that several slices raise.
"""

import importlib
import pkgutil
import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

LANGUAGES = ("zh", "en")
_PARAMETER = re.compile(r"\{(\w+)(?:\|([^|{}]*)\|([^|{}]*))?\}")
LISTED_AS: Mapping[str, str] = MappingProxyType(
    {
        **{name: name for name in ("name", "industry", "source", "credit_code")},
        "founded_on": "founded",
        **{name: name for name in ("headcount", "revenue", "region", "address")},
        "main_business": "business",
        "level": "level",
        "customer_type": "type",
        "status": "status",
        "note": "note",
    }
)
"""The fields that a company may call something else (R1.8) in the order of forms, and under which key lists know each."""
RENAMED: Mapping[str, str] = MappingProxyType(
    {
        key: name
        for name, listed in LISTED_AS.items()
        for key in (f"customers.field.{name}", f"directory.field.{listed}")
    }
)
"""The keys that say what such a field is called, with the field."""


@lru_cache(maxsize=1)
def texts() -> Mapping[str, tuple[str, str]]:
    """All texts. Raises ValueError when two modules claim one key."""
    merged: dict[str, tuple[str, str]] = {}
    for module in pkgutil.iter_modules(__path__):
        found = importlib.import_module(f"{__name__}.{module.name}").TEXTS
        twice = merged.keys() & found.keys()
        if twice:
            raise ValueError(f"texts defined twice: {sorted(twice)}")
        merged.update(found)
    return merged


def required_words(zh: str, en: str) -> tuple[str, str]:
    """What is said of a field that is missing; an English name stands within a sentence, an abbreviation as it is."""
    return f"请填写{zh}", f"Please fill in the {en if en[1:2].isupper() else en[:1].lower() + en[1:]}"


class _Names:
    """What the company calls the fields, put in the place of what was before as a whole."""

    by_field: Mapping[str, tuple[str, str]] = MappingProxyType({})
    by_key: Mapping[str, tuple[str, str]] = MappingProxyType({})


_names = _Names()


def rename(names: Mapping[str, tuple[str, str]]) -> None:
    """Let the catalogue say these names (Chinese, English) of fields in this process from now on, and no others.

    An empty one is the field's own name.
    """
    if names == _names.by_field:
        return
    by_key: dict[str, tuple[str, str]] = {}
    for name, (zh, en) in names.items():
        for key in (f"customers.field.{name}", f"directory.field.{LISTED_AS[name]}"):
            own = texts()[key]
            by_key[key] = (zh or own[0], en or own[1])
        asked, own = required_words(zh, en), texts()[f"customers.required.{name}"]
        by_key[f"customers.required.{name}"] = (asked[0] if zh else own[0], asked[1] if en else own[1])
    _names.by_key = MappingProxyType(by_key)
    _names.by_field = MappingProxyType(dict(names))


def renamed() -> Mapping[str, tuple[str, str]]:
    """By field what the company calls it, in Chinese and English, where that is not the field's own name."""
    return _names.by_field


def both(key: str) -> tuple[str, str]:
    """A text in both languages as it is said now. Raises KeyError for an unknown key."""
    return _names.by_key.get(key) or texts()[key]


def say(language: str, key: str, **params: object) -> str:
    """The text in a language. Raises KeyError for an unknown key: a missing text is a defect, found by the tests."""
    template = both(key)[1 if language == "en" else 0]

    def filled(found: re.Match[str]) -> str:
        value = str(params.get(found[1], found[0]))
        return value if found[2] is None else found[2 if value == "1" else 3]

    return _PARAMETER.sub(filled, template)


def parameters(template: str) -> frozenset[str]:
    """The names in braces."""
    return frozenset(found[1] for found in _PARAMETER.finditer(template))

"""Every text that users read: `key: (Chinese, English)`, one module a slice; parameters in `{braces}`.

`{n|customer|customers}` is the first word for one, the second for any other number of `n`.

A module holds `TEXTS`. Keys begin with the slice's name, or with `error.` for refusals that several slices raise.
"""

import importlib
import pkgutil
import re
from collections.abc import Mapping
from functools import lru_cache

LANGUAGES = ("zh", "en")
_PARAMETER = re.compile(r"\{(\w+)(?:\|([^|{}]*)\|([^|{}]*))?\}")


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


def say(language: str, key: str, **params: object) -> str:
    """The text in a language. Raises KeyError for an unknown key: a missing text is a defect, found by the tests."""
    template = texts()[key][1 if language == "en" else 0]

    def filled(found: re.Match[str]) -> str:
        value = str(params.get(found[1], found[0]))
        return value if found[2] is None else found[2 if value == "1" else 3]

    return _PARAMETER.sub(filled, template)


def parameters(template: str) -> frozenset[str]:
    """The names in braces."""
    return frozenset(found[1] for found in _PARAMETER.finditer(template))

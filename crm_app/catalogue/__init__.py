"""Every text that users read: `key: (Chinese, English)`, one module a slice; parameters in `{braces}`.

A module holds `TEXTS`. Keys begin with the slice's name, or with `error.` for refusals that several slices raise.
"""

import importlib
import pkgutil
import re
from collections.abc import Mapping
from functools import lru_cache

LANGUAGES = ("zh", "en")
_PARAMETER = re.compile(r"\{(\w+)\}")


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
    return _PARAMETER.sub(lambda m: str(params.get(m[1], m[0])), template)


def parameters(template: str) -> frozenset[str]:
    """The names in braces."""
    return frozenset(_PARAMETER.findall(template))

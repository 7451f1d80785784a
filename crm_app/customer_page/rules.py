"""How a save that came second, or that another customer stands against, is put to the person."""

from collections.abc import Mapping, Sequence

from crm_app.catalogue import say, texts
from crm_app.core import regions
from crm_app.core.errors import Conflict
from crm_app.customer_page.schemas import Clash
from crm_app.customers.schemas import DuplicateHint
from crm_app.timeline.schemas import Choice

_WORDS = ("level", "status", "customer_type")


def clash_of(
    conflict: Conflict,
    *,
    raw: str,
    options: Mapping[str, Sequence[Choice]],
    language: str,
    own: Mapping[str, str] | None = None,
) -> Clash:
    """Both values in words, and what it takes to save mine after all; `own` are the labels of own fields."""
    return Clash(
        field=conflict.field,
        label=(own or {}).get(conflict.field) or label_of(conflict.field, language),
        mine=shown(conflict.field, conflict.mine, options, language),
        theirs=shown(conflict.field, conflict.theirs, options, language),
        by=str(conflict.params.get("by", "")),
        at=str(conflict.params.get("at", "")),
        raw=raw,
        version=conflict.version,
    )


def duplicate_of(hints: Sequence[DuplicateHint], *, field: str, raw: str, version: int, language: str) -> Clash:
    """The customers that have the same value already, as far as the person may know them."""
    named = (f"{hint.name} {hint.number}" if hint.openable else hint.owner for hint in hints)
    return Clash(
        field=field,
        label=label_of(field, language),
        mine=raw,
        theirs="、".join(filter(None, named)),
        raw=raw,
        version=version,
        duplicate=True,
    )


def label_of(field: str, language: str) -> str:
    """A field's label."""
    key = f"customers.field.{field}"
    return say(language, key) if key in texts() else field


def shown(field: str, value: str, options: Mapping[str, Sequence[Choice]], language: str) -> str:
    """A stored value as a person reads it."""
    if field == "hand_grade":
        return say(language, f"value_grade.{value or 'computed'}")
    if not value:
        return say(language, "timeline.nothing")
    if field in _WORDS:
        return say(language, f"{field}.{value}")
    if field == "region":
        return regions.full_name(value) or value
    labels = {choice.value: choice.label for choice in options.get(field, ())}
    if not labels:
        return value
    return labels.get(value) or say(language, "listing.separator").join(
        labels.get(one, one) for one in value.split(",")
    )

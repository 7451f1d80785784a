"""The company's own fields as a form offers them (R1.8)."""

import dataclasses
from collections.abc import Mapping, Sequence

from crm_app.customers.rules.own import Choice, own_options
from crm_app.customers.schemas import PersonChoice
from crm_app.fields.schemas import OwnFieldDef


@dataclasses.dataclass(frozen=True, slots=True)
class OwnView:
    """One field in the person's language; `kind` is a `FieldKind`."""

    key: str
    label: str
    help: str
    kind: str
    required: bool
    initial: str
    options: list[Choice]


def own_views(
    fields: Sequence[OwnFieldDef],
    people: Sequence[PersonChoice],
    language: str,
    *,
    present: Mapping[str, str] | None = None,
    names: Mapping[int, str] | None = None,
) -> list[OwnView]:
    """The fields of a form. `present` has what stands in them, `names` those of all people, who left too."""
    values = present or {}
    return [
        OwnView(
            key=field.key,
            label=field.label(language),
            help=field.help(language),
            kind=field.kind.value,
            required=field.required,
            initial=field.initial,
            options=own_options(field, people, language, values.get(field.key, ""), names or {}),
        )
        for field in fields
    ]

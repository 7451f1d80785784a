"""What the company's own fields offer (R1.8)."""

from collections.abc import Mapping, Sequence

from crm_app.catalogue import say
from crm_app.customers.schemas import PersonChoice
from crm_app.fields.rules import NO, YES
from crm_app.fields.schemas import CHOOSING, FieldKind, OwnFieldDef

Choice = dict[str, str]


def own_options(
    field: OwnFieldDef, people: Sequence[PersonChoice], language: str, present: str, names: Mapping[int, str]
) -> list[Choice]:
    """What can be picked in a field; what is `present` can stay, also a retired choice and somebody who left."""
    if field.kind in CHOOSING:
        kept = present.split(",")
        return [
            {"value": option.code, "label": option.label(language)}
            for option in field.options
            if not option.retired or option.code in kept
        ]
    if field.kind is FieldKind.FLAG:
        return [{"value": word, "label": say(language, f"fields.flag.{word}")} for word in (YES, NO)]
    if field.kind is FieldKind.PERSON:
        offered = [{"value": str(person.id), "label": person.name} for person in people]
        if not present or any(one["value"] == present for one in offered):
            return offered
        return [*offered, {"value": present, "label": names.get(int(present), "?")}]
    return []

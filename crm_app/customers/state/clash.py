"""Whose value stays where two people changed the same field (R2.3): what is shown of it, and what was decided."""

import dataclasses
from collections.abc import Mapping, Sequence

from crm_app.catalogue import say
from crm_app.core import regions
from crm_app.core.errors import Conflict
from crm_app.customers.schemas import Decision

DECISION = "choice."
"""Begins the names of the radio buttons that say whose value stays."""


@dataclasses.dataclass(frozen=True, slots=True)
class ClashLine:
    """A field that somebody else changed meanwhile, in words. `field` by the form's name of it."""

    field: str
    label: str
    before: str
    theirs: str
    mine: str
    by: str
    at: str
    keep_mine: str
    """What the radio button sends: it names the change that the person saw, and holds for no later one."""
    take_theirs: str


def read_decisions(form: Mapping[str, str]) -> dict[str, Decision]:
    """What the radio buttons say, by field."""
    found: dict[str, Decision] = {}
    for name, value in form.items():
        whose, _, version = value.partition("@")
        if name.startswith(DECISION) and whose in ("mine", "theirs") and version.isdecimal() and len(version) < 10:
            found[name.removeprefix(DECISION)] = Decision(mine=whose == "mine", version=int(version))
    return found


def undecided(conflicts: Sequence[Conflict], decisions: Mapping[str, Decision]) -> list[str]:
    """The fields about which nothing was decided since the latest change."""
    return [one.field for one in conflicts if one.field not in decisions or decisions[one.field].version < one.version]


def clash_line(one: Conflict, label: str, labels: Mapping[str, Mapping[str, str]], language: str) -> ClashLine:
    """Both values in words; `label` is the field's, `labels` has those of the choices by field."""

    def shown(value: str) -> str:
        if one.field == "region":
            return regions.full_name(value) or value or say(language, "customers.edit.empty")
        known = labels.get(one.field, {})
        words = known.get(value) or say(language, "listing.separator").join(known.get(p, p) for p in value.split(","))
        return (words if known else value) or say(language, "customers.edit.empty")

    return ClashLine(
        field=one.field,
        label=label,
        before=shown(one.before),
        theirs=shown(one.theirs),
        mine=shown(one.mine),
        by=str(one.params.get("by", "")),
        at=str(one.params.get("at", "")),
        keep_mine=f"mine@{one.version}",
        take_theirs=f"theirs@{one.version}",
    )

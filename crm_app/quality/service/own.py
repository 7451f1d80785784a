"""Own fields in a merge and its undoing: those of the customer by choice, those of contacts filled (R1.8, R5.1)."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.customers.service.writing import Edit
from crm_app.fields.queries import hidden_keys, list_fields, values_of
from crm_app.fields.schemas import OF_CONTACT, RecordKind
from crm_app.fields.service import write_values
from crm_app.models import Contact, Customer
from crm_app.quality.rules import merging as rules

Taken = dict[str, list[str]]
"""By field what the survivor had, and what it got."""


def take_own(
    session: Session, actor: Actor, members: Sequence[Customer], chosen: Mapping[str, str], edits: list[Edit]
) -> Taken:
    """The value of the chosen member in each field that the actor may change; the survivor, the first, keeps its own
    in the others, or gets the first that there is. The merged keep theirs, for the undoing.
    """
    fields = list_fields(session, include_retired=True)
    values = values_of(session, [one.id or 0 for one in members], [field.key for field in fields])
    survivor, taken = members[0], Taken()
    for field in fields:
        texts = {one.number: values.get(one.id or 0, {}).get(field.key, "") for one in members}
        number = rules.default_choice(texts, survivor.number)
        if field.edited_by(actor.role_code):
            number = chosen.get(field.key, number)
        if texts[number] != texts[survivor.number]:
            taken[field.key] = [texts[survivor.number], texts[number]]
    write_values(session, survivor.id or 0, fields, {key: after for key, (_, after) in taken.items()})
    edits += [Edit(key, before, after) for key, (before, after) in taken.items()]
    return taken


def give_up_own(
    session: Session, actor: Actor, survivor: Customer, taken: Mapping[str, Any], edits: list[Edit]
) -> tuple[str, ...]:
    """Put back what the survivor had. Returns the fields, of those that the actor sees, that were changed since."""
    fields = list_fields(session, include_retired=True)
    now = values_of(session, [survivor.id or 0], [field.key for field in fields]).get(survivor.id or 0, {})
    # A merge of an earlier version noted what it filled in alone.
    pairs = {key: ("", pair) if isinstance(pair, str) else tuple(pair) for key, pair in taken.items()}
    back = {key: before for key, (before, after) in pairs.items() if now.get(key, "") == after}
    write_values(session, survivor.id or 0, fields, back)
    edits += [Edit(key, pairs[key][1], before) for key, before in back.items()]
    seen = pairs.keys() - back.keys() - hidden_keys(session, actor)
    return tuple(field.key for field in fields if field.key in seen and now.get(field.key, "") != pairs[field.key][0])


def fill_contact(session: Session, kept: Contact, other: Contact, edits: list[Edit]) -> list[str]:
    """Fill what the one's fields lack and the other's have. Returns their keys."""
    own = list_fields(session, include_retired=True, record=RecordKind.CONTACT)
    here, there = kept.id or 0, other.id or 0
    values = values_of(session, [here, there], [field.key for field in own], record=RecordKind.CONTACT)
    filled = {key: text for key, text in values.get(there, {}).items() if key not in values.get(here, {})}
    write_values(session, here, own, filled)
    edits += [Edit(OF_CONTACT + key, "", text, here) for key, text in filled.items()]
    return list(filled)


def empty_contact(session: Session, here: int, there: int, filled: Sequence[str], edits: list[Edit]) -> None:
    """Take out what `fill_contact` filled in, unless somebody changed it since."""
    own = list_fields(session, include_retired=True, record=RecordKind.CONTACT)
    values = values_of(session, [here, there], filled, record=RecordKind.CONTACT)
    now, before = values.get(here, {}), values.get(there, {})
    gone = {key: now[key] for key in filled if key in now and now[key] == before.get(key)}
    write_values(session, here, own, dict.fromkeys(gone, ""))
    edits += [Edit(OF_CONTACT + key, text, "", here) for key, text in gone.items()]

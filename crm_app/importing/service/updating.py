"""Rows whose customer is there already: what they say goes into its record, step by step kept in its history (R2.4)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, delete, select, tuple_, update
from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission
from crm_app.access.scope import customers_in_reach
from crm_app.core.sql import table_of
from crm_app.core.text import normalise_company_name
from crm_app.customers import rules as customers
from crm_app.customers.search import index_again
from crm_app.fields.queries import list_every, list_fields, list_required, values_of
from crm_app.fields.schemas import OF_CONTACT, PREFIX, RecordKind
from crm_app.fields.service import hold_fields, insert_values, write_values
from crm_app.importing.rules.more import EXPECTED, with_lines, yuan_text
from crm_app.importing.rules.targets import NOTE, NOTED
from crm_app.importing.schemas import CheckedRow, Empty
from crm_app.importing.service.deals import Deal, Deals
from crm_app.models import Contact, Customer, CustomerTag, FollowUp, OwnValue

_customer, _contact, _talk = table_of(Customer).c, table_of(Contact).c, table_of(FollowUp).c
_tag, _own = table_of(CustomerTag).c, table_of(OwnValue).c
_PLACES = ("province", "city", "district")
_FIELDS = tuple(name for name in customers.CUSTOMER_FIELDS if name not in ("region", "level"))
_SEARCHED = frozenset({"name", "credit_code"})
_NOTE_MAX = customers.CUSTOMER_FIELDS[NOTE].max_length
_CHUNK = 400
_NEEDED = frozenset({"name", "mobile", "email"})
"""Of a contact; an empty cell clears none of them."""


@dataclass(slots=True)
class Updated:
    """What became of one customer."""

    customer_id: int
    version: int
    owner_id: int
    edits: list[tuple[str, str, str]] = field(default_factory=list)
    """Field, old and new text, as the history keeps them."""
    told: list[tuple[str, str, str, int]] = field(default_factory=list)
    """The same of a contact that was there, masked, with the contact."""
    former: dict[str, Any] = field(default_factory=dict)
    """That contact: `id`, and by column what stood there before."""
    renewed: dict[str, str] = field(default_factory=dict)
    """By column what stands there now."""
    contact: Mapping[str, Any] | None = None
    follow_ups: list[Mapping[str, Any]] = field(default_factory=list)
    tags: list[int] = field(default_factory=list)
    has_contacts: bool = False
    deal: Deal | None = None

    @property
    def changed(self) -> bool:
        """Whether anything of it is written."""
        return bool(self.edits or self.told or self.contact or self.follow_ups or self.tags or self.deal)


def update_customers(
    session: Session,
    actor: Actor,
    rows: Mapping[int, CheckedRow],
    *,
    versions: Mapping[int, int],
    empty: Empty,
    now: Any,
    tag_of: Callable[[str], int],
) -> tuple[list[Updated], list[int]]:
    """Write what rows, by customer, say of the record itself; what hangs on it is the caller's to write.

    Customers that went out of reach since the check, or have another version than in `versions`, stay as they are and
    come second.
    """
    ids = list(rows)
    columns = [_customer[name] for name in ("id", "version", "owner_id", "level", EXPECTED, *_FIELDS, *_PLACES)]
    statement = (
        select(*columns)
        .where(_customer.id.in_(ids), customers_in_reach(actor, Permission.CUSTOMER_EDIT))
        .order_by(_customer.id)  # Whoever locks several does it in this order, and two never wait for each other.
        .with_for_update(of=table_of(Customer), key_share=True)
    )
    found = session.execute(statement).mappings().all()
    known = _Known.read(session, ids, rows.values())
    deals = Deals.read(session, rows)
    done, same = [], set()
    for there in found:
        customer_id, row = there["id"], rows[there["id"]]
        if versions.get(customer_id, there["version"]) != there["version"]:
            continue
        one = Updated(customer_id, there["version"], there["owner_id"] or actor.user_id)
        stands = {str(name): value for name, value in there.items()}
        one.deal, lines = deals.of(customer_id, there["level"], row)
        one.edits = _edits(stands, row, empty, known.required)
        _add_more(one, stands, row, lines, empty)
        one.edits += known.own_edits(customer_id, row, empty)
        _meet(one, row, known, empty)
        one.has_contacts = bool(known.contacts.get(customer_id))
        one.follow_ups = [talk for talk in row.follow_ups if not known.has_talk(customer_id, talk)]
        worn = known.tags.get(customer_id, set())
        one.tags = [tag for tag in dict.fromkeys(map(tag_of, row.tags)) if tag not in worn]
        same.add(customer_id)
        if one.changed:
            one.version += 1
            done.append(one)
    _write(session, done, now)
    write_own(session, [(one.customer_id, name, new) for one in done for name, _, new in one.edits])
    write_contacts(session, [(one.former["id"], one.renewed) for one in done if one.former])
    return done, [customer_id for customer_id in ids if customer_id not in same]


@dataclass(slots=True)
class _Known:
    """What hangs on the customers already."""

    contacts: dict[int, list[dict[str, Any]]]
    """With their columns, and the own fields that a row names."""
    talks: set[tuple[int, int, str]]
    tags: dict[int, set[int]]
    own: Mapping[int, Mapping[str, str]]
    required: frozenset[str]
    """The fields, own ones too, of contacts as well, that a file doesn't empty."""

    @classmethod
    def read(cls, session: Session, ids: Sequence[int], rows: Iterable[CheckedRow]) -> "_Known":
        contacts: dict[int, list[dict[str, Any]]] = {}
        columns = [_contact[name] for name in ("id", "customer_id", "is_main", *customers.CONTACT_FIELDS)]
        asked = select(*columns).where(_contact.customer_id.in_(ids)).order_by(_contact.is_main.desc(), _contact.id)
        for one in session.execute(asked).mappings():
            contacts.setdefault(one["customer_id"], []).append({str(name): value for name, value in one.items()})
        talks = session.execute(select(_talk.customer_id, _talk.at, _talk.content).where(_talk.customer_id.in_(ids)))
        tags: dict[int, set[int]] = {}
        for key, tag in session.execute(select(_tag.customer_id, _tag.tag_id).where(_tag.customer_id.in_(ids))):
            tags.setdefault(key, set()).add(tag)
        listed = list(rows)
        own = values_of(session, ids, _own_names(listed, ""))
        of_contacts, there = _own_names(listed, OF_CONTACT), [one for some in contacts.values() for one in some]
        filled = values_of(session, [one["id"] for one in there], of_contacts, record=RecordKind.CONTACT)
        for contact in there:
            contact |= {name: filled.get(contact["id"], {}).get(name, "") for name in of_contacts}
        required = list_required(session) | {field.path for field in list_every(session) if field.required}
        return cls(contacts, {(key, int(at.timestamp()), content) for key, at, content in talks}, tags, own, required)

    def own_edits(self, customer_id: int, row: CheckedRow, empty: Empty) -> list[tuple[str, str, str]]:
        """What changes in the company's own fields."""
        there = self.own.get(customer_id, {})
        said = [(name, there.get(name, ""), new) for name, new in row.said.items() if name.startswith(PREFIX)]
        clears = empty is Empty.CLEAR
        return [one for one in said if one[1] != one[2] and (one[2] or (clears and one[0] not in self.required))]

    def has_talk(self, customer_id: int, talk: Mapping[str, Any]) -> bool:
        """Whether this follow-up was written before."""
        return (customer_id, talk["at"], talk["content"]) in self.talks


def _own_names(rows: Iterable[CheckedRow], before: str) -> frozenset[str]:
    """The keys of the own fields that rows name, of customers, or of contacts after `OF_CONTACT`."""
    found = (name for row in rows for name in row.said)
    return frozenset(name.removeprefix(before) for name in found if name.startswith(before + PREFIX))


def _meet(one: Updated, row: CheckedRow, known: _Known, empty: Empty) -> None:
    """The contact that the row means: by number, address or name; without a name the main one; else a new one."""
    said = {name.removeprefix(OF_CONTACT): text for name, text in row.said.items() if name.startswith(OF_CONTACT)}
    there = known.contacts.get(one.customer_id, [])
    means = [
        contact
        for name in ("mobile", "email", "name")
        for contact in there
        if said.get(name) and said[name] == contact[name]
    ]
    if not means and not said.get("name") and any(said.values()):
        means = there[:1]
    if not means:
        one.contact = row.contact
        return
    contact = means[0]
    for name, text in said.items():
        old = customers.as_text(contact[name])
        clears = empty is Empty.CLEAR and name not in _NEEDED and OF_CONTACT + name not in known.required
        if text != old and (text or clears):
            one.former |= {"id": contact["id"], name: old}
            one.renewed[name] = text
            masked = (customers.mask_contact_value(name, value) for value in (old, text))
            one.told.append((OF_CONTACT + name, *masked, contact["id"]))  # type: ignore[arg-type]


def write_contacts(session: Session, changes: Sequence[tuple[int, Mapping[str, str]]]) -> None:
    """Write other values, by column and key of own field, into contacts. Raises as `fields.service.write_values`."""
    own = [field for field in list_every(session) if field.record is RecordKind.CONTACT]
    for key, texts in changes:
        write_values(session, key, own, texts)
        columns = {name: text for name, text in texts.items() if name in customers.CONTACT_FIELDS}
        values = {name: _day(text) if name == "birthday" else text for name, text in columns.items()}
        session.execute(
            update(table_of(Contact)).where(_contact.id == key).values(**values, version=_contact.version + 1)
        )


def write_own(session: Session, changes: Sequence[tuple[int, str, str]]) -> None:
    """Write other values, by customer and key, into own fields; other keys are no matter of this."""
    fields = {field.key: field for field in list_fields(session, include_retired=True)}
    mine = [(key, fields[name], text) for key, name, text in changes if name in fields]
    hold_fields(session, {field.id: field for _, field, _ in mine}.values())
    for start in range(0, len(mine), _CHUNK):
        some = mine[start : start + _CHUNK]
        places = [(key, field.id) for key, field, _ in some]
        session.execute(delete(table_of(OwnValue)).where(tuple_(_own.customer_id, _own.field_id).in_(places)))
    insert_values(session, mine)


def _edits(
    there: Mapping[str, Any], row: CheckedRow, empty: Empty, required: frozenset[str]
) -> list[tuple[str, str, str]]:
    edits = []
    for name, new in row.said.items():
        if name not in customers.CUSTOMER_FIELDS:
            continue
        old = customers.region_of(*(there[part] for part in _PLACES)) if name == "region" else None
        old = customers.as_text(there[name]) if old is None else old
        if not new and (empty is Empty.KEEP or name in required):
            continue
        if name == "status" and new not in customers.STATUSES_OF_LEVEL[there["level"]]:
            continue  # What a level allows is not for a spreadsheet to say (R6.5).
        if new != old:
            edits.append((name, old, new))
    return edits


def _add_more(one: Updated, there: Mapping[str, Any], row: CheckedRow, lines: str, empty: Empty) -> None:
    """What is expected, the lines that the note lacks, and what a second deal makes of a new customer."""
    old, new = yuan_text(there[EXPECTED]), row.said.get(EXPECTED)
    if new is not None and new != old and (new or empty is Empty.CLEAR):
        one.edits.append((EXPECTED, old, new))
    edits = {name: text for name, _, text in one.edits}
    note = edits.pop(NOTE, there[NOTE])
    longer = with_lines(note, "\n".join(filter(None, (row.said.get(NOTED, ""), lines))))
    if longer != note and len(longer) <= _NOTE_MAX:
        one.edits = [edit for edit in one.edits if edit[0] != NOTE]
        if longer != there[NOTE]:
            one.edits.append((NOTE, there[NOTE], longer))
    now = customers.type_after(there["customer_type"], one.deal.orders) if one.deal else there["customer_type"]
    if now != there["customer_type"] and "customer_type" not in edits:
        one.edits.append(("customer_type", there["customer_type"], now))


def columns_of(edits: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """The columns behind fields and their stored texts."""
    columns: dict[str, Any] = {}
    for name, text in edits:
        if name == "region":
            columns |= customers.region_columns(text)
        elif name == "founded_on":
            columns[name] = _day(text)
        elif name == EXPECTED:
            columns[name] = Decimal(text or 0)
        elif name.startswith(PREFIX):
            continue  # It has no column.
        else:
            columns[name] = text
    if "name" in columns:
        columns["name_key"] = normalise_company_name(columns["name"])
    return columns


def _write(session: Session, done: Sequence[Updated], now: Any) -> None:
    """One statement for all rows that change the same columns."""
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for one in done:
        columns = columns_of([(name, new) for name, _, new in one.edits])
        line = {f"new_{name}": value for name, value in columns.items()}
        line |= {"key": one.customer_id, "new_version": one.version, "new_updated_at": now}
        alike.setdefault(tuple(columns), []).append(line)
    for names, lines in alike.items():
        session.execute(
            update(table_of(Customer))
            .where(_customer.id == bindparam("key"))
            .values({name: bindparam(f"new_{name}") for name in (*names, "version", "updated_at")}),
            lines,
        )


def index_updated(session: Session, done: Sequence[Updated]) -> None:
    """Bring the search index up to date; after their contacts were written."""
    ids = [
        one.customer_id for one in done if one.contact or one.told or not _SEARCHED.isdisjoint(e[0] for e in one.edits)
    ]
    if ids:
        index_again(session, ids)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None

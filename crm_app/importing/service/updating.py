"""Rows whose customer is there already: what they say goes into its record, step by step kept in its history (R2.4)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission
from crm_app.access.scope import customers_in_reach
from crm_app.core.sql import table_of
from crm_app.core.text import normalise_company_name
from crm_app.customers import rules as customers
from crm_app.customers.search import index_again
from crm_app.importing.schemas import CheckedRow, Empty
from crm_app.models import Contact, Customer, CustomerTag, FollowUp

_customer, _contact, _talk = table_of(Customer).c, table_of(Contact).c, table_of(FollowUp).c
_tag = table_of(CustomerTag).c
_PLACES = ("province", "city", "district")
_FIELDS = tuple(name for name in customers.CUSTOMER_FIELDS if name not in ("region", "level"))
_SEARCHED = frozenset({"name", "credit_code"})


@dataclass(slots=True)
class Updated:
    """What became of one customer."""

    customer_id: int
    version: int
    owner_id: int
    edits: list[tuple[str, str, str]] = field(default_factory=list)
    """Field, old and new text, as the history keeps them."""
    contact: Mapping[str, Any] | None = None
    follow_ups: list[Mapping[str, Any]] = field(default_factory=list)
    tags: list[int] = field(default_factory=list)
    has_contacts: bool = False

    @property
    def changed(self) -> bool:
        """Whether anything of it is written."""
        return bool(self.edits or self.contact or self.follow_ups or self.tags)


def update_customers(
    session: Session,
    actor: Actor,
    rows: Mapping[int, CheckedRow],
    *,
    empty: Empty,
    now: Any,
    tag_of: Callable[[str], int],
) -> list[Updated]:
    """Write what rows, by customer, say of the record itself; what hangs on it is the caller's to write.

    Customers that went out of reach since the check stay as they are.
    """
    ids = list(rows)
    columns = [_customer[name] for name in ("id", "version", "owner_id", "level", *_FIELDS, *_PLACES)]
    statement = (
        select(*columns)
        .where(_customer.id.in_(ids), customers_in_reach(actor, Permission.CUSTOMER_EDIT))
        .with_for_update(of=table_of(Customer))
    )
    found = session.execute(statement).mappings().all()
    known = _Known.read(session, ids)
    done = []
    for there in found:
        row = rows[there["id"]]
        one = Updated(there["id"], there["version"], there["owner_id"] or actor.user_id)
        one.edits = _edits({str(name): value for name, value in there.items()}, row, empty)
        one.contact = row.contact if row.contact and not known.has_contact(one.customer_id, row.contact) else None
        one.has_contacts = bool(known.contacts.get(one.customer_id))
        one.follow_ups = [talk for talk in row.follow_ups if not known.has_talk(one.customer_id, talk)]
        worn = known.tags.get(one.customer_id, set())
        one.tags = [tag for tag in dict.fromkeys(map(tag_of, row.tags)) if tag not in worn]
        if one.changed:
            one.version += 1
            done.append(one)
    _write(session, done, now)
    return done


@dataclass(slots=True)
class _Known:
    """What hangs on the customers already."""

    contacts: dict[int, list[tuple[str, str, str]]]
    talks: set[tuple[int, int, str]]
    tags: dict[int, set[int]]

    @classmethod
    def read(cls, session: Session, ids: Sequence[int]) -> "_Known":
        contacts: dict[int, list[tuple[str, str, str]]] = {}
        columns = (_contact.customer_id, _contact.name, _contact.mobile, _contact.email)
        for key, *one in session.execute(select(*columns).where(_contact.customer_id.in_(ids))):
            contacts.setdefault(key, []).append((one[0], one[1], one[2]))
        talks = session.execute(select(_talk.customer_id, _talk.at, _talk.content).where(_talk.customer_id.in_(ids)))
        tags: dict[int, set[int]] = {}
        for key, tag in session.execute(select(_tag.customer_id, _tag.tag_id).where(_tag.customer_id.in_(ids))):
            tags.setdefault(key, set()).add(tag)
        return cls(contacts, {(key, int(at.timestamp()), content) for key, at, content in talks}, tags)

    def has_contact(self, customer_id: int, contact: Mapping[str, Any]) -> bool:
        """Whether somebody of that number, address or name is there."""
        wanted = (contact["name"], contact["mobile"], contact["email"])
        there = self.contacts.get(customer_id, ())
        return any(text and text == known[place] for known in there for place, text in enumerate(wanted))

    def has_talk(self, customer_id: int, talk: Mapping[str, Any]) -> bool:
        """Whether this follow-up was written before."""
        return (customer_id, talk["at"], talk["content"]) in self.talks


def _edits(there: Mapping[str, Any], row: CheckedRow, empty: Empty) -> list[tuple[str, str, str]]:
    edits = []
    for name, new in row.said.items():
        old = customers.region_of(*(there[part] for part in _PLACES)) if name == "region" else None
        old = customers.as_text(there[name]) if old is None else old
        if not new and (empty is Empty.KEEP or customers.CUSTOMER_FIELDS[name].required):
            continue
        if name == "status" and new not in customers.STATUSES_OF_LEVEL[there["level"]]:
            continue  # What a level allows is not for a spreadsheet to say (R6.5).
        if new != old:
            edits.append((name, old, new))
    return edits


def columns_of(edits: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """The columns behind fields and their stored texts."""
    columns: dict[str, Any] = {}
    for name, text in edits:
        if name == "region":
            columns |= customers.region_columns(text)
        elif name == "founded_on":
            columns[name] = date.fromisoformat(text) if text else None
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
    ids = [one.customer_id for one in done if one.contact or not _SEARCHED.isdisjoint(e[0] for e in one.edits)]
    if ids:
        index_again(session, ids)

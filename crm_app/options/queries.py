"""Reading drop-down lists and tags: everybody who is signed in may; and what their administrator reads of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Select, func, select
from sqlmodel import Session, col

from crm_app.access.actor import Actor
from crm_app.access.audit import Action
from crm_app.access.people import staff
from crm_app.access.permissions import Permission, Reach
from crm_app.access.scope import customer_ids_in_reach, customers_in_reach
from crm_app.catalogue import LANGUAGES
from crm_app.core.errors import Forbidden, NotFound
from crm_app.core.reference import Reference
from crm_app.core.sql import table_of
from crm_app.core.vocabulary import Level, OptionList, TagKind
from crm_app.models import AuditEntry, Contact, Customer, CustomerTag, LevelChange, Option, Tag
from crm_app.options.schemas import EntryRow, ListName, OptionRow, TagRow

Labels: TypeAlias = Mapping[tuple[str, str], str]
"""(list, code) → label; a code that was never in the list is absent."""


COLUMNS: Mapping[OptionList, str] = MappingProxyType(
    {
        OptionList.INDUSTRY: "industry",
        OptionList.SOURCE: "source",
        OptionList.METHOD: "last_method",
        OptionList.HEADCOUNT: "headcount",
        OptionList.REVENUE: "revenue",
    }
)
"""Where a customer has an entry of a list itself; contacts have the others, and steps of the life cycle."""


_LARGEST = 2**31 - 1
"""PostgreSQL compares an id with no larger number."""


@dataclass(frozen=True, slots=True)
class _Lists:
    everything: Mapping[str, tuple[OptionRow, ...]]
    offered: Mapping[str, tuple[OptionRow, ...]]
    labels: Mapping[str, Labels]


def _read_lists(session: Session) -> _Lists:
    c = table_of(Option).c
    rows: dict[str, list[OptionRow]] = {}
    columns = (c.list_code, c.code, c.label_zh, c.label_en, c.color, c.retired_at)
    for list_code, code, zh, en, color, retired_at in session.execute(select(*columns).order_by(c.position, c.id)):
        rows.setdefault(list_code, []).append(OptionRow(code, zh, en, color, retired_at is not None))
    return _Lists(
        everything={name: tuple(found) for name, found in rows.items()},
        offered={name: tuple(row for row in found if not row.retired) for name, found in rows.items()},
        labels={
            language: MappingProxyType(
                {(name, row.code): row.label(language) for name, found in rows.items() for row in found}
            )
            for language in LANGUAGES
        },
    )


def _read_tags(session: Session) -> tuple[TagRow, ...]:
    c = table_of(Tag).c
    order = list(TagKind)
    columns = (c.id, c.kind, c.name, c.color, c.retired_at)
    rows = [
        TagRow(key, TagKind(kind), name, color, retired_at is not None)
        for key, kind, name, color, retired_at in session.execute(select(*columns).order_by(c.id))
    ]
    return tuple(sorted(rows, key=lambda row: order.index(row.kind)))


_lists = Reference(_read_lists, Option)
_tags = Reference(_read_tags, Tag)


def list_options(session: Session, list_code: str, *, include_retired: bool = False) -> tuple[OptionRow, ...]:
    """The entries of a list in the administrator's order: of an `OptionList`, or of an own field."""
    lists = _lists.get(session)
    return (lists.everything if include_retired else lists.offered).get(list_code, ())


def offered_codes(session: Session, list_code: OptionList) -> frozenset[str]:
    """The codes that a new record may take."""
    return frozenset(row.code for row in list_options(session, list_code))


def labels(session: Session, language: str) -> Labels:
    """The labels of all lists, retired entries too; the same object until a list is changed."""
    return _lists.get(session).labels[language]


def list_tags(session: Session, *, kind: TagKind | None = None, include_retired: bool = False) -> tuple[TagRow, ...]:
    """Tags in the order in which they were made, requirement and risk before free ones."""
    return tuple(row for row in _tags.get(session) if kind in (None, row.kind) and (include_retired or not row.retired))


def count_offered(session: Session) -> Mapping[str, int]:
    """How many entries each list offers, tags by their kind."""
    lists = _lists.get(session).offered
    found: dict[str, int] = {name: len(lists.get(name, ())) for name in OptionList}
    tags = list_tags(session)
    return found | {kind: sum(tag.kind is kind for tag in tags) for kind in TagKind}


def list_entries(session: Session, actor: Actor, name: ListName) -> tuple[EntryRow, ...]:
    """All entries of a list in its order, retired ones too. Raises Forbidden."""
    if not actor.may(Permission.LIST_EDIT):
        raise Forbidden
    return tuple(map(entry_row, session.execute(_entries(name)).scalars()))


def lock_entries(session: Session, name: ListName) -> list[Option] | list[Tag]:
    """The same rows, nobody else's until the transaction ends, and as they are by now."""
    locked = _entries(name).with_for_update().execution_options(populate_existing=True)
    return list(session.execute(locked).scalars())


def _entries(name: ListName) -> Select[Any]:
    if isinstance(name, TagKind):
        return select(Tag).where(col(Tag.kind) == name).order_by(col(Tag.id))
    return select(Option).where(col(Option.list_code) == name).order_by(col(Option.position), col(Option.id))


def get_list_of(session: Session, ref: int) -> ListName:
    """The list in which an entry stands. Raises NotFound."""
    if abs(ref) > _LARGEST:
        raise NotFound
    if ref < 0:
        kind = session.execute(select(col(Tag.kind)).where(col(Tag.id) == -ref)).scalar_one_or_none()
        if kind is not None:
            return TagKind(kind)
    else:
        found = session.execute(select(col(Option.list_code)).where(col(Option.id) == ref)).scalar_one_or_none()
        if found is not None and found in tuple(OptionList):
            return OptionList(found)
    raise NotFound


def entry_row(row: Option | Tag) -> EntryRow:
    """A row of either table as an entry."""
    retired = row.retired_at is not None
    if isinstance(row, Tag):
        return EntryRow(-(row.id or 0), str(row.id), row.name, "", row.color, retired, row.version)
    return EntryRow(row.id or 0, row.code, row.label_zh, row.label_en, row.color, retired, row.version)


def get_last_change(session: Session, ref: int) -> tuple[str, datetime] | None:
    """Who changed an entry last, and when."""
    kind, key = subject_of(ref)
    entry = (
        select(AuditEntry)
        .where(
            col(AuditEntry.subject_kind) == kind,
            col(AuditEntry.subject_id) == key,
            col(AuditEntry.action) != Action.LIST_ENTRY_MOVED,
        )
        .order_by(col(AuditEntry.id).desc())
        .limit(1)
    )
    found = session.execute(entry).scalar_one_or_none()
    return (staff(session).names.get(found.user_id or 0, found.username), found.at) if found else None


def subject_of(ref: int) -> tuple[str, str]:
    """How the audit log names an entry."""
    return ("tag", str(-ref)) if ref < 0 else ("list_option", str(ref))


def count_customers(session: Session, actor: Actor, name: ListName) -> Mapping[str, int]:
    """How many customers in the actor's reach have each entry, by the entry's code; an unused one is absent.

    A way of following up counts where it was the last one, as the list of customers shows it.
    """
    seen = Permission.CUSTOMER_VIEW
    within = customer_ids_in_reach(actor, seen)
    link, contact, step = table_of(CustomerTag).c, table_of(Contact).c, table_of(LevelChange).c
    if isinstance(name, TagKind):
        tags = [tag.id for tag in list_tags(session, kind=name, include_retired=True)]
        if not tags:
            return {}
        key, of, always = link.tag_id, func.count(), [link.tag_id.in_(tags), _reached(actor, link.customer_id, within)]
    elif name is OptionList.CHANNEL:
        key, of = contact.preferred_channel, func.count(contact.customer_id.distinct())
        always = [contact.preferred_channel > "", _reached(actor, contact.customer_id, within)]
    elif name is OptionList.LOSS_REASON:
        key, of = step.loss_reason, func.count(step.customer_id.distinct())
        always = [step.to_level == Level.LOST, step.loss_reason > "", _reached(actor, step.customer_id, within)]
    else:
        key, of = table_of(Customer).c[COLUMNS[name]], func.count()
        always = [key > "", customers_in_reach(actor, seen)]
    rows = session.execute(select(key, of).where(*always).group_by(key))
    return {str(code): count for code, count in rows}


def _reached(actor: Actor, customer_id: ColumnElement[int], within: Any) -> ColumnElement[bool]:
    """That a row's customer is in reach: whoever reaches all leaves out the few deleted ones."""
    if actor.reach(Permission.CUSTOMER_VIEW) is not Reach.ALL:
        return customer_id.in_(within)
    c = table_of(Customer).c
    return customer_id.not_in(select(c.id).where(c.deleted_at.is_not(None)))

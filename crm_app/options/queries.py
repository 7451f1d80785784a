"""Reading drop-down lists and tags; everybody who is signed in may."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from sqlalchemy import select
from sqlmodel import Session

from crm_app.catalogue import LANGUAGES
from crm_app.core.reference import Reference
from crm_app.core.sql import table_of
from crm_app.core.vocabulary import OptionList, TagKind
from crm_app.models import Option, Tag
from crm_app.options.schemas import OptionRow, TagRow

Labels: TypeAlias = Mapping[tuple[str, str], str]
"""(list, code) → label; a code that was never in the list is absent."""


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
    rows = [
        TagRow(id=key, kind=TagKind(kind), name=name, color=color)
        for key, kind, name, color in session.execute(select(c.id, c.kind, c.name, c.color).order_by(c.id))
    ]
    return tuple(sorted(rows, key=lambda row: order.index(row.kind)))


_lists = Reference(_read_lists, Option)
_tags = Reference(_read_tags, Tag)


def list_options(session: Session, list_code: OptionList, *, include_retired: bool = False) -> tuple[OptionRow, ...]:
    """The entries of a list in the administrator's order."""
    lists = _lists.get(session)
    return (lists.everything if include_retired else lists.offered).get(list_code, ())


def offered_codes(session: Session, list_code: OptionList) -> frozenset[str]:
    """The codes that a new record may take."""
    return frozenset(row.code for row in list_options(session, list_code))


def labels(session: Session, language: str) -> Labels:
    """The labels of all lists, retired entries too; the same object until a list is changed."""
    return _lists.get(session).labels[language]


def list_tags(session: Session, *, kind: TagKind | None = None) -> tuple[TagRow, ...]:
    """Tags in the order in which they were made, requirement and risk before free ones."""
    return tuple(row for row in _tags.get(session) if kind in (None, row.kind))

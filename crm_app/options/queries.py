"""Reading drop-down lists and tags; everybody who is signed in may."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeAlias

from sqlmodel import Session, col, select

from crm_app.core.vocabulary import OptionList, TagKind
from crm_app.models import Option, Setting, Tag
from crm_app.options.schemas import OptionRow, TagRow

VERSION_KEY = "options.version"
"""The setting that changes with each change of a drop-down list, whichever process makes it."""

Labels: TypeAlias = Mapping[tuple[str, str], str]
"""(list, code) → label; a code that was never in the list is absent."""

_cache: dict[tuple[str, str], Labels] = {}
_CACHED_AT_MOST = 8


def list_options(session: Session, list_code: OptionList, *, include_retired: bool = False) -> tuple[OptionRow, ...]:
    """The entries of a list in the administrator's order."""
    statement = select(Option).where(Option.list_code == list_code).order_by(col(Option.position), col(Option.id))
    if not include_retired:
        statement = statement.where(col(Option.retired_at).is_(None))
    return tuple(
        OptionRow(
            code=found.code,
            label_zh=found.label_zh,
            label_en=found.label_en,
            color=found.color,
            retired=found.retired_at is not None,
        )
        for found in session.exec(statement)
    )


def offered_codes(session: Session, list_code: OptionList) -> frozenset[str]:
    """The codes that a new record may take."""
    statement = select(Option.code).where(Option.list_code == list_code, col(Option.retired_at).is_(None))
    return frozenset(session.exec(statement))


def labels(session: Session, language: str) -> Labels:
    """The labels of all lists, retired entries too; read anew only after a list was changed."""
    version = data_version(session)
    known = _cache.get((version, language))
    if known is not None:
        return known
    rows = session.exec(select(Option.list_code, Option.code, Option.label_zh, Option.label_en))
    made = MappingProxyType({(lst, code): (en or zh) if language == "en" else zh for lst, code, zh, en in rows})
    if len(_cache) >= _CACHED_AT_MOST:
        _cache.clear()
    if version:
        _cache[version, language] = made
    return made


def data_version(session: Session) -> str:
    """A word that is another one after each change of a list; empty before the first."""
    value = session.exec(select(Setting.value).where(Setting.key == VERSION_KEY)).one_or_none()
    return str(value["token"]) if value else ""


def list_tags(session: Session, *, kind: TagKind | None = None) -> tuple[TagRow, ...]:
    """Tags in the order in which they were made, requirement and risk before free ones."""
    statement = select(Tag).order_by(col(Tag.id))
    if kind is not None:
        statement = statement.where(Tag.kind == kind)
    order = list(TagKind)
    rows = [TagRow(id=t.id or 0, kind=TagKind(t.kind), name=t.name, color=t.color) for t in session.exec(statement)]
    return tuple(sorted(rows, key=lambda row: order.index(row.kind)))

"""Filling the drop-down lists and tags, and editing them: by whoever administrates lists, traced (R1.9, R10.6)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from crm_app.access.actor import Actor
from crm_app.access.audit import Action, record
from crm_app.access.permissions import Permission
from crm_app.core.changes import Change, announce
from crm_app.core.clock import format_local, utcnow
from crm_app.core.errors import Conflict, Forbidden, NotFound, Refused
from crm_app.core.problems import Invalid, Problem
from crm_app.core.settings import get_settings
from crm_app.core.text import clean_line
from crm_app.core.vocabulary import COLORS, TagKind
from crm_app.models import Option, Tag
from crm_app.options import queries, rules
from crm_app.options.presets import OPTIONS, TAGS
from crm_app.options.rules import TAG_LENGTH
from crm_app.options.schemas import EntryInput, EntryRow, ListName


def seed_presets(session: Session) -> None:
    """Add the preset entries and tags that were never there; what the administrator renamed or retired stays so."""
    known = set(session.exec(select(Option.list_code, Option.code)))
    made = [
        Option(list_code=lst, code=code, label_zh=zh, label_en=en, position=position)
        for lst, entries in OPTIONS.items()
        for position, (code, zh, en) in enumerate(entries, start=1)
        if (lst, code) not in known
    ]
    known_tags = set(session.exec(select(Tag.kind, Tag.name)))
    tags = [
        Tag(kind=kind, name=name, color=color)
        for kind, entries in TAGS.items()
        for name, color in entries
        if (kind, name) not in known_tags
    ]
    session.add_all([*made, *tags])
    session.flush()


def add_free_tag(session: Session, *, name: str) -> int:
    """The id of the free tag of that name, made when it is new. Raises Invalid for `name`, also for a retired tag's."""
    cleaned = clean_line(name)
    if not cleaned:
        raise Invalid({"name": Problem("error.tag.empty")})
    if len(cleaned) > TAG_LENGTH:
        raise Invalid({"name": Problem("error.tag.long", {"max": TAG_LENGTH})})
    named = select(Tag.id).where(Tag.kind == TagKind.FREE, Tag.name == cleaned)
    known = session.exec(select(Tag).where(Tag.kind == TagKind.FREE, Tag.name == cleaned)).one_or_none()
    if known is not None and known.retired_at is not None:
        raise Invalid({"name": Problem("error.tag.retired", {"name": cleaned})})
    if known is not None:
        return known.id or 0
    try:
        with session.begin_nested():
            session.add(Tag(kind=TagKind.FREE, name=cleaned, color=COLORS["tag_kind"][TagKind.FREE]))
    except IntegrityError:
        return session.exec(named).one() or 0  # Somebody made it between the look and the insert.
    announce(Change("tag"))
    return session.exec(named).one() or 0


def add_entry(session: Session, actor: Actor, *, name: ListName, entry: EntryInput) -> int:
    """Add an entry at the end of a list and tell its ref. Raises Forbidden, and Invalid by the form's field."""
    _require(actor)
    rows = queries.lock_entries(session, name)
    known = tuple(map(queries.entry_row, rows))
    clean = rules.check_entry(name, entry, known, new=True)
    made: Option | Tag
    if isinstance(name, TagKind):
        made = Tag(kind=name, name=clean.label_zh, color=clean.color)
    else:
        made = Option(
            list_code=name,
            code=clean.code or rules.make_code(row.code for row in known),
            label_zh=clean.label_zh,
            label_en=clean.label_en,
            position=1 + max((row.position for row in rows if isinstance(row, Option)), default=0),
        )
    with _unique(session, clean.label_zh):
        session.add(made)
    added = queries.entry_row(made)
    _note(session, actor, Action.LIST_ENTRY_ADDED, name, added, new=added.label)
    return added.ref


def change_entry(session: Session, actor: Actor, *, ref: int, version: int, entry: EntryInput) -> None:
    """Rename an entry, or colour it; its code stays for good.

    Raises Forbidden, NotFound, Invalid by the form's field, and Conflict when it is not the one that was read.
    """
    name, rows, row = _lock(session, actor, ref)
    before = queries.entry_row(row)
    clean = rules.check_entry(
        name, entry, [other for other in map(queries.entry_row, rows) if other.ref != ref], new=False
    )
    wanted = replace(before, label_zh=clean.label_zh, label_en=clean.label_en, color=clean.color or before.color)
    if wanted == before:
        return
    if before.version != version:
        by, at = _last_change(session, ref)
        raise Conflict(field="label_zh", theirs=before.label, mine=wanted.label, by=by, at=at, version=before.version)
    with _unique(session, clean.label_zh):
        if isinstance(row, Tag):
            row.name, row.color = clean.label_zh, clean.color
        else:
            row.label_zh, row.label_en = clean.label_zh, clean.label_en
        row.version += 1
    _note(session, actor, Action.LIST_ENTRY_CHANGED, name, wanted, **_difference(before, wanted))


def move_entry(session: Session, actor: Actor, *, ref: int, step: int) -> int:
    """Move an offered option one place up (-1) or down (1); tells its place, from 1, at an end the same as before.

    Raises Forbidden, and NotFound for what has no place: tags and retired options.
    """
    name, rows, row = _lock(session, actor, ref)
    if isinstance(row, Tag) or row.retired_at is not None:
        raise NotFound
    order = [one for one in rows if isinstance(one, Option)]
    offered = [one for one in order if one.retired_at is None]
    place = offered.index(row)
    target = min(max(place + (1 if step > 0 else -1), 0), len(offered) - 1)
    if target == place:
        return place + 1
    neighbour = offered[target]
    order.remove(row)
    order.insert(order.index(neighbour) + (target > place), row)
    for position, one in enumerate(order, start=1):
        one.position = position
    _note(session, actor, Action.LIST_ENTRY_MOVED, name, queries.entry_row(row), old=place + 1, new=target + 1)
    return target + 1


def retire_entry(session: Session, actor: Actor, *, ref: int, version: int) -> int:
    """Offer an entry no more; records keep it. Tells its version then.

    Raises Forbidden, NotFound, and Refused for one that changed meanwhile and for the last that a list offers.
    """
    name, rows, row = _lock(session, actor, ref, version=version)
    if row.retired_at is None:
        if isinstance(row, Option) and sum(one.retired_at is None for one in rows) == 1:
            raise Refused("options.problem.last")
        row.retired_at = utcnow()
        row.version += 1
        entry = queries.entry_row(row)
        _note(session, actor, Action.LIST_ENTRY_RETIRED, name, entry, old=entry.label)
    return row.version


def restore_entry(session: Session, actor: Actor, *, ref: int, version: int) -> None:
    """Offer a retired entry again. Raises Forbidden, NotFound, and Refused for one that changed meanwhile."""
    name, _, row = _lock(session, actor, ref, version=version)
    if row.retired_at is not None:
        row.retired_at = None
        row.version += 1
        entry = queries.entry_row(row)
        _note(session, actor, Action.LIST_ENTRY_RESTORED, name, entry, new=entry.label)


def _require(actor: Actor) -> None:
    if not actor.may(Permission.LIST_EDIT):
        raise Forbidden


def _lock(
    session: Session, actor: Actor, ref: int, *, version: int | None = None
) -> tuple[ListName, list[Option] | list[Tag], Option | Tag]:
    """An entry with the rest of its list, which nobody else changes now: it is compared with them, moved among them."""
    _require(actor)
    name = queries.get_list_of(session, ref)
    rows = queries.lock_entries(session, name)
    row = next(one for one in rows if one.id == abs(ref))
    if version is not None and row.version != version:
        by, at = _last_change(session, ref)
        raise Refused("options.problem.changed", by=by, at=at)
    return name, rows, row


@contextmanager
def _unique(session: Session, label: str) -> Iterator[None]:
    """Write what somebody else may have written since the look: people make free tags at any moment."""
    try:
        with session.begin_nested():
            yield
    except IntegrityError as error:
        raise Invalid({"label_zh": Problem("options.problem.twin", {"label": label})}) from error


def _last_change(session: Session, ref: int) -> tuple[str, str]:
    by, at = queries.get_last_change(session, ref) or ("", utcnow())
    return by, format_local(at, tz=get_settings().zone)


def _difference(before: EntryRow, after: EntryRow) -> dict[str, str]:
    """Old and new of what changed, for the audit log."""
    found: dict[str, str] = {}
    for field in ("label_zh", "label_en", "color"):
        old, new = getattr(before, field), getattr(after, field)
        if old != new:
            found |= {f"{field}.old": old, f"{field}.new": new}
    return found


def _note(session: Session, actor: Actor, action: Action, name: ListName, entry: EntryRow, **detail: Any) -> None:
    """Write the audit entry and tell the open pages."""
    kind, key = queries.subject_of(entry.ref)
    record(session, action, actor=actor, subject_kind=kind, subject_id=key, list=name, code=entry.code, **detail)
    announce(Change("tag" if isinstance(name, TagKind) else "option", actor_id=actor.user_id))

"""Filling the drop-down lists and tags."""

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from crm_app.core.changes import Change, announce
from crm_app.core.problems import Invalid, Problem
from crm_app.core.text import clean_line
from crm_app.core.vocabulary import COLORS, TagKind
from crm_app.models import Option, Tag
from crm_app.options.presets import OPTIONS, TAGS

TAG_LENGTH = 30


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
    """The id of the free tag of that name, made when it is new. Raises Invalid for `name`."""
    cleaned = clean_line(name)
    if not cleaned:
        raise Invalid({"name": Problem("error.tag.empty")})
    if len(cleaned) > TAG_LENGTH:
        raise Invalid({"name": Problem("error.tag.long", {"max": TAG_LENGTH})})
    named = select(Tag.id).where(Tag.kind == TagKind.FREE, Tag.name == cleaned)
    found = session.exec(named).one_or_none()
    if found:
        return found
    try:
        with session.begin_nested():
            session.add(Tag(kind=TagKind.FREE, name=cleaned, color=COLORS["tag_kind"][TagKind.FREE]))
    except IntegrityError:
        return session.exec(named).one() or 0  # Somebody made it between the look and the insert.
    announce(Change("tag"))
    return session.exec(named).one() or 0

"""Lists and their saved views: opening a list from its address, and how a list's views are counted and shared."""

import re
from collections.abc import Hashable
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl

from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission, Reach
from crm_app.access.redaction import scrub
from crm_app.catalogue import say
from crm_app.core.changes import Change
from crm_app.core.errors import NotFound
from crm_app.core.problems import Problem
from crm_app.listing.rules.address import format_query, parse_query, parse_view
from crm_app.listing.rules.wording import label_of
from crm_app.listing.schemas import Based, Known, ListDef, ListQuery
from crm_app.listing.service import Layout, read_layout
from crm_app.listing.source import ListSource
from crm_app.views import queries as views

MOST_ID = 2**31 - 1
_PERSONAL_WORDS = re.compile(r"(?<![a-z_])(?:me|mine)(?![a-z_])")
_WORDS_OF_A_ROLE = re.compile(r"\bown_|\banomaly\.|(?:^|&)q=[^&]")


@dataclass(frozen=True, slots=True)
class Opened:
    """What loading a list from its address brings."""

    layout: Layout
    query: ListQuery
    ignored: tuple[tuple[str, Problem], ...]
    plain: ListQuery
    """What the list itself shows this person when nothing is asked."""
    based: Based | None = None
    lost: bool = False
    """Whether the view that the address names isn't there for this person."""
    partly: tuple[str, ...] = ()
    """The fields of conditions in the view that he may not filter by, or that make no sense any more."""


def open_list(session: Session, actor: Actor, source: ListSource, parameters: dict[str, str]) -> Opened:
    """Read an address; columns and page size that neither it nor its view names are the person's own."""
    known = source.load_known(session)
    definition = source.define(actor, known)
    layout = read_layout(session, actor, name=source.name, definition=definition)
    plain = replace(definition.default(), columns=layout.columns, size=layout.size)
    based, lost, partly = _find_view(session, actor, source, known, parameters)
    if based is None or not based.id:
        asked = parse_query(definition, {**parameters, "without": ""}, known, plain)
    else:
        asked = parse_query(definition, parameters, known, based.query)
    return Opened(layout, asked.query, asked.ignored, plain, based, lost, partly)


def plain_address(session: Session, actor: Actor, source: ListSource, address: str) -> str:
    """The same without naming a view, for those who know of none. Raises NotFound where the view isn't there.

    Where it is there in part only as well: whoever asks for what it shows must not be given more.
    """
    parameters = dict(parse_qsl(address))
    if "view" not in parameters:
        return address
    opened = open_list(session, actor, source, parameters)
    if opened.lost or opened.partly:
        raise NotFound
    ignored = ";".join(text for text, _ in opened.ignored)
    said = format_query(source.define(actor, source.load_known(session)), opened.query)
    return f"{said}&f={ignored}" if ignored else said


def _find_view(
    session: Session, actor: Actor, source: ListSource, known: Known, parameters: dict[str, str]
) -> tuple[Based | None, bool, tuple[str, ...]]:
    """The view of the address, or the person's own choice for an address that says nothing."""
    definition = source.define(actor, known)
    chosen = views.get_default(session, actor, source.name)
    asked = parameters.get("view", str(chosen) if chosen and not parameters else "")
    if asked in ("", "0"):
        return (Based(0, definition.default()) if chosen else None), False, ()
    try:
        view_id = int(asked) if re.fullmatch(r"\d{1,10}", asked) else 0
        if not 0 < view_id <= MOST_ID:
            raise NotFound
        kept = views.get_kept(session, actor, kind=source.name, view_id=view_id)
    except NotFound:
        return (Based(0, definition.default()) if chosen else None), True, ()
    found = parse_view(definition, kept.query, known)
    return Based(kept.id, found.query, kept.name, kept.version), False, _fields_of(found.ignored, definition, actor)


def _fields_of(ignored: tuple[tuple[str, Problem], ...], definition: ListDef, actor: Actor) -> tuple[str, ...]:
    """What was ignored by the fields' names: the values may be what this person must not see."""
    fields = [definition.fields.get(re.split(r"[.(]", text.removeprefix("("))[0]) for text, _ in ignored]
    names = [label_of(one, actor.language) if one else say(actor.language, "views.partly.other") for one in fields]
    return tuple(dict.fromkeys(names))


@dataclass(frozen=True, slots=True)
class ListViews:
    """A list as a kind of saved views."""

    source: ListSource
    path: str
    icon: str
    permission: Permission

    @property
    def code(self) -> str:
        """The list's name."""
        return self.source.name

    def count(self, session: Session, actor: Actor, query: str) -> int:
        """How many records the actor would see."""
        known = self.source.load_known(session)
        asked = parse_view(self.source.define(actor, known), query, known)
        return self.source.count(session, actor, asked.query, known)

    def same_for(self, actor: Actor, query: str) -> Hashable:
        """Whoever reaches all and asks for nothing of his own sees the same.

        Where words are searched, anomalies or a field of the company's own named, only those of one role do: not all
        see each such field, nor what is wrong with it.
        """
        reaches = [actor.reach(self.permission), actor.reach(Permission.CUSTOMER_REVEAL)]
        alike = all(reach in (None, Reach.ALL) for reach in reaches) and not _PERSONAL_WORDS.search(query)
        role = actor.role_code if _WORDS_OF_A_ROLE.search(query) else ""
        return (*reaches, role) if alike else (*reaches, actor.user_id, actor.department_ids)

    def may_change(self, query: str, change: Change) -> bool:
        """Whether a change may be one of the number."""
        given = dict(parse_qsl(query))
        return self.source.may_change(given.get("f", ""), given.get("q", ""), change)

    def sees_all(self, actor: Actor) -> bool:
        """Whether nothing is out of reach."""
        return actor.reach(self.permission) is Reach.ALL

    def reaches_any(self, session: Session, actor: Actor, ids: frozenset[int]) -> bool:
        """Whether any of these customers is in reach."""
        return self.source.reaches_any(session, actor, ids)

    def why_private(self, query: str) -> Problem | None:
        """A condition or search that names contact data is nobody else's to read (R10.3)."""
        given = dict(parse_qsl(query))
        search = given.get("q", "")
        if scrub(search) != search or re.search(r"\d{7}", search):
            return Problem("views.problem.search")
        named = set(re.findall(r"(?:^|[;(|])(\w+)\.", given.get("f", "")))
        return None if named.isdisjoint(self.source.personal) else Problem("views.problem.personal")

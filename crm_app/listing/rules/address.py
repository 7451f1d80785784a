"""The query part of a list's address: `f=industry.in.MFG,RET;created.within.2024Q1&q=…&sort=-created&page=3`.

Conditions stand in one parameter, joined by `;`, each as field, operator and values with dots, several values with
commas. `!` makes the next character an ordinary one. A group with OR stands in brackets after the others, its
conditions joined by `|`: `(level.in.won|total.gte.500000)`. Defaults are left out, so that one view has one address.

`view=12` names a saved view, which takes the place of the defaults: only what differs from it is said, and `without=f`
that its conditions are left out. `view=0` is the list itself, for a person whose list opens with a view.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, quote

from crm_app.core.problems import Problem
from crm_app.core.text import clean_line
from crm_app.listing.rules.conditions import MAX_CONDITIONS, MAX_TEXT, check_condition
from crm_app.listing.schemas import Based, Condition, Known, ListDef, ListQuery

MAX_PAGE = 1_000_000
MAX_FILTER = 6_000
_RESERVED = re.compile(r"([!,;|()])")
_PIECE = re.compile(r"((?:!.|[^!;])+)", re.DOTALL)
_VALUE = re.compile(r"((?:!.|[^!,])+)", re.DOTALL)
_ESCAPED = re.compile(r"!(.)", re.DOTALL)
_UNESCAPED_GROUP = re.compile(r"(?<!!)(?:!!)*[|()]")
_GROUP = re.compile(r"\(((?:!.|[^!()])+)\)", re.DOTALL)
_MEMBER = re.compile(r"((?:!.|[^!|])+)", re.DOTALL)
_SAFE = "!,;.()|:-_~="


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for, and the pieces of it that made no sense, each with the reason."""

    query: ListQuery
    ignored: tuple[tuple[str, Problem], ...] = ()


def format_conditions(conditions: Sequence[Condition], groups: Sequence[Sequence[Condition]] = ()) -> str:
    """The value of `f`, not yet percent-encoded."""
    return ";".join([*map(_format, conditions), *(f"({'|'.join(map(_format, group))})" for group in groups)])


def _format(condition: Condition) -> str:
    values = [",".join(map(_escape, condition.values))] if condition.values else []
    return ".".join([condition.field, condition.operator, *values])


def format_query(definition: ListDef, query: ListQuery, based: Based | None = None) -> str:
    """The query part of the address, percent-encoded, without the question mark."""
    default = based.query if based else definition.default()
    said = _parts(query)
    same = {name for name, value in _parts(default).items() if said[name] == value}
    without = [name for name in ("f", "q") if name not in same and not said[name]]
    parts = {
        "view": str(based.id) if based and based.id else "",
        **{name: "" if name in same else value for name, value in said.items()},
        "without": ",".join(without),
        "page": str(query.page) if query.page != 1 else "",
    }
    order = ("view", "f", "q", "without", "sort", "page", "size", "cols")
    address = "&".join(f"{name}={_encode(parts[name])}" for name in order if parts[name])
    return address or ("view=0" if based else "")


def format_view(query: ListQuery) -> str:
    """What a saved view keeps: all of it, because what is left out of an address is somebody's own default."""
    return "&".join(f"{name}={_encode(value)}" for name, value in _parts(query).items() if value)


def parse_view(definition: ListDef, text: str, known: Known) -> Asked:
    """What a saved view keeps, as far as it makes sense for whoever has this definition of the list."""
    return parse_query(definition, dict(parse_qsl(text)), known)


def _parts(query: ListQuery) -> dict[str, str]:
    return {
        "f": format_conditions(query.conditions, query.groups),
        "q": query.search,
        "sort": f"{'-' if query.descending else ''}{query.sort}",
        "size": str(query.size),
        "cols": ",".join(query.columns),
    }


def parse_query(
    definition: ListDef, parameters: Mapping[str, str], known: Known, base: ListQuery | None = None
) -> Asked:
    """What an address asks for; whatever makes no sense is left out and reported, never an error.

    `base` is what holds where the address says nothing.
    """
    ignored: list[tuple[str, Problem]] = []
    default = base or definition.default()
    without = parameters.get("without", "").split(",") if base else []

    def ignore(text: str, code: str) -> None:
        ignored.append((text[:60], Problem(code, {"value": text[:40]})))

    conditions, groups = ((), ()) if "f" in without else (default.conditions, default.groups)
    if given := parameters.get("f", ""):
        conditions, groups = _parse_conditions(definition, given, known, ignored)
    searched = parameters.get("q", "" if "q" in without else default.search)
    sort, descending = default.sort, default.descending
    if wanted := parameters.get("sort", ""):
        field = definition.fields.get(wanted.removeprefix("-"))
        if field is not None and field.sortable:
            sort, descending = field.key, wanted.startswith("-")
        else:
            ignore(wanted, "listing.problem.sort")
    page = _parse_page(parameters.get("page", ""))
    if page is None:
        ignore(parameters["page"], "listing.problem.page")
    size = next((s for s in definition.sizes if str(s) == parameters.get("size", "")), None)
    if size is None and parameters.get("size"):
        ignore(parameters["size"], "listing.problem.size")
    names = [name for name in parameters.get("cols", "").split(",") if name]
    for name in names:
        if not _is_column(definition, name):
            ignore(name, "listing.problem.column")
    query = ListQuery(
        conditions=conditions,
        groups=groups,
        search=clean_line(searched, max_length=MAX_TEXT),
        sort=sort,
        descending=descending,
        page=page or 1,
        size=size or default.size,
        columns=arrange_columns(definition, names) if names else default.columns,
    )
    return Asked(query, tuple(ignored))


def still_valid(definition: ListDef, query: ListQuery) -> ListQuery:
    """The query without the fields that the list has no more: retired, or closed to the person, since it was made."""
    gone = query.sort not in definition.fields
    groups = [tuple(c for c in group if c.field in definition.fields) for group in query.groups]
    alone = [group[0] for group in groups if len(group) == 1]
    return replace(
        query,
        conditions=tuple(c for c in (*query.conditions, *alone) if c.field in definition.fields),
        groups=tuple(group for group in groups if len(group) > 1),
        columns=tuple(key for key in query.columns if key in definition.fields),
        **({"sort": definition.sort, "descending": definition.descending} if gone else {}),
    )


def arrange_columns(definition: ListDef, names: Sequence[str]) -> tuple[str, ...]:
    """Columns as they can be shown: known ones, each once, the pinned one first; the default if none is left."""
    chosen = [name for name in dict.fromkeys(names) if _is_column(definition, name) and name != definition.pinned]
    return (definition.pinned, *chosen) if chosen or definition.pinned in names else definition.columns


def _is_column(definition: ListDef, name: str) -> bool:
    field = definition.fields.get(name)
    return field is not None and field.shown


def _parse_page(text: str) -> int | None:
    if not text:
        return 1
    return int(text) if re.fullmatch(r"[1-9]\d{0,6}", text) and int(text) <= MAX_PAGE else None


def _parse_conditions(
    definition: ListDef, text: str, known: Known, ignored: list[tuple[str, Problem]]
) -> tuple[tuple[Condition, ...], tuple[tuple[Condition, ...], ...]]:
    """Conditions by themselves, and groups; of a group whatever makes sense, by itself if it is one condition only."""
    if len(text) > MAX_FILTER:
        ignored.append((text[:60], Problem("listing.problem.long_filter")))
        return (), ()
    alone: list[Condition] = []
    groups: list[tuple[Condition, ...]] = []
    for piece in _PIECE.findall(text):
        group = _GROUP.fullmatch(piece)
        found: list[Condition] = []
        for said in _MEMBER.findall(group[1]) if group else [piece]:
            condition = _parse_condition(definition, said, known)
            room = MAX_CONDITIONS - len(alone) - sum(map(len, groups)) - len(found)
            if isinstance(condition, Problem):
                ignored.append((said[:60], condition))
            elif not room:
                ignored.append((said[:60], Problem("listing.problem.many", {"max": MAX_CONDITIONS})))
            elif condition not in found:
                found.append(condition)
        if len(found) > 1 and tuple(found) not in groups:
            groups.append(tuple(found))
        alone += [one for one in found if len(found) == 1 and one not in alone]
    return tuple(alone), tuple(groups)


def _parse_condition(definition: ListDef, piece: str, known: Known) -> Condition | Problem:
    if _UNESCAPED_GROUP.search(piece):
        return Problem("listing.problem.group")
    field, _, rest = piece.partition(".")
    operator, _, values = rest.partition(".")
    parts = [_ESCAPED.sub(r"\1", value) for value in _VALUE.findall(values)]
    return check_condition(definition, field, operator, parts, known)


def _escape(value: str) -> str:
    return _RESERVED.sub(r"!\1", value)


def _encode(value: str) -> str:
    """As browsers write it back, so that an address can be compared with the one shown."""
    return quote(value, safe=_SAFE)

"""What an export holds: decided from its request and the list as its owner may use it."""

import re
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import parse_qsl

from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission
from crm_app.core import sheets
from crm_app.core.changes import Change
from crm_app.core.errors import Refused
from crm_app.directory.schemas import CONTACT_FIELDS, ExportRequest, Rows
from crm_app.listing.rules.address import format_conditions, parse_query
from crm_app.listing.schemas import Condition, FieldDef, Kind, Known, ListDef, ListQuery

MAX_ADDRESS = 20_000
_FOLLOWED = re.compile(r"(?:last_contact|last_method|silent|next_follow_up|followed|followed_method|updated|status)\.")
"""The fields that a follow-up changes."""
_KINDS = {
    Kind.NUMBER: sheets.Kind.COUNT,
    Kind.AMOUNT: sheets.Kind.AMOUNT,
    Kind.DAY: sheets.Kind.DAY,
    Kind.MOMENT: sheets.Kind.MOMENT,
}


def query_of(definition: ListDef, request: ExportRequest, known: Known) -> ListQuery:
    """The query whose records are exported. Raises Refused when a condition makes no sense, or no more.

    A list leaves such a condition out and says so; an export that does would hold more than was asked for.
    """
    given = dict(parse_qsl(request.address[:MAX_ADDRESS]))
    asked = parse_query(definition, {key: given[key] for key in ("f", "q", "sort") if key in given}, known)
    if asked.ignored:
        raise Refused("directory.export.nonsense", text=asked.ignored[0][0])
    return replace(asked.query, conditions=(), groups=(), search="") if request.rows is Rows.ALL else asked.query


def fields_of(definition: ListDef, request: ExportRequest) -> list[FieldDef]:
    """The fields in the order in which they were asked for. Raises Refused for none or one that can't be shown."""
    found = [definition.fields[key] for key in request.fields if key in definition.fields]
    if len(found) != len(request.fields) or not all(field.shown for field in found):
        raise Refused("error.bad_request")
    if not found:
        raise Refused("directory.export.no_field")
    return found


def column_kind(field: FieldDef) -> sheets.Kind:
    """What the cells of a field hold in a file."""
    return _KINDS.get(field.kind, sheets.Kind.TEXT)


def offered_fields(definition: ListDef, columns: Sequence[str]) -> list[FieldDef]:
    """The fields that can be exported: the list's columns in their order, then all others."""
    rest = [key for key, field in definition.fields.items() if field.shown and key not in columns]
    return [definition.fields[key] for key in (*columns, *rest)]


def recorded_filter(query: ListQuery) -> str:
    """The filter for the records, in which no contact data may stand."""
    groups = [[_without_contact_data(one) for one in group] for group in query.groups]
    said = format_conditions([_without_contact_data(one) for one in query.conditions], groups)
    return " ".join(part for part in (said, query.search and f"q={query.search}") if part)


def _without_contact_data(condition: Condition) -> Condition:
    hidden = ("…",) * len(condition.values)
    return replace(condition, values=hidden) if condition.field in CONTACT_FIELDS else condition


def may_change_count(conditions: str, search: str, change: Change) -> bool:
    """Whether a change may be one of how many customers fit conditions, in the form of the address, and a search."""
    if change.kind == "follow_up":  # It puts right what was late.
        return "anomaly." in conditions or bool(_FOLLOWED.search(conditions))
    if change.kind == "anomaly":
        return "anomaly." in conditions or "completeness." in conditions
    if change.kind in ("customer", "level_change", "collaborator"):
        return True
    if change.kind == "own_field":  # A condition on what is hidden or retired holds no more.
        return bool(conditions)
    # The place of a person or the name of an entry is read anew with the choices; who belongs to whom may have changed.
    return change.kind == "user" and ".mine" in conditions


# --- editing a cell in its place


def permission_to_edit(key: str) -> Permission:
    """What it takes to change a field."""
    return Permission.CUSTOMER_ASSIGN if key == "owner" else Permission.CUSTOMER_EDIT


def why_fixed(actor: Actor, field: FieldDef | None) -> str:
    """The key of the text that says why nobody, or not this role, edits a field in the list; empty if it does."""
    if field is None or not field.shown:
        return "directory.cell.computed"
    if field.key in CONTACT_FIELDS or field.hung:
        return "directory.cell.contact"
    if field.key == "level":
        return "directory.cell.level"
    if not field.editor:
        return "directory.cell.computed"
    if actor.role_code in field.fixed_for or not actor.may(permission_to_edit(field.key)):
        return "directory.cell.role"
    return ""


def editable_columns(actor: Actor, definition: ListDef) -> frozenset[str]:
    """The columns whose cells this role edits in their place."""
    return frozenset(key for key, field in definition.fields.items() if not why_fixed(actor, field))

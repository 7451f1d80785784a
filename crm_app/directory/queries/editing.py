"""A cell of the list as it is edited in its place (R3.7)."""

from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission
from crm_app.access.scope import get_customer, reaches
from crm_app.catalogue import say
from crm_app.core import regions
from crm_app.core.clock import local_today
from crm_app.core.settings import get_settings
from crm_app.customers.queries import collaborator_ids_of, get_choices, list_owners, record_texts, tag_ids_of
from crm_app.customers.rules import CUSTOMER_FIELDS, STATUSES_OF_LEVEL, is_required
from crm_app.directory.queries.choices import list_for, load_known
from crm_app.directory.rules import permission_to_edit, why_fixed
from crm_app.directory.schemas import RECORD_FIELDS
from crm_app.listing.editing import CellEdit
from crm_app.listing.rules.wording import label_of
from crm_app.listing.schemas import ChoiceView, FieldDef, Known
from crm_app.models import Customer


def open_cell(session: Session, actor: Actor, *, number: str, key: str) -> CellEdit:
    """What stands in a cell, its version, and what can stand there; or why it can't be edited.

    Raises NotFound for a customer out of reach.
    """
    known = load_known(session, today=local_today(tz=get_settings().zone))
    field = list_for(actor, known).fields.get(key)
    customer = get_customer(session, actor, number, Permission.CUSTOMER_VIEW)
    reason = why_fixed(actor, field)
    if not reason and not reaches(session, actor, customer.id or 0, permission_to_edit(key)):
        reason = "directory.cell.record"
    label = label_of(field, actor.language) if field else ""
    if field is None or reason:
        return CellEdit(key=number, column=key, label=label, fixed=say(actor.language, reason))
    raw = stored_in(session, actor, customer, key)
    rule = CUSTOMER_FIELDS.get(RECORD_FIELDS.get(key, key))
    return CellEdit(
        key=number,
        column=key,
        label=label,
        editor=field.editor,
        raw=raw,
        shown=regions.full_name(raw) or "" if field.editor == "place" and raw else "",
        options=_options(session, actor, customer, field, known, raw),
        optional=not (rule and is_required(rule, get_choices(session))) and key != "owner",
        version=customer.version,
    )


def stored_in(session: Session, actor: Actor, customer: Customer, key: str) -> str:
    """What stands in a cell, as it is saved."""
    match key:
        case "owner":
            return str(customer.owner_id or "")
        case "tags":
            return ",".join(map(str, sorted(tag_ids_of(session, customer.id or 0))))
        case "collaborator":
            return ",".join(map(str, sorted(collaborator_ids_of(session, customer.id or 0))))
        case _:
            return record_texts(session, actor, customer)[RECORD_FIELDS.get(key, key)]


def _options(  # noqa: PLR0917 - All of them are what the choices depend on.
    session: Session, actor: Actor, customer: Customer, field: FieldDef, known: Known, raw: str
) -> tuple[ChoiceView, ...]:
    """What can be chosen; a retired value that stands there can stay (R1.9)."""
    if field.editor not in ("choice", "many"):
        return ()
    kept, offered = raw.split(","), known.choices.get(field.choices, ())
    codes: frozenset[str] | None = None
    if field.key == "status":
        codes = frozenset(STATUSES_OF_LEVEL[customer.level])
    elif field.key == "owner":
        codes = frozenset(str(one.id) for one in list_owners(session, actor, Permission.CUSTOMER_ASSIGN))
    elif field.key == "collaborator":
        offered = tuple(one for one in offered if one.code != str(customer.owner_id))
    return tuple(
        ChoiceView(one.code, one.label(actor.language), one.color)
        for one in offered
        if one.code in kept or (not one.retired and (codes is None or one.code in codes))
    )

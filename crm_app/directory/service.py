"""Asking for an export of the list (R4.3), and editing a cell of it in its place (R3.7)."""

import dataclasses
from datetime import date

from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission
from crm_app.access.scope import get_customer
from crm_app.background.kinds import JobKind
from crm_app.background.service import add_job
from crm_app.catalogue import say
from crm_app.core import regions
from crm_app.core.clock import local_today
from crm_app.core.errors import Conflict, Forbidden, Refused
from crm_app.core.problems import Invalid
from crm_app.core.settings import get_settings
from crm_app.core.text import row_id
from crm_app.customers import service as record
from crm_app.customers.service import DuplicatesFound
from crm_app.directory import rules
from crm_app.directory.queries import list_for, load_known, stored_in
from crm_app.directory.schemas import RECORD_FIELDS, ExportRequest
from crm_app.listing.editing import CellAnswer, CellSaved
from crm_app.listing.schemas import Known


def request_export(session: Session, actor: Actor, *, kind: JobKind, request: ExportRequest, today: date) -> int:
    """Ask for a file with these rows and fields; the id of the job that makes it.

    Raises Forbidden, and Refused for what makes no sense: better now than by a job that fails.
    """
    if request.full and not actor.may(Permission.CUSTOMER_REVEAL):
        raise Forbidden
    known = load_known(session, today=today)
    definition = list_for(actor, known)
    rules.query_of(definition, request, known)
    rules.fields_of(definition, request)
    return add_job(session, actor, kind=kind, parameters=dataclasses.asdict(request))


def save_cell(
    session: Session, actor: Actor, *, number: str, key: str, value: str, version: int, confirmed: bool
) -> CellSaved:
    """Change what stands in one cell of the list (R3.7) against the version that the person saw.

    The record's own use cases decide. Raises Forbidden, NotFound, Invalid, Conflict, DuplicatesFound; Refused for a
    column that nobody edits here.
    """
    known = load_known(session, today=local_today(tz=get_settings().zone))
    if reason := rules.why_fixed(actor, list_for(actor, known).fields.get(key)):
        raise Refused(reason)
    customer = get_customer(session, actor, number, Permission.CUSTOMER_VIEW)
    former = stored_in(session, actor, customer, key)
    ids = [row_id(one) for one in value.split(",")] if value else []
    match key:
        case "owner":
            record.assign_owner(session, actor, number=number, owner_id=row_id(value), version=version)
        case "tags":
            record.set_tags(session, actor, number=number, tag_ids=ids, version=version)
        case "collaborator":
            record.set_collaborators(session, actor, number=number, user_ids=ids, version=version)
        case _:
            field = RECORD_FIELDS.get(key, key)
            asked = {"field": field, "value": value, "version": version, "confirmed_duplicates": confirmed}
            record.update_field(session, actor, number=number, **asked)  # type: ignore[arg-type]
    session.refresh(customer, ["version"])
    return CellSaved(customer.id or 0, former, customer.version)


def answer_to(error: Exception, known: Known, language: str) -> CellAnswer | None:
    """What stands against the save of a cell, in words; None where it is not for the person to mend."""
    if isinstance(error, Invalid):
        problem = next(iter(error.problems.values()))
        return CellAnswer(problem=say(language, problem.code, **problem.params))
    if isinstance(error, Refused):
        return CellAnswer(problem=say(language, error.code, **error.params))
    if isinstance(error, DuplicatesFound):
        named = (f"{hint.name} {hint.number}" if hint.openable else hint.owner for hint in error.hints)
        return CellAnswer(others=say(language, "listing.separator").join(filter(None, named)) or "–")
    if isinstance(error, Conflict):
        by, at = str(error.params.get("by", "")), str(error.params.get("at", ""))
        theirs, mine = (_in_words(error.field, value, known, language) for value in (error.theirs, error.mine))
        return CellAnswer(by=by or "–", at=at, theirs=theirs, mine=mine, version=error.version)
    return None


_CHOICES = {"owner": "person", "collaborators": "person", "tags": "tag"}


def _in_words(field: str, value: str, known: Known, language: str) -> str:
    """A stored value, by the record's name of its field, as a person reads it."""
    if not value:
        return say(language, "listing.operator.empty")
    if field == "region":
        return regions.full_name(value) or value
    own = known.own.get(field)
    offered = known.choices.get(own.choices if own else _CHOICES.get(field, field), ())
    labels = {one.code: one.label(language) for one in offered}
    if not labels:
        return value
    return say(language, "listing.separator").join(labels.get(one, one) for one in value.split(","))

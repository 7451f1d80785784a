"""Asking for an export of the list (R4.3)."""

import dataclasses
from datetime import date

from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission
from crm_app.background.kinds import JobKind
from crm_app.background.service import add_job
from crm_app.core.errors import Forbidden
from crm_app.directory import rules
from crm_app.directory.queries import list_for, load_known
from crm_app.directory.schemas import ExportRequest


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

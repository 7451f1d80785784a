"""From what a person chose to a change that waits for its runner, and back again; parts of the caller's transaction."""

from collections.abc import Sequence
from dataclasses import asdict, replace

from sqlalchemy import delete
from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.audit import Action as Audit
from crm_app.access.audit import record
from crm_app.access.permissions import Permission
from crm_app.background.kinds import JobKind
from crm_app.background.queries import get_job
from crm_app.background.schemas import OPEN
from crm_app.background.service import add_job
from crm_app.bulk import queries, rules
from crm_app.bulk.rules import Task
from crm_app.bulk.schemas import NEEDS, Action, Plan, State, Verdict, What
from crm_app.core.clock import utcnow
from crm_app.core.errors import Forbidden, Refused
from crm_app.core.problems import Invalid, Problem
from crm_app.core.sql import table_of
from crm_app.customers.queries import get_choices, get_owner_choice
from crm_app.customers.rules import CUSTOMER_FIELDS, Value, as_text, check_field
from crm_app.customers.service.tags import problem_with_tags
from crm_app.fields.rules import check_value
from crm_app.models import BulkChange


def check_action(session: Session, actor: Actor, action: Action, ids: Sequence[int]) -> Task:
    """What is asked for, with its value as it is stored: by the same rules as for one customer (R2.1).

    Raises Forbidden, and Invalid for `value`.
    """
    _insist_on_right(actor, action)
    match action.what:
        case What.FIELD:
            return _check_field(session, actor, action, ids)
        case What.OWNER:
            number = int(action.value) if action.value.isdecimal() and len(action.value) < 10 else 0
            owner = get_owner_choice(session, actor, Permission.CUSTOMER_ASSIGN, number)
            if owner is None:
                raise Invalid({"value": Problem("customers.problem.owner_out_of_reach")})
            return Task(replace(action, value=str(owner.id)), department_id=owner.department_id)
        case What.TAGS:
            return _check_tags(session, action)
    return Task(Action(What.DELETE))


def _insist_on_right(actor: Actor, action: Action) -> None:
    if not (actor.may(Permission.CUSTOMER_BULK) and actor.may(NEEDS[action.what])):
        raise Forbidden


def _check_field(session: Session, actor: Actor, action: Action, ids: Sequence[int]) -> Task:
    choices = get_choices(session, actor)
    own = next((field for field in choices.own if field.key == action.field), None)
    value: Value | Problem = Problem("customers.problem.unknown_field")
    if own is not None:
        value = check_value(own, action.value, people=choices.people, language=choices.language)
    elif action.field in CUSTOMER_FIELDS and action.field != "level":
        value = check_field(CUSTOMER_FIELDS[action.field], action.value, choices)
    elif action.field == "level":
        value = Problem("customers.problem.level_by_step")
    if isinstance(value, Problem):
        raise Invalid({"value": value})
    checked = replace(action, value=as_text(value))
    return Task(checked, own=own, taken=rules.identifies(checked) and _is_taken(session, checked, ids))


def _is_taken(session: Session, action: Action, ids: Sequence[int]) -> bool:
    """Whether two customers would have what belongs to one."""
    return len(ids) > 1 or (action.field == "credit_code" and queries.has_code(session, action.value, ids))


def _check_tags(session: Session, action: Action) -> Task:
    if not (action.add or action.remove):
        raise Invalid({"value": Problem("bulk.problem.no_tag")})
    if set(action.add) & set(action.remove):
        raise Invalid({"value": Problem("bulk.problem.both")})
    if problem := problem_with_tags(session, action.add):
        raise Invalid({"value": problem})
    return Task(action)


def task_of(session: Session, actor: Actor, action: Action) -> Task:
    """A change to be taken back: what it put there needn't be allowed any more. Raises Forbidden, Refused."""
    _insist_on_right(actor, action)
    if action.what is not What.FIELD or action.field in CUSTOMER_FIELDS:
        return Task(action)
    own = next((field for field in get_choices(session, actor).own if field.key == action.field), None)
    if own is None:
        raise Refused("bulk.refused.field_gone")
    return Task(action, own=own)


def request_change(session: Session, actor: Actor, *, kind: JobKind, plan: Plan) -> int:
    """Confirm a preview; the id of the change, which a job carries out. Raises Forbidden, Invalid, Refused."""
    action = check_action(session, actor, plan.action, plan.ids).action
    if not plan.count(Verdict.CHANGE):
        raise Refused("bulk.refused.nothing")
    change = BulkChange(
        user_id=actor.user_id,
        what=action.what,
        action=asdict(action),
        rows=rules.packed(plan.ids, plan.versions),
        counts={"rows": len(plan.ids)},
        created_at=utcnow(),
    )
    session.add(change)
    session.flush()
    change.job_id = add_job(session, actor, kind=kind, parameters={"bulk_id": change.id})
    record(
        session,
        Audit.CUSTOMERS_CHANGE_ASKED,
        actor=actor,
        subject_kind="bulk_change",
        subject_id=change.id or 0,
        step=action.step,
        rows=len(plan.ids),
    )
    return change.id or 0


def request_undo(session: Session, actor: Actor, *, kind: JobKind, change_id: int) -> None:
    """Ask for what was done of a change to be taken back. Raises Forbidden, NotFound, Refused.

    Stopped in the middle, it can be asked for again.
    """
    change = queries.lock_change(session, actor, change_id)
    _insist_on_right(actor, Action.of(change.action))
    if change.state == State.UNDONE:
        raise Refused("bulk.refused.undone")
    if is_at_work(session, actor, change):
        raise Refused("bulk.refused.busy")
    if not queries.list_changed(session, change_id, 1):
        raise Refused("bulk.refused.nothing_done")
    change.state, change.rows = State.UNDOING, b""
    change.job_id = add_job(session, actor, kind=kind, parameters={"bulk_id": change_id})


def is_at_work(session: Session, actor: Actor, change: BulkChange) -> bool:
    """Whether a job of this change waits or runs."""
    job = get_job(session, actor, change.job_id) if change.job_id else None
    return job is not None and job.state in OPEN


def forget_change(session: Session, change_id: int) -> None:
    """Forget a change with all of its rows."""
    session.execute(delete(table_of(BulkChange)).where(table_of(BulkChange).c.id == change_id))

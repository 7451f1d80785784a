"""Putting somebody in charge of anomalies until a day (R5.2)."""

from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.audit import Action, record
from crm_app.access.people import Staff, staff
from crm_app.anomalies import queries
from crm_app.anomalies.schemas import Assigned, Assignment
from crm_app.anomalies.service.judging import CHANGED
from crm_app.core.changes import Change, announce
from crm_app.core.clock import local_today
from crm_app.core.errors import Refused
from crm_app.core.problems import Invalid, Problem
from crm_app.core.settings import get_settings

OWNER = "owner"
"""Each customer's own."""


def assign(session: Session, actor: Actor, *, asked: Assignment) -> Assigned:
    """Give these to somebody, or take them back; those whose customer he doesn't see stay as they are.

    Raises Forbidden, Invalid by the form's field, and Refused when one was changed since it was seen or none is there.
    """
    known = staff(session)
    _check(asked, known)
    versions = dict(asked.seen)
    found = queries.lock_assignable(session, actor, ids=versions)
    if not found or any(versions[one.id or 0] != one.version for one, _, _ in found):
        raise Refused("anomalies.problem.gone")
    helpers = queries.helpers_of(session, {anomaly.customer_id for anomaly, _, _ in found})
    done = refused = 0
    for anomaly, owner_id, department_id in found:
        who = _who(asked.who, owner_id)
        above = known.departments_above(department_id)
        helping = helpers.get(anomaly.customer_id, frozenset())
        person = known.people.get(who or 0)
        if asked.who and (person is None or not person.sees(owner_id=owner_id, helpers=helping, above=above)):
            refused += 1
            continue
        anomaly.assignee_id, anomaly.due_on = who, asked.due_on if asked.who else None
        anomaly.assigned_by = actor.user_id if asked.who else None
        anomaly.version += 1
        done += 1
    session.flush()
    about = {"subject_kind": "anomaly", "subject_id": ",".join(str(one.id) for one, _, _ in found)[:60]}
    record(session, Action.ANOMALIES_ASSIGNED, actor=actor, **about, who=asked.who, due=str(asked.due_on or ""))
    announce(Change(CHANGED, actor_id=actor.user_id, same_reach=True))
    return Assigned(done, refused)


def _check(asked: Assignment, known: Staff) -> None:
    problems: dict[str, Problem] = {}
    if asked.who and asked.who != OWNER:
        person = known.people.get(int(asked.who)) if asked.who.isdecimal() and len(asked.who) < 10 else None
        if person is None or not person.active:
            problems["who"] = Problem("anomalies.problem.who")
    if asked.who and asked.due_on and asked.due_on < local_today(tz=get_settings().zone):
        problems["due"] = Problem("anomalies.problem.due")
    if problems:
        raise Invalid(problems)


def _who(who: str, owner_id: int | None) -> int | None:
    return owner_id if who == OWNER else int(who) if who else None

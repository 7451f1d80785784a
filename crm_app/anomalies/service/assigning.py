"""Putting somebody in charge of anomalies until a day (R5.2)."""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.audit import Action, record
from crm_app.access.people import Staff, staff
from crm_app.anomalies import queries
from crm_app.anomalies.schemas import Assigned, Assignment, Former
from crm_app.anomalies.service.judging import CHANGED
from crm_app.core.changes import Change, announce
from crm_app.core.clock import local_today
from crm_app.core.errors import Refused
from crm_app.core.problems import Invalid, Problem
from crm_app.core.settings import get_settings
from crm_app.models import Anomaly

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
    may_have = _insight(session, found)
    refused, former = 0, []
    for anomaly, owner_id, _ in found:
        who = _who(asked.who, owner_id)
        if asked.who and not may_have(who, anomaly):
            refused += 1
            continue
        former.append(
            Former(anomaly.id or 0, anomaly.version + 1, anomaly.assignee_id, anomaly.due_on, anomaly.assigned_by)
        )
        anomaly.assignee_id, anomaly.due_on = who, asked.due_on if asked.who else None
        anomaly.assigned_by = actor.user_id if asked.who else None
        anomaly.version += 1
    _note(session, actor, [one.id or 0 for one, _, _ in found], who=asked.who, due=str(asked.due_on or ""))
    return Assigned(len(former), refused, tuple(former))


def take_back(session: Session, actor: Actor, *, former: Collection[Former]) -> int:
    """Put those in charge again who were before an assignment; how many of them.

    Left as they are: those that somebody changed since, put right, or that are out of reach. Raises Forbidden.
    """
    before = {one.anomaly_id: one for one in former}
    found = queries.lock_assignable(session, actor, ids=before)
    may_have, done = _insight(session, found), []
    for anomaly, _, _ in found:
        one = before[anomaly.id or 0]
        if anomaly.version != one.version:
            continue
        # Who left meanwhile, or sees the customer no more, is put in charge of nothing.
        stays = may_have(one.assignee_id, anomaly)
        anomaly.assignee_id, anomaly.due_on = (one.assignee_id, one.due_on) if stays else (None, None)
        anomaly.assigned_by = one.assigned_by if stays else None
        anomaly.version += 1
        done.append(one.anomaly_id)
    if done:
        _note(session, actor, done, who="former", due="")
    return len(done)


def _insight(
    session: Session, found: Sequence[tuple[Anomaly, int | None, Any]]
) -> Callable[[int | None, Anomaly], bool]:
    """Who works here and sees the customer of one of these."""
    known = staff(session)
    helpers = queries.helpers_of(session, {anomaly.customer_id for anomaly, _, _ in found})
    places = {anomaly.id: (owner_id, known.departments_above(above)) for anomaly, owner_id, above in found}

    def may_have(who: int | None, anomaly: Anomaly) -> bool:
        person, (owner_id, above) = known.people.get(who or 0), places[anomaly.id]
        helping = helpers.get(anomaly.customer_id, frozenset())
        return person is not None and person.active and person.sees(owner_id=owner_id, helpers=helping, above=above)

    return may_have


def _note(session: Session, actor: Actor, ids: Iterable[int], *, who: str, due: str) -> None:
    session.flush()
    about = {"subject_kind": "anomaly", "subject_id": ",".join(map(str, ids))[:60]}
    record(session, Action.ANOMALIES_ASSIGNED, actor=actor, **about, who=who, due=due)
    announce(Change(CHANGED, actor_id=actor.user_id, same_reach=True))


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

"""Judging customers, and keeping what was found."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, update
from sqlmodel import Session, col

from crm_app.anomalies import queries, rules
from crm_app.anomalies.schemas import Facts, Found, Measure
from crm_app.core.changes import Change, announce
from crm_app.core.clock import utcnow
from crm_app.core.settings import get_settings
from crm_app.models import Anomaly, Customer, RecordCheck

CHANGED = "anomaly"
"""The kind of the change that says that there are other anomalies."""
AT_ONCE = 20
"""So many customers changed by one transaction are judged within it; more are left to the look through all."""
_JUDGED = frozenset({"customer", "follow_up", "task"})


def recheck_changed(session: Session, changed: Sequence[Change]) -> None:
    """Judge the customers that this transaction changed, before it ends: whoever saved sees it at once."""
    ids = sorted({change.customer_id for change in changed if change.customer_id and change.kind in _JUDGED})
    if not ids or len(ids) > AT_ONCE:
        return
    session.flush()
    measure = queries.get_measure(session)
    facts = queries.list_facts(session, ids, measure, lock=True)
    keep_found(session, judge_all(facts, measure), measure)


def judge_all(facts: Sequence[Facts], measure: Measure) -> list[tuple[Facts, Found]]:
    """What is wrong with each."""
    zone = get_settings().zone
    return [(one, rules.judge(one, measure, zone=zone)) for one in facts]


def keep_unchanged(session: Session, judged: Sequence[tuple[Facts, Found]], measure: Measure) -> int:
    """Keep what was found of those that nobody changed meanwhile; how many that are."""
    still = queries.lock_unchanged(session, [facts for facts, _ in judged])
    kept = [one for one in judged if one[0].id in still]
    if keep_found(session, kept, measure):
        announce(Change(CHANGED, same_reach=True))
    return len(kept)


def keep_found(session: Session, judged: Sequence[tuple[Facts, Found]], measure: Measure) -> bool:
    """Write what differs from what is known, and that it was looked at; whether anything differs.

    What was there before keeps its moment, its person in charge and its due date.
    """
    if not judged:
        return False
    ids, now = [facts.id for facts, _ in judged], utcnow()
    known = queries.list_known(session, ids)
    new: list[dict[str, Any]] = []
    gone: list[int] = []
    for facts, found in judged:
        added, dropped = _differences(facts.id, found, known.get(facts.id, {}), now)
        new += added
        gone += dropped
    if gone:
        session.execute(delete(Anomaly).where(col(Anomaly.id).in_(gone)))
    if new:
        session.execute(insert(Anomaly), new)
    scores = _keep_scores(session, judged)
    _note(session, [facts for facts, _ in judged], measure)
    return bool(new or gone or scores)


def _differences(
    customer_id: int, found: Found, known: Mapping[tuple[str, str], tuple[int, object]], now: datetime
) -> tuple[list[dict[str, Any]], list[int]]:
    """The rows to add, and the ids of those that are put right, or begin at another moment than they did."""
    wanted = {(str(one.code), one.param): since for one, since in found.anomalies}
    gone = [key for place, (key, since) in known.items() if place not in wanted or wanted[place] not in (None, since)]
    rows = [
        {"customer_id": customer_id, "code": code, "param": param, "since": since or now, "found_at": now, "version": 1}
        for (code, param), since in wanted.items()
        if (code, param) not in known or known[code, param][0] in gone
    ]
    return rows, gone


def _keep_scores(session: Session, judged: Sequence[tuple[Facts, Found]]) -> int:
    """Write the scores that changed, customers of one score together; the version stays, as nobody changed them."""
    by_score: dict[int, list[int]] = {}
    for facts, found in judged:
        by_score.setdefault(found.completeness, []).append(facts.id)
    changed = 0
    for score, ids in by_score.items():
        done = session.execute(
            update(Customer)
            .where(col(Customer.id).in_(ids), col(Customer.completeness) != score)
            .values(completeness=score)
            .execution_options(synchronize_session=False)
        )
        changed += done.rowcount  # type: ignore[attr-defined]
    return changed


def _note(session: Session, facts: Sequence[Facts], measure: Measure) -> None:
    session.execute(delete(RecordCheck).where(col(RecordCheck.customer_id).in_([one.id for one in facts])))
    rows = [
        {"customer_id": one.id, "version": one.version, "planned_at": one.next_follow_up_at, "measure": measure.key}
        for one in facts
    ]
    session.execute(insert(RecordCheck), rows)

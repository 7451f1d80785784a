"""What the administrator decides about all customers: how new numbers look, and from when on a grade is A or B."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.audit import Action, record
from crm_app.access.permissions import Permission
from crm_app.core.changes import Change, announce
from crm_app.core.errors import Forbidden, Refused
from crm_app.core.problems import Invalid, Problem
from crm_app.customers import queries, rules
from crm_app.models import Setting

CHANGE = "customer_setting"
"""The kind of change that the open pages are told of."""


def set_number_pattern(session: Session, actor: Actor, *, pattern: str, before: str | None = None) -> None:
    """Choose how new numbers look; old ones stay (R1.1).

    `before` is the pattern that the person saw. Raises Forbidden, Invalid for `pattern`, Refused when somebody changed
    it meanwhile.
    """
    _insist_on_right(actor)
    parsed = rules.parse_pattern(pattern.strip())
    if isinstance(parsed, Problem):
        raise Invalid({"pattern": parsed})
    now = queries.get_number_pattern(session).text
    _insist_on_seen(before, now)
    if parsed.text != now:
        _keep(session, actor, queries.NUMBER_PATTERN_KEY, {"pattern": parsed.text}, old=now, new=parsed.text)


def set_grade_thresholds(
    session: Session, actor: Actor, *, raws: Mapping[str, str], before: Mapping[str, str] | None = None
) -> None:
    """Choose the yuan a year from which customers are graded A and B (R1.4); the grades follow with the next grading.

    Raises Forbidden, Invalid by the grade, Refused when somebody changed one meanwhile.
    """
    _insist_on_right(actor)
    wanted, problems = rules.check_thresholds(raws)
    if problems:
        raise Invalid(problems)
    now = {grade: format(amount, "f") for grade, amount in queries.get_grade_thresholds(session).items()}
    _insist_on_seen(before, now)
    value = {grade: format(amount, "f") for grade, amount in wanted.items()}
    if value != now:
        _keep(session, actor, queries.VALUE_GRADE_KEY, value, old=_said(now), new=_said(value))


def _insist_on_right(actor: Actor) -> None:
    if not actor.may(Permission.SYSTEM_ADMIN):
        raise Forbidden


def _insist_on_seen(before: object, now: object) -> None:
    if before is not None and before != now:
        raise Refused("customers.settings.changed")


def _said(thresholds: Mapping[str, str]) -> str:
    return ", ".join(f"{grade} ≥ {yuan}" for grade, yuan in thresholds.items())


def _keep(session: Session, actor: Actor, key: str, value: dict[str, Any], *, old: str, new: str) -> None:
    session.merge(Setting(key=key, value=value))
    record(session, Action.SETTING_CHANGED, actor=actor, subject_kind="setting", subject_id=key, old=old, new=new)
    announce(Change(CHANGE, actor_id=actor.user_id))

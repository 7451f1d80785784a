"""Scheduled work on the customer record."""

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col

from crm_app.core import changes
from crm_app.core.changes import Change
from crm_app.core.settings import get_settings
from crm_app.customers import queries, rules
from crm_app.models import Customer


def refresh_value_grades(session: Session, now: datetime) -> int:
    """Grade anew whoever's deals fell out of the last 365 days, or is graded by former thresholds (R1.4); how many.

    Once a day. A computed value: it leaves neither history nor a new version behind.
    """
    today = now.astimezone(get_settings().zone).date()
    thresholds = queries.get_grade_thresholds(session)
    stale = [
        (customer_id, grade)
        for customer_id, former, amount in queries.list_graded(session, since=rules.grading_since(today))
        if (grade := rules.grade_of(amount, thresholds)) != former
    ]
    for customer_id, grade in stale:
        session.execute(update(Customer).where(col(Customer.id) == customer_id).values(value_grade=grade))
        changes.announce(Change("customer", customer_id, same_reach=True))
    return len(stale)

"""Removing for good what lay in the recycle bin for its time (R11.3)."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col

from crm_app.access.audit import Action, record
from crm_app.core import changes
from crm_app.core.changes import Change
from crm_app.models import Customer
from crm_app.recycle_bin import queries


def remove_expired(session: Session, now: datetime, customer_id: int) -> bool:
    """Remove one customer with all that belongs to it; whether it was there. Once a day, a transaction for each.

    What hangs on the customer goes by its foreign keys. What stays is the audit entry, which also keeps the number from
    being given to another one (`customers.queries.is_number_taken`).
    """
    customer = queries.lock_expired(session, now, customer_id)
    if customer is None:
        return False
    counts: dict[str, Any] = queries.count_belongings(session, customer_id)
    subject = {"subject_kind": "customer", "subject_id": customer.number}
    record(session, Action.CUSTOMER_REMOVED, **subject, name=customer.name, **counts)
    session.execute(delete(Customer).where(col(Customer.id) == customer_id))
    changes.announce(Change("customer", customer_id))
    return True

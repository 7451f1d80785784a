"""Every SELECT of the dashboard (R9.1): `few` for one person's customers, `wide` for all others.

The two count the same in different ways, since what is quick for the one is slow for the other; the tests hold both
against the same counting one by one.
"""

from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.analysis.queries import few, wide
from crm_app.analysis.queries.few import is_few
from crm_app.analysis.queries.reach import (
    list_departments,
    list_departments_below,
    list_owners,
    reach_key,
    reaches_any,
)
from crm_app.analysis.schemas import Figures, Question, Totals

__all__ = [
    "is_few",
    "list_departments",
    "list_departments_below",
    "list_owners",
    "measure",
    "measure_before",
    "measure_both",
    "reach_key",
    "reaches_any",
]


def measure(session: Session, actor: Actor, question: Question) -> Figures:
    """The figures of the question's own span, over the customers in the actor's reach."""
    return wide.measure(session, actor, question)


def measure_before(session: Session, actor: Actor, question: Question) -> Totals:
    """What happened in the time that the question compares with."""
    return wide.measure_before(session, actor, question)


def measure_both(session: Session, actor: Actor, question: Question) -> tuple[Figures, Totals]:
    """`measure` and `measure_before`; for few customers that costs little more than one of them."""
    if is_few(actor, question):
        return few.measure_both(session, actor, question)
    return measure(session, actor, question), measure_before(session, actor, question)

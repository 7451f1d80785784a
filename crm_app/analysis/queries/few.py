"""The figures of one person's customers (R9.1).

They are few: what happened with them is read once, for both spans, and counted in Python. So fifty people, each with
figures of his own, can be told of a save within a second.
"""

from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.permissions import Reach
from crm_app.access.scope import customer_ids_in_reach, customers_in_reach
from crm_app.analysis.queries.reach import SEE
from crm_app.analysis.rules.counting import Rows, count
from crm_app.analysis.schemas import Figures, Question, Stock, Totals
from crm_app.core.rows import read_packed
from crm_app.core.sql import checked, table_of
from crm_app.core.vocabulary import Level
from crm_app.models import Customer, FollowUp, LevelChange, User

_customer, _contact = table_of(Customer).c, table_of(FollowUp).c
_change, _account = table_of(LevelChange), table_of(User).c


def is_few(actor: Actor, question: Question) -> bool:
    """Whether the question is about one person's customers."""
    return bool(question.owner) or actor.reach(SEE) is Reach.OWN


def measure_both(session: Session, actor: Actor, question: Question) -> tuple[Figures, Totals]:
    """The figures of the question's own span, and the totals of the one it compares with."""
    return count(question, _read(session, actor, question), _stock(session, actor, question))


def _ids(actor: Actor, question: Question, *found_by: ColumnElement[bool]) -> Any:
    """The ids of the customers that count and, together with their owner, are found by these conditions."""
    others = [checked(_customer.industry == question.industry)] if question.industry else []
    if question.departments:
        others.append(checked(_customer.department_id.in_(question.departments)))
    if not question.owner:
        return customer_ids_in_reach(actor, SEE, *found_by, *others)
    owned = and_(_customer.owner_id == question.owner, _customer.deleted_at.is_(None))
    return select(_customer.id).where(owned, *found_by, checked(customers_in_reach(actor, SEE)), *others)


def _stock(session: Session, actor: Actor, question: Question) -> Stock:
    """How many there are, and how many wait longer than planned: counted in indices that begin with the owner."""
    made, planned = _customer.created_at, _customer.next_follow_up_at
    start, today = question.current.start, question.today
    conditions = (made < question.current.end, made < start, planned < today, planned < min(start, today))

    def counted(condition: ColumnElement[bool]) -> Any:
        ids = _ids(actor, question, condition).subquery()
        return select(func.count(ids.c.id.distinct())).scalar_subquery()

    return Stock(*session.execute(select(*map(counted, conditions))).one())


def _read(session: Session, actor: Actor, question: Question) -> Rows:
    """What happened from the beginning of the one span to the end of the other."""
    spans = (question.current, question.before)
    start, end = min(span.start for span in spans), max(span.end for span in spans)
    days = [span.period for span in spans]
    first, last = min(p.start for p in days if p.start), max(p.end_exclusive for p in days if p.end_exclusive)
    made = _customer.created_at
    new = select(made, _customer.industry, _customer.source, _customer.level).where(
        _customer.id.in_(_ids(actor, question, made >= start, made < end))
    )
    contacts = select(_contact.customer_id, _contact.at, _contact.method).where(
        _contact.at >= start, _contact.at < end, _contact.customer_id.in_(_ids(actor, question))
    )
    change = _change.c
    who = (func.coalesce(change.owner_id, 0), func.coalesce(_account.name, ""))
    deals = (
        select(change.customer_id, *who, change.deal_on, func.coalesce(change.deal_amount, 0))
        .select_from(_change.outerjoin(table_of(User), _account.id == change.owner_id))
        .where(change.to_level == Level.WON, change.deal_on >= first, change.deal_on < last)
        .where(checked(change.customer_id.in_(_ids(actor, question))))
    )
    found: list[Any] = [read_packed(session, statement) for statement in (new, contacts, deals)]
    return Rows(*found)

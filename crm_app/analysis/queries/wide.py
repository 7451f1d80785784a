"""The figures of many customers (R9.1), counted by the database.

What happened in a span is found through the index over its time, and all else is `checked` on that, so that a figure
costs as much as its span holds.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Select,
    and_,
    case,
    column,
    distinct,
    exists,
    func,
    literal,
    select,
    values,
)
from sqlmodel import Session, col

from crm_app.access.actor import Actor
from crm_app.access.permissions import Reach
from crm_app.access.scope import customer_ids_in_reach, customers_in_reach
from crm_app.analysis.queries.reach import SEE
from crm_app.analysis.rules.counting import by_level, by_step, folded, ranked
from crm_app.analysis.schemas import Figures, PersonTally, Question, Span, Stock, Totals
from crm_app.core.sql import checked
from crm_app.core.types import UtcDateTime, Yuan
from crm_app.core.vocabulary import Level
from crm_app.models import Customer, FollowUp, LevelChange, User


def measure(session: Session, actor: Actor, question: Question) -> Figures:
    """The figures of the question's own span, over the customers in the actor's reach."""
    view = _View(actor, question)
    methods = _list_codes(session, col(FollowUp.method))
    industries, sources, levels = _created(session, view)
    activity = session.execute(_activity(view, methods)).all()
    totals = _totals(session, view, question.current, methods)
    return Figures(
        totals=totals,
        stock=_stock(session, view, totals.created),
        by_industry=ranked(industries),
        by_source=ranked(sources),
        by_level=by_level(levels),
        by_method=ranked(folded((method, n) for _, method, n in activity)),
        growth=by_step(question, session.execute(_growth(view))),
        activity=by_step(question, ((step, n) for step, _, n in activity)),
        by_person=tuple(PersonTally(*row) for row in session.execute(_people(view))),
    )


def measure_before(session: Session, actor: Actor, question: Question) -> Totals:
    """What happened in the time that the question compares with."""
    return _totals(session, _View(actor, question), question.before, _list_codes(session, col(FollowUp.method)))


@dataclass(frozen=True, slots=True)
class _View:
    """What all statements of one question share: the reach and the filters."""

    actor: Actor
    question: Question

    def filters(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self.question.owner:
            found.append(col(Customer.owner_id) == self.question.owner)
        if self.question.departments:
            found.append(col(Customer.department_id).in_(self.question.departments))
        if self.question.industry:
            found.append(col(Customer.industry) == self.question.industry)
        return found

    def is_everything(self) -> bool:
        """Whether only the deleted customers are out."""
        return self.actor.reach(SEE) is Reach.ALL and not self.filters()

    def ids(self) -> Any:
        return customer_ids_in_reach(self.actor, SEE, *self.filters())

    def customers(self, *found_by: ColumnElement[bool]) -> list[ColumnElement[bool]]:
        """WHERE for customers found by these conditions."""
        found = [*found_by, customers_in_reach(self.actor, SEE)]
        if self.is_everything():
            return found
        return [*found_by, col(Customer.deleted_at).is_(None), checked(and_(found[-1], *self.filters()))]

    def hangs_on_customer(self, customer_id: Any) -> ColumnElement[bool]:
        """Whether what hangs on a customer counts.

        Where only the deleted customers are out, these few are looked up rather than all the others.
        """
        if self.is_everything():
            deleted = select(col(Customer.id)).where(col(Customer.deleted_at).is_not(None))
            return checked(customer_id.not_in(deleted))
        return checked(customer_id.in_(self.ids()))

    def follow_ups(self, span: Span, methods: Iterable[str]) -> list[ColumnElement[bool]]:
        """WHERE for follow-ups. Naming the methods lets the index over method and time find them."""
        of_customer = self.hangs_on_customer(col(FollowUp.customer_id))
        return [col(FollowUp.method).in_(methods), _within(col(FollowUp.at), span), of_customer]

    def deals(self, span: Span) -> list[ColumnElement[bool]]:
        """WHERE for deals, whose day is a calendar day of the people's zone."""
        day, period = col(LevelChange.deal_on), span.period
        found = [col(LevelChange.to_level) == Level.WON, day >= period.start, day < period.end_exclusive]
        customer_id = col(LevelChange.customer_id)
        if self.is_everything():
            return [*found, self.hangs_on_customer(customer_id)]
        # There are few deals: to look up the customer of each costs less than to gather all that count.
        counts = and_(customers_in_reach(self.actor, SEE), *self.filters())
        return [*found, checked(exists().where(col(Customer.id) == customer_id, counts))]


def _within(moment: Any, span: Span) -> ColumnElement[bool]:
    return and_(moment >= span.start, moment < span.end)


# --- Sums ------------------------------------------------------------------------------------------------------------


def _totals(session: Session, view: _View, span: Span, methods: tuple[str, ...]) -> Totals:
    created = session.scalar(
        select(func.count(col(Customer.id))).where(*view.customers(_within(col(Customer.created_at), span)))
    )
    contacts = select(func.count(), func.count(distinct(col(FollowUp.customer_id))))
    follow_ups, followed = session.execute(contacts.where(*view.follow_ups(span, methods))).one()
    deals, won, converted, amount = session.execute(_deals(view, span)).one()
    return Totals(created or 0, follow_ups, followed, int(deals), won, int(converted), amount or Decimal(0))


def _deals(view: _View, span: Span) -> Select[*tuple[Any, ...]]:
    """Deals, customers won, those of them who were followed up, amount; each customer is looked up once."""
    customer, amount = col(LevelChange.customer_id), func.sum(col(LevelChange.deal_amount))
    closed = select(customer, func.count().label("n"), amount.label("amount")).where(*view.deals(span))
    won = closed.group_by(customer).subquery("won")
    contact = and_(col(FollowUp.customer_id) == won.c.customer_id, _within(col(FollowUp.at), span))
    followed_up = case((exists().where(contact).correlate(won), 1), else_=0)
    sums = (func.coalesce(func.sum(won.c.n), 0), func.count(), func.coalesce(func.sum(followed_up), 0))
    return select(*sums, func.sum(won.c.amount)).select_from(won)


def _stock(session: Session, view: _View, created: int) -> Stock:
    """How many there are, and how many wait longer than planned; `created` of them were created in the span.

    All are counted in indices alone; of those that wait, the rows are looked at where only a part of them counts.
    """
    question = view.question
    made, planned = col(Customer.created_at), col(Customer.next_follow_up_at)
    if view.is_everything():
        customers = select(func.count(col(Customer.id))).where(*view.customers(made < question.current.end))
    else:
        ids = customer_ids_in_reach(view.actor, SEE, made < question.current.end, *view.filters()).subquery()
        customers = select(func.count(ids.c.id.distinct()))
    waiting = [
        select(func.count(col(Customer.id))).where(*view.customers(planned < day))
        for day in (question.today, min(question.current.start, question.today))
    ]
    counts = [count.scalar_subquery() for count in (customers, *waiting)]
    found, overdue, overdue_before = session.execute(select(*counts)).one()
    return Stock(found, found - created, overdue, overdue_before)


# --- Parts -----------------------------------------------------------------------------------------------------------


def _created(session: Session, view: _View) -> list[Counter[str]]:
    """Customers created in the span by industry, by source and by level."""
    groups = (col(Customer.industry), col(Customer.source), col(Customer.level))
    if view.is_everything():
        return [folded(session.execute(_created_by(session, view, group))) for group in groups]
    rows = session.execute(_created_parts(view, groups)).all()
    return [folded((row[n], row[-1]) for row in rows) for n in range(len(groups))]


def _created_by(session: Session, view: _View, group: Any) -> Select[*tuple[Any, ...]]:
    """For each code a count in the index over it and the time: grouping would sort all of the span's customers."""
    code = _given(_list_codes(session, group), group)
    where = view.customers(group == code.c.code, _within(col(Customer.created_at), view.question.current))
    return select(code.c.code, select(func.count(col(Customer.id))).where(*where).correlate(code).scalar_subquery())


def _created_parts(view: _View, groups: tuple[Any, ...]) -> Select[*tuple[Any, ...]]:
    """One pass over a part of the customers for all groups."""
    found_by = _within(col(Customer.created_at), view.question.current)
    return select(*groups, func.count()).where(*view.customers(found_by)).group_by(*groups)


def _steps(question: Question) -> CTE:
    """The steps as rows (n, low, high)."""
    names = (column("n", Integer), column("low", UtcDateTime), column("high", UtcDateTime))
    rows = [(n, step.start, step.end) for n, step in enumerate(question.steps)]
    return values(*names, name="given_step").data(rows or [(0, question.today, question.today)]).cte("step")


def _growth(view: _View) -> Select[*tuple[Any, ...]]:
    """Customers created by step."""
    made = col(Customer.created_at)
    step = _steps(view.question)
    where = view.customers(made >= step.c.low, made < step.c.high)
    return select(step.c.n, select(func.count(col(Customer.id))).where(*where).correlate(step).scalar_subquery())


def _list_codes(session: Session, coded: Any) -> tuple[str, ...]:
    """The codes in use in a column, each found by one step into an index that begins with it."""
    first = select(func.min(coded).label("code")).cte("used", recursive=True)
    following = select(func.min(coded)).where(coded > first.c.code).scalar_subquery()
    used = first.union_all(select(following).where(first.c.code.is_not(None)))
    return tuple(session.scalars(select(used.c.code).where(used.c.code.is_not(None))))


def _given(codes: tuple[str, ...], coded: Any) -> CTE:
    """Codes of a column as rows."""
    rows = [(code,) for code in codes or ("",)]
    return values(column("code", coded.type), name=f"given_{coded.key}").data(rows).cte(f"code_of_{coded.key}")


def _activity(view: _View, methods: tuple[str, ...]) -> Select[*tuple[Any, ...]]:
    """Follow-ups by step and method."""
    at = col(FollowUp.at)
    step, method = _steps(view.question), _given(methods, col(FollowUp.method))
    found_by = (col(FollowUp.method) == method.c.code, at >= step.c.low, at < step.c.high)
    where = (*found_by, view.hangs_on_customer(col(FollowUp.customer_id)))
    counted = select(func.count(col(FollowUp.id))).where(*where).correlate(step, method).scalar_subquery()
    return select(step.c.n, method.c.code, counted).select_from(step.join(method, literal(True)))


def _people(view: _View) -> Select[*tuple[Any, ...]]:
    """Deals by the person who owned the customer at that moment; in the order of PersonTally."""
    owner, name = func.coalesce(col(LevelChange.owner_id), 0), func.coalesce(col(User.name), "")
    amount = func.coalesce(func.sum(col(LevelChange.deal_amount)), literal(0, Yuan))
    return (
        select(owner, name, func.count(), amount)
        .select_from(LevelChange)
        .join(User, col(User.id) == col(LevelChange.owner_id), isouter=True)
        .where(*view.deals(view.question.current))
        .group_by(owner, name)
        .order_by(amount.desc(), owner)
    )

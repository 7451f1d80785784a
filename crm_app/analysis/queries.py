"""Every SELECT of the dashboard (R9.1).

What happened in a span is found through the index over its time, and all else is `checked` on that, so that a figure
costs as much as its span holds, whatever is filtered.
"""

from collections import Counter
from collections.abc import Hashable, Iterable
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
from crm_app.access.permissions import Permission, Reach
from crm_app.access.scope import customer_ids_in_reach, customers_in_reach
from crm_app.analysis.schemas import Figures, PersonTally, Question, Span, Stock, Tally, Totals
from crm_app.core.sql import checked
from crm_app.core.types import UtcDateTime, Yuan
from crm_app.core.vocabulary import Level
from crm_app.models import Customer, FollowUp, LevelChange, User

SEE = Permission.DASHBOARD_VIEW

type_of_method = FollowUp.__table__.c.method.type  # type: ignore[attr-defined]


def measure(session: Session, actor: Actor, question: Question) -> Figures:
    """The figures of the question's own span, over the customers in the actor's reach."""
    view = _View(actor, question)
    methods = _list_methods(session)
    created = session.execute(_created(view)).all()
    activity = session.execute(_activity(view, methods)).all()
    levels = _folded((level, n) for _, _, level, n in created)
    return Figures(
        totals=_totals(session, view, question.current, methods),
        stock=Stock(*session.execute(_stock(view)).one()),
        by_industry=_ranked(_folded((industry, n) for industry, _, _, n in created)),
        by_source=_ranked(_folded((source, n) for _, source, _, n in created)),
        by_level=tuple(Tally(level.value, levels[level.value]) for level in Level),
        by_method=_ranked(_folded((method, n) for _, method, n in activity)),
        growth=_by_step(question, session.execute(_growth(view))),
        activity=_by_step(question, ((step, n) for step, _, n in activity)),
        by_person=tuple(PersonTally(*row) for row in session.execute(_people(view))),
    )


def measure_before(session: Session, actor: Actor, question: Question) -> Totals:
    """What happened in the time that the question compares with."""
    return _totals(session, _View(actor, question), question.before, _list_methods(session))


def reach_key(actor: Actor) -> Hashable:
    """The same for actors who see the same figures: they can share them."""
    reach = actor.reach(SEE)
    return (reach,) if reach in (None, Reach.ALL) else (reach, actor.user_id, actor.department_ids)


def list_owners(session: Session, actor: Actor) -> tuple[tuple[int, str], ...]:
    """The people who own customers in the actor's reach, by name: what the owner filter offers."""
    owners = select(col(Customer.owner_id)).where(customers_in_reach(actor, SEE)).distinct()
    rows = session.execute(
        select(col(User.id), col(User.name)).where(col(User.id).in_(owners)).order_by(col(User.name))
    )
    return tuple((user_id or 0, name) for user_id, name in rows)


@dataclass(frozen=True, slots=True)
class _View:
    """What all statements of one question share: the reach and the filters."""

    actor: Actor
    question: Question

    def filters(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self.question.owner:
            found.append(col(Customer.owner_id) == self.question.owner)
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
        when = and_(day >= period.start, day < period.end_exclusive)
        return [col(LevelChange.to_level) == Level.WON, when, self.hangs_on_customer(col(LevelChange.customer_id))]


def _within(moment: Any, span: Span) -> ColumnElement[bool]:
    return and_(moment >= span.start, moment < span.end)


# --- Sums ------------------------------------------------------------------------------------------------------------


def _totals(session: Session, view: _View, span: Span, methods: tuple[str, ...]) -> Totals:
    customer, won = col(FollowUp.customer_id), col(LevelChange.customer_id)
    created = session.scalar(
        select(func.count(col(Customer.id))).where(*view.customers(_within(col(Customer.created_at), span)))
    )
    contacts = select(func.count(), func.count(distinct(customer))).where(*view.follow_ups(span, methods))
    follow_ups, followed = session.execute(contacts).one()
    also_followed = func.count(distinct(case((_followed_up(span), won))))
    deals = select(func.count(), func.count(distinct(won)), also_followed, func.sum(col(LevelChange.deal_amount)))
    closed, customers, converted, amount = session.execute(deals.where(*view.deals(span))).one()
    return Totals(created or 0, follow_ups, followed, closed, customers, converted, amount or Decimal(0))


def _followed_up(span: Span) -> ColumnElement[bool]:
    same = col(FollowUp.customer_id) == col(LevelChange.customer_id)
    return exists().where(same, _within(col(FollowUp.at), span)).correlate(LevelChange)


def _stock(view: _View) -> Select[*tuple[Any, ...]]:
    """How many there are, and how many wait longer than planned; in the order of Stock.

    Everything is counted in the indices; a part of it by one pass over its rows.
    """
    question = view.question
    made, planned = col(Customer.created_at), col(Customer.next_follow_up_at)
    start, today = question.current.start, question.today
    conditions = (made < question.current.end, made < start, planned < today, planned < min(start, today))
    if not view.is_everything():
        counts = [func.count().filter(condition) for condition in conditions]
        return select(*counts).where(col(Customer.id).in_(view.ids()))
    live = customers_in_reach(view.actor, SEE)
    return select(*[select(func.count(col(Customer.id))).where(live, c).scalar_subquery() for c in conditions])


# --- Parts -----------------------------------------------------------------------------------------------------------


def _created(view: _View) -> Select[*tuple[Any, ...]]:
    """Customers created in the span by industry, source and level: one pass for three charts."""
    groups = (col(Customer.industry), col(Customer.source), col(Customer.level))
    found_by = _within(col(Customer.created_at), view.question.current)
    return select(*groups, func.count()).where(*view.customers(found_by)).group_by(*groups)


def _steps(question: Question) -> CTE:
    """The steps as rows (n, low, high)."""
    names = (column("n", Integer), column("low", UtcDateTime), column("high", UtcDateTime))
    rows = [(n, step.start, step.end) for n, step in enumerate(question.steps)]
    return values(*names, name="given_step").data(rows or [(0, question.today, question.today)]).cte("step")


def _growth(view: _View) -> Select[*tuple[Any, ...]]:
    step = _steps(view.question)
    made = col(Customer.created_at)
    where = view.customers(made >= step.c.low, made < step.c.high)
    return select(step.c.n, select(func.count(col(Customer.id))).where(*where).correlate(step).scalar_subquery())


def _list_methods(session: Session) -> tuple[str, ...]:
    """The methods in use, each found by one step into the index over them."""
    first = select(func.min(FollowUp.method).label("code")).cte("used", recursive=True)
    following = select(func.min(FollowUp.method)).where(col(FollowUp.method) > first.c.code).scalar_subquery()
    used = first.union_all(select(following).where(first.c.code.is_not(None)))
    return tuple(session.scalars(select(used.c.code).where(used.c.code.is_not(None))))


def _activity(view: _View, methods: tuple[str, ...]) -> Select[*tuple[Any, ...]]:
    """Follow-ups by step and method."""
    step = _steps(view.question)
    given = values(column("code", type_of_method), name="given_method").data([(code,) for code in methods or ("",)])
    method = given.cte("method")
    at = col(FollowUp.at)
    found_by = (col(FollowUp.method) == method.c.code, at >= step.c.low, at < step.c.high)
    where = (*found_by, view.hangs_on_customer(col(FollowUp.customer_id)))
    counted = select(func.count(col(FollowUp.id))).where(*where).correlate(step, method).scalar_subquery()
    return select(step.c.n, method.c.code, counted).select_from(step.join(method, literal(True)))


def _people(view: _View) -> Select[*tuple[Any, ...]]:
    """Deals by the person who owned the customer at that moment; in the order of PersonTally."""
    owner, name = func.coalesce(col(LevelChange.owner_id), 0), func.coalesce(col(User.name), "")
    amount = func.coalesce(func.sum(col(LevelChange.deal_amount)), literal(0, Yuan))
    return (
        select(owner, name, func.count(), func.count(distinct(col(LevelChange.customer_id))), amount)
        .select_from(LevelChange)
        .join(User, col(User.id) == col(LevelChange.owner_id), isouter=True)
        .where(*view.deals(view.question.current))
        .group_by(owner, name)
        .order_by(amount.desc(), owner)
    )


# --- Folding ---------------------------------------------------------------------------------------------------------


def _folded(pairs: Iterable[tuple[str, int]]) -> Counter[str]:
    found: Counter[str] = Counter()
    for code, count in pairs:
        found[code] += count
    return found


def _ranked(found: Counter[str]) -> tuple[Tally, ...]:
    """The most first; what doesn't occur is left out."""
    return tuple(Tally(code, n) for code, n in sorted(found.items(), key=lambda item: (-item[1], item[0])) if n)


def _by_step(question: Question, pairs: Iterable[Any]) -> tuple[int, ...]:
    found: Counter[int] = Counter()
    for step, count in pairs:
        found[step] += count
    return tuple(found[n] for n in range(len(question.steps)))

"""Random customers with follow-ups and deals, and the same as plain objects to count one by one."""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission, Reach
from crm_app.analysis.rules.questions import make_question
from crm_app.analysis.schemas import Filters, Question
from crm_app.core.periods import Period, parse_period
from crm_app.models import Collaborator, Customer, FollowUp, LevelChange
from tests.factories import Office, make_customer

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2024, 11, 22, 3, 30, 41, tzinfo=UTC)
TODAY = date(2024, 11, 22)
PERIODS = ("this-month", "this-quarter", "this-year", "last-month", "last-7-days", "2024-10-31..2024-11-01", "2023")


@dataclass
class World:
    """What was put into the database, as plain objects."""

    customers: list[Customer] = field(default_factory=list)
    helpers: dict[int, set[int]] = field(default_factory=dict)
    follow_ups: list[FollowUp] = field(default_factory=list)
    deals: list[LevelChange] = field(default_factory=list)


def period_of(key: str) -> Period:
    found = parse_period(key, today=TODAY)
    assert isinstance(found, Period)
    return found


def ask(
    key: str = "this-month",
    *,
    owner: int = 0,
    industry: str = "",
    departments: tuple[int, ...] = (),
    tz: ZoneInfo = SHANGHAI,
) -> Question:
    return make_question(Filters(period_of(key), owner, industry), now=NOW, tz=tz, departments=departments)


def some_moment(dice: random.Random) -> datetime:
    """Anywhere in the last 500 days, often within a second of a midnight in Shanghai."""
    moment = NOW - timedelta(seconds=dice.randrange(500 * 86400))
    if dice.random() < 0.4:
        day = moment.astimezone(SHANGHAI).date()
        edge = datetime.combine(day, time.min, tzinfo=SHANGHAI).astimezone(UTC)
        return edge + timedelta(microseconds=dice.choice([-1, 0, 1]))
    return moment


def fill(session: Session, office: Office, *, seed: int, count: int = 120) -> World:
    dice = random.Random(seed)  # noqa: S311 - data for tests.
    world = World()
    owners = [office.sales, office.sales2, office.outsider, office.manager, None]
    people = [office.sales, office.sales2, office.outsider]
    for _ in range(count):
        customer = make_customer(
            session,
            owner=dice.choice(owners),
            contact=False,
            industry=dice.choice(["MFG", "RET", "INT"]),
            source=dice.choice(["website", "other", ""]),
            level=dice.choice(["potential", "intent", "won", "lost"]),
            created_at=some_moment(dice),
            deleted_at=NOW if dice.random() < 0.1 else None,
            next_follow_up_at=dice.choice([None, some_moment(dice), NOW + timedelta(days=3)]),
        )
        world.customers.append(customer)
        if dice.random() < 0.15:
            helper = dice.choice(people)
            session.add(Collaborator(customer_id=customer.id or 0, user_id=helper.user_id))
            world.helpers.setdefault(helper.user_id, set()).add(customer.id or 0)
        for _ in range(dice.choice([0, 0, 1, 3])):
            world.follow_ups.append(
                FollowUp(
                    customer_id=customer.id or 0,
                    user_id=dice.choice(people).user_id,
                    at=some_moment(dice),
                    method=dice.choice(["phone", "visit", "wechat"]),
                    content="x",
                )
            )
        for n in range(dice.choice([0, 0, 1, 2])):
            owner = dice.choice(owners)
            won = dice.random() < 0.8
            world.deals.append(
                LevelChange(
                    customer_id=customer.id or 0,
                    owner_id=owner.user_id if owner else None,
                    from_level="intent",
                    to_level="won" if won else "lost",
                    deal_amount=Decimal(dice.randrange(1, 10**9)) / 100 if won else None,
                    deal_on=some_moment(dice).date() if won else None,
                    contract_number=f"HT-{customer.id}-{n}" if won else None,
                )
            )
    session.add_all([*world.follow_ups, *world.deals])
    session.flush()
    return world


def reached(world: World, actor: Actor, question: Question) -> dict[int, Customer]:
    found = {}
    for customer in world.customers:
        own = customer.owner_id == actor.user_id or customer.id in world.helpers.get(actor.user_id, ())
        reach = actor.reach(Permission.DASHBOARD_VIEW)
        seen = reach is Reach.ALL or (reach is not None and own)
        if reach is Reach.DEPARTMENT and customer.department_id in actor.department_ids:
            seen = True
        fits = question.owner in (0, customer.owner_id) and question.industry in ("", customer.industry)
        fits = fits and (not question.departments or customer.department_id in question.departments)
        if seen and fits and customer.deleted_at is None:
            found[customer.id or 0] = customer
    return found


def happened_on(moment: datetime, period: Period, tz: ZoneInfo = SHANGHAI) -> bool:
    assert period.start and period.end_exclusive
    return period.start <= moment.astimezone(tz).date() < period.end_exclusive

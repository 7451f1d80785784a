"""The dashboard's numbers against the same computed one by one in Python, on random data and both engines."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from crm_app.analysis import queries
from crm_app.analysis.schemas import Question, Span, Stock, Totals
from crm_app.core.db import Database
from crm_app.models import Customer, Department, LevelChange
from tests.analysis.world import NOW, PERIODS, SHANGHAI, TODAY, World, ask, fill, happened_on, reached
from tests.factories import Office, make_customer

# --- The same, one by one --------------------------------------------------------------------------------------------


def planned_before(mine: dict[int, Customer], day: date) -> list[Customer]:
    planned = [c for c in mine.values() if c.next_follow_up_at]
    return [c for c in planned if c.next_follow_up_at and c.next_follow_up_at.astimezone(SHANGHAI).date() < day]


def first_day(question: Question) -> date:
    start = question.current.period.start
    assert start
    return start


def expected_totals(world: World, mine: dict[int, Customer], span: Span, tz: ZoneInfo = SHANGHAI) -> Totals:
    period = span.period
    assert period.start and period.end_exclusive
    contacts = [f for f in world.follow_ups if f.customer_id in mine and happened_on(f.at, period, tz)]
    deals = [
        d
        for d in world.deals
        if d.customer_id in mine and d.deal_on and period.start <= d.deal_on < period.end_exclusive
    ]
    followed = {f.customer_id for f in contacts}
    won = {d.customer_id for d in deals}
    return Totals(
        created=sum(happened_on(c.created_at, period, tz) for c in mine.values()),
        follow_ups=len(contacts),
        followed=len(followed),
        deals=len(deals),
        won=len(won),
        converted=len(followed & won),
        amount=sum((d.deal_amount or Decimal(0) for d in deals), Decimal(0)),
    )


@pytest.mark.parametrize("seed", [1, 2])
def test_every_figure_equals_what_counting_one_by_one_gives(db: Database, office: Office, seed: int) -> None:
    with db.writing() as session:
        world = fill(session, office, seed=seed)
    questions = [ask(key) for key in PERIODS]
    questions += [ask(industry="MFG"), ask("this-year", owner=office.sales2.user_id), ask("2023", industry="none")]
    questions += [ask("this-year", departments=(office.south,)), ask(departments=(office.north, office.south))]
    questions += [ask("this-year", owner=office.sales2.user_id, departments=(office.north,))]
    for actor in (office.sales, office.outsider, office.manager, office.finance):
        for question in questions:
            mine = reached(world, actor, question)
            with db.reading() as session:
                found, before = queries.measure_both(session, actor, question)
            assert found.totals == expected_totals(world, mine, question.current)
            assert before == expected_totals(world, mine, question.before)
            assert found.stock == Stock(
                customers=sum(c.created_at < question.current.end for c in mine.values()),
                customers_before=sum(c.created_at < question.current.start for c in mine.values()),
                overdue=len(planned_before(mine, TODAY)),
                overdue_before=len(planned_before(mine, min(TODAY, first_day(question)))),
            )


@pytest.mark.parametrize("key", PERIODS)
@pytest.mark.parametrize("role", ["sales", "manager"])
def test_the_parts_are_those_of_the_sums(db: Database, office: Office, key: str, role: str) -> None:
    actor = getattr(office, role)
    with db.writing() as session:
        world = fill(session, office, seed=3)
    question = ask(key)
    period = question.current.period
    mine = reached(world, actor, question)
    new = [c for c in mine.values() if happened_on(c.created_at, period)]
    contacts = [f for f in world.follow_ups if f.customer_id in mine and happened_on(f.at, period)]
    with db.reading() as session:
        found = queries.measure_both(session, actor, question)[0]
    for tallies, field_name in ((found.by_industry, "industry"), (found.by_source, "source")):
        assert {t.code: t.count for t in tallies} == count_by(getattr(c, field_name) for c in new)
        assert [t.count for t in tallies] == sorted((t.count for t in tallies), reverse=True)
    assert [t.code for t in found.by_level] == ["potential", "intent", "won", "lost"]
    assert {t.code: t.count for t in found.by_level if t.count} == count_by(c.level for c in new)
    assert {t.code: t.count for t in found.by_method} == count_by(f.method for f in contacts)
    assert found.growth == tuple(sum(happened_on(c.created_at, s.period) for c in new) for s in question.steps)
    assert found.activity == tuple(sum(happened_on(f.at, s.period) for f in contacts) for s in question.steps)
    assert sum(found.growth) == found.totals.created
    assert sum(found.activity) == found.totals.follow_ups == sum(t.count for t in found.by_method)
    assert sum(p.deals for p in found.by_person) == found.totals.deals
    assert sum(p.amount for p in found.by_person) == found.totals.amount


def count_by(codes: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for code in codes:
        found[code] = found.get(code, 0) + 1
    return found


def test_deals_stay_with_who_owned_the_customer_then(db: Database, office: Office) -> None:
    with db.writing() as session:
        customer = make_customer(session, owner=office.sales2)
        for n, owner in enumerate((office.sales, office.sales, None)):
            session.add(
                LevelChange(
                    customer_id=customer.id or 0,
                    owner_id=owner.user_id if owner else None,
                    from_level="intent",
                    to_level="won",
                    deal_amount=Decimal("1000.01"),
                    deal_on=TODAY,
                    contract_number=f"HT-{n}",
                )
            )
    with db.reading() as session:
        people = queries.measure(session, office.admin, ask()).by_person
    assert [(p.user_id, p.name, p.deals, p.amount) for p in people] == [
        (office.sales.user_id, "李销售", 2, Decimal("2000.02")),
        (0, "", 1, Decimal("1000.01")),
    ]


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "UTC", "America/New_York", "Asia/Kathmandu"])
def test_days_are_those_of_the_zone_also_where_clocks_change(db: Database, office: Office, zone: str) -> None:
    """New York puts its clocks back on 2024-11-03, Kathmandu is 5:45 ahead."""
    tz = ZoneInfo(zone)
    midnights = [datetime.combine(date(2024, 11, day), time.min, tzinfo=tz) for day in range(1, 23)]
    with db.writing() as session:
        for midnight in midnights:
            for edge in (timedelta(microseconds=-1), timedelta(0)):
                make_customer(session, contact=False, created_at=midnight.astimezone(UTC) + edge)
    question = ask("2024-11-01..2024-11-21", tz=tz)
    with db.reading() as session:
        found = queries.measure(session, office.admin, question)
    # Each day has its own first moment and the last one before the next day's.
    assert found.growth == (2,) * 21
    assert found.totals.created == 42


def test_owners_offered_are_those_of_customers_in_reach(db: Database, office: Office) -> None:
    with db.writing() as session:
        make_customer(session, owner=office.sales)
        make_customer(session, owner=office.outsider)
        make_customer(session, owner=office.sales2, deleted_at=NOW)
        make_customer(session)
    with db.reading() as session:
        assert queries.list_owners(session, office.sales) == ((office.sales.user_id, "李销售"),)
        assert queries.list_owners(session, office.manager) == ((office.sales.user_id, "李销售"),)
        names = [name for _, name in queries.list_owners(session, office.admin)]
    assert sorted(names) == sorted(["李销售", "赵北方"])


def test_departments_offered_are_those_that_one_reaches_as_such(db: Database, office: Office) -> None:
    with db.writing() as session:
        below = Department(name="华南二组", parent_id=office.south)
        session.add(below)
        session.flush()
        team = below.id or 0
    leader = replace(office.manager, department_ids=(office.south, team))
    with db.reading() as session:
        everywhere = dict(queries.list_departments(session, office.admin))
        assert {office.south, office.north, team} <= everywhere.keys()
        assert everywhere[team] == "华南二组"
        assert list(everywhere).index(team) == list(everywhere).index(office.south) + 1
        assert [key for key, _ in queries.list_departments(session, leader)] == [office.south, team]
        assert queries.list_departments(session, office.sales) == ()
        assert queries.list_departments(session, office.service) == ()
        assert queries.list_departments_below(session, leader, office.south) == (office.south, team)
        assert queries.list_departments_below(session, leader, team) == (team,)
        assert queries.list_departments_below(session, leader, office.north) == ()
        assert queries.list_departments_below(session, office.admin, 99) == ()


def test_who_may_not_see_the_dashboard_gets_nothing(db: Database, office: Office) -> None:
    with db.writing() as session:
        fill(session, office, seed=5, count=20)
    with db.reading() as session:
        found = queries.measure(session, office.service, ask("this-year"))
    assert (found.totals, found.stock, found.by_person) == (Totals(), Stock(), ())

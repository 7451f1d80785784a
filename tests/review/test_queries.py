"""Who sees whose list and whose progress, what a line tells, and by which indices; on both engines."""

from dataclasses import replace

import pytest
from sqlalchemy import delete, text, update
from sqlmodel import Session, col

from crm_app.access.permissions import Permission, Reach
from crm_app.core.clock import utcnow
from crm_app.core.errors import Forbidden
from crm_app.models import Anomaly, Customer, OwnField
from crm_app.review import queries, service
from crm_app.review.schemas import Due, ListQuery, Months, Shown, Standing
from crm_app.today.queries import get_work_day
from tests.plans import analyse, plans
from tests.review.conftest import Desk


def progress(desk: Desk, actor: object) -> dict[str, tuple[int, int]]:
    return {one.name: (one.total - one.open, one.total) for one in desk.team(actor).people}  # type: ignore[arg-type]


def test_each_sees_his_own_list_and_managers_those_of_their_people(desk: Desk) -> None:
    office = desk.office
    desk.open()
    assert set(desk.names(office.sales)) == {"甲", "乙"}
    assert desk.names(office.sales, office.sales2) == []
    assert desk.names(office.manager, office.sales2) == ["丙"]
    assert desk.names(office.manager, office.outsider) == []
    assert desk.names(office.admin, office.outsider) == ["丁"]
    # Whoever sees all customers oversees no review by that.
    assert desk.names(office.service_lead, office.sales) == []
    assert desk.page(office.sales, office.sales2).owner == "王销售"


def test_progress_is_that_of_the_owners_within_reach(desk: Desk) -> None:
    office = desk.office
    desk.open()
    desk.confirm(office.sales, "甲")
    desk.edit(office.sales2, "丙")
    assert progress(desk, office.manager) == {"李销售": (1, 2), "王销售": (1, 1)}
    assert progress(desk, office.admin) == {"李销售": (1, 2), "王销售": (1, 1), "赵北方": (0, 1)}
    team = desk.team(office.admin)
    assert team.standing == Standing(4, 1, 1, 2, 50)
    assert [one.department for one in team.people] == ["华北销售部", "华南销售部", "华南销售部"]
    own = replace(office.manager, grants={**office.manager.grants, Permission.REVIEW_OPEN: Reach.OWN})
    assert progress(desk, own) == {}


def test_who_has_no_owner_is_counted_where_one_reaches_him(desk: Desk) -> None:
    office = desk.office
    desk.add("北方无主", None, department_id=office.north)
    desk.open()
    assert desk.team(office.manager).nobodys == 1
    assert desk.team(office.admin).nobodys == 2
    with desk.db.writing() as session:
        session.execute(update(Customer).where(col(Customer.name) == "丁").values(owner_id=None))
    assert desk.team(office.admin).nobodys == 3
    assert progress(desk, office.admin) == {"李销售": (0, 2), "王销售": (0, 1)}


def test_nobody_looks_without_the_function(desk: Desk) -> None:
    office = desk.office
    desk.open()
    for who in (office.sales, office.service_lead, office.finance):
        with pytest.raises(Forbidden):
            desk.team(who)
    with pytest.raises(Forbidden):
        desk.page(replace(office.sales, grants={}))
    blind = replace(office.manager, grants={Permission.REVIEW_OPEN: Reach.ALL})
    with pytest.raises(Forbidden):
        desk.team(blind)
    assert desk.read(queries.get_due, replace(office.sales, grants={})) == Due()


def test_a_line_tells_what_the_role_may_see(desk: Desk) -> None:
    office = desk.office
    with desk.db.writing() as session:
        field = OwnField(kind="line", label_zh="内部编码", required=True, hidden_from="sales_rep")
        session.add(field)
        session.flush()
        values = {"completeness": 62, "last_contact_at": utcnow(), "level": "won", "status": "won"}
        session.execute(update(Customer).where(col(Customer.name) == "甲").values(**values, customer_type="key"))
        key = desk.row("甲").id or 0
        for code, param in (("no_amount", ""), ("missing", f"own_{field.id}"), ("format", "note"), ("format", "x")):
            session.add(Anomaly(customer_id=key, code=code, param=param, since=utcnow(), version=1))
    desk.open()
    line = next(one for one in desk.page(office.sales).lines if one.name == "甲")
    assert (line.level, line.status, line.completeness, line.is_key) == ("成交客户", "已成交", 62, True)
    assert [one.code for one in line.anomalies] == ["format", "no_amount"]
    assert line.last_contact
    seen = next(one for one in desk.page(office.manager, office.sales).lines if one.name == "甲")
    assert [one.code for one in seen.anomalies] == ["missing", "format", "no_amount"]
    english = desk.page(replace(office.sales, language="en"))
    assert {one.level for one in english.lines} == {"Won", "Potential"}


def test_lists_go_by_pages_in_the_order_of_names(desk: Desk) -> None:
    sales = desk.office.sales
    with desk.db.writing() as session:
        session.execute(delete(Customer))
    for n in range(queries.SIZE + 3):
        desk.add(f"第{n:02d}", sales)
    desk.open()
    first, last = desk.page(sales), desk.page(sales, page=99)
    assert [len(first.lines), len(last.lines), first.pages, last.page] == [queries.SIZE, 3, 2, 2]
    assert [line.name for line in (*first.lines, *last.lines)] == [f"第{n:02d}" for n in range(queries.SIZE + 3)]
    desk.confirm(sales, "第00")
    assert desk.names(sales)[0] == "第01"
    assert desk.names(sales, shown=Shown.DONE) == ["第00"]


def test_what_one_has_to_do_stands_on_the_page_of_the_day_until_it_is_done(desk: Desk) -> None:
    sales = desk.office.sales
    assert desk.read(queries.get_due, sales) == Due()
    desk.open()
    assert desk.read(queries.get_due, sales) == Due("2026年11月", 2)
    assert desk.read(queries.get_due, replace(sales, language="en")) == Due("Nov 2026", 2)
    desk.edit(sales, "乙")
    day = desk.read(get_work_day, sales)
    assert (day.review, day.review_count) == ("2026年11月", 1)
    desk.confirm(sales, "甲")
    day = desk.read(get_work_day, sales)
    assert (day.review, day.review_count) == ("", 0)
    # It is on the list of whoever may not confirm it, and no task of his.
    assert desk.read(queries.get_due, desk.office.service) == Due()


def test_which_reviews_there_are_to_choose_from(desk: Desk) -> None:
    assert desk.read(queries.get_months, desk.office.sales) == Months()
    desk.open("2025-12")
    desk.open("2026-01")
    found = desk.read(queries.get_months, desk.office.sales)
    assert [one.label for one in found.choices] == ["2026年1月", "2025年12月"]
    assert (found.current, found.to_open) == ("2026-01", "")
    assert desk.read(queries.get_months, desk.office.manager).to_open_label
    assert desk.review("2025-12").until == desk.review("2026-01").opened_at
    assert desk.review().until is None


def test_every_query_goes_by_indices(desk: Desk) -> None:
    office = desk.office
    desk.open()
    desk.edit(office.sales, "甲")
    analyse(desk.db)
    review = desk.review()

    def look(session: Session) -> None:
        for actor in (office.sales, office.manager, office.admin):
            for shown in Shown:
                queries.get_list(session, actor, review, query=ListQuery(actor.user_id, shown))
            queries.get_due(session, actor)
            queries.get_months(session, actor)
        for actor in (office.manager, office.admin):
            queries.get_list(session, actor, review, query=ListQuery(office.sales.user_id))
            queries.get_team(session, actor, review)
        numbers = [desk.numbers["甲"]]
        queries.lock_items(session, queries.confirmable(office.sales, review, numbers=numbers))
        queries.lock_items(session, queries.confirmable(office.sales, review, owner_id=office.sales.user_id))
        queries.has_item(session, office.sales, review, numbers=numbers)
        session.execute(service.take_back_statement(office.sales, review, utcnow()))

    for sql, plan in plans(desk.db, look).items():
        if "review_item" in sql or "customer" in sql:
            for table in ("customer", "review_item", "field_change"):
                assert f"SCAN {table}\n" not in plan + "\n", (sql, plan)
            assert "Seq Scan on customer" not in plan, (sql, plan)
            assert "Seq Scan on review_item" not in plan, (sql, plan)
            assert "Seq Scan on field_change" not in plan, (sql, plan)


@pytest.mark.parametrize("db", ["postgresql"], indirect=True)
def test_the_planner_knows_a_review_as_soon_as_it_is_open(desk: Desk) -> None:
    """SQLite plans by the columns of an index."""
    desk.open()
    with desk.db.reading() as session:
        known = session.execute(text("SELECT reltuples FROM pg_class WHERE relname = 'review_item'")).scalar_one()
    assert known == 4


def test_whoever_takes_back_finds_his_click_by_its_moment(desk: Desk) -> None:
    desk.open()
    review = desk.review()
    sales = desk.office.sales

    def look(session: Session) -> None:
        session.execute(service.take_back_statement(sales, review, utcnow()))

    (plan,) = [plan for sql, plan in plans(desk.db, look).items() if sql.startswith("UPDATE")]
    assert "ix_review_item_confirmed_by_confirmed_at" in plan, plan

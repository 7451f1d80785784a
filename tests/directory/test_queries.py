"""What the list finds, in which order, for whom; and that indices answer it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import pytest
from sqlalchemy import event, insert
from sqlmodel import Session, select

from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission, Reach
from crm_app.core.clock import frozen
from crm_app.core.db import Database
from crm_app.customers.search import index_customer
from crm_app.directory.queries import choices, find_page, list_for, list_rows, load_known
from crm_app.directory.schemas import CONTACT_FIELDS, DIRECTORY
from crm_app.listing.rules.address import parse_query
from crm_app.models import Collaborator, Contact, Customer, CustomerTag, FollowUp, LevelChange, User
from crm_app.options.service import seed_presets
from tests.factories import Office, make_customer
from tests.plans import plans

NOW = datetime(2024, 5, 20, 4, 0, tzinfo=UTC)
TODAY = date(2024, 5, 20)


@dataclass(frozen=True)
class Shop:
    """Customers with a name each, so that a test can say whom it expects."""

    db: Database
    office: Office

    def find(self, actor: Actor, address: str) -> list[str]:
        """The names on the page that an address asks for."""
        return [row.name for row in self.rows(actor, address)]

    def rows(self, actor: Actor, address: str) -> tuple[Any, ...]:
        """The rows of that page."""
        with frozen(NOW), self.db.reading() as session:
            known = load_known(session, today=TODAY)
            asked = parse_query(list_for(actor, known), dict(parse_qsl(address)), known)
            assert not asked.ignored, asked.ignored
            page = find_page(session, actor, asked.query, known)
            return list_rows(session, actor, page.ids, asked.query.columns, known)

    def total(self, actor: Actor, address: str) -> int:
        """How many an address asks for."""
        with self.db.reading() as session:
            known = load_known(session, today=TODAY)
            query = parse_query(list_for(actor, known), dict(parse_qsl(address)), known).query
            return find_page(session, actor, query, known).total


def _day(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}T04:00+00:00")


@pytest.fixture
def shop(db: Database, office: Office) -> Shop:
    """Six customers that differ in everything, and a deleted one."""
    with db.writing() as session:
        seed_presets(session)
        _fill(session, office)
    return Shop(db, office)


def _fill(session: Session, office: Office) -> None:
    def customer(name: str, owner: Actor | None, created: str, **fields: Any) -> Customer:
        made = make_customer(session, name=name, owner=owner, contact=False, created_at=_day(created), **fields)
        session.flush()
        return made

    one = customer(
        "华为技术", office.sales, "2024-01-10", number="ITS-2024-001", industry="ITS", level="won",
        customer_type="key", status="won", value_grade="A", province="440000", city="440300", district="440305",
        source="exhibition", headcount="5000+", founded_on=date(1987, 9, 15), total_amount=Decimal("600000"),
        order_count=3, first_order_on=date(2024, 2, 1), last_contact_at=_day("2024-05-19"), last_method="phone",
        next_follow_up_at=_day("2024-05-10"), credit_code="91440300279583285Y", note="100%重要",
    )  # fmt: skip
    two = customer(
        "星辰制造", office.sales, "2024-02-20", number="MFG-2024-999", level="intent", province="310000",
        city="310100", district="310115", expected_amount=Decimal("50000.50"), last_contact_at=_day("2024-04-01"),
        next_follow_up_at=_day("2024-06-01"), address="高新区_1号",
    )  # fmt: skip
    three = customer(
        "蓝天零售", office.sales2, "2024-03-31", number="MFG-2024-1000", industry="RET", level="intent",
        total_amount=Decimal("80000"), order_count=1,
    )  # fmt: skip
    customer("安徽物流", office.outsider, "2023-12-31", number="LOG-2023-001", industry="LOG", level="lost")
    customer("无主客户", None, "2024-05-20", number="EDU-2024-001", industry="EDU", source="website")
    # 00:30 on 1 April in Shanghai is still March in UTC.
    edge = customer("跨日公司", office.manager, "2024-03-31", number="FIN-2024-001", industry="FIN")
    edge.created_at = datetime(2024, 3, 31, 16, 30, tzinfo=UTC)
    gone = customer("已删除", office.sales, "2024-01-01", number="MFG-2024-500")
    gone.deleted_at = NOW
    ids = {c.name: c.id or 0 for c in (one, two, three)}
    session.add_all(
        [
            Contact(
                customer_id=ids["华为技术"], name="任女士", mobile="13812345678", email="ren@huawei.com", is_main=True
            ),
            Contact(customer_id=ids["华为技术"], name="李工", mobile="13900001111", phone="0755-28780808"),
            Contact(customer_id=ids["星辰制造"], name="张三", mobile="13812340000", is_main=True),
            Contact(customer_id=ids["蓝天零售"], name="王五", mobile="13700007777", is_main=True),
            CustomerTag(customer_id=ids["华为技术"], tag_id=1),
            CustomerTag(customer_id=ids["华为技术"], tag_id=2),
            CustomerTag(customer_id=ids["星辰制造"], tag_id=2),
            Collaborator(customer_id=ids["华为技术"], user_id=office.outsider.user_id),
            _follow_up(ids["华为技术"], office.sales, "2024-05-02", "phone"),
            _follow_up(ids["华为技术"], office.sales, "2024-04-02", "visit"),
            _follow_up(ids["星辰制造"], office.sales, "2024-04-30", "visit"),
            _deal(ids["华为技术"], office.sales, date(2024, 2, 1)),
            _deal(ids["华为技术"], office.sales2, date(2024, 5, 1)),
            _deal(ids["蓝天零售"], None, date(2024, 5, 1)),
        ]
    )
    session.flush()
    for found in session.exec(_all_ids()).all():
        index_customer(session, found)


def _follow_up(customer_id: int, user: Actor, day: str, method: str) -> FollowUp:
    return FollowUp(customer_id=customer_id, user_id=user.user_id, at=_day(day), method=method, content="x")


def _deal(customer_id: int, owner: Actor | None, day: date) -> LevelChange:
    return LevelChange(
        customer_id=customer_id, owner_id=owner.user_id if owner else None, from_level="intent", to_level="won",
        deal_amount=Decimal(1), deal_on=day, contract_number=f"HT-{customer_id}-{day}",
    )  # fmt: skip


def _all_ids() -> Any:
    return select(Customer.id)


EVERYBODY = {"华为技术", "星辰制造", "蓝天零售", "安徽物流", "无主客户", "跨日公司"}
FOUND = {
    "f=anomaly.filled": set(),
    "f=anomaly.any.late": set(),
    "f=anomaly.none.late": EVERYBODY,
    "f=completeness.gte.1": set(),
    "f=completeness.lt.1": set(),
    "f=name.contains.华为": {"华为技术"},
    "f=name.contains.为技": {"华为技术"},
    "f=name.contains.%": set(),
    "f=name.starts.华": {"华为技术"},
    "f=name.starts.技术": set(),
    "f=name.is.华为技术": {"华为技术"},
    "f=name.not.华为技术": EVERYBODY - {"华为技术"},
    "f=name.contains.华;name.contains.术": {"华为技术"},
    "f=number.contains.its": {"华为技术"},
    "f=note.contains.100%25": {"华为技术"},
    "f=note.empty": EVERYBODY - {"华为技术"},
    "f=address.contains._": {"星辰制造"},
    "f=address.filled": {"星辰制造"},
    "f=industry.in.RET,LOG": {"蓝天零售", "安徽物流"},
    "f=industry.out.RET,LOG": EVERYBODY - {"蓝天零售", "安徽物流"},
    "f=source.empty": EVERYBODY - {"华为技术", "无主客户"},
    "f=source.out.website": EVERYBODY - {"无主客户"},
    "f=level.in.intent;industry.in.MFG": {"星辰制造"},
    "f=type.in.key": {"华为技术"},
    "f=grade.in.A": {"华为技术"},
    "f=headcount.in.5000%2B": {"华为技术"},
    "f=last_method.in.phone": {"华为技术"},
    "f=created.within.2024Q1": {"华为技术", "星辰制造", "蓝天零售"},
    "f=created.within.2024-04": {"跨日公司"},
    "f=created.within.this-month": {"无主客户"},
    "f=created.within.last-50-days": {"无主客户", "跨日公司"},
    "f=created.within.2024-01-10..2024-02-20": {"华为技术", "星辰制造"},
    "f=created.within.>=2024-03-31": {"蓝天零售", "跨日公司", "无主客户"},
    "f=created.before.2024": {"安徽物流"},
    "f=created.after.2024Q1": {"跨日公司", "无主客户"},
    "f=founded.within.1987": {"华为技术"},
    "f=founded.empty": EVERYBODY - {"华为技术"},
    "f=first_order.within.2024-02": {"华为技术"},
    "f=next_follow_up.before.today": {"华为技术"},
    "f=next_follow_up.filled": {"华为技术", "星辰制造"},
    "f=last_contact.empty": EVERYBODY - {"华为技术", "星辰制造"},
    "f=total.gt.80000": {"华为技术"},
    "f=total.gte.80000": {"华为技术", "蓝天零售"},
    "f=total.lt.80000": EVERYBODY - {"华为技术", "蓝天零售"},
    "f=total.lte.80000": EVERYBODY - {"华为技术"},
    "f=total.eq.80000": {"蓝天零售"},
    "f=total.between.1,80000": {"蓝天零售"},
    "f=expected.eq.50000.5": {"星辰制造"},
    "f=orders.gte.1": {"华为技术", "蓝天零售"},
    "f=silent.eq.1": {"华为技术"},
    "f=silent.gt.1": EVERYBODY - {"华为技术", "无主客户"},
    "f=silent.gte.49": {"星辰制造", "蓝天零售", "安徽物流", "跨日公司"},
    "f=silent.gt.49": {"蓝天零售", "安徽物流"},
    "f=silent.between.40,60": {"星辰制造", "蓝天零售", "跨日公司"},
    "f=silent.lt.1": {"无主客户"},
    "f=silent.lte.999999999": EVERYBODY,
    "f=region.in.440000": {"华为技术"},
    "f=region.in.440300": {"华为技术"},
    "f=region.in.440305": {"华为技术"},
    "f=region.in.华东": {"星辰制造"},
    "f=region.in.华东,440305": {"华为技术", "星辰制造"},
    "f=region.out.华东": EVERYBODY - {"星辰制造"},
    "f=region.empty": EVERYBODY - {"华为技术", "星辰制造"},
    "f=tags.any.1,2": {"华为技术", "星辰制造"},
    "f=tags.all.1,2": {"华为技术"},
    "f=tags.none.1": EVERYBODY - {"华为技术"},
    "f=tags.empty": EVERYBODY - {"华为技术", "星辰制造"},
    "f=tags.filled": {"华为技术", "星辰制造"},
    "f=owner.empty": {"无主客户"},
    "f=owner.filled": EVERYBODY - {"无主客户"},
    "f=collaborator.filled": {"华为技术"},
    "f=collaborator.empty": EVERYBODY - {"华为技术"},
    "f=department.empty": {"无主客户"},
    "f=followed.within.2024-05": {"华为技术"},
    "f=followed.within.2024-04": {"华为技术", "星辰制造"},
    "f=followed.before.2024-05": {"华为技术", "星辰制造"},
    "f=followed_method.in.visit": {"华为技术", "星辰制造"},
    "f=followed_method.out.visit": {"华为技术"},
    "f=followed.within.2024-05;followed_method.in.visit": set(),
    "f=followed_method.in.visit;followed.within.2024-04": {"华为技术", "星辰制造"},
    "f=deal.within.2024-05": {"华为技术", "蓝天零售"},
    "f=deal.within.2024-02;deal_owner.empty": set(),
    "f=deal_owner.empty": {"蓝天零售"},
    "f=deal_owner.filled": {"华为技术"},
    "f=deal.within.2024-05;followed.within.2024-05": {"华为技术"},
    "f=deal.within.2024-06": set(),
    "f=mobile.contains.1381234": {"华为技术", "星辰制造"},
    "f=mobile.is.13900001111": {"华为技术"},
    "f=mobile.not.13900001111": EVERYBODY - {"华为技术"},
    "f=phone.contains.2878": {"华为技术"},
    "f=contact.contains.张": {"星辰制造"},
    "f=email.starts.ren@": {"华为技术"},
    "f=email.empty": EVERYBODY - {"华为技术"},
    "f=credit_code.starts.9144": {"华为技术"},
    "q=华为": {"华为技术"},
    "q=hwjs": {"华为技术"},
    "q=5678": {"华为技术"},
    "q=华为&f=level.in.intent": set(),
    "q=!!": EVERYBODY,
}  # fmt: skip


def test_each_operator_of_each_field_finds_its_customers(shop: Shop) -> None:
    admin = shop.office.admin
    wrong = {a: found for a, expected in FOUND.items() if (found := set(shop.find(admin, a))) != expected}
    assert wrong == {}
    assert {a: n for a in FOUND if (n := shop.total(admin, a)) != len(FOUND[a])} == {}


def test_every_field_that_can_be_filtered_by_is_among_the_cases() -> None:
    tried = {address.removeprefix("f=").split(".")[0] for address in FOUND if address.startswith("f=")}
    assert set(DIRECTORY.fields) - tried <= {"status", "revenue", "business", "updated"}


def test_relative_people_mean_the_one_who_asks(shop: Shop) -> None:
    office = shop.office
    assert set(shop.find(office.sales, "f=owner.in.me")) == {"华为技术", "星辰制造"}
    assert set(shop.find(office.manager, "f=owner.in.me")) == {"跨日公司"}
    assert set(shop.find(office.manager, "f=owner.in.mine")) == {"华为技术", "星辰制造", "蓝天零售", "跨日公司"}
    assert set(shop.find(office.manager, "f=department.in.mine")) == {"华为技术", "星辰制造", "蓝天零售", "跨日公司"}
    assert set(shop.find(office.admin, f"f=owner.in.me,{office.outsider.user_id}")) == {"安徽物流"}
    assert set(shop.find(office.admin, f"f=owner.out.{office.sales.user_id}")) == EVERYBODY - {"华为技术", "星辰制造"}
    assert set(shop.find(office.outsider, "f=collaborator.in.me")) == {"华为技术"}
    assert set(shop.find(office.sales, "f=deal_owner.in.me;deal.within.2024-02")) == {"华为技术"}
    assert set(shop.find(office.sales, "f=deal_owner.in.me;deal.within.2024-05")) == set()


def test_each_role_lists_what_it_reaches(shop: Shop) -> None:
    office = shop.office
    south = {"华为技术", "星辰制造", "蓝天零售", "跨日公司"}
    expected = {
        "sales": {"华为技术", "星辰制造"},
        "sales2": {"蓝天零售"},
        "outsider": {"安徽物流", "华为技术"},
        "manager": south,
        **dict.fromkeys(("service_lead", "service", "marketing", "finance", "admin"), EVERYBODY),
    }
    for name, actor in office.everybody().items():
        for address in ("", "sort=name", "sort=level", "sort=-owner", "sort=next_follow_up", "f=total.gte.0"):
            assert set(shop.find(actor, address)) == expected[name], (name, address)
            assert shop.total(actor, address) == len(expected[name]), (name, address)


def test_somebody_without_the_function_lists_nothing(shop: Shop) -> None:
    nobody = replace(shop.office.sales, grants={})
    assert shop.find(nobody, "") == []
    assert shop.total(nobody, "") == 0


def test_rows_of_customers_out_of_reach_are_left_out(shop: Shop) -> None:
    with shop.db.reading() as session:
        known = load_known(session, today=TODAY)
        page = find_page(session, shop.office.admin, DIRECTORY.default(), known)
        rows = list_rows(session, shop.office.sales2, page.ids, ("name",), known)
    assert [row.name for row in rows] == ["蓝天零售"]


ORACLES = (
    "f=mobile.contains.1381234", "f=mobile.is.13900001111", "f=mobile.not.13900001111", "f=mobile.starts.138",
    "f=mobile.filled", "f=mobile.empty", "f=phone.contains.2878", "f=contact.contains.任", "f=contact.is.李工",
    "f=email.contains.huawei", "f=email.empty",
)  # fmt: skip


def test_nobody_finds_a_customer_by_contact_data_that_he_sees_masked(shop: Shop) -> None:
    office = shop.office
    partial = replace(
        office.service, grants={Permission.CUSTOMER_VIEW: Reach.ALL, Permission.CUSTOMER_REVEAL: Reach.OWN}
    )
    with shop.db.reading() as session:
        known = load_known(session, today=TODAY)
        for actor in (office.service, office.marketing, office.finance):
            for address in ORACLES:
                asked = parse_query(list_for(actor, known), dict(parse_qsl(address)), known)
                assert asked.query.conditions == (), address
                assert [problem.code for _, problem in asked.ignored] == ["listing.problem.closed"]
                # Even a condition that got past the parser finds nothing.
                forced = parse_query(DIRECTORY, dict(parse_qsl(address)), known).query
                assert find_page(session, actor, forced, known).total == 0, address
    for address in ORACLES:
        assert shop.find(partial, address) == [], address
    for text in ("13812345678", "5678", "李工", "lg", "28780808", "ren@huawei.com"):
        assert shop.find(office.service, f"q={text}") == [], text
        assert shop.find(partial, f"q={text}") == [], text
        assert shop.find(office.sales2, f"q={text}") == [], text
        assert shop.find(office.sales, f"q={text}") == ["华为技术"], text


def test_contact_data_can_not_be_sorted_by(shop: Shop) -> None:
    assert not any(DIRECTORY.fields[key].sortable for key in CONTACT_FIELDS)


def test_contact_data_is_masked_for_everybody(shop: Shop) -> None:
    for actor in shop.office.everybody().values():
        for row in shop.rows(actor, "cols=name,contact,mobile,phone,email&f=level.in.won"):
            assert row.cells == ("任*", "138****5678", "", "r***n@huawei.com")


ORDERS = {
    "sort=-created": ["无主客户", "跨日公司", "蓝天零售", "星辰制造", "华为技术", "安徽物流"],
    "sort=name": ["安徽物流", "华为技术", "跨日公司", "蓝天零售", "无主客户", "星辰制造"],
    "sort=number": ["无主客户", "跨日公司", "华为技术", "安徽物流", "星辰制造", "蓝天零售"],
    "sort=next_follow_up": ["华为技术", "星辰制造", "跨日公司", "无主客户", "安徽物流", "蓝天零售"],
    "sort=-next_follow_up": ["星辰制造", "华为技术", "跨日公司", "无主客户", "安徽物流", "蓝天零售"],
    "sort=-total": ["华为技术", "蓝天零售", "跨日公司", "无主客户", "安徽物流", "星辰制造"],
    "sort=level": ["无主客户", "跨日公司", "蓝天零售", "星辰制造", "华为技术", "安徽物流"],
    "sort=-level": ["安徽物流", "华为技术", "蓝天零售", "星辰制造", "无主客户", "跨日公司"],
    "sort=silent": ["华为技术", "星辰制造", "跨日公司", "无主客户", "安徽物流", "蓝天零售"],
    "sort=-silent": ["星辰制造", "华为技术", "跨日公司", "无主客户", "安徽物流", "蓝天零售"],
    "sort=owner": ["跨日公司", "星辰制造", "华为技术", "蓝天零售", "安徽物流", "无主客户"],
    "sort=source": ["华为技术", "无主客户", "跨日公司", "蓝天零售", "星辰制造", "安徽物流"],
    "sort=region": ["星辰制造", "华为技术", "跨日公司", "无主客户", "安徽物流", "蓝天零售"],
}


def test_orders_put_empty_values_last_in_both_directions(shop: Shop) -> None:
    wrong = {a: found for a, expected in ORDERS.items() if (found := shop.find(shop.office.admin, a)) != expected}
    assert wrong == {}


def test_pages_join_into_the_whole_in_every_order(db: Database, office: Office) -> None:
    with db.writing() as session:
        seed_presets(session)
        for n in range(47):
            make_customer(
                session, owner=office.sales if n % 2 else office.outsider, contact=False,
                level=("potential", "intent", "won", "lost")[n % 4], industry=("MFG", "XXX", "RET")[n % 3],
                next_follow_up_at=_day("2024-05-01") + timedelta(days=n % 7) if n % 3 else None,
                credit_code=f"{n:018d}" if n % 5 == 0 else "", created_at=_day("2024-01-01") + timedelta(hours=n),
            )  # fmt: skip
    shop = Shop(db, office)
    for key, field in DIRECTORY.fields.items():
        if not field.sortable:
            continue
        for sign in ("", "-"):
            address = f"sort={sign}{key}&size=20&page="
            pages = [row.key for page in (1, 2, 3) for row in shop.rows(office.admin, f"{address}{page}")]
            assert len(pages) == len(set(pages)) == 47, (sign, key)
            assert shop.find(office.admin, f"{address}4") == []


def test_a_row_shows_what_its_columns_ask_for(shop: Shop) -> None:
    columns = "name,number,level,industry,region,owner,tags,collaborator,next_follow_up,silent,total,founded,created"
    row = shop.rows(shop.office.admin, f"cols={columns}&q=华为")[0]
    assert (row.key, row.starred, row.overdue) == ("ITS-2024-001", True, 10)
    assert row.cells == (
        "ITS-2024-001", "won", "信息技术服务业", "广东 深圳 南山区", "李销售", "1,2", "赵北方", "2024-05-10 12:00", "1",
        "60万", "1987-09-15", "2024-01-10 12:00",
    )  # fmt: skip
    english = replace(shop.office.admin, language="en")
    other = shop.rows(english, "cols=name,industry,total,silent&q=蓝天")[0]
    assert (other.starred, other.overdue) == (False, 0)
    assert other.cells == ("Retail", "80K", "never")


def test_every_column_can_be_shown(shop: Shop) -> None:
    columns = ",".join(key for key, field in DIRECTORY.fields.items() if field.shown)
    for row in shop.rows(shop.office.admin, f"cols={columns}"):
        assert len(row.cells) == columns.count(",")
        assert all(isinstance(cell, str) for cell in row.cells)


def test_people_who_left_still_name_their_customers(shop: Shop) -> None:
    with shop.db.writing() as session:
        session.get_one(User, shop.office.sales.user_id).disabled_at = NOW
    assert shop.rows(shop.office.admin, "cols=name,owner&q=华为")[0].cells == ("李销售",)


@contextmanager
def statements(db: Database) -> Iterator[list[tuple[str, Any]]]:
    """What runs on the database meanwhile."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        seen.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


UNINDEXED = {"address", "business", "note"}
"""Prose is rarely sorted by; an index of it would cost each save more than the sort costs."""


@pytest.fixture
def big(sqlite_db: Database, sqlite_office: Office) -> Shop:
    """Enough rows that much and little differ."""
    with sqlite_db.writing() as session:
        seed_presets(session)
        owners = [sqlite_office.sales, sqlite_office.sales2, sqlite_office.outsider]
        session.execute(
            insert(Customer),
            [
                {
                    "number": f"MFG-2024-{n:04d}", "number_sort": f"{n:04d}",
                    "name": f"公司{n}", "name_sort": f"{n * 7 % 5000:04d}",
                    "industry": ("MFG", "RET", "EDU")[n % 3], "level": ("potential", "intent")[n % 2],
                    "owner_id": owners[n % 3].user_id, "department_id": owners[n % 3].department_id,
                    "created_at": _day("2023-01-01") + timedelta(hours=n), "updated_at": NOW,
                }
                for n in range(5000)
            ],
        )  # fmt: skip
    return Shop(sqlite_db, sqlite_office)


def _plans(shop: Shop, actor: Actor, address: str) -> list[str]:
    with statements(shop.db) as seen:
        shop.rows(actor, address)
    with shop.db.engine.connect() as connection:
        return [
            line[3]
            for statement, parameters in seen
            if re.search(r"FROM customer\b", statement)
            for line in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]


def _table_scans(plans: list[str]) -> list[str]:
    return [line for line in plans if line.startswith("SCAN customer") and "INDEX" not in line]


@pytest.mark.parametrize("who", ["admin", "manager", "sales", "service"])
def test_no_default_query_scans_the_customers(big: Shop, who: str) -> None:
    actor = getattr(big.office, who)
    addresses = [
        "", "page=50", "size=200", "f=industry.in.MFG;level.in.intent;created.within.2023Q1",
        "f=industry.in.MFG,RET;level.in.intent;created.within.2023", "f=owner.in.me", "f=level.in.intent&sort=name",
        "f=level.in.intent&page=20", "q=公司", "q=138", "q=公司12&f=level.in.intent", "f=name.contains.公司12",
        "f=tags.any.1", "f=region.in.华东", "f=silent.gt.30", "f=next_follow_up.before.today&sort=next_follow_up",
    ]  # fmt: skip
    scans = {address: found for address in addresses if (found := _table_scans(_plans(big, actor, address)))}
    assert scans == {}


@pytest.mark.parametrize("who", ["admin", "manager", "sales"])
def test_every_order_has_its_index(big: Shop, who: str) -> None:
    actor = getattr(big.office, who)
    sortable = [key for key, field in DIRECTORY.fields.items() if field.sortable]
    plans = {key: _plans(big, actor, f"sort={key}&page=3") for key in sortable}
    assert {key for key, lines in plans.items() if _table_scans(lines)} <= UNINDEXED
    if who == "admin":
        assert {key for key, lines in plans.items() if any("ORDER BY" in line for line in lines)} <= UNINDEXED


def test_a_page_takes_few_queries(big: Shop) -> None:
    with statements(big.db) as seen, big.db.reading() as session:
        known = load_known(session, today=TODAY)
        seen.clear()
        page = find_page(session, big.office.admin, DIRECTORY.default(), known, total=5000)
        list_rows(session, big.office.admin, page.ids, DIRECTORY.columns, known)
    assert len(seen) == 3


def test_the_first_year_is_that_of_the_oldest_customer_who_is_not_deleted(db: Database, office: Office) -> None:
    def first_year() -> int | None:
        with db.reading() as session:
            return load_known(session, today=TODAY).first_year

    assert first_year() is None
    with db.writing() as session:
        make_customer(session, owner=office.sales, created_at=_day("2021-05-01")).deleted_at = NOW
        make_customer(session, owner=office.outsider, created_at=_day("2022-05-01"))
        make_customer(session, owner=office.sales, created_at=_day("2024-05-01"))
    assert first_year() is None, "read once, not with every click, and again after some seconds"
    choices._first_year.forget()
    assert first_year() == 2022


def test_the_first_year_is_read_from_the_beginning_of_an_index(db: Database) -> None:
    found = plans(db, lambda session: load_known(session, today=TODAY))
    asked = [plan for sql, plan in found.items() if "created_at" in sql and re.search(r"FROM customer\b", sql)]
    assert len(asked) == 1
    assert "ix_customer_created_at_id" in asked[0]
    assert not re.search(r"Seq Scan|Sort|TEMP B-TREE", asked[0])


def test_postgresql_answers_pages_from_indices(db: Database, office: Office) -> None:
    shop = Shop(db, office)
    with db.writing() as session:
        seed_presets(session)
        for n in range(30):
            make_customer(session, owner=office.sales, contact=False, level="intent", order_count=n)
    addresses = (
        "",
        "sort=name",
        "sort=-next_follow_up",
        "q=公司",
        "f=industry.in.MFG;level.in.intent;created.within.2024Q1",
    )
    with statements(db) as seen:
        for address in addresses:
            shop.rows(office.admin, address)
    if db.engine.dialect.name == "sqlite":
        assert seen
        return
    with db.engine.connect() as connection:
        connection.exec_driver_sql("SET enable_seqscan = off")
        plans = [
            line[0]
            for statement, parameters in seen
            if re.search(r"FROM customer\b", statement)
            for line in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
        ]
    assert plans
    assert not [line for line in plans if "Seq Scan on customer" in line]

"""Who sees which anomalies, in whose words, and who is put in charge; on both engines."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest
from sqlalchemy import select, update
from sqlmodel import Session, col

from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission
from crm_app.admin.service import disable_account
from crm_app.anomalies import jobs, queries, service
from crm_app.anomalies.schemas import Assigned, Assignment, WorkPage, WorkQuery
from crm_app.core.clock import local_today, utcnow
from crm_app.core.db import Database
from crm_app.core.errors import Forbidden, Refused
from crm_app.core.problems import Invalid
from crm_app.core.settings import get_settings
from crm_app.directory.queries import find_page, list_for, list_rows, list_values, load_known
from crm_app.listing.rules.address import parse_query
from crm_app.models import Anomaly, Collaborator, Contact, Customer, OwnField
from crm_app.options.service import seed_presets
from tests.factories import Office, make_customer
from tests.plans import analyse, plans


@dataclass(frozen=True, slots=True)
class Shop:
    """Three customers of two departments with something wrong, and one that is right."""

    db: Database
    office: Office

    def work(self, actor: Actor, **query: Any) -> WorkPage:
        with self.db.reading() as session:
            return queries.get_worklist(session, actor, query=WorkQuery(**query))

    def told(self, actor: Actor, **query: Any) -> list[tuple[str, str]]:
        return sorted((line.name, line.code) for line in self.work(actor, **query).lines)

    def assign(self, actor: Actor, ids: tuple[int, ...], who: str, due: Any = None) -> Assigned:
        with self.db.writing() as session:
            rows = session.execute(select(col(Anomaly.id), col(Anomaly.version)))
            versions = dict(rows.all())  # type: ignore[arg-type]
            seen = {key: versions.get(key, 1) for key in ids}
            return service.assign(session, actor, asked=Assignment(tuple(seen.items()), who, due))

    def ids(self, *names: str) -> tuple[int, ...]:
        with self.db.reading() as session:
            rows = session.execute(
                select(col(Anomaly.id)).join(Customer).where(col(Customer.name).in_(names)).order_by(col(Anomaly.id))
            )
            return tuple(rows.scalars())

    def find(self, actor: Actor, address: str) -> list[str]:
        with self.db.reading() as session:
            known = load_known(session, today=today())
            asked = parse_query(list_for(actor, known), dict(parse_qsl(address)), known)
            assert not asked.ignored, asked.ignored
            page = find_page(session, actor, asked.query, known)
            return [row.name for row in list_rows(session, actor, page.ids, asked.query.columns, known)]


def today() -> Any:
    return local_today(tz=get_settings().zone)


@pytest.fixture
async def shop(db: Database, office: Office) -> Shop:
    with db.writing() as session:
        seed_presets(session)
        make_customer(session, owner=office.sales, name="甲", contact=False)
        make_customer(session, owner=office.sales2, name="乙", credit_code="WRONG")
        make_customer(session, owner=office.outsider, name="丙", level="won")
        make_customer(session, owner=office.sales, name="丁")
    await jobs.check_all(db)
    return Shop(db, office)


ALL = [("丙", "no_amount"), ("乙", "format"), ("甲", "no_contact")]


def test_each_sees_what_he_reaches_and_no_more(shop: Shop) -> None:
    office = shop.office
    assert shop.told(office.sales) == [("甲", "no_contact")]
    assert shop.told(office.sales, whose="all") == [("甲", "no_contact")]
    assert shop.told(office.manager, whose="department") == [("乙", "format"), ("甲", "no_contact")]
    assert shop.told(office.manager, whose="all") == [("乙", "format"), ("甲", "no_contact")]
    assert shop.told(office.manager) == []
    assert shop.told(office.admin, whose="all") == ALL
    assert shop.told(office.service, whose="all") == ALL
    # Whose it is is no way around the reach.
    assert shop.told(office.sales, whose="department") == [("甲", "no_contact")]
    assert shop.told(office.sales, whose="nonsense") == [("甲", "no_contact")]


def test_nobody_sees_them_without_the_function(shop: Shop) -> None:
    blind = replace(shop.office.sales, grants={})
    for ask in (queries.list_whose, shop.work):
        with pytest.raises(Forbidden):
            ask(blind)
    with shop.db.reading() as session, pytest.raises(Forbidden):
        queries.list_reasons(session, blind, number="x")


def test_whose_there_are_to_choose_from(shop: Shop) -> None:
    assert queries.list_whose(shop.office.sales) == ("mine", "all")
    assert queries.list_whose(shop.office.manager) == ("mine", "department", "all")


def test_kinds_are_counted_and_filter(shop: Shop) -> None:
    page = shop.work(shop.office.admin, whose="all")
    assert [(one.code, one.count) for one in page.kinds] == [("no_contact", 1), ("format", 1), ("no_amount", 1)]
    assert page.total == 3
    only = shop.work(shop.office.admin, whose="all", code="format")
    assert [line.name for line in only.lines] == ["乙"]
    assert only.total == 1
    assert len(only.kinds) == 3


def test_reasons_are_in_the_persons_words_and_lead_to_the_place(shop: Shop) -> None:
    office = shop.office
    with shop.db.writing() as session:
        customer = session.execute(select(Customer).where(col(Customer.name) == "甲")).scalar_one()
        contact = Contact(customer_id=customer.id or 0, name="王小明", mobile="12345")
        session.add(contact)
        session.flush()
        number, key = customer.number, contact.id
        measure = queries.get_measure(session)
        service.keep_found(
            session, service.judge_all(queries.list_facts(session, [customer.id or 0], measure), measure), measure
        )
    with shop.db.reading() as session:
        (reason,) = queries.list_reasons(session, office.sales, number=number)
        english = queries.list_reasons(session, replace(office.sales, language="en"), number=number)
        assert queries.list_reasons(session, office.outsider, number=number) == ()
    assert (reason.kind, reason.place) == ("格式错误", f"contact-{key}")
    assert reason.text.startswith("联系人 王")
    assert "小明" not in reason.text
    assert "12345" not in reason.text
    assert english[0].kind == "Bad format"


def test_a_field_that_a_role_does_not_see_is_not_told_of(shop: Shop) -> None:
    with shop.db.writing() as session:
        field = OwnField(kind="line", label_zh="内部编码", required=True, hidden_from="sales_rep")
        session.add(field)
        session.flush()
        customer = session.execute(select(Customer).where(col(Customer.name) == "丁")).scalar_one()
        session.add(
            Anomaly(customer_id=customer.id or 0, code="missing", param=f"own_{field.id}", since=utcnow(), version=1)
        )
        number = customer.number
    office = shop.office
    with shop.db.reading() as session:
        assert [one.text for one in queries.list_reasons(session, office.admin, number=number)] == ["缺少内部编码"]
        assert queries.list_reasons(session, office.sales, number=number) == ()
    assert ("丁", "missing") not in shop.told(office.sales, whose="all")
    assert "丁" not in shop.find(office.sales, "f=anomaly.any.missing")
    assert "丁" in shop.find(office.admin, "f=anomaly.any.missing")


def test_what_is_not_yet_so_is_told_nowhere(shop: Shop) -> None:
    with shop.db.writing() as session:
        session.execute(update(Anomaly).values(since=utcnow() + timedelta(hours=1)))
    assert shop.told(shop.office.admin, whose="all") == []
    assert shop.find(shop.office.admin, "f=anomaly.filled") == []


# --- in the list


def test_the_list_finds_by_kind_and_by_any(shop: Shop) -> None:
    admin = shop.office.admin
    assert shop.find(admin, "f=anomaly.any.format") == ["乙"]
    assert sorted(shop.find(admin, "f=anomaly.any.format,no_amount")) == ["丙", "乙"]
    assert sorted(shop.find(admin, "f=anomaly.filled")) == ["丙", "乙", "甲"]
    assert shop.find(admin, "f=anomaly.empty") == ["丁"]
    assert sorted(shop.find(admin, "f=anomaly.none.format")) == ["丁", "丙", "甲"]
    assert shop.find(shop.office.sales, "f=anomaly.filled") == ["甲"]


def test_the_list_finds_and_sorts_by_completeness(shop: Shop) -> None:
    admin = shop.office.admin
    with shop.db.writing() as session:
        for score, name in enumerate("甲乙丙丁", start=1):
            session.execute(update(Customer).where(col(Customer.name) == name).values(completeness=score * 20))
    assert shop.find(admin, "sort=completeness") == ["甲", "乙", "丙", "丁"]
    assert shop.find(admin, "sort=-completeness") == ["丁", "丙", "乙", "甲"]
    assert sorted(shop.find(admin, "f=completeness.lt.60")) == ["乙", "甲"]
    assert sorted(shop.find(admin, "f=completeness.between.40,60")) == ["丙", "乙"]


def test_of_whom_nobody_judged_yet_no_completeness_is_told(shop: Shop) -> None:
    admin = shop.office.admin
    with shop.db.writing() as session:
        session.execute(update(Customer).values(completeness=0))
        session.execute(update(Customer).where(col(Customer.name) == "甲").values(completeness=80))
    assert shop.find(admin, "f=completeness.lt.90") == ["甲"]
    assert shop.find(admin, "f=completeness.lte.0") == []
    with shop.db.reading() as session:
        known = load_known(session, today=today())
        fields = [list_for(admin, known).fields[key] for key in ("name", "completeness")]
        ids = find_page(session, admin, parse_query(list_for(admin, known), {}, known).query, known).ids
        names, scores = list_values(session, admin, ids, fields, known)
        rows = list_rows(session, admin, ids, ("completeness",), known)
    assert dict(zip(names, scores, strict=True)) == {"甲": 80, "乙": None, "丙": None, "丁": None}
    assert {row.name: row.cells for row in rows} == {"甲": ("80",), "乙": ("",), "丙": ("",), "丁": ("",)}


# --- in charge


def test_a_manager_puts_people_in_charge_until_a_day(shop: Shop) -> None:
    office, due = shop.office, today() + timedelta(days=3)
    assert shop.assign(office.manager, shop.ids("甲", "乙"), "owner", due) == Assigned(2, 0)
    (line,) = shop.work(office.sales).lines
    assert (line.assignee, line.due, line.overdue) == ("李销售", str(due), False)
    assert shop.assign(office.manager, shop.ids("甲"), str(office.manager.user_id)) == Assigned(1, 0)
    assert shop.told(office.sales) == []
    assert shop.told(office.manager) == [("甲", "no_contact")]
    assert shop.assign(office.manager, shop.ids("甲"), "") == Assigned(1, 0)
    assert shop.told(office.sales) == [("甲", "no_contact")]


def test_who_does_not_see_the_customer_is_not_put_in_charge(shop: Shop) -> None:
    office = shop.office
    assert shop.assign(office.manager, shop.ids("甲", "乙"), str(office.sales.user_id)) == Assigned(1, 1)
    with shop.db.writing() as session:
        customer = session.execute(select(Customer).where(col(Customer.name) == "乙")).scalar_one()
        session.add(Collaborator(customer_id=customer.id or 0, user_id=office.sales.user_id))
    assert shop.assign(office.manager, shop.ids("乙"), str(office.sales.user_id)) == Assigned(1, 0)


def test_an_assignment_is_taken_back_but_for_what_was_changed_since(shop: Shop) -> None:
    office, due = shop.office, today() + timedelta(days=3)
    shop.assign(office.manager, shop.ids("甲"), "owner", due)
    done = shop.assign(office.manager, shop.ids("甲", "乙"), str(office.manager.user_id))
    assert len(done.former) == 2
    shop.assign(office.manager, shop.ids("乙"), "")
    with pytest.raises(Forbidden), shop.db.writing() as session:
        service.take_back(session, office.sales, former=done.former)
    with shop.db.writing() as session:
        assert service.take_back(session, office.manager, former=done.former) == 1
    (line,) = shop.work(office.sales).lines
    assert (line.assignee, line.due) == ("李销售", str(due))
    with shop.db.writing() as session:
        assert service.take_back(session, office.manager, former=done.former) == 0, "once only"


def test_who_left_meanwhile_is_put_in_charge_of_nothing(shop: Shop) -> None:
    office = shop.office
    shop.assign(office.manager, shop.ids("甲"), "owner")
    done = shop.assign(office.manager, shop.ids("甲"), "")
    with shop.db.writing() as session:
        disable_account(session, office.admin, username=office.sales.username)
    with shop.db.writing() as session:
        assert service.take_back(session, office.manager, former=done.former) == 1
    (line,) = [one for one in shop.work(office.manager, whose="all").lines if one.name == "甲"]
    assert line.assignee == ""


def test_assigning_takes_the_function_and_the_reach(shop: Shop) -> None:
    office = shop.office
    with pytest.raises(Forbidden):
        shop.assign(office.sales, shop.ids("甲"), "owner")
    with pytest.raises(Refused):
        shop.assign(office.manager, shop.ids("丙"), "owner")
    with pytest.raises(Refused):
        shop.assign(office.admin, (0, -1, 2**40), "owner")
    assert Permission.CUSTOMER_ASSIGN in office.manager.grants


def test_who_looked_at_an_older_state_is_told_and_changes_nothing(shop: Shop) -> None:
    office, (key,) = shop.office, shop.ids("甲")
    old = Assignment(((key, 1),), "owner")
    with shop.db.writing() as session:
        service.assign(session, office.manager, asked=old)
    with pytest.raises(Refused), shop.db.writing() as session:
        service.assign(session, office.admin, asked=replace(old, who=""))
    (line,) = shop.work(office.sales).lines
    assert line.assignee == "李销售"


def test_nonsense_is_refused_at_its_field(shop: Shop) -> None:
    admin, ids = shop.office.admin, shop.ids("甲")
    for who in ("x", "99999", "9" * 30):
        with pytest.raises(Invalid) as error:
            shop.assign(admin, ids, who)
        assert set(error.value.problems) == {"who"}
    with pytest.raises(Invalid) as error:
        shop.assign(admin, ids, "owner", today() - timedelta(days=1))
    assert set(error.value.problems) == {"due"}


def test_what_is_overdue_is_marked_and_listed_by_its_day(shop: Shop) -> None:
    admin = shop.office.admin
    with shop.db.writing() as session:
        for days, name in ((1, "甲"), (2, "乙"), (-1, "丙")):
            owner = select(col(Customer.id)).where(col(Customer.name) == name).scalar_subquery()
            due = today() - timedelta(days=days)
            session.execute(update(Anomaly).where(col(Anomaly.customer_id) == owner).values(due_on=due))
    page = shop.work(admin, whose="all", overdue=True)
    assert [line.name for line in page.lines] == ["乙", "甲"]
    assert all(line.overdue for line in page.lines)
    assert (page.total, page.overdue) == (2, 2)


def test_the_worklist_reads_by_indices(shop: Shop) -> None:
    office = shop.office
    analyse(shop.db)

    def look(session: Session) -> None:
        for actor in (office.sales, office.manager, office.admin):
            for whose in ("mine", "department", "all"):
                queries.get_worklist(session, actor, query=WorkQuery(whose))
        queries.get_worklist(session, office.admin, query=WorkQuery("all", "format"))
        queries.get_worklist(session, office.admin, query=WorkQuery("all", overdue=True))
        queries.list_reasons(session, office.sales, number="MFG-2024-001")

    for sql, plan in plans(shop.db, look).items():
        if "anomaly" in sql:
            assert "SCAN customer\n" not in plan, (sql, plan)
            assert "SCAN anomaly\n" not in plan + "\n", (sql, plan)
            assert "Seq Scan" not in plan, (sql, plan)


@pytest.mark.parametrize("db", ["sqlite"], indirect=True)
def test_of_a_department_only_the_customers_of_anomalies_are_read(shop: Shop) -> None:
    """Without statistics too: those of the whole department are tens of thousands."""

    def look(session: Session) -> None:
        for whose in ("department", "all"):
            queries.get_worklist(session, shop.office.manager, query=WorkQuery(whose))

    found = {sql: plan for sql, plan in plans(shop.db, look).items() if "FROM anomaly" in sql}
    assert len(found) >= 2
    for sql, plan in found.items():
        assert "SEARCH customer USING INTEGER PRIMARY KEY" in plan, (sql, plan)
        assert "ix_customer_department" not in plan, (sql, plan)

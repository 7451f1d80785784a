"""What the full-text index finds, for whom, and that it follows the records."""

from dataclasses import replace

import pytest
from sqlmodel import Session, col, select

from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission, Reach
from crm_app.access.scope import customers_in_reach
from crm_app.core.clock import utcnow
from crm_app.core.db import Database
from crm_app.customers import search
from crm_app.customers.search import count_entries, few_matches, index_all, index_customer, matches, sort_keys
from crm_app.models import Contact, Customer
from tests.factories import Office, make_customer

HUAWEI = "深圳市华为技术有限公司"


def _find(db: Database, actor: Actor, text: str) -> set[str]:
    with db.reading() as session:
        condition = matches(actor, text, dialect=db.engine.dialect.name)
        assert condition is not None
        names = select(Customer.name).where(condition, customers_in_reach(actor))
        return set(session.exec(names))


@pytest.fixture
def huawei(db: Database, office: Office) -> int:
    with db.writing() as session:
        customer = make_customer(session, owner=office.sales, name=HUAWEI, number="ITS-2024-017", contact=False)
        other = make_customer(session, owner=office.outsider, name="北京蓝天贸易公司", contact=False)
        assert customer.id and other.id
        session.add(_contact(customer.id, name="单小燕", mobile="13812345678", email="xiaoyan.shan@huawei.com"))
        session.add(_contact(customer.id, name="李雷", phone="0755-28780808"))
        index_customer(session, customer.id)
        index_customer(session, other.id)
        return customer.id


def _contact(customer_id: int, **values: str) -> Contact:
    return Contact.model_validate({"customer_id": customer_id, **values})


def test_it_finds_by_any_part_of_name_number_pinyin_and_contact(db: Database, office: Office, huawei: int) -> None:
    by_name = ["华为", "为", "华", HUAWEI, "技术 华为", "huawei", "HUAWEI", "hwjs", "szshwjs"]
    by_number = ["ITS-2024-017", "its2024017", "2024-017", "17"]
    by_contact = [
        *("13812345678", "1381234", "5678", "0755-28780808", "287808", "单小燕", "小燕", "shanxiaoyan", "sxy", "李雷"),
        *("xiaoyan.shan@huawei.com", "huawei.com", "华为 5678", "华为 sxy 017"),
    ]
    missed = [t for t in (*by_name, *by_number, *by_contact) if _find(db, office.sales, t) != {HUAWEI}]
    assert missed == []


def test_it_does_not_find_what_is_not_there(db: Database, office: Office, huawei: int) -> None:
    texts = ["华技", "为华", "hwgs", "华为 蓝天", "139", "丹小燕", "danxiaoyan", "术its"]
    assert [t for t in texts if _find(db, office.admin, t)] == []


def test_search_syntax_has_no_meaning(db: Database, office: Office, huawei: int) -> None:
    texts = ["", "  ", "-", "%", '"', "' OR 1=1 --", "*", "()", "NEAR(", "open:", "\\", "&|!"]
    for text in texts:
        if matches(office.admin, text, dialect=db.engine.dialect.name) is not None:
            assert _find(db, office.admin, text) == set(), text


def test_contact_data_finds_nothing_for_those_who_see_it_masked(db: Database, office: Office, huawei: int) -> None:
    for text in ("13812345678", "5678", "单小燕", "sxy", "李雷", "28780808", "xiaoyan"):
        assert _find(db, office.service, text) == set(), text
        assert _find(db, office.finance, text) == set(), text
        assert _find(db, office.manager, text) == {HUAWEI}, text
    assert _find(db, office.service, "华为") == {HUAWEI}


def test_a_wider_view_than_reveal_searches_contacts_of_own_customers_only(
    db: Database, office: Office, huawei: int
) -> None:
    grants = {Permission.CUSTOMER_VIEW: Reach.ALL, Permission.CUSTOMER_REVEAL: Reach.OWN}
    assert _find(db, replace(office.sales, grants=grants), "5678") == {HUAWEI}
    assert _find(db, replace(office.outsider, grants=grants), "5678") == set()
    assert _find(db, replace(office.outsider, grants=grants), "华为") == {HUAWEI}


def test_out_of_reach_is_not_found_by_its_name(db: Database, office: Office, huawei: int) -> None:
    assert _find(db, office.outsider, "华为") == set()


def test_the_index_follows_a_change_of_name_and_contacts(db: Database, office: Office, huawei: int) -> None:
    with db.writing() as session:
        customer = session.get_one(Customer, huawei)
        customer.name = "荣耀终端有限公司"
        found = session.exec(select(Contact).where(col(Contact.mobile) == "13812345678")).one()
        session.delete(found)
        index_customer(session, huawei)
    assert _find(db, office.sales, "荣耀") == {"荣耀终端有限公司"}
    assert _find(db, office.sales, "rongyao") == {"荣耀终端有限公司"}
    assert _find(db, office.sales, "华为") == set() == _find(db, office.sales, "5678")


def test_a_deleted_customer_leaves_the_index_and_comes_back(db: Database, office: Office, huawei: int) -> None:
    def set_deleted(session: Session, *, deleted: bool) -> None:
        session.get_one(Customer, huawei).deleted_at = utcnow() if deleted else None
        index_customer(session, huawei)

    with db.writing() as session:
        set_deleted(session, deleted=True)
    with db.reading() as session:
        assert count_entries(session, office.admin, "华为") == 0
    with db.writing() as session:
        set_deleted(session, deleted=False)
    with db.reading() as session:
        assert count_entries(session, office.admin, "华为") == 1


def test_the_whole_index_made_anew_finds_the_same(db: Database, office: Office, huawei: int) -> None:
    with db.writing() as session:
        make_customer(session, owner=office.sales, name="荣耀终端有限公司")
        deleted = make_customer(session, name="华为旧公司")
        deleted.deleted_at = utcnow()
        assert index_all(session) == 3
    assert _find(db, office.sales, "华为 5678") == {HUAWEI}
    assert _find(db, office.sales, "ry") == {"荣耀终端有限公司"}
    with db.reading() as session:
        assert count_entries(session, office.admin, "华为") == 1


def test_counting_in_the_index_is_left_to_those_who_see_everything(db: Database, office: Office, huawei: int) -> None:
    with db.reading() as session:
        assert count_entries(session, office.admin, "5678") == 1
        assert count_entries(session, office.service, "5678") == 0
        assert count_entries(session, office.service, "公司") == 2
        assert count_entries(session, office.sales, "公司") is None
        assert count_entries(session, office.admin, "!?") is None


def test_few_found_customers_are_named_with_what_their_searcher_may_search(
    db: Database, office: Office, huawei: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with db.reading() as session:
        assert few_matches(session, office.admin, "华为 5678") == (huawei,)
        assert few_matches(session, office.service, "5678") == (), "contacts are closed to whoever may not reveal them"
        assert few_matches(session, office.service, "华为") == (huawei,)
        assert few_matches(session, office.admin, "!?") is None
        grants = {Permission.CUSTOMER_VIEW: Reach.ALL, Permission.CUSTOMER_REVEAL: Reach.OWN}
        mixed = replace(office.outsider, grants=grants)
        assert few_matches(session, mixed, "华为") is None, "it depends on the customer what may be searched"
        both = few_matches(session, office.admin, "公司")
        assert both is not None
        assert len(both) == 2
        monkeypatch.setattr(search, "FEW", 1)
        assert few_matches(session, office.admin, "公司") is None


def test_names_sort_by_pinyin_and_numbers_by_size(db: Database, office: Office) -> None:
    names = ["赵氏", "安徽一建", "阿里巴巴", "360安全", "Apple", "北京汽车"]
    numbers = ["MFG-2024-1000", "MFG-2024-999", "MFG-2024-002", "MFG-2023-1001", "EDU-2024-001", "MFG-2024-10000"]
    with db.writing() as session:
        for name, number in zip(names, numbers, strict=True):
            customer = make_customer(session, name=name, number=number)
            index_customer(session, customer.id or 0)
    with db.reading() as session:
        by_name = session.exec(select(Customer.name).order_by(Customer.name_sort)).all()
        by_number = session.exec(select(Customer.number).order_by(Customer.number_sort)).all()
    assert by_name == ["360安全", "阿里巴巴", "安徽一建", "Apple", "北京汽车", "赵氏"]
    assert by_number == [
        "EDU-2024-001", "MFG-2023-1001", "MFG-2024-002", "MFG-2024-999", "MFG-2024-1000", "MFG-2024-10000",
    ]  # fmt: skip


def test_sort_keys_fit_their_columns() -> None:
    keys = sort_keys("长" * 100, "1-" * 20)
    assert len(keys["name_sort"]) == 60
    assert len(keys["number_sort"]) == 80

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event
from sqlmodel import Session

from crm_app.core.clock import utcnow
from crm_app.core.db import Database
from crm_app.core.errors import Refused
from crm_app.core.text import normalise_company_name, similarity
from crm_app.customers import queries, rules, service
from crm_app.customers.schemas import DuplicateHint, Probe
from crm_app.customers.search import index_all
from crm_app.models import Contact, Customer
from tests.customers.forms import CREDIT_CODE, a_contact, create
from tests.factories import Office

Run = Callable[..., Any]


def hints(read: Run, actor: object, **probe: Any) -> tuple[DuplicateHint, ...]:
    return read(queries.find_duplicates, actor, probe=Probe(**probe))


def reasons(hint: DuplicateHint) -> dict[str, int]:
    return {reason.code: reason.percent for reason in hint.reasons}


def test_the_same_phone_mail_or_code_is_a_duplicate(desk: Office, write: Run, read: Run) -> None:
    contact = a_contact(mobile="13800138000", phone="0755-88281234", email="zhang@example.com")
    ref = write(create, desk.sales, contact, credit_code=CREDIT_CODE)
    for probe, reason, exact in (
        ({"mobiles": ("13800138000",)}, "mobile", True),
        ({"phones": ("13800138000",)}, "mobile", True),
        ({"phones": ("0755-88281234",)}, "phone", True),
        ({"emails": ("zhang@example.com",)}, "email", False),
        ({"credit_code": CREDIT_CODE}, "credit_code", True),
    ):
        (hint,) = hints(read, desk.sales, **probe)
        assert (reasons(hint), hint.exact, hint.percent) == ({reason: 100}, exact, 100)
        assert (hint.number, hint.openable, hint.owner) == (ref.number, True, "李销售")


@pytest.mark.parametrize(
    ("stored", "typed", "found"),
    [
        ("深圳市华为技术有限公司", "华为技术", "name"),
        ("深圳市华为技术有限公司", "华为公司", "name"),
        ("深圳市华为技术有限公司", "华为（深圳）技术股份有限公司", "same_but_form"),
        ("北京字节跳动网络技术有限公司", "字节跳动科技", "name"),
        ("广东星宏美鸿光技术集团有限公司", "广东星宏美宏光技术有限公司", "name"),
        ("深圳市华为技术有限公司", "深圳市大疆创新科技有限公司", ""),
        ("深圳市华为技术有限公司", "深圳", ""),
        ("ACME China Ltd.", "acme", "name"),
    ],
)
def test_alike_names_are_likely_duplicates(
    desk: Office, write: Run, read: Run, *, stored: str, typed: str, found: str
) -> None:
    write(create, desk.sales, name=stored)
    listed = hints(read, desk.sales, name=typed)
    assert bool(listed) is bool(found)
    if found:
        assert reasons(listed[0]) == {
            found: similarity(typed, stored) if found != "name" else min(similarity(typed, stored), 99)
        }
        assert not listed[0].exact


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("星河 智造（集团）有限公司", "same_name"),
        ("星河智造股份有限公司", "same_but_form"),
        ("星河智造", "same_but_form"),
        ("深圳星河智造有限公司", "name"),
    ],
)
def test_names_that_are_the_same_or_differ_in_their_form_are_not_called_alike(
    desk: Office, write: Run, read: Run, *, typed: str, code: str
) -> None:
    write(create, desk.sales, name="星河智造(集团)有限公司")
    (own,) = hints(read, desk.sales, name=typed)
    assert reasons(own) == {code: 99 if code == "name" else 100}
    (foreign,) = hints(read, desk.outsider, name=typed)
    assert reasons(foreign).keys() == {"alike_name"}, "the very name could be typed out by it"


def test_out_of_reach_nothing_but_the_owner_and_the_reason_is_said(desk: Office, write: Run, read: Run) -> None:
    secret = a_contact(name="张三丰", mobile="13800138000", email="zhang@example.com", position="采购总监")
    ref = write(create, desk.outsider, secret, name="北京秘密客户有限公司", note="内情", credit_code=CREDIT_CODE)
    probe = {
        "name": "秘密客户",
        "mobiles": ("13800138000",),
        "emails": ("zhang@example.com",),
        "credit_code": CREDIT_CODE,
    }
    (hint,) = hints(read, desk.sales, **probe)
    assert hint == DuplicateHint(reasons=hint.reasons, owner="赵北方", exact=True)
    assert set(reasons(hint)) == {"mobile", "email", "credit_code", "alike_name"}
    shown = repr(hint)
    for value in (ref.number, "北京秘密客户", "张", "138", "zhang", "采购", "内情", CREDIT_CODE):
        assert value not in shown
    (own,) = hints(read, desk.outsider, **probe)
    assert (own.number, own.name, own.openable) == (ref.number, "北京秘密客户有限公司", True)
    assert "138" not in repr(own).replace(ref.number, "")


def test_a_name_out_of_reach_can_not_be_found_out_letter_by_letter(desk: Office, write: Run, read: Run) -> None:
    write(create, desk.outsider, name="星河智能装备自动化科技有限公司")
    closer = ("星河智能装备自动化", "星河智能装备自动化科技")
    known = [hint.reasons for typed in closer for hint in hints(read, desk.outsider, name=typed)]
    assert len(set(known)) == len(closer)
    told = [hint for typed in closer for hint in hints(read, desk.sales, name=typed)]
    assert len(told) == len(closer)
    assert len(set(told)) == 1


def test_the_surest_come_first(desk: Office, write: Run, read: Run) -> None:
    for n in range(8):
        write(
            create,
            desk.sales,
            a_contact(mobile=f"1390013900{n}"),
            name=f"广州云图{'科技' if n % 2 else '贸易'}有限公司",
        )
    listed = hints(read, desk.sales, name="广州云图科技有限公司", mobiles=("13900139006",))
    assert len(listed) == 8
    assert reasons(listed[0]).keys() == {"mobile", "name"}
    percents = [hint.percent for hint in listed[1:]]
    assert percents == sorted(percents, reverse=True)


def test_deleted_customers_and_the_customer_itself_are_no_duplicates(desk: Office, write: Run, read: Run) -> None:
    ref = write(create, desk.sales)
    assert read(queries.find_duplicates, desk.sales, probe=Probe(mobiles=("13800138000",)), exclude_id=ref.id) == ()

    def delete(session: Session) -> None:
        session.get_one(Customer, ref.id).deleted_at = utcnow()

    write(delete)
    assert hints(read, desk.sales, mobiles=("13800138000",), name="星河智造") == ()


def test_a_contact_of_the_same_name_is_the_weakest_hint(desk: Office, write: Run, read: Run) -> None:
    ours = write(create, desk.sales, a_contact(name="欧阳若兰"), name="星河智造有限公司")
    write(create, desk.sales, a_contact(name="欧阳若男", mobile="13900139002"), name="别家有限公司")
    alike = write(create, desk.sales, a_contact(name="王五", mobile="13900139003"), name="远山科技有限公司")
    found = hints(read, desk.sales, name="远山科技公司", contacts=("欧阳若兰",))
    assert [hint.number for hint in found] == [alike.number, ours.number]
    assert (set(reasons(found[1])), found[1].exact) == ({"contact"}, False)


def test_a_contact_is_found_by_name_only_where_it_may_be_read(desk: Office, write: Run, read: Run) -> None:
    write(create, desk.outsider, a_contact(name="欧阳若兰"))
    assert hints(read, desk.sales, contacts=("欧阳若兰",)) == ()
    assert len(hints(read, desk.outsider, contacts=("欧阳若兰",))) == 1


def test_names_of_contacts_are_looked_for_from_two_characters_on() -> None:
    typed = [a_contact(name=name) for name in (" 张三 ", "李", "", "张三")]
    assert rules.probe_of({}, typed).contacts == ("张三",)


def test_nothing_typed_finds_nothing(desk: Office, write: Run, read: Run) -> None:
    write(create, desk.sales)
    for name in ("", "有限公司", "!!!", "' OR 1=1 --", '" OR open : *', "a" * 100):
        assert hints(read, desk.sales, name=name) == ()


def test_it_is_no_telephone_book(sqlite_desk: Office, write: Run, read: Run) -> None:
    write(create, sqlite_desk.outsider)
    asked = 0
    with pytest.raises(Refused) as caught:
        for first in itertools.count(13_000_000_000, 20):
            numbers = tuple(str(first + n) for n in range(20))
            read(service.check_duplicates, sqlite_desk.sales, probe=Probe(mobiles=numbers))
            asked += 20
    assert caught.value.code == "customers.error.too_many_checks"
    assert asked <= 600
    read(service.check_duplicates, sqlite_desk.sales2, probe=Probe(name="星河"))


_BRANDS = st.text(alphabet="华腾为鸿云图极光星河宏美", min_size=2, max_size=14)


@given(_BRANDS, st.integers(0, 13), st.sampled_from(["drop", "add", "swap"]), st.integers(0, 13), st.booleans())
def test_a_name_80_percent_alike_shares_a_telling_part(
    brand: str, at: int, kind: str, second: int, twice: bool
) -> None:
    def bend(text: str, place: int) -> str:
        place %= len(text)
        rest = text[place + (kind != "add") :]
        return text[:place] + ("" if kind == "drop" else "某") + rest

    other = bend(brand, at)
    if twice and other:
        other = bend(other, second)
    typed, stored = f"{brand}科技有限公司", f"{other}科技有限公司"
    if similarity(typed, stored) < 80:
        return
    parts = rules.telling_parts(typed)
    same = normalise_company_name(typed) == normalise_company_name(stored)
    assert same or any(part in stored for part in parts)


def test_each_of_its_queries_asks_an_index(db: Database, desk: Office, write: Run) -> None:
    def fill(session: Session) -> None:
        names = [
            "".join(part)
            for part in itertools.product("华中国东方金星", "海天新大宏鼎", "盛泰和信达", ["科技", "贸易"])
        ]
        for n, name in enumerate(names * 5):
            customer = Customer(number=f"X-{n}", name=name, name_key=name, industry="MFG", credit_code=f"{n:018d}")
            session.add(customer)
            session.flush()
            session.add(Contact(customer_id=customer.id or 0, name="张", mobile=f"138{n:08d}", phone=f"0755-8{n:07d}",
                                email=f"u{n}@example.com"))  # fmt: skip
        index_all(session)

    write(fill)
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    plans: list[str] = []
    sqlite = db.engine.dialect.name == "sqlite"

    def explain(connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        if not statement.startswith("SELECT"):
            return
        cursor = connection.connection.cursor()
        cursor.execute(("EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN ") + statement, parameters)
        plans.append("\n".join(str(row[-1]) for row in cursor.fetchall()))
        cursor.close()

    with db.reading() as session:
        probe = Probe("华海盛科技", ("13800000001",), ("0755-80000002",), ("u3@example.com",), f"{4:018d}", ("张伟",))
        event.listen(db.engine, "before_cursor_execute", explain)
        try:
            found = queries.find_duplicates(session, desk.admin, probe=probe)
        finally:
            event.remove(db.engine, "before_cursor_execute", explain)
    assert len(found) >= 5
    assert len(plans) >= 6
    for plan in plans:
        assert "SCAN customer\n" not in plan + "\n", plan
        assert "SCAN contact" not in plan, plan
        assert "Seq Scan on contact" not in plan, plan
        assert "Seq Scan on customer " not in plan, plan

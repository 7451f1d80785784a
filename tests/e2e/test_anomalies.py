"""What is wrong with a record: given to somebody, found on it, corrected at its place (R5.2)."""

import random
import re
import secrets
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import select

from crm_app.anomalies import queries, service
from crm_app.core.db import Database
from crm_app.customers.search import index_customer
from crm_app.models import Contact, Customer, User
from tests.e2e.conftest import Server, Visitor
from tests.e2e.test_accessibility import serious

pytestmark = pytest.mark.e2e
WRONG = "91440300708461136X"


@pytest.fixture
def flawed(server: Server) -> Callable[[], tuple[str, str]]:
    """A customer of `sales` whose credit code came badly written from elsewhere: number and name."""

    def enter() -> tuple[str, str]:
        name = f"苏州{''.join(random.SystemRandom().sample('鑫瑞恒达通源泰盛昌宏佳康捷迅腾鹏', 4))}仪表有限公司"
        number = f"MFG-2018-{secrets.randbelow(10**6):06d}"
        database = Database(f"sqlite:///{server.data_dir / 'crm.db'}")
        with database.writing() as session:
            owner = session.exec(select(User).where(User.username == "sales")).one()
            customer = Customer(
                number=number,
                name=name,
                industry="MFG",
                credit_code=WRONG,
                owner_id=owner.id,
                department_id=owner.department_id,
            )
            session.add(customer)
            session.flush()
            mobile = f"139{secrets.randbelow(10**8):08d}"
            session.add(Contact(customer_id=customer.id or 0, name="张三", mobile=mobile, is_main=True))
            index_customer(session, customer.id or 0)
            session.flush()
            measure = queries.get_measure(session)
            facts = queries.list_facts(session, [customer.id or 0], measure)
            service.keep_found(session, service.judge_all(facts, measure), measure)
        database.close()
        return number, name

    return enter


def nothing_is_wide(page: Page, width: int) -> None:
    measured = "Math.max(document.documentElement.scrollWidth, document.querySelector('main').scrollWidth)"
    assert page.evaluate(measured) <= width


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (360, True)])
def test_a_manager_gives_it_away_and_its_person_corrects_it_at_its_place(
    visit: Callable[..., Visitor], flawed: Callable[[], tuple[str, str]], width: int, dark: bool
) -> None:
    _number, name = flawed()
    manager = visit(width=width, height=780 if width == 360 else 900, dark=dark)
    manager.sign_in("manager")
    page = manager.goto("/anomalies?whose=department&kind=format")
    row = page.get_by_role("row").filter(has_text=name)
    expect(row).to_contain_text("统一社会信用代码格式不正确")
    nothing_is_wide(page, width)
    assert serious(page) == []
    row.get_by_role("checkbox").check()
    page.get_by_role("button", name="分派", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("截止日期").fill("2001-01-01")
    dialog.get_by_role("button", name="分派").click()
    expect(dialog).to_contain_text("截止日期不能早于今天")
    assert serious(page) == []
    dialog.get_by_label("截止日期").fill("2099-12-31")
    dialog.get_by_role("button", name="分派").click()
    expect(dialog).to_have_count(0)
    expect(row).to_contain_text("2099-12-31")

    rep = visit(width=width, height=780 if width == 360 else 900, dark=dark)
    rep.sign_in("sales")
    page = rep.goto("/anomalies?kind=format")
    row = page.get_by_role("row").filter(has_text=name)
    expect(row).to_contain_text("2099-12-31")
    expect(row.get_by_role("checkbox")).to_have_count(0)
    row.get_by_role("link", name="修改").click()
    field = page.get_by_role("textbox", name="统一社会信用代码")
    expect(field).to_be_focused()
    field.fill("")
    field.press("Enter")
    expect(page.get_by_text("统一社会信用代码格式不正确")).to_have_count(0)
    page.reload()
    expect(page.get_by_role("heading", name=name).first).to_be_visible()
    expect(page.get_by_text("统一社会信用代码格式不正确")).to_have_count(0)
    rep.goto("/anomalies?kind=format")
    expect(page.get_by_role("group", name="异常类型")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text=name)).to_have_count(0)


def test_the_record_tells_its_reasons_and_leads_to_each(
    visit: Callable[..., Visitor], flawed: Callable[[], tuple[str, str]]
) -> None:
    number, _name = flawed()
    visitor = visit()
    visitor.sign_in("sales")
    page = visitor.goto(f"/customers/{number}")
    expect(page.get_by_text("资料有 1 处异常")).to_be_visible()
    expect(page.get_by_role("progressbar", name="资料完整度")).to_be_visible()
    assert serious(page) == []
    page.get_by_role("button", name="统一社会信用代码格式不正确").click()
    expect(page.get_by_role("textbox", name="统一社会信用代码")).to_be_focused()


def test_the_list_finds_them_by_typed_words(
    visit: Callable[..., Visitor], flawed: Callable[[], tuple[str, str]]
) -> None:
    _number, name = flawed()
    visitor = visit()
    visitor.sign_in("sales")
    page = visitor.goto("/customers")
    box = page.get_by_role("searchbox").first
    box.fill("异常:格式错误 完整度:<90")
    box.press("Enter")
    expect(page.get_by_role("link", name=name)).to_be_visible()
    expect(page).to_have_url(re.compile(r"anomaly\.any\.format.*completeness\.lt\.90"))

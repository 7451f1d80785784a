"""Finding duplicates, merging them and taking it back, as a sales manager works with them (R5.1)."""

import random
import re
import secrets
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import select

from crm_app.core.db import Database
from crm_app.core.text import normalise_company_name
from crm_app.customers.search import index_customer
from crm_app.fields.queries import list_fields
from crm_app.fields.service import write_values
from crm_app.models import Contact, Customer, User
from tests.e2e.conftest import Server, Visitor
from tests.e2e.test_accessibility import serious
from tests.e2e.test_own_fields import add_field

pytestmark = pytest.mark.e2e
TOLD = re.compile(r"已合并到本客户")


@pytest.fixture
def double(server: Server) -> Callable[[], tuple[str, str, str]]:
    """Enters one of the manager's customers twice: the two numbers, and the name but for its form."""

    def enter() -> tuple[str, str, str]:
        brand = "".join(random.SystemRandom().sample("鑫瑞恒达通源泰盛昌宏佳康捷迅腾鹏", 4))
        name, mobile = f"杭州{brand}智能装备", f"139{secrets.randbelow(10**8):08d}"
        database = Database(f"sqlite:///{server.data_dir / 'crm.db'}")
        with database.writing() as session:
            owner = session.exec(select(User).where(User.username == "sales")).one()
            made = []
            for form, address in (("有限公司", "旧址 1 号"), ("有限责任公司", "新址 2 号")):
                number = f"MFG-2019-{secrets.randbelow(10**6):06d}"
                customer = Customer(
                    number=number,
                    name=name + form,
                    name_key=normalise_company_name(name + form),
                    industry="MFG",
                    address=address,
                    owner_id=owner.id,
                    department_id=owner.department_id,
                )
                session.add(customer)
                session.flush()
                session.add(Contact(customer_id=customer.id or 0, name="张三", mobile=mobile, is_main=True))
                index_customer(session, customer.id or 0)
                made.append(number)
        database.close()
        return made[0], made[1], name

    return enter


def nothing_is_wide(page: Page, width: int) -> None:
    measured = "Math.max(document.documentElement.scrollWidth, document.querySelector('main').scrollWidth)"
    assert page.evaluate(measured) <= width


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (360, True)])
def test_the_same_customer_entered_twice_is_found_merged_and_parted_again(
    visit: Callable[..., Visitor], double: Callable[[], tuple[str, str, str]], width: int, dark: bool
) -> None:
    kept, gone, name = double()
    visitor = visit(width=width, height=780 if width == 360 else 900, dark=dark)
    visitor.sign_in("manager")
    page = visitor.goto("/duplicates")
    page.get_by_role("button", name="查找重复").click()
    card = page.get_by_role("list", name="疑似重复的客户").get_by_role("listitem").filter(has_text=kept).first
    expect(card).to_be_visible()
    expect(card).to_contain_text("手机相同")
    expect(card).to_contain_text("名称只差公司形式")
    assert serious(page) == []
    nothing_is_wide(page, width)

    card.get_by_role("link", name=re.compile("核对与合并")).click()
    expect(page.get_by_role("heading", name="合并客户", level=1)).to_be_visible()
    keep = page.get_by_role("radio", name=f"保留 {name}有限公司")
    keep.click()
    expect(keep).to_be_checked()
    address = page.get_by_role("group", name="企业地址")
    address.get_by_role("radio", name=re.compile("新址")).check()
    expect(address.get_by_role("radio", name=re.compile("新址"))).to_be_checked()
    expect(page.get_by_text("号码相同,合为一人")).to_be_visible()
    assert serious(page) == []
    nothing_is_wide(page, width)
    page.get_by_role("button", name="合并 2 个客户").click()
    expect(page).to_have_url(re.compile(r"/duplicates$"))
    message = page.get_by_role("status").filter(has_text=f"已合并到「{name}有限公司」")
    expect(message).to_be_visible()

    visitor.goto(f"/customers/{gone}")
    expect(page).to_have_url(re.compile(f"/customers/{kept}$"))
    expect(page.get_by_role("status").filter(has_text=TOLD)).to_be_visible()
    expect(page.get_by_text(re.compile(f"合并了客户 .*{gone}"))).to_be_visible()

    visitor.goto("/duplicates")
    page.get_by_role("button", name="合并记录").click()
    row = page.get_by_role("list", name="合并记录").get_by_role("listitem").filter(has_text=gone).first
    expect(row).to_be_visible()
    assert serious(page) == []
    row.get_by_role("button", name=re.compile("撤销合并")).click()
    expect(page.get_by_role("status").filter(has_text="已撤销合并")).to_be_visible()
    visitor.goto(f"/customers/{gone}")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{name}有限责任公司")

    visitor.goto("/duplicates")
    page.get_by_role("button", name=re.compile("同一客户")).click()
    card.get_by_role("button", name=re.compile("不是重复")).click()
    expect(card).to_have_count(0)
    page.get_by_role("status").filter(has_text="已记住").get_by_role("button", name="撤销").click()
    expect(card).to_be_visible()


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (360, True)])
def test_what_stays_of_an_own_field_is_chosen_like_any_other(
    server: Server,
    visit: Callable[..., Visitor],
    double: Callable[[], tuple[str, str, str]],
    width: int,
    dark: bool,
) -> None:
    visitor = visit(width=width, height=780 if width == 360 else 900, dark=dark)
    visitor.sign_in("admin")
    label = f"原编码{secrets.token_hex(2)}"
    add_field(visitor.goto("/settings/fields"), label, "单行文本")
    kept, gone, name = double()
    database = Database(f"sqlite:///{server.data_dir / 'crm.db'}")
    with database.writing() as session:
        known = list_fields(session)
        key = next(field.key for field in known if field.label("zh") == label)
        for number, text in ((kept, "A-01"), (gone, "B-02")):
            customer = session.exec(select(Customer).where(Customer.number == number)).one()
            write_values(session, customer.id or 0, known, {key: text})
    database.close()
    page = visitor.goto("/duplicates")
    page.get_by_role("button", name="查找重复").click()
    card = page.get_by_role("list", name="疑似重复的客户").get_by_role("listitem").filter(has_text=kept).first
    card.get_by_role("link", name=re.compile("核对与合并")).click()
    page.get_by_role("radio", name=f"保留 {name}有限公司").click()
    own = page.get_by_role("group", name=label)
    expect(own.get_by_role("radio", name=re.compile("A-01"))).to_be_checked()
    own.get_by_role("radio", name=re.compile("B-02")).check()
    expect(own.get_by_role("radio", name=re.compile("B-02"))).to_be_checked()
    assert serious(page) == []
    nothing_is_wide(page, width)
    page.get_by_role("button", name="合并 2 个客户").click()
    expect(page).to_have_url(re.compile(r"/duplicates$"))
    visitor.goto(f"/customers/{kept}")
    if width == 360:
        page.get_by_role("button", name="资料", exact=True).click()
    expect(page.get_by_role("button", name=f"编辑 {label}")).to_have_text("B-02")

"""The month-end review: opened by a manager, confirmed by a rep, followed while it goes on (R5.3)."""

import re
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import delete
from sqlmodel import Session, col, func, select

from crm_app.core.clock import local_today
from crm_app.core.db import Database
from crm_app.core.settings import get_settings
from crm_app.models import Customer, Review, User
from crm_app.review.rules import month_of
from crm_app.review.service import open_review
from tests.e2e.conftest import Server, Visitor
from tests.e2e.test_accessibility import serious
from tests.e2e.test_anomalies import nothing_is_wide
from tests.e2e.test_customer_page import edit

pytestmark = pytest.mark.e2e
HIGH = {1440: 900, 360: 780}


@contextmanager
def writing(server: Server) -> Iterator[Session]:
    """A transaction beside the running server."""
    with closing(Database(f"sqlite:///{server.data_dir / 'crm.db'}")) as database, database.writing() as session:
        yield session


@pytest.fixture
def sales_name(server: Server) -> str:
    """Whose list the journeys are about, by name."""
    with writing(server) as session:
        return session.exec(select(User.name).where(User.username == "sales")).one()


@pytest.fixture
def not_yet_open(server: Server) -> None:
    """This month's review is still to be opened."""
    with writing(server) as session:
        session.execute(delete(Review).where(col(Review.month) >= month_of(local_today(tz=get_settings().zone))))


@pytest.fixture
def opened(server: Server, not_yet_open: None) -> None:
    """This month's review is open, and nobody has confirmed anything."""
    with writing(server) as session:
        open_review(session, month=month_of(local_today(tz=get_settings().zone)))


def count_of(server: Server) -> int:
    """How many customers `sales` has."""
    with writing(server) as session:
        owner = select(User.id).where(User.username == "sales").scalar_subquery()
        live = (col(Customer.owner_id) == owner, col(Customer.deleted_at).is_(None))
        return session.exec(select(func.count()).select_from(Customer).where(*live)).one()


def cells(row: Locator) -> Locator:
    """A row's cells after the name."""
    return row.get_by_role("cell")


def first_row(page: Page) -> Locator:
    return page.get_by_role("table").get_by_role("row").nth(1)


@pytest.mark.usefixtures("not_yet_open")
@pytest.mark.parametrize(("width", "dark"), [(1440, False), (360, True)])
def test_a_manager_opens_it_and_follows_a_rep_who_confirms(
    visit: Callable[..., Visitor], server: Server, sales_name: str, width: int, dark: bool
) -> None:
    total = count_of(server)
    manager = visit(width=width, height=HIGH[width], dark=dark)
    manager.sign_in("manager")
    progress = manager.goto("/review")
    progress.get_by_role("button", name=re.compile("开始 .* 复核")).click()
    row = progress.get_by_role("row").filter(has_text=sales_name)
    expect(row.get_by_role("progressbar")).to_have_attribute("value", "0")
    expect(progress.get_by_role("button", name=re.compile("开始 .* 复核"))).to_have_count(0)
    expect(cells(row).nth(1)).to_have_text(f"{total}")
    assert serious(progress) == []
    nothing_is_wide(progress, width)

    rep = visit(width=width, height=HIGH[width], dark=dark)
    page = rep.sign_in("sales")
    page.get_by_role("link", name=re.compile(f"月度复核.*还有 {total} 个客户待确认")).click()
    expect(page).to_have_url(re.compile(r"/review(\?|$)"))
    open_ones = page.get_by_role("group", name="状态").get_by_role("button", name="待确认")
    expect(open_ones).to_contain_text(f"{total}")
    nothing_is_wide(page, width)
    assert serious(page) == []

    name = first_row(page).get_by_role("rowheader").inner_text()
    page.get_by_role("button", name=f"确认 {name} 无误").click()
    told = page.get_by_role("status").filter(has_text=f"已确认「{name}」")
    expect(told).to_be_visible()
    expect(cells(row).nth(2)).to_have_text("1")
    expect(page.get_by_role("rowheader", name=name, exact=True)).to_have_count(0)
    told.get_by_role("button", name="撤销").click()
    expect(page.get_by_role("rowheader", name=name, exact=True)).to_be_visible()
    expect(cells(row).nth(2)).to_have_text("0")

    for tick in page.get_by_role("table").get_by_role("checkbox", name=re.compile("选择 ")).all()[:2]:
        tick.check()
    page.get_by_role("button", name="确认所选").click()
    expect(open_ones).to_contain_text(f"{total - 2}")
    expect(cells(row).nth(2)).to_have_text("2")

    page.get_by_role("button", name=f"全部确认 ({total - 2})").click()
    expect(page.get_by_text("全部复核完成")).to_be_visible()
    expect(row.get_by_role("progressbar")).to_have_attribute("value", "100")
    page.get_by_role("status").filter(has_text=f"已确认 {total - 2} 个客户").get_by_role("button", name="撤销").click()
    expect(open_ones).to_contain_text(f"{total - 2}")
    expect(cells(row).nth(2)).to_have_text("2")

    page.get_by_role("button", name=f"全部确认 ({total - 2})").click()
    expect(page.get_by_text("全部复核完成")).to_be_visible()
    assert serious(page) == []
    rep.goto("/today")
    expect(page.get_by_text(re.compile("待处理 .* 项"))).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("月度复核.*还有"))).to_have_count(0)


@pytest.mark.usefixtures("opened")
@pytest.mark.parametrize(("width", "dark"), [(1440, True), (360, False)])
def test_what_is_corrected_counts_as_done_and_a_manager_sees_it_on_the_list(
    visit: Callable[..., Visitor], sales_name: str, width: int, dark: bool
) -> None:
    rep = visit(width=width, height=HIGH[width], dark=dark)
    rep.sign_in("sales")
    page = rep.goto("/review")
    line = first_row(page)
    name = line.get_by_role("rowheader").inner_text()
    line.get_by_role("link", name=f"打开 {name} 更正").click()
    expect(page.get_by_role("heading", name=name).first).to_be_visible()

    manager = visit(width=width, height=HIGH[width], dark=dark)
    manager.sign_in("manager")
    progress = manager.goto("/review")
    row = progress.get_by_role("row").filter(has_text=sales_name)
    expect(cells(row).nth(3)).to_have_text("0")
    if width == 360:
        page.get_by_role("button", name="资料", exact=True).click()
    edit(page, "企业地址", f"复核路 {width} 号")
    expect(cells(row).nth(3)).to_have_text("1")

    row.get_by_role("button", name=f"{sales_name} 的清单").click()
    expect(progress).to_have_url(re.compile(r"who=\d+"))
    progress.get_by_role("group", name="状态").get_by_role("button", name="已完成").click()
    line = progress.get_by_role("row").filter(has_text=name)
    expect(line).to_contain_text("已更正")
    assert serious(progress) == []
    nothing_is_wide(progress, width)
    place = cells(line).nth(1).bounding_box()
    line.get_by_role("button", name=f"确认 {name} 无误").click()
    expect(line).to_contain_text("已确认")
    after = cells(line).nth(1).bounding_box()
    assert place
    assert after
    # Without its box to tick nothing of the row moves to another column.
    assert width != 360 or place["x"] == after["x"] > 40
    expect(line.get_by_role("button")).to_have_count(0)

    progress.reload()
    expect(progress.get_by_role("row").filter(has_text=name)).to_contain_text("已确认")
    progress.get_by_role("group", name="查看").get_by_role("button", name="团队进度").click()
    expect(cells(row).nth(2)).to_have_text("1")
    months = progress.get_by_label("月份")
    if months.locator("option").count() > 1:
        months.select_option(index=1)
        expect(progress.get_by_text("已结束,只可查看")).to_be_visible()


@pytest.mark.usefixtures("opened")
def test_the_key_and_the_sidebar_lead_there_and_nowhere_for_who_has_nothing_to_review(
    visit: Callable[..., Visitor],
) -> None:
    visitor = visit()
    page = visitor.sign_in("sales")
    page.keyboard.press("g")
    page.keyboard.press("r")
    expect(page).to_have_url(re.compile(r"/review"))
    expect(page.get_by_role("navigation").get_by_role("link", name="月度复核")).to_have_attribute(
        "aria-current", "page"
    )
    other = visit()
    page = other.sign_in("finance")
    expect(page.get_by_role("link", name="月度复核")).to_have_count(0)
    other.goto("/review")
    expect(page.get_by_text("没有需要复核的客户")).to_be_visible()


@pytest.mark.usefixtures("opened")
def test_it_speaks_english(visit: Callable[..., Visitor]) -> None:
    visitor = visit(width=360, height=780)
    visitor.sign_in("manager")
    page = visitor.goto("/review")
    page.get_by_role("button", name="个人菜单").click()
    page.get_by_role("button", name="切换到英文").click()
    expect(page.get_by_role("heading", name="Month-end review")).to_be_visible()
    page.keyboard.press("Escape")
    nothing_is_wide(page, 360)
    page.get_by_role("button", name="My list", exact=True).click()
    expect(page.get_by_role("region", name="List of the review")).to_be_visible()
    nothing_is_wide(page, 360)
    assert serious(page) == []
    page.get_by_role("button", name="Account menu").click()
    page.get_by_role("button", name="Switch to Chinese").click()  # The account is every journey's.
    expect(page.get_by_role("heading", name="月度复核")).to_be_visible()

"""The dashboard as a manager uses it: figures that change by themselves, and the customers behind each of them."""

import re
from collections.abc import Callable
from urllib.parse import unquote

import pytest
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from tests.e2e.conftest import Visitor
from tests.e2e.test_directory import total
from tests.e2e.test_new_customer import fill, fresh_name

pytestmark = pytest.mark.e2e
CHARTS = ("客户增长趋势", "等级漏斗", "客户来源", "行业分布", "跟进方式", "销售业绩", "跟进趋势")
LIVE_MS = 1_000


def tile(page: Page, name: str) -> Locator:
    """The key figure of that name."""
    return page.get_by_role("list", name="关键指标").get_by_role("listitem").filter(has_text=name)


def figure(page: Page, name: str) -> int:
    """The value of a key figure, unshortened."""
    return int(re.sub(r"\D", "", tile(page, name).locator(".tile-value").get_attribute("title") or ""))


def chart(page: Page, name: str) -> Locator:
    """The frame of the chart of that name."""
    return page.get_by_role("region", name=name, exact=True)


def open_dashboard(visitor: Visitor, username: str = "admin", query: str = "") -> Page:
    """Sign in and open the dashboard with all charts drawn."""
    visitor.sign_in(username)
    page = visitor.goto(f"/dashboard{query}")
    expect(page.locator("[data-drawn=true]").first).to_be_visible()
    return page


def test_all_key_figures_and_charts_are_there_with_their_definitions(visit: Callable[..., Visitor]) -> None:
    page = open_dashboard(visit(), query="?period=this-year")
    expect(page.locator("[data-drawn=true]")).to_have_count(len(CHARTS))
    for name in ("客户总数", "新增客户", "跟进次数", "成交单数", "成交金额", "转化率", "逾期未跟进"):
        expect(tile(page, name).get_by_role("link")).to_have_attribute("href", re.compile("^/customers"))
        expect(page.get_by_role("button", name=f"指标说明:{name}")).to_be_visible()
    for name in CHARTS:
        expect(chart(page, name).get_by_role("img")).to_have_attribute("aria-label", re.compile(f"^{name}: ."))
    page.get_by_role("button", name="指标说明:转化率").click()
    expect(page.get_by_text("周期内被跟进过的客户中,在周期内成交的比例")).to_be_visible()


def test_another_s_save_shows_within_a_second_without_a_reload(visit: Callable[..., Visitor]) -> None:
    boss, rep = visit(), visit()
    page = open_dashboard(boss)
    before = figure(page, "新增客户")
    rep.sign_in("sales")
    form = rep.goto("/customers/new")
    fill(form, name=fresh_name())
    page.evaluate("window.crmNotReloaded = true")
    form.get_by_role("button", name="保存").click()
    expect(form).to_have_url(re.compile(r"/customers/MFG-\d{4}-\d{3,}$"))
    expect(tile(page, "新增客户").locator(".tile-value")).to_have_attribute("title", f"{before + 1:,}", timeout=LIVE_MS)
    assert page.evaluate("window.crmNotReloaded")
    expect(page.get_by_role("status").filter(has_text="实时")).to_be_visible()


def test_a_figure_opens_as_many_customers_as_it_says(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = open_dashboard(visitor, query="?period=this-year")
    for name in ("客户总数", "新增客户", "逾期未跟进"):
        said = figure(page, name)
        tile(page, name).get_by_role("link").click()
        expect(page.locator(".list-total")).to_be_visible()
        assert total(page) == said, name
        page.go_back()
        expect(tile(page, "新增客户")).to_be_visible()


def test_a_mark_opens_the_customers_behind_it(visit: Callable[..., Visitor]) -> None:
    page = open_dashboard(visit(), query="?period=this-year")
    bar = chart(page, "行业分布").locator(".barlayer .point path").first
    expect(bar).to_be_visible()
    chart(page, "行业分布").get_by_role("button", name="以表格显示").click()
    first = chart(page, "行业分布").get_by_role("row").nth(1)
    said = int(first.get_by_role("cell").first.inner_text().replace(",", ""))
    address = first.get_by_role("link").get_attribute("href") or ""
    chart(page, "行业分布").get_by_role("button", name="以图表显示").click()
    box = bar.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator(".list-total")).to_be_visible()
    assert unquote(page.url).endswith(unquote(address))
    assert total(page) == said


def test_filters_stand_in_the_address_and_go_back(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = open_dashboard(visitor)
    page.get_by_label("统计周期").select_option(label="今年")
    expect(page).to_have_url(re.compile(r"/dashboard\?period=this-year$"))
    page.get_by_label("所属行业").select_option(label="制造业")
    expect(page).to_have_url(re.compile(r"period=this-year&industry=MFG$"))
    expect(chart(page, "行业分布").get_by_role("img")).to_have_attribute("aria-label", re.compile("制造业"))
    page.reload()
    visitor.ready()
    expect(page.get_by_label("所属行业")).to_have_value("MFG")
    page.go_back()
    expect(page.get_by_label("所属行业")).to_have_value("")
    expect(page.get_by_label("统计周期")).to_have_value("this-year")
    page.go_back()
    expect(page.get_by_label("统计周期")).to_have_value("this-month")


def test_nothing_jumps_while_the_figures_come(visit: Callable[..., Visitor]) -> None:
    """The page that waits and the page with figures have their frames in the same places."""
    visitor = visit()
    visitor.sign_in("admin")
    page = visitor.page
    page.add_init_script(
        """new PerformanceObserver((list) => {
          for (const one of list.getEntries()) window.crmShift = (window.crmShift ?? 0) + one.value;
        }).observe({ type: "layout-shift", buffered: true });"""
    )
    page.goto(f"{visitor.server.url}/dashboard")
    expect(page.locator("[data-drawn=true]").first).to_be_visible()
    assert page.evaluate("window.crmShift ?? 0") < 0.02


def test_a_lost_connection_turns_the_live_mark_grey_with_a_word(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    open_sockets: list[WebSocketRoute] = []
    reachable = True

    def pass_on(socket: WebSocketRoute) -> None:
        if reachable:
            socket.connect_to_server()
            open_sockets.append(socket)
        else:
            socket.close()

    visitor.page.route_web_socket(re.compile("/_event"), pass_on)
    page = open_dashboard(visitor)
    mark = page.locator(".live")
    expect(mark).to_have_text("实时")
    reachable = False
    open_sockets[-1].close()
    expect(mark).to_have_text("连接已断开")
    expect(mark).to_have_attribute("data-live", "false")
    reachable = True
    expect(mark).to_have_text("实时")


def test_a_rep_sees_only_his_own_and_a_desk_without_the_right_nothing(visit: Callable[..., Visitor]) -> None:
    everything = figure(open_dashboard(visit()), "客户总数")
    own = open_dashboard(visit(), "sales")
    assert 0 < figure(own, "客户总数") < everything
    expect(own.get_by_label("负责人")).to_have_count(0)
    agent = visit()
    agent.sign_in("service")
    agent.goto("/dashboard")
    expect(agent.page.get_by_role("heading", name="没有权限")).to_be_visible()

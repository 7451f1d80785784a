"""The dashboard as a manager uses it: figures that change by themselves, and the customers behind each of them."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import pytest
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from tests.e2e.conftest import Visitor, start_server, stop_server
from tests.e2e.test_accessibility import serious
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


def picture(page: Page, name: str) -> Locator:
    """What is drawn in that chart; plotly's own SVG elements in it are images as well."""
    return chart(page, name).locator(".plot-box[role=img]")


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
        expect(picture(page, name)).to_have_attribute("aria-label", re.compile(f"^{name}: ."))
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


def test_a_department_is_a_filter_that_goes_along_to_the_list(visit: Callable[..., Visitor]) -> None:
    page = open_dashboard(visit(), query="?period=this-year")
    total = figure(page, "客户总数")
    chosen = page.get_by_label("部门", exact=True)
    name = chosen.get_by_role("option").nth(1).inner_text()
    chosen.select_option(label=name)
    expect(page).to_have_url(re.compile(r"[?&]department=\d+"))
    count = figure(page, "客户总数")
    assert 0 < count <= total
    page.reload()
    expect(chosen).to_have_value(re.compile(r"\d+"))
    tile(page, "客户总数").get_by_role("link").click()
    expect(page.get_by_role("button", name=re.compile(f"部门.*{name}")).first).to_be_visible()
    expect(page.get_by_text(f"共 {count:,} 条")).to_be_visible()


def test_a_manager_of_one_department_is_not_asked_for_it(visit: Callable[..., Visitor]) -> None:
    page = open_dashboard(visit(), "manager", "?period=this-year")
    expect(page.get_by_label("所属行业")).to_be_visible()
    expect(page.get_by_label("部门", exact=True)).to_have_count(0)


def test_a_figure_opens_as_many_customers_as_it_says(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = open_dashboard(visitor, query="?period=this-year")
    for name in ("客户总数", "新增客户", "逾期未跟进"):
        said = figure(page, name)
        tile(page, name).get_by_role("link").click()
        expect(page.locator(".list-total")).to_have_text(re.compile(rf"\b{said:,}\b"))
        page.go_back()
        expect(tile(page, "新增客户")).to_be_visible()
        expect(page).to_have_url(re.compile(r"/dashboard\?period=this-year$"))


@pytest.mark.parametrize(
    ("name", "mark"),
    [
        ("行业分布", ".barlayer .point path"),
        ("等级漏斗", ".barlayer .point path"),
        ("客户增长趋势", ".barlayer .point path"),
        ("客户来源", ".pielayer .slice path"),
    ],
)
def test_a_mark_opens_the_customers_behind_it(visit: Callable[..., Visitor], name: str, mark: str) -> None:
    page = open_dashboard(visit(), query="?period=this-year")
    shown = chart(page, name).locator(mark).first
    expect(shown).to_be_visible()
    chart(page, name).get_by_role("button", name="以表格显示").click()
    first = chart(page, name).get_by_role("row").nth(1)
    said = int(first.get_by_role("cell").first.inner_text().replace(",", ""))
    address = first.get_by_role("link").get_attribute("href") or ""
    chart(page, name).get_by_role("button", name="以图表显示").click()
    expect(picture(page, name)).to_have_attribute("data-drawn", "true")
    box = shown.bounding_box()
    assert box
    # Beside the middle, where the line of the trend may lie upon its bar; within a slice that begins at twelve.
    right_of = 0.2 if name == "客户增长趋势" else 0.5
    page.mouse.click(box["x"] + box["width"] * right_of, box["y"] + box["height"] * 0.5)
    expect(page.locator(".list-total")).to_have_text(re.compile(rf"\b{said:,}\b"))
    assert unquote(page.url).endswith(unquote(address))


def test_whoever_comes_back_finds_the_figures_drawn(visit: Callable[..., Visitor]) -> None:
    """They were in the page's memory all along: neither coming back nor what the server then says draws them again."""
    visitor = visit()
    page = open_dashboard(visitor, query="?period=this-year")
    expect(page.locator("[data-drawn=true]")).to_have_count(len(CHARTS))
    page.evaluate(
        """() => {
          window.sheets = [...document.querySelectorAll(".plot-sheet")];
          window.drawn = 0;
          const watcher = new MutationObserver((changes) => { window.drawn += changes.length; });
          const all = { subtree: true, childList: true, attributes: true };
          for (const sheet of window.sheets) watcher.observe(sheet, all);
        }"""
    )
    page.get_by_role("navigation", name="主导航").first.get_by_role("link", name="客户", exact=True).click()
    expect(page.get_by_role("table")).to_be_visible()
    page.go_back()
    expect(page.locator("[data-drawn=true]")).to_have_count(len(CHARTS))
    visitor.ready()
    same = "[...document.querySelectorAll('.plot-sheet')].every((sheet, n) => sheet === window.sheets[n])"
    assert page.evaluate(same)
    assert page.evaluate("window.drawn") == 0
    page.get_by_label("所属行业").select_option(index=1)
    expect(page).to_have_url(re.compile("industry="))
    page.wait_for_function("() => window.drawn > 0")


def test_every_mark_is_reached_by_keys(visit: Callable[..., Visitor]) -> None:
    """As a line of the chart's table; of the pie also in its legend."""
    page = open_dashboard(visit(), query="?period=this-year")
    for name in CHARTS:
        frame = chart(page, name)
        frame.get_by_role("button", name="以表格显示").press("Enter")
        lines = frame.get_by_role("row").count() - 1
        assert lines > 0
        expect(frame.locator("tbody a[href^='/customers?f=']")).to_have_count(lines)
        frame.get_by_role("button", name="以图表显示").press("Enter")
        expect(picture(page, name)).to_have_attribute("data-drawn", "true")
    entry = chart(page, "客户来源").get_by_role("list", name="客户来源").get_by_role("link").first
    said = re.split(r"\s+", entry.inner_text().strip())[1]
    entry.press("Enter")
    expect(page.locator(".list-total")).to_have_text(re.compile(rf"\b{said}\b"))


def test_filters_stand_in_the_address_and_go_back(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = open_dashboard(visitor)
    page.get_by_label("统计周期").select_option(label="今年")
    expect(page).to_have_url(re.compile(r"/dashboard\?period=this-year$"))
    page.get_by_label("所属行业").select_option(label="制造业")
    expect(page).to_have_url(re.compile(r"period=this-year&industry=MFG$"))
    expect(picture(page, "行业分布")).to_have_attribute("aria-label", re.compile("制造业"))
    page.reload()
    visitor.ready()
    expect(page.get_by_label("所属行业")).to_have_value("MFG")
    page.go_back()
    expect(page.get_by_label("所属行业")).to_have_value("")
    expect(page.get_by_label("统计周期")).to_have_value("this-year")
    page.go_back()
    expect(page.get_by_label("统计周期")).to_have_value("this-month")


def test_who_goes_back_once_leaves_the_dashboard(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.sign_in("admin")
    page = visitor.goto("/customers")
    page.get_by_role("navigation").get_by_role("link", name="仪表盘").first.click()
    expect(page.locator("[data-drawn=true]")).to_have_count(len(CHARTS))
    page.go_back()
    expect(page).to_have_url(re.compile(r"/customers$"))
    expect(page.get_by_role("table", name="客户列表")).to_be_visible()


def frames(page: Page) -> list[tuple[int, int, int, int]]:
    """Where the tiles and charts stand: left, top, width, height."""
    boxes = [one.bounding_box() for one in page.locator(".tile, .chart").all()]
    return [(round(b["x"]), round(b["y"]), round(b["width"]), round(b["height"])) for b in boxes if b]


@pytest.mark.parametrize("width", [1440, 360])
def test_nothing_jumps_while_the_figures_come(visit: Callable[..., Visitor], width: int) -> None:
    """The page that waits and the page with figures have their frames in the same places."""
    visitor = visit(width=width)
    held: list[tuple[WebSocketRoute, str | bytes]] = []
    holding = False

    def pass_on(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        server.on_message(lambda message: held.append((socket, message)) if holding else socket.send(message))

    visitor.page.route_web_socket(re.compile("/_event"), pass_on)
    page = visitor.sign_in("admin")
    holding = True
    page.get_by_role("navigation").filter(visible=True).get_by_role("link", name="仪表盘").click()
    expect(page.locator(".charts .chart")).to_have_count(len(CHARTS))
    expect(page.locator(".chart .skeleton").first).to_be_visible()
    expect(page.get_by_text("本周期内没有")).to_have_count(0)
    waiting = frames(page)
    holding = False
    for socket, message in held:
        socket.send(message)
    expect(page.locator("[data-drawn=true]")).to_have_count(len(CHARTS))
    assert len(waiting) == 7 + len(CHARTS)
    # What the filters say decides in how many lines they stand on a phone.
    moved = frames(page)[0][1] - waiting[0][1]
    assert [(x, y + moved, w, h) for x, y, w, h in waiting] == frames(page)
    assert moved == 0 or width == 360


def test_a_time_without_customers_says_so_in_the_same_place(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = open_dashboard(visitor)
    drawn = frames(page)
    page = visitor.goto("/dashboard?period=1999-01-01..1999-01-31")
    expect(page.get_by_text("本周期内没有新增客户")).to_have_count(4)
    expect(page.get_by_text("本周期内没有跟进记录")).to_have_count(2)
    expect(page.get_by_text("本周期内没有成交")).to_have_count(1)
    assert figure(page, "新增客户") == 0
    assert frames(page) == drawn


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1440, 360])
def test_charts_and_their_tables_have_no_serious_barrier(visit: Callable[..., Visitor], width: int, dark: bool) -> None:
    page = open_dashboard(visit(width=width, dark=dark), query="?period=this-year")
    expect(page.locator("[data-drawn=true]")).to_have_count(len(CHARTS))
    assert serious(page) == []
    for name in CHARTS:
        chart(page, name).get_by_role("button", name="以表格显示").click()
    assert serious(page) == []


def test_a_lost_connection_turns_the_live_mark_grey_with_a_word(visit: Callable[..., Visitor], tmp_path: Path) -> None:
    own = start_server(tmp_path / "data")
    try:
        page = open_dashboard(visit(on=own))
        mark = page.locator(".live")
        expect(mark).to_have_text("实时")
        stop_server(own)
        expect(mark).to_have_text("连接已断开")
        expect(mark).to_have_attribute("data-live", "false")
        own = start_server(own.data_dir, port=int(own.url.rpartition(":")[2]))
        expect(mark).to_have_text("实时", timeout=30_000)
        expect(page.locator("[data-drawn=true]")).to_have_count(len(CHARTS))
    finally:
        own.process.kill()


def test_a_rep_sees_only_his_own_and_a_desk_without_the_right_nothing(visit: Callable[..., Visitor]) -> None:
    everything = figure(open_dashboard(visit()), "客户总数")
    own = open_dashboard(visit(), "sales")
    said = figure(own, "客户总数")
    assert 0 < said < everything
    own.get_by_role("navigation").get_by_role("link", name="客户", exact=True).first.click()
    expect(own.locator(".list-total")).to_have_text(re.compile(rf"\b{said}\b"))
    agent = visit()
    agent.sign_in("service")
    agent.goto("/dashboard")
    expect(agent.page.get_by_role("heading", name="没有权限")).to_be_visible()

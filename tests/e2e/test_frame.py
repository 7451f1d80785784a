"""The frame around every page when something is amiss: no connection, no such address (R13.4, R13.5)."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from tests.e2e.conftest import Visitor

pytestmark = pytest.mark.e2e
OFFLINE = "连接已断开"
PRIMARY = {"/customers": "新增客户", "/customers/new": "保存"}


def lies_free(target: Locator) -> bool:
    """Whether a press on any corner or the middle would reach it."""
    return target.evaluate("""element => {
        const { left, top, right, bottom } = element.getBoundingClientRect();
        const spots = [[left + 3, top + 3], [right - 3, top + 3], [left + 3, bottom - 3], [right - 3, bottom - 3],
            [(left + right) / 2, (top + bottom) / 2]];
        return spots.every(([x, y]) => element.contains(document.elementFromPoint(x, y)));
    }""")


def cut_off(page: Page) -> None:
    page.context.set_offline(True)
    expect(page.get_by_role("status").filter(has_text=OFFLINE)).to_be_visible(timeout=30_000)


@pytest.mark.parametrize("width", [1440, 360])
def test_the_offline_bar_covers_nothing(visit: Callable[..., Visitor], width: int) -> None:
    visitor = visit(width=width, height=780)
    visitor.sign_in("sales")
    page = visitor.page
    for path, primary in PRIMARY.items():
        visitor.goto(path)
        cut_off(page)
        actions = page.get_by_role("button", name=primary).or_(page.get_by_role("link", name=primary))
        assert lies_free(actions.first)
        assert lies_free(page.get_by_role("button", name="个人菜单"))
        for link in page.get_by_role("navigation", name="主导航").get_by_role("link").all():
            if link.is_visible():
                assert lies_free(link)
        page.context.set_offline(False)
        expect(page.get_by_text(OFFLINE)).to_be_hidden(timeout=30_000)


@pytest.mark.parametrize("width", [1440, 360])
def test_messages_name_what_was_ignored_and_leave_the_pager_free(visit: Callable[..., Visitor], width: int) -> None:
    visitor = visit(width=width, height=780)
    visitor.sign_in("sales")
    page = visitor.goto(
        "/customers?f=color.in.red;level.in.nothing&sort=taste&page=minus&size=7&cols=name,number,smell"
    )
    message = page.get_by_role("region", name="消息").get_by_role("status")
    for part in ("已忽略 6 处", "color.in.red", "level.in.nothing", "taste", "minus", "“7”", "smell"):
        expect(message).to_contain_text(part)
    pager = page.get_by_role("navigation", name="分页")
    for name in ("上一页", "下一页"):
        assert lies_free(pager.get_by_role("button", name=name))
    assert lies_free(page.get_by_role("button", name="个人菜单"))


def test_a_customer_is_added_from_every_page_by_button_and_by_key(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.sign_in("sales")
    for path in ("/today", "/customers", "/account/sessions"):
        page = visitor.goto(path)
        page.get_by_role("button", name="新增", exact=True).click()
        page.get_by_role("dialog").get_by_role("link", name="新增客户").click()
        expect(page).to_have_url(re.compile("/customers/new$"))
        visitor.goto(path)
        page.keyboard.press("n")
        expect(page).to_have_url(re.compile("/customers/new$"))
        page.go_back()
        expect(page).to_have_url(re.compile(f"{path}$"))
    visitor.goto("/customers")
    page.get_by_role("searchbox").press_sequentially("nn")
    expect(page).to_have_url(re.compile(r"/customers\?q=nn$"))


def test_who_may_not_add_customers_is_not_offered_it(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.sign_in("finance")
    page = visitor.goto("/customers")
    expect(page.get_by_role("rowheader").first).to_be_visible()
    expect(page.get_by_role("button", name="新增", exact=True)).to_have_count(0)
    page.keyboard.press("n")
    page.keyboard.press("j")
    expect(page.get_by_role("rowheader").first.get_by_role("link")).to_be_focused()
    expect(page).to_have_url(re.compile("/customers$"))


def test_a_phone_has_a_bar_of_five_at_its_bottom(visit: Callable[..., Visitor]) -> None:
    visitor = visit(width=360, height=780)
    visitor.sign_in("sales")
    page = visitor.goto("/account/sessions")
    bar = page.get_by_role("navigation", name="主导航")
    five = [bar.get_by_role("link", name=name, exact=True) for name in ("今日工作", "客户", "新增", "仪表盘")]
    five.append(page.get_by_role("button", name="个人菜单"))
    boxes = [entry.bounding_box() for entry in five]
    assert all(box and box["y"] > 700 and box["height"] >= 44 and round(box["width"]) == 72 for box in boxes), boxes
    assert [round(box["x"] / 72) for box in boxes if box] == [0, 1, 2, 3, 4]
    assert all(lies_free(entry) for entry in five)
    five[2].click()
    expect(page).to_have_url(re.compile("/customers/new$"))


def test_the_bar_is_the_only_word_about_the_connection(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.sign_in("sales")
    cut_off(page)
    expect(page.locator("svg.lucide-wifi-off")).to_have_count(0)
    page.context.set_offline(False)


def test_an_address_that_is_no_page_says_so_and_leads_back(visit: Callable[..., Visitor]) -> None:
    visitor = visit(width=360, height=740)
    page = visitor.page
    page.goto(visitor.server.url + "/no/such/page")
    expect(page.get_by_role("heading", name="没有这个页面")).to_be_visible()
    expect(page).to_have_title("没有这个页面")
    page.get_by_role("link", name="返回首页").click()
    expect(page).to_have_url(re.compile("/login"))


@pytest.mark.parametrize("width", [1440, 360])
def test_nothing_jumps_when_the_rows_of_the_list_come(visit: Callable[..., Visitor], width: int) -> None:
    """The server's messages are held back until the places of what stands there meanwhile are known."""
    visitor = visit(width=width, height=780)
    visitor.sign_in("admin")
    page = visitor.page
    held: list[tuple[WebSocketRoute, str | bytes]] = []
    opened: list[WebSocketRoute] = []

    def hold(socket: WebSocketRoute) -> None:
        def pass_on(message: str | bytes) -> None:
            socket.send(message) if opened else held.append((socket, message))

        socket.connect_to_server().on_message(pass_on)

    def places(*names: str) -> list[dict[str, float]]:
        boxes = [page.locator(name).first.bounding_box() for name in names]
        return [{side: round(box[side]) for side in ("x", "y")} for box in boxes if box]

    # Where there is room the filters are open from the beginning, for whoever never closed them.
    ghosts, facets = ([".ghost-facets"], [".facets"]) if width == 1440 else ([], [])
    page.route_web_socket(re.compile("/_event"), hold)
    page.goto(visitor.server.url + "/customers")
    expect(page.locator(".list-ghosts")).to_be_visible()
    waiting = places(".ghost-search", ".ghost-quick", *ghosts, ".list-ghosts", ".pager")
    assert len(waiting) == 4 + len(facets)
    for socket, message in held:
        opened.append(socket)
        socket.send(message)
    visitor.ready()
    expect(page.locator(".list tbody tr").first).to_be_visible()
    assert places(".search-box", ".quick-line", *facets, ".list tbody tr", ".pager") == waiting


def test_on_a_phone_the_customers_name_has_room_beside_the_english_button(visit: Callable[..., Visitor]) -> None:
    visitor = visit(width=360, height=780)
    visitor.sign_in("liliyang")
    page = visitor.goto("/customers")
    page.get_by_role("button", name="个人菜单").click()
    page.get_by_role("button", name="切换到英文").click()
    expect(page.get_by_role("heading", name="Customers", level=1)).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("a.row-link").first.click()
    expect(page.get_by_role("button", name="Log a follow-up")).to_be_visible()
    name = page.locator(".crumbs h1").bounding_box()
    assert name
    assert name["width"] > 70
    page.locator(".crumbs").get_by_role("link", name="Customers").click()
    expect(page).to_have_url(re.compile("/customers$"))
    page.get_by_role("button", name="Account menu").click()
    page.get_by_role("button", name="Switch to Chinese").click()  # The account is every journey's.
    expect(page.get_by_role("heading", name="客户", level=1)).to_be_visible()

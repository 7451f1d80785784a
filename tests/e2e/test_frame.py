"""The frame around every page when something is amiss: no connection, no such address (R13.4, R13.5)."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

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

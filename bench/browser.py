"""What a person sees in a real Chromium: from the click or key to changed rows in the DOM."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from bench.data import PASSWORD
from tools.install_browser import LAUNCH_ARGUMENTS, find

PROBE = Path(__file__).with_name("probe.js")
SAMPLES = 11
ROWS = "table tbody tr"
ENTRIES = "ol.timeline > li"
CHARTS = ".js-plotly-plot .main-svg:first-child"
CHART_COUNT = 7
TILES = "ul.tiles > li"
CONFIRMATION = "[aria-live=polite] [role=status]"
FILTER = "2024年第一季度 行业:制造业 等级:意向"
SEARCHES = ("恒泰", "启源", "szht", "云翔", "上海盛", "chenghe")


class NoAnswer(RuntimeError):
    """The page did not change in time."""


@dataclass
class Tab:
    """A page with the probe in it, and what came over its wire."""

    page: Page
    url: str
    wire: dict[str, float] = field(default_factory=lambda: {"bytes": 0.0})

    def goto(self, path: str) -> None:
        """Navigate without waiting for anything but the first answer."""
        self.page.goto(self.url + path, wait_until="commit")

    def appears(self, selector: str, least: int = 1) -> float:
        """Ms from the navigation to that many elements with text."""
        found = self.page.evaluate("([s, n]) => window.__bench.appears(s, n)", [selector, least])
        if not found:
            raise NoAnswer(selector)
        return float(found["at"])

    def timed(self, selector: str, event: str, act: Callable[[], object], least: int = 1) -> dict[str, float]:
        """Do something; ms from its event, and from the last message sent, to another text of the selected elements."""
        self.page.evaluate("([s, e, n]) => window.__bench.arm(s, e, n)", [selector, event, least])
        act()
        return self.outcome(selector)

    def watch(self, selector: str) -> None:
        """Look for another text of the selected elements from now on; `outcome` tells when it came."""
        self.page.evaluate("(s) => window.__bench.armChange(s)", selector)

    def outcome(self, selector: str) -> dict[str, float]:
        """What was watched for."""
        found = self.page.evaluate("() => window.__bench.outcome")
        if not found:
            raise NoAnswer(selector)
        return found

    def settle(self) -> None:
        """Wait until nothing comes any more."""
        self.page.wait_for_load_state("networkidle")


@contextmanager
def chromium() -> Iterator[Browser]:
    """The Chromium that the tests use too."""
    executable = os.environ.get("CRM_CHROMIUM") or find()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=LAUNCH_ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def visit(browser: Browser, url: str, username: str) -> Iterator[Tab]:
    """A fresh browser, nothing cached, of a person who is signed in."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
    try:
        sign_in(context, url, username)
        context.add_init_script(path=PROBE)
        tab = Tab(context.new_page(), url)
        _count_bytes(tab)
        yield tab
    finally:
        context.close()


def sign_in(context: BrowserContext, url: str, username: str) -> None:
    """Get the session's cookie as the form does."""
    answer = context.request.post(
        f"{url}/api/auth/sign-in", data={"username": username, "password": PASSWORD}, headers={"Origin": url}
    )
    if not answer.ok:
        raise RuntimeError(f"sign-in failed: {answer.status} {answer.text()}")


def _count_bytes(tab: Tab) -> None:
    wire = tab.page.context.new_cdp_session(tab.page)
    wire.send("Network.enable")

    def add(size: float) -> None:
        tab.wire["bytes"] += size

    wire.on("Network.loadingFinished", lambda event: add(event["encodedDataLength"]))
    wire.on("Network.webSocketFrameReceived", lambda event: add(len(event["response"]["payloadData"].encode())))


# --- what is measured


def list_cold(browser: Browser, url: str) -> dict[str, list[float]]:
    """Navigation to rows with an empty cache, and the bytes until nothing comes any more."""
    took, size = [], []
    for _ in range(SAMPLES):
        with visit(browser, url, "admin") as tab:
            tab.goto("/customers")
            took.append(tab.appears(ROWS, 20))
            tab.settle()
            size.append(tab.wire["bytes"] / 1000)
    return {"list_cold_ms": took, "list_cold_kb": size}


def listing(browser: Browser, url: str) -> dict[str, list[float]]:
    """Filter, sort, page and search in the list of all customers."""
    with visit(browser, url, "admin") as tab:
        tab.goto("/customers")
        tab.appears(ROWS, 20)
        tab.settle()
        # Whatever came first would be measured while the browser still compiles the page's scripts.
        _next_pages(tab)
        return {
            "sort_ms": _sorts(tab),
            "next_page_ms": _next_pages(tab),
            "page_1000_ms": _far_pages(tab),
            "filter_ms": _filters(tab),
            "search_ms": _searches(tab),
        }


def _repeat(once: Callable[[int], float]) -> list[float]:
    """Once to warm up, then the samples."""
    once(0)
    return [once(n) for n in range(1, SAMPLES + 1)]


def _filters(tab: Tab) -> list[float]:
    box = tab.page.get_by_role("searchbox", name="搜索客户")

    def once(_: int) -> float:
        box.fill(FILTER)
        took = tab.timed(ROWS, "keydown", lambda: box.press("Enter"))["total"]
        tab.timed(ROWS, "click", tab.page.get_by_role("button", name="清除筛选").first.click)
        return took

    return _repeat(once)


def _sorts(tab: Tab) -> list[float]:
    header = tab.page.get_by_role("button", name="按 累计金额 排序")
    return _repeat(lambda _: tab.timed(ROWS, "click", header.click)["total"])


def _next_pages(tab: Tab) -> list[float]:
    button = tab.page.get_by_role("button", name="下一页")
    return _repeat(lambda _: tab.timed(ROWS, "click", button.click)["total"])


def _far_pages(tab: Tab) -> list[float]:
    field_ = tab.page.get_by_label("页码")

    def once(n: int) -> float:
        field_.fill(str(1000 + n % 2))
        return tab.timed(ROWS, "keydown", lambda: field_.press("Enter"))["total"]

    return _repeat(once)


def _searches(tab: Tab) -> list[float]:
    """From the message that the debounce lets go to the rows."""
    box = tab.page.get_by_role("searchbox", name="搜索客户")
    return _repeat(lambda n: tab.timed(ROWS, "input", lambda: box.fill(SEARCHES[n % len(SEARCHES)]))["answer"])


def customer(browser: Browser, url: str, number: str) -> dict[str, list[float]]:
    """From the click in the list to the customer's timeline."""
    took = []
    with visit(browser, url, "admin") as tab:
        tab.goto(f"/customers?q={number}")
        for n in range(SAMPLES + 1):
            tab.appears(ROWS)
            link = tab.page.locator(ROWS).first.get_by_role("link").first
            found = tab.timed(ENTRIES, "click", link.click)["total"]
            took += [found] if n else []
            tab.page.go_back()
    return {"open_customer_ms": took}


def fill_new_customer(page: Page, name: str, mobile: str) -> None:
    """The required fields of the form, and wait until it can be saved."""
    page.get_by_label("客户名称").fill(name)
    page.get_by_label("所属行业").select_option(label="制造业")
    page.get_by_role("textbox", name=re.compile("姓名")).fill("张三")
    page.get_by_role("textbox", name=re.compile("手机")).fill(mobile)
    page.get_by_role("textbox", name=re.compile("手机")).press("Tab")
    page.get_by_role("button", name="保存").and_(page.locator(":enabled")).wait_for()


def save(browser: Browser, url: str) -> dict[str, list[float]]:
    """From the click on 保存 to its confirmation."""
    with visit(browser, url, "sales") as tab:

        def once(n: int) -> float:
            tab.goto("/customers/new")
            tab.page.get_by_label("客户名称").wait_for()
            tab.settle()
            fill_new_customer(tab.page, f"计时{n:02d}号测量仪器有限公司", f"1910000{n:04d}")
            return tab.timed(CONFIRMATION, "click", tab.page.get_by_role("button", name="保存").click)["total"]

        return {"save_customer_ms": _repeat(once)}


def dashboard(browser: Browser, url: str) -> dict[str, list[float]]:
    """First opening with nothing cached, a later one by the navigation, and another person's save."""
    cold, later, live = [], [], []
    for _ in range(SAMPLES):
        with visit(browser, url, "admin") as tab:
            tab.goto("/dashboard")
            cold.append(tab.appears(CHARTS, CHART_COUNT))
    with visit(browser, url, "admin") as tab, visit(browser, url, "sales") as other:
        tab.goto("/dashboard")
        tab.appears(CHARTS, CHART_COUNT)
        for _ in range(SAMPLES):
            tab.page.get_by_role("link", name="客户", exact=True).first.click()
            tab.appears(ROWS, 20)
            tab.settle()
            link = tab.page.get_by_role("link", name="仪表盘").first
            later.append(tab.timed(CHARTS, "click", link.click, CHART_COUNT)["total"])
            tab.settle()
        for n in range(SAMPLES):
            saved = _save_watched(tab, other, n)
            live.append(tab.outcome(TILES)["clock"] - saved)
    return {"dashboard_cold_ms": cold, "dashboard_later_ms": later, "dashboard_live_ms": live}


def _save_watched(tab: Tab, other: Tab, n: int) -> float:
    """Save a customer while the dashboard is watched; the moment at which the saving person saw the confirmation."""
    other.goto("/customers/new")
    other.page.get_by_label("客户名称").wait_for()
    other.settle()
    fill_new_customer(other.page, f"实时{n:02d}号测量仪器有限公司", f"1910100{n:04d}")
    tab.watch(TILES)
    return other.timed(CONFIRMATION, "click", other.page.get_by_role("button", name="保存").click)["clock"]


def run(parts: dict[str, Callable[[], dict[str, list[float]]]]) -> tuple[dict[str, list[float]], list[str]]:
    """Each part's samples, and the parts whose page did not answer."""
    figures: dict[str, list[float]] = {}
    failed = []
    for name, part in parts.items():
        try:
            figures |= part()
        except (NoAnswer, PlaywrightError) as error:
            print(f"{name}: {type(error).__name__}: {str(error).splitlines()[0]}", flush=True)
            failed.append(name)
    return figures, failed

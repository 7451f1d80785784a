"""Fifty people, an action a second each: what their actions are, and what came of it."""

import asyncio
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from playwright.sync_api import Browser, Page

from bench import browser as chrome
from bench.data import PASSWORD
from bench.server import MemoryPeak, Server, sign_in
from bench.sockets import Outcome, Recorded, Recorder, crowd

PEOPLE = 50
SECONDS = 60
MARK = "压测甲乙丙"
MOBILE = "19100002468"
"""Demonstration data has no number in this segment: nobody is asked about a duplicate."""
PAUSE_MS = 1500
"""Long enough for every debounce and its answer."""
_TICKET = re.compile(r'"ticket": "[^"]*"')
"""The form's own name for one saving, by which a second sending is known."""

_NUMBER = re.compile(r"[A-Z]{3}-\d{4}-\d{3,}")

Act = Callable[[Page], object]


def _search(text: str) -> Act:
    def act(page: Page) -> None:
        page.get_by_role("searchbox", name="搜索客户").fill(text)

    return act


def _filter(page: Page) -> None:
    box = page.get_by_role("searchbox", name="搜索客户")
    box.fill(chrome.FILTER)
    box.press("Enter")


def _click(role: str, name: str) -> Act:
    def act(page: Page) -> None:
        page.get_by_role(role, name=name).first.click()  # type: ignore[arg-type]

    return act


LIST_ACTIONS: dict[str, tuple[Act, int]] = {
    "sort by amount": (_click("button", "按 累计金额 排序"), 2),
    "sort by next follow-up": (_click("button", "按 下次跟进时间 排序"), 2),
    "next page": (_click("button", "下一页"), 4),
    "filter": (_filter, 2),
    "search": (_search("云启"), 2),
    "search pinyin": (_search("yunqi"), 2),
    "clear": (_click("button", "清除筛选"), 2),
}


@dataclass(frozen=True, slots=True)
class Script:
    """What opens the list, the actions with their weights, and the customer whose page was recorded."""

    opening: Recorded
    actions: tuple[tuple[Recorded, int], ...]
    number: str


def record(browser: Browser, url: str) -> Script:
    """Do every action once in a browser."""
    recorder = Recorder()
    with chrome.visit(browser, url, "sales") as tab:
        recorder.attach(tab.page)
        tab.goto("/customers")
        tab.appears(chrome.ROWS, 20)
        tab.page.wait_for_timeout(PAUSE_MS)
        opening = recorder.finish("open the list")
        actions = []
        for name, (act, weight) in LIST_ACTIONS.items():
            actions.append((_recorded(tab, recorder, name, act), weight))
        actions.append((_recorded(tab, recorder, "open a customer", _open_first), 4))
        number = _NUMBER.findall(tab.page.url)[0]
        actions.append((_recorded(tab, recorder, "save a follow-up", _save_follow_up), 2))
        actions.append((_recorded(tab, recorder, "dashboard", _click("link", "仪表盘")), 1))
        actions.append((_record_saving(tab, recorder), 1))
    return Script(opening, tuple(actions), number)


def _recorded(tab: chrome.Tab, recorder: Recorder, name: str, act: Act) -> Recorded:
    recorder.start()
    act(tab.page)
    tab.page.wait_for_timeout(PAUSE_MS)
    return recorder.finish(name)


def _open_first(page: Page) -> None:
    page.locator(chrome.ROWS).first.get_by_role("link").first.click()


def _save_follow_up(page: Page) -> None:
    page.get_by_label("跟进方式").select_option(label="电话沟通")
    page.get_by_label("跟进内容").fill(f"{MARK}:确认了下一步的安排。")
    page.get_by_role("button", name="保存跟进").click()


def _record_saving(tab: chrome.Tab, recorder: Recorder) -> Recorded:
    """Only the event that saves: the page that opens afterwards is another action."""
    tab.goto("/customers/new")
    tab.page.get_by_label("客户名称").wait_for()
    tab.settle()
    chrome.fill_new_customer(tab.page, f"{MARK}有限公司", MOBILE)
    tab.page.wait_for_timeout(PAUSE_MS)
    recorder.start()
    tab.page.get_by_role("button", name="保存").click()
    tab.page.wait_for_timeout(PAUSE_MS)
    made = recorder.finish("save a customer", answer="saved")
    saving = tuple(event for event in made.events if MARK in json.dumps(event, ensure_ascii=False))
    return replace(made, events=saving)


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person of the crowd: the account, and customers of his own."""

    username: str
    numbers: tuple[str, ...]


def run(server: Server, script: Script, people: Sequence[Somebody], *, crowd_of: int = PEOPLE) -> tuple[Outcome, float]:
    """The crowd's times and errors, and the memory's peak in MB; no browser may run beside it."""
    crew = [people[n % len(people)] for n in range(crowd_of)]
    cookies = [sign_in(server.url, somebody.username, PASSWORD) for somebody in crew]

    def vary(event: str, person: int, turn: int) -> str:
        """Names, numbers and customers of one's own, so that nobody saves another's or the same twice."""
        own = crew[person].numbers
        varied = event.replace(MARK, f"{MARK}{person:02d}第{turn}").replace(MOBILE, f"191{person:04d}{turn:04d}")
        varied = varied.replace(script.number, own[turn % len(own)])
        return _TICKET.sub(rf'"ticket": "{person}-{turn}"', varied)

    with MemoryPeak(server) as memory:
        outcome = asyncio.run(
            crowd(server.url, cookies, script.actions, opening=script.opening, seconds=SECONDS, vary=vary)
        )
    return outcome, memory.mb

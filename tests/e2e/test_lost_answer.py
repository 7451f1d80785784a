"""The server dies after it has saved a form and before it can say so: nothing is lost, and nothing is there twice."""

import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.e2e.conftest import Server, Visitor, start_server, stop_server
from tests.e2e.test_accessibility import serious
from tests.e2e.test_customer_page import new_customer
from tests.e2e.test_new_customer import fill, fresh_mobile, fresh_name

pytestmark = pytest.mark.e2e
AGAIN = 60_000
"""Ms until the page talks to the new server: it tries less and less often, and a busy machine starts one slowly."""


@contextmanager
def dying_server(folder: Path, kind: str) -> Iterator[tuple[Server, Callable[[Page, Callable[[], None]], None]]]:
    """A server, and the way to let it die between the commit and the answer of what one does; then it is started again.

    `kind` is that of the change which the save announces.
    """
    flag = folder / "die"
    servers = [start_server(folder / "data", module=("tests.e2e.dies_after_commit", kind, str(flag)))]

    def die_of(page: Page, save: Callable[[], None]) -> None:
        flag.touch()
        save()
        assert servers[0].process.wait(timeout=30) == -signal.SIGKILL
        expect(page.get_by_text("连接已断开")).to_be_visible()
        servers.append(start_server(folder / "data", port=int(servers[0].url.rpartition(":")[2])))
        expect(page.get_by_text("连接已断开")).to_be_hidden(timeout=AGAIN)

    try:
        yield servers[0], die_of
    finally:
        for server in servers:
            if server.process.poll() is None:
                stop_server(server)


def test_a_follow_up_whose_answer_was_lost_is_there_once(visit: Callable[..., Visitor], tmp_path: Path) -> None:
    with dying_server(tmp_path, "follow_up") as (server, die_of):
        visitor = visit(on=server)
        visitor.sign_in("sales")
        page = new_customer(visitor)
        text = "写完就断了线"
        page.get_by_role("button", name="新增跟进").click()
        page.get_by_label("跟进内容").fill(text)
        die_of(page, lambda: page.get_by_role("button", name="保存跟进").click())
        shown = page.get_by_role("region", name="动态").get_by_text(text)
        # Both are there: what was saved, and what its person was never told of. He sends it again.
        expect(shown).to_have_count(1, timeout=AGAIN)
        expect(page.get_by_label("跟进内容")).to_have_value(text)
        page.get_by_role("button", name="保存跟进").click()
        expect(page.get_by_label("跟进内容")).to_have_value("")
        expect(shown).to_have_count(1)
        page.reload()
        visitor.ready()
        expect(shown).to_have_count(1)


def test_a_customer_whose_answer_was_lost_is_there_once(visit: Callable[..., Visitor], tmp_path: Path) -> None:
    with dying_server(tmp_path, "customer") as (server, die_of):
        visitor = visit(on=server)
        visitor.sign_in("sales")
        page = visitor.goto("/customers/new")
        name = fresh_name()
        fill(page, name=name)
        die_of(page, lambda: page.get_by_role("button", name="保存").click())
        # The form learns itself that it was saved, and asks nothing.
        expect(page).to_have_url(re.compile(r"/customers/MFG-\d{4}-\d{3,}$"), timeout=AGAIN)
        expect(page.get_by_text("已保存,客户编号")).to_be_visible()
        expect(page.get_by_role("heading", level=1)).to_contain_text(name)
        visitor.goto(f"/customers?f=name.is.{name}")
        expect(page.get_by_role("rowheader").filter(has_text=name)).to_have_count(1)
        expect(page.get_by_text("共 1 条")).to_be_visible()


def hold_answers(page: Page, mark: str) -> Callable[[], None]:
    """From the first message of the server with `mark` on the page hears nothing, until what this gives is called."""
    held: list[str | bytes] = []
    lines: list[WebSocketRoute] = []
    mended: list[bool] = []

    def connect(line: WebSocketRoute) -> None:
        server = line.connect_to_server()
        lines.append(line)

        def pass_back(message: str | bytes) -> None:
            if not mended and (held or mark in str(message)):
                held.append(message)
            else:
                line.send(message)

        server.on_message(pass_back)

    def mend() -> None:
        assert held
        mended.append(True)
        for message in held:
            lines[-1].send(message)

    page.route_web_socket(re.compile("/_event"), connect)
    return mend


def test_what_is_changed_after_a_lost_answer_is_neither_lost_nor_a_second_customer(
    visit: Callable[..., Visitor],
) -> None:
    visitor = visit()
    visitor.sign_in("sales")
    mend = hold_answers(visitor.page, '"saved_rx_state_":"/customers/')
    page = visitor.goto("/customers/new")
    name = fresh_name()
    fill(page, name=name)
    expect(page.get_by_role("button", name="保存")).to_be_enabled()
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("button", name="正在保存…")).to_be_visible()
    page.get_by_label("企业地址").fill("答复未到时填写的地址")
    page.get_by_label("手机").fill(fresh_mobile())
    # By another tab: this one is told nothing.
    other = visitor.context.new_page()
    other.goto(f"{visitor.server.url}/customers?f=name.is.{name}")
    expect(other.get_by_text("共 1 条")).to_be_visible()
    mend()
    expect(page.get_by_role("heading", name=re.compile(r"此表单已保存为客户 MFG-\d{4}-\d{3,}"))).to_be_visible()
    expect(page.get_by_text("此后您修改的内容还没有保存:企业地址")).to_be_visible()
    expect(page.get_by_text("此表单会保留您填写的:联系人")).to_be_visible()
    expect(page.get_by_role("button", name="保存", exact=True)).to_be_disabled()
    assert serious(page) == []
    page.reload()
    visitor.ready()
    page.get_by_role("button", name="将修改用于该客户").click()
    expect(page).to_have_url(re.compile(r"/customers/MFG-\d{4}-\d{3,}/edit$"))
    visitor.ready()
    expect(page.get_by_label("企业地址")).to_have_value("答复未到时填写的地址")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_role("button", name="编辑 企业地址")).to_have_text("答复未到时填写的地址")
    # The contact is still to be changed on this page: what was typed of it is kept where it was typed.
    visitor.goto("/customers/new")
    expect(page.get_by_label("手机")).not_to_have_value("")
    expect(page.get_by_text("此后您修改的内容还没有保存")).to_have_count(0)
    page.get_by_role("region", name="此表单已保存").get_by_role("button", name="清空重填").click()
    expect(page.get_by_label("客户名称")).to_have_value("")
    expect(page.get_by_text("此表单已保存为客户")).to_have_count(0)
    visitor.goto(f"/customers?f=name.is.{name}")
    expect(page.get_by_text("共 1 条")).to_be_visible()

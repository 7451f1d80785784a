"""The server dies after it has saved a form and before it can say so: nothing is lost, and nothing is there twice."""

import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Server, Visitor, start_server, stop_server
from tests.e2e.test_customer_page import new_customer
from tests.e2e.test_new_customer import fill, fresh_name

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

"""The customer page and 今日工作, as people work with them, two at a time and on bad days."""

import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Server, Visitor, start_server, stop_server
from tests.e2e.test_accessibility import serious
from tests.e2e.test_new_customer import fill, fresh_name

pytestmark = pytest.mark.e2e


def new_customer(visitor: Visitor) -> Page:
    """A fresh customer of the person who is signed in, on its page."""
    page = visitor.goto("/customers/new")
    fill(page, name=fresh_name())
    page.get_by_role("button", name="保存").click()
    expect(page).to_have_url(re.compile(r"/customers/MFG-\d{4}-\d{3,}$"))
    expect(page.get_by_role("button", name="新增跟进")).to_be_visible()
    return page


def path_of(page: Page) -> str:
    """The page's address without the host."""
    return "/" + page.url.split("/", 3)[3]


def edit(page: Page, label: str, text: str) -> None:
    """Click a fact, type, Enter."""
    page.get_by_role("button", name=f"编辑 {label}").click()
    page.get_by_label(label, exact=True).fill(text)
    page.get_by_label(label, exact=True).press("Enter")


def test_a_follow_up_with_its_next_step(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.sign_in("sales")
    page = new_customer(visitor)
    page.get_by_role("button", name="新增跟进").click()
    expect(page.get_by_label("跟进内容")).to_be_focused()
    page.get_by_label("跟进方式").select_option(label="上门拜访")
    page.get_by_label("跟进内容").fill("看了产线 <script>alert(1)</script> 🏭")
    page.get_by_label("客户反馈").fill("满意")
    page.get_by_role("button", name="明天").click()
    page.get_by_label("待办事项").fill("发送方案")
    page.get_by_label("待办事项").press("Control+Enter")
    timeline = page.get_by_role("region", name="动态")
    expect(timeline.get_by_text("看了产线 <script>alert(1)</script> 🏭")).to_be_visible()
    expect(timeline.get_by_text("上门拜访")).to_be_visible()
    expect(page.get_by_role("region", name="下次跟进")).to_contain_text("明天")
    page.get_by_role("checkbox", name="标记为完成:发送方案").first.click()
    expect(page.get_by_text("没有待办事项")).to_be_visible()
    expect(timeline.get_by_text("完成了待办事项")).to_be_visible()


def test_opening_the_composer_leaves_the_cursor_where_the_person_went_on_to(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.sign_in("sales")
    page = new_customer(visitor)
    opener = page.get_by_role("button", name="新增跟进").element_handle()
    moment = page.get_by_label("跟进时间", exact=True).element_handle()
    # Both before the browser draws its next picture, then two pictures.
    page.evaluate(
        """async ([opener, moment]) => {
            opener.click();
            moment.focus();
            for (let n = 0; n < 2; n += 1) await new Promise((drawn) => requestAnimationFrame(drawn));
        }""",
        [opener, moment],
    )
    expect(page.get_by_label("跟进时间", exact=True)).to_be_focused()


def test_an_empty_follow_up_is_told_at_its_field(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.sign_in("sales")
    page = new_customer(visitor)
    page.get_by_role("button", name="新增跟进").click()
    page.get_by_label("跟进时间", exact=True).fill("2099-01-01 10:00")
    page.get_by_role("button", name="保存跟进").click()
    expect(page.get_by_text("请填写跟进内容")).to_be_visible()
    expect(page.get_by_text("跟进时间不能晚于现在")).to_be_visible()
    expect(page.get_by_label("跟进时间", exact=True)).to_be_focused()
    page.get_by_label("跟进内容").fill("好")
    expect(page.get_by_text("请填写跟进内容")).to_have_count(0)


def test_what_is_typed_survives_a_reload_and_a_visit_elsewhere(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.sign_in("sales")
    page = new_customer(visitor)
    here = path_of(page)
    page.get_by_role("button", name="新增跟进").click()
    page.get_by_label("跟进内容").fill("写到一半")
    page.reload()
    visitor.ready()
    expect(page.get_by_label("跟进内容")).to_have_value("写到一半")
    other = new_customer(visitor)
    expect(other.get_by_label("跟进内容")).to_have_value("")
    visitor.goto(here)
    expect(page.get_by_label("跟进内容")).to_have_value("写到一半")
    page.get_by_label("跟进内容").press("Control+Enter")
    expect(page.get_by_role("region", name="动态").get_by_text("写到一半")).to_be_visible()
    page.reload()
    visitor.ready()
    expect(page.get_by_label("跟进内容")).to_have_value("")


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[list[Server]]:
    """A server of one's own to kill; the last one in the list runs."""
    servers = [start_server(tmp_path / "data")]
    yield servers
    stop_server(servers[-1])


def test_what_is_typed_survives_the_death_of_the_server(visit: Callable[..., Visitor], mortal: list[Server]) -> None:
    visitor = visit(on=mortal[0])
    visitor.sign_in("sales")
    page = new_customer(visitor)
    page.get_by_role("button", name="新增跟进").click()
    page.get_by_label("跟进内容").fill("服务器停了也在")
    mortal[0].process.send_signal(signal.SIGKILL)
    mortal[0].process.wait()
    page.get_by_label("客户反馈").fill("离线时写的")
    expect(page.get_by_text("连接已断开")).to_be_visible()
    mortal.append(start_server(mortal[0].data_dir, port=int(mortal[0].url.rsplit(":", 1)[1])))
    expect(page.get_by_text("连接已断开")).to_have_count(0)
    page.get_by_role("button", name="保存跟进").click()
    timeline = page.get_by_role("region", name="动态")
    expect(timeline.get_by_text("服务器停了也在")).to_be_visible()
    expect(timeline.get_by_text("离线时写的")).to_be_visible()


def test_two_people_edit_the_same_field_and_the_second_chooses(visit: Callable[..., Visitor]) -> None:
    rep, boss = visit(), visit()
    rep.sign_in("sales")
    boss.sign_in("admin")
    page = new_customer(rep)
    edit(page, "企业地址", "第一个地址")
    expect(page.get_by_role("button", name="编辑 企业地址")).to_have_text("第一个地址")
    theirs = boss.goto(path_of(page))
    expect(theirs.get_by_role("button", name="编辑 企业地址")).to_have_text("第一个地址")
    page.get_by_role("button", name="编辑 企业地址").click()
    page.get_by_label("企业地址", exact=True).fill("我的地址")
    # The other's change comes while the field is open: it must not touch what is typed, nor be overwritten unseen.
    edit(theirs, "企业地址", "对方的地址")
    expect(page.get_by_role("region", name="动态").get_by_text("对方的地址").first).to_be_visible()
    expect(page.get_by_label("企业地址", exact=True)).to_have_value("我的地址")
    page.get_by_label("企业地址", exact=True).press("Enter")
    question = page.get_by_role("dialog")
    expect(question).to_contain_text("对方的地址")
    expect(question).to_contain_text("我的地址")
    question.get_by_role("button", name="保存我的").click()
    expect(page.get_by_role("button", name="编辑 企业地址")).to_have_text("我的地址")
    expect(theirs.get_by_role("button", name="编辑 企业地址")).to_have_text("我的地址")


def test_escape_gives_up_and_a_wrong_value_stays_to_be_mended(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.sign_in("sales")
    page = new_customer(visitor)
    page.get_by_role("button", name="编辑 企业地址").click()
    page.get_by_label("企业地址", exact=True).fill("不要保存")
    page.get_by_label("企业地址", exact=True).press("Escape")
    expect(page.get_by_role("button", name="编辑 企业地址")).to_have_text("未填写")
    edit(page, "统一社会信用代码", "91440300708461136X")
    expect(page.get_by_role("alert").filter(has_text="校验位")).to_be_visible()
    expect(page.get_by_label("统一社会信用代码", exact=True)).to_have_value("91440300708461136X")


def test_a_level_change_asks_for_just_what_it_needs(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.sign_in("sales")
    page = new_customer(visitor)
    number = path_of(page).rsplit("/", 1)[1]
    page.get_by_role("button", name="变更等级").click()
    page.get_by_role("radio", name="流失客户").click()
    expect(page.get_by_label("流失原因")).to_be_visible()
    expect(page.get_by_label("成交金额")).to_have_count(0)
    page.get_by_role("radio", name="成交客户").click()
    page.get_by_role("button", name="确认变更").click()
    for text in ("请填写成交金额", "请填写成交日期", "请填写合同编号"):
        expect(page.get_by_text(text)).to_be_visible()
    page.get_by_label("成交金额").fill("52万")
    page.get_by_label("成交日期").fill("2024-05-01")
    page.get_by_label("合同编号").fill(f"HT-{number}")
    page.get_by_role("button", name="确认变更").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("region", name="动态").get_by_text("¥520,000.00")).to_be_visible()
    expect(page.get_by_role("complementary", name="关键数据")).to_contain_text("52万")


def test_contacts_are_masked_until_they_are_shown_on_purpose(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.sign_in("sales")
    page = new_customer(visitor)
    expect(page.get_by_text("张*")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("拨打"))).to_have_count(0)
    page.get_by_role("button", name="显示完整信息").click()
    expect(page.get_by_text("张三", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name=re.compile(r"拨打 1\d{10}"))).to_have_attribute(
        "href", re.compile(r"^tel:1\d{10}$")
    )


def test_a_link_to_anothers_customer_tells_no_more_than_one_to_none(visit: Callable[..., Visitor]) -> None:
    owner, stranger = visit(), visit()
    owner.sign_in("admin")
    page = new_customer(owner)
    name = page.get_by_role("heading", level=1).inner_text()
    stranger.sign_in("sales")
    seen = []
    for path in (path_of(page), "/customers/MFG-1999-999"):
        there = stranger.goto(path)
        expect(there.get_by_role("heading", name="没有找到")).to_be_visible()
        assert name not in there.content()
        seen.append(there.get_by_role("main").inner_text())
    assert seen[0] == seen[1]
    there.get_by_role("link", name="返回首页").click()
    expect(there).to_have_url(re.compile("/today$"))


def test_a_rep_does_a_task_and_takes_it_back_from_his_day(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.sign_in("sales")
    page = new_customer(visitor)
    title = f"寄样品 {fresh_name()}"
    page.get_by_role("tab", name="任务").click()
    page.get_by_label("待办事项").fill(title)
    page.get_by_label("截止时间").fill("2024-05-01")
    page.get_by_role("button", name="添加任务").click()
    expect(page.get_by_text("这个时间已经过去")).to_be_visible()
    page.get_by_label("截止时间").fill("")
    page.get_by_role("button", name="打开日历").first.wait_for()
    page.evaluate(
        "d => { const f = document.querySelector('[name=due_at]');"
        " Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(f, d);"
        " f.dispatchEvent(new Event('input', {bubbles: true})); }",
        page.evaluate("new Date(Date.now() + 8 * 3600e3 + 600e3).toISOString().slice(0, 16).replace('T', ' ')"),
    )
    page.get_by_role("button", name="添加任务").click()
    expect(page.get_by_role("complementary", name="关键数据").get_by_text(title)).to_be_visible()
    page = visitor.goto("/today")
    row = page.get_by_role("listitem").filter(has_text=title)
    row.get_by_role("checkbox").click()
    done = page.get_by_role("listitem").filter(has_text=title)
    done.get_by_role("button", name=re.compile("恢复为待办")).click()
    expect(page.get_by_role("checkbox", name=f"标记为完成:{title}")).to_be_visible()
    row.get_by_role("checkbox").click()
    # The message of the first time may still stand there: it is not what is taken back.
    expect(done.get_by_role("button", name=re.compile("恢复为待办"))).to_be_visible()
    said = page.get_by_role("status").filter(has_text="任务已完成").last
    said.hover()
    said.get_by_role("button", name="撤销").click()
    expect(page.get_by_role("checkbox", name=f"标记为完成:{title}")).to_be_visible()
    page.get_by_role("button", name=f"延期:{title}").click()
    page.get_by_role("button", name="下周一").click()
    expect(page.get_by_text("任务已延期")).to_be_visible()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1440, 360])
def test_neither_page_has_a_serious_barrier_nor_scrolls_sideways(
    visit: Callable[..., Visitor], width: int, dark: bool
) -> None:
    visitor = visit(width=width, dark=dark)
    visitor.sign_in("sales")
    found = {"today": serious(visitor.goto("/today"))}
    page = new_customer(visitor)
    page.get_by_role("button", name="新增跟进").click()
    page.get_by_role("button", name="保存跟进").click()
    expect(page.get_by_text("请填写跟进内容")).to_be_visible()
    found["customer"] = serious(page)
    page.get_by_role("button", name="变更等级").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    found["level"] = serious(page)
    page.keyboard.press("Escape")
    if width == 360:
        page.get_by_role("button", name="资料", exact=True).click()
    page.get_by_role("button", name="编辑标签").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    found["tags"] = serious(page)
    wide = page.evaluate("Math.max(document.documentElement.scrollWidth, document.querySelector('main').scrollWidth)")
    assert {place: barriers for place, barriers in found.items() if barriers} == {}
    assert wide <= width

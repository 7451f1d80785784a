"""The page of one customer through the real event machinery and guard."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from crm_app.access.actor import Actor
from crm_app.access.audit import Action
from crm_app.access.state import Frame
from crm_app.core.clock import utcnow
from crm_app.core.db import Database
from crm_app.customer_page.state import Composer, Contacts, CustomerPage, Facts, Levels
from crm_app.models import AuditEntry, Contact, Customer, FollowUp, LevelChange, Tag, Task
from crm_app.options.service import seed_presets
from crm_app.ui.live import live_pages
from tests.factories import Office, make_customer
from tests.tabs import Tab, Tabs, eventually


@dataclass(frozen=True, slots=True)
class Scene:
    """One customer of `sales` and a way to open its page."""

    db: Database
    office: Office
    tabs: Tabs
    number: str

    async def open(self, actor: Actor | None, number: str = "") -> Tab:
        """A tab of this person on the page."""
        tab = await self.tabs.open(actor)
        await self.fire(tab, CustomerPage.load, number)
        return tab

    async def fire(self, tab: Tab, event: Any, number: str = "") -> None:
        """An event as the page sends it."""
        number = number or self.number
        await tab.fire(event, f"/customers/{number}", number=number)

    def session(self) -> Session:
        """To look at the database."""
        return Session(self.db.engine)

    def customer(self) -> Customer:
        """The row as it is."""
        with self.session() as session:
            return session.exec(select(Customer).where(Customer.number == self.number)).one()


@pytest.fixture
def scene(sqlite_db: Database, sqlite_office: Office, tabs: Tabs) -> Scene:
    """See Scene."""
    with sqlite_db.writing() as session:
        seed_presets(session)
        made = make_customer(session, owner=sqlite_office.sales)
    return Scene(sqlite_db, sqlite_office, tabs, made.number)


async def test_the_page_opens_with_everything_at_once(scene: Scene) -> None:
    tab = await scene.open(scene.office.sales)
    page = await tab.state(CustomerPage)
    assert (await tab.state(Frame)).gate == "open"
    assert (page.view.number, page.view.owner, page.view.rights.edit) == (scene.number, "李销售", True)
    assert page.facts["industry"].shown == "制造业"
    assert page.methods


async def test_a_foreign_number_and_a_missing_one_get_the_same_answer_and_nothing_else(scene: Scene) -> None:
    answers = []
    for number in (scene.number, "MFG-1999-999"):
        tab = await scene.open(scene.office.outsider, number)
        page = await tab.state(CustomerPage)
        assert (await tab.state(Frame)).gate == "missing"
        assert (page.view.number, page.entries, page.facts, page.people) == ("", [], {}, [])
        sent = repr(tab.sent).replace(number, "#").replace(tab.token, "#")
        assert "精密机械" not in sent
        answers.append(sent)
    assert answers[0] == answers[1]


async def test_a_page_that_goes_out_of_reach_is_emptied(scene: Scene) -> None:
    tab = await scene.open(scene.office.sales)
    with scene.db.writing() as session:
        row = session.exec(select(Customer).where(Customer.number == scene.number)).one()
        row.owner_id, row.department_id = scene.office.outsider.user_id, scene.office.north
    await scene.fire(tab, CustomerPage.load)
    page = await tab.state(CustomerPage)
    assert (page.view.name, page.facts, (await tab.state(Frame)).gate) == ("", {}, "missing")


async def test_another_customer_begins_anew(scene: Scene) -> None:
    with scene.db.writing() as session:
        other = make_customer(session, owner=scene.office.sales).number
    tab = await scene.open(scene.office.sales)
    contact = (await tab.state(CustomerPage)).view.contacts[0].id
    await scene.fire(tab, Contacts.reveal(contact))
    await scene.fire(tab, Composer.type_follow_up("content", "写给第一个客户"))
    await scene.fire(tab, CustomerPage.filter_kind("task"))
    await scene.fire(tab, CustomerPage.load, other)
    page, composer = await tab.state(CustomerPage), await tab.state(Composer)
    assert (page.view.number, page.kind, page._revealed) == (other, "", {})
    assert composer.follow_up["content"] == ""


async def test_loading_the_same_customer_again_keeps_what_is_typed(scene: Scene) -> None:
    tab = await scene.open(scene.office.sales)
    await scene.fire(tab, Composer.type_follow_up("content", "写到一半"))
    await scene.fire(tab, CustomerPage.load)
    assert (await tab.state(Composer)).follow_up["content"] == "写到一半"


# --- composer and timeline


async def test_a_follow_up_is_saved_and_stands_on_the_timeline(scene: Scene) -> None:
    tab = await scene.open(scene.office.sales)
    for field, value in (("content", "确认方案"), ("next_step", "发合同"), ("next_at", "2099-01-01 10:00")):
        await scene.fire(tab, Composer.type_follow_up(field, value))
    await scene.fire(tab, Composer.save_follow_up)
    composer = await tab.state(Composer)
    assert composer.follow_up_problems == {"next_at": "时间不能晚于五年之后", "next_due_at": "时间不能晚于五年之后"}
    assert composer.follow_up["content"] == "确认方案"
    assert (composer.follow_up_first, composer.follow_up_attempt) == ("next_at", 1)
    await scene.fire(tab, Composer.plan_next("tomorrow"))
    await scene.fire(tab, Composer.save_follow_up)
    composer, page = await tab.state(Composer), await tab.state(CustomerPage)
    assert (composer.follow_up["content"], composer.follow_up_problems) == ("", {})
    entry = next(entry for entry in page.entries if entry.kind == "follow_up")
    assert (entry.body, entry.task and entry.task.title) == ("确认方案", "发合同")
    assert [task.title for task in page.tasks] == ["发合同"]
    assert page.view.next_days == 1
    assert page.view.status == "following"


async def test_what_is_sent_again_to_a_server_that_forgot_it_is_saved_once(scene: Scene) -> None:
    for told in ("跟进已保存", "这条跟进已经保存过,没有重复添加"):
        tab = await scene.open(scene.office.sales)  # As after a restart: nothing is remembered of the tab.
        await scene.fire(tab, Composer.type_follow_up("content", "确认方案"))
        await scene.fire(tab, Composer.save_follow_up("t-1"))
        assert (await tab.state(Frame)).toast.text == told
        for field, value in (("title", "寄样品"), ("due_at", str((utcnow() + timedelta(days=2)).date()))):
            await scene.fire(tab, Composer.type_task(field, value))
        await scene.fire(tab, Composer.save_task("t-2"))
    with scene.session() as session:
        assert (len(session.exec(select(FollowUp)).all()), len(session.exec(select(Task)).all())) == (1, 1)


async def test_what_was_wrong_is_checked_again_while_it_is_mended(scene: Scene) -> None:
    tab = await scene.open(scene.office.sales)
    await scene.fire(tab, Composer.save_follow_up)
    assert "content" in (await tab.state(Composer)).follow_up_problems
    await scene.fire(tab, Composer.type_follow_up("content", "好"))
    assert (await tab.state(Composer)).follow_up_problems == {}


async def test_a_task_is_saved_from_its_tab(scene: Scene) -> None:
    tab = await scene.open(scene.office.sales)
    await scene.fire(tab, Composer.choose("task"))
    await scene.fire(tab, Composer.save_task)
    assert (await tab.state(Composer)).task_first == "title"
    for field, value in (("title", "寄样品"), ("due_at", str((utcnow() + timedelta(days=2)).date()))):
        await scene.fire(tab, Composer.type_task(field, value))
    await scene.fire(tab, Composer.save_task)
    page = await tab.state(CustomerPage)
    assert [task.title for task in page.tasks] == ["寄样品"]
    await scene.fire(tab, CustomerPage.complete_task(page.tasks[0].id, page.tasks[0].version))
    page = await tab.state(CustomerPage)
    assert (page.tasks, page.entries[0].action) == ([], "完成了待办事项")


async def test_a_reader_without_the_function_writes_nothing(scene: Scene) -> None:
    tab = await scene.open(scene.office.finance)
    await scene.fire(tab, Composer.type_follow_up("content", "x"))
    await scene.fire(tab, Composer.save_follow_up)
    await scene.fire(tab, Facts.save("address", "x", 1))
    with scene.session() as session:
        assert session.exec(select(FollowUp)).all() == []
    assert scene.customer().address == ""
    assert (await tab.state(Frame)).toast.kind == "error"


async def test_the_timeline_reads_on_and_filters(scene: Scene) -> None:
    customer = scene.customer()
    with scene.db.writing() as session:
        session.add_all(
            FollowUp(
                customer_id=customer.id or 0, user_id=scene.office.sales.user_id, method="phone", content=f"{i}",
                at=utcnow() - timedelta(hours=i),
            )
            for i in range(120)
        )  # fmt: skip
        session.add(Task(customer_id=customer.id, user_id=scene.office.sales.user_id, title="t", due_at=utcnow()))
    tab = await scene.open(scene.office.sales)
    assert len((await tab.state(CustomerPage)).entries) == 50
    await scene.fire(tab, CustomerPage.read_on)
    await scene.fire(tab, CustomerPage.read_on)
    page = await tab.state(CustomerPage)
    assert (len(page.entries), page.more) == (121, "")
    days = [entry.day for entry in page.entries]
    starts = [entry.day for entry in page.entries if entry.starts_day]
    assert starts == list(dict.fromkeys(days)), "each day is headed once, also across pages"
    await scene.fire(tab, CustomerPage.filter_kind("task"))
    assert [entry.kind for entry in (await tab.state(CustomerPage)).entries] == ["task"]
    await scene.fire(tab, CustomerPage.filter_kind("nonsense"))
    assert len((await tab.state(CustomerPage)).entries) == 50


# --- facts


async def test_a_fact_is_edited_in_its_place(scene: Scene) -> None:
    tab = await scene.open(scene.office.sales)
    await scene.fire(tab, Facts.save("address", " 科技园 1 号 ", 1))
    page, facts = await tab.state(CustomerPage), await tab.state(Facts)
    assert (page.facts["address"].shown, facts.saves) == ("科技园 1 号", 1)
    assert page.entries[0].action == "修改了企业地址"


async def test_a_wrong_value_is_told_at_its_field(scene: Scene) -> None:
    tab = await scene.open(scene.office.sales)
    await scene.fire(tab, Facts.save("name", "", 1))
    facts = await tab.state(Facts)
    assert (facts.problem.field, facts.problem.text, facts.saves) == ("name", "请填写客户名称", 0)


@pytest.mark.parametrize(("choice", "expected"), [(Facts.keep_mine, "我的"), (Facts.take_theirs, "对方的")])
async def test_the_second_save_sees_what_changed_by_whom_and_chooses(scene: Scene, choice: Any, expected: str) -> None:
    mine, theirs = await scene.open(scene.office.sales), await scene.open(scene.office.manager)
    await scene.fire(theirs, Facts.save("address", "对方的", 1))
    await scene.fire(mine, Facts.save("address", "我的", 1))
    clash = (await mine.state(Facts)).clash
    assert (clash.label, clash.mine, clash.theirs, clash.by) == ("企业地址", "我的", "对方的", "陈经理")
    assert scene.customer().address == "对方的", "nothing is overwritten silently"
    await scene.fire(mine, choice)
    assert scene.customer().address == expected
    assert (await mine.state(Facts)).clash.field == ""
    assert (await mine.state(CustomerPage)).facts["address"].shown == expected


async def test_changes_of_different_fields_both_stay(scene: Scene) -> None:
    mine, theirs = await scene.open(scene.office.sales), await scene.open(scene.office.manager)
    await scene.fire(theirs, Facts.save("note", "备注", 1))
    await scene.fire(mine, Facts.save("address", "地址", 1))
    assert (scene.customer().note, scene.customer().address) == ("备注", "地址")


async def test_a_credit_code_of_another_customer_needs_a_confirmation(scene: Scene) -> None:
    code = "91350100M000100Y43"
    with scene.db.writing() as session:
        make_customer(session, owner=scene.office.outsider, credit_code=code, name="不可见的公司")
    tab = await scene.open(scene.office.sales)
    await scene.fire(tab, Facts.save("credit_code", code, 1))
    clash = (await tab.state(Facts)).clash
    assert clash.duplicate
    assert (clash.theirs, scene.customer().credit_code) == ("赵北方", "")
    await scene.fire(tab, Facts.keep_mine)
    assert scene.customer().credit_code == code


async def test_places_are_picked_in_cascade(scene: Scene) -> None:
    tab = await scene.open(scene.office.sales)
    await scene.fire(tab, Facts.begin("region"))
    assert len((await tab.state(Facts)).region_levels) == 1
    for code in ("440000", "440300", "440305"):
        await scene.fire(tab, Facts.pick_place(code))
    assert (await tab.state(Facts)).region_path == ["440000", "440300", "440305"]
    await scene.fire(tab, Facts.save("region", "440305", 1))
    assert scene.customer().district == "440305"
    await scene.fire(tab, Facts.pick_place("nonsense"))
    assert (await tab.state(Facts)).region_path == []


async def test_two_people_put_on_tags_at_once_and_both_stay(scene: Scene) -> None:
    with scene.session() as session:
        first, second = session.exec(select(Tag.id).order_by(Tag.id).limit(2)).all()  # type: ignore[arg-type]
    mine, theirs = await scene.open(scene.office.sales), await scene.open(scene.office.manager)
    await scene.fire(theirs, Facts.put_tag(first, True))
    await scene.fire(mine, Facts.put_tag(second, True))
    await scene.fire(mine, Facts.put_new_tag({"name": "老朋友"}))
    names = [tag.name for tag in (await mine.state(CustomerPage)).view.tags]
    assert len(names) == 3
    assert "老朋友" in names
    await scene.fire(mine, Facts.put_tag(first, False))
    assert len((await mine.state(CustomerPage)).view.tags) == 2


async def test_collaborators_come_and_go(scene: Scene) -> None:
    tab = await scene.open(scene.office.sales)
    helper = scene.office.sales2.user_id
    await scene.fire(tab, Facts.put_collaborator(helper, True))
    assert [person.name for person in (await tab.state(CustomerPage)).view.collaborators] == ["王销售"]
    assert (await tab.state(CustomerPage)).entries[0].lines[0].value == "王销售"
    await scene.fire(tab, Facts.put_collaborator(helper, False))
    assert (await tab.state(CustomerPage)).view.collaborators == ()


async def test_a_manager_hands_the_customer_over_and_a_rep_does_not(scene: Scene) -> None:
    rep = await scene.open(scene.office.sales)
    await scene.fire(rep, Facts.save("owner", str(scene.office.sales2.user_id), 1))
    assert scene.customer().owner_id == scene.office.sales.user_id
    manager = await scene.open(scene.office.manager)
    await scene.fire(manager, Facts.save("owner", str(scene.office.sales2.user_id), 1))
    assert scene.customer().owner_id == scene.office.sales2.user_id
    assert (await manager.state(CustomerPage)).view.owner == "王销售"


# --- contacts


def contact_of(scene: Scene) -> Contact:
    with scene.session() as session:
        return session.exec(select(Contact)).one()


async def test_a_contact_is_shown_in_full_on_purpose_and_that_is_recorded(scene: Scene) -> None:
    contact = contact_of(scene)
    tab = await scene.open(scene.office.sales)
    assert contact.mobile not in repr(tab.sent)
    await scene.fire(tab, Contacts.reveal(contact.id or 0))
    card = (await tab.state(CustomerPage)).view.contacts[0]
    assert (card.name, card.mobile, card.email) == (contact.name, contact.mobile, contact.email)
    with scene.session() as session:
        entries = session.exec(select(AuditEntry).where(AuditEntry.action == Action.CONTACT_REVEALED)).all()
    assert [(entry.user_id, entry.subject_id) for entry in entries] == [(scene.office.sales.user_id, str(contact.id))]
    await scene.fire(tab, Contacts.hide(contact.id or 0))
    assert "****" in (await tab.state(CustomerPage)).view.contacts[0].mobile


async def test_who_may_not_reveal_gets_nothing_and_leaves_a_trace(scene: Scene) -> None:
    contact = contact_of(scene)
    for who in (scene.office.service, scene.office.finance, scene.office.outsider):
        tab = await scene.open(who)
        await scene.fire(tab, Contacts.reveal(contact.id or 0))
        assert contact.mobile not in repr(tab.sent)
    with scene.session() as session:
        assert session.exec(select(AuditEntry).where(AuditEntry.action == Action.CONTACT_REVEALED)).all() == []
        assert session.exec(select(AuditEntry).where(AuditEntry.action == Action.ACCESS_DENIED)).all()


async def test_a_contact_is_edited_without_being_revealed(scene: Scene) -> None:
    contact = contact_of(scene)
    tab = await scene.open(scene.office.sales)
    await scene.fire(tab, Contacts.open_form(contact.id or 0))
    form = await tab.state(Contacts)
    assert (form.form["mobile"], form.hints["mobile"]) == ("", f"{contact.mobile[:3]}****{contact.mobile[-4:]}")
    await scene.fire(tab, Contacts.type("position", "总经理"))
    await scene.fire(tab, Contacts.save)
    after = contact_of(scene)
    assert (after.position, after.mobile, after.email) == ("总经理", contact.mobile, contact.email)
    assert not (await tab.state(Contacts)).form_open


async def test_a_wrong_contact_is_told_at_its_field_and_kept(scene: Scene) -> None:
    tab = await scene.open(scene.office.sales)
    await scene.fire(tab, Contacts.open_form(0))
    for field, value in (("name", "李四"), ("mobile", "1380000")):
        await scene.fire(tab, Contacts.type(field, value))
    await scene.fire(tab, Contacts.save)
    form = await tab.state(Contacts)
    assert (set(form.problems), form.first, form.form["name"]) == ({"mobile"}, "mobile", "李四")
    await scene.fire(tab, Contacts.type("mobile", "13900001111"))
    await scene.fire(tab, Contacts.save)
    assert len((await tab.state(CustomerPage)).view.contacts) == 2


async def test_a_contact_is_removed_by_the_second_click_only(scene: Scene) -> None:
    tab = await scene.open(scene.office.sales)
    await scene.fire(tab, Contacts.open_form(0))
    for field, value in (("name", "李四"), ("mobile", "13900001111")):
        await scene.fire(tab, Contacts.type(field, value))
    await scene.fire(tab, Contacts.save)
    added = next(card for card in (await tab.state(CustomerPage)).view.contacts if not card.is_main)
    await scene.fire(tab, Contacts.open_form(added.id))
    await scene.fire(tab, Contacts.remove)
    assert len((await tab.state(CustomerPage)).view.contacts) == 2
    await scene.fire(tab, Contacts.remove)
    assert len((await tab.state(CustomerPage)).view.contacts) == 1


async def test_a_number_of_another_customer_is_saved_by_the_second_click_only(scene: Scene) -> None:
    with scene.db.writing() as session:
        other = make_customer(session, owner=scene.office.outsider)
        mobile = session.exec(select(Contact.mobile).where(Contact.customer_id == other.id)).one()
    tab = await scene.open(scene.office.sales)
    await scene.fire(tab, Contacts.open_form(0))
    for field, value in (("name", "李四"), ("mobile", mobile)):
        await scene.fire(tab, Contacts.type(field, value))
    await scene.fire(tab, Contacts.save)
    assert "赵北方" in (await tab.state(Contacts)).notice
    await scene.fire(tab, Contacts.save)
    assert len((await tab.state(CustomerPage)).view.contacts) == 2


async def test_of_a_contact_that_two_people_edit_each_field_is_decided(scene: Scene) -> None:
    mine, theirs = await scene.open(scene.office.sales), await scene.open(scene.office.manager)
    contact_id = contact_of(scene).id or 0
    for tab, typed in (
        (mine, {"position": "经理", "mobile": "13600136000", "phone": "0755-88281234"}),
        (theirs, {"position": "总监", "mobile": "13900139000"}),
    ):
        await scene.fire(tab, Contacts.open_form(contact_id))
        for field, value in typed.items():
            await scene.fire(tab, Contacts.type(field, value))
    await scene.fire(theirs, Contacts.save)
    await scene.fire(mine, Contacts.save)
    form = await mine.state(Contacts)
    assert {line.label: (line.mine, line.theirs, line.by) for line in form.clashes} == {
        "职位": ("经理", "总监", "陈经理"),
        "手机": ("13600136000", "139****9000", "陈经理"),
    }
    assert (form.form_open, form.open_question, form.form["phone"]) == (True, True, "0755-88281234")
    assert contact_of(scene).position == "总监", "nothing is overwritten silently"
    choices = {line.field: line for line in form.clashes}
    await scene.fire(mine, Contacts.decide("contact.position", choices["contact.position"].take_theirs))
    form = await mine.state(Contacts)
    assert (form.open_question, "总监" in form.notes["position"]) == (True, True)
    await scene.fire(mine, Contacts.decide("contact.mobile", choices["contact.mobile"].keep_mine))
    await scene.fire(mine, Contacts.decide("contact.email", "mine@9"))
    assert not (await mine.state(Contacts)).open_question
    await scene.fire(mine, Contacts.save)
    saved = contact_of(scene)
    assert (saved.position, saved.mobile, saved.phone) == ("总监", "13600136000", "0755-88281234")
    assert not (await mine.state(Contacts)).form_open


async def test_a_decision_holds_for_the_change_that_was_seen_only(scene: Scene) -> None:
    mine, theirs = await scene.open(scene.office.sales), await scene.open(scene.office.manager)
    contact_id = contact_of(scene).id or 0

    async def change(position: str) -> None:
        await scene.fire(theirs, Contacts.open_form(contact_id))
        await scene.fire(theirs, Contacts.type("position", position))
        await scene.fire(theirs, Contacts.save)

    await scene.fire(mine, Contacts.open_form(contact_id))
    await scene.fire(mine, Contacts.type("position", "经理"))
    await change("总监")
    await scene.fire(mine, Contacts.save)
    (line,) = (await mine.state(Contacts)).clashes
    await scene.fire(mine, Contacts.decide(line.field, line.keep_mine))
    await change("副总")
    await scene.fire(mine, Contacts.save)
    form = await mine.state(Contacts)
    assert ([line.theirs for line in form.clashes], form.open_question) == (["副总"], True)
    assert contact_of(scene).position == "副总"


async def test_a_contact_form_opened_again_is_judged_by_what_was_seen_first(scene: Scene) -> None:
    mine, theirs = await scene.open(scene.office.sales), await scene.open(scene.office.manager)
    contact_id = contact_of(scene).id or 0
    begun = (await mine.state(CustomerPage)).view.version
    await scene.fire(theirs, Contacts.open_form(contact_id))
    await scene.fire(theirs, Contacts.type("position", "总监"))
    await scene.fire(theirs, Contacts.save)
    await scene.fire(mine, CustomerPage.load)
    await scene.fire(mine, Contacts.open_form(contact_id, begun))
    await scene.fire(mine, Contacts.type("position", "经理"))
    await scene.fire(mine, Contacts.save)
    assert [line.theirs for line in (await mine.state(Contacts)).clashes] == ["总监"]


async def test_the_form_of_a_contact_that_is_gone_does_not_become_that_of_a_new_one(scene: Scene) -> None:
    tab = await scene.open(scene.office.sales)
    await scene.fire(tab, Contacts.open_form(999_999))
    assert not (await tab.state(Contacts)).form_open


async def test_a_form_that_is_given_up_is_forgotten_and_one_that_is_closed_is_kept(scene: Scene) -> None:
    tab = await scene.open(scene.office.sales)
    for state, open_it, close_it in (
        (Contacts, Contacts.open_form(0), Contacts.show_form(False)),
        (Levels, Levels.open, Levels.show(False)),
    ):
        await scene.fire(tab, open_it)
        await scene.fire(tab, close_it)
        assert (await tab.state(state)).done == 0
        await scene.fire(tab, open_it)
        await scene.fire(tab, state.give_up)
        assert (await tab.state(state)).done == 1
    assert not (await tab.state(Contacts)).form_open
    assert not (await tab.state(Levels)).is_open


# --- level


async def test_a_level_asks_for_just_what_it_needs(scene: Scene) -> None:
    tab = await scene.open(scene.office.sales)
    await scene.fire(tab, Levels.open)
    await scene.fire(tab, Levels.choose("won"))
    await scene.fire(tab, Levels.save)
    level = await tab.state(Levels)
    assert set(level.problems) == {"deal_amount", "deal_on", "contract_number"}
    assert (level.problems["deal_amount"], level.is_open) == ("请填写成交金额", True)
    for field, value in (("deal_amount", "52万"), ("deal_on", str(utcnow().date())), ("contract_number", "HT-1")):
        await scene.fire(tab, Levels.type(field, value))
    await scene.fire(tab, Levels.save)
    page = await tab.state(CustomerPage)
    assert (page.view.level, page.view.total_amount, (await tab.state(Levels)).is_open) == ("won", "52万", False)
    await scene.fire(tab, CustomerPage.filter_kind("level"))
    assert [line.label for line in (await tab.state(CustomerPage)).entries[0].lines] == [
        "客户等级",
        "成交金额",
        "成交日期",
        "合同编号",
    ]


async def test_a_loss_needs_its_reason(scene: Scene) -> None:
    tab = await scene.open(scene.office.sales)
    await scene.fire(tab, Levels.open)
    await scene.fire(tab, Levels.choose("lost"))
    await scene.fire(tab, Levels.save)
    assert (await tab.state(Levels)).problems == {"loss_reason": "请填写流失原因"}
    await scene.fire(tab, Levels.type("loss_reason", "price"))
    await scene.fire(tab, Levels.save)
    assert scene.customer().level == "lost"


async def test_a_level_that_another_changed_meanwhile_is_told(scene: Scene) -> None:
    mine, theirs = await scene.open(scene.office.sales), await scene.open(scene.office.manager)
    await scene.fire(mine, Levels.open)
    await scene.fire(theirs, Levels.open)
    await scene.fire(theirs, Levels.choose("intent"))
    await scene.fire(theirs, Levels.save)
    await scene.fire(mine, Levels.choose("lost"))
    await scene.fire(mine, Levels.type("loss_reason", "price"))
    await scene.fire(mine, Levels.save)
    assert "陈经理" in (await mine.state(Levels)).problems["level"]
    assert scene.customer().level == "intent"
    with scene.session() as session:
        assert len(session.exec(select(LevelChange)).all()) == 1


async def test_what_no_page_sends_is_refused_and_changes_nothing(scene: Scene) -> None:
    tab = await scene.open(scene.office.sales)
    before = scene.customer()
    for event in (
        Facts.save("version", "99", 1),
        Facts.save("number", "X", 1),
        Facts.save("level", "won", 1),
        Facts.save("owner_id", "1", 1),
        Levels.choose("emperor"),
        Composer.type_follow_up("task_id", "1"),
        Contacts.type("customer_id", "1"),
    ):
        await scene.fire(tab, event)
    await scene.fire(tab, Levels.save)
    assert scene.customer() == before


# --- live


async def test_what_another_person_changes_shows_without_a_reload(scene: Scene) -> None:
    async with live_pages(scene.tabs.app):
        mine, theirs = await scene.open(scene.office.sales), await scene.open(scene.office.manager)

        async def shows(address: str) -> bool:
            return (await mine.state(CustomerPage)).facts["address"].shown == address

        for address in ("第一次", "第二次"):
            await scene.fire(theirs, Facts.save("address", address, 99))
            await eventually(lambda address=address: shows(address))
        await scene.fire(theirs, Composer.type_follow_up("content", "经理来电"))
        await scene.fire(theirs, Composer.save_follow_up)

        async def told() -> bool:
            return any(entry.body == "经理来电" for entry in (await mine.state(CustomerPage)).entries)

        await eventually(told)


async def test_a_customer_that_is_taken_away_leaves_the_screen(scene: Scene) -> None:
    boss, outsider = scene.office.admin, scene.office.outsider.user_id
    async with live_pages(scene.tabs.app):
        mine, theirs = await scene.open(scene.office.sales), await scene.open(boss)
        await scene.fire(theirs, Facts.save("owner", str(outsider), 1))

        async def gone() -> bool:
            return (await mine.state(Frame)).gate == "missing"

        await eventually(gone)
        assert (await mine.state(CustomerPage)).view.name == ""


async def test_a_push_for_a_page_that_was_left_changes_nothing(scene: Scene) -> None:
    tab = await scene.open(scene.office.sales)
    await tab.fire(CustomerPage.refresh, "/today")
    await tab.fire(CustomerPage.load, "/today")
    assert (await tab.state(Frame)).gate == "open"
    assert (await tab.state(CustomerPage)).view.number == scene.number

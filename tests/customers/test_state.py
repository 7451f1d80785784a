from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import col, select

from crm_app.access.state import Frame
from crm_app.core.clock import utcnow
from crm_app.customers.state import CustomerForm
from crm_app.customers.state.create import BeforeLine
from crm_app.fields.schemas import FieldInput, RecordKind
from crm_app.fields.service import add_field
from crm_app.models import AuditEntry, Contact, ContactValue, Customer, CustomerTag
from tests.customers.forms import CREDIT_CODE, a_contact, create
from tests.factories import Office
from tests.tabs import Tab, Tabs

Run = Callable[..., Any]
PATH = "/customers/new"
GOOD = {
    "rows": "0",
    "name": "深圳市星河智造有限公司",
    "industry": "MFG",
    "contacts.0.name": "张三",
    "contacts.0.mobile": "13800138000",
}


async def check(tab: Tab, form: dict[str, str], left: list[str] | None = None) -> CustomerForm:
    await tab.fire(CustomerForm.check(form, left or []), PATH)
    return await tab.state(CustomerForm)


async def save(tab: Tab, form: dict[str, str], ticket: str = "one") -> CustomerForm:
    await tab.fire(CustomerForm.save(form, ticket), PATH)
    return await tab.state(CustomerForm)


def customers(read: Run) -> list[Customer]:
    return read(lambda s: s.exec(select(Customer)).all())


@pytest.fixture
async def tab(sqlite_desk: Office, tabs: Tabs) -> Tab:
    opened = await tabs.open(sqlite_desk.sales)
    await opened.fire(CustomerForm.open, PATH)
    return opened


async def test_the_form_offers_what_there_is(tab: Tab, sqlite_desk: Office) -> None:
    form = await tab.state(CustomerForm)
    assert {"value": "MFG", "label": "制造业"} in form.options["industry"]
    assert len(form.options["province"]) == 34
    assert {choice["label"] for choice in form.options["tags.requirement"]} >= {"采购设备", "咨询服务"}
    assert form.options["owner"] == [], "a rep creates for himself"
    assert {"value": str(sqlite_desk.outsider.user_id), "label": "赵北方 · 华北销售部"} in form.options["collaborators"]
    assert (await tab.state(Frame)).gate == "open"


async def test_a_manager_is_offered_his_department(sqlite_desk: Office, tabs: Tabs) -> None:
    tab = await tabs.open(sqlite_desk.manager)
    await tab.fire(CustomerForm.open, PATH)
    offered = {choice["label"] for choice in (await tab.state(CustomerForm)).options["owner"]}
    assert offered == {"李销售 · 华南销售部", "王销售 · 华南销售部"}


async def test_a_message_comes_when_the_field_was_left(tab: Tab) -> None:
    form = await check(tab, {"rows": "0"})
    assert (form.errors, form.valid, form.dirty) == ({}, False, False)
    assert form.wrong == "待完善:客户名称、所属行业、联系人姓名等 4 项"
    assert form.first_wrong == "name"
    form = await check(tab, {"rows": "0", "contacts.0.mobile": "1380"}, ["name", "contacts.0.mobile"])
    assert form.errors == {"name": "请填写客户名称", "contacts.0.mobile": "手机号应为 11 位,现在是 4 位"}
    assert form.dirty
    form = await check(tab, GOOD, ["name", "contacts.0.mobile"])
    assert (form.errors, form.valid, form.wrong) == ({}, True, "")


async def test_mobile_or_mail_is_asked_for_when_both_were_left(tab: Tab) -> None:
    typed = GOOD | {"contacts.0.mobile": ""}
    assert (await check(tab, typed, ["contacts.0.mobile"])).errors == {}
    form = await check(tab, typed, ["contacts.0.mobile", "contacts.0.email"])
    assert form.errors == {"contacts.0.mobile": "请填写手机或邮箱,至少一项"}


async def test_messages_are_in_the_person_s_language(sqlite_desk: Office, tabs: Tabs, write: Run) -> None:
    from crm_app.models import User

    def speak_english(session: Any) -> None:
        session.get_one(User, sqlite_desk.sales.user_id).language = "en"

    write(speak_english)
    tab = await tabs.open(sqlite_desk.sales)
    await tab.fire(CustomerForm.open, PATH)
    form = await check(tab, {"rows": "0"}, ["name"])
    assert form.errors == {"name": "Please fill in the customer name"}
    assert {"value": "MFG", "label": "Manufacturing"} in form.options["industry"]


async def test_cities_and_districts_follow(tab: Tab) -> None:
    form = await check(tab, GOOD | {"province": "440000"})
    assert {"value": "440300", "label": "深圳市"} in form.options["city"]
    assert form.options["district"] == []
    form = await check(tab, GOOD | {"province": "440000", "city": "440300"})
    assert {"value": "440305", "label": "南山区"} in form.options["district"]
    form = await check(tab, GOOD | {"province": "110000", "city": "440300", "district": "440305"})
    assert form.options["district"] == []
    assert form.valid


async def test_own_fields_of_contacts_are_asked_for_each_contact(
    tab: Tab, sqlite_desk: Office, write: Run, read: Run
) -> None:
    entries = (
        FieldInput("choice", "决策角色", options="决策者\n使用者", required=True),
        FieldInput("line", "语言", initial="中文"),
        FieldInput("line", "评价", hidden_from=("sales_rep",)),
    )
    role, spoken, _ = (
        f"own_{write(add_field, sqlite_desk.admin, entry=entry, record=RecordKind.CONTACT)}" for entry in entries
    )
    await tab.fire(CustomerForm.refresh, PATH)  # As the hub sends it to whoever has the form open.
    form = await tab.state(CustomerForm)
    assert [(view.label, view.required, view.initial) for view in form.contact_own] == [
        ("决策角色", True, ""),
        ("语言", False, "中文"),
    ]
    begun = {f"contacts.0.{spoken}": "中文", f"contacts.0.{role}": ""}
    assert not (await check(tab, {"rows": "0"} | begun)).dirty, "nobody typed anything"
    form = await check(tab, GOOD | begun, [f"contacts.0.{role}"])
    assert form.errors == {f"contacts.0.{role}": "请填写决策角色"}
    assert (form.wrong, form.first_wrong, form.valid) == ("待完善:决策角色", f"contacts.0.{role}", False)
    form = await save(tab, GOOD | begun | {f"contacts.0.{role}": "v9"})
    assert form.first_wrong == f"contacts.0.{role}"
    second = {"rows": "0,2", "contacts.2.name": "李四", "contacts.2.email": "li@example.com"}
    form = await save(tab, GOOD | begun | {f"contacts.0.{role}": "v1"} | second)
    assert form.first_wrong == f"contacts.2.{role}", "each contact has it"
    await save(tab, GOOD | begun | {f"contacts.0.{role}": "v1"} | second | {f"contacts.2.{role}": "v2"})
    stored = read(lambda s: [(one.place, one.text) for one in s.exec(select(ContactValue)).all()])
    assert sorted(text for _, text in stored) == ["v1", "v2", "中文", "中文"]


async def test_a_saved_customer_has_its_page_and_its_number_is_told(tab: Tab, sqlite_desk: Office, read: Run) -> None:
    typed = GOOD | {
        "rows": "3,0",
        "contacts.3.name": "李四",
        "contacts.3.email": "li@example.com",
        "province": "440000",
        "city": "440300",
        "tags.requirement": "1,2",
        "collaborators": str(sqlite_desk.outsider.user_id),
        "level": "intent",
    }
    form = await save(tab, typed)
    (customer,) = customers(read)
    assert form.saved == f"/customers/{customer.number}"
    assert (form.saving, form.dirty) == (False, False)
    toast = (await tab.state(Frame)).toast
    assert (toast.kind, toast.text) == ("success", f"已保存,客户编号 {customer.number}")
    assert (customer.owner_id, customer.city, customer.level) == (sqlite_desk.sales.user_id, "440300", "intent")
    contacts = read(lambda s: s.exec(select(Contact).order_by(col(Contact.is_main).desc())).all())
    assert [(contact.name, contact.is_main) for contact in contacts] == [("李四", True), ("张三", False)]
    assert len(read(lambda s: s.exec(select(CustomerTag)).all())) == 2


async def test_a_failed_save_marks_all_fields_and_leads_to_the_first(tab: Tab, read: Run) -> None:
    typed = {"rows": "5", "industry": "MFG", "note": "长" * 1001, "contacts.5.mobile": "1"}
    form = await save(tab, typed)
    assert set(form.errors) == {"name", "note", "contacts.5.name", "contacts.5.mobile"}
    assert (form.first_wrong, form.attempt, form.saving, form.saved) == ("name", 1, False, "")
    assert (await tab.state(Frame)).toast.kind == "error"
    assert customers(read) == []
    form = await check(tab, typed | {"name": "好名字"})
    assert set(form.errors) == {"note", "contacts.5.name", "contacts.5.mobile"}, "live after a failed save"
    assert form.first_wrong == "contacts.5.name"


async def test_a_save_that_is_sent_twice_is_saved_once(tab: Tab, read: Run) -> None:
    first = (await save(tab, GOOD)).saved
    assert (await save(tab, GOOD)).saved == first
    assert len(customers(read)) == 1


async def test_each_save_of_a_tab_leads_to_its_own_customer(tab: Tab, read: Run) -> None:
    first = (await save(tab, GOOD, "t-1")).saved
    other = GOOD | {"name": "西山木业有限公司", "contacts.0.mobile": "13900007777"}
    assert (await save(tab, other, "t-2")).saved not in ("", first)
    assert (await tab.state(Frame)).toast.text == f"已保存,客户编号 {customers(read)[1].number}"


async def test_a_form_whose_answer_was_lost_goes_to_its_customer_by_itself(
    sqlite_desk: Office, tabs: Tabs, read: Run
) -> None:
    saved = (await save(await tabs.open(sqlite_desk.sales), GOOD, "t-1")).saved
    tab = await tabs.open(sqlite_desk.sales)  # The server that answers now has forgotten the tab.
    await tab.fire(CustomerForm.open, PATH)
    await tab.fire(CustomerForm.check(GOOD, [], "t-1"), PATH)
    form = await tab.state(CustomerForm)
    assert (form.saved, form.hints, form.seal, form.dirty) == (saved, [], "", False)
    assert (await tab.state(Frame)).toast.text == f"已保存,客户编号 {customers(read)[0].number}"


async def test_a_form_that_was_changed_after_its_answer_was_lost_makes_no_second_customer(
    tab: Tab, read: Run, write: Run
) -> None:
    await save(tab, GOOD)
    (customer,) = customers(read)
    # Another phone, so that nothing else would warn of the first one.
    changed = GOOD | {"address": "科技园路 1 号", "contacts.0.mobile": "13900139000", "tags.risk": "", "asked": "2"}
    form = await save(tab, changed)
    assert (len(customers(read)), form.attempt, form.first_wrong, form.valid) == (1, 1, "other", False)
    assert form.before == BeforeLine(customer.number, f"/customers/{customer.number}", "企业地址", "联系人")
    assert (await tab.state(Frame)).toast.text.startswith(f"没有再次保存:此表单已保存为客户 {customer.number}")
    # Also while it is still being typed, and with the saved customer among no duplicates.
    await tab.fire(CustomerForm.check(GOOD | {"address": "科技园路 1 号"}, [], "one"), PATH)
    form = await tab.state(CustomerForm)
    assert (form.valid, form.dirty, form.saved, form.hints) == (False, True, "", [])
    assert form.wrong == f"待确认:此表单已保存为 {customer.number}"
    assert (form.before.fields, form.before.others) == ("企业地址", "")
    await tab.fire(CustomerForm.check(GOOD, [], "one"), PATH)
    form = await tab.state(CustomerForm)
    assert form.saved == f"/customers/{customer.number}", "changed back, it is what was saved"


async def test_changes_after_a_lost_answer_go_to_the_form_of_the_saved_customer(tab: Tab, read: Run) -> None:
    await save(tab, GOOD)
    changed = GOOD | {"address": "科技园路 1 号", "province": "440000", "asked": "7"}
    number = (await save(tab, changed)).before.number
    await tab.fire(CustomerForm.go_on(changed), PATH)
    form = await tab.state(CustomerForm)
    assert (form.saved, form.saved_form, form.dirty) == (f"/customers/{number}/edit", "7", False)
    assert form.carried == {
        "name": GOOD["name"],
        "industry": "MFG",
        "address": "科技园路 1 号",
        "province": "440000",
    }
    assert customers(read)[0].address == ""
    # Who typed on meanwhile stays, and takes nothing along to what he saves later.
    await tab.fire(CustomerForm.check(changed | {"address": "科技园路 2 号"}, [], "one"), PATH)
    assert (await tab.state(CustomerForm)).carried == {}


async def test_who_means_another_customer_says_so(tab: Tab, read: Run) -> None:
    await save(tab, GOOD)
    other = GOOD | {"name": "西山木业有限公司"}
    number = (await save(tab, other)).before.number
    wrong = await save(tab, other | {"other": "MFG-1999-001"})
    assert (wrong.first_wrong, len(customers(read))) == ("other", 1), "another one than the one shown"
    saved = (await save(tab, other | {"other": number})).saved
    assert [customer.name for customer in customers(read)] == [GOOD["name"], other["name"]]
    assert saved == f"/customers/{customers(read)[1].number}"
    assert (await save(tab, other | {"other": number})).saved == saved
    assert len(customers(read)) == 2


async def test_a_deleted_customer_stands_in_nobody_s_way(tab: Tab, sqlite_desk: Office, read: Run, write: Run) -> None:
    await save(tab, GOOD)
    (customer,) = customers(read)

    def change(session: Any, **values: Any) -> None:
        for name, value in values.items():
            setattr(session.get_one(Customer, customer.id), name, value)

    write(change, owner_id=sqlite_desk.outsider.user_id, department_id=sqlite_desk.outsider.department_id)
    form = await save(tab, GOOD | {"address": "科技园路 1 号"})
    assert form.before == BeforeLine(customer.number), "what stands there now is not his to see"
    await tab.fire(CustomerForm.go_on(GOOD), PATH)
    assert (await tab.state(CustomerForm)).saved == ""
    write(change, deleted_at=utcnow())
    assert (await save(tab, GOOD | {"address": "科技园路 1 号"})).saved
    assert len(customers(read)) == 2


async def test_nor_by_a_server_that_has_forgotten_the_tab(sqlite_desk: Office, tabs: Tabs, read: Run) -> None:
    saved = {(await save(await tabs.open(sqlite_desk.sales), GOOD)).saved for _ in range(2)}
    assert saved == {f"/customers/{customers(read)[0].number}"}
    assert len(customers(read)) == 1


async def test_a_server_that_forgot_everything_saves_what_it_is_sent(
    sqlite_desk: Office, tabs: Tabs, read: Run
) -> None:
    tab = await tabs.open(sqlite_desk.sales)
    assert (await check(tab, GOOD)).valid
    other = await tabs.open(sqlite_desk.sales)
    assert (await save(other, GOOD)).saved
    assert len(customers(read)) == 1


async def test_an_exact_duplicate_is_saved_only_when_this_one_was_confirmed(
    tab: Tab, sqlite_desk: Office, write: Run, read: Run
) -> None:
    write(create, sqlite_desk.outsider, a_contact(), name="北京秘密客户有限公司", credit_code=CREDIT_CODE)
    form = await check(tab, GOOD)
    (hint,) = form.hints
    assert (hint.reasons, hint.owner, hint.exact) == ("手机相同", "赵北方", True)
    assert (hint.name, hint.number, hint.href) == ("", "", "")
    assert (form.valid, form.first_wrong, form.wrong) == (False, "confirmed", "待核对:疑似重复客户")
    form = await save(tab, GOOD | {"confirmed": "on"}, "two")
    assert (form.saved, form.first_wrong, form.attempt, len(customers(read))) == ("", "confirmed", 1, 1)
    confirmed = GOOD | {"confirmed": form.seal}
    assert (await check(tab, confirmed)).valid
    other = confirmed | {"contacts.0.mobile": "13900139000", "credit_code": CREDIT_CODE}
    assert not (await check(tab, other)).valid, "another duplicate than the one confirmed"
    await check(tab, confirmed)
    assert (await save(tab, confirmed, "three")).saved
    assert len(customers(read)) == 2


async def test_alike_names_are_shown_with_the_way_to_open_them(
    tab: Tab, sqlite_desk: Office, write: Run, read: Run
) -> None:
    another = a_contact(name="钱别人", mobile="13900139000")
    ref = write(create, sqlite_desk.sales, another, name="深圳星河智造股份有限公司")
    form = await check(tab, GOOD)
    (hint,) = form.hints
    assert (hint.name, hint.href, hint.exact) == ("深圳星河智造股份有限公司", f"/customers/{ref.number}", False)
    assert hint.reasons == "名称只差公司形式"
    assert form.valid
    assert (await check(tab, GOOD | {"name": "完全不同"})).hints == []


@pytest.mark.parametrize("who", ["service", "service_lead", "marketing", "finance"])
async def test_who_may_not_create_sees_the_plain_refusal(sqlite_desk: Office, tabs: Tabs, read: Run, who: str) -> None:
    tab = await tabs.open(sqlite_desk.everybody()[who])
    await tab.fire(CustomerForm.open, PATH)
    assert (await tab.state(Frame)).gate == "forbidden"
    form = await save(tab, GOOD)
    assert (form.saved, form.options["industry"], customers(read)) == ("", [], [])
    denials = read(lambda s: s.exec(select(AuditEntry).where(AuditEntry.action == "access:denied")).all())
    assert denials


async def test_nobody_saves_without_signing_in(sqlite_desk: Office, tabs: Tabs, read: Run) -> None:
    tab = await tabs.open()
    assert (await save(tab, GOOD)).saved == ""
    assert (await check(tab, GOOD)).answer == 0
    assert customers(read) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"owner": "1,2"},
        {"owner": "999999"},
        {"owner": "-1"},
        {"number": "X-1", "owner_id": "1", "department_id": "1", "total_amount": "1000000", "version": "9"},
        {"rows": "0,0,x,-1,99999999999999999999,0"},
        {"rows": "²,٣"},
        {"contacts.0.id": "1", "contacts.0.customer_id": "1"},
        {"tags.requirement": "1,x,99999999999999999999999"},
        {"level": "potential", "status": "potential", "name": "<script>alert(1)</script>"},
    ],
)
async def test_what_no_page_of_ours_sends_does_no_harm(
    tab: Tab, sqlite_desk: Office, read: Run, changes: dict[str, str]
) -> None:
    form = await save(tab, GOOD | changes)
    for customer in customers(read):
        assert (customer.owner_id, customer.version, customer.total_amount) == (sqlite_desk.sales.user_id, 1, 0)
        assert customer.number.startswith("MFG-")
    assert bool(form.saved) == bool(customers(read))
    assert (await tab.state(Frame)).toast.text != ""
    assert "error.unexpected" not in (await tab.state(Frame)).toast.text
    assert "系统出错" not in (await tab.state(Frame)).toast.text

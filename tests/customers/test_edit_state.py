"""`/customers/<number>/edit` through the real event machinery and guard."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import col, select

from crm_app.access.state import Frame
from crm_app.core.clock import utcnow
from crm_app.customers import service
from crm_app.customers.schemas import CustomerRef, EditedForm
from crm_app.customers.state import EditForm
from crm_app.models import Customer, Option
from crm_app.recycle_bin.service import delete_customer, restore_customers
from crm_app.ui.live import live_pages
from tests.customers.forms import CREDIT_CODE, create
from tests.factories import Office
from tests.tabs import Tab, Tabs, eventually

Run = Callable[..., Any]


@pytest.fixture
def ref(sqlite_desk: Office, write: Run) -> CustomerRef:
    return write(create, sqlite_desk.sales, address="旧地址", province="", region="440305")


async def fire(tab: Tab, event: Any, number: str) -> EditForm:
    await tab.fire(event, f"/customers/{number}/edit", number=number)
    return await tab.state(EditForm)


@pytest.fixture
async def tab(sqlite_desk: Office, tabs: Tabs, ref: CustomerRef) -> Tab:
    opened = await tabs.open(sqlite_desk.sales)
    await fire(opened, EditForm.open, ref.number)
    return opened


def typed(form: EditForm, **changes: str) -> dict[str, str]:
    """What the browser sends: every field with what stands in it."""
    return {**form.values, "version": str(form.version), "rows": "0"} | changes


def by_manager(write: Run, office: Office, ref: CustomerRef, version: int, /, **changes: str) -> None:
    write(service.save_form, office.manager, form=EditedForm(ref.number, version, changes))


def stored(read: Run, ref: CustomerRef) -> Customer:
    return read(lambda s: s.get_one(Customer, ref.id))


async def test_the_form_opens_with_what_there_is(tab: Tab, ref: CustomerRef) -> None:
    form = await tab.state(EditForm)
    assert (form.of, form.version, form.values["name"]) == (ref.number, 1, "深圳市星河智造有限公司")
    assert [form.values[level] for level in ("province", "city", "district")] == ["440000", "440300", "440305"]
    assert {"value": "440305", "label": "南山区"} in form.options["district"]
    assert {"value": "won", "label": "已成交"} not in form.options["status"], "the level says otherwise"
    assert "level" not in form.values
    form = await fire(tab, EditForm.check(typed(form), []), ref.number)
    assert (form.dirty, form.valid, form.wrong, form.errors) == (False, False, "", {})


async def test_a_retired_value_stays_offered_to_who_has_it(
    sqlite_desk: Office, tabs: Tabs, ref: CustomerRef, write: Run
) -> None:
    def retire(session: Any) -> None:
        for option in session.exec(select(Option).where(col(Option.code).in_(["MFG", "RET"]))):
            option.retired_at = utcnow()

    write(retire)
    tab = await tabs.open(sqlite_desk.sales)
    form = await fire(tab, EditForm.open, ref.number)
    codes = {choice["value"] for choice in form.options["industry"]}
    assert "MFG" in codes
    assert "RET" not in codes


async def test_what_is_changed_is_saved_and_leads_back(tab: Tab, ref: CustomerRef, read: Run) -> None:
    form = await tab.state(EditForm)
    sent = typed(form, address="新地址", city="440100", district="440305", source="website")
    form = await fire(tab, EditForm.check(sent, []), ref.number)
    assert (form.dirty, form.valid) == (True, True)
    form = await fire(tab, EditForm.save(sent), ref.number)
    assert form.saved == f"/customers/{ref.number}"
    assert not form.dirty
    customer = stored(read, ref)
    assert (customer.address, customer.city, customer.district, customer.version) == ("新地址", "440100", "", 2)


async def test_what_is_wrong_is_told_when_the_field_was_left(tab: Tab, ref: CustomerRef, read: Run) -> None:
    form = await tab.state(EditForm)
    sent = typed(form, name="", founded_on="2999-01-01", address="新地址")
    form = await fire(tab, EditForm.check(sent, ["name"]), ref.number)
    assert form.errors == {"name": "请填写客户名称"}
    assert (form.wrong, form.first_wrong, form.valid) == ("待完善:客户名称、成立时间", "name", False)
    form = await fire(tab, EditForm.save(sent), ref.number)
    assert form.errors.keys() == {"name", "founded_on"}
    assert (form.attempt, form.saved, stored(read, ref).address) == (1, "", "旧地址")


async def test_a_conflict_is_put_field_by_field_and_decided(
    tab: Tab, ref: CustomerRef, sqlite_desk: Office, write: Run, read: Run
) -> None:
    form = await tab.state(EditForm)
    by_manager(write, sqlite_desk, ref, 1, address="经理的地址", region="110105", note="经理的备注", source="website")
    sent = typed(form, address="我的地址", city="440100", district="", note="我的备注")
    form = await fire(tab, EditForm.save(sent), ref.number)
    assert form.saved == ""
    assert [(line.label, line.before, line.theirs, line.mine, line.by) for line in form.clashes] == [
        ("所在地区", "广东省深圳市南山区", "北京市朝阳区", "广东省广州市", "陈经理"),
        ("企业地址", "旧地址", "经理的地址", "我的地址", "陈经理"),
        ("备注", "(空)", "经理的备注", "我的备注", "陈经理"),
    ]
    assert [(line.label, line.theirs) for line in form.merged] == [("客户来源", "官网")]
    assert (form.wrong, form.first_wrong) == ("待选择:所在地区、企业地址、备注", "choice.region")
    assert stored(read, ref).address == "经理的地址"
    sent |= {f"choice.{line.field}": line.keep_mine for line in form.clashes if line.field != "note"}
    form = await fire(tab, EditForm.check(sent, []), ref.number)
    assert (form.wrong, form.valid) == ("待选择:备注", False)
    sent |= {"choice.note": next(line.take_theirs for line in form.clashes if line.field == "note")}
    form = await fire(tab, EditForm.check(sent, []), ref.number)
    assert (form.wrong, form.valid) == ("", True)
    assert form.notes == {"note": "保存后采用 陈经理 的修改:经理的备注"}
    form = await fire(tab, EditForm.save(sent), ref.number)
    customer = stored(read, ref)
    assert form.saved
    assert (customer.address, customer.city, customer.note, customer.source) == (
        "我的地址", "440100", "经理的备注", "website",
    )  # fmt: skip


async def test_a_form_begun_before_a_restart_is_judged_by_what_its_person_saw(
    sqlite_desk: Office, tabs: Tabs, ref: CustomerRef, write: Run
) -> None:
    by_manager(write, sqlite_desk, ref, 1, address="经理的地址")
    tab = await tabs.open(sqlite_desk.sales)
    form = await fire(tab, EditForm.open, ref.number)
    assert (form.version, form.values["address"]) == (2, "经理的地址")
    # The browser kept the version with what was typed.
    form = await fire(tab, EditForm.check(typed(form, version="1", address="我的地址"), []), ref.number)
    assert (form.version, form.values["address"]) == (1, "旧地址")
    assert [(line.before, line.theirs, line.mine) for line in form.clashes] == [("旧地址", "经理的地址", "我的地址")]


async def test_a_change_of_somebody_else_has_the_open_form_looked_at_again(
    sqlite_desk: Office, tabs: Tabs, ref: CustomerRef, write: Run
) -> None:
    async with live_pages(tabs.app):
        tab = await tabs.open(sqlite_desk.sales)
        await fire(tab, EditForm.open, ref.number)
        for times in (1, 2):
            by_manager(write, sqlite_desk, ref, times, note=f"经理的备注{times}")

            async def noticed(times: int = times) -> bool:
                return (await tab.state(EditForm)).news == times

            await eventually(noticed)


async def test_an_exact_duplicate_has_to_be_confirmed(
    tab: Tab, ref: CustomerRef, sqlite_desk: Office, write: Run, read: Run
) -> None:
    write(create, sqlite_desk.sales, name="广州云图科技有限公司", credit_code=CREDIT_CODE)
    sent = typed(await tab.state(EditForm), credit_code=CREDIT_CODE)
    form = await fire(tab, EditForm.save(sent), ref.number)
    assert [hint.reasons for hint in form.hints] == ["信用代码相同"]
    form = await fire(tab, EditForm.check(sent, []), ref.number)
    assert (form.valid, form.first_wrong) == (False, "confirmed")
    await fire(tab, EditForm.save(sent | {"confirmed": form.seal}), ref.number)
    assert stored(read, ref).credit_code == CREDIT_CODE


async def test_who_may_not_edit_and_who_does_not_reach_it(sqlite_desk: Office, tabs: Tabs, ref: CustomerRef) -> None:
    for actor, gate in ((sqlite_desk.finance, "forbidden"), (sqlite_desk.outsider, "missing"), (None, "wait")):
        tab = await tabs.open(actor)
        form = await fire(tab, EditForm.open, ref.number)
        assert (await tab.state(Frame)).gate == gate
        assert (form.of, form.values, form.name) == ("", {}, "")
        assert "星河智造" not in repr(tab.sent)


async def test_an_open_form_out_of_reach_reads_like_a_missing_one(
    tab: Tab, ref: CustomerRef, sqlite_desk: Office, write: Run
) -> None:
    def move(session: Any) -> None:
        session.get_one(Customer, ref.id).owner_id = sqlite_desk.outsider.user_id

    write(move)
    form = await fire(tab, EditForm.refresh, ref.number)
    assert (await tab.state(Frame)).gate == "missing"
    assert (form.of, form.values) == ("", {})


async def test_a_form_whose_customer_is_deleted_keeps_what_was_typed_and_is_saved_once_it_is_back(
    tab: Tab, ref: CustomerRef, sqlite_desk: Office, write: Run, read: Run
) -> None:
    sent = typed(await tab.state(EditForm), address="写了很久的地址")
    async with live_pages(tab.app):
        await fire(tab, EditForm.check(sent, []), ref.number)
        write(delete_customer, sqlite_desk.admin, number=ref.number)

        async def told() -> bool:
            return "刚刚被删除" in (await tab.state(Frame)).toast.text

        await eventually(told)
        assert ((await tab.state(Frame)).gate, (await tab.state(EditForm)).of) == ("open", ref.number)
        for event in (EditForm.save(sent), EditForm.check(sent, [])):
            form = await fire(tab, event, ref.number)
            assert (form.saving, form.saved, form.of) == (False, "", ref.number)
            assert (await tab.state(Frame)).toast.kind == "error"
        news = form.news
        write(restore_customers, sqlite_desk.admin, numbers=(ref.number,))

        async def looked_again() -> bool:
            return (await tab.state(EditForm)).news > news

        await eventually(looked_again)
    await fire(tab, EditForm.save(sent), ref.number)
    assert stored(read, ref).address == "写了很久的地址"


async def test_the_form_of_a_deleted_customer_tells_of_the_bin_only_who_may_bring_it_back(
    ref: CustomerRef, sqlite_desk: Office, tabs: Tabs, write: Run
) -> None:
    write(delete_customer, sqlite_desk.admin, number=ref.number)
    for actor, told in ((sqlite_desk.admin, True), (sqlite_desk.sales, False), (sqlite_desk.manager, False)):
        tab = await tabs.open(actor)
        form = await fire(tab, EditForm.open, ref.number)
        assert ((await tab.state(Frame)).gate, form.in_bin, form.of) == ("missing", told, "")

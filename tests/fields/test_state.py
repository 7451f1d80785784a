"""The page of fields, and how open pages learn what fields are called now (R1.8)."""

import pytest

from crm_app.access import guard
from crm_app.access.state import Frame
from crm_app.catalogue import renamed, say
from crm_app.fields.schemas import BUILT_IN
from crm_app.fields.state import BuiltInForm, BuiltIns, FieldForm, Fields
from crm_app.ui.routes import FIELDS
from tests.factories import Office
from tests.tabs import Tab, Tabs


@pytest.fixture
async def tab(sqlite_office: Office, tabs: Tabs) -> Tab:
    """The administrator's, with the page."""
    opened = await tabs.open(sqlite_office.admin)
    await opened.fire(Fields.load, FIELDS)
    return opened


async def rename(tab: Tab, name: str, **typed: str) -> None:
    await tab.fire(BuiltInForm.open(name), FIELDS)
    for part, value in typed.items():
        await tab.fire(BuiltInForm.type(part, value), FIELDS)
    await tab.fire(BuiltInForm.save, FIELDS)


async def test_the_page_shows_them_in_their_order(tab: Tab):
    page = await tab.state(BuiltIns)
    assert tuple(line.name for line in page.lines) == BUILT_IN
    assert [line.name for line in page.lines if line.first or line.last] == [BUILT_IN[0], BUILT_IN[-1]]
    assert not any(line.changed or line.came_as for line in page.lines)
    assert (await tab.state(Fields)).opened


async def test_a_new_name_stands_on_each_open_page_at_once(tab: Tab, tabs: Tabs, sqlite_office: Office):
    other = await tabs.open(sqlite_office.sales)
    await other.fire(guard.Presence.look, "/customers")
    assert (await other.state(Frame)).field_names == {}
    await rename(tab, "industry", label_zh="行业分类", label_en="Branch")
    line = next(line for line in (await tab.state(BuiltIns)).lines if line.name == "industry")
    assert (line.called, line.came_as, line.changed, line.version) == ("行业分类", "所属行业", True, 1)
    assert (await tab.state(Frame)).toast.text == "字段“行业分类”已保存"
    await other.fire(guard.Presence.look, "/customers")  # As the hub sends it.
    assert (await other.state(Frame)).field_names == {"industry": ["行业分类", "Branch"]}


async def test_what_was_let_be_as_it_came_can_be_taken_back(tab: Tab):
    await rename(tab, "note", label_zh="附加说明")
    await tab.fire(BuiltIns.clear("note", 1), FIELDS)
    assert say("zh", "customers.field.note") == "备注"
    toast = (await tab.state(Frame)).toast
    await tab.fire(Fields.take_back(toast.undo_id, toast.undo_version), FIELDS)
    assert say("zh", "customers.field.note") == "附加说明"
    # Once more it is another version: nothing happens, and the person is told.
    await tab.fire(Fields.take_back(toast.undo_id, toast.undo_version), FIELDS)
    assert (await tab.state(Frame)).toast.kind == "error"


async def test_required_is_a_switch_and_those_without_are_counted(tab: Tab):
    await tab.fire(BuiltIns.require("source", True, 0), FIELDS)
    line = next(line for line in (await tab.state(BuiltIns)).lines if line.name == "source")
    assert (line.required, line.version, line.changed) == (True, 1, True)
    await tab.fire(BuiltIns.require("source", False, 0), FIELDS)  # Somebody else's switch came first.
    assert (await tab.state(Frame)).toast.kind == "error"
    assert next(one for one in (await tab.state(BuiltIns)).lines if one.name == "source").required


async def test_a_wrong_name_stays_in_the_form_with_its_reason(tab: Tab):
    await rename(tab, "industry", label_zh="客户来源")
    form = await tab.state(BuiltInForm)
    assert (form.is_open, form.first, form.problems["label_zh"]) == (True, "std_label_zh", "“客户来源”是系统已有的字段")
    assert not renamed()


async def test_moving_says_the_place_and_keeps_the_focus(tab: Tab):
    await tab.fire(BuiltIns.move("note", -1), FIELDS)
    page = await tab.state(BuiltIns)
    assert (page.told, page.focus) == (f"备注 现在是第 {len(BUILT_IN) - 1} 个", "up-note")
    assert [line.name for line in page.lines][-2] == "note"


async def test_contacts_have_a_list_of_their_own_and_new_fields_go_there(tab: Tab):
    async def made(label: str) -> None:
        await tab.fire(FieldForm.open(0), FIELDS)
        await tab.fire(FieldForm.type("label_zh", label), FIELDS)
        await tab.fire(FieldForm.save, FIELDS)

    await made("编码")
    await tab.fire(Fields.show_of("contact"), FIELDS)
    assert (await tab.state(Fields)).used == []
    await made("决策角色")
    page = await tab.state(Fields)
    assert [(line.called, line.first, line.last) for line in page.used] == [("决策角色", True, True)]
    await tab.fire(Fields.show_of("nobody"), FIELDS)
    assert (await tab.state(Fields)).record == "contact"
    await tab.fire(Fields.show_of("customer"), FIELDS)
    assert [line.called for line in (await tab.state(Fields)).used] == ["编码"]

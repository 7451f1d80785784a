"""Own fields of contacts on the customer's page: the cards, and the form of a contact (R1.8)."""

from typing import Any

import pytest
from sqlmodel import select

from crm_app.access.state import Frame
from crm_app.customer_page.state import Contacts, CustomerPage
from crm_app.fields import service as fields
from crm_app.fields.queries import list_fields
from crm_app.fields.schemas import FieldInput, RecordKind
from crm_app.models import Contact, Customer
from tests.customer_page.test_state import Scene, scene
from tests.tabs import Tab

__all__ = ["scene"]


@pytest.fixture
def keys(scene: Scene) -> dict[str, str]:
    """Fields of some kinds, by their labels; reps don't see one and don't change another."""
    with scene.db.writing() as session:
        for kind, label, more in (
            ("choice", "决策角色", {"options": "决策者\n使用者", "required": True}),
            ("choices", "爱好", {"options": "茶\n棋\n书"}),
            ("url", "主页", {}),
            ("line", "评价", {"hidden_from": ("sales_rep",)}),
            ("line", "卡号", {"fixed_for": ("sales_rep",)}),
            ("line", "语言", {"initial": "中文"}),
        ):
            entry = FieldInput(kind, label, **more)  # type: ignore[arg-type]
            fields.add_field(session, scene.office.admin, entry=entry, record=RecordKind.CONTACT)
        return {field.label_zh: field.key for field in list_fields(session, record=RecordKind.CONTACT)}


def put(scene: Scene, **values: str) -> int:
    """Fill the fields of the customer's contact; its id."""
    with scene.db.writing() as session:
        customer = session.exec(select(Customer).where(Customer.number == scene.number)).one()
        contact = session.exec(select(Contact).where(Contact.customer_id == customer.id)).one()
        known = list_fields(session, record=RecordKind.CONTACT)
        fields.write_values(session, contact.id or 0, known, values)
        return contact.id or 0


async def type_all(scene: Scene, tab: Tab, typed: dict[str, str]) -> None:
    for field, value in typed.items():
        await scene.fire(tab, Contacts.type(field, value))


def card_of(page: Any, contact_id: int) -> dict[str, str]:
    card = next(card for card in page.view.contacts if card.id == contact_id)
    return {fact.label: fact.shown for fact in card.own}


async def test_a_card_shows_what_the_role_sees_and_what_is_filled(scene: Scene, keys: dict[str, str]):
    values = {keys["爱好"]: "v1,v3", keys["评价"]: "难缠", keys["卡号"]: "K-1", keys["主页"]: "https://example.com/li"}
    contact_id = put(scene, **values)
    rep, manager = await scene.open(scene.office.sales), await scene.open(scene.office.manager)
    seen = card_of(await rep.state(CustomerPage), contact_id)
    assert seen == {"爱好": "茶、书", "主页": "https://example.com/li", "卡号": "K-1"}
    assert card_of(await manager.state(CustomerPage), contact_id)["评价"] == "难缠"
    assert "难缠" not in repr(rep.sent)
    (card,) = (await rep.state(CustomerPage)).view.contacts
    assert {fact.label: fact.link for fact in card.own if fact.link} == {"主页": "https://example.com/li"}


async def test_the_form_offers_what_the_role_changes_and_saves_it(scene: Scene, keys: dict[str, str]):
    contact_id = put(scene, **{keys["爱好"]: "v1", keys["卡号"]: "K-1"})
    tab = await scene.open(scene.office.sales)
    await scene.fire(tab, Contacts.open_form(contact_id))
    form = await tab.state(Contacts)
    assert [view.label for view in form.own] == ["决策角色", "爱好", "主页", "语言"]
    assert (form.form[keys["爱好"]], form.form[keys["语言"]]) == ("v1", ""), "what a field begins with is for new ones"
    await type_all(scene, tab, {keys["爱好"]: "v1,v2", keys["决策角色"]: "v2", keys["卡号"]: "K-2"})
    await scene.fire(tab, Contacts.save)
    page = await tab.state(CustomerPage)
    assert card_of(page, contact_id) == {"决策角色": "使用者", "爱好": "茶、棋", "卡号": "K-1"}
    assert not (await tab.state(Contacts)).form_open


async def test_a_wrong_value_is_told_at_its_field_and_kept(scene: Scene, keys: dict[str, str]):
    tab = await scene.open(scene.office.sales)
    await scene.fire(tab, Contacts.open_form(0))
    assert (await tab.state(Contacts)).form[keys["语言"]] == "中文"
    await type_all(scene, tab, {"name": "李四", "mobile": "13900001111", keys["主页"]: "javascript:alert(1)"})
    await scene.fire(tab, Contacts.save)
    form = await tab.state(Contacts)
    assert form.problems == {keys["决策角色"]: "请填写决策角色", keys["主页"]: form.problems[keys["主页"]]}
    assert (form.first, form.form[keys["主页"]]) == (keys["决策角色"], "javascript:alert(1)")
    await type_all(scene, tab, {keys["决策角色"]: "v1", keys["主页"]: "example.com"})
    assert not (await tab.state(Contacts)).problems
    await scene.fire(tab, Contacts.save)
    page = await tab.state(CustomerPage)
    added = next(card.id for card in page.view.contacts if not card.is_main)
    assert card_of(page, added) == {"决策角色": "决策者", "主页": "https://example.com", "语言": "中文"}


async def test_of_a_field_that_two_people_change_each_decides(scene: Scene, keys: dict[str, str]):
    contact_id = put(scene, **{keys["决策角色"]: "v1"})
    mine, theirs = await scene.open(scene.office.sales), await scene.open(scene.office.manager)
    for tab, value in ((mine, "v1,v2"), (theirs, "v3")):
        await scene.fire(tab, Contacts.open_form(contact_id))
        await scene.fire(tab, Contacts.type(keys["爱好"], value))
    await scene.fire(theirs, Contacts.save)
    await scene.fire(mine, Contacts.save)
    (line,) = (await mine.state(Contacts)).clashes
    assert (line.label, line.theirs, line.by) == ("爱好", "书", "陈经理")
    await scene.fire(mine, Contacts.decide(line.field, line.take_theirs))
    assert "书" in (await mine.state(Contacts)).notes[keys["爱好"]]
    await scene.fire(mine, Contacts.decide(line.field, line.keep_mine))
    await scene.fire(mine, Contacts.save)
    assert card_of(await mine.state(CustomerPage), contact_id) == {"决策角色": "决策者", "爱好": "茶、棋"}


async def test_a_field_that_goes_away_while_the_form_is_open_is_told_and_the_rest_is_kept(
    scene: Scene, keys: dict[str, str]
):
    contact_id = put(scene, **{keys["决策角色"]: "v1"})
    tab = await scene.open(scene.office.sales)
    await scene.fire(tab, Contacts.open_form(contact_id))
    await type_all(scene, tab, {keys["主页"]: "example.com", "position": "总监"})
    with scene.db.writing() as session:
        fields.retire_field(session, scene.office.admin, field_id=int(keys["主页"][4:]), version=1)
    await scene.fire(tab, Contacts.save)
    form = await tab.state(Contacts)
    assert (form.form_open, form.form["position"]) == (True, "总监")
    assert "主页" in (await tab.state(Frame)).toast.text
    assert keys["主页"] not in [view.key for view in form.own]
    await scene.fire(tab, Contacts.save)
    (card,) = (await tab.state(CustomerPage)).view.contacts
    assert (card.position, [fact.label for fact in card.own]) == ("总监", ["决策角色"])

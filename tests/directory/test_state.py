"""The list's state through the real guard: the address is the truth, each interaction one event."""

from datetime import UTC, datetime
from typing import Any

import pytest

from crm_app.access.actor import Actor
from crm_app.access.state import Frame, Toast
from crm_app.core.db import Database
from crm_app.customers.search import index_customer
from crm_app.directory.schemas import DIRECTORY
from crm_app.directory.state import Directory
from crm_app.fields.schemas import BuiltInInput
from crm_app.fields.service import change_built_in
from crm_app.listing.state import UNDO_CELL
from crm_app.listing.state import shown as listing_state
from crm_app.models import User
from crm_app.options.service import seed_presets
from tests.factories import Office, make_customer
from tests.tabs import Tab, Tabs

PATH = "/customers"


@pytest.fixture
def shop(sqlite_db: Database, sqlite_office: Office) -> Office:
    """Thirty customers of one rep, every third interested; one of another rep."""
    with sqlite_db.writing() as session:
        seed_presets(session)
        for n in range(30):
            made = make_customer(
                session,
                owner=sqlite_office.sales,
                name=f"星辰{n:02d}公司",
                level="intent" if n % 3 == 0 else "potential",
                industry="RET" if n < 10 else "MFG",
            )
            index_customer(session, made.id or 0)
        other = make_customer(session, owner=sqlite_office.outsider, name="别人的公司")
        index_customer(session, other.id or 0)
    return sqlite_office


async def opened(tabs: Tabs, actor: Any, address: str = "") -> Tab:
    """A tab that shows the list of an address."""
    tab = await tabs.open(actor)
    await tab.fire(Directory.load, PATH + (f"?{address}" if address else ""))
    return tab


async def shown(tab: Tab) -> Directory:
    """The list on a tab."""
    return await tab.state(Directory)


async def test_loading_shows_the_first_page_in_reach(tabs: Tabs, shop: Office) -> None:
    tab = await opened(tabs, shop.sales)
    state = await shown(tab)
    assert (state.shown.total, len(state.rows), state.address) == (30, 30, "")
    assert [column.key for column in state.columns][:2] == ["name", "number"]
    assert (await tab.state(Frame)).gate == "open"
    admin = await shown(await opened(tabs, shop.admin))
    assert admin.shown.total == 31


async def test_an_address_brings_the_same_view(tabs: Tabs, shop: Office) -> None:
    address = "f=level.in.intent;industry.in.MFG&sort=name&size=20&cols=name,level"
    state = await shown(await opened(tabs, shop.sales, address))
    assert state.address == address
    assert [row.name for row in state.rows][:2] == ["星辰12公司", "星辰15公司"]
    assert [chip.text for chip in state.shown.chips] == ["意向客户", "制造业"]
    assert [column.key for column in state.columns] == ["name", "level"]


async def test_nonsense_in_the_address_is_ignored_with_a_message(tabs: Tabs, shop: Office) -> None:
    tab = await opened(tabs, shop.sales, "f=level.in.nothing;industry.in.RET&page=x")
    state = await shown(tab)
    assert state.shown.total == 10
    assert state.address == "f=industry.in.RET"
    assert "level.in.nothing" in (await tab.state(Frame)).toast.text


async def test_a_page_beyond_the_end_is_the_last_one(tabs: Tabs, shop: Office) -> None:
    state = await shown(await opened(tabs, shop.sales, "size=20&page=99"))
    assert (state.shown.page, state.shown.pages, len(state.rows)) == (2, 2, 10)


async def test_each_interaction_changes_rows_and_address_in_one_event(tabs: Tabs, shop: Office) -> None:
    tab = await opened(tabs, shop.sales)
    steps = [
        (Directory.toggle("level", "intent"), "f=level.in.intent", 10),
        (Directory.toggle("industry", "MFG"), "f=level.in.intent;industry.in.MFG", 6),
        (Directory.sort_by("name"), "f=level.in.intent;industry.in.MFG&sort=name", 6),
        (Directory.sort_by("name"), "f=level.in.intent;industry.in.MFG&sort=-name", 6),
        (Directory.sort_by("name"), "f=level.in.intent;industry.in.MFG", 6),
        (Directory.toggle("level", "intent"), "f=industry.in.MFG", 20),
        (Directory.put_condition(0, "industry", "out", ["MFG"]), "f=industry.out.MFG", 10),
        (Directory.put_condition(1, "name", "contains", ["03"]), "f=industry.out.MFG;name.contains.03", 1),
        (Directory.remove_condition(0), "f=name.contains.03", 1),
        (Directory.clear(), "", 30),
        (Directory.set_size(20), "size=20", 30),
        (Directory.go_to(2), "page=2&size=20", 30),
        (Directory.go_to(1000), "page=2&size=20", 30),
        (Directory.sort_by("created"), "sort=created&size=20", 30),
        (Directory.search("星辰05", False, 1), "q=%E6%98%9F%E8%BE%B005&sort=created&size=20", 1),
    ]
    for step, address, total in steps:
        before = (await shown(tab)).shown.serial
        await tab.fire(step, PATH)
        state = await shown(tab)
        assert (state.address, state.shown.total) == (address, total), step
        assert state.shown.serial == before + 1


async def test_typed_conditions_become_chips(tabs: Tabs, shop: Office) -> None:
    tab = await opened(tabs, shop.sales)
    await tab.fire(Directory.search("行业:制造业 等级:意向 星辰", True, 7), PATH)
    state = await shown(tab)
    assert [chip.label for chip in state.shown.chips] == ["所属行业", "客户等级"]
    assert (state.shown.box, state.shown.asked, state.shown.problem) == ("星辰", 7, "")
    assert state.shown.total == 6
    await tab.fire(Directory.search("行业:不存在", True, 8), PATH)
    state = await shown(tab)
    assert state.shown.box == "行业:不存在"
    assert "不存在" in state.shown.problem


async def test_the_last_word_is_said_to_wait_for_enter(tabs: Tabs, shop: Office) -> None:
    tab = await opened(tabs, shop.sales)
    await tab.fire(Directory.search("星辰 行业:火箭业", False, 1), PATH)
    state = await shown(tab)
    assert (state.shown.pending, state.shown.problem) == ("按回车作为条件 “行业:火箭业”", "")
    await tab.fire(Directory.toggle("level", "intent"), PATH)
    assert (await shown(tab)).shown.pending == ""
    await tab.fire(Directory.search("星辰 行业:火箭业", True, 2), PATH)
    state = await shown(tab)
    assert state.shown.pending == ""
    assert "火箭业" in state.shown.problem


async def test_the_quarters_reach_back_to_the_oldest_customer(tabs: Tabs, shop: Office, sqlite_db: Database) -> None:
    """Of whomever; years are those where the people are: in Shanghai the customer's 2023 had begun."""
    with sqlite_db.writing() as session:
        made = make_customer(session, owner=shop.outsider)
        made.created_at = datetime(2022, 12, 31, 16, 30, tzinfo=UTC)
    state = await shown(await opened(tabs, shop.sales))
    grid = next(quick.grid for quick in state.setup.quick if quick.field == "created")
    assert grid[-1][0].code == "2023Q1"


async def test_a_condition_that_makes_no_sense_is_told_and_changes_nothing(tabs: Tabs, shop: Office) -> None:
    tab = await opened(tabs, shop.sales, "f=level.in.intent")
    await tab.fire(Directory.put_condition(1, "total", "gte", ["很多"]), PATH)
    state = await shown(tab)
    assert "很多" in state.shown.problem
    assert (state.address, state.shown.total) == ("f=level.in.intent", 10)


async def test_a_condition_without_values_is_removed(tabs: Tabs, shop: Office) -> None:
    tab = await opened(tabs, shop.sales, "f=level.in.intent;industry.in.MFG")
    await tab.fire(Directory.put_condition(0, "level", "in", []), PATH)
    assert (await shown(tab)).address == "f=industry.in.MFG"


async def test_columns_widths_and_density_are_kept_for_the_person(tabs: Tabs, shop: Office) -> None:
    tab = await opened(tabs, shop.sales)
    for step in (
        Directory.set_columns(["owner", "name", "nonsense", "level"]),
        Directory.set_width("owner", 5000),
        Directory.set_density("compact"),
        Directory.set_facets(False),
        Directory.set_size(100),
    ):
        await tab.fire(step, PATH)
    other = await shown(await opened(tabs, shop.sales))
    assert [(column.key, column.width) for column in other.columns][:2] == [
        ("name", DIRECTORY.fields["name"].width),
        ("owner", 800),
    ]
    assert (other.density, other.facets, other.shown.size) == ("compact", "closed", 100)
    assert other.address == "size=100&cols=name,owner,level"
    stranger = await shown(await opened(tabs, shop.admin))
    assert (stranger.density, stranger.facets, stranger.address) == ("normal", "", "")
    await tab.fire(Directory.set_facets(True), PATH)
    assert (await shown(tab)).facets == (await shown(await opened(tabs, shop.sales))).facets == "open"


@pytest.mark.parametrize("facets", ["half", "", None, True, 1, ["open"], {"open": 1}])
async def test_a_kept_layout_that_makes_no_sense_is_mended(
    tabs: Tabs, shop: Office, sqlite_db: Database, facets: Any
) -> None:
    with sqlite_db.writing() as session:
        session.get_one(User, shop.sales.user_id).preferences = {
            "customers": {
                "columns": "x", "size": "many", "widths": {"name": "wide", "nope": 3}, "density": 7, "facets": facets,
            }
        }  # fmt: skip
    state = await shown(await opened(tabs, shop.sales))
    assert (state.density, state.facets, state.shown.size, state.address) == ("normal", "", 50, "")


async def test_a_customer_of_ones_own_is_counted_at_once_and_anothers_soon(
    tabs: Tabs, shop: Office, sqlite_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crm_app.core.changes import Change, announce

    def save(actor: Actor) -> None:
        with sqlite_db.writing() as session:
            make_customer(session, owner=shop.sales)
            announce(Change("customer", actor_id=actor.user_id))

    async def total_of(order: str) -> int:
        await tab.fire(Directory.sort_by(order), PATH)
        return (await shown(tab)).shown.total

    tab = await opened(tabs, shop.sales)
    save(shop.sales)
    assert await total_of("name") == 31
    save(shop.manager)
    assert await total_of("created") == 31
    monkeypatch.setattr(listing_state, "COUNT_SECONDS", 0)
    assert await total_of("name") == 32


async def test_wrong_arguments_change_nothing(tabs: Tabs, shop: Office) -> None:
    tab = await opened(tabs, shop.sales, "f=level.in.intent")
    for step in (
        Directory.sort_by("mobile"),
        Directory.sort_by("nothing"),
        Directory.set_size(7),
        Directory.toggle("nothing", "x"),
        Directory.toggle("level", "nothing"),
        Directory.remove_condition(17),
        Directory.put_condition(-4, "nothing", "in", ["x"]),
    ):
        await tab.fire(step, PATH)
        state = await shown(tab)
        assert (state.address, state.shown.total) == ("f=level.in.intent", 10), step


async def test_places_are_offered_while_their_name_is_typed(tabs: Tabs, shop: Office) -> None:
    tab = await opened(tabs, shop.sales)
    await tab.fire(Directory.find_places(""), PATH)
    assert {"华东", "广东省"} <= {place.label for place in (await shown(tab)).places}
    await tab.fire(Directory.find_places("深圳"), PATH)
    assert (await shown(tab)).places[0].code == "440300"
    await tab.fire(Directory.find_places("不存在的地方"), PATH)
    assert (await shown(tab)).places == []


async def test_a_stranger_gets_nothing(tabs: Tabs, shop: Office) -> None:
    tab = await opened(tabs, None)
    await tab.fire(Directory.search("星辰", True, 1), PATH)
    state = await shown(tab)
    assert state.rows == []
    assert state.shown.total == 0


async def test_labels_follow_the_persons_language(tabs: Tabs, shop: Office, sqlite_db: Database) -> None:
    with sqlite_db.writing() as session:
        session.get_one(User, shop.sales.user_id).language = "en"
    state = await shown(await opened(tabs, shop.sales, "f=level.in.intent"))
    assert [(chip.label, chip.operator_label, chip.text) for chip in state.shown.chips] == [
        ("Level", "is", "Interested")
    ]
    assert state.columns[0].label == "Name"


async def test_conditions_are_joined_with_or_and_parted_again(tabs: Tabs, shop: Office) -> None:
    tab = await opened(tabs, shop.sales, "f=level.in.intent")
    steps = [
        (Directory.start_group(0, "name", "contains", ["01"]), "f=(level.in.intent|name.contains.01)", 11),
        (Directory.put_member(0, 1, "name", "contains", ["0"]), "f=(level.in.intent|name.contains.0)", 18),
        (Directory.put_member(0, 2, "industry", "in", ["RET"]), None, 18),
        (Directory.put_condition(9, "industry", "in", ["MFG"]), None, 8),
        (Directory.remove_member(0, 2), "f=industry.in.MFG;(level.in.intent|name.contains.0)", 8),
        (Directory.put_member(0, 1, "name", "contains", []), "f=industry.in.MFG;level.in.intent", 6),
        (Directory.start_group(1, "level", "in", ["potential"]), None, 20),
        (Directory.remove_member(0, -1), "f=industry.in.MFG", 20),
    ]
    for event, address, total in steps:
        await tab.fire(event, PATH)
        state = await shown(tab)
        assert state.shown.total == total, event
        assert address is None or state.address == address
        again = await shown(await opened(tabs, shop.sales, state.address))
        assert (again.address, again.shown.total) == (state.address, total)


async def test_a_group_that_is_not_there_and_nonsense_in_one_change_nothing(tabs: Tabs, shop: Office) -> None:
    tab = await opened(tabs, shop.sales, "f=(level.in.intent|name.contains.01)")
    for event in (
        Directory.start_group(0, "level", "in", ["won"]),
        Directory.start_group(-1, "level", "in", ["won"]),
        Directory.put_member(5, 0, "level", "in", ["won"]),
        Directory.put_member(0, 1, "total", "gte", ["很多"]),
        Directory.put_member(0, 2, "nothing", "in", ["x"]),
        Directory.remove_member(0, 7),
        Directory.remove_member(-1, 0),
    ):
        await tab.fire(event, PATH)
        assert (await shown(tab)).address == "f=(level.in.intent|name.contains.01)"


async def test_a_cell_s_value_becomes_a_condition(tabs: Tabs, shop: Office) -> None:
    tab = await opened(tabs, shop.sales, "f=industry.in.MFG,RET;level.in.intent&cols=name,industry,level,mobile")
    state = await shown(tab)
    assert [column.key for column in state.columns if column.filters] == ["name", "industry", "level"]
    retailer = next(row.key for row in state.rows if row.cells[0] == "零售业")
    await tab.fire(Directory.filter_by(retailer, "industry", ""), PATH)
    state = await shown(tab)
    assert (state.address.split("&")[0], state.shown.total) == ("f=level.in.intent;industry.in.RET", 4)
    before = state.address
    for event in (
        Directory.filter_by(retailer, "mobile", ""),
        Directory.filter_by(retailer, "nothing", ""),
        Directory.filter_by("MFG-1999-999", "industry", ""),
    ):
        await tab.fire(event, PATH)
        assert (await shown(tab)).address == before


async def test_an_open_list_calls_a_field_by_its_new_name(tabs: Tabs, shop: Office, sqlite_db: Database) -> None:
    tab = await opened(tabs, shop.sales)
    await tab.fire(Directory.search("行业:制造业 星辰", True, 7), PATH)
    entry = BuiltInInput(label_zh="行业分类")
    await sqlite_db.write(change_built_in, shop.admin, name="industry", version=0, entry=entry)
    await tab.fire(Directory.redraw(), PATH)  # As the hub sends it.
    state = await shown(tab)
    assert "行业分类" in [column.label for column in state.columns]
    assert "行业分类" in [field.label for field in state.setup.fields]
    assert ([chip.label for chip in state.shown.chips], state.shown.box) == (["行业分类"], "星辰")
    await tab.fire(Directory.search("行业分类:制造业", True, 8), PATH)
    assert [chip.label for chip in (await shown(tab)).shown.chips] == ["行业分类"]


async def test_a_changed_cell_is_put_back_from_its_message_and_nobody_elses_later_value_with_it(
    tabs: Tabs, shop: Office, sqlite_db: Database
) -> None:
    tab, other = await opened(tabs, shop.sales), await opened(tabs, shop.manager)
    number = (await shown(tab)).rows[0].key

    async def write(of: Tab, value: str) -> Toast:
        await of.fire(Directory.edit_cell(number, "address", 1), PATH)
        version = (await shown(of)).cell.version
        await of.fire(Directory.save_cell(number, "address", value, version, False, 2), PATH)
        assert (await shown(of)).cell_answer.saved
        return (await of.state(Frame)).toast

    async def stands() -> str:
        await tab.fire(Directory.edit_cell(number, "address", 3), PATH)
        return (await shown(tab)).cell.raw

    first = await write(tab, "一号")
    assert (first.undo_kind, number in first.text, "企业地址" in first.text) == (UNDO_CELL, True, True)
    await tab.fire(Directory.undo_cell(first.undo_id, first.undo_version), PATH)
    assert await stands() == ""
    second = await write(tab, "二号")
    theirs = await write(other, "三号")
    await tab.fire(Directory.undo_cell(second.undo_id, second.undo_version), PATH)
    assert (await tab.state(Frame)).toast.kind == "error"
    assert await stands() == "三号", "a value that somebody saved since stays"
    await tab.fire(Directory.undo_cell(theirs.undo_id, theirs.undo_version), PATH)
    assert await stands() == "三号", "another person's message is nothing to take back"

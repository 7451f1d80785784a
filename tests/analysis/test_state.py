"""The dashboard through the real event processor: filters and address, reach, and updates that come by themselves."""

import asyncio
import threading
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from crm_app.access import guard, sessions
from crm_app.access.actor import Actor
from crm_app.access.state import Frame
from crm_app.account.state import Sessions
from crm_app.analysis import state as dashboard_state
from crm_app.analysis.state import Dashboard
from crm_app.core import changes
from crm_app.core.changes import Change
from crm_app.core.clock import local_today, utcnow
from crm_app.core.db import Database, get_database
from crm_app.core.settings import get_settings
from crm_app.core.shared import Latest
from crm_app.customers.service import assign_owner, update_field
from crm_app.models import FollowUp, LevelChange, User
from crm_app.ui.live import HUB, live_pages
from tests.factories import Office, make_customer
from tests.tabs import Tab, Tabs, eventually

PATH = "/dashboard"


@pytest.fixture(autouse=True)
def _nothing_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Results are shared by what was asked, and each test asks the same of another database."""
    for shared in (dashboard_state._figures, dashboard_state._shown, dashboard_state._choices):
        shared.expire()
    monkeypatch.setattr(dashboard_state, "_latest", Latest())


@pytest.fixture
async def live(tabs: Tabs) -> AsyncIterator[None]:
    async with live_pages(tabs.app):
        yield


async def opened(tabs: Tabs, actor: Actor, path: str = PATH) -> Tab:
    tab = await tabs.open(actor)
    await tab.fire(Dashboard.load(), path)
    return tab


def tiles(state: Dashboard) -> dict[str, str]:
    return {tile.key: tile.value for tile in state.tiles}


def add_customer(owner: Actor, **fields: object) -> None:
    with get_database().writing() as session:
        customer = make_customer(session, owner=owner, contact=False, **fields)
        changes.announce(Change("customer", customer.id, owner.user_id))


async def shows(tab: Tab, key: str, value: str) -> bool:
    return tiles(await tab.state(Dashboard)).get(key) == value


async def test_each_role_sees_its_reach(sqlite_db: Database, sqlite_office: Office, tabs: Tabs) -> None:
    for owner in (sqlite_office.sales, sqlite_office.sales2, sqlite_office.outsider):
        add_customer(owner)
    expected = {"sales": "1", "outsider": "1", "manager": "2", "finance": "3", "admin": "3"}
    for name, count in expected.items():
        state = await (await opened(tabs, getattr(sqlite_office, name))).state(Dashboard)
        assert tiles(state)["customers"] == count, name
        assert state.growth.rows[-1].cells[1:] == (count, count)
    refused = await opened(tabs, sqlite_office.service)
    assert (await refused.state(Dashboard)).tiles == []
    assert (await refused.state(Frame)).gate == "forbidden"


async def test_filters_stand_in_the_address_and_are_read_from_it(
    sqlite_db: Database, sqlite_office: Office, tabs: Tabs
) -> None:
    add_customer(sqlite_office.sales, industry="MFG", source="website")
    add_customer(sqlite_office.sales2, industry="RET")
    tab = await opened(tabs, sqlite_office.admin)
    state = await tab.state(Dashboard)
    assert (state.address, tiles(state)["customers"]) == ("", "2")
    await tab.fire(Dashboard.choose_industry("MFG"), PATH)
    await tab.fire(Dashboard.choose_owner(str(sqlite_office.sales.user_id)), PATH)
    await tab.fire(Dashboard.choose_period("this-year"), PATH)
    state = await tab.state(Dashboard)
    assert state.address == f"period=this-year&owner={sqlite_office.sales.user_id}&industry=MFG"
    assert tiles(state)["customers"] == "1"
    again = await opened(tabs, sqlite_office.admin, f"{PATH}?{state.address}")
    read = await again.state(Dashboard)
    assert (read.period, read.owner, read.industry) == (state.period, state.owner, state.industry)
    assert read.tiles == state.tiles
    await tab.fire(Dashboard.clear(), PATH)
    assert (await tab.state(Dashboard)).address == ""


async def test_a_department_is_chosen_by_those_who_reach_several(
    sqlite_db: Database, sqlite_office: Office, tabs: Tabs
) -> None:
    south, north = str(sqlite_office.south), str(sqlite_office.north)
    for owner in (sqlite_office.sales, sqlite_office.sales2, sqlite_office.outsider):
        add_customer(owner)
    tab = await opened(tabs, sqlite_office.admin)
    offered = (await tab.state(Dashboard)).department_choices
    assert {south, north} <= {choice.value for choice in offered}
    await tab.fire(Dashboard.choose_department(south), PATH)
    state = await tab.state(Dashboard)
    assert (state.address, tiles(state)["customers"]) == (f"department={south}", "2")
    assert f"department.in.{south}" in state.tiles[0].href
    again = await opened(tabs, sqlite_office.admin, f"{PATH}?department={north}")
    assert tiles(await again.state(Dashboard))["customers"] == "1"
    lost = await opened(tabs, sqlite_office.admin, f"{PATH}?department=4711")
    assert (await lost.state(Dashboard)).address == ""
    assert (await lost.state(Frame)).toast.kind == "info"
    manager = await opened(tabs, sqlite_office.manager, f"{PATH}?department={north}")
    state = await manager.state(Dashboard)
    assert (len(state.department_choices), state.department, tiles(state)["customers"]) == (1, "", "2")


async def test_a_tab_that_went_on_to_another_page_is_counted_nothing(
    sqlite_db: Database, sqlite_office: Office, tabs: Tabs
) -> None:
    tab = await opened(tabs, sqlite_office.admin)
    add_customer(sqlite_office.sales)
    await tab.fire(Dashboard.refresh(), "/customers")
    assert tiles(await tab.state(Dashboard))["customers"] == "0"
    await tab.fire(Dashboard.refresh(), PATH)
    assert tiles(await tab.state(Dashboard))["customers"] == "1"


async def test_without_any_customer_the_page_says_what_to_do_first(
    sqlite_db: Database, sqlite_office: Office, tabs: Tabs, live: None
) -> None:
    tab = await opened(tabs, sqlite_office.sales)
    assert (await tab.state(Dashboard)).nothing
    for filters in ("?industry=MFG", "?period=last-month", f"?owner={sqlite_office.sales.user_id}"):
        assert not (await (await opened(tabs, sqlite_office.sales, PATH + filters)).state(Dashboard)).nothing

    async def shows_figures() -> bool:
        return not (await tab.state(Dashboard)).nothing

    await asyncio.to_thread(add_customer, sqlite_office.sales)
    await eventually(shows_figures)


async def test_a_period_of_ones_own_is_chosen_by_its_days(
    sqlite_db: Database, sqlite_office: Office, tabs: Tabs
) -> None:
    tab = await opened(tabs, sqlite_office.admin)
    await tab.fire(Dashboard.choose_period("custom"), PATH)
    state = await tab.state(Dashboard)
    assert (state.picking, state.period) == (True, "this-month")
    await tab.fire(Dashboard.choose_days({"first": "2024-03-05", "last": "2024-03-04"}), PATH)
    assert (await tab.state(Frame)).toast.kind == "error"
    await tab.fire(Dashboard.choose_days({"first": "2024-03-01", "last": "2024-03-04"}), PATH)
    state = await tab.state(Dashboard)
    assert (state.period, state.first_day, state.last_day) == ("2024-03-01..2024-03-04", "2024-03-01", "2024-03-04")
    assert state.address == "period=2024-03-01..2024-03-04"


@pytest.mark.parametrize("query", ["period=soon", "period=>=2024", "owner=me", "owner=-1", "period=..&owner=%27"])
async def test_nonsense_in_the_address_is_ignored_with_a_message(
    sqlite_db: Database, sqlite_office: Office, tabs: Tabs, query: str
) -> None:
    tab = await opened(tabs, sqlite_office.admin, f"{PATH}?{query}")
    state = await tab.state(Dashboard)
    assert (state.period, state.owner, state.address) == ("this-month", "", "")
    assert (await tab.state(Frame)).toast.kind == "info"
    assert len(state.tiles) == 7


async def test_a_save_shows_on_other_tabs_within_a_second(
    sqlite_db: Database, sqlite_office: Office, tabs: Tabs, live: None
) -> None:
    boss = await opened(tabs, sqlite_office.admin)
    rep = await opened(tabs, sqlite_office.sales)
    assert await shows(boss, "created", "0")
    started = asyncio.get_running_loop().time()
    await asyncio.to_thread(add_customer, sqlite_office.sales)
    await eventually(lambda: shows(boss, "created", "1"))
    await eventually(lambda: shows(rep, "created", "1"))
    assert asyncio.get_running_loop().time() - started < 1
    await asyncio.to_thread(add_customer, sqlite_office.sales)
    await eventually(lambda: shows(boss, "created", "2"))


async def test_a_push_shows_each_person_his_own(
    sqlite_db: Database, sqlite_office: Office, tabs: Tabs, live: None
) -> None:
    """Whoever watched first must not lend the others his eyes, nor his state."""
    boss = await opened(tabs, sqlite_office.admin)
    rep = await opened(tabs, sqlite_office.sales)
    outsider = await opened(tabs, sqlite_office.outsider)
    await asyncio.to_thread(add_customer, sqlite_office.sales)
    await eventually(lambda: shows(boss, "customers", "1"))
    await eventually(lambda: shows(rep, "customers", "1"))
    await asyncio.to_thread(add_customer, sqlite_office.outsider)
    await eventually(lambda: shows(boss, "customers", "2"))
    await eventually(lambda: shows(outsider, "customers", "1"))
    assert await shows(rep, "customers", "1")
    for tab, actor in ((boss, sqlite_office.admin), (rep, sqlite_office.sales), (outsider, sqlite_office.outsider)):
        frame = await tab.state(Frame)
        assert (frame.username, frame.gate) == (actor.username, "open")


async def test_only_the_charts_that_changed_are_sent(
    sqlite_db: Database, sqlite_office: Office, tabs: Tabs, live: None
) -> None:
    add_customer(sqlite_office.sales)
    tab = await opened(tabs, sqlite_office.admin)
    tab.sent.clear()
    with get_database().writing() as session:
        session.add(
            LevelChange(
                customer_id=1,
                owner_id=sqlite_office.sales.user_id,
                from_level="intent",
                to_level="won",
                deal_amount=Decimal(100),
                deal_on=local_today(tz=get_settings().zone),
                contract_number="HT-1",
            )
        )
        changes.announce(Change("level_change", 1))

    async def sent() -> set[str]:
        return {name for update in tab.sent for delta in update["delta"].values() for name in delta}

    async def deals_were_sent() -> bool:
        return {"tiles_rx_state_", "sales_rx_state_"} <= await sent()

    await eventually(deals_were_sent)
    assert not await sent() & {"growth_rx_state_", "source_rx_state_", "method_rx_state_", "owner_choices_rx_state_"}


async def test_who_left_the_page_signed_out_or_was_disabled_gets_nothing(
    sqlite_db: Database, sqlite_office: Office, tabs: Tabs, live: None
) -> None:
    stays = await opened(tabs, sqlite_office.admin)
    left = await opened(tabs, sqlite_office.marketing)
    disabled = await opened(tabs, sqlite_office.finance)
    signed_out = await opened(tabs, sqlite_office.manager)
    await left.fire(Sessions.load(), "/account/sessions")
    with get_database().writing() as session:
        session.get_one(User, sqlite_office.finance.user_id).disabled_at = utcnow()
        sessions.end_all_sessions(session, sqlite_office.manager.user_id)
    for tab in (left, disabled, signed_out):
        tab.sent.clear()
    await asyncio.to_thread(add_customer, sqlite_office.sales)
    await eventually(lambda: shows(stays, "customers", "1"))
    await asyncio.to_thread(add_customer, sqlite_office.sales)
    await eventually(lambda: shows(stays, "customers", "2"))
    for tab in (disabled, signed_out):
        # What was there is gone as well, and the way leads to the sign-in page.
        assert (await tab.state(Dashboard)).tiles == []
        await eventually(lambda tab=tab: _was_sent_to_sign_in(tab))
    await eventually(lambda: _watching({stays.token}))


async def _was_sent_to_sign_in(tab: Tab) -> bool:
    """Once, or twice the same way: the save may have been on its way to the tab before the end of its session was."""
    return set(tab.redirects()) == {"/login?next=/dashboard&ended=1"}


async def _watching(tokens: set[str]) -> bool:
    return HUB.watching("Dashboard.refresh") == tokens


async def test_a_push_is_no_sign_of_life(
    sqlite_db: Database, sqlite_office: Office, tabs: Tabs, live: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An open dashboard must not keep a session from idling out."""
    tab = await opened(tabs, sqlite_office.admin)
    touched: list[int] = []
    monkeypatch.setattr(sessions, "touch", lambda _session, session_id: touched.append(session_id))
    guard.forget_recent()
    await asyncio.to_thread(add_customer, sqlite_office.sales)
    await eventually(lambda: shows(tab, "customers", "1"))
    assert touched == []
    await tab.fire(Dashboard.load(), PATH)
    assert len(touched) == 1


async def test_a_closed_tab_is_not_told(sqlite_db: Database, sqlite_office: Office, tabs: Tabs, live: None) -> None:
    stays, closed = await opened(tabs, sqlite_office.admin), await opened(tabs, sqlite_office.admin)
    await tabs.app.event_namespace.on_disconnect("sid-" + closed.token)  # type: ignore[misc]
    await asyncio.to_thread(add_customer, sqlite_office.sales)
    await eventually(lambda: shows(stays, "customers", "1"))
    assert await shows(closed, "customers", "0")
    await eventually(lambda: _watching({stays.token}))


async def test_many_tabs_of_one_reach_share_one_computation(
    sqlite_db: Database, sqlite_office: Office, tabs: Tabs, live: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = 0
    measure = dashboard_state.queries.measure

    def counted(*args: Any) -> Any:
        nonlocal runs
        runs += 1
        return measure(*args)

    monkeypatch.setattr(dashboard_state.queries, "measure", counted)
    people = (sqlite_office.admin, sqlite_office.finance, sqlite_office.marketing)
    watching = [await opened(tabs, people[n % 3]) for n in range(9)]
    assert runs == 1
    await asyncio.to_thread(add_customer, sqlite_office.sales)
    for tab in watching:
        await eventually(lambda tab=tab: shows(tab, "customers", "1"))
    assert runs == 2


async def test_a_burst_of_saves_is_counted_a_few_times_and_all_of_it_shows(
    sqlite_db: Database, sqlite_office: Office, tabs: Tabs, live: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An import of many customers one by one must not count as often as it saves."""
    runs = 0
    measure = dashboard_state.queries.measure

    def counted(*args: Any) -> Any:
        nonlocal runs
        runs += 1
        return measure(*args)

    monkeypatch.setattr(dashboard_state.queries, "measure", counted)
    watching = [await opened(tabs, sqlite_office.admin) for _ in range(3)]

    def save_many() -> None:
        for _ in range(40):
            add_customer(sqlite_office.sales)

    started = asyncio.get_running_loop().time()
    await asyncio.to_thread(save_many)
    for tab in watching:
        await eventually(lambda tab=tab: shows(tab, "customers", "40"))
    took = asyncio.get_running_loop().time() - started
    # Once at the opening, and then at the pace of the watchers' lane, not of the saves.
    assert runs <= 3 + took / (HUB.gather + HUB.pause)


async def test_a_save_is_counted_again_only_for_whom_it_concerns(
    sqlite_db: Database, sqlite_office: Office, tabs: Tabs, live: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    office, counted_for = sqlite_office, []
    monkeypatch.setattr(dashboard_state, "_while_kept", lambda _actor: 0)

    def counting(measure: Any) -> Any:
        def counted(session: Any, actor: Actor, question: Any) -> Any:
            counted_for.append(actor.username)
            return measure(session, actor, question)

        return counted

    with get_database().writing() as session:
        number = make_customer(session, owner=office.sales, contact=False).number
    people = (office.sales, office.sales2, office.outsider, office.manager, office.admin)
    watching = {actor.username: await opened(tabs, actor) for actor in people}
    for name in ("measure", "measure_both"):
        monkeypatch.setattr(dashboard_state.queries, name, counting(getattr(dashboard_state.queries, name)))

    async def all_told() -> bool:
        return await _watching({tab.token for tab in watching.values()})

    def save(fn: Any, actor: Actor, **changed: Any) -> None:
        with get_database().writing() as session:
            fn(session, actor, number=number, **changed)

    await asyncio.to_thread(save, update_field, office.sales, field="address", value="科技路 1 号", version=1)
    concerned = {office.sales.username, office.manager.username, office.admin.username}

    async def counted_again() -> bool:
        return set(counted_for) >= concerned and await all_told()

    await eventually(counted_again)
    assert sorted(counted_for) == sorted(concerned)
    # Who may have lost the customer looks again too.
    await asyncio.to_thread(save, assign_owner, office.admin, owner_id=office.outsider.user_id)
    await eventually(lambda: shows(watching[office.sales.username], "customers", "0"))
    await eventually(lambda: shows(watching[office.manager.username], "customers", "0"))
    await eventually(lambda: shows(watching[office.outsider.username], "customers", "1"))


async def test_an_opening_without_a_change_in_between_counts_nothing(
    sqlite_db: Database, sqlite_office: Office, tabs: Tabs, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_customer(sqlite_office.sales)
    monkeypatch.setattr(dashboard_state, "_while_kept", lambda _actor: 0)
    first = await opened(tabs, sqlite_office.admin)

    def never(*_args: Any) -> None:
        raise AssertionError("counted again")

    monkeypatch.setattr(dashboard_state.queries, "measure", never)
    again = await opened(tabs, sqlite_office.finance)
    assert (await again.state(Dashboard)).tiles == (await first.state(Dashboard)).tiles


async def test_whoever_comes_back_sees_the_last_figures_while_they_are_counted_anew(
    sqlite_db: Database, sqlite_office: Office, tabs: Tabs, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_customer(sqlite_office.sales)
    await opened(tabs, sqlite_office.admin)
    add_customer(sqlite_office.sales)
    measure, go = dashboard_state.queries.measure, threading.Event()

    def slow(*args: Any) -> Any:
        assert go.wait(20)
        return measure(*args)

    monkeypatch.setattr(dashboard_state.queries, "measure", slow)
    back, rep = await tabs.open(sqlite_office.finance), await tabs.open(sqlite_office.sales)
    coming = asyncio.create_task(back.fire(Dashboard.load(), PATH))
    await eventually(lambda: shows(back, "customers", "1"))
    assert (await back.state(Frame)).gate == "open"
    assert (await back.state(Dashboard)).owner_choices
    await rep.fire(Dashboard.load(), PATH)
    assert await shows(rep, "customers", "2"), "another reach has figures of its own, and never these"
    assert not coming.done()
    go.set()
    await coming
    assert await shows(back, "customers", "2")


async def test_figures_speak_the_reader_s_language(sqlite_db: Database, sqlite_office: Office, tabs: Tabs) -> None:
    with get_database().writing() as session:
        session.get_one(User, sqlite_office.admin.user_id).language = "en"
        customer = make_customer(session, source="website")
        session.add(FollowUp(customer_id=customer.id or 0, user_id=1, at=utcnow(), method="phone", content="x"))
    english = await (await opened(tabs, sqlite_office.admin)).state(Dashboard)
    chinese = await (await opened(tabs, sqlite_office.finance)).state(Dashboard)
    assert english.compared.startswith("Compared with")
    assert chinese.compared.startswith("对比")
    assert tiles(english)["created"] == tiles(chinese)["created"] == "1"

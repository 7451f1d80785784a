"""The account pages through the real event machinery and guard."""

from typing import Any

import pytest

from crm_app.access.sessions import end_all_sessions
from crm_app.access.state import Frame
from crm_app.account.state import Sessions, Start
from crm_app.admin.service import disable_account
from crm_app.core.db import Database
from crm_app.core.live import HUB
from crm_app.models import User
from crm_app.ui.live import live_pages
from crm_app.ui.state import Shell
from tests.factories import Office
from tests.tabs import Tabs, eventually


async def test_a_stranger_is_sent_to_sign_in_with_the_way_back(sqlite_office: Office, tabs: Tabs) -> None:
    tab = await tabs.open()
    await tab.fire(Sessions.load, "/account/sessions?a=1")
    assert (await tab.state(Sessions)).lines == []
    assert (await tab.state(Frame)).gate == "wait"
    assert tab.redirects() == ["/login?next=/account/sessions%3Fa%3D1"]
    tab.sent.clear()
    await tab.fire(Sessions.load, "/login?next=/today")
    assert tab.redirects() == ["/login"], "the way back must not lead to the sign-in page itself"


async def test_one_sees_and_ends_only_ones_own_sessions(sqlite_office: Office, sqlite_db: Database, tabs: Tabs) -> None:
    mine, other = await tabs.open(sqlite_office.sales), await tabs.open(sqlite_office.outsider)
    await mine.fire(Sessions.load, "/account/sessions")
    await other.fire(Sessions.load, "/account/sessions")
    theirs = {line.id for line in (await other.state(Sessions)).lines}
    own = {line.id for line in (await mine.state(Sessions)).lines}
    assert own
    assert not own & theirs
    await mine.fire(Sessions.end(next(iter(theirs))))
    assert (await mine.state(Frame)).toast.kind == "error"
    await other.fire(Sessions.load, "/account/sessions")
    assert {line.id for line in (await other.state(Sessions)).lines} == theirs


async def test_an_ended_session_is_refused_at_its_next_event(sqlite_office: Office, tabs: Tabs) -> None:
    first, second = await tabs.open(sqlite_office.sales), await tabs.open(sqlite_office.sales)
    await first.fire(Sessions.load, "/account/sessions")
    await second.fire(Sessions.load, "/account/sessions")
    await second.fire(Sessions.end_others)
    first.sent.clear()
    await first.fire(Sessions.load, "/account/sessions")
    assert first.redirects() == ["/login?next=/account/sessions&ended=1"]


@pytest.mark.parametrize("how", ["others", "own page", "disabled"])
async def test_an_open_page_of_an_ended_session_is_left_by_itself(
    sqlite_office: Office, sqlite_db: Database, tabs: Tabs, how: str
) -> None:
    first, second = await tabs.open(sqlite_office.sales), await tabs.open(sqlite_office.sales)
    colleague = await tabs.open(sqlite_office.outsider)
    async with live_pages(tabs.app):
        for tab in (first, second, colleague):
            await tab.fire(Sessions.load, "/account/sessions")
        colleague.sent.clear()
        if how == "others":
            await second.fire(Sessions.end_others)
        elif how == "own page":
            lines = (await second.state(Sessions)).lines
            await second.fire(Sessions.end(next(line.id for line in lines if not line.current)))
        else:
            await sqlite_db.write(disable_account, sqlite_office.admin, username=sqlite_office.sales.username)

        async def left() -> bool:
            return first.redirects() == ["/login?next=/account/sessions&ended=1"] and (
                bool(second.redirects()) == (how == "disabled")
            )

        await eventually(left, within=1)
        assert (await first.state(Sessions)).lines == []
        assert (await first.state(Frame)).user_name == ""
        assert colleague.sent == []
        assert bool(second.redirects()) == (how == "disabled")


async def test_a_session_that_ends_while_a_page_opens_is_noticed(
    sqlite_office: Office, sqlite_db: Database, tabs: Tabs, monkeypatch: pytest.MonkeyPatch
) -> None:
    tab = await tabs.open(sqlite_office.sales)
    watch = HUB.watch

    def end_and_watch(*args: Any) -> None:
        with sqlite_db.writing() as session:
            end_all_sessions(session, sqlite_office.sales.user_id)
        watch(*args)

    monkeypatch.setattr(HUB, "watch", end_and_watch)
    await tab.fire(Sessions.load, "/account/sessions")
    assert (await tab.state(Sessions)).lines == []
    assert tab.redirects() == ["/login?next=/account/sessions"]


async def test_the_sign_in_page_says_why_one_is_there(sqlite_office: Office, tabs: Tabs) -> None:
    tab = await tabs.open()
    await tab.fire(Start.arrive, "/login?next=/today&ended=1")
    assert (await tab.state(Start)).ended
    await tab.fire(Start.arrive, "/login")
    assert not (await tab.state(Start)).ended


async def test_until_a_due_password_is_changed_no_other_page_opens(
    sqlite_office: Office, sqlite_db: Database, tabs: Tabs
) -> None:
    with sqlite_db.writing() as session:
        session.get_one(User, sqlite_office.sales.user_id).must_change_password = True
    tab = await tabs.open(sqlite_office.sales)
    await tab.fire(Sessions.load, "/account/sessions")
    assert tab.redirects() == ["/account/password"]
    assert (await tab.state(Sessions)).lines == []
    await tab.fire(Start.open_password, "/account/password")
    assert (await tab.state(Frame)).gate == "open"
    assert (await tab.state(Start)).first_time
    assert (await tab.state(Frame)).functions == [], "nothing is offered that can't be opened"


async def test_the_language_is_kept_with_the_person(sqlite_office: Office, tabs: Tabs) -> None:
    tab = await tabs.open(sqlite_office.sales)
    await tab.fire(Shell.switch_language, "/account/sessions")
    assert (await tab.state(Frame)).language == "en"
    again = await tabs.open(sqlite_office.sales)
    await again.fire(Sessions.load, "/account/sessions")
    assert (await again.state(Frame)).language == "en"


async def test_a_rep_starts_with_his_work_and_a_manager_with_figures(sqlite_office: Office, tabs: Tabs) -> None:
    rep, manager = await tabs.open(sqlite_office.sales), await tabs.open(sqlite_office.manager)
    await rep.fire(Start.go)
    await manager.fire(Start.go)
    assert rep.redirects() == ["/today"]
    assert manager.redirects() == ["/dashboard"]

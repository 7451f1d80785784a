"""What the frame tells the browser about the person, and that events of a browser end with their session."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
import reflex as rx
from sqlmodel import select

from crm_app.access import guard, sessions
from crm_app.access.audit import Action
from crm_app.access.gate import SNAPSHOT_EVENTS
from crm_app.access.guard import requires
from crm_app.access.permissions import Permission
from crm_app.access.state import Frame, notify
from crm_app.account.state import Sessions, Start
from crm_app.core.clock import utcnow
from crm_app.core.db import Database, get_database
from crm_app.models import AuditEntry, RoleGrant, User, UserSession
from crm_app.ui.state import Shell
from tests.factories import Office
from tests.tabs import Tab, Tabs

HYDRATE = "reflex___state____state.hydrate"


class Probe(rx.State):
    """Handlers that a page of ours could have, for tests only."""

    kept: list[str] = []  # noqa: RUF012 - Reflex copies the defaults of state vars for each tab.
    _secret: str = ""

    @requires(Permission.PROFILE_EDIT)
    async def fill(self, actor: Any):
        self.kept = ["loaded"]
        self._secret = "loaded"

    @requires(Permission.PROFILE_EDIT)
    async def stream(self, actor: Any, deed: str = ""):
        for n in range(3):
            self.kept = [*self.kept, str(n)]
            yield
            if n == 0 and deed:
                await get_database().write(DEEDS[deed], actor.user_id)

    @requires(Permission.PROFILE_EDIT, background=True)
    async def work(self, actor: Any, deed: str = ""):
        async with self:
            self.kept = ["begun"]
        if deed:
            await get_database().write(DEEDS[deed], actor.user_id)
        async with self:
            self.kept = [*self.kept, "ended"]


def end_sessions(session: Any, user_id: int) -> None:
    sessions.end_all_sessions(session, user_id)


def disable(session: Any, user_id: int) -> None:
    session.get_one(User, user_id).disabled_at = utcnow()


def demote(session: Any, user_id: int) -> None:
    role_id = session.get_one(User, user_id).role_id
    for grant in session.exec(select(RoleGrant).where(RoleGrant.role_id == role_id)).all():
        session.delete(grant)
    session.flush()
    sessions.forget_rights()


DEEDS: dict[str, Any] = {"end": end_sessions, "disable": disable, "demote": demote}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Long work is checked again each time."""
    monkeypatch.setattr(guard, "RECHECK_SECONDS", 0)


async def ended(tab: Tab) -> bool:
    """Whether the tab shows nothing of anybody, and was sent to sign in."""
    frame, probe = await tab.state(Frame), await tab.state(Probe)
    empty = (frame.user_name, frame.username, frame.functions, probe.kept, probe._secret) == ("", "", [], [], "")
    return empty and frame.gate == "wait" and any(path.startswith("/login") for path in tab.redirects())


async def test_the_frame_shows_the_person_and_nothing_secret(sqlite_office: Office, tabs: Tabs) -> None:
    tab = await tabs.open(sqlite_office.manager)
    await tab.fire(Sessions.load, "/account/sessions")
    await tab.fire_event(rx.event.Event(name=HYDRATE, payload={}))
    frame = await tab.state(Frame)
    assert (frame.user_name, frame.username, frame.role_code) == ("陈经理", "manager", "sales_manager")
    assert frame.functions == sorted(sqlite_office.manager.grants)
    sent = str(tab.sent)
    assert "陈经理" in sent
    for secret in ("argon2", "password_hash", "_seal", "digest", sessions.COOKIE):
        assert secret not in sent, secret


@pytest.mark.parametrize("deed", sorted(DEEDS))
async def test_the_next_event_after_it_finds_no_session(
    sqlite_office: Office, sqlite_db: Database, tabs: Tabs, deed: str
) -> None:
    tab = await tabs.open(sqlite_office.sales)
    await tab.fire(Probe.fill)
    with sqlite_db.writing() as session:
        DEEDS[deed](session, sqlite_office.sales.user_id)
    await tab.fire(Probe.fill)
    if deed == "demote":
        assert (await tab.state(Frame)).functions == []
        assert (await tab.state(Frame)).toast.kind == "error"
    else:
        assert await ended(tab)


@pytest.mark.parametrize("event", sorted(SNAPSHOT_EVENTS))
async def test_a_session_that_has_ended_is_not_sent_its_tab_again(
    sqlite_office: Office, sqlite_db: Database, tabs: Tabs, event: str
) -> None:
    tab = await tabs.open(sqlite_office.sales)
    await tab.fire(Probe.fill)
    with sqlite_db.writing() as session:
        sessions.end_all_sessions(session, sqlite_office.sales.user_id)
    del tab.sent[:]
    await tab.fire_event(rx.event.Event(name=event, payload={}))
    assert "loaded" not in str(tab.sent)
    assert "李销售" not in str(tab.sent)


async def test_an_idle_session_ends_and_a_page_kept_up_to_date_does_not_keep_it_alive(
    sqlite_office: Office, sqlite_db: Database, tabs: Tabs
) -> None:
    tab = await tabs.open(sqlite_office.sales)
    await tab.fire(Probe.fill)
    mine = select(UserSession).where(UserSession.user_id == sqlite_office.sales.user_id)
    long_ago = utcnow() - timedelta(hours=6)
    with sqlite_db.writing() as session:
        for row in session.exec(mine).all():
            row.seen_at = long_ago

    def latest() -> Any:
        with sqlite_db.reading() as session:
            return max(row.seen_at for row in session.exec(mine).all())

    guard.forget_recent()
    event = rx.event.Event.from_event_type([Probe.fill()])[0]
    await (await tabs.app.event_processor.enqueue(tab.token, event)).wait_all()
    assert latest() == long_ago
    await tab.fire(Probe.fill)
    assert latest() > long_ago


@pytest.mark.parametrize("deed", sorted(DEEDS))
async def test_long_work_stops_when_its_session_or_its_right_ends(
    sqlite_office: Office, tabs: Tabs, impatient: None, deed: str
) -> None:
    tab = await tabs.open(sqlite_office.sales)
    await tab.fire(Probe.stream(""))
    assert (await tab.state(Probe)).kept == ["0", "1", "2"]
    await tab.fire(Probe.fill)
    await tab.fire(Probe.stream(deed))
    assert await ended(tab)


@pytest.mark.parametrize("deed", sorted(DEEDS))
async def test_background_work_stops_when_its_session_or_its_right_ends(
    sqlite_office: Office, tabs: Tabs, impatient: None, deed: str
) -> None:
    tab = await tabs.open(sqlite_office.sales)
    await tab.fire(Probe.work(""))
    assert (await tab.state(Probe)).kept == ["begun", "ended"]
    await tab.fire(Probe.work(deed))
    assert (await tab.state(Probe)).kept == ["begun"]


async def test_background_work_never_writes_into_the_next_persons_tab(sqlite_office: Office, tabs: Tabs) -> None:
    tab = await tabs.open(sqlite_office.sales)
    await tab.fire(Probe.fill)

    def somebody_else_comes(_session: Any, _user_id: int) -> None:
        root = tabs.app.state_manager.states[tab.token]  # type: ignore[attr-defined]
        root.get_substate(Frame.get_full_name().split("."))._seal = "another"

    DEEDS["swap"] = somebody_else_comes
    try:
        await tab.fire(Probe.work("swap"))
    finally:
        del DEEDS["swap"]
    assert (await tab.state(Probe)).kept == ["begun"]


async def test_a_new_password_is_due_before_anything_else(
    sqlite_office: Office, sqlite_db: Database, tabs: Tabs
) -> None:
    with sqlite_db.writing() as session:
        session.get_one(User, sqlite_office.sales.user_id).must_change_password = True
    tab = await tabs.open(sqlite_office.sales)
    await tab.fire(Probe.fill)
    assert (await tab.state(Probe)).kept == []
    assert tab.redirects() == ["/account/password"]
    await tab.fire(Start.open_password, "/account/password")
    assert (await tab.state(Frame)).gate == "open"


async def test_the_same_denial_is_traced_once_a_minute(sqlite_office: Office, sqlite_db: Database, tabs: Tabs) -> None:
    with sqlite_db.writing() as session:
        for grant in session.exec(select(RoleGrant).where(RoleGrant.permission == Permission.PROFILE_EDIT)):
            session.delete(grant)
    sessions.forget_rights()
    tab = await tabs.open(sqlite_office.sales)
    for _ in range(20):
        await tab.fire(Probe.fill)
        await tab.fire(Sessions.load)
    with sqlite_db.reading() as session:
        denied = session.exec(select(AuditEntry.subject_id).where(AuditEntry.action == Action.ACCESS_DENIED)).all()
    assert sorted(denied) == ["Probe.fill", "Sessions.load"]


async def test_a_flood_of_one_tab_runs_out(sqlite_office: Office, tabs: Tabs, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    monkeypatch.setattr(sessions, "list_sessions", lambda *_: calls.append(1) or [])
    tab = await tabs.open(sqlite_office.sales)
    for _ in range(120):
        await tab.fire(Sessions.load)
    assert 40 <= len(calls) < 110


async def test_a_very_long_address_is_not_sent_back(sqlite_office: Office, tabs: Tabs) -> None:
    tab = await tabs.open()
    await tab.fire(Probe.fill, "/customers?q=" + "x" * 100_000)
    assert max(map(len, tab.redirects())) < 3_500


@pytest.mark.parametrize(
    "path", ["//evil.example", "/\\evil.example", "https://evil.example", "/login", "javascript:alert(1)"]
)
async def test_the_way_to_the_sign_in_page_leads_nowhere_else(sqlite_office: Office, tabs: Tabs, path: str) -> None:
    tab = await tabs.open()
    await tab.fire(Probe.fill, path)
    (target,) = tab.redirects()
    assert target.split("?")[0] == "/login"


async def test_who_signs_out_is_not_told_that_his_session_was_ended(
    sqlite_office: Office, tabs: Tabs, browser: Callable[..., httpx.AsyncClient]
) -> None:
    with get_database().writing() as session:
        user = session.get_one(User, sqlite_office.sales.user_id)
        cookie = sessions.start_session(session, user=user, address="127.0.0.1", device="test")
    own, beside = [await tabs.open_with(f"{sessions.COOKIE}={cookie}") for _ in range(2)]
    elsewhere = await tabs.open(sqlite_office.sales)
    for tab in (own, beside, elsewhere):
        await tab.fire(Probe.fill, "/customers/new")
    visitor = browser()
    visitor.cookies.set(sessions.COOKIE, cookie)
    assert (await visitor.post("/api/auth/sign-out", json={})).status_code == 200
    for tab in (own, beside):
        await tab.fire(guard.Presence.look, "/customers/new")  # As the hub sends it.
        assert await ended(tab)
        await tab.fire(Probe.fill, "/customers/new")
        assert set(tab.redirects()) == {"/login"}
    # Signing out without a session says nothing of anybody: a stranger's link keeps its way back.
    assert (await browser().post("/api/auth/sign-out", json={})).status_code == 200
    stranger = await tabs.open()
    await stranger.fire(Probe.fill, "/customers/new")
    assert stranger.redirects() == ["/login?next=/customers/new"]
    with get_database().writing() as session:
        sessions.end_all_sessions(session, sqlite_office.sales.user_id)
    await elsewhere.fire(guard.Presence.look, "/customers/new")
    assert elsewhere.redirects() == ["/login?next=/customers/new&ended=1"]


async def test_messages_are_in_the_persons_language(sqlite_office: Office, tabs: Tabs) -> None:
    tab = await tabs.open(sqlite_office.sales)
    await tab.fire(Shell.switch_language)
    frame = await tab.state(Frame)
    await notify(frame, "access.sessions.ended")
    assert (frame.language, frame.toast.text) == ("en", "Session ended")

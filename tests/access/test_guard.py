"""The guard denies by default, validates strictly, and never lets one person's state reach the next one on a tab."""

from typing import Any

import pytest
import reflex as rx
from reflex_base.registry import RegistrationContext
from sqlmodel import select

from crm_app.access import sessions
from crm_app.access.actor import Actor
from crm_app.access.arguments import BadRequest, Moment, argument_check
from crm_app.access.audit import Action
from crm_app.access.gate import FRAMEWORK_EVENTS, policy_of
from crm_app.access.state import Frame
from crm_app.access.tabs import Allowances, session_token
from crm_app.account.state import Sessions, Start
from crm_app.catalogue import say
from crm_app.core.db import Database
from crm_app.customer_page.state import CustomerPage
from crm_app.directory.state import Directory
from crm_app.models import AuditEntry
from crm_app.recycle_bin.state import RecycleBin
from crm_app.ui.state import Shell
from crm_app.views.state import Views
from tests.factories import Office
from tests.tabs import Tabs


def our_events() -> dict[str, Any]:
    """Every registered handler of this application, by event name."""
    from crm_app.crm_app import app

    for route in list(app._unevaluated_pages):
        app._compile_page(route)
    return {
        name: registered
        for name, registered in RegistrationContext.get().event_handlers.items()
        if name not in FRAMEWORK_EVENTS
    }


def test_the_frameworks_own_events_exist_under_the_names_that_the_gate_lets_through() -> None:
    our_events()
    assert set(RegistrationContext.get().event_handlers) >= FRAMEWORK_EVENTS


def test_every_handler_of_ours_declares_what_it_requires() -> None:
    undeclared = [
        name
        for name, registered in our_events().items()
        if policy_of(name) is None and registered.states[0].__module__.startswith(("crm_app", "reflex.istate.dynamic"))
    ]
    assert [name for name in undeclared if not name.endswith(".setvar")] == []


async def test_what_declares_nothing_does_not_run(sqlite_office: Office, tabs: Tabs) -> None:
    tab = await tabs.open(sqlite_office.admin)
    await tab.fire(Sessions.load, "/account/sessions")
    name = next(n for n in our_events() if n.endswith("setvar") and "sessions" in n)
    await tab.fire_event(rx.event.Event(name=name, payload={"var_name": "lines", "value": []}))
    assert (await tab.state(Sessions)).lines != []


async def test_wrong_arguments_change_nothing(sqlite_office: Office, tabs: Tabs) -> None:
    tab = await tabs.open(sqlite_office.sales)
    await tab.fire(Sessions.load, "/account/sessions")
    before = [line.id for line in (await tab.state(Sessions)).lines]
    event = rx.event.Event.from_event_type([Sessions.end(before[0])])[0]
    for payload in (
        {"session_id": "abc"},
        {"session_id": True},
        {"session_id": None},
        {"session_id": [before[0]]},
        {"session_id": {"$gt": 0}},
        {"session_id": 1e400},
        {"session_id": before[0], "actor": {"user_id": 1}},
        {},
    ):
        await tab.fire_event(rx.event.Event(name=event.name, payload=payload))
        await tab.fire(Sessions.load, "/account/sessions")
        assert [line.id for line in (await tab.state(Sessions)).lines] == before, payload


def test_an_actor_in_the_payload_is_refused() -> None:
    async def handler(self: Any, actor: Actor, n: int, flag: bool = False) -> None: ...

    check = argument_check(handler, skip=2)
    assert check((1,), {}) == {"n": 1, "flag": False}
    for args, kwargs in (((1, False, 2), {}), ((), {"n": 1, "actor": None}), ((), {"n": "1"}), ((), {"flag": True})):
        with pytest.raises(BadRequest):
            check(args, kwargs)


def test_payloads_of_absurd_size_are_refused() -> None:
    async def handler(self: Any, actor: Actor, values: dict[str, str]) -> None: ...

    check = argument_check(handler, skip=2)
    for values in ({"a": "x" * 20_001}, {str(i): "" for i in range(1001)}, {"a": "\x00"}):
        with pytest.raises(BadRequest):
            check((values,), {})


def test_a_number_that_no_id_has_is_refused_unless_it_is_a_moment() -> None:
    async def handler(self: Any, actor: Actor, row: int, rows: list[int], asked: Moment) -> None: ...

    check = argument_check(handler, skip=2)
    at = 1_800_000_000_000
    assert check((2**31 - 1, [-1], at), {}) == {"row": 2**31 - 1, "rows": [-1], "asked": at}
    for args in ((2**31, [], at), (-(2**31) - 1, [], at), (1, [2**31], at)):
        with pytest.raises(BadRequest):
            check(args, {})


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/bin?q=%00", {}),
        ("/customers?f=name.contains.a%00b", {}),
        ("/customers/%00", {"number": "\x00"}),
        ("/customers/x", {"number": "MFG-1\ud800"}),
    ],
)
async def test_an_address_that_no_page_has_leads_nowhere(
    office: Office, tabs: Tabs, path: str, params: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    tab = await tabs.open(office.admin)
    handler = CustomerPage.load if params else RecycleBin.load if "bin" in path else Directory.load
    await tab.fire(handler, path, **params)
    assert (await tab.state(Frame)).gate == "missing"
    assert "failed" not in caplog.text
    await tab.fire(RecycleBin.load, "/bin?q=ok")
    assert (await tab.state(Frame)).gate == "open"


@pytest.mark.parametrize("row", [2**31, -(2**31) - 1, 10**14])
async def test_an_id_too_large_for_the_database_is_refused(
    office: Office, tabs: Tabs, row: int, caplog: pytest.LogCaptureFixture
) -> None:
    tab = await tabs.open(office.admin)
    await tab.fire(Views.pin(row, True), "/customers")
    assert (await tab.state(Frame)).toast.text == say("zh", "error.bad_request")
    assert "failed" not in caplog.text


async def test_the_next_person_on_a_tab_does_not_inherit_what_was_loaded(
    sqlite_office: Office, sqlite_db: Database, tabs: Tabs
) -> None:
    first = await tabs.open(sqlite_office.manager)
    await first.fire(Sessions.load, "/account/sessions")
    assert (await first.state(Frame)).user_name == "陈经理"
    thief = await tabs.open_with("", token=first.token)
    await thief.fire_event(rx.event.Event(name="reflex___state____state.hydrate", payload={}))
    assert "陈经理" not in str(thief.sent)
    assert (await thief.state(Sessions)).lines == []


async def test_a_refusal_by_role_leaves_one_trace(sqlite_office: Office, sqlite_db: Database, tabs: Tabs) -> None:
    from crm_app.access import permissions
    from crm_app.models import RoleGrant

    with sqlite_db.writing() as session:
        for grant in session.exec(select(RoleGrant).where(RoleGrant.permission == permissions.Permission.PROFILE_EDIT)):
            session.delete(grant)
    sessions.forget_rights()
    tab = await tabs.open(sqlite_office.service)
    await tab.fire(Sessions.load, "/account/sessions")
    assert (await tab.state(Frame)).gate == "forbidden"
    with sqlite_db.reading() as session:
        denied = session.exec(select(AuditEntry).where(AuditEntry.action == Action.ACCESS_DENIED)).all()
    assert [entry.username for entry in denied] == ["service"]


async def test_an_unforeseen_error_shows_a_reference_and_nothing_else(
    sqlite_office: Office, tabs: Tabs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: Any, **_kwargs: Any) -> None:
        raise RuntimeError("secret inner detail")

    monkeypatch.setattr(sessions, "list_sessions", broken)
    tab = await tabs.open(sqlite_office.sales)
    await tab.fire(Sessions.load, "/account/sessions")
    frame = await tab.state(Frame)
    assert frame.gate == "broken"
    assert len(frame.reference) == 8
    assert "secret inner detail" not in str(tab.sent)


def test_a_burst_is_let_through_and_a_flood_is_not() -> None:
    allowances = Allowances(rate=20, burst=40, size=3)
    assert sum(allowances.take("a") for _ in range(400)) in range(40, 60)
    assert allowances.take("b")
    for key in ("c", "d", "e"):
        allowances.take(key)
    assert len(allowances) == 3


def test_only_our_cookie_is_read() -> None:
    assert session_token(f"a=1; {sessions.COOKIE}=tok; b=2") == "tok"
    assert session_token("a=1") == ""
    assert session_token("") == ""


async def test_public_handlers_are_few() -> None:
    public = sorted(name for name in our_events() if (policy := policy_of(name)) and policy.public)
    assert [name.rpartition(".")[2] for name in public] == ["arrive", "arrive"]
    assert Start.arrive is not None
    assert Shell.reload is not None

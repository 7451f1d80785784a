"""The socket's guard: whose state a tab gets, how fast it is read, and when its state is forgotten."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest
from reflex.istate.manager.memory import StateManagerMemory

from crm_app.access import tabs as own
from crm_app.access.tabs import Allowance, OwnTabs, session_token, state_name
from crm_app.account.state import Sessions
from crm_app.core.settings import Settings
from tests.factories import Office
from tests.tabs import Tabs


class Inner:
    """In place of Reflex: remembers what it was given, and reads the socket until it closes."""

    def __init__(self) -> None:
        self.scopes: list[Any] = []
        self.messages: list[Any] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scopes.append(scope)
        while (message := await receive())["type"] == "websocket.receive":
            self.messages.append(message)


async def connect(
    guard: OwnTabs, *, query: bytes = b"token=tab", cookie: str = "", address: str = "10.0.0.1", texts: Any = ()
) -> list[Any]:
    """Open a socket, send the texts, close it; returns what the server sent."""
    sent: list[Any] = []
    arriving = iter([*({"type": "websocket.receive", "text": t} for t in texts), {"type": "websocket.disconnect"}])

    async def receive() -> Any:
        return next(arriving)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "websocket",
        "path": "/_event/",
        "query_string": query,
        "headers": [(b"cookie", cookie.encode())] if cookie else [],
        "client": (address, 1),
    }
    await guard(scope, receive, send)
    return sent


@pytest.fixture
def inner(monkeypatch: pytest.MonkeyPatch) -> Inner:
    monkeypatch.setattr(own, "forget_stranger", lambda *_: None)
    return Inner()


@pytest.fixture
def guard(inner: Inner) -> OwnTabs:
    return OwnTabs(inner, lambda: None)  # type: ignore[arg-type, return-value]


def given_token(inner: Inner) -> str:
    (token,) = parse_qs(inner.scopes[-1]["query_string"].decode())["token"]
    return token


class TestWhoseState:
    async def test_a_token_opens_its_state_only_with_the_same_cookie(self, guard: OwnTabs, inner: Inner) -> None:
        given = []
        for cookie in ("crm_session=a", "crm_session=a", "crm_session=b", "", "theme=dark; crm_session=a"):
            await connect(guard, cookie=cookie)
            given.append(given_token(inner))
        mine, again, thief, stranger, with_others = given
        assert mine == again == with_others
        assert len({mine, thief, stranger}) == 3

    async def test_neither_token_nor_cookie_can_be_read_from_the_name(self, guard: OwnTabs, inner: Inner) -> None:
        await connect(guard, query=b"EIO=4&transport=websocket&token=tab-token", cookie="crm_session=secret")
        query = inner.scopes[0]["query_string"].decode()
        assert "EIO=4" in query
        assert "tab-token" not in query
        assert "secret" not in query

    def test_token_and_cookie_do_not_run_into_each_other(self) -> None:
        assert state_name("crm_session=a", "b:c") != state_name("crm_session=a:b", "c")

    @pytest.mark.parametrize(
        "query",
        [b"", b"token=", b"token=" + b"x" * 101, b"EIO=4", b"&".join([b"a=b"] * 50) + b"&token=t", b"token"],
    )
    async def test_a_socket_without_a_usable_token_is_refused(self, guard: OwnTabs, inner: Inner, query: bytes) -> None:
        assert await connect(guard, query=query) == [{"type": "websocket.close", "code": own.REFUSED}]
        assert inner.scopes == []

    async def test_of_two_tokens_one_counts(self, guard: OwnTabs, inner: Inner) -> None:
        await connect(guard, query=b"token=a&token=b")
        assert given_token(inner) == state_name("", "a")

    async def test_a_socket_that_breaks_the_library_ends_quietly(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        async def breaks(*_: Any) -> None:
            raise IndexError("secret content of a packet")

        monkeypatch.setattr(own, "forget_stranger", lambda *_: None)
        with caplog.at_level("WARNING"):
            await connect(OwnTabs(breaks, lambda: None))  # type: ignore[arg-type, return-value]
        assert "IndexError" in caplog.text
        assert "secret" not in caplog.text

    async def test_what_is_no_socket_passes_untouched(self, guard: OwnTabs, inner: Inner) -> None:
        scope = {"type": "http", "query_string": b"token=x"}

        async def receive() -> Any:
            return {"type": "http.disconnect"}

        await guard(scope, receive, receive)  # type: ignore[arg-type]
        assert inner.scopes == [scope]


class TestHowMuch:
    async def test_an_address_that_opens_sockets_without_end_is_refused(self, guard: OwnTabs, inner: Inner) -> None:
        refused = [bool(await connect(guard, address="10.6.6.6")) for _ in range(300)]
        assert not any(refused[:100])
        assert all(refused[110:])
        assert not await connect(guard, address="10.0.0.2")

    async def test_a_flood_waits_at_the_socket_and_loses_nothing(
        self, guard: OwnTabs, inner: Inner, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        waited: list[float] = []

        async def sleep(seconds: float) -> None:
            waited.append(seconds)

        monkeypatch.setattr(own.asyncio, "sleep", sleep)
        await connect(guard, texts=["x"] * 1000)
        assert len(inner.messages) == 1000
        assert waited
        # 200 at once, then 40 a second: nothing really slept here, so each wait is the debt so far.
        assert max(waited) == pytest.approx(800 / 40, rel=0.1)

    async def test_large_messages_use_the_allowance_up_sooner(
        self, guard: OwnTabs, inner: Inner, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        waited: list[float] = []

        async def sleep(seconds: float) -> None:
            waited.append(seconds)

        monkeypatch.setattr(own.asyncio, "sleep", sleep)
        await connect(guard, texts=["x" * 200_000] * 20)
        assert len(waited) >= 10

    async def test_a_person_is_never_slowed_down(self, guard: OwnTabs, inner: Inner) -> None:
        began = time.monotonic()
        await connect(guard, texts=["x" * 500] * 100)
        assert time.monotonic() - began < 0.5

    def test_an_allowance_refills_to_its_burst_only(self, monkeypatch: pytest.MonkeyPatch) -> None:
        now = [0.0]
        monkeypatch.setattr(own.time, "monotonic", lambda: now[0])
        allowance = Allowance(rate=1, burst=3)
        assert [allowance.take() for _ in range(4)] == [True, True, True, False]
        now[0] = 1.0
        assert [allowance.take() for _ in range(2)] == [True, False]
        now[0] = 100.0
        assert [allowance.take() for _ in range(4)] == [True, True, True, False]


class TestForgetting:
    @pytest.fixture(autouse=True)
    def at_once(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        monkeypatch.setattr(own, "FORGET_SECONDS", 0)
        yield

    async def states(self, tabs: Tabs) -> dict[str, Any]:
        manager = tabs.app.state_manager
        assert isinstance(manager, StateManagerMemory)
        return manager.states

    async def close(self, tabs: Tabs, token: str) -> None:
        assert tabs.app.event_namespace is not None
        task = tabs.app.event_namespace.on_disconnect("sid-" + token)
        assert task is not None
        await task
        own.forget_stranger(tabs.app, token)

    async def test_strangers_states_go_with_their_socket(self, sqlite_office: Office, tabs: Tabs) -> None:
        tab = await tabs.open()
        await tab.fire(Sessions.load, "/account/sessions")
        assert tab.token in await self.states(tabs)
        await self.close(tabs, tab.token)
        assert tab.token not in await self.states(tabs)

    async def test_a_signed_in_persons_state_survives_a_lost_connection(
        self, sqlite_office: Office, tabs: Tabs
    ) -> None:
        tab = await tabs.open(sqlite_office.sales)
        await tab.fire(Sessions.load, "/account/sessions")
        await self.close(tabs, tab.token)
        assert tab.token in await self.states(tabs)

    async def test_a_stranger_who_is_still_there_keeps_his(self, sqlite_office: Office, tabs: Tabs) -> None:
        tab = await tabs.open()
        await tab.fire(Sessions.load, "/account/sessions")
        own.forget_stranger(tabs.app, tab.token)
        assert tab.token in await self.states(tabs)

    async def test_the_socket_asks_for_it_when_it_closes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        forgotten = asyncio.Event()
        names: list[Any] = []

        def forget(_app: Any, name: str) -> None:
            names.append(name)
            forgotten.set()

        monkeypatch.setattr(own, "forget_stranger", forget)
        await connect(OwnTabs(Inner(), lambda: "app"))  # type: ignore[arg-type, return-value]
        await asyncio.wait_for(forgotten.wait(), 5)
        assert names == [state_name("", "tab")]


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("a=1; crm_session=tok; b=2", "tok"),
        ('json={"a": [1,2]}; crm_session=tok', "tok"),
        ("bad cookie; ;; crm_session=tok", "tok"),
        ("crm_session=a; crm_session=b", "b"),
        ("xcrm_session=a", ""),
        ("", ""),
    ],
)
def test_our_cookie_is_found_among_whatever_others_there_are(header: str, token: str) -> None:
    assert session_token(header) == token


def test_settings_bound_what_a_tab_may_send() -> None:
    assert Settings().events_per_second == 20

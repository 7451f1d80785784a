"""The hub tells each watcher once after a change, and no more often than it may."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar

import pytest

from crm_app.core.changes import Change, Listener
from crm_app.core.live import Hub, Interest

CUSTOMERS = Interest(frozenset({"customer"}))
SECONDS = 5


class Radio:
    """A feed that the test speaks into."""

    def __init__(self) -> None:
        self.listeners: list[Listener] = []
        self.switched_on = asyncio.Event()

    def __call__(self, listener: Listener) -> Callable[[], None]:
        self.switched_on.set()
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    def say(self, *changes: Change) -> None:
        for listener in self.listeners:
            listener(changes)


class Told:
    """Records who was told what, and lets the test wait for it."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, object]] = []
        self.reaction: Callable[[str], object] = lambda _token: None
        self._heard = asyncio.Condition()

    async def __call__(self, token: str, message: object) -> None:
        result = self.reaction(token)
        if asyncio.iscoroutine(result):
            await result
        async with self._heard:
            self.messages.append((token, message))
            self._heard.notify_all()

    async def wait_for(self, count: int) -> None:
        async with self._heard:
            await asyncio.wait_for(self._heard.wait_for(lambda: len(self.messages) >= count), SECONDS)


@asynccontextmanager
async def running(hub: Hub) -> AsyncIterator[tuple[Radio, Told]]:
    radio, told = Radio(), Told()
    task = asyncio.create_task(hub.run(told, feed=radio))
    await radio.switched_on.wait()
    try:
        yield radio, told
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert not radio.listeners


def quick() -> Hub:
    return Hub(gather=0.01, pause=0.01)


async def test_who_looks_again_by_himself_is_not_told_of_what_he_sees_then() -> None:
    hub = quick()
    async with running(hub) as (radio, told):
        hub.watch("saver", "pages", CUSTOMERS, "look")
        hub.watch("other", "pages", CUSTOMERS, "look")
        radio.say(Change("customer", 7))
        await asyncio.sleep(0)
        hub.watch("saver", "pages", CUSTOMERS, "look")
        await told.wait_for(1)
        hub.watch("last", "pages", CUSTOMERS, "look")
        radio.say(Change("customer", 8))
        await told.wait_for(3)
        tokens = [token for token, _ in told.messages]
        assert (tokens[0], sorted(tokens[1:])) == ("other", ["last", "saver"])


async def test_a_change_is_told_to_those_it_concerns_only() -> None:
    hub = quick()
    async with running(hub) as (radio, told):
        hub.watch("all", "pages", CUSTOMERS, "look")
        hub.watch("one", "pages", Interest(frozenset({"customer", "task"}), customer_id=7), "look")
        hub.watch("other", "pages", Interest(frozenset({"customer", "task"}), customer_id=8), "look")
        hub.watch("tags", "pages", Interest(frozenset({"tag"})), "look")
        radio.say(Change("customer", 7), Change("task", 9))
        await told.wait_for(2)
        assert {token for token, _ in told.messages} == {"all", "one"}
        assert hub.watching("pages") == {"other", "tags"}


async def test_what_names_no_customer_concerns_each() -> None:
    hub = quick()
    async with running(hub) as (radio, told):
        hub.watch("one", "pages", Interest(frozenset({"customer", "option"}), customer_id=7), "look")
        hub.watch("other", "pages", Interest(frozenset({"customer"}), customer_id=7), "look")
        radio.say(Change("option"))
        await told.wait_for(1)
        assert told.messages == [("one", "look")]


async def test_a_watch_is_good_for_one_telling_and_renewed_by_watching_again() -> None:
    hub = quick()
    async with running(hub) as (radio, told):
        told.reaction = lambda token: hub.watch(token, "pages", CUSTOMERS, "again") if token == "stays" else None
        hub.watch("stays", "pages", CUSTOMERS, "first")
        hub.watch("goes", "pages", CUSTOMERS, "first")
        radio.say(Change("customer", 1))
        await told.wait_for(2)
        radio.say(Change("customer", 1))
        await told.wait_for(3)
        assert sorted(told.messages) == [("goes", "first"), ("stays", "again"), ("stays", "first")]
        assert hub.watching("pages") == {"stays"}


async def test_many_changes_at_once_are_told_once() -> None:
    hub = quick()
    async with running(hub) as (radio, told):
        told.reaction = lambda token: hub.watch(token, "pages", CUSTOMERS, "look")
        hub.watch("a", "pages", CUSTOMERS, "look")
        for n in range(500):
            radio.say(Change("customer", n))
        await told.wait_for(1)
        hub.watch("marker", "markers", Interest(frozenset({"end"})), "end")
        radio.say(Change("end"))
        await told.wait_for(2)
        assert told.messages.count(("a", "look")) == 1


async def test_a_change_while_a_page_is_looking_is_told_again() -> None:
    """It watches, looks, and may have looked before the change was there."""
    hub = quick()
    async with running(hub) as (radio, told):

        async def look(token: str) -> None:
            hub.watch(token, "pages", CUSTOMERS, "look")
            if not told.messages:
                radio.say(Change("customer", 2))
                await asyncio.sleep(0)

        told.reaction = look
        hub.watch("a", "pages", CUSTOMERS, "look")
        radio.say(Change("customer", 1))
        await told.wait_for(2)


async def test_a_slow_lane_does_not_hold_up_another() -> None:
    hub = quick()
    async with running(hub) as (radio, told):
        block = asyncio.Event()
        told.reaction = lambda token: block.wait() if token == "slow" else None
        hub.watch("slow", "dashboards", CUSTOMERS, "look")
        hub.watch("quick", "pages", CUSTOMERS, "look")
        radio.say(Change("customer", 1))
        await told.wait_for(1)
        assert told.messages == [("quick", "look")]
        block.set()
        await told.wait_for(2)


async def test_it_rests_as_long_as_the_telling_took() -> None:
    rested = asyncio.Event()

    async def sleep(seconds: float) -> None:
        if 0.5 <= seconds < 1:
            rested.set()
        await asyncio.sleep(min(seconds, 0.01))

    hub = Hub(gather=0.01, pause=0.4, sleep=sleep)
    assert (hub.rest_after(0.1), hub.rest_after(0.5)) == (0.4, 0.5)
    async with running(hub) as (radio, told):
        told.reaction = lambda _token: asyncio.sleep(0.5)
        hub.watch("a", "pages", CUSTOMERS, "look")
        radio.say(Change("customer", 1))
        await told.wait_for(1)
        await asyncio.wait_for(rested.wait(), SECONDS)


async def test_one_that_fails_or_hangs_does_not_stop_the_others(caplog: pytest.LogCaptureFixture) -> None:
    hub = Hub(gather=0.01, pause=0.01, patience=0.05)
    async with running(hub) as (radio, told):

        async def react(token: str) -> None:
            if token == "fails":
                raise ValueError("no")
            if token == "hangs":
                await asyncio.Event().wait()
            hub.watch(token, "pages", CUSTOMERS, "look")

        told.reaction = react
        for token in ("fails", "hangs", "fine"):
            hub.watch(token, "pages", CUSTOMERS, "look")
        radio.say(Change("customer", 1))
        await told.wait_for(1)
        radio.say(Change("customer", 1))
        await told.wait_for(2)
        assert {token for token, _ in told.messages} == {"fine"}
        assert "failed" in caplog.text


async def test_telling_knows_nothing_of_the_one_who_watched_first() -> None:
    """His context names his tab and his cookie: see crm_app.ui.live."""
    serving: ContextVar[str] = ContextVar("serving", default="nobody")
    hub = quick()
    async with running(hub) as (radio, told):
        seen: list[str] = []
        told.reaction = lambda _token: seen.append(serving.get())
        serving.set("the first")
        hub.watch("first", "pages", CUSTOMERS, "look")
        hub.watch("second", "pages", CUSTOMERS, "look")
        radio.say(Change("customer", 1))
        await told.wait_for(2)
        assert seen == ["nobody", "nobody"]


async def test_changes_come_from_any_thread() -> None:
    hub = quick()
    async with running(hub) as (radio, told):
        hub.watch("a", "pages", CUSTOMERS, "look")
        thread = threading.Thread(target=radio.say, args=(Change("customer", 1),))
        thread.start()
        await told.wait_for(1)
        thread.join()


async def test_the_number_of_watchers_is_bounded() -> None:
    hub = Hub(most=3)
    for n in range(5):
        hub.watch(f"t{n}", "pages", CUSTOMERS, "look")
    assert hub.watching("pages") == {"t2", "t3", "t4"}


async def test_a_full_minute_is_told_to_those_who_ask_for_it() -> None:
    hub = Hub(gather=0.01, pause=0.01, sleep=lambda seconds: asyncio.sleep(min(seconds, 0.01)))
    async with running(hub) as (_radio, told):
        hub.watch("clock", "pages", Interest(frozenset({"minute"}), customer_id=3), "look")
        hub.watch("rest", "pages", CUSTOMERS, "look")
        await told.wait_for(1)
        assert told.messages == [("clock", "look")]


async def test_a_tab_that_is_gone_is_told_nothing() -> None:
    hub = quick()
    async with running(hub) as (radio, told):
        for tab in ("gone", "here"):
            hub.watch(tab, "pages", CUSTOMERS, "look")
        assert hub.is_watching("gone", "pages")
        radio.say(Change("customer", 7))
        hub.forget("gone")
        assert not hub.is_watching("gone", "pages")
        assert not hub.is_watching("here", "elsewhere")
        await told.wait_for(1)
        assert told.messages == [("here", "look")]

"""Fifty people at once, without browsers: what one browser sent for an action is recorded and sent again by each.

Recording keeps the bench free of handler names: it measures whatever the pages really send.
"""

import asyncio
import json
import random
import re
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import socketio

NAMESPACE = "/_event"
_FRAME = re.compile(r"^42/_event,(?:\d+)?(\[.*)$", re.DOTALL)
_OPENING = re.compile(r"^40/_event,(\{.*)$", re.DOTALL)
"""The first event of a page travels with the opening of its socket."""
LOADED = "is_hydrated"
"""Reflex takes it back when it begins to load a page, and gives it when all of the page's loading is done."""
BETWEEN_SECONDS = (0.5, 1.5)
"""From one action of a person to his next. At an even second all would keep the distance that they began with: twenty
that happened to begin together came together sixty times."""
TIMEOUT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Recorded:
    """An action: the events that a browser sent for it, and the state vars by whose coming its end is known."""

    name: str
    events: tuple[dict[str, Any], ...]
    answer: frozenset[tuple[str, str]]
    opening: dict[str, Any] | None = None
    """What went along with the opening of the socket."""


@dataclass
class Recorder:
    """Collects a page's frames between `start` and `finish`."""

    sent: list[Any] = field(default_factory=list)
    received: list[Any] = field(default_factory=list)
    opening: dict[str, Any] | None = None

    def attach(self, page: Any) -> None:
        """Listen to the sockets that a Playwright page opens from now on."""
        page.on("websocket", self._opened)

    def _opened(self, socket: Any) -> None:
        socket.on("framesent", self._sent)
        socket.on("framereceived", lambda frame: self._keep(self.received, frame))

    def _sent(self, frame: str | bytes) -> None:
        opened = _OPENING.match(frame) if isinstance(frame, str) else None
        if opened:
            self.opening = json.loads(opened[1])
        self._keep(self.sent, frame)

    @staticmethod
    def _keep(kept: list[Any], frame: str | bytes) -> None:
        found = _FRAME.match(frame) if isinstance(frame, str) else None
        if found:
            kind, *content = json.loads(found[1])
            if kind == "event" and content:
                kept.append(content[0])

    def start(self) -> None:
        """Forget what came before."""
        self.sent.clear()
        self.received.clear()
        self.opening = None

    def finish(self, name: str, *, answer: str = "") -> Recorded:
        """What was sent since `start`, and its answer."""
        told = [_told(update) for update in self.received]
        if not (self.sent or self.opening) or not any(told):
            raise RuntimeError(f"nothing was sent or answered for {name!r}")
        return Recorded(name, tuple(self.sent), _answer(told, answer), self.opening)


Told = dict[tuple[str, str], Any]
"""What an update tells: the values of vars by state and name."""


def _told(update: dict[str, Any]) -> Told:
    return {(state, var): value for state, delta in (update.get("delta") or {}).items() for var, value in delta.items()}


def _answer(told: list[Told], wanted: str) -> frozenset[tuple[str, str]]:
    """The vars that mark the end of an action.

    A page that was opened is there when it says so, whether or not its content is another one than before. Else it is
    the update with the most in it: the vars that it brought and none before it did, of which some may come unchanged.
    """
    loaded = {key for update in told for key, value in update.items() if key[1].startswith(LOADED) and value is True}
    if loaded and not wanted:
        return frozenset(loaded)
    sizes = {
        n: max((len(json.dumps(value)) for (_, var), value in update.items() if var.startswith(wanted)), default=-1)
        for n, update in enumerate(told)
    }
    largest = max(sizes, key=lambda n: sizes[n])
    found = {key for key in told[largest] if key[1].startswith(wanted)}
    return frozenset(found - {key for update in told[:largest] for key in update})


@dataclass
class Outcome:
    """What the people saw: seconds by action, and what went wrong."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def all_ms(self) -> list[float]:
        """Every answer's time in ms, in order."""
        return sorted(1000 * second for seconds in self.seconds.values() for second in seconds)

    def percentile(self, share: float) -> float:
        """The time in ms that this share of the answers did not exceed."""
        ordered = self.all_ms()
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("inf")


Vary = Callable[[str, int, int], str]
"""(an event as JSON, person, turn) → the event with names and numbers of its own, so that nobody saves another's."""


class Person:
    """One tab of one signed-in person."""

    def __init__(self, url: str, cookie: str, number: int) -> None:
        self._url, self._cookie, self.number = url, cookie, number
        self._client = socketio.AsyncClient(reconnection=False)
        self._waiting: tuple[frozenset[tuple[str, str]], asyncio.Future[None]] | None = None
        self._client.on("event", self._receive, namespace=NAMESPACE)

    async def connect(self, page: Recorded) -> None:
        """Open the socket as the frontend does on that page, and wait until the page has its state."""
        done = self._expect(page.answer)
        await self._client.connect(
            f"{self._url}/?token={uuid.uuid4()}",
            namespaces=[NAMESPACE],
            transports=["websocket"],
            socketio_path="/_event/",
            headers={"Cookie": self._cookie, "Origin": self._url},
            auth=page.opening,
        )
        await asyncio.wait_for(done, TIMEOUT_SECONDS)

    def _expect(self, answer: frozenset[tuple[str, str]]) -> asyncio.Future[None]:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting = (answer, done)
        return done

    async def _receive(self, update: dict[str, Any]) -> None:
        if self._waiting is None:
            return
        answer, done = self._waiting
        came = _told(update)
        if not done.done() and any(key in came and came[key] is not False for key in answer):
            done.set_result(None)

    async def act(self, action: Recorded, vary: Vary, turn: int) -> float:
        """Send an action's events and wait for its answer; the seconds that took."""
        done = self._expect(action.answer)
        began = time.perf_counter()
        for event in action.events:
            varied = json.loads(vary(json.dumps(event, ensure_ascii=False), self.number, turn))
            await self._client.emit("event", varied, namespace=NAMESPACE)
        await asyncio.wait_for(done, TIMEOUT_SECONDS)
        return time.perf_counter() - began

    async def close(self) -> None:
        """Leave."""
        await self._client.disconnect()


async def crowd(
    url: str,
    cookies: Sequence[str],
    actions: Sequence[tuple[Recorded, int]],
    *,
    opening: Recorded,
    seconds: int,
    vary: Vary,
) -> Outcome:
    """Everybody does one action a second on average, each in his own time; `actions` come with their weights."""
    outcome = Outcome()
    people = [Person(url, cookie, number) for number, cookie in enumerate(cookies)]
    for person in people:
        await person.connect(opening)
    ends = time.perf_counter() + seconds
    await asyncio.gather(*(_work(person, actions, ends, vary, outcome) for person in people))
    await asyncio.gather(*(person.close() for person in people))
    return outcome


async def _work(
    person: Person, actions: Sequence[tuple[Recorded, int]], ends: float, vary: Vary, outcome: Outcome
) -> None:
    rng = random.Random(person.number)
    choices, weights = [action for action, _ in actions], [weight for _, weight in actions]
    await asyncio.sleep(rng.uniform(*BETWEEN_SECONDS))
    turn = 0
    while time.perf_counter() < ends:
        turn += 1
        action, began, pause = rng.choices(choices, weights)[0], time.perf_counter(), rng.uniform(*BETWEEN_SECONDS)
        try:
            outcome.seconds.setdefault(action.name, []).append(await person.act(action, vary, turn))
        except (TimeoutError, socketio.exceptions.SocketIOError) as error:
            outcome.errors.append(f"{action.name}: {error!r}")
        await asyncio.sleep(max(0.0, pause - (time.perf_counter() - began)))

"""What stands between a tab's socket and its state: whose state it is, how much it may send, when it is forgotten.

Reflex keeps the state of a tab under a token that the browser makes up and shows in its address (`?token=`): whoever
knows it is given that state, and receives what is still being sent to it. Here the name of the state is made of that
token and the session's cookie, so that a token alone opens nothing and two people never share a state, whatever one
tab was used for before.
"""

import asyncio
import hashlib
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs, urlencode

from reflex import App
from reflex.istate.manager.memory import StateManagerMemory
from reflex.istate.manager.token import BaseStateToken
from reflex.state import State
from starlette.requests import cookie_parser

from crm_app.access import sessions
from crm_app.access.state import Frame
from crm_app.core.live import HUB
from crm_app.core.settings import get_settings

refused = logging.getLogger("crm_app.access.refused")
"""Of what anybody can cause: thinned out, see `access.redaction`."""

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

MAX_TOKEN = 100
BYTES_PER_EVENT = 8 * 1024
"""What an event of a page of ours weighs at most on the average of a few seconds."""
FORGET_SECONDS = 5
"""A tab that is back sooner, as after a reload, finds its state."""
REFUSED = 4400
TOO_MANY = 4429


class Allowance:
    """A token bucket: `rate` a second, `burst` at once."""

    __slots__ = ("_level", "_since", "burst", "rate")

    def __init__(self, *, rate: float, burst: float) -> None:
        self.rate, self.burst = rate, burst
        self._level, self._since = burst, time.monotonic()

    def take(self, amount: float = 1) -> bool:
        """Take it if it is there."""
        self._refill()
        if self._level < amount:
            return False
        self._level -= amount
        return True

    def owe(self, amount: float) -> float:
        """Take it in any case; returns the seconds to wait until the debt is paid."""
        self._refill()
        self._level -= amount
        return max(0.0, -self._level / self.rate)

    def _refill(self) -> None:
        now = time.monotonic()
        self._level = min(self.burst, self._level + (now - self._since) * self.rate)
        self._since = now


class Allowances:
    """One allowance a key; bounded, the longest unused ones go first."""

    def __init__(self, *, rate: float, burst: float, size: int = 20_000) -> None:
        self.rate, self.burst, self.size = rate, burst, size
        self._known: OrderedDict[str, Allowance] = OrderedDict()

    def take(self, key: str) -> bool:
        """Take one of the key's allowance if it is there."""
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = Allowance(rate=self.rate, burst=self.burst)
        self._known.move_to_end(key)
        while len(self._known) > self.size:
            self._known.popitem(last=False)
        return found.take()

    def __len__(self) -> int:
        return len(self._known)


def session_token(cookie_header: str) -> str:
    """Our cookie's value in a Cookie header; empty when it isn't there. Read as the HTTP routes read it."""
    return cookie_parser(cookie_header).get(sessions.COOKIE, "")


def seal_of(cookie_header: str) -> str:
    """What tells one session's cookie from another's without being it."""
    return hashlib.sha256(session_token(cookie_header).encode()).hexdigest()


def state_name(cookie_header: str, tab_token: str) -> str:
    """The name under which Reflex keeps the state of this tab for this session."""
    return hashlib.sha256(f"{seal_of(cookie_header)}:{tab_token}".encode()).hexdigest()[:40]


class OwnTabs:
    """ASGI middleware around Reflex: names the state of each socket, and limits what a socket may send.

    A socket that sends too fast is read more slowly, so that its backlog stays with the sender.
    """

    def __init__(self, inner: ASGIApp, get_app: Callable[[], App]) -> None:
        settings = get_settings()
        self.inner, self.get_app = inner, get_app
        self.events_per_second = settings.events_per_second
        self._arrivals = Allowances(rate=settings.sockets_per_address / 5, burst=settings.sockets_per_address * 2)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self.inner(scope, receive, send)
            return
        name = _named(scope)
        if not name or not self._arrivals.take((scope.get("client") or ("",))[0]):
            await receive()
            await send({"type": "websocket.close", "code": TOO_MANY if name else REFUSED})
            return
        query = urlencode({**_query(scope), "token": name}).encode()
        try:
            await self.inner({**scope, "query_string": query}, self._paced(receive), send)
        except Exception as error:
            # Packets that are none make the socket library raise: one line a while, instead of a traceback each.
            refused.warning("a socket ended by %s", type(error).__name__)
        finally:
            asyncio.get_running_loop().call_later(FORGET_SECONDS, forget_stranger, self.get_app(), name)

    def _paced(self, receive: Receive) -> Receive:
        rate = self.events_per_second
        count = Allowance(rate=rate * 2, burst=rate * 10)
        size = Allowance(rate=rate * BYTES_PER_EVENT, burst=rate * BYTES_PER_EVENT * 10)

        async def paced() -> Message:
            message = await receive()
            if message["type"] == "websocket.receive":
                length = len(message.get("text") or message.get("bytes") or "")
                wait = max(count.owe(1), size.owe(length))
                if wait:
                    await asyncio.sleep(wait)
            return message

        return paced


def own_tabs(get_app: Callable[[], App]) -> Callable[[ASGIApp], ASGIApp]:
    """What `rx.App(api_transformer=…)` takes; the app itself is asked for when the first socket opens."""
    return lambda inner: OwnTabs(inner, get_app)


def _query(scope: Scope) -> dict[str, str]:
    found = parse_qs(scope.get("query_string", b"").decode("latin-1"), max_num_fields=20)
    return {name: values[0] for name, values in found.items()}


def _named(scope: Scope) -> str:
    try:
        token = _query(scope).get("token", "")
    except ValueError:
        return ""
    if not token or len(token) > MAX_TOKEN:
        return ""
    cookies = [value.decode("latin-1") for name, value in scope["headers"] if name == b"cookie"]
    return state_name("; ".join(cookies), token)


def forget_stranger(app: App, name: str) -> None:
    """Drop the state of a tab whose socket has closed, unless somebody has been signed in on it.

    A stranger's state holds nothing of worth; kept for an hour as Reflex does, invented tabs would fill the memory.
    """
    manager, namespace = app.state_manager, app.event_namespace
    if not isinstance(manager, StateManagerMemory) or namespace is None:
        return
    if name in namespace.token_to_sid:
        return
    HUB.forget(name)
    token = BaseStateToken(ident=name, cls=State)
    root = manager.states.get(token.cache_key)
    lock = manager._states_locks.get(token.lock_key)
    if root is None or (lock is not None and lock.locked()):
        return
    if not root.get_substate(Frame.get_full_name().split(".")).username:
        manager._purge_token(token)

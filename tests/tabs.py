"""Tabs of a browser without the browser: real event processor, middleware, guard and state manager."""

import asyncio
import dataclasses
import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import reflex as rx
from reflex.app import EventNamespace
from reflex.istate.manager.token import BaseStateToken
from reflex.utils import format

from crm_app.access import guard, sessions
from crm_app.access.actor import Actor
from crm_app.core.db import get_database
from crm_app.models import User

S = TypeVar("S", bound=rx.State)


def _namespace(app: rx.App) -> EventNamespace:
    """The socket's namespace; every app with state has one."""
    if app.event_namespace is None:
        raise RuntimeError("the app has no state")
    return app.event_namespace


@dataclasses.dataclass
class Tab:
    """One tab; `sent` is everything that the server emitted to it, as it goes over the wire."""

    app: rx.App
    token: str
    sent: list[Any]

    async def fire(self, spec: Any, path: str = "/", **params: str) -> None:
        """Send an event as the page at `path` would, and wait for its chain to end; `params` are dynamic segments."""
        event = rx.event.Event.from_event_type([spec])[0]
        await self.fire_event(event, path, **params)

    async def fire_event(self, event: Any, path: str = "/", **params: str) -> None:
        """As `fire`, for a ready event."""
        pathname, _, query = path.partition("?")
        static = _namespace(self.app)._static_router_data["sid-" + self.token]
        router = {
            "pathname": pathname,
            "asPath": path,
            "query": dict(parse_qsl(query)) | params,
            **static,
            "token": self.token,
        }
        future = await self.app.event_processor.enqueue(self.token, dataclasses.replace(event, router_data=router))
        await future.wait_all()

    def redirects(self) -> list[str]:
        """The paths to which the server sent this tab."""
        events = [e for update in self.sent if isinstance(update, dict) for e in update.get("events") or []]
        return [e["payload"]["path"] for e in events if e["name"] == "_redirect"]

    async def state(self, cls: type[S]) -> S:
        """The tab's state of that class, to look at."""
        root = await self.app.state_manager.get_state(BaseStateToken(ident=self.token, cls=cls))
        return await root.get_state(cls)


@dataclasses.dataclass
class Tabs:
    """Opens tabs."""

    app: rx.App
    opened: dict[str, Tab]

    async def open(self, actor: Actor | None = None) -> Tab:
        """A tab of a browser where this person has just signed in; of a stranger without one."""
        cookie = ""
        if actor is not None:
            with get_database().writing() as session:
                user = session.get_one(User, actor.user_id)
                token = sessions.start_session(session, user=user, address="127.0.0.1", device="test")
            cookie = f"{sessions.COOKIE}={token}"
        return await self.open_with(cookie)

    async def open_with(self, cookie: str, token: str = "") -> Tab:
        """A tab with this Cookie header, under a tab token of its own unless one is given."""
        tab = Tab(self.app, token or uuid.uuid4().hex, [])
        self.opened[tab.token] = tab
        scope = {
            "headers": [(b"cookie", cookie.encode()), (b"origin", b"http://test"), (b"host", b"test")],
            "client": ("127.0.0.1", 1),
        }
        environ = {"QUERY_STRING": "token=" + tab.token, "asgi.scope": scope}
        await _namespace(self.app).on_connect("sid-" + tab.token, environ)
        return tab


@asynccontextmanager
async def running_tabs() -> AsyncIterator[Tabs]:
    """The application's event machinery, without its HTTP server."""
    from crm_app.crm_app import app

    # Databases of different tests give out the same ids.
    guard.forget_recent()
    tabs = Tabs(app, {})

    async def emit(event: str, data: Any = None, to: str | None = None, **_: Any) -> None:
        tab = tabs.opened.get((to or "").removeprefix("sid-"))
        if tab is not None:
            tab.sent.append(json.loads(format.json_dumps(data)))

    namespace = _namespace(app)
    original = namespace.emit
    namespace.emit = emit  # pyright: ignore[reportAttributeAccessIssue]
    try:
        async with app._setup_event_processor():
            yield tabs
    finally:
        namespace.emit = original


async def eventually(what: Callable[[], Awaitable[Any]], *, within: float = 5) -> None:
    """Wait until it holds; for what comes by itself."""

    async def wait() -> None:
        while not await what():  # noqa: ASYNC110 - what is waited for is told to no one here.
            await asyncio.sleep(0.01)

    await asyncio.wait_for(wait(), within)

"""A client of the event socket that knows the protocol and no manners.

Socket.IO by hand over one websocket: what arrives is kept as the text that came over the wire.
"""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self
from urllib.parse import parse_qsl

import aiohttp

NAMESPACE = "/_event"
HYDRATE = "reflex___state____state.hydrate"
_BARRIER = "barrier"
WAIT_SECONDS = 20


class Wire:
    """One open tab."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, token: str) -> None:
        self.socket, self.token = socket, token
        self.frames: list[str] = []
        self._sent_barriers = 0
        self._passed_barriers = 0
        self._arrived = asyncio.Condition()
        self._reading = asyncio.create_task(self._read())
        self.closed = asyncio.Event()

    async def send(self, name: Any, payload: Any = None, *, path: str = "/", **route: Any) -> None:
        """Send an event as the page at `path` would; `route` are the dynamic parts of its address."""
        pathname, _, query = path.partition("?")
        router = {"pathname": pathname, "asPath": path, "query": dict(parse_qsl(query)) | route}
        await self.send_raw({"name": name, "payload": {} if payload is None else payload, "router_data": router})

    async def send_raw(self, event: Any) -> None:
        """Send anything as an event's content."""
        await self.send_text(f"42{NAMESPACE}," + json.dumps(["event", event]))

    async def send_text(self, text: str) -> None:
        """Send anything at all."""
        await self.socket.send_str(text)

    async def settled(self, *, rounds: int = 2, path: str = "/", **route: Any) -> list[str]:
        """Wait until everything sent so far has run, with what it chained; returns the frames since the last time.

        Events of one tab run in their order, so an answered hydrate is a barrier; and it sends the whole state, so it
        is the probe for leaks as well. Each carries a number in its address, which comes back in the answer: other
        events look like an answered hydrate too.
        """
        for _ in range(rounds):
            self._sent_barriers += 1
            number = self._sent_barriers
            await self.send(HYDRATE, path=path, barrier=f"{_BARRIER}-{number}", **route)
            async with self._arrived, asyncio.timeout(WAIT_SECONDS):
                await self._arrived.wait_for(
                    lambda number=number: self._passed_barriers >= number or self.closed.is_set()
                )
        frames, self.frames = self.frames, []
        return frames

    async def heard(self, text: str) -> list[str]:
        """Wait for a frame with this text that nobody asked for; returns the frames since the last time."""
        async with self._arrived, asyncio.timeout(WAIT_SECONDS):
            await self._arrived.wait_for(lambda: any(text in frame for frame in self.frames) or self.closed.is_set())
        frames, self.frames = self.frames, []
        return frames

    async def _read(self) -> None:
        try:
            async for message in self.socket:
                if message.type is not aiohttp.WSMsgType.TEXT:
                    continue
                if message.data == "2":
                    await self.socket.send_str("3")
                    continue
                async with self._arrived:
                    self.frames.append(message.data)
                    if f'"{_BARRIER}-{self._passed_barriers + 1}"' in message.data:
                        self._passed_barriers += 1
                    self._arrived.notify_all()
        finally:
            self.closed.set()
            async with self._arrived:
                self._arrived.notify_all()

    async def close(self) -> None:
        """Leave."""
        await self.socket.close()
        self._reading.cancel()


class Refused(Exception):
    """The server did not let the socket in."""


class Server:
    """Where the running server is, with one HTTP client for all tabs."""

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self.url, self.http = url, http

    @classmethod
    @asynccontextmanager
    async def at(cls, url: str) -> AsyncIterator[Self]:
        """Talk to the server at this address."""
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
            yield cls(url, http)

    async def connect(self, cookie: str = "", *, token: str = "", origin: str | None = None) -> Wire:
        """Open a tab with this cookie's value. Raises Refused."""
        token = token or str(uuid.uuid4())
        headers = {"Origin": self.url if origin is None else origin}
        if cookie:
            headers["Cookie"] = f"theme=dark; crm_session={cookie}"
        address = f"{self.url.replace('http', 'ws', 1)}/_event/?EIO=4&transport=websocket&token={token}"
        try:
            socket = await self.http.ws_connect(address, headers=headers, max_msg_size=0)
        except aiohttp.WSServerHandshakeError as error:
            raise Refused(str(error.status)) from error
        opened = await socket.receive()
        if opened.type is not aiohttp.WSMsgType.TEXT or not str(opened.data).startswith("0"):
            raise Refused(str(opened))
        await socket.send_str(f"40{NAMESPACE},")
        joined = await socket.receive()
        if not str(joined.data).startswith(f"40{NAMESPACE},"):
            raise Refused(str(joined))
        return Wire(socket, token)

    @asynccontextmanager
    async def tab(self, cookie: str = "", **how: Any) -> AsyncIterator[Wire]:
        """A tab for the length of a block."""
        wire = await self.connect(cookie, **how)
        try:
            yield wire
        finally:
            await wire.close()

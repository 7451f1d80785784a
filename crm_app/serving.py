"""The edge of the web server: what every request passes before it reaches the app.

Plain ASGI without Reflex, so that a request is refused before anything costly sees it.
"""

import asyncio
import ipaddress
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from typing import Any

from crm_app.core import origins
from crm_app.site import (
    Headers,
    Message,
    Receive,
    Scope,
    Send,
    Site,
    content_security_policy,
    headers_of,
    send_json,
    send_page,
)

ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]
HealthCheck = Callable[[], Awaitable[Mapping[str, bool]]]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

log = logging.getLogger(__name__)

BODY_LIMIT = 256 * 1024
MESSAGE_LIMIT = 256 * 1024
BODY_SECONDS = 30
HEALTH_SECONDS = 5
HEALTH_KEPT_SECONDS = 1
BACKEND_PREFIXES = ("/api/", "/_")
BACKEND_PATHS = ("/ping", "/healthz")
UPLOAD = "/_upload"
SOCKET = "/_event"

SECURITY_HEADERS: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
]


def parse_networks(addresses: Iterable[str]) -> tuple[Network, ...]:
    """Parse addresses and CIDR ranges. Raises ValueError for what is neither."""
    return tuple(ipaddress.ip_network(address.strip(), strict=False) for address in addresses)


def behind_proxies(scope: Scope, trusted: tuple[Network, ...]) -> Scope:
    """Return the scope as the outermost trusted proxy saw it: address, scheme and host of the person's browser.

    Forwarding headers of anybody else are ignored: they are what the sender likes them to be.
    """
    client = scope.get("client")
    if not client or not _is_trusted(client[0], trusted):
        return scope
    headers = headers_of(scope)
    address = client[0]
    for hop in reversed([hop.strip() for hop in headers.get("x-forwarded-for", "").split(",") if hop.strip()]):
        address = hop
        if not _is_trusted(hop, trusted):
            break
    changed: Scope = {**scope, "client": (address, client[1])}
    scheme = headers.get("x-forwarded-proto", "").split(",")[-1].strip()
    if scheme in {"http", "https"}:
        is_socket = scope["type"] == "websocket"
        changed["scheme"] = {"http": "ws", "https": "wss"}[scheme] if is_socket else scheme
    host = headers.get("x-forwarded-host", "").split(",")[-1].strip()
    if host:
        changed["headers"] = [(k, v) for k, v in scope["headers"] if k != b"host"] + [(b"host", host.encode("latin-1"))]
    return changed


def _is_trusted(address: str, trusted: tuple[Network, ...]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in trusted)


def is_own_origin(scope: Scope, allowed: Collection[str]) -> bool:
    """Tell whether the Origin header names this very server, or one that the settings allow."""
    headers = headers_of(scope)
    origin, host = headers.get("origin", ""), headers.get("host", "")
    return origins.is_own(origin, scheme=scope["scheme"], host=host, allowed=allowed)


def is_foreign_write(scope: Scope, allowed: Collection[str]) -> bool:
    """Tell whether a browser says that another site's page sends this changing request."""
    headers = headers_of(scope)
    if scope["method"] in {"GET", "HEAD", "OPTIONS"}:
        return False
    if "origin" in headers:
        return not is_own_origin(scope, allowed)
    return headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}


class BodyTooLarge(Exception):
    """The request's body is over the limit."""


class Edge:
    """ASGI middleware: security headers, closed doors, limits, health, and the built pages.

    `app` is the backend: it gets the socket, `/api/…` and `/ping`. `streamed` are paths whose routes read the body
    themselves, once they know who sends it, and limit its size and its time. The client's address, scheme and host
    in the scope are those of the browser also behind a trusted proxy.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        site: Site,
        health: HealthCheck,
        allowed_origins: Iterable[str] = (),
        trusted_proxies: Iterable[str] = (),
        sockets_per_address: int = 50,
        streamed: Collection[str] = (),
    ) -> None:
        self.app = app
        self.site = site
        self.health = health
        self.allowed_origins = frozenset(map(origins.parse, allowed_origins))
        self.trusted_proxies = parse_networks(trusted_proxies)
        self.sockets_per_address = sockets_per_address
        self.streamed = frozenset(streamed)
        self._open_sockets: Counter[str] = Counter()
        self._health: tuple[float, dict[str, bool]] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._socket(behind_proxies(scope, self.trusted_proxies), receive, send)
        elif scope["type"] == "http":
            scope = behind_proxies(scope, self.trusted_proxies)
            await self._http(scope, receive, _with_security_headers(scope, send))
        else:
            await self.app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, head = scope["path"], scope["method"] == "HEAD"
        if path == UPLOAD or path.startswith(UPLOAD + "/"):
            # Reflex's own upload trusts any token; files come in through guarded routes under /api/ only.
            await send_json(send, 404, {"error": "not-found"}, head=head)
        elif path == "/healthz":
            checks = await self._check_health()
            healthy = all(checks.values())
            content = {"status": "ok" if healthy else "failing", "checks": checks}
            await send_json(send, 200 if healthy else 503, content, head=head)
        elif path in BACKEND_PATHS or path.startswith(BACKEND_PREFIXES):
            await self._backend(scope, receive, send)
        elif scope["method"] not in {"GET", "HEAD"}:
            await send_json(send, 405, {"error": "method-not-allowed"})
        else:
            await self._page(scope, send)

    async def _page(self, scope: Scope, send: Send) -> None:
        head = scope["method"] == "HEAD"
        page = self.site.find(scope["path"])
        if page:
            await send_page(page, scope, send)
        elif self.site.is_built:
            await send_json(send, 404, {"error": "not-found"}, head=head)
        else:
            await send_json(send, 503, {"error": "pages-not-built"}, head=head)

    async def _backend(self, scope: Scope, receive: Receive, send: Send) -> None:
        if is_foreign_write(scope, self.allowed_origins):
            await send_json(send, 403, {"error": "foreign-origin"})
            return
        if scope["path"] in self.streamed:
            await self.app(scope, receive, send)
            return
        try:
            receive = await _with_body(scope, receive)
        except BodyTooLarge:
            await send_json(send, 413, {"error": "body-too-large"})
        except TimeoutError:
            await send_json(send, 408, {"error": "body-too-slow"})
        else:
            await self.app(scope, receive, send)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        address = (scope.get("client") or ("", 0))[0]
        is_refused = (
            not scope["path"].startswith(SOCKET)
            or not is_own_origin(scope, self.allowed_origins)
            or self._open_sockets[address] >= self.sockets_per_address
        )
        if is_refused:
            await receive()
            await send({"type": "websocket.close", "code": 4403})
            return
        self._open_sockets[address] += 1
        try:
            await self.app(scope, _with_message_limit(receive), send)
        finally:
            self._open_sockets[address] -= 1
            if not self._open_sockets[address]:
                del self._open_sockets[address]

    async def _check_health(self) -> dict[str, bool]:
        """Ask the app whether it works; asked often, the answer of the last second is given again."""
        now = time.monotonic()
        if self._health and now - self._health[0] < HEALTH_KEPT_SECONDS:
            return self._health[1]
        try:
            async with asyncio.timeout(HEALTH_SECONDS):
                checks = dict(await self.health())
        except Exception:
            # Whatever goes wrong in a check is exactly what the answer has to tell.
            log.exception("The health check failed")
            checks = {"app": False}
        checks["pages"] = self.site.is_built
        self._health = (now, checks)
        return checks


def protect(site: Site | None = None, **settings: Any) -> Callable[[ASGIApp], ASGIApp]:
    """Return what `rx.App(api_transformer=…)` takes; keep it last in the list, so that it is outermost."""
    return lambda app: Edge(app, site=site or Site.load(), **settings)


def _with_security_headers(scope: Scope, send: Send) -> Send:
    """Add the headers that every answer carries; what the answer set itself stays."""
    is_page = not scope["path"].startswith(BACKEND_PREFIXES)

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers: Headers = list(message.get("headers", []))
            present = {name.lower() for name, _ in headers}
            extra = [*SECURITY_HEADERS, (b"content-security-policy", content_security_policy())]
            if scope["scheme"] == "https":
                extra.append((b"strict-transport-security", b"max-age=31536000"))
            if not is_page:
                extra.append((b"cache-control", b"no-store"))
            message = {**message, "headers": headers + [item for item in extra if item[0] not in present]}
        await send(message)

    return send_with_headers


async def _with_body(scope: Scope, receive: Receive) -> Receive:
    """Read the whole body before the app is asked, so that a body too large or too slow costs it nothing.

    Raises BodyTooLarge and TimeoutError.
    """
    length = headers_of(scope).get("content-length", "")
    if length.isdecimal() and int(length) > BODY_LIMIT:
        raise BodyTooLarge
    chunks: list[bytes] = []
    size = 0
    async with asyncio.timeout(BODY_SECONDS):
        while True:
            message = await receive()
            if message["type"] != "http.request":
                break
            chunks.append(message.get("body", b""))
            size += len(chunks[-1])
            if size > BODY_LIMIT:
                raise BodyTooLarge
            if not message.get("more_body", False):
                break
    pending: list[Message] = [{"type": "http.request", "body": b"".join(chunks), "more_body": False}]

    async def replay() -> Message:
        return pending.pop() if pending else await receive()

    return replay


def _with_message_limit(receive: Receive) -> Receive:
    """End a socket whose client sends a message that no page of ours would send."""

    async def limited() -> Message:
        message = await receive()
        if message["type"] == "websocket.receive":
            size = len(message.get("text") or "") + len(message.get("bytes") or b"")
            if size > MESSAGE_LIMIT:
                return {"type": "websocket.disconnect", "code": 1009}
        return message

    return limited

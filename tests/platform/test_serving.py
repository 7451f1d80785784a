"""What the edge of the server lets through, refuses and sends, on a made-up site and a made-up backend."""

import gzip
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import brotli
import httpx
import pytest

from crm_app import build
from crm_app.serving import BODY_LIMIT, Edge, HealthCheck
from crm_app.site import Message, Receive, Scope, Send, Site, choose_coding

SCRIPT = "console.log('客户')"
HTML = f"<html><script>{SCRIPT}</script><script src='/assets/app-1a2b.js'></script></html>" + " " * 500
HEALTHY = {"database": True}


async def backend(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with what arrived, as the app would see it."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": message["text"]})
        return
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    seen = {"size": len(body), "client": scope["client"][0], "scheme": scope["scheme"], "path": scope["path"]}
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(seen).encode()})


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    export = tmp_path / "export"
    (export / "assets").mkdir(parents=True)
    (export / "assets" / "app-1a2b.js").write_text("let a = 1;" * 100)
    (export / "secret.txt").write_text("inside")
    for page in ("index.html", "customers.html", "__spa-fallback.html"):
        (export / page).write_text(f"<!-- {page} -->{HTML}", encoding="utf-8")
    (tmp_path / "outside.txt").write_text("outside")
    monkeypatch.setattr(build, "SITE_DIR", tmp_path / "web")
    build.publish(export, "abc")
    return Site.load(tmp_path / "web")


async def healthy() -> dict[str, bool]:
    return HEALTHY


def edge(site: Site, health: HealthCheck = healthy, **settings: Any) -> Edge:
    return Edge(backend, site=site, health=health, **settings)


def client(app: Edge, base_url: str = "http://crm.example", peer: str = "203.0.113.9") -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app, client=(peer, 50000)), base_url=base_url)


@pytest.fixture
async def browser(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    async with client(edge(site)) as browser:
        yield browser


class TestPages:
    @pytest.mark.parametrize(
        ("path", "file"),
        [
            ("/", "index.html"),
            ("/customers", "customers.html"),
            ("/customers/", "customers.html"),
            ("/customers/MFG-2024-001", "__spa-fallback.html"),
            ("/客户/不存在", "__spa-fallback.html"),
        ],
    )
    async def test_every_address_answers_with_its_page_and_no_redirect(
        self, browser: httpx.AsyncClient, path: str, file: str
    ) -> None:
        answer = await browser.get(path)
        assert answer.status_code == 200
        assert f"<!-- {file} -->" in answer.text
        assert answer.headers["cache-control"] == "no-cache"

    async def test_a_missing_file_is_not_answered_with_a_page(self, browser: httpx.AsyncClient) -> None:
        assert (await browser.get("/assets/gone-9z.js")).status_code == 404
        assert (await browser.get("/favicon.ico")).status_code == 404

    @pytest.mark.parametrize(
        "path", ["/../outside.txt", "/%2e%2e/outside.txt", "/assets/../../outside.txt", "//outside.txt"]
    )
    async def test_no_path_leads_out_of_the_site(self, site: Site, path: str) -> None:
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        async def receive() -> Message:
            return {"type": "http.request"}

        for form in (path, path.replace("%2e", ".")):
            scope = {"type": "http", "method": "GET", "path": form, "headers": [], "scheme": "http", "client": None}
            await edge(site)(scope, receive, send)
        assert sent
        assert not any(b"outside" in message.get("body", b"") for message in sent)

    @pytest.mark.parametrize(
        ("accept", "coding"), [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("br;q=0, gzip", "gzip")]
    )
    async def test_text_comes_compressed_as_asked(self, site: Site, accept: str, coding: str) -> None:
        async with (
            client(edge(site)) as browser,
            browser.stream("GET", "/assets/app-1a2b.js", headers={"accept-encoding": accept}) as answer,
        ):
            raw = b"".join([chunk async for chunk in answer.aiter_raw()])
        assert answer.headers["content-encoding"] == coding
        assert "accept-encoding" in answer.headers["vary"]
        assert {"br": brotli.decompress, "gzip": gzip.decompress}[coding](raw) == b"let a = 1;" * 100

    def test_without_a_wish_the_file_comes_as_it_is(self) -> None:
        assert choose_coding("", ["", "br"]) == ""
        assert choose_coding("identity", ["", "br"]) == ""
        assert choose_coding("*", ["", "br", "gzip"]) == "br"
        assert choose_coding("br;q=nonsense, gzip;q=0.1", ["", "br", "gzip"]) == "gzip"

    async def test_hashed_files_are_kept_for_ever(self, browser: httpx.AsyncClient) -> None:
        answer = await browser.get("/assets/app-1a2b.js")
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"

    async def test_a_page_the_browser_has_is_not_sent_again(self, browser: httpx.AsyncClient) -> None:
        first = await browser.get("/")
        second = await browser.get("/", headers={"if-none-match": first.headers["etag"]})
        assert (second.status_code, second.content) == (304, b"")

    async def test_head_answers_without_a_body(self, browser: httpx.AsyncClient) -> None:
        answer = await browser.head("/customers/MFG-2024-001")
        assert (answer.status_code, answer.content) == (200, b"")
        assert int(answer.headers["content-length"]) > 0

    async def test_without_a_build_the_pages_say_so(self) -> None:
        async with client(edge(Site({}))) as browser:
            assert (await browser.get("/customers")).status_code == 503

    async def test_pages_of_the_build_before_still_get_their_scripts(self, site: Site, tmp_path: Path) -> None:
        export = tmp_path / "export"
        (export / "assets" / "app-1a2b.js").rename(export / "assets" / "app-3c4d.js")
        build.publish(export, "def")
        async with client(edge(Site.load(tmp_path / "web"))) as browser:
            assert (await browser.get("/assets/app-3c4d.js")).status_code == 200
            assert (await browser.get("/assets/app-1a2b.js")).status_code == 200


class TestHeaders:
    @pytest.mark.parametrize("path", ["/", "/assets/app-1a2b.js", "/nothing.txt", "/api/x", "/healthz", "/_upload"])
    async def test_every_answer_carries_the_security_headers(self, browser: httpx.AsyncClient, path: str) -> None:
        headers = (await browser.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["referrer-policy"] == "same-origin"
        assert "camera=()" in headers["permissions-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]

    async def test_the_policy_allows_the_pages_own_scripts_and_no_eval(self, browser: httpx.AsyncClient) -> None:
        policy = (await browser.get("/")).headers["content-security-policy"]
        (own,) = build.inline_script_hashes(f"<script>{SCRIPT}</script>".encode())
        scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
        assert scripts == f"script-src 'self' {own}"

    async def test_backend_answers_are_not_kept(self, browser: httpx.AsyncClient) -> None:
        assert (await browser.get("/api/x")).headers["cache-control"] == "no-store"

    async def test_https_is_demanded_only_when_it_was_used(self, site: Site) -> None:
        async with client(edge(site), "https://crm.example") as browser:
            assert "strict-transport-security" in (await browser.get("/")).headers
        async with client(edge(site)) as browser:
            assert "strict-transport-security" not in (await browser.get("/")).headers


class TestDoors:
    @pytest.mark.parametrize("path", ["/_upload", "/_upload/", "/_upload/file.txt"])
    async def test_the_frameworks_upload_is_closed(self, browser: httpx.AsyncClient, path: str) -> None:
        for method in ("GET", "POST", "PUT", "OPTIONS"):
            assert (await browser.request(method, path, content=b"x")).status_code == 404

    async def test_pages_take_no_writes(self, browser: httpx.AsyncClient) -> None:
        assert (await browser.post("/customers", content=b"x")).status_code == 405

    async def test_another_sites_page_cannot_write(self, browser: httpx.AsyncClient) -> None:
        async def post(**headers: str) -> int:
            headers = {name.replace("_", "-"): value for name, value in headers.items()}
            return (await browser.post("/api/x", content=b"x", headers=headers)).status_code

        assert await post(origin="http://crm.example") == 200
        assert await post() == 200
        assert await post(origin="http://evil.example") == 403
        assert await post(origin="http://crm.example:8080") == 403
        assert await post(origin="null") == 403
        assert await post(sec_fetch_site="cross-site") == 403

    async def test_a_body_over_the_limit_is_refused_before_the_app_sees_it(self, browser: httpx.AsyncClient) -> None:
        assert (await browser.post("/api/x", content=b"x" * BODY_LIMIT)).json()["size"] == BODY_LIMIT
        assert (await browser.post("/api/x", content=b"x" * (BODY_LIMIT + 1))).status_code == 413

    async def test_a_chunked_body_is_counted_while_it_streams(self, browser: httpx.AsyncClient) -> None:
        sent = 0

        async def endless() -> AsyncIterator[bytes]:
            nonlocal sent
            while sent < 10 * BODY_LIMIT:
                sent += 1000
                yield b"x" * 1000

        assert (await browser.post("/api/x", content=endless())).status_code == 413
        assert sent < BODY_LIMIT + 2000

    async def test_a_wrong_length_is_not_believed(self, browser: httpx.AsyncClient) -> None:
        answer = await browser.post("/api/x", content=b"x" * (BODY_LIMIT + 1), headers={"content-length": "10"})
        assert answer.status_code == 413


class Socket:
    """A websocket client that speaks ASGI to the edge; remembers what it was sent."""

    def __init__(self, app: Edge, origin: str | None, *, path: str = "/_event/", peer: str = "203.0.113.9") -> None:
        self.app = app
        self.sent: list[Message] = []
        headers = [(b"host", b"crm.example")]
        if origin is not None:
            headers.append((b"origin", origin.encode()))
        self.scope = {"type": "websocket", "path": path, "headers": headers, "client": (peer, 1), "scheme": "ws"}

    async def talk(self, *texts: str) -> list[str]:
        """Connect, send the texts, go; return the kinds of messages that came back."""
        inbox: list[Message] = [{"type": "websocket.connect"}]
        inbox += [{"type": "websocket.receive", "text": text} for text in texts]

        async def receive() -> Message:
            return inbox.pop(0) if inbox else {"type": "websocket.disconnect", "code": 1000}

        async def send(message: Message) -> None:
            self.sent.append(message)

        await self.app(self.scope, receive, send)
        return [message["type"].removeprefix("websocket.") for message in self.sent]


class TestSockets:
    @pytest.mark.parametrize("origin", ["http://crm.example", "https://crm.example:443", "https://desk.example"])
    async def test_own_and_allowed_origins_connect(self, site: Site, origin: str) -> None:
        app = edge(site, allowed_origins=["https://desk.example/"])
        app_socket = Socket(app, origin)
        app_socket.scope["headers"][0] = (b"host", b"crm.example:443" if ":443" in origin else b"crm.example")
        assert await app_socket.talk("hello") == ["accept", "send"]

    @pytest.mark.parametrize(
        "origin",
        [
            None,
            "",
            "null",
            "http://evil.example",
            "http://crm.example.evil.example",
            "http://crm.example:81",
            "crm.example",
        ],
    )
    async def test_foreign_or_missing_origins_are_refused(self, site: Site, origin: str | None) -> None:
        assert await Socket(edge(site), origin).talk() == ["close"]

    async def test_there_is_no_other_socket_than_the_events(self, site: Site) -> None:
        assert await Socket(edge(site), "http://crm.example", path="/api/x").talk() == ["close"]

    async def test_a_message_over_the_limit_ends_the_socket(self, site: Site) -> None:
        assert await Socket(edge(site), "http://crm.example").talk("a", "x" * 300_000, "b") == ["accept", "send"]

    async def test_one_address_gets_so_many_sockets_and_others_still_get_theirs(self, site: Site) -> None:
        app = edge(site, sockets_per_address=2)
        app._open_sockets["203.0.113.9"] = 2
        assert await Socket(app, "http://crm.example").talk() == ["close"]
        assert await Socket(app, "http://crm.example", peer="203.0.113.10").talk() == ["accept"]
        app._open_sockets["203.0.113.9"] = 1
        assert await Socket(app, "http://crm.example").talk() == ["accept"]
        assert app._open_sockets == {"203.0.113.9": 1}


FORWARDED = {"x-forwarded-for": "198.51.100.7, 10.0.0.2", "x-forwarded-proto": "https"}


class TestProxies:
    async def test_a_trusted_proxy_is_believed(self, site: Site) -> None:
        async with client(edge(site, trusted_proxies=["10.0.0.0/8"]), peer="10.0.0.1") as proxy:
            answer = await proxy.get("/api/x", headers=FORWARDED)
        assert (answer.json()["client"], answer.json()["scheme"]) == ("198.51.100.7", "https")
        assert "strict-transport-security" in answer.headers

    async def test_anybody_else_is_not(self, site: Site) -> None:
        async with client(edge(site, trusted_proxies=["10.0.0.0/8"])) as stranger:
            answer = await stranger.get("/api/x", headers=FORWARDED)
        assert (answer.json()["client"], answer.json()["scheme"]) == ("203.0.113.9", "http")


class TestHealth:
    async def test_a_healthy_server_says_so(self, browser: httpx.AsyncClient) -> None:
        answer = await browser.get("/healthz")
        assert answer.status_code == 200
        assert answer.json() == {"status": "ok", "checks": {"database": True, "pages": True}}

    async def test_a_failing_check_is_named_and_a_raising_one_tells_no_detail(self, site: Site) -> None:
        async def failing() -> dict[str, bool]:
            return {"database": False}

        async def raising() -> dict[str, bool]:
            raise RuntimeError("password=hunter2")

        async with client(edge(site, health=failing)) as probe:
            answer = await probe.get("/healthz")
            assert (answer.status_code, answer.json()["checks"]["database"]) == (503, False)
        async with client(edge(site, health=raising)) as probe:
            answer = await probe.get("/healthz")
            assert answer.status_code == 503
            assert "hunter2" not in answer.text

    async def test_without_pages_the_server_is_not_healthy(self) -> None:
        async with client(edge(Site({}))) as probe:
            assert (await probe.get("/healthz")).status_code == 503

"""The built pages: looked up by address, compressed as the browser likes, with headers that let it keep them."""

import asyncio
import hashlib
import json
import mimetypes
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from crm_app import build

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

SPA_FALLBACK = "__spa-fallback.html"
IMMUTABLE = b"public, max-age=31536000, immutable"


async def send_answer(send: Send, status: int, headers: Headers, body: bytes = b"", *, head: bool = False) -> None:
    if status != 304:
        headers = [*headers, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else body})


async def send_json(send: Send, status: int, content: Mapping[str, object], *, head: bool = False) -> None:
    headers: Headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
    await send_answer(send, status, headers, json.dumps(content).encode(), head=head)


def headers_of(scope: Scope) -> dict[str, str]:
    """Return the request's headers; of one that came twice, the last."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def content_security_policy(scripts: Iterable[str] = ()) -> bytes:
    """Return the policy of a response; `scripts` are the hashes of the page's own inline scripts."""
    allowed = " ".join(["'self'", *scripts])
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'self' 'unsafe-inline'; "
        "connect-src 'self'; img-src 'self' data: blob:; font-src 'self' data:; manifest-src 'self'; "
        "worker-src 'self'; object-src 'none'; base-uri 'self'; frame-ancestors 'none'; form-action 'self'"
    ).encode()


@dataclass
class Page:
    """One file of the site; `bodies` maps a content coding ("" is none) to the file that holds it."""

    content_type: bytes
    cache_control: bytes
    files: dict[str, Path]
    policy: bytes | None = None
    etag: str = ""
    bodies: dict[str, bytes] = field(default_factory=dict)

    async def body(self, coding: str) -> bytes:
        """Return the bytes in this coding; read once, then kept."""
        if coding not in self.bodies:
            self.bodies[coding] = await asyncio.to_thread(self.files[coding].read_bytes)
        return self.bodies[coding]


class Site:
    """The exported pages, looked up by address; an unknown address gets the page that routes in the browser."""

    def __init__(self, pages: Mapping[str, Page]) -> None:
        self.pages = pages

    @classmethod
    def load(cls, folder: Path = build.SITE_DIR) -> Self:
        """Read the folder of builds: the current one, and of older ones what still open pages may ask for."""
        manifest = build.current(folder)
        if manifest is None:
            return cls({})
        newest = folder / manifest["build"]
        pages: dict[str, Page] = {}
        for older in folder.iterdir():
            if older.is_dir() and older != newest and not older.name.endswith(".new"):
                pages.update(_pages(older, {}, only="assets/"))
        pages.update(_pages(newest, manifest["scripts"]))
        return cls(pages)

    @property
    def is_built(self) -> bool:
        return SPA_FALLBACK in self.pages

    def find(self, path: str) -> Page | None:
        """Return what answers GET on this path; None means not found."""
        name = path.strip("/")
        for candidate in (name, f"{name}.html", f"{name}/index.html".lstrip("/")):
            if candidate in self.pages:
                return self.pages[candidate]
        # A file that isn't there must not be answered with a page: scripts and pictures have known endings.
        if name.startswith("assets/") or f".{name.rpartition('.')[2]}" in build.SOURCE_SUFFIXES | build.COMPRESSIBLE:
            return None
        return self.pages.get(SPA_FALLBACK)


def _pages(folder: Path, scripts: Mapping[str, list[str]], only: str = "") -> dict[str, Page]:
    pages: dict[str, Page] = {}
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if not path.is_file() or path.suffix in {".br", ".gz"} or not name.startswith(only):
            continue
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        if kind.startswith("text/") or kind in {"application/json", "application/javascript"}:
            kind += "; charset=utf-8"
        files = {"": path}
        for coding, suffix in (("br", ".br"), ("gzip", ".gz")):
            packed = path.with_name(path.name + suffix)
            if packed.exists():
                files[coding] = packed
        is_html = path.suffix == ".html"
        is_hashed = name.startswith("assets/") and "-" in path.stem
        pages[name] = Page(
            content_type=kind.encode(),
            cache_control=IMMUTABLE if is_hashed else b"no-cache",
            files=files,
            policy=content_security_policy(scripts.get(name, ())) if is_html else None,
            etag=hashlib.sha256(path.read_bytes()).hexdigest()[:16],
        )
    return pages


def choose_coding(accept: str, offered: Iterable[str]) -> str:
    """Return the best of the offered codings that Accept-Encoding allows; "" is the file as it is."""
    weights: dict[str, float] = {}
    for item in accept.lower().split(","):
        name, _, parameter = item.strip().partition(";")
        _, _, value = parameter.replace(" ", "").partition("q=")
        try:
            weights[name.strip()] = float(value) if value else 1.0
        except ValueError:
            weights[name.strip()] = 0.0
    allowed = [c for c in ("br", "gzip") if c in set(offered) and weights.get(c, weights.get("*", 0.0)) > 0]
    return max(allowed, key=lambda c: weights.get(c, weights.get("*", 0.0)), default="")


async def send_page(page: Page, scope: Scope, send: Send) -> None:
    """Answer GET or HEAD with a page, or with 304 when the browser has it already."""
    request = headers_of(scope)
    coding = choose_coding(request.get("accept-encoding", ""), page.files)
    etag = f'"{page.etag}{"-" + coding if coding else ""}"'
    headers: Headers = [
        (b"cache-control", page.cache_control),
        (b"etag", etag.encode()),
        (b"vary", b"accept-encoding"),
    ]
    if page.policy:
        headers.append((b"content-security-policy", page.policy))
    if etag in [tag.strip().removeprefix("W/") for tag in request.get("if-none-match", "").split(",")]:
        await send_answer(send, 304, headers)
        return
    if coding:
        headers.append((b"content-encoding", coding.encode()))
    headers.append((b"content-type", page.content_type))
    await send_answer(send, 200, headers, await page.body(coding), head=scope["method"] == "HEAD")

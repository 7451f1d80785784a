"""The real server on demonstration data, and a real browser."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "test-results"
PASSWORD = "Demo-for-Tests-2026"
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
expect.set_options(timeout=15_000)


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; `env` starts another one on the same data."""

    url: str
    data_dir: Path
    env: dict[str, str]
    process: subprocess.Popen[bytes]
    log: Path


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


SERVE = ("crm_app.cli", "serve")


def start_server(data_dir: Path, *, port: int | None = None, module: Sequence[str] = SERVE, **settings: str) -> Server:
    """Start `crm serve`, or a module that does so in its own way, and wait until it says that it is healthy."""
    port = port or free_port()
    env = os.environ | {
        "CRM_PORT": str(port),
        "CRM_HOST": "127.0.0.1",
        "CRM_DATA_DIR": str(data_dir),
        "CRM_DEMO_PASSWORD": PASSWORD,
        **settings,
    }
    log = (data_dir.parent / f"server-{port}.log").open("wb")
    process = subprocess.Popen([sys.executable, "-m", *module], cwd=ROOT, env=env, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise AssertionError(f"the server ended: {Path(log.name).read_text(errors='replace')[-2000:]}")
        try:
            if httpx.get(f"{url}/healthz", timeout=2).status_code == 200:
                return Server(url=url, data_dir=data_dir, env=env, process=process, log=Path(log.name))
        except httpx.HTTPError:
            time.sleep(0.1)
    process.kill()
    raise AssertionError(f"the server did not become healthy: {Path(log.name).read_text(errors='replace')[-2000:]}")


def stop_server(server: Server) -> None:
    """End it as a person would."""
    server.process.send_signal(signal.SIGTERM)
    server.process.wait(timeout=10)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all journeys; each journey makes the records that it changes."""
    running = start_server(tmp_path_factory.mktemp("e2e") / "data")
    yield running
    stop_server(running)
    told = running.log.read_text(errors="replace")
    assert "reading process" not in told, told
    assert "can't be read by the other process" not in told, told


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The Chromium that `tools/install_browser.py` found or installed.

    It ends with the journeys: Playwright keeps an event loop running in this thread, beside which no async test starts.
    """
    found = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "install_browser.py")], capture_output=True, text=True, check=True
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found.stdout.strip().splitlines()[-1], args=CHROMIUM_ARGS)
        yield browser
        browser.close()


@dataclass
class Visitor:
    """A person at a browser."""

    server: Server
    context: BrowserContext
    page: Page
    errors: list[str]

    def goto(self, path: str) -> Page:
        """Open a page and wait until it answers to clicks."""
        self.page.goto(self.server.url + path)
        self.ready()
        return self.page

    def ready(self) -> None:
        """Wait until the page has its state."""
        expect(self.page.locator("[data-ready=true]")).to_have_count(1)

    def sign_in(self, username: str, password: str = PASSWORD) -> Page:
        """Sign in by the form; ends on the person's start page."""
        self.goto("/login")
        self.page.get_by_label("用户名").fill(username)
        self.page.get_by_label("密码", exact=True).fill(password)
        self.page.get_by_role("button", name="登录").click()
        expect(self.page).to_have_url(re.compile(r"/(today|dashboard)$"))
        self.ready()
        return self.page


@pytest.fixture
def visit(server: Server, chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Callable[..., Visitor]]:
    """Opens browsers of their own; a failed test leaves their screenshots in `test-results/`."""
    visitors: list[Visitor] = []

    def open_browser(*, width: int = 1440, height: int = 900, dark: bool = False, on: Server | None = None) -> Visitor:
        context = chromium.new_context(
            viewport={"width": width, "height": height}, locale="zh-CN", color_scheme="dark" if dark else "light"
        )
        page = context.new_page()
        visitor = Visitor(on or server, context, page, [])
        page.on("pageerror", lambda error: visitor.errors.append(str(error)))
        page.on(
            "console",
            lambda message: (
                visitor.errors.append(message.text)
                if message.type == "error" and "Content Security Policy" in message.text
                else None
            ),
        )
        visitors.append(visitor)
        return visitor

    yield open_browser
    failed = getattr(request.node, "failed", False)
    for index, visitor in enumerate(visitors):
        if failed:
            RESULTS.mkdir(exist_ok=True)
            name = re.sub(r"\W+", "-", request.node.name)
            visitor.page.screenshot(path=RESULTS / f"{name}-{index}.png", full_page=True)
        visitor.context.close()
    assert [error for visitor in visitors for error in visitor.errors] == []


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Tell fixtures whether the test failed."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if report.when == "call":
        item.failed = report.failed  # type: ignore[attr-defined]

"""Draw the pictures of the README from the real application into `docs/images/`: `python -m tools.screenshots`.

A server of its own on fresh demonstration data, signed in as people of different roles.
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from tools.install_browser import LAUNCH_ARGUMENTS, find

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
PASSWORD = "Only-for-pictures-1"  # noqa: S105 - of a server that lives for a minute.
WIDE: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 360, "height": 740}
START_SECONDS = 240


@dataclass(frozen=True, slots=True)
class Picture:
    """One file: who looks, where, on what, and what he does before."""

    name: str
    username: str
    path: str
    viewport: ViewportSize = field(default_factory=lambda: WIDE)
    prepare: Callable[[Page], None] | None = None


def _type_a_known_company(page: Page) -> None:
    """Likely duplicates appear beside the form while a name of the list is typed."""
    known = page.get_by_role("table").get_by_role("link").first.inner_text()
    page.get_by_role("link", name="新增客户").first.click()
    name = page.get_by_role("textbox", name="客户名称")
    name.fill(known)
    name.press("Tab")
    page.get_by_text("疑似重复客户").first.wait_for()
    page.wait_for_timeout(500)


def _open_a_busy_customer(page: Page) -> None:
    page.get_by_role("table").get_by_role("link").first.click()
    page.locator("ol.timeline > li").first.wait_for()
    page.wait_for_timeout(1000)


PICTURES = (
    Picture("customers", "admin", "/customers?f=industry.in.MFG;level.in.intent"),
    Picture("customer", "sales", "/customers?sort=-total", prepare=_open_a_busy_customer),
    Picture("new-customer", "sales", "/customers", prepare=_type_a_known_company),
    Picture("dashboard", "admin", "/dashboard"),
    Picture("today-phone", "sales", "/today", viewport=PHONE),
)


@contextmanager
def running_server() -> Iterator[str]:
    """`crm serve` on a folder of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder:
        settings = {
            "CRM_DATA_DIR": folder,
            "CRM_PORT": str(port),
            "CRM_HOST": "127.0.0.1",
            "CRM_DEMO_PASSWORD": PASSWORD,
        }
        server = subprocess.Popen([sys.executable, "-m", "crm_app.cli", "serve"], cwd=ROOT, env=os.environ | settings)
        try:
            _wait(url, server)
            yield url
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=20)


def _wait(url: str, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if httpx.get(f"{url}/healthz", timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.2)
    raise SystemExit("the server did not come up")


def draw(browser: Browser, url: str, picture: Picture) -> None:
    """Sign in, go there, and keep what is seen."""
    context = browser.new_context(
        viewport=picture.viewport,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        device_scale_factor=2 if picture.viewport is PHONE else 1,
    )
    answer = context.request.post(
        f"{url}/api/auth/sign-in",
        data={"username": picture.username, "password": PASSWORD},
        headers={"Origin": url},
    )
    if not answer.ok:
        raise SystemExit(f"{picture.username} can't sign in: {answer.text()}")
    page = context.new_page()
    page.goto(url + picture.path)
    page.locator("[data-ready=true]").wait_for()
    page.wait_for_load_state("networkidle")
    if picture.prepare:
        picture.prepare(page)
    page.wait_for_timeout(800)
    page.screenshot(path=IMAGES / f"{picture.name}.png")
    context.close()


def main() -> None:
    """Draw all of them, or those that are named."""
    wanted = sys.argv[1:] or [picture.name for picture in PICTURES]
    IMAGES.mkdir(parents=True, exist_ok=True)
    executable = os.environ.get("CRM_CHROMIUM") or find()
    with running_server() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=LAUNCH_ARGUMENTS)
        for picture in PICTURES:
            if picture.name in wanted:
                draw(browser, url, picture)
                print(picture.name, flush=True)
        browser.close()


if __name__ == "__main__":
    main()

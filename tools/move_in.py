"""Draw the pictures of docs/move-in.md from the running system: `python -m tools.move_in FOLDER`.

FOLDER holds the three spreadsheets; they are brought in one after the other, as the text tells it, on a fresh server.
"""

import os
import sys
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, expect, sync_playwright

from tools.install_browser import LAUNCH_ARGUMENTS, find
from tools.screenshots import IMAGES, PASSWORD, running_server

FILES = ("客户基础信息表.csv", "客户表-简表.csv", "客户关系维护表.csv")
SIZE: ViewportSize = {"width": 1200, "height": 780}


def shoot(page: Page, name: str) -> None:
    """Keep what is seen."""
    page.wait_for_timeout(500)
    path = IMAGES / f"move-in-{name}.png"
    page.screenshot(path=path)
    print(path.name, f"{path.stat().st_size >> 10} KB", flush=True)


def bring(page: Page, file: Path) -> None:
    """Choose a file and wait for its columns."""
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_role("table", name="各列导入到哪里")).to_be_visible()


def check(page: Page) -> None:
    """Have all rows checked."""
    page.get_by_role("button", name="检查全部数据行").click()
    page.locator(".import-figures").wait_for()


def confirm(page: Page) -> None:
    """Import what can come in."""
    page.locator(".import-foot .button-primary").click()
    expect(page.get_by_role("heading", name="导入完成")).to_be_visible()


def move_in(page: Page, url: str, folder: Path) -> None:
    """The three files."""
    basic, simple, upkeep = (folder / name for name in FILES)
    page.goto(f"{url}/import")
    page.locator("[data-ready=true]").wait_for()
    shoot(page, "1-file")
    bring(page, basic)
    page.get_by_role("button", name="存入新字段「原客户编号」").click()
    expect(page.get_by_text("导入时新建字段「原客户编号」")).to_be_visible()
    shoot(page, "2-columns")
    check(page)
    confirm(page)
    shoot(page, "3-done")

    page.get_by_role("button", name="再导入一个文件").click()
    bring(page, simple)
    page.get_by_label("未填写时的所属行业").select_option(label="互联网")
    page.get_by_label("「客户编号」导入到").select_option(label="原客户编号")
    check(page)
    page.get_by_label("导入,错误的内容留空").check()
    shoot(page, "4-check")
    confirm(page)

    page.get_by_role("button", name="再导入一个文件").click()
    bring(page, upkeep)
    page.get_by_label("「客户编号」导入到").select_option(label="原客户编号")
    check(page)
    page.get_by_label("导入,错误的内容留空").check()
    shoot(page, "5-masked")
    confirm(page)
    page.goto(f"{url}/customers?sort=-created")
    page.get_by_role("table").get_by_role("link").first.click()
    page.locator("ol.timeline > li").first.wait_for()
    page.wait_for_timeout(1000)
    shoot(page, "6-customer")


def main() -> None:
    """Draw all of them."""
    folder = Path(sys.argv[1])
    IMAGES.mkdir(parents=True, exist_ok=True)
    executable = os.environ.get("CRM_CHROMIUM") or find()
    with running_server() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=LAUNCH_ARGUMENTS)
        context = browser.new_context(viewport=SIZE, locale="zh-CN", timezone_id="Asia/Shanghai")
        answer = context.request.post(
            f"{url}/api/auth/sign-in",
            data={"username": "admin", "password": PASSWORD},
            headers={"Origin": url},
        )
        if not answer.ok:
            raise SystemExit(f"nobody can sign in: {answer.text()}")
        move_in(context.new_page(), url, folder)
        browser.close()


if __name__ == "__main__":
    main()

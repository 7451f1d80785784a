"""The style sheet that each page loads: whole, and not more than that."""

import re
from pathlib import Path

import pytest

from crm_app import build

VARIABLE = re.compile(r"var\((--[\w-]+)")
OWN = (*build.ROOT.glob("assets/*.css"), *build.ROOT.glob("crm_app/**/*.py"), *build.ROOT.glob("crm_app/**/*.jsx"))
SET_ELSEWHERE = re.compile(r"--radix-|--list-width")
"""By scripts, on the element."""


@pytest.fixture(scope="module")
def site() -> Path:
    build.ensure()
    manifest = build.current()
    assert manifest
    return build.SITE_DIR / manifest["build"]


@pytest.fixture(scope="module")
def style_sheet(site: Path) -> str:
    return "".join(sheet.read_text(encoding="utf-8") for sheet in site.glob("assets/*.css"))


def test_every_colour_and_size_that_is_named_is_there(style_sheet: str) -> None:
    """A colour left out of the theme's would leave a badge without one, and nobody would be told."""
    named = {name for path in OWN for name in VARIABLE.findall(path.read_text(encoding="utf-8"))}
    assert len(named) > 100
    missing = {name for name in named if not SET_ELSEWHERE.match(name) and f"{name}:" not in style_sheet}
    assert missing == set()


def test_it_holds_no_component_library(style_sheet: str) -> None:
    """With the looks of all of Radix's components it had 740 KB, which delayed each page by a tenth of a second."""
    assert len(style_sheet) < 200_000


def test_no_page_adds_a_style_sheet_of_its_own(site: Path) -> None:
    """Reflex makes one of each `style`; the browser matches the whole page anew for each (`ui.widgets.inline`)."""
    pages = {page.relative_to(site).as_posix(): page.read_text(encoding="utf-8") for page in site.rglob("*.html")}
    assert "customers/index.html" in pages or "customers.html" in pages
    assert {name: html.count("<style") for name, html in pages.items() if "<style" in html} == {}


def test_no_rule_looks_down_the_whole_page(style_sheet: str) -> None:
    """With `:has` a change anywhere matches those above it anew: opening the dashboard took 0.2 s longer."""
    assert style_sheet.count(":has(") == 0

"""Axe finds nothing serious on any page, wide and narrow, light and dark."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.e2e.conftest import Visitor

pytestmark = pytest.mark.e2e
PAGES = ("/today", "/customers", "/customers/new", "/dashboard", "/account/sessions", "/account/password")

AT_REST = (
    "() => document.getAnimations().every(motion => motion.playState !== 'running'"
    " || motion.effect.getComputedTiming().endTime === Infinity)"
)


def serious(page: Page) -> list[str]:
    """What axe calls serious or critical, in short; of the page at rest, as half-faded text has no contrast yet."""
    page.wait_for_function(AT_REST)
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found if one["impact"] in ("serious", "critical")
    ]


def form_of_a_customer(visitor: Visitor) -> str:
    """The address of the form of one of the customers that are there."""
    row = visitor.goto("/customers").locator("a[href^='/customers/']:not([href='/customers/new'])").first
    return f"{row.get_attribute('href')}/edit"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1440, 360])
def test_no_page_has_a_serious_barrier(visit: Callable[..., Visitor], width: int, dark: bool) -> None:
    visitor = visit(width=width, dark=dark)
    visitor.goto("/login")
    barriers = {"/login": serious(visitor.page)}
    visitor.sign_in("admin")
    for path in (*PAGES, form_of_a_customer(visitor)):
        barriers[path] = serious(visitor.goto(path))
    assert {path: found for path, found in barriers.items() if found} == {}


def test_nothing_scrolls_sideways_on_a_phone(visit: Callable[..., Visitor]) -> None:
    visitor = visit(width=360, height=740)
    visitor.sign_in("admin")
    wide = {}
    for path in (*PAGES, form_of_a_customer(visitor)):
        page = visitor.goto(path)
        width = page.evaluate(
            "Math.max(document.documentElement.scrollWidth, document.querySelector('main').scrollWidth)"
        )
        if width > 360:
            wide[path] = width
    assert wide == {}

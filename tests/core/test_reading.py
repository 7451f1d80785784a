"""What clicks read is read by a process beside the server, and nobody can tell the difference."""

import json
import os
import subprocess
import sys
import threading
from typing import Any

import psutil
import pytest

from crm_app.build import ROOT
from crm_app.core.db import Database, get_database
from crm_app.core.reading import ReadingProcess


def command(scenario: str) -> list[str]:
    return [sys.executable, "-m", "tests.core.reads_beside", scenario]


def environment(database: Database) -> dict[str, str]:
    return os.environ | {"CRM_DATABASE_URL": database.url}


def run(database: Database, scenario: str) -> tuple[dict[str, Any], str]:
    done = subprocess.run(
        command(scenario),
        cwd=ROOT,
        env=environment(database),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return json.loads(done.stdout), done.stderr


def test_it_reads_beside_the_server_and_answers_the_same(db: Database) -> None:
    told, _ = run(db, "tell")
    assert told["where"] == told["beside"] != told["server"]
    assert told["here"] == told["server"]
    assert told["large"] == 1_000_000
    assert told["many"]
    assert told["missing"] == {"type": "NotFound", "number": "MFG-1", "code": "error.not_found"}
    assert told["conflict"] == {"type": "Conflict", "by": "c", "at": "d", "code": "error.conflict"}
    assert told["invalid"] == {"type": "Invalid", "code": "", "problems": ["name"]}
    assert told["odd"] == {"type": "RuntimeError", "code": "", "says": "Odd: no way to send it"}


def test_what_the_server_changed_is_read_at_once(db: Database) -> None:
    told, _ = run(db, "tell")
    assert (told["named"], told["renamed"]) == ("华东", "华南")


def test_what_cannot_be_sent_is_read_here_and_told(sqlite_db: Database) -> None:
    told, log = run(sqlite_db, "tell")
    assert told["closure"] == told["server"]
    assert "tell.<locals>.closure can't be read by the other process" in log


def test_the_server_reads_by_itself_when_the_process_has_ended(sqlite_db: Database) -> None:
    told, log = run(sqlite_db, "outlive")
    assert told["where"] == [told["server"]] * 3
    assert "the reading process has ended" in log


def test_it_ends_with_the_server_however_that_ends(sqlite_db: Database) -> None:
    server = subprocess.Popen(command("wait"), cwd=ROOT, env=environment(sqlite_db), stdout=subprocess.PIPE, text=True)
    assert server.stdout
    beside = psutil.Process(json.loads(server.stdout.readline())["beside"])
    assert beside.is_running()
    server.kill()
    server.wait(10)
    server.stdout.close()
    assert psutil.wait_procs([beside], timeout=10)[1] == []


def test_no_fork_is_made_beside_a_thread(sqlite_db: Database) -> None:
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        with pytest.raises(RuntimeError, match="beside a thread"):
            ReadingProcess.fork(get_database, threads=1)
    finally:
        done.set()
        thread.join()

"""What clicks read is read by a process beside the server, and nobody can tell the difference."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import psutil
import pytest

from crm_app.build import ROOT
from crm_app.core.db import Database, get_database
from crm_app.core.reading import ReadingProcess


def command(scenario: str) -> list[str]:
    return [sys.executable, "-m", "tests.core.reads_beside", scenario]


def environment(database: Database, **settings: str) -> dict[str, str]:
    return os.environ | {"CRM_DATABASE_URL": database.url} | settings


def run(database: Database, scenario: str, **settings: str) -> tuple[dict[str, Any], str]:
    done = subprocess.run(
        command(scenario),
        cwd=ROOT,
        env=environment(database, **settings),
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
    assert told["odd"] == {"type": "RuntimeError", "code": "", "says": "Odd"}
    assert told["exit"]["type"] == "RuntimeError", "whatever happens there, whoever asked hears of it"
    assert told["after"] == told["beside"]


def test_what_the_server_changed_is_read_at_once(db: Database) -> None:
    told, _ = run(db, "tell")
    assert (told["named"], told["renamed"]) == ("华东", "华南")


def test_what_cannot_be_sent_is_read_here_and_told(sqlite_db: Database) -> None:
    told, log = run(sqlite_db, "tell")
    assert told["closure"] == told["server"]
    assert "tell.<locals>.closure can't be read by the other process" in log


def test_an_answer_that_cannot_be_sent_is_read_here(sqlite_db: Database) -> None:
    told, log = run(sqlite_db, "tell")
    assert told["numbers"] == [0, 1, 4]
    assert "reads_beside.numbers can't be read by the other process" in log or "__main__.numbers can't be read" in log


def test_a_process_that_hangs_is_ended_and_the_server_reads_by_itself(sqlite_db: Database) -> None:
    told, log = run(sqlite_db, "hang")
    assert told["where"] == [told["server"]] * 3
    assert "doesn't answer" in log


def test_what_nobody_waits_for_any_more_is_not_begun(sqlite_db: Database, tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    told, _ = run(sqlite_db, "give_up", MARKS=str(marks))
    assert told["after"] == told["beside"]
    assert len(marks.read_text()) < 20


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

"""The real server process: it starts, tells the truth, refuses what it must, and stops at once."""

import asyncio
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import psutil
import pytest
import socketio
from socketio.exceptions import ConnectionError as Refused

from crm_app import build
from crm_app.core.helping import is_worthwhile

START_SECONDS = 120
"""A bound, not a measure: `make bench` says how long a start takes, and this machine may be busy."""
STOP_SECONDS = 2


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(data: Path, port: int, **settings: str) -> subprocess.Popen[str]:
    env = os.environ | {"CRM_HOST": "127.0.0.1", "CRM_PORT": str(port), "CRM_DATA_DIR": str(data), "CRM_DEMO": "0"}
    command = [sys.executable, "-m", "crm_app.cli", "serve"]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=build.ROOT, env=env | settings, stdout=pipe, stderr=pipe, text=True)


def wait_until_up(server: subprocess.Popen[str], port: int) -> httpx.Response:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert server.poll() is None, f"the server ended: {server.communicate()}"
        try:
            return httpx.get(f"http://127.0.0.1:{port}/healthz")
        except httpx.TransportError:
            time.sleep(0.05)
    pytest.fail("the server did not come up")


@pytest.fixture(scope="session", autouse=True)
def pages() -> None:
    """Build first, so that no start below is slow because of it."""
    build.ensure()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    port = free_port()
    server = start(tmp_path / "data", port)
    try:
        wait_until_up(server, port)
        yield server, port
    finally:
        server.kill()
        server.communicate()


def test_a_second_start_loads_nothing_that_only_the_first_needs(tmp_path: Path) -> None:
    """Neither the migrations nor what makes the first data; the limit in seconds stands in the bench."""
    steps = "import sys; from crm_app import cli; cli.check_data_dir(cli.get_settings().data_dir); cli.prepare_data()"
    told = "; import crm_app.crm_app; print(*sorted({'alembic', 'faker', 'pandas'} & set(sys.modules)))"

    def loaded() -> str:
        env = os.environ | {"CRM_DATA_DIR": str(tmp_path / "data")}
        command = [sys.executable, "-c", steps + told]
        done = subprocess.run(command, cwd=build.ROOT, env=env, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    assert loaded() == "alembic"
    assert loaded() == ""


def test_pages_events_and_health_share_one_port(running: tuple[subprocess.Popen[str], int]) -> None:
    _, port = running
    page = httpx.get(f"http://127.0.0.1:{port}/customers/MFG-2024-001")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert httpx.get(f"http://127.0.0.1:{port}/ping").json() == "pong"


def test_processes_beside_it_read_and_help_and_end_with_it(running: tuple[subprocess.Popen[str], int]) -> None:
    server, _ = running
    beside = psutil.Process(server.pid).children()
    assert len(beside) == (2 if is_worthwhile() else 0)
    server.kill()
    server.wait(5)
    assert psutil.wait_procs(beside, timeout=5)[1] == []


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_stops_it_in_two_seconds_with_an_open_socket(
    running: tuple[subprocess.Popen[str], int], sign: signal.Signals
) -> None:
    server, port = running
    url = f"http://127.0.0.1:{port}"
    async with socketio.AsyncSimpleClient(reconnection=False) as browser:
        await browser.connect(
            f"{url}?token=b0b5c0de-0000-4000-8000-000000000000",
            headers={"Origin": url},
            transports=["websocket"],
            namespace="/_event",
            socketio_path="/_event",
        )
        began = time.monotonic()
        server.send_signal(sign)
        code = await asyncio.to_thread(server.wait, 10)
        assert time.monotonic() - began < STOP_SECONDS
        assert code == 0


async def test_a_socket_of_another_origin_is_refused(running: tuple[subprocess.Popen[str], int]) -> None:
    _, port = running
    client = socketio.AsyncClient(reconnection=False)
    with pytest.raises(Refused):
        await client.connect(
            f"http://127.0.0.1:{port}",
            headers={"Origin": "http://evil.example"},
            transports=["websocket"],
            namespaces=["/_event"],
            socketio_path="/_event",
        )
    await client.disconnect()


def fails_in_one_line(data: Path, port: int, **settings: str) -> str:
    server = start(data, port, **settings)
    out, err = server.communicate(timeout=START_SECONDS)
    assert server.returncode != 0
    lines = err.strip().splitlines()
    assert len(lines) == 1, err
    assert "Traceback" not in out + err
    return lines[0]


def test_a_taken_port_is_told_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        assert "CRM_PORT" in fails_in_one_line(tmp_path / "data", other.getsockname()[1])


def test_killed_outright_it_leaves_no_process_behind(running: tuple[subprocess.Popen[str], int]) -> None:
    server, port = running
    server.kill()
    server.wait(5)
    with pytest.raises(httpx.TransportError):
        httpx.get(f"http://127.0.0.1:{port}/ping")


def test_an_unwritable_data_folder_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    assert "CRM_DATA_DIR" in fails_in_one_line(tmp_path / "file" / "data", free_port())


def test_a_wrong_setting_is_told_in_one_line(tmp_path: Path) -> None:
    assert "CRM_SESSION_HOURS" in fails_in_one_line(tmp_path / "data", free_port(), CRM_SESSION_HOURS="soon")


@pytest.mark.parametrize(("language", "said"), [("zh_CN.UTF-8", "更新的版本"), ("en_US.UTF-8", "newer version")])
def test_a_database_of_a_newer_version_is_told_in_one_line(tmp_path: Path, language: str, said: str) -> None:
    data = tmp_path / "data"
    data.mkdir()
    with closing(sqlite3.connect(data / "crm.db")) as database, database:
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        database.execute("INSERT INTO alembic_version VALUES ('9999')")
    assert said in fails_in_one_line(data, free_port(), LC_ALL=language, PYTHONUTF8="1")

"""The servers under attack: the real one and its broken variants, each on a database of its own."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.attack.mutants import MUTANTS
from tests.attack.world import World, build, open_database

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60
SOUND, TWIN = "sound", "twin"
"""The server as it is, twice: two halves of the attack run at the same time, each on a database of its own."""


@dataclass
class Running:
    """A running server: where it is, what it serves, what it wrote, and the seeded world in its database."""

    url: str
    dump: Path
    log: Path
    world: World

    @property
    def registered(self) -> dict[str, Any]:
        """Handlers and routes, as the process itself has them."""
        return json.loads(self.dump.read_text(encoding="utf-8"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="package")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Running]]:
    """By name: the sound server and its twin, and the variants of `mutants`."""
    home = tmp_path_factory.mktemp("attack")
    servers, variants = _prepare(home)
    spec = home / "spec.json"
    env = {
        "CRM_HOST": "127.0.0.1",
        "CRM_DATA_DIR": str(home),
        # The attack itself must not be stopped as a flood; floods are tested in tests/access/test_tabs.py.
        "CRM_EVENTS_PER_SECOND": "1000000",
        "CRM_SOCKETS_PER_ADDRESS": "1000000",
        "__REFLEX_SKIP_COMPILE": "true",
        "REFLEX_ENV_MODE": "prod",
        "REFLEX_TELEMETRY_ENABLED": "false",
        "REFLEX_CHECK_LATEST_VERSION": "false",
    }
    spec.write_text(json.dumps({"env": env, "variants": variants}))
    process = subprocess.Popen([sys.executable, "-m", "tests.attack.launch", str(spec)], cwd=ROOT, env=os.environ | env)
    try:
        for server in servers.values():
            _wait_until_up(process, server)
        yield servers
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)
        for server in servers.values():
            server.world.db.close()


def _prepare(home: Path) -> tuple[dict[str, Running], dict[str, Any]]:
    world = build(home / "seed.db")
    with world.db.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    world.db.close()
    servers, variants = {}, {}
    for name in (SOUND, TWIN, *MUTANTS):
        folder = home / name
        folder.mkdir()
        shutil.copy(home / "seed.db", folder / "crm.db")
        port = _free_port()
        servers[name] = Running(
            url=f"http://127.0.0.1:{port}",
            dump=folder / "registered.json",
            log=folder / "server.log",
            world=world.copy(open_database(folder / "crm.db")),
        )
        variants[name] = {
            "env": {"CRM_PORT": str(port), "CRM_DATA_DIR": str(folder)},
            "log": str(servers[name].log),
            "dump": str(servers[name].dump),
        }
    return servers, variants


def _wait_until_up(process: subprocess.Popen[bytes], server: Running) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            if httpx.get(f"{server.url}/ping", timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.05)
    pytest.fail(f"the server did not come up: {server.log.read_text(errors='replace')[-3000:]}")

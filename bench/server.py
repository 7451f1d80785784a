"""The real server, its memory, and how long its event loop was blocked."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from bench.data import ROOT, WORK

START_SECONDS = 240


@dataclass
class Server:
    """A running server; `blocks` is the file into which its watchdog writes."""

    url: str
    process: subprocess.Popen[bytes]
    blocks: Path
    began: float = field(default_factory=time.monotonic)
    start_s: float = 0.0
    """From starting the process to a healthy answer."""
    _marks: dict[str, int] = field(default_factory=dict)

    def memory_mb(self) -> float:
        """Proportional set size of all its processes: shared pages count once."""
        processes = [psutil.Process(self.process.pid)]
        processes += processes[0].children(recursive=True)
        total = 0
        for process in processes:
            with suppress(psutil.NoSuchProcess):  # A helper that has just ended.
                total += process.memory_full_info().pss
        return total / 1e6

    def processor_seconds(self) -> float:
        """Processor time that all its processes have used so far."""
        processes = [psutil.Process(self.process.pid)]
        processes += processes[0].children(recursive=True)
        return sum(sum(process.cpu_times()[:2]) for process in processes)

    def forget_blocks(self) -> None:
        """Let the next `longest_block` look at what comes from now on only."""
        self._marks["blocks"] = self.blocks.stat().st_size if self.blocks.exists() else 0

    def longest_block(self) -> dict[str, float]:
        """The longest times in ms that the loop did not run: by the clock, and in its own processor time.

        By the clock, other programs on the machine count too; the processor time is what the server itself did.
        """
        if not self.blocks.exists():
            return {"wall": 0.0, "processor": 0.0, "over_50": 0}
        with self.blocks.open(encoding="utf-8") as file:
            file.seek(self._marks.get("blocks", 0))
            found = [json.loads(line) for line in file if line.endswith("\n")]
        return {
            "wall": max((row["wall_ms"] for row in found), default=0.0),
            "processor": max((row["processor_ms"] for row in found), default=0.0),
            "over_50": sum(row["wall_ms"] > 50 for row in found),
        }


def build() -> None:
    """Build the pages, so that no start that is measured does."""
    subprocess.run([sys.executable, "-m", "crm_app.cli", "build"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def running(data_dir: Path, **settings: str) -> Iterator[Server]:
    """Start `crm serve` on a data folder and stop it afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    blocks = WORK / "loop-blocks.jsonl"
    blocks.unlink(missing_ok=True)
    env = os.environ | {
        "CRM_HOST": "127.0.0.1",
        "CRM_PORT": str(port),
        "CRM_DATA_DIR": str(data_dir),
        "CRM_DATABASE_URL": "",
        "CRM_LOOP_WATCH": str(blocks),
        "CRM_SOCKETS_PER_ADDRESS": "1000",
        **settings,
    }
    with (WORK / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "crm_app.cli", "serve"], cwd=ROOT, env=env, stdout=log, stderr=log
        )
    server = Server(f"http://127.0.0.1:{port}", process, blocks)
    try:
        _wait(server)
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)


def _wait(server: Server) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            raise RuntimeError(f"the server ended: {(WORK / 'server.log').read_text(errors='replace')[-2000:]}")
        try:
            if httpx.get(f"{server.url}/healthz", timeout=2).status_code == 200:
                server.start_s = time.monotonic() - server.began
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise RuntimeError("the server did not become healthy")


class MemoryPeak:
    """Looks at the memory twice a second while its block runs."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.mb = 0.0

    def _look(self) -> None:
        while not self._done.wait(0.5):
            self.mb = max(self.mb, self._server.memory_mb())

    def __enter__(self) -> "MemoryPeak":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()


def sign_in(url: str, username: str, password: str) -> str:
    """The Cookie header of a fresh session."""
    response = httpx.post(
        f"{url}/api/auth/sign-in", json={"username": username, "password": password}, headers={"Origin": url}
    )
    response.raise_for_status()
    return "; ".join(f"{name}={value}" for name, value in response.cookies.items())

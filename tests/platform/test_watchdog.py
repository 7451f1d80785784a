"""The watchdog tells how long the loop stood still, and who was busy meanwhile."""

import asyncio
import json
import time
from pathlib import Path

from crm_app.watchdog import watch


def burn(seconds: float) -> None:
    """Keep the processor busy in the loop's own thread."""
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass


async def test_a_blocked_loop_is_written_down(tmp_path: Path):
    path = tmp_path / "blocks.jsonl"
    task = asyncio.create_task(watch(path))
    await asyncio.sleep(0.03)
    burn(0.12)
    while not path.read_text():  # noqa: ASYNC110 - a file tells nobody that it has grown.
        await asyncio.sleep(0.01)
    task.cancel()
    longest = max((json.loads(line) for line in path.read_text().splitlines()), key=lambda row: row["processor_ms"])
    assert longest["processor_ms"] >= 110
    assert longest["wall_ms"] >= longest["processor_ms"] - 10

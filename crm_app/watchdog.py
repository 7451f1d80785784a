"""How long the event loop was blocked: for measurements, switched on by CRM_LOOP_WATCH and off otherwise."""

import asyncio
import json
import time
from pathlib import Path

TICK = 0.005
WORTH_NOTING = 0.02


async def watch(path: Path) -> None:
    """Ask for a short sleep again and again, and write a line into the file whenever it took much longer.

    By the clock, the time also holds what other programs took from the processor; in the loop's own processor time, it
    is what this server's handlers did.
    """
    with path.open("a", buffering=1, encoding="utf-8") as file:
        while True:
            wall, processor = time.perf_counter(), time.thread_time()
            await asyncio.sleep(TICK)
            late = time.perf_counter() - wall - TICK
            if late > WORTH_NOTING:
                spent = time.thread_time() - processor
                row = {"at": time.time(), "wall_ms": round(late * 1000, 1), "processor_ms": round(spent * 1000, 1)}
                file.write(json.dumps(row) + "\n")

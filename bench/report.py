"""The table on the screen and the figures in `bench/results.json`."""

import json
import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.targets import TARGETS

RESULTS = Path(__file__).parent / "results.json"


def summary(samples: list[float]) -> dict[str, float]:
    """Median with its spread, in the samples' own unit."""
    ordered = sorted(samples)
    return {
        "median": round(median(ordered), 2),
        "least": round(ordered[0], 2),
        "most": round(ordered[-1], 2),
        "samples": len(ordered),
    }


def write(figures: Mapping[str, Any], *, size: Mapping[str, int]) -> None:
    """Keep the figures; those that this run did not measure stay as they were."""
    former = json.loads(RESULTS.read_text("utf-8"))["figures"] if RESULTS.exists() else {}
    content = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"processor": platform.machine(), "cores": os.cpu_count(), "python": platform.python_version()},
        "size": dict(size),
        "figures": former | dict(figures),
    }
    RESULTS.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def show(figures: Mapping[str, Any]) -> None:
    """The table against the targets."""
    table = Table("what", "measured", "at most", "", "known", title="Yardstick")
    for target in TARGETS:
        if target.key in figures:
            found = figures[target.key]
            value = float(found["median"] if isinstance(found, Mapping) else found)
            met = "✓" if value <= target.limit else "✗"
            measured, limit = f"{value:,.4g} {target.unit}", f"{target.limit:,g} {target.unit}"
            table.add_row(target.label, measured, limit, met, target.known)
    Console(width=140).print(table)


def missed(figures: Mapping[str, Any]) -> list[str]:
    """Keys of the targets that were measured and not reached."""
    values = {key: float(v["median"] if isinstance(v, Mapping) else v) for key, v in figures.items() if _is_figure(v)}
    return [target.key for target in TARGETS if values.get(target.key, 0.0) > target.limit]


def _is_figure(value: object) -> bool:
    return isinstance(value, int | float) or (isinstance(value, Mapping) and "median" in value)

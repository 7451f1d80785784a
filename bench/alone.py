"""Long jobs without server and browser, each in a process of its own: `python -m bench.alone csv`.

Prints one JSON object: seconds on the clock and of the processor, and how much memory the process took above what it
had before, in MB. `csv`, `xlsx` and `pdf` export everybody with twelve fields, `duplicates` looks for them.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
from functools import partial
from pathlib import Path
from typing import Any

from bench.data import ROOT, Data, copy
from bench.imports import Clock, Peak, memory_mb

EXPORTS = ("csv", "xlsx", "pdf")
FIELDS = (
    *("number", "name", "level", "type", "industry", "source", "region", "address", "headcount", "owner"),
    *("created", "last_contact"),
)


def measure_exports(made: Data) -> dict[str, Any]:
    """All three formats of everybody."""
    return {key: value for kind in EXPORTS for key, value in _measure(made, kind, f"export_{kind}").items()}


def measure_duplicates(made: Data) -> dict[str, Any]:
    """One search over everybody."""
    return _measure(made, "duplicates", "duplicates")


def _measure(made: Data, kind: str, name: str) -> dict[str, Any]:
    env = os.environ | {"CRM_DATA_DIR": str(copy(made)), "CRM_DATABASE_URL": ""}
    command = [sys.executable, "-m", "bench.alone", kind]
    done = subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True, text=True)
    return {f"{name}_{key}": value for key, value in json.loads(done.stdout.splitlines()[-1]).items()}


def run(kind: str) -> dict[str, float]:
    """One job, as the runner starts it, with what it keeps at its end."""
    # So that the process that measures does not load the application itself.
    from crm_app.background.kinds import JobContext  # noqa: PLC0415
    from crm_app.core.db import get_database  # noqa: PLC0415
    from crm_app.directory.jobs import export_customers  # noqa: PLC0415
    from crm_app.importing.command import _person  # noqa: PLC0415
    from crm_app.quality.jobs import find_duplicates  # noqa: PLC0415

    database, clock = get_database(), Clock()
    with database.reading() as session:
        actor = _person(session, "admin")
    database.catch_up()
    asked = {"address": "", "rows": "all", "fields": list(FIELDS), "format": kind, "full": False}
    before, peak = memory_mb(), Peak()
    peak.start()
    with tempfile.TemporaryDirectory() as folder:
        job = JobContext(
            actor=actor,
            parameters=asked if kind in EXPORTS else {},
            file=Path(folder) / "file",
            snapshot=database.snapshot,
            writing=partial(database.writing, much=True),
            tell=lambda _done, _total: True,
            stop=threading.Event(),
        )

        def work() -> None:
            outcome = (export_customers if kind in EXPORTS else find_duplicates)(job)
            with database.writing() as session:
                if outcome.record:
                    outcome.record(session)

        clock("took", work)
    return {
        "s": clock.times["took_s"],
        "processor_s": clock.times["took_processor_s"],
        "memory_mb": round(peak.end() - before, 1),
    }


if __name__ == "__main__":
    print(json.dumps(run(sys.argv[1])))

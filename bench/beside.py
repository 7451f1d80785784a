"""What other people feel while a spreadsheet comes in and everybody goes out: `python -m bench.beside FOLDER ROWS`.

That command is a colleague at the desk beside: it brings files of so many rows in, and exports all customers, again and
again until it is killed. It asks for them in the database, as the pages do; the server that is measured does the work.
"""

import itertools
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench import load
from bench.alone import FIELDS
from bench.data import ROOT
from bench.imports import write_file
from bench.server import Server

ROWS = 10_000
PEOPLE = 10
LOOK_SECONDS = 0.2


def measure(server: Server, script: load.Script, people: list[load.Somebody], *, folder: Path) -> dict[str, Any]:
    """Ten people for a minute, beside that colleague."""
    command = [sys.executable, "-m", "bench.beside", str(folder), str(ROWS)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as colleague:
        try:
            assert colleague.stdout
            colleague.stdout.readline()  # At work.
            outcome, _ = load.run(server, script, people, crowd_of=PEOPLE)
            if colleague.poll() is not None:
                raise RuntimeError("nothing was brought in or exported meanwhile")
        finally:
            colleague.kill()
        ended = [line.split() for line in colleague.stdout]
    writes = [1000 * s for name, took in outcome.seconds.items() if name.startswith("save") for s in took]
    return {
        "beside_p95_ms": round(outcome.percentile(0.95), 1),
        "beside_p50_ms": round(outcome.percentile(0.5), 1),
        "beside_longest_save_ms": round(max(writes, default=0.0), 1),
        "beside_errors": len(outcome.errors),
        "beside_imports": sum(line[0] == "import" for line in ended),
        "beside_exports": sum(line[0] == "export" for line in ended),
    }


def run(folder: Path, count: int) -> None:
    """Both again and again, each new one as soon as the one before has ended; tells what ended."""
    os.environ |= {"CRM_DATA_DIR": str(folder), "CRM_DATABASE_URL": ""}
    # So that the process that measures does not load the application itself.
    from crm_app.core import changes, neighbours  # noqa: PLC0415
    from crm_app.core.db import get_database  # noqa: PLC0415
    from crm_app.importing.command import _person  # noqa: PLC0415

    changes.listen(neighbours.tell)
    with get_database().reading() as session:
        actor = _person(session, "admin")
    for turn in itertools.count():
        import_id = _bring(actor, count, first=turn * count)
        exporting = _ask_export(actor)
        if not turn:
            print("at work", flush=True)
        _await_import(actor, import_id)
        print("import", turn, flush=True)
        _await_job(actor, exporting)
        print("export", turn, flush=True)


def _bring(actor: Any, count: int, *, first: int) -> int:
    from crm_app.core.db import get_database  # noqa: PLC0415
    from crm_app.importing import files, service  # noqa: PLC0415
    from crm_app.importing.jobs import CHECK  # noqa: PLC0415
    from crm_app.importing.service.receiving import look_into  # noqa: PLC0415

    inbox = files.make_inbox()
    write_file(inbox / "source", "xlsx", count, first=first)
    headed = look_into(inbox / "source")
    with get_database().writing() as session:
        import_id = service.begin_import(session, actor, file_name="bench.xlsx", headed=headed)
        files.keep(inbox, import_id)
    with get_database().writing() as session:
        service.request_check(session, actor, kind=CHECK, import_id=import_id)
    return import_id


def _ask_export(actor: Any) -> int:
    from crm_app.core.clock import local_today  # noqa: PLC0415
    from crm_app.core.db import get_database  # noqa: PLC0415
    from crm_app.core.settings import get_settings  # noqa: PLC0415
    from crm_app.directory.jobs import EXPORT  # noqa: PLC0415
    from crm_app.directory.schemas import ExportRequest  # noqa: PLC0415
    from crm_app.directory.service import request_export  # noqa: PLC0415

    wanted = ExportRequest(address="", rows="all", fields=FIELDS, format="xlsx", full=False)
    with get_database().writing() as session:
        return request_export(session, actor, kind=EXPORT, request=wanted, today=local_today(tz=get_settings().zone))


def _await_import(actor: Any, import_id: int) -> None:
    from crm_app.core.db import get_database  # noqa: PLC0415
    from crm_app.importing import queries, service  # noqa: PLC0415
    from crm_app.importing.jobs import IMPORT  # noqa: PLC0415
    from crm_app.importing.schemas import State  # noqa: PLC0415

    asked = False
    while True:
        with get_database().reading() as session:
            run = queries.get_run(session, actor, import_id)
        if run.state == State.DONE:
            return
        if run.state == State.CHECKED and not asked:
            _await_job(actor, run.job_id or 0)
            with get_database().writing() as session:
                service.request_import(session, actor, kind=IMPORT, import_id=import_id)
            asked = True
        time.sleep(LOOK_SECONDS)


def _await_job(actor: Any, job_id: int) -> None:
    from crm_app.background.queries import get_job  # noqa: PLC0415
    from crm_app.background.schemas import OPEN  # noqa: PLC0415
    from crm_app.core.db import get_database  # noqa: PLC0415

    while True:
        with get_database().reading() as session:
            job = get_job(session, actor, job_id)
        if job is None or job.state not in OPEN:
            return
        time.sleep(LOOK_SECONDS)


if __name__ == "__main__":
    run(Path(sys.argv[1]), int(sys.argv[2]))

"""A server that is killed while it writes an import leaves all of it or nothing; started again, it ends the work."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlmodel import func, select

from crm_app.background import files as job_files
from crm_app.background import kinds, runner
from crm_app.background.queries import get_job
from crm_app.core.db import Database
from crm_app.importing import files, queries, service
from crm_app.importing.jobs import CHECK, IMPORT
from crm_app.models import Contact, Customer, FieldChange, Job
from crm_app.options.service import seed_presets
from tests.factories import Office
from tests.importing.conftest import Desk

ROWS = 4_200
"""More than two batches."""
DYING = """
import asyncio, os, signal, sys
from pathlib import Path
from crm_app.background import files as job_files
from crm_app.background.kinds import register
from crm_app.background.runner import run_next
from crm_app.core.db import get_database
from crm_app.importing import files, jobs
from crm_app.importing.service import writing

folder, where, left = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
files.folder = lambda: folder / "imports"
job_files.folder = lambda: folder / "jobs"
module = writing if where == "index_terms" else jobs
good = getattr(module, where)

def die(*arguments, **more):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return good(*arguments, **more)

setattr(module, where, die)
register(jobs.IMPORT)
asyncio.run(run_next(get_database()))
"""


def killed(db: Database, folder: Path, where: str, after: int) -> None:
    """Let another process take the job up, which dies in the middle of it."""
    env = os.environ | {"CRM_DATABASE_URL": str(db.url), "CRM_DATA_DIR": str(folder)}
    done = subprocess.run([sys.executable, "-c", DYING, str(folder), where, str(after)], env=env, check=False)
    assert done.returncode == -9


def counted(db: Database) -> tuple[int, int, int]:
    """Customers, contacts and lines of history."""
    with db.reading() as session:
        a, b, c = (
            session.execute(select(func.count()).select_from(one)).scalar_one()
            for one in (Customer, Contact, FieldChange)
        )
    return a, b, c


@pytest.mark.parametrize(
    "death",
    [("index_terms", 0, 0), ("index_terms", 1, 0), ("note_import", 0, 0), ("write_rejected", 0, ROWS)],
    ids=["at its first rows", "in the middle", "before the commit", "after the commit"],
)
async def test_all_or_nothing(
    db: Database, office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, death: tuple[str, int, int]
) -> None:
    where, after, left = death
    monkeypatch.setattr(files, "folder", lambda: tmp_path / "imports")
    monkeypatch.setattr(job_files, "folder", lambda: tmp_path / "jobs")
    for kind in (CHECK, IMPORT):
        monkeypatch.setitem(kinds.KINDS, kind.code, kind)
    with db.writing() as session:
        seed_presets(session)
    desk = Desk(db, office)
    key = desk.bring([(f"公司{n}", "制造业", "张三", f"138{n:08}") for n in range(ROWS)])
    await desk.check(key)
    desk.do(service.request_import, kind=IMPORT, import_id=key)
    killed(db, tmp_path, where, after)
    assert counted(db) == (left, left, left)
    with db.writing() as session:
        # Nobody has heard of its runner for a while.
        job = session.get_one(Job, desk.run_of(key).job_id)
        assert job.state == "running"
        job.seen_at = None
    assert await runner.run_next(db)
    with db.reading() as session:
        ended = get_job(session, office.manager, desk.run_of(key).job_id or 0)
        run = queries.get_run(session, office.manager, key)
    assert ended
    assert (ended.state, run.state, run.counts["created"]) == ("done", "done", ROWS)
    assert counted(db) == (ROWS, ROWS, ROWS)

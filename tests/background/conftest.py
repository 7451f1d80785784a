"""Jobs that tests make up, and their files in a folder of the test's own."""

from collections.abc import Callable
from pathlib import Path

import pytest

from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission
from crm_app.background import files, kinds, service
from crm_app.background.kinds import JobContext, JobKind, Outcome
from crm_app.background.queries import get_job
from crm_app.background.schemas import JobRow
from crm_app.core.db import Database

Work = Callable[[JobContext], Outcome]


@pytest.fixture(autouse=True)
def jobs_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the files go."""
    monkeypatch.setattr(files, "folder", lambda: tmp_path / "jobs")
    return tmp_path / "jobs"


@pytest.fixture
def kind_of(monkeypatch: pytest.MonkeyPatch) -> Callable[..., JobKind]:
    """Registers a kind of job that does what it is given."""

    def make(run: Work, permission: Permission = Permission.CUSTOMER_EXPORT) -> JobKind:
        kind = JobKind("customer_export", permission, run)
        monkeypatch.setitem(kinds.KINDS, kind.code, kind)
        return kind

    return make


def ask(db: Database, actor: Actor, kind: JobKind, **parameters: object) -> int:
    """Ask for such a job."""
    with db.writing() as session:
        return service.add_job(session, actor, kind=kind, parameters=parameters)


def look(db: Database, actor: Actor, job_id: int) -> JobRow:
    """The job as it stands now."""
    with db.reading() as session:
        row = get_job(session, actor, job_id)
    assert row
    return row

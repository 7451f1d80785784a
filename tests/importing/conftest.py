"""A desk at which spreadsheets are brought in: an office with its lists, and folders of the test's own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from crm_app.access.actor import Actor
from crm_app.background import files as job_files
from crm_app.background import kinds, runner
from crm_app.background.queries import get_job
from crm_app.background.schemas import JobRow
from crm_app.core.db import Database
from crm_app.importing import files, queries, service
from crm_app.importing.jobs import CHECK, IMPORT
from crm_app.importing.service.receiving import look_into
from crm_app.importing.store import Store
from crm_app.models import Contact, Customer, ImportRun
from crm_app.options.service import seed_presets
from tests.factories import Office

HEADINGS = ("客户名称", "所属行业", "联系人", "手机")


@dataclass(frozen=True)
class Desk:
    """Brings files in and looks at what came of them."""

    db: Database
    office: Office

    def bring(
        self, rows: Sequence[Sequence[str]], headings: Sequence[str] = HEADINGS, *, who: Actor | None = None
    ) -> int:
        """Bring a file of these rows; the import's number."""
        return self.bring_bytes("\n".join(",".join(row) for row in (headings, *rows)).encode(), who=who)

    def bring_bytes(self, content: bytes, *, name: str = "客户.csv", who: Actor | None = None) -> int:
        inbox = files.make_inbox()
        (inbox / "source").write_bytes(content)
        headed = look_into(inbox / "source")
        with self.db.writing() as session:
            key = service.begin_import(session, who or self.office.manager, file_name=name, headed=headed)
            files.keep(inbox, key)
        return key

    def do(self, fn: Any, *, who: Actor | None = None, **arguments: Any) -> Any:
        with self.db.writing() as session:
            return fn(session, who or self.office.manager, **arguments)

    async def check(self, key: int, *, who: Actor | None = None) -> Mapping[str, Any]:
        """Have it checked; what was found."""
        self.do(service.request_check, who=who, kind=CHECK, import_id=key)
        await self.work(key, who=who)
        return self.run_of(key, who=who).counts

    async def confirm(self, key: int, *, who: Actor | None = None) -> Mapping[str, Any]:
        """Have it written; what came of it."""
        self.do(service.request_import, who=who, kind=IMPORT, import_id=key)
        await self.work(key, who=who)
        return self.run_of(key, who=who).counts

    async def work(self, key: int, *, who: Actor | None = None) -> JobRow:
        """Let the job of an import end."""
        assert await runner.run_next(self.db)
        job = self.job_of(key, who=who)
        assert job.state == "done", (job.message, job.message_params)
        return job

    def job_of(self, key: int, *, who: Actor | None = None) -> JobRow:
        run = self.run_of(key, who=who)
        with self.db.reading() as session:
            job = get_job(session, who or self.office.manager, run.job_id or 0)
        assert job
        return job

    def run_of(self, key: int, *, who: Actor | None = None) -> ImportRun:
        with self.db.reading() as session:
            return queries.get_run(session, who or self.office.manager, key)

    def store_of(self, key: int, *, who: Actor | None = None) -> Store:
        return Store(key, self.run_of(key, who=who).counts["store"])

    def customers(self) -> list[Customer]:
        with self.db.reading() as session:
            return list(session.exec(select(Customer).order_by(Customer.id)).all())  # type: ignore[arg-type]

    def contacts(self) -> list[Contact]:
        with self.db.reading() as session:
            return list(session.exec(select(Contact).order_by(Contact.id)).all())  # type: ignore[arg-type]

    def all_of(self, model: type[Any]) -> list[Any]:
        with self.db.reading() as session:
            return list(session.exec(select(model)).all())


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where files go; and the kinds of jobs."""
    monkeypatch.setattr(files, "folder", lambda: tmp_path / "imports")
    monkeypatch.setattr(job_files, "folder", lambda: tmp_path / "jobs")
    for kind in (CHECK, IMPORT):
        monkeypatch.setitem(kinds.KINDS, kind.code, kind)
    return tmp_path


@pytest.fixture
def desk(db: Database, office: Office) -> Desk:
    """On both engines."""
    with db.writing() as session:
        seed_presets(session)
    return Desk(db, office)

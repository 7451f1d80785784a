from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission, Reach
from crm_app.background import kinds, runner
from crm_app.background.queries import get_job
from crm_app.background.schemas import JobRow
from crm_app.bulk import jobs, queries, service
from crm_app.bulk.schemas import Action, Plan, Verdict
from crm_app.core.db import Database
from crm_app.customers.search import index_customer
from crm_app.models import BulkChange, Customer, CustomerTag, FieldChange, Tag
from crm_app.options.service import seed_presets
from tests.factories import Office, make_customer


def with_grant(actor: Actor, permission: Permission, reach: Reach) -> Actor:
    """The same person in a role that may do that so far."""
    return replace(actor, grants={**actor.grants, permission: reach})


@dataclass(frozen=True, slots=True)
class Desk:
    """An office with customers, and changes of many of them."""

    db: Database
    office: Office

    def write(self, fn: Callable[..., Any], *args: object, **kwargs: object) -> Any:
        """One unit of work."""
        with self.db.writing() as session:
            return fn(session, *args, **kwargs)

    def read(self, fn: Callable[..., Any], *args: object, **kwargs: object) -> Any:
        """One look."""
        with self.db.reading() as session:
            return fn(session, *args, **kwargs)

    def customer(self, owner: Actor | None = None, **fields: object) -> str:
        """The number of a new one, of `sales` unless told otherwise."""

        def make(session: Session) -> str:
            made = make_customer(session, owner=owner or self.office.sales, **fields)  # type: ignore[arg-type]
            index_customer(session, made.id or 0)
            return made.number

        return self.write(make)

    def tag(self, number: str, *names: str) -> list[int]:
        """Put these tags on a customer; their ids."""

        def put(session: Session) -> list[int]:
            customer = session.execute(select(Customer).where(Customer.number == number)).scalar_one()  # type: ignore[arg-type]
            ids = []
            for name in names:
                tag = Tag(kind="free", name=name)
                session.add(tag)
                session.flush()
                session.add(CustomerTag(customer_id=customer.id or 0, tag_id=tag.id or 0))
                ids.append(tag.id or 0)
            return ids

        return self.write(put)

    def get(self, number: str) -> Customer:
        """The customer as it stands now."""
        with self.db.reading() as session:
            return session.execute(select(Customer).where(Customer.number == number)).scalar_one()  # type: ignore[arg-type]

    def history(self, number: str) -> list[tuple[str, str, str, int, int | None]]:
        """What its history says: field, old, new, version, who."""
        with self.db.reading() as session:
            steps = session.execute(
                select(FieldChange)
                .join(Customer, Customer.id == FieldChange.customer_id)  # type: ignore[arg-type]
                .where(Customer.number == number)  # type: ignore[arg-type]
                .order_by(FieldChange.id)  # type: ignore[arg-type]
            ).scalars()
            return [(one.field, one.old, one.new, one.version, one.user_id) for one in steps]

    def preview(self, actor: Actor, action: Action, *numbers: str) -> Plan:
        """What the dialog shows for these rows."""

        def look(session: Session) -> Plan:
            ids = queries.find_ticked(session, actor, numbers)
            return queries.make_plan(session, actor, service.check_action(session, actor, action, ids), ids)

        return self.read(look)

    def verdicts(self, actor: Actor, action: Action, *numbers: str) -> list[str]:
        """What becomes of each of these, and why not."""

        def look(session: Session) -> list[str]:
            ids = queries.find_ticked(session, actor, numbers)
            task = service.check_action(session, actor, action, ids)
            pages = {stand.number: judged for stand, judged in queries.read_page(session, actor, task, ids)}
            return [pages[n].why or Verdict(pages[n].verdict).name if n in pages else "unseen" for n in numbers]

        return self.read(look)

    def ask(self, actor: Actor, plan: Plan) -> int:
        """Confirm a preview; the change's id."""
        return self.write(service.request_change, actor, kind=jobs.CHANGE, plan=plan)

    async def change(self, actor: Actor, action: Action, *numbers: str) -> int:
        """Look, confirm and wait."""
        change_id = self.ask(actor, self.preview(actor, action, *numbers))
        assert await runner.run_next(self.db)
        return change_id

    async def undo(self, actor: Actor, change_id: int) -> None:
        """Ask for it and wait."""
        self.write(service.request_undo, actor, kind=jobs.UNDO, change_id=change_id)
        assert await runner.run_next(self.db)

    def stored(self, change_id: int) -> BulkChange:
        """The change as it stands."""
        with self.db.reading() as session:
            return session.get_one(BulkChange, change_id)

    def counts(self, change_id: int) -> dict[str, int]:
        """What came of it."""
        return self.stored(change_id).counts

    def job(self, actor: Actor, change_id: int) -> JobRow:
        """Its last job."""
        job_id = self.stored(change_id).job_id or 0
        found = self.read(get_job, actor, job_id)
        assert found
        return found


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """The kinds of jobs, and a folder of the test's own."""
    for kind in (jobs.CHANGE, jobs.UNDO):
        monkeypatch.setitem(kinds.KINDS, kind.code, kind)
    monkeypatch.setattr("crm_app.background.files.folder", lambda: tmp_path / "jobs")


@pytest.fixture
def desk(db: Database, office: Office) -> Desk:
    """On each engine in turn."""
    with db.writing() as session:
        seed_presets(session)
    return Desk(db, office)


@pytest.fixture
def sqlite_desk(sqlite_db: Database, sqlite_office: Office) -> Desk:
    """For what does not depend on the engine."""
    with sqlite_db.writing() as session:
        seed_presets(session)
    return Desk(sqlite_db, sqlite_office)

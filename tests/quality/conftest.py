from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from sqlmodel import Session, select

from crm_app.access.actor import Actor
from crm_app.core.clock import utcnow
from crm_app.core.db import Database
from crm_app.customers.search import index_customer
from crm_app.models import Contact, Customer
from crm_app.options.service import seed_presets
from crm_app.quality import service
from crm_app.quality.schemas import FoundGroup, FoundPair, Likeness, Merged, MergeRequest, Verdict
from tests.factories import Office, make_customer


@dataclass(frozen=True, slots=True)
class Desk:
    """An office, and ways to work in it."""

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

    def row(self, number: str) -> Customer:
        return self.read(lambda s: s.exec(select(Customer).where(Customer.number == number)).one())

    def contact(self, number: str, **fields: object) -> int:
        """The id of a further contact."""
        customer_id = self.row(number).id

        def make(session: Session) -> int:
            contact = Contact.model_validate({"customer_id": customer_id, "name": "李四"} | fields)
            session.add(contact)
            session.flush()
            index_customer(session, customer_id or 0)
            return contact.id or 0

        return self.write(make)

    def merge(
        self, survivor: str, *losers: str, by: Actor | None = None, choices: Mapping[str, str] | None = None
    ) -> Merged:
        """As the manager, unless told otherwise."""
        versions = {number: self.row(number).version for number in (survivor, *losers)}
        request = MergeRequest(survivor, versions, choices or {})
        return self.write(service.merge_customers, by or self.office.manager, request=request)

    def undo(self, merge: Merged, by: Actor | None = None) -> Any:
        """As the manager, unless told otherwise."""
        return self.write(service.undo_merge, by or self.office.manager, merge_id=merge.id)

    def group(self, *numbers: str, verdict: Verdict = Verdict.SAME, score: int = 95) -> None:
        """What a search found: these, and nothing else."""
        self.groups((numbers, verdict, score))

    def groups(self, *found: tuple[tuple[str, ...], Verdict, int]) -> None:
        """What a search found."""
        made = []
        for numbers, verdict, score in found:
            ids = sorted(self.row(number).id or 0 for number in numbers)
            like = Likeness(verdict, score, (("same_name", 100), ("mobile", 100)))
            pairs = tuple(FoundPair(ids[0], other, like) for other in ids[1:])
            made.append(FoundGroup(verdict, score, tuple(ids), pairs))
        self.write(service.keep_found, made, utcnow())


def _desk(db: Database, office: Office) -> Desk:
    with db.writing() as session:
        seed_presets(session)
    return Desk(db, office)


@pytest.fixture
def desk(db: Database, office: Office) -> Desk:
    """On each engine in turn."""
    return _desk(db, office)


@pytest.fixture
def sqlite_desk(sqlite_db: Database, sqlite_office: Office) -> Desk:
    """For what does not depend on the engine."""
    return _desk(sqlite_db, sqlite_office)

"""An office in which a review is open."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from crm_app.access.actor import Actor
from crm_app.core.db import Database
from crm_app.customers.search import index_customer
from crm_app.customers.service import update_field
from crm_app.models import Customer
from crm_app.options.service import seed_presets
from crm_app.review import queries, service
from crm_app.review.schemas import Confirmed, ListPage, ListQuery, ReviewRow, Shown, Team
from tests.factories import Office, make_customer

MONTH = "2026-11"


@dataclass(frozen=True, slots=True)
class Desk:
    """People and their customers, by name, and ways to work at the review."""

    db: Database
    office: Office
    numbers: dict[str, str] = field(default_factory=dict)

    def write(self, fn: Callable[..., Any], *args: object, **kwargs: object) -> Any:
        """One unit of work."""
        with self.db.writing() as session:
            return fn(session, *args, **kwargs)

    def read(self, fn: Callable[..., Any], *args: object, **kwargs: object) -> Any:
        """One look."""
        with self.db.reading() as session:
            return fn(session, *args, **kwargs)

    def add(self, name: str, owner: Actor | None, **fields: object) -> str:
        """A customer; its number."""

        def make(session: Session) -> str:
            made = make_customer(session, owner=owner, name=name, **fields)  # type: ignore[arg-type]
            index_customer(session, made.id or 0)
            return made.number

        self.numbers[name] = self.write(make)
        return self.numbers[name]

    def row(self, name: str) -> Customer:
        return self.read(lambda s: s.execute(select(Customer).where(col(Customer.name) == name)).scalar_one())

    def open(self, month: str = MONTH, by: Actor | None = None) -> int:
        return self.write(service.open_review, month=month, actor=by)

    def review(self, month: str = "") -> ReviewRow:
        found = self.read(queries.get_review, month=month)
        assert found is not None
        return found

    def page(self, actor: Actor, owner: Actor | None = None, *, month: str = "", **asked: Any) -> ListPage:
        query = ListQuery((owner or actor).user_id, **asked)
        return self.read(queries.get_list, actor, self.review(month), query=query)

    def names(self, actor: Actor, owner: Actor | None = None, **asked: Any) -> list[str]:
        return [line.name for line in self.page(actor, owner, **asked).lines]

    def done(self, actor: Actor, owner: Actor | None = None, *, month: str = "") -> dict[str, str]:
        """By name the state of those that are done."""
        return {line.name: line.state for line in self.page(actor, owner, month=month, shown=Shown.DONE).lines}

    def team(self, actor: Actor, month: str = "") -> Team:
        return self.read(queries.get_team, actor, self.review(month))

    def confirm(self, actor: Actor, *names: str) -> Confirmed:
        numbers = [self.numbers.get(name, name) for name in names]
        return self.write(service.confirm_customers, actor, review_id=self.review().id, numbers=numbers)

    def edit(self, actor: Actor, name: str, value: str = "改过") -> None:
        """Correct a record by hand."""
        number, version = self.numbers[name], self.row(name).version
        self.write(update_field, actor, number=number, field="note", value=value, version=version)


def _desk(db: Database, office: Office) -> Desk:
    with db.writing() as session:
        seed_presets(session)
    desk = Desk(db, office)
    for name, owner in (("甲", office.sales), ("乙", office.sales), ("丙", office.sales2), ("丁", office.outsider)):
        desk.add(name, owner)
    desk.add("无主", None, department_id=office.south)
    return desk


@pytest.fixture
def desk(db: Database, office: Office) -> Desk:
    """On each engine in turn; no review is open yet."""
    return _desk(db, office)


@pytest.fixture
def sqlite_desk(sqlite_db: Database, sqlite_office: Office) -> Desk:
    """For what does not depend on the engine."""
    return _desk(sqlite_db, sqlite_office)

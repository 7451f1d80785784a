from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission, Reach
from crm_app.core.db import Database
from crm_app.customers.search import index_customer
from crm_app.options.service import seed_presets
from crm_app.recycle_bin import service
from tests.factories import Office, make_customer


def with_delete(actor: Actor, reach: Reach) -> Actor:
    """The same person in a role that may delete as far as that."""
    return replace(actor, grants={**actor.grants, Permission.CUSTOMER_DELETE: reach})


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

    def delete(self, number: str, by: Actor | None = None) -> Any:
        """As the administrator, unless told otherwise."""
        return self.write(service.delete_customer, by or self.office.admin, number=number)

    def restore(self, *numbers: str, by: Actor | None = None) -> Any:
        """As the administrator, unless told otherwise."""
        return self.write(service.restore_customers, by or self.office.admin, numbers=numbers)


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

"""An older database is brought to this version whole, whenever that was interrupted."""

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from crm_app.admin.upgrade import bring_up_to_date
from crm_app.core import migrate
from crm_app.core.db import Database
from crm_app.customers import search
from crm_app.customers.search import index_customer, list_misindexed, matches
from crm_app.models import Customer
from tests.factories import Office, make_customer


def found(session: Session, office: Office, text: str) -> list[str]:
    condition = matches(office.admin, text, dialect=session.get_bind().dialect.name)
    assert condition is not None
    return list(session.execute(select(col(Customer.name)).where(condition)).scalars())


def fill(database: Database, office: Office) -> None:
    bring_up_to_date(database)
    with database.writing() as session:
        for name in ("杭州智云科技有限公司", "北京蓝天贸易公司"):
            index_customer(session, make_customer(session, owner=office.sales, name=name).id or 0)


def test_the_search_index_is_made_anew_after_a_migration_that_emptied_it(db: Database, office: Office) -> None:
    fill(db, office)
    migrate.downgrade(db.engine, "0005")
    migrate.upgrade(db.engine)
    with db.reading() as session:
        assert len(list_misindexed(session)) == 2, "stopped between the migration and the index"
    with db.writing() as session:  # And somebody saved a customer before the next start.
        index_customer(session, make_customer(session, owner=office.sales, name="上海新客有限公司").id or 0)
    bring_up_to_date(db)
    with db.reading() as session:
        assert list_misindexed(session) == []
        assert found(session, office, "hzzy") == ["杭州智云科技有限公司"]


def test_a_current_database_is_left_as_it_is(db: Database, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(db, office)
    monkeypatch.setattr(migrate, "upgrade", lambda *_: pytest.fail("nothing to migrate"))
    monkeypatch.setattr(search, "index_all", lambda *_: pytest.fail("nothing to index"))
    bring_up_to_date(db)


def test_an_empty_database_needs_no_index(db: Database) -> None:
    bring_up_to_date(db)
    with db.reading() as session:
        assert list_misindexed(session) == []

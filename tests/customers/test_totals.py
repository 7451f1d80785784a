"""How many customers there are is known without counting them, and always right."""

from sqlalchemy import delete, insert, select, update
from sqlmodel import Session, col

from crm_app.core.clock import utcnow
from crm_app.core.db import Database
from crm_app.core.sql import table_of
from crm_app.customers.queries.totals import live_total, miscounted
from crm_app.models import Customer
from tests.factories import Office, make_customer


def total(session: Session) -> int:
    assert miscounted(session) is None
    return int(session.execute(live_total(session.get_bind().dialect.name)).scalar_one())


def test_the_total_follows_whatever_happens_to_customers(db: Database, office: Office) -> None:
    with db.writing() as session:
        made = [make_customer(session, owner=office.sales) for _ in range(5)]
        ids = [customer.id for customer in made]
    with db.writing() as session:
        assert total(session) == 5
        binned = update(Customer).where(col(Customer.id).in_(ids[:3]))
        session.execute(binned.values(deleted_at=utcnow()))
        assert total(session) == 2
        session.execute(binned.values(deleted_at=utcnow(), name="又删一次"))
        assert total(session) == 2, "who is deleted already, is not deleted again"
        session.execute(update(Customer).where(col(Customer.id) == ids[0]).values(deleted_at=None))
        assert total(session) == 3
        session.execute(update(Customer).where(col(Customer.id) == ids[0]).values(name="改名"))
        assert total(session) == 3


def test_a_change_that_is_taken_back_does_not_count(db: Database, office: Office) -> None:
    with db.reading() as session:
        make_customer(session, owner=office.sales)
        session.flush()
        assert total(session) == 1
    with db.reading() as session:
        assert total(session) == 0


def test_rows_written_in_bulk_and_removed_for_good_count_too(db: Database, office: Office) -> None:
    customer = table_of(Customer)
    with db.writing() as session:
        pattern = make_customer(session, owner=office.sales, contact=False)
        session.flush()
        row = session.execute(select(customer).where(customer.c.id == pattern.id)).one()._asdict()
        copies = [{**row, "id": 1000 + n, "number": f"BULK-{n}"} for n in range(50)]
        gone = [{**row, "id": 2000 + n, "number": f"GONE-{n}", "deleted_at": utcnow()} for n in range(7)]
        session.execute(insert(customer), copies + gone)
        assert total(session) == 51
        session.execute(delete(customer).where(customer.c.number.startswith("GONE-")))
        assert total(session) == 51
        session.execute(delete(customer).where(customer.c.number.startswith("BULK-")))
        assert total(session) == 1

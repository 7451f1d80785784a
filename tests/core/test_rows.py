"""Rows that are packed for their way are the rows that were asked for."""

from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import literal, select, union_all
from sqlmodel import col

from crm_app.core.db import Database
from crm_app.core.rows import read_packed
from crm_app.core.types import Yuan
from crm_app.models import Customer
from tests.factories import Office, make_customer


def test_they_have_their_types_their_order_and_odd_texts(db: Database, office: Office) -> None:
    names = ["引号\"和'", "反斜\\杠\n换行", "表情😀", "", "零\u200b宽"]
    with db.writing() as session:
        for n, name in enumerate(names):
            customer = make_customer(
                session, owner=office.sales, name=name, created_at=datetime(2024, 1, n + 1, tzinfo=UTC)
            )
            customer.total_amount, customer.next_follow_up_at = Decimal("12345.67") * n, None
    with db.reading() as session:
        statement = select(
            col(Customer.name), col(Customer.created_at), col(Customer.total_amount), col(Customer.next_follow_up_at)
        ).order_by(col(Customer.created_at).desc())
        packed = read_packed(session, statement.limit(4))
        assert packed == [tuple(row) for row in session.execute(statement.limit(4))]
        assert [name for name, *_ in packed] == names[:0:-1]
        assert packed[0][1:] == (datetime(2024, 1, 5, tzinfo=UTC), Decimal("49382.68"), None)


def test_no_rows_are_no_rows(db: Database) -> None:
    with db.reading() as session:
        assert read_packed(session, select(col(Customer.id)).where(col(Customer.id) < 0)) == []


def test_columns_of_one_name_and_of_none_keep_apart(db: Database) -> None:
    with db.reading() as session:
        both = select(literal(1), literal(2), literal(100, Yuan).label("id"))
        assert read_packed(session, union_all(both, both)) == [(1, 2, Decimal(100)), (1, 2, Decimal(100))]

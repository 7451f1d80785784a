"""A filter and an order by fields that the company added, with a value in each of all customers (R1.8)."""

import random
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, select

from bench import data
from bench.queries import actor_of, median_ms
from crm_app.core.clock import local_today
from crm_app.core.db import Database
from crm_app.core.settings import get_settings
from crm_app.directory import queries as directory
from crm_app.fields.queries import list_fields
from crm_app.fields.schemas import FieldInput
from crm_app.fields.service import add_field, insert_values
from crm_app.listing.rules.address import parse_query
from crm_app.models import Customer

_AMOUNT, _SIZE = "年采购额", "客户规模"


def measure(made: data.Data) -> dict[str, Any]:
    """Median ms of a page of the list that is filtered by one own field and ordered by another, and of each alone."""
    database = Database(f"sqlite:///{data.copy(made) / 'crm.db'}")
    try:
        with database.writing() as session:
            keys = _fill(session)
        with database.reading() as session:
            return {name: _page_ms(session, asked) for name, asked in _addresses(*keys).items()}
    finally:
        database.close()


def _fill(session: Session) -> tuple[str, str]:
    """Two fields, filled in; their keys."""
    admin, dice = actor_of(session, "admin"), random.Random(7)
    add_field(session, admin, entry=FieldInput(label_zh=_AMOUNT, kind="amount"))
    add_field(session, admin, entry=FieldInput(label_zh=_SIZE, kind="choice", options="大\n中\n小"))
    amount, size = list_fields(session)[-2:]
    for customer_id in session.exec(select(Customer.id).where(col(Customer.deleted_at).is_(None))).all():
        several = [
            (customer_id or 0, amount, str(dice.randrange(10**6))),
            (customer_id or 0, size, f"v{dice.randint(1, 3)}"),
        ]
        insert_values(session, several)
    session.execute(text("ANALYZE own_value"))
    return amount.key, size.key


def _addresses(amount: str, size: str) -> dict[str, dict[str, str]]:
    chosen, ordered = {"f": f"{size}.in.v1"}, {"sort": f"-{amount}"}
    return {"own_filter_sort_ms": chosen | ordered, "own_filter_ms": chosen, "own_sort_ms": ordered}


def _page_ms(session: Session, asked: dict[str, str]) -> float:
    admin = actor_of(session, "admin")
    known = directory.load_known(session, today=local_today(tz=get_settings().zone))
    definition = directory.list_for(admin, known)
    parsed = parse_query(definition, asked, known)
    if parsed.ignored:
        raise SystemExit(f"not understood: {parsed.ignored}")

    def run() -> object:
        found = directory.find_page(session, admin, parsed.query, known)
        return directory.list_rows(session, admin, found.ids, definition.columns, known)

    return median_ms(run)

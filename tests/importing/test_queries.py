"""What an import asks is answered by indices, on both engines: its page must not grow with the tables."""

from collections.abc import Callable

import pytest
from sqlmodel import Session

from crm_app.core.clock import utcnow
from crm_app.importing import queries
from crm_app.importing.schemas import KEPT
from crm_app.importing.views import get_view, list_lines
from tests.factories import make_customer
from tests.importing.conftest import Desk
from tests.importing.test_own import add
from tests.plans import analyse, plans

GROWING = ("customer", "contact", "own_value", "merged_customer", "import_run", "import_edit", "imported_customer")


def insist_on_indices(desk: Desk, run: Callable[[Session], object]) -> None:
    """No statement reads the whole of a table that grows."""
    analyse(desk.db)
    found = plans(desk.db, run)
    assert found
    for sql, plan in found.items():
        for line in plan.splitlines():
            for table in GROWING:
                whole = line.startswith(f"SCAN {table}") and "INDEX" not in line
                assert not whole and f"Seq Scan on {table} " not in line, f"{sql}\n{plan}"


@pytest.mark.parametrize("key", ["old_number", "credit_code", "name", "contact.mobile", "own"])
def test_customers_are_found_by_each_key(desk: Desk, key: str) -> None:
    field = add(desk, "旧系统编号")
    insist_on_indices(desk, lambda session: queries.find_named(session, field if key == "own" else key, ["a", "b"]))


def test_duplicates_and_whoever_is_there_are_found(desk: Desk) -> None:
    with desk.db.writing() as session:
        ids = [make_customer(session, owner=desk.office.sales).id or 0 for _ in range(3)]
    insist_on_indices(
        desk,
        lambda session: queries.find_keys(session, numbers=["13800000001"], codes=["x"], names=["甲"], own=["C1"]),
    )
    with desk.db.reading() as session:
        own = queries.list_own_fields(session, desk.office.manager)
    insist_on_indices(desk, lambda session: queries.read_there(session, desk.office.admin, ids, own))
    insist_on_indices(desk, lambda session: queries.changed_since(session, utcnow()))


def test_the_page_and_the_daily_round(desk: Desk) -> None:
    key = desk.bring([("甲公司", "制造业", "张三", "13800000001")])
    manager = desk.office.manager
    insist_on_indices(desk, lambda session: list_lines(session, manager))
    insist_on_indices(desk, lambda session: get_view(session, manager, key))
    insist_on_indices(desk, lambda session: queries.list_edits(session, key))
    insist_on_indices(desk, lambda session: queries.get_memory(session, manager, ["客户名称"]))
    insist_on_indices(desk, lambda session: queries.list_imported(session, key))
    insist_on_indices(desk, lambda session: queries.list_expired(session, utcnow() - KEPT))

"""The page of the bin: order, search, pages, and that its size is what it costs."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import insert
from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.permissions import Reach
from crm_app.core.clock import utcnow
from crm_app.core.sql import table_of
from crm_app.models import Customer
from crm_app.recycle_bin import queries
from tests.plans import analyse, plans
from tests.recycle_bin.conftest import Desk, with_delete

LIVE, BINNED = 2_000, 400
WHOLE = re.compile(r"^SCAN customer(?! USING (COVERING )?INDEX ix_customer_deleted_at_id)|Seq Scan on customer", re.M)


def fill(session: Session, owner: Actor, deleter: Actor) -> None:
    now = utcnow()
    rows = [
        {
            "number": f"MFG-2025-{n:05d}",
            "name": f"第{n}号Valve有限公司",
            "industry": "MFG",
            "owner_id": owner.user_id,
            "department_id": owner.department_id,
            "created_at": now,
            "updated_at": now,
            "deleted_at": now - timedelta(minutes=n) if n < BINNED else None,
            "deleted_by": deleter.user_id if n < BINNED else None,
        }
        for n in range(BINNED + LIVE)
    ]
    session.execute(insert(table_of(Customer)), rows)


def test_the_latest_comes_first_and_pages_join_without_gap(desk: Desk) -> None:
    desk.write(fill, desk.office.sales, desk.office.admin)
    admin = desk.office.admin
    pages = [desk.read(queries.list_bin, admin, page=n, size=150) for n in (1, 2, 3)]
    assert [page.total for page in pages] == [BINNED] * 3
    numbers = [line.number for page in pages for line in page.lines]
    assert numbers == [f"MFG-2025-{n:05d}" for n in range(BINNED)]
    line = pages[0].lines[0]
    assert (line.owner, line.deleted_by, line.days_left) == (desk.office.sales.name, admin.name, 30)
    beyond = desk.read(queries.list_bin, admin, page=99, size=150)
    assert (beyond.page, len(beyond.lines)) == (3, BINNED - 300)


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("", 400),
        ("valve", 400),
        ("第7号", 1),
        ("MFG-2025-0001", 10),
        ("mfg-2025-00399 VALVE", 1),
        ("00400", 0),
        ("%", 0),
        ("_", 0),
        ("\\", 0),
        ("   ", 400),
        ("x" * 5_000, 0),
    ],
)
def test_each_word_is_looked_for_in_name_and_number(desk: Desk, text: str, hits: int) -> None:
    desk.write(fill, desk.office.sales, desk.office.admin)
    assert desk.read(queries.list_bin, desk.office.admin, text=text).total == hits


@pytest.mark.parametrize("reach", list(Reach))
@pytest.mark.parametrize("text", ["", "valve"])
def test_it_is_found_by_when_it_was_deleted(desk: Desk, reach: Reach, text: str) -> None:
    desk.write(fill, desk.office.sales, desk.office.admin)
    analyse(desk.db)
    actor = with_delete(desk.office.manager, reach)
    found = plans(desk.db, lambda session: queries.list_bin(session, actor, text=text))
    found |= plans(desk.db, lambda session: queries.list_expired(session, utcnow()))
    of_customers = {sql: plan for sql, plan in found.items() if "FROM customer" in sql}
    assert len(of_customers) == 3
    for sql, plan in of_customers.items():
        assert not WHOLE.search(plan), (sql, plan)
        assert "ix_customer_deleted_at_id" in plan, (sql, plan)
        assert "TEMP B-TREE" not in plan, (sql, plan)

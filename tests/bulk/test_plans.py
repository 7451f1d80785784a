"""Each chunk finds its rows by an index, however many customers and changes there are."""

import pytest
from sqlmodel import Session

from crm_app.bulk import queries
from crm_app.bulk.rules import Task
from crm_app.bulk.schemas import Action, Outcome, What
from crm_app.core.clock import utcnow
from tests.bulk.conftest import Desk
from tests.plans import analyse, plans


@pytest.mark.parametrize("what", list(What))
async def test_no_statement_of_a_chunk_reads_a_whole_table(desk: Desk, what: What) -> None:
    sales, admin = desk.office.sales, desk.office.admin
    numbers = [desk.customer() for _ in range(3)]
    change_id = await desk.change(sales, Action(What.FIELD, "source", "exhibition"), *numbers)
    task = Task(Action(what, "source", str(sales.user_id)))
    analyse(desk.db)

    def everything(session: Session) -> None:
        ids = queries.find_ticked(session, admin, numbers)
        queries.read_stands(session, admin, task, ids)
        queries.read_stands(session, sales, task, ids)
        queries.touched_since(session, "source", dict.fromkeys(ids, 0))
        queries.has_code(session, "91350100M000100Y43", ids)
        queries.list_changed(session, change_id, 10)
        queries.list_outcomes(session, change_id, Outcome.CHANGED, 1)
        queries.list_names(session, admin, ids)
        queries.list_helpers(session, ids)
        queries.list_expired(session, utcnow())
        queries.get_change(session, sales, change_id)

    for sql, plan in plans(desk.db, everything).items():
        for table in ("customer", "field_change", "bulk_row", "bulk_change", "customer_tag", "collaborator"):
            assert f"SCAN {table}\n" not in f"{plan}\n", (sql, plan)
            assert f"Seq Scan on {table} " not in plan, (sql, plan)

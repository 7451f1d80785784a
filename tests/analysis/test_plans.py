"""No statement of the dashboard reads a whole table."""

import re
from datetime import timedelta

import pytest
from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.analysis import queries
from crm_app.analysis.schemas import Question
from crm_app.core.db import Database
from tests.analysis.world import NOW, ask, fill
from tests.factories import Office, make_customer
from tests.plans import analyse, plans

WHOLE = re.compile(r"^SCAN (customer|follow_up|level_change)\b|Seq Scan on (customer|follow_up|level_change)\b", re.M)
"""Also by way of an index: SQLite calls that SCAN … USING."""


def everything(session: Session, actor: Actor, question: Question) -> None:
    queries.measure_both(session, actor, question)
    queries.list_owners(session, actor)


@pytest.mark.parametrize("role", ["sales", "manager", "admin"])
@pytest.mark.parametrize("asked", ["all", "industry", "owner", "department"])
def test_each_statement_finds_its_rows_by_an_index(db: Database, office: Office, role: str, asked: str) -> None:
    with db.writing() as session:
        fill(session, office, seed=11, count=200)
        for n in range(200):
            make_customer(session, owner=office.outsider, contact=False, created_at=NOW - timedelta(days=10 * n))
    analyse(db)
    filters = {"all": {}, "industry": {"industry": "MFG"}, "owner": {"owner": office.sales.user_id}}
    filters["department"] = {"departments": (office.south,)}
    question, actor = ask("this-year", **filters[asked]), getattr(office, role)
    found = plans(db, lambda session: everything(session, actor, question))
    assert len(found) >= 5
    assert {sql: plan for sql, plan in found.items() if WHOLE.search(plan)} == {}

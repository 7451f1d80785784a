"""The panel beside the list: masked, within reach, and by indices (R3.7, R10.2, R10.3)."""

import json
from dataclasses import asdict
from datetime import timedelta

import pytest
from sqlmodel import select

from crm_app.access.actor import Actor
from crm_app.access.state import Frame
from crm_app.core.clock import utcnow
from crm_app.core.db import Database
from crm_app.core.errors import NotFound
from crm_app.models import Contact, Customer, FollowUp
from crm_app.options.service import seed_presets
from crm_app.peek.queries import MOST_NOTES, get_peek
from crm_app.peek.schemas import PeekView
from crm_app.peek.state import Peek
from tests.factories import Office, make_customer
from tests.plans import plans
from tests.tabs import Tabs


def fill(db: Database, office: Office) -> str:
    with db.writing() as session:
        seed_presets(session)
        made = make_customer(session, owner=office.sales, name="星辰制造", source="exhibition")
        now = utcnow()
        session.add_all(
            FollowUp(
                customer_id=made.id or 0, user_id=office.sales.user_id, at=now - timedelta(days=n), method="phone",
                content=f"第{n}次", created_at=now,
            )
            for n in range(6)
        )  # fmt: skip
        return made.number


def peek(db: Database, actor: Actor, number: str) -> PeekView:
    with db.reading() as session:
        return get_peek(session, actor, number=number)


def test_it_shows_the_essence_masked(db: Database, office: Office) -> None:
    number = fill(db, office)
    for who in (office.sales, office.manager, office.service, office.admin):
        view = peek(db, who, number)
        sent = json.dumps(asdict(view), ensure_ascii=False)
        with db.reading() as session:
            contact = session.exec(select(Contact)).one()
        assert not [full for full in (contact.mobile, contact.email, contact.name) if full in sent]
        assert (view.name, view.contact.name, len(view.notes)) == ("星辰制造", "张*", MOST_NOTES)
        assert view.notes[0].body == "第0次"
        assert "展会" in {fact.value for fact in view.facts}


def test_out_of_reach_reads_as_missing(db: Database, office: Office) -> None:
    number = fill(db, office)
    for asked in (number, "XXX-2024-001"):
        with pytest.raises(NotFound):
            peek(db, office.outsider, asked)


def test_it_reads_by_indices(db: Database, office: Office) -> None:
    number = fill(db, office)
    found = plans(db, lambda session: get_peek(session, office.sales, number=number))
    own = {sql: plan for sql, plan in found.items() if any(f"FROM {name} " in sql.replace("\n", " ") for name in
           ("customer", "contact", "follow_up", "task", "own_value", "customer_tag"))}  # fmt: skip
    assert own
    assert not [sql for sql, plan in own.items() if "SCAN " in plan.replace("SCAN CONSTANT", "") or "Seq Scan" in plan]


@pytest.fixture
def number(sqlite_db: Database, sqlite_office: Office) -> str:
    return fill(sqlite_db, sqlite_office)


async def test_the_panel_opens_closes_and_forgets_what_went_out_of_reach(
    tabs: Tabs, sqlite_db: Database, sqlite_office: Office, number: str
) -> None:
    tab = await tabs.open(sqlite_office.sales)
    await tab.fire(Peek.open(number), "/customers")
    state = await tab.state(Peek)
    assert (state.number, state.view.name) == (number, "星辰制造")
    await tab.fire(Peek.open("XXX-2024-001"), "/customers")
    missing = (await tab.state(Frame)).toast.text
    assert ((await tab.state(Peek)).number, (await tab.state(Peek)).view) == ("", PeekView())
    await tab.fire(Peek.open(number), "/customers")
    with sqlite_db.writing() as session:
        customer = session.exec(select(Customer)).one()
        customer.owner_id, customer.department_id = sqlite_office.outsider.user_id, sqlite_office.north
    await tab.fire(Peek.refresh(), "/customers")
    assert ((await tab.state(Peek)).number, (await tab.state(Peek)).view) == ("", PeekView())
    await tab.fire(Peek.open(number), "/customers")
    assert (await tab.state(Frame)).toast.text == missing

"""What the palette finds: by every way to name a customer, within reach, by indices (R3.3, R3.7, R10.2)."""

from pathlib import Path

import pytest
from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.core.db import Database
from crm_app.customers.search import index_customer
from crm_app.palette.components import ACTIONS, OWN_PAGES
from crm_app.palette.queries import MOST, find_customers, list_recent
from crm_app.palette.state import Palette
from tests.factories import Office, make_customer
from tests.plans import plans
from tests.tabs import Tabs

NAMES = ("华为技术有限公司", "北京华为终端有限公司", "星辰制造")


def fill(db: Database, office: Office) -> dict[str, str]:
    with db.writing() as session:
        numbers = {}
        for name in NAMES:
            made = make_customer(session, owner=office.sales, name=name)
            index_customer(session, made.id or 0)
            numbers[name] = made.number
        other = make_customer(session, owner=office.outsider, name="华为的对手")
        index_customer(session, other.id or 0)
        numbers[other.name] = other.number
        return numbers


def names(db: Database, actor: Actor, text: str) -> list[str]:
    with db.reading() as session:
        return [one.name for one in find_customers(session, actor, text=text)]


@pytest.mark.parametrize("text", ["华为", "hwjs", "huawei", "华为 有限"])
def test_customers_are_found_as_in_the_list_and_those_that_begin_so_come_first(
    db: Database, office: Office, text: str
) -> None:
    fill(db, office)
    found = names(db, office.sales, text)
    assert found[0] == "华为技术有限公司"
    assert "华为的对手" not in found


def test_a_number_finds_its_customer_first(db: Database, office: Office) -> None:
    numbers = fill(db, office)
    assert names(db, office.sales, numbers["星辰制造"])[0] == "星辰制造"
    assert names(db, office.sales, numbers["华为的对手"]) == []
    assert names(db, office.sales, "…") == []
    assert names(db, office.admin, "华为")[:1] != []


def test_no_more_than_a_page_and_nothing_that_few_can_see(db: Database, office: Office) -> None:
    with db.writing() as session:
        for n in range(MOST + 3):
            index_customer(session, make_customer(session, owner=office.sales, name=f"同名{n}公司").id or 0)
    assert len(names(db, office.sales, "同名")) == MOST
    assert names(db, office.outsider, "同名") == []


def test_what_was_open_last_comes_in_its_order_within_reach(db: Database, office: Office) -> None:
    numbers = fill(db, office)
    asked = [numbers["星辰制造"], numbers["华为的对手"], "XXX-2024-001", numbers["华为技术有限公司"]]
    with db.reading() as session:
        found = [one.name for one in list_recent(session, office.sales, numbers=asked)]
    assert found == ["星辰制造", "华为技术有限公司"]


def test_indices_answer(db: Database, office: Office) -> None:
    numbers = fill(db, office)

    def ask(session: Session) -> None:
        find_customers(session, office.sales, text="华为")
        list_recent(session, office.sales, numbers=list(numbers.values()))

    found = {sql: plan for sql, plan in plans(db, ask).items() if "FROM customer" in sql.replace("\n", " ")}
    assert found
    scans = [sql for sql, plan in found.items() if "Seq Scan on customer" in plan or "SCAN customer\n" in f"{plan}\n"]
    assert not scans


async def test_the_state_answers_the_question_that_was_asked(
    tabs: Tabs, sqlite_db: Database, sqlite_office: Office
) -> None:
    numbers = fill(sqlite_db, sqlite_office)
    tab = await tabs.open(sqlite_office.sales)
    await tab.fire(Palette.find("华为", 7), "/today")
    await tab.fire(Palette.look_back([numbers["星辰制造"]], 8), "/today")
    state = await tab.state(Palette)
    assert (state.answer.asked, state.answer.found[0].name) == (7, "华为技术有限公司")
    assert [one.name for one in state.recent.found] == ["星辰制造"]


def test_each_action_is_done_by_the_browser_and_each_page_is_named_once() -> None:
    source = Path("crm_app/palette/palette.jsx").read_text(encoding="utf-8")
    assert [name for name, _, _ in ACTIONS if f"    {name}: " not in source and f'"{name}"' not in source] == []
    assert len({path for _, path in OWN_PAGES}) == len(OWN_PAGES)

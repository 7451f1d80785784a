"""How many customers have an entry, on both engines: what its administrator is told, and what it costs."""

import re
from collections.abc import Mapping

import pytest
from sqlmodel import Session, select

from crm_app.access.actor import Actor
from crm_app.core.clock import utcnow
from crm_app.core.db import Database
from crm_app.core.vocabulary import OptionList, TagKind
from crm_app.models import Contact, CustomerTag, LevelChange, Tag
from crm_app.options.queries import count_customers, count_offered
from crm_app.options.schemas import ListName
from crm_app.options.service import add_free_tag, seed_presets
from tests.factories import Office, make_customer
from tests.plans import analyse, plans

WHOLE = re.compile(
    r"^SCAN (?!\w+ USING COVERING)|^SCAN (contact|level_change|customer_tag)\b"
    r"|Seq Scan on (customer|contact|level_change|customer_tag)\b",
    re.M,
)
"""A whole table, row by row; the customers' own columns are counted from an index that holds them."""


@pytest.fixture
def shop(db: Database, office: Office) -> Office:
    """Two customers of one rep, one of another and a deleted one, with an entry of each list."""
    with db.writing() as session:
        seed_presets(session)
        _fill(session, office)
    return office


def _fill(session: Session, office: Office) -> None:
    tag = session.exec(select(Tag).where(Tag.kind == TagKind.RISK)).first()
    assert tag
    for owner, gone in ((office.sales, False), (office.sales, False), (office.outsider, False), (office.sales, True)):
        made = make_customer(
            session,
            owner=owner,
            contact=False,
            industry="MFG",
            source="website",
            headcount="1-19",
            revenue="2b+",
            last_method="visit",
            deleted_at=utcnow() if gone else None,
        )
        key = made.id or 0
        session.add(CustomerTag(customer_id=key, tag_id=tag.id or 0))
        session.add_all(Contact(customer_id=key, name="张三", preferred_channel="wechat") for _ in range(2))
        session.add_all(
            LevelChange(customer_id=key, at=utcnow(), from_level="won", to_level="lost", loss_reason="price")
            for _ in range(2)
        )
    make_customer(session, owner=office.sales, industry="RET")


def count(db: Database, actor: Actor, name: ListName) -> Mapping[str, int]:
    with db.reading() as session:
        return count_customers(session, actor, name)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        (OptionList.INDUSTRY, "MFG"),
        (OptionList.SOURCE, "website"),
        (OptionList.HEADCOUNT, "1-19"),
        (OptionList.REVENUE, "2b+"),
        (OptionList.METHOD, "visit"),
        (OptionList.CHANNEL, "wechat"),
        (OptionList.LOSS_REASON, "price"),
    ],
)
def test_live_customers_in_reach_are_counted_once_each(db: Database, shop: Office, name: OptionList, code: str) -> None:
    everybody = {code: 3, "RET": 1} if name is OptionList.INDUSTRY else {code: 3}
    assert count(db, shop.admin, name) == everybody
    assert count(db, shop.sales, name)[code] == 2
    assert count(db, shop.manager, name)[code] == 2
    assert count(db, shop.outsider, name) == {code: 1}


def test_tags_are_counted_by_kind(db: Database, shop: Office) -> None:
    assert list(count(db, shop.admin, TagKind.RISK).values()) == [3]
    assert list(count(db, shop.sales, TagKind.RISK).values()) == [2]
    assert count(db, shop.admin, TagKind.FREE) == {}


@pytest.mark.parametrize("name", [*OptionList, *TagKind])
def test_no_count_reads_rows_that_it_does_not_count(db: Database, office: Office, name: ListName) -> None:
    with db.writing() as session:
        seed_presets(session)
        add_free_tag(session, name="华东")
        for _ in range(60):
            _fill(session, office)
    analyse(db)
    found = plans(db, lambda session: count_customers(session, office.admin, name))
    assert [sql for sql in found if "GROUP BY" in sql]
    assert {sql: plan for sql, plan in found.items() if "GROUP BY" in sql and WHOLE.search(plan)} == {}


def test_lists_know_how_much_they_offer(db: Database, shop: Office) -> None:
    with db.reading() as session:
        offered = count_offered(session)
    assert offered.keys() == {*OptionList, *TagKind}
    assert (offered["industry"], offered["risk"], offered["free"]) == (12, 5, 0)

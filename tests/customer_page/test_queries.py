"""What the page of one customer holds, on both engines."""

import json
from dataclasses import asdict, replace

import pytest
from sqlmodel import select

from crm_app.access.actor import Actor
from crm_app.core.clock import utcnow
from crm_app.core.db import Database
from crm_app.core.errors import NotFound
from crm_app.customer_page.queries import get_page
from crm_app.customer_page.schemas import PageData, Rights
from crm_app.customers.service import reveal_contact
from crm_app.models import Contact, Customer, Option
from crm_app.options.service import seed_presets
from tests.factories import Office, make_customer


@pytest.fixture
def number(db: Database, office: Office) -> str:
    """A customer of `sales`."""
    with db.writing() as session:
        seed_presets(session)
        return make_customer(session, owner=office.sales, source="exhibition", province="440000").number


def page_of(db: Database, actor: Actor, number: str, **options: object) -> PageData:
    with db.reading() as session:
        return get_page(session, actor, number=number, **options)  # type: ignore[arg-type]


def test_whoever_looks_contacts_are_masked(db: Database, office: Office, number: str) -> None:
    with db.reading() as session:
        contact = session.exec(select(Contact)).one()
    for who in (office.sales, office.manager, office.service, office.admin):
        sent = json.dumps(asdict(page_of(db, who, number)), ensure_ascii=False, default=str)
        assert contact.mobile not in sent
        assert contact.email not in sent
        assert "张三" not in sent
    card = page_of(db, office.sales, number).view.contacts[0]
    assert (card.name, card.mobile, card.revealed) == ("张*", f"{contact.mobile[:3]}****{contact.mobile[-4:]}", False)


def test_a_revealed_contact_is_shown_to_those_only_who_may_see_it(db: Database, office: Office, number: str) -> None:
    with db.writing() as session:
        contact = session.exec(select(Contact)).one()
        full = reveal_contact(session, office.sales, number=number, contact_id=contact.id or 0)
    shown = {full.id: full}
    assert page_of(db, office.sales, number, revealed=shown).view.contacts[0].mobile == contact.mobile
    assert page_of(db, office.service, number, revealed=shown).view.contacts[0].mobile != contact.mobile


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("sales", Rights(edit=True, assign=False, reveal=True, follow_up=True, task=True)),
        ("manager", Rights(edit=True, assign=True, reveal=True, follow_up=True, task=True)),
        ("service", Rights(edit=False, assign=False, reveal=False, follow_up=True, task=True)),
        ("service_lead", Rights(edit=False, assign=False, reveal=True, follow_up=True, task=True)),
        ("finance", Rights(edit=False, assign=False, reveal=False, follow_up=False, task=True)),
        ("admin", Rights(edit=True, assign=True, reveal=True, follow_up=True, task=True, delete=True)),
    ],
)
def test_each_role_is_offered_what_it_may_do(
    db: Database, office: Office, number: str, who: str, expected: Rights
) -> None:
    found = page_of(db, getattr(office, who), number)
    assert found.view.rights == expected
    assert ("industry" in found.options, "owner" in found.options) == (expected.edit, expected.assign)


def test_out_of_reach_reads_like_missing(db: Database, office: Office, number: str) -> None:
    for asked in (number, "MFG-1999-999", ""):
        with pytest.raises(NotFound):
            page_of(db, office.outsider, asked)


def test_values_read_in_the_persons_language(db: Database, office: Office, number: str) -> None:
    facts = page_of(db, office.sales, number).facts
    assert (facts["industry"].raw, facts["industry"].shown) == ("MFG", "制造业")
    assert (facts["source"].shown, facts["region"].shown, facts["owner"].shown) == ("展会", "广东省", "李销售")
    english = page_of(db, replace(office.sales, language="en"), number).facts
    assert (english["industry"].shown, english["customer_type"].shown) == ("Manufacturing", "New")


def test_a_retired_choice_is_offered_to_the_record_that_has_it_only(db: Database, office: Office, number: str) -> None:
    with db.writing() as session:
        session.exec(select(Option).where(Option.code == "exhibition")).one().retired_at = utcnow()
        other = make_customer(session, owner=office.sales, source="website").number
    offered = lambda n: {choice.value for choice in page_of(db, office.sales, n).options["source"]}  # noqa: E731
    assert "exhibition" in offered(number)
    assert "exhibition" not in offered(other)


def test_only_steps_that_exist_are_offered(db: Database, office: Office, number: str) -> None:
    assert page_of(db, office.sales, number).view.steps == ("intent", "won", "lost")
    with db.writing() as session:
        session.exec(select(Customer).where(Customer.number == number)).one().level = "won"
    assert page_of(db, office.sales, number).view.steps == ("won", "lost")

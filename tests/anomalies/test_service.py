"""Anomalies follow the records on both engines: at once for one, soon for many."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update
from sqlmodel import Session, col

from crm_app.access.actor import Actor
from crm_app.admin.verify import verify
from crm_app.anomalies import jobs, queries
from crm_app.core.changes import Change, announce
from crm_app.core.clock import utcnow
from crm_app.core.db import Database
from crm_app.core.settings import get_settings
from crm_app.customers import service as customer_service
from crm_app.customers.schemas import ContactInput
from crm_app.models import Anomaly, Contact, Customer, FieldSetting, RecordCheck
from crm_app.quality.schemas import MergeRequest
from crm_app.quality.service import merge_customers, undo_merge
from tests.factories import Office, make_customer
from tests.plans import plans


def make(db: Database, owner: Actor, *, contact: bool = True, **fields: object) -> Customer:
    with db.writing() as session:
        return make_customer(session, owner=owner, contact=contact, **fields)


def known(db: Database, customer_id: int | None) -> set[tuple[str, str]]:
    with db.reading() as session:
        rows = session.execute(select(Anomaly).where(col(Anomaly.customer_id) == customer_id)).scalars()
        return {(row.code, row.param) for row in rows}


def change(db: Database, customer: Customer, **columns: object) -> None:
    """Change a record past the services, as a bulk change does."""

    with db.writing() as session:
        values = {**columns, "version": Customer.version + 1}
        session.execute(update(Customer).where(col(Customer.id) == customer.id).values(**values))


async def test_a_save_puts_it_right_in_the_same_transaction(db: Database, office: Office) -> None:
    customer = make(db, office.sales, contact=False)
    assert await jobs.check_all(db) == 1
    assert known(db, customer.id) == {("no_contact", "")}
    with db.writing() as session:
        contact = ContactInput(name="李四", mobile="13800001111", is_main=True)
        customer_service.add_contact(session, office.sales, number=customer.number, contact=contact)
    assert known(db, customer.id) == set()
    assert await jobs.check_all(db) == 0


async def test_completeness_is_kept_without_a_new_version(db: Database, office: Office) -> None:
    customer = make(db, office.sales)
    await jobs.check_all(db)
    with db.reading() as session:
        row = session.get_one(Customer, customer.id)
        before = (row.completeness, row.version)
    assert 0 < before[0] < 100
    assert before[1] == customer.version
    with db.writing() as session:
        customer_service.update_field(
            session, office.sales, number=customer.number, field="address", value="科技园", version=1
        )
    with db.reading() as session:
        assert session.get_one(Customer, customer.id).completeness > before[0]


async def test_what_stays_wrong_keeps_its_moment_and_its_person(db: Database, office: Office) -> None:
    customer = make(db, office.sales, contact=False, credit_code="WRONG")
    await jobs.check_all(db)
    with db.writing() as session:
        session.execute(update(Anomaly).values(assignee_id=office.sales.user_id))
        before = {row.code: (row.id, row.since) for row in session.execute(select(Anomaly)).scalars()}
    change(db, customer, credit_code="")
    assert await jobs.check_all(db) == 1
    with db.reading() as session:
        after = {row.code: row for row in session.execute(select(Anomaly)).scalars()}
    assert after.keys() == {"no_contact"}
    assert (after["no_contact"].id, after["no_contact"].since) == before["no_contact"]
    assert after["no_contact"].assignee_id == office.sales.user_id


async def test_a_plan_gets_late_by_itself(db: Database, office: Office) -> None:
    ahead = utcnow() + timedelta(days=3)
    customer = make(db, office.sales, next_follow_up_at=ahead)
    await jobs.check_all(db)
    with db.reading() as session:
        since = session.execute(select(col(Anomaly.since))).scalar_one()
    assert ahead < since <= ahead + timedelta(days=1)
    with db.writing() as session:  # It moves without a new version.
        moved = ahead + timedelta(days=7)
        session.execute(update(Customer).where(col(Customer.id) == customer.id).values(next_follow_up_at=moved))
    assert await jobs.check_all(db) == 1
    with db.reading() as session:
        assert session.execute(select(col(Anomaly.since))).scalar_one() == since + timedelta(days=7)


async def test_another_rule_judges_everybody_again(db: Database, office: Office) -> None:
    customers = [make(db, office.sales) for _ in range(3)]
    assert await jobs.check_all(db) == 3
    with db.writing() as session:
        session.add(FieldSetting(name="source", required=True))
    assert await jobs.check_all(db) == 3
    assert known(db, customers[0].id) == {("missing", "source")}
    assert await jobs.check_all(db) == 0


async def test_the_look_finds_its_way_through_gaps_and_stops_nowhere(db: Database, office: Office) -> None:
    first, last = make(db, office.sales), make(db, office.sales, id=2 * queries.WINDOW + 5, contact=False)
    assert await jobs.check_all(db) == 2
    assert known(db, first.id) == set()
    assert known(db, last.id) == {("no_contact", "")}


async def test_who_is_deleted_is_left_alone_and_removed_with_all(db: Database, office: Office) -> None:
    customer = make(db, office.sales, contact=False)
    await jobs.check_all(db)
    change(db, customer, deleted_at=utcnow())
    assert await jobs.check_all(db) == 0
    with db.writing() as session:
        session.execute(delete(Customer).where(col(Customer.id) == customer.id))
    with db.reading() as session:
        assert session.execute(select(Anomaly)).first() is None
        assert session.execute(select(RecordCheck)).first() is None


def test_a_save_stands_even_if_the_judging_fails(
    db: Database, office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    customer = make(db, office.sales)

    def fail(*_: object, **__: object) -> None:
        raise ValueError("broken rule")

    monkeypatch.setattr("crm_app.anomalies.service.judging.judge_all", fail)
    with db.writing() as session:
        customer_service.update_field(
            session, office.sales, number=customer.number, field="note", value="新", version=1
        )
    assert "broken rule" in caplog.text
    with db.reading() as session:
        assert session.get_one(Customer, customer.id).note == "新"


async def test_who_changed_while_he_was_judged_waits_for_the_next_look(db: Database, office: Office) -> None:
    from crm_app.anomalies import service

    customer = make(db, office.sales, contact=False)
    with db.reading() as session:
        measure = queries.get_measure(session)
        judged = service.judge_all(queries.list_facts(session, [customer.id or 0], measure), measure)
    change(db, customer, note="neu")
    assert await db.write(service.keep_unchanged, judged, measure) == 0
    assert known(db, customer.id) == set()
    assert await jobs.check_all(db) == 1


def test_many_at_once_are_left_to_the_look(db: Database, office: Office) -> None:
    assert jobs.asks_for_look((Change("customer"),))
    assert jobs.asks_for_look((Change("own_field"),))
    assert jobs.asks_for_look(tuple(Change("customer", key) for key in range(1, 30)))
    assert not jobs.asks_for_look((Change("customer", 5), Change("job")))
    customers = [make(db, office.sales, contact=False) for _ in range(21)]
    with db.writing():
        for customer in customers:
            announce(Change("customer", customer.id))
    with db.reading() as session:
        assert session.execute(select(Anomaly)).first() is None


def test_the_look_reads_by_indices(db: Database, office: Office) -> None:
    customer = make(db, office.sales)

    def look(session: Session) -> None:
        measure = queries.get_measure(session)
        queries.last_id(session)
        queries.list_stale(session, measure.key, after=0)
        queries.list_facts(session, [customer.id or 0], measure)
        queries.list_known(session, [customer.id or 0])

    for sql, found in plans(db, look).items():
        if " customer" in sql or "contact" in sql or "anomaly" in sql:
            assert "SCAN" not in found or "USING" in found, (sql, found)
            assert "Seq Scan" not in found, (sql, found)


async def test_a_contact_that_came_past_the_form_is_told_where(db: Database, office: Office) -> None:
    customer = make(db, office.sales)
    with db.writing() as session:
        contact = Contact(customer_id=customer.id or 0, name="赵六", mobile="123")
        session.add(contact)
        session.flush()
        key = contact.id
    await jobs.check_all(db)
    assert known(db, customer.id) == {("format", f"mobile:{key}")}


async def test_verify_tells_of_whom_something_else_is_kept(db: Database, office: Office, tmp_path: Path) -> None:
    customer, other = make(db, office.sales), make(db, office.sales, contact=False)
    await jobs.check_all(db)
    zone = get_settings().zone

    def wrong() -> tuple[str, ...]:
        return next(one.wrong for one in verify(db, tmp_path, zone=zone) if one.check == "anomalies")

    assert wrong() == ()
    with db.writing() as session:
        session.execute(delete(Anomaly).where(col(Anomaly.customer_id) == other.id))
        session.execute(update(Customer).where(col(Customer.id) == customer.id).values(completeness=1))
    assert wrong() == (customer.number, other.number)
    change(db, customer)
    assert wrong() == (other.number,)


async def test_a_merge_and_its_undoing_leave_each_with_what_is_wrong_with_it(db: Database, office: Office) -> None:
    kept, gone = make(db, office.sales), make(db, office.sales, credit_code="WRONG", address="旧址")
    await jobs.check_all(db)
    with db.writing() as session:
        versions = {kept.number: 1, gone.number: 1}
        choices = {"credit_code": gone.number}
        asked = MergeRequest(kept.number, versions, choices)
        merge = merge_customers(session, office.admin, request=asked)
    assert known(db, kept.id) == {("format", "credit_code")}
    with db.writing() as session:
        undo_merge(session, office.admin, merge_id=merge.id)
    assert known(db, kept.id) == set()
    assert known(db, gone.id) == {("format", "credit_code")}
    assert await jobs.check_all(db) == 0

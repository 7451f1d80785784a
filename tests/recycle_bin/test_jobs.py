"""What is removed for good, and what stays."""

import re
from datetime import timedelta

import pytest
from sqlmodel import Session, SQLModel, col, func, select

from crm_app.core.clock import frozen, utcnow
from crm_app.customers.queries import is_number_taken
from crm_app.customers.queries.totals import miscounted
from crm_app.customers.search import list_misindexed
from crm_app.customers.service import take_numbers
from crm_app.fields.queries import list_fields
from crm_app.fields.schemas import FieldInput, RecordKind
from crm_app.fields.service import add_field, write_values
from crm_app.models import AuditEntry, Contact, ContactValue, Customer, CustomerTag, Tag
from crm_app.recycle_bin import jobs, queries, rules
from tests.recycle_bin.conftest import Desk
from tests.recycle_bin.test_service import busy, row

HANGING = [table for table in SQLModel.metadata.sorted_tables if "customer_id" in table.columns]


def test_own_fields_of_contacts_come_back_with_it_and_go_with_it(desk: Desk) -> None:
    entry = FieldInput("line", "决策角色")
    desk.write(add_field, desk.office.admin, entry=entry, record=RecordKind.CONTACT)
    (field,) = desk.read(list_fields, record=RecordKind.CONTACT)
    number, other = desk.customer(), desk.customer()
    ids = [desk.read(lambda s, n=n: _contact_of(s, n)) for n in (number, other)]
    for contact_id, value in zip(ids, ("决策者", "使用者"), strict=True):
        desk.write(write_values, contact_id, [field], {field.key: value})

    def stored() -> dict[int, str]:
        return {row.contact_id: row.text for row in desk.read(lambda s: s.exec(select(ContactValue)).all())}

    whole = {ids[0]: "决策者", ids[1]: "使用者"}
    desk.delete(number)
    assert stored() == whole
    desk.restore(number)
    assert stored() == whole
    desk.delete(number)
    end = rules.kept_until(row(desk, number).deleted_at or utcnow())
    assert desk.write(jobs.remove_expired, end, row(desk, number).id or 0) is True
    assert stored() == {ids[1]: "使用者"}


def _contact_of(session: Session, number: str) -> int:
    found = select(Contact.id).join(Customer, col(Customer.id) == col(Contact.customer_id))
    return session.exec(found.where(Customer.number == number)).one() or 0


def left(desk: Desk, customer_id: int) -> dict[str, int]:
    """How many rows of each table belong to a customer."""

    def look(session: Session) -> dict[str, int]:
        counts = select(func.count())
        counted = {
            table.name: session.scalar(counts.select_from(table).where(table.c.customer_id == customer_id))
            for table in HANGING
        }
        return {name: count for name, count in counted.items() if count}

    return desk.read(look)


def test_it_goes_with_all_that_belongs_to_it_and_its_audit_entry_stays(desk: Desk) -> None:
    number, other = busy(desk), desk.customer()
    customer_id, neighbour = row(desk, number).id or 0, row(desk, other).id or 0
    tag_id = desk.read(lambda s: s.exec(select(Tag.id)).first())
    desk.write(lambda s: s.add(CustomerTag(customer_id=customer_id, tag_id=tag_id)))
    assert {"contact", "follow_up", "task", "level_change", "field_change"} <= left(desk, customer_id).keys()
    beside = left(desk, neighbour)
    desk.delete(number)
    end = rules.kept_until(row(desk, number).deleted_at or utcnow())
    assert desk.read(queries.list_expired, end - timedelta(seconds=1)) == []
    assert desk.write(jobs.remove_expired, end - timedelta(seconds=1), customer_id) is False
    assert desk.read(queries.list_expired, end) == [customer_id]
    assert desk.write(jobs.remove_expired, end, customer_id) is True
    assert left(desk, customer_id) == {}
    assert left(desk, neighbour) == beside
    assert desk.read(lambda s: s.get(Customer, customer_id)) is None
    assert (desk.read(miscounted), desk.read(list_misindexed)) == (None, [])
    assert desk.write(jobs.remove_expired, end, customer_id) is False

    removed = select(AuditEntry).where(AuditEntry.subject_id == number).order_by(col(AuditEntry.id).desc())
    entry = desk.read(lambda s: s.exec(removed).first())
    assert (entry.action, entry.user_id, entry.subject_kind) == ("customer:removed", None, "customer")
    assert entry.detail["follow_ups"] == 1


def test_what_was_brought_back_in_time_is_not_removed(desk: Desk) -> None:
    number = desk.customer()
    desk.delete(number)
    end = rules.kept_until(row(desk, number).deleted_at or utcnow())
    (customer_id,) = desk.read(queries.list_expired, end)
    desk.restore(number)
    assert desk.write(jobs.remove_expired, end, customer_id) is False
    assert row(desk, number).deleted_at is None


@pytest.mark.parametrize("counted", [True, False], ids=["given out here", "brought along by an import"])
def test_its_number_is_never_given_to_another_one(desk: Desk, counted: bool) -> None:
    def take(session: Session) -> str:
        return take_numbers(session, industry="MFG", on=utcnow().date())[0]

    first = desk.write(take)
    stem, digits = re.fullmatch(r"(.*?)(\d+)", first).groups()  # type: ignore[union-attr]
    number = first if counted else f"{stem}{int(digits) + 1:0{len(digits)}d}"
    desk.customer(number=number)
    desk.delete(number)
    end = rules.kept_until(row(desk, number).deleted_at or utcnow())
    desk.write(jobs.remove_expired, end, row(desk, number).id)
    assert desk.read(is_number_taken, number)
    with frozen(utcnow()):
        assert desk.write(take) != number

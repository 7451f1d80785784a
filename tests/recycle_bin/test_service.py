"""Deleting a customer and bringing it back, on both engines."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from crm_app.access.actor import Actor
from crm_app.access.permissions import Reach
from crm_app.core import changes
from crm_app.core.changes import Change
from crm_app.core.clock import frozen, utcnow
from crm_app.core.errors import Forbidden, NotFound, Refused
from crm_app.customer_page.queries import get_page
from crm_app.customers.queries.totals import miscounted
from crm_app.customers.search import list_misindexed, matches
from crm_app.customers.service import change_level, update_field
from crm_app.models import AuditEntry, Collaborator, Contact, Customer, FieldChange, Task
from crm_app.recycle_bin import queries, rules, service
from crm_app.timeline.rules import FollowUpDraft
from crm_app.timeline.service import add_follow_up, add_task
from crm_app.today.queries import get_work_day
from tests.recycle_bin.conftest import Desk, with_delete


def row(desk: Desk, number: str) -> Customer:
    return desk.read(lambda s: s.exec(select(Customer).where(Customer.number == number)).one())


def busy(desk: Desk) -> str:
    """A customer of `sales` with a contact, a follow-up with its plan, an open task and a deal."""
    number, sales = desk.customer(), desk.office.sales
    draft = FollowUpDraft("phone", "", "电话沟通", next_at="2031-05-01 10:00", next_step="寄样品")
    desk.write(add_follow_up, sales, number=number, draft=draft)
    desk.write(add_task, sales, number=number, title="回访", due_at="2031-05-02 10:00")
    deal = {"deal_amount": "12万", "deal_on": "2026-01-05", "contract_number": "HT-1"}
    desk.write(change_level, sales, number=number, to_level="intent")
    desk.write(change_level, sales, number=number, to_level="won", **deal)
    return number


def audit(desk: Desk, number: str) -> list[tuple[str, int | None]]:
    def look(session: Session) -> list[tuple[str, int | None]]:
        entries = select(AuditEntry).where(AuditEntry.subject_kind == "customer", AuditEntry.subject_id == number)
        return [(entry.action, entry.user_id) for entry in session.exec(entries.order_by(col(AuditEntry.id)))]

    return desk.read(look)


def test_it_is_asked_with_what_goes_along(desk: Desk) -> None:
    number = busy(desk)
    with frozen(datetime(2031, 1, 10, 20, 0, tzinfo=UTC)):  # The next day already, where the people are.
        asked = desk.read(queries.get_belongings, desk.office.admin, number=number)
    assert (asked.number, asked.contacts, asked.follow_ups, asked.tasks, asked.deals) == (number, 1, 1, 2, 1)
    assert asked.until == "2031-02-10"


def test_a_deleted_customer_is_nowhere_and_its_return_brings_everything_as_it_was(desk: Desk) -> None:
    number, office = busy(desk), desk.office
    before = desk.read(get_page, office.sales, number=number)
    work = desk.read(get_work_day, office.sales)
    desk.delete(number)
    with pytest.raises(NotFound):
        desk.read(get_page, office.sales, number=number)
    assert desk.read(get_work_day, office.sales).assigned == ()
    assert found(desk, office.admin, before.view.name) == []
    assert desk.read(list_misindexed) == []
    assert desk.read(miscounted) is None
    (back,) = desk.restore(number)
    assert (back.number, back.name, back.like) == (number, before.view.name, None)
    after = desk.read(get_page, office.sales, number=number)
    assert asdict(after.view) | {"version": 0} == asdict(before.view) | {"version": 0}
    assert (after.facts, after.tasks) == (before.facts, before.tasks)
    assert [one.id for one in after.timeline.entries[2:]] == [one.id for one in before.timeline.entries]
    assert desk.read(get_work_day, office.sales) == work
    assert found(desk, office.admin, before.view.name) == [number]
    assert desk.read(list_misindexed) == []
    assert desk.read(miscounted) is None


def found(desk: Desk, actor: Actor, text: str) -> list[str]:
    condition = matches(actor, text, dialect=desk.db.engine.dialect.name)
    assert condition is not None
    return desk.read(lambda s: list(s.scalars(select(Customer.number).where(condition))))


def test_both_ways_stand_in_the_timeline_and_in_the_audit_log(desk: Desk) -> None:
    number, admin = desk.customer(), desk.office.admin
    desk.delete(number)
    assert (row(desk, number).deleted_by, row(desk, number).deleted_at is not None) == (admin.user_id, True)
    desk.restore(number)
    assert (row(desk, number).deleted_by, row(desk, number).deleted_at) == (None, None)
    entries = desk.read(get_page, desk.office.sales, number=number).timeline.entries
    assert [(one.kind, one.who, one.action, one.lines) for one in entries] == [
        ("field", admin.name, "从回收站恢复了客户", ()),
        ("field", admin.name, "删除了客户,移入回收站", ()),
    ]
    assert audit(desk, number) == [("customer:deleted", admin.user_id), ("customer:restored", admin.user_id)]


def test_an_edit_right_before_is_an_event_of_its_own(desk: Desk) -> None:
    number, admin = desk.customer(), desk.office.admin
    desk.write(update_field, admin, number=number, field="note", value="备注", version=1)
    desk.delete(number)
    desk.restore(number)
    entries = desk.read(get_page, admin, number=number).timeline.entries
    assert [one.action for one in entries] == ["从回收站恢复了客户", "删除了客户,移入回收站", "修改了备注"]


def test_nothing_is_left_of_a_deletion_that_fails(desk: Desk) -> None:
    number = desk.customer()

    def fail(session: Session) -> None:
        service.delete_customer(session, desk.office.admin, number=number)
        raise RuntimeError("no power")

    with pytest.raises(RuntimeError):
        desk.write(fail)
    assert (row(desk, number).deleted_at, audit(desk, number)) == (None, [])
    assert desk.read(lambda s: list(s.exec(select(FieldChange)))) == []


@pytest.mark.parametrize("who", ["sales", "manager", "service_lead", "service", "marketing", "finance"])
def test_roles_without_the_function_do_neither(sqlite_desk: Desk, who: str) -> None:
    number, gone = sqlite_desk.customer(), sqlite_desk.customer()
    sqlite_desk.delete(gone)
    actor = getattr(sqlite_desk.office, who)
    for refused in (
        lambda: sqlite_desk.delete(number, by=actor),
        lambda: sqlite_desk.restore(gone, by=actor),
        lambda: sqlite_desk.write(service.undo_deletion, actor, customer_id=row(sqlite_desk, gone).id, version=2),
        lambda: sqlite_desk.read(queries.get_belongings, actor, number=number),
        lambda: sqlite_desk.read(queries.list_bin, actor),
    ):
        with pytest.raises(Forbidden):
            refused()
    assert not sqlite_desk.read(queries.lies_in_bin, actor, number=gone)
    assert (row(sqlite_desk, number).deleted_at, row(sqlite_desk, gone).deleted_at is None) == (None, False)


@pytest.mark.parametrize(
    ("who", "reach", "reached"),
    [
        ("sales", Reach.OWN, {"mine", "shared"}),
        ("manager", Reach.DEPARTMENT, {"mine", "colleague's"}),
        ("service", Reach.ALL, {"mine", "colleague's", "north's", "shared"}),
    ],
)
def test_each_reach_deletes_and_brings_back_what_it_covers_and_nothing_else(
    desk: Desk, who: str, reach: Reach, reached: set[str]
) -> None:
    office, actor = desk.office, with_delete(getattr(desk.office, who), reach)
    numbers = {
        "mine": desk.customer(office.sales),
        "colleague's": desk.customer(office.sales2),
        "north's": desk.customer(office.outsider),
        "shared": desk.customer(office.outsider),
    }
    helper = Collaborator(customer_id=row(desk, numbers["shared"]).id or 0, user_id=office.sales.user_id)
    desk.write(lambda s: s.add(helper))
    for name, number in numbers.items():
        if name in reached:
            desk.delete(number, by=actor)
            continue
        with pytest.raises(NotFound):
            desk.delete(number, by=actor)
        desk.delete(number)
    assert {line.number for line in desk.read(queries.list_bin, actor).lines} == {numbers[name] for name in reached}
    for name, number in numbers.items():
        assert desk.read(queries.lies_in_bin, actor, number=number) == (name in reached)
        if name not in reached:
            gone = row(desk, number)
            with pytest.raises(Refused, match="gone"):
                desk.write(service.undo_deletion, actor, customer_id=gone.id, version=gone.version)
    back = desk.restore(*numbers.values(), by=actor)
    assert {one.number for one in back} == {numbers[name] for name in reached}
    assert {name for name, number in numbers.items() if row(desk, number).deleted_at is None} == reached


def test_the_message_takes_back_its_own_deletion_only(desk: Desk) -> None:
    number, admin = desk.customer(), desk.office.admin
    first = desk.delete(number)
    desk.restore(number)
    second = desk.delete(number)
    for customer_id, version in ((first.id, first.version), (second.id, 0), (0, 1), (-1, 1), (2**40, 1)):
        with pytest.raises(Refused, match="gone"):
            desk.write(service.undo_deletion, admin, customer_id=customer_id, version=version)
    assert desk.write(service.undo_deletion, admin, customer_id=second.id, version=second.version).number == number
    with pytest.raises(Refused, match="gone"):
        desk.write(service.undo_deletion, admin, customer_id=second.id, version=second.version)
    assert row(desk, number).deleted_at is None


def test_those_that_are_back_already_are_left_out(desk: Desk) -> None:
    first, second = desk.customer(), desk.customer()
    desk.delete(first)
    desk.delete(second)
    desk.restore(first)
    assert [one.number for one in desk.restore(first, second, "MFG-1999-999")] == [second]


@pytest.mark.parametrize("by", ["credit_code", "mobile"])
def test_a_likeness_made_meanwhile_is_told_and_stops_nothing(desk: Desk, by: str) -> None:
    number = desk.customer(credit_code="91350100M000100Y43" if by == "credit_code" else "")
    mobile = desk.read(lambda s: s.exec(select(Contact.mobile)).one())
    desk.delete(number)
    other = desk.customer(desk.office.outsider, credit_code="91350100M000100Y43", contact=False)
    if by == "mobile":
        desk.write(lambda s: s.add(Contact(customer_id=row(desk, other).id or 0, name="李四", mobile=mobile)))
    (back,) = desk.restore(number)
    assert back.like is not None
    assert (back.like.number, back.like.name) == (other, row(desk, other).name)
    assert row(desk, number).deleted_at is None


def test_of_a_likeness_out_of_reach_only_its_owner_is_told(desk: Desk) -> None:
    actor = with_delete(desk.office.sales, Reach.OWN)
    number = desk.customer(credit_code="91350100M000100Y43")
    desk.delete(number, by=actor)
    desk.customer(desk.office.outsider, credit_code="91350100M000100Y43")
    (back,) = desk.restore(number, by=actor)
    assert back.like is not None
    assert (back.like.number, back.like.name, back.like.owner) == ("", "", desk.office.outsider.name)


def test_after_thirty_days_nobody_brings_it_back(desk: Desk) -> None:
    number, admin = desk.customer(), desk.office.admin
    deleted = desk.delete(number)
    end = rules.kept_until(row(desk, number).deleted_at or utcnow())
    with frozen(end - timedelta(seconds=1)):
        (line,) = desk.read(queries.list_bin, admin).lines
        assert line.days_left == 1
    with frozen(end):
        assert desk.read(queries.list_bin, admin).lines == ()
        assert not desk.read(queries.lies_in_bin, admin, number=number)
        assert desk.restore(number) == ()
        with pytest.raises(Refused, match="gone"):
            desk.write(service.undo_deletion, admin, customer_id=deleted.id, version=deleted.version)
    with frozen(end - timedelta(seconds=1)):
        assert len(desk.restore(number)) == 1


@pytest.mark.parametrize(
    "save",
    [
        lambda s, actor, number: update_field(s, actor, number=number, field="note", value="x", version=1),
        lambda s, actor, number: change_level(s, actor, number=number, to_level="intent"),
        lambda s, actor, number: add_task(s, actor, number=number, title="x", due_at="2031-01-01 10:00"),
        lambda s, actor, number: service.delete_customer(s, actor, number=number),
    ],
    ids=["field", "level", "task", "delete"],
)
def test_whoever_saves_second_is_told_that_it_is_gone(desk: Desk, save: Callable[..., Any]) -> None:
    number = desk.customer()
    desk.delete(number)
    with pytest.raises(NotFound):
        desk.write(save, desk.office.admin, number)
    assert desk.read(lambda s: list(s.exec(select(Task)))) == []


def test_open_pages_are_told_after_the_commit_only(sqlite_desk: Desk) -> None:
    number = sqlite_desk.customer()
    heard: list[Change] = []
    stop = changes.listen(heard.extend)
    try:
        sqlite_desk.delete(number)
        sqlite_desk.restore(number)
    finally:
        stop()
    assert [(one.kind, one.customer_id, one.same_reach) for one in heard] == [
        ("customer", row(sqlite_desk, number).id, False)
    ] * 2

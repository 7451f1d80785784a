"""今日工作 on both engines."""

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crm_app.access.actor import Actor
from crm_app.core.clock import frozen
from crm_app.core.db import Database
from crm_app.core.settings import get_settings
from crm_app.models import Customer, FollowUp, Task
from crm_app.options.service import seed_presets
from crm_app.timeline.rules import week_of
from crm_app.today import queries
from crm_app.today.schemas import WorkDay
from tests.factories import Office, make_customer
from tests.plans import analyse, plan

NOW = datetime(2024, 5, 8, 6, 0, tzinfo=UTC)
"""Wednesday, 14:00 in Shanghai."""
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with frozen(NOW):
        yield


@pytest.fixture
def desk(db: Database, office: Office) -> Database:
    """The database with its drop-down lists."""
    with db.writing() as session:
        seed_presets(session)
    return db


def customer(db: Database, owner: Actor, **fields: Any) -> Customer:
    with db.writing() as session:
        return make_customer(session, owner=owner, contact=False, **fields)


def task(db: Database, who: Actor, **fields: Any) -> int:
    with db.writing() as session:
        row = Task(**{"user_id": who.user_id, "title": "寄样品", "due_at": NOW} | fields)
        session.add(row)
        session.flush()
        return row.id or 0


def day_of(db: Database, actor: Actor) -> WorkDay:
    with db.reading() as session:
        return queries.get_work_day(session, actor)


def titles(day: WorkDay) -> dict[str, list[str]]:
    return {bucket.code: [line.title for line in bucket.lines] for bucket in day.buckets if bucket.count}


def test_work_is_sorted_by_the_day_on_which_it_is_due(desk: Database, office: Office) -> None:
    for name, due in (
        ("昨天", NOW - DAY),
        ("今早", NOW - timedelta(hours=5)),
        ("今晚", NOW + timedelta(hours=9)),
        ("明天", NOW + DAY),
        ("周日", NOW + 4 * DAY),
        ("下周一", NOW + 5 * DAY),
    ):
        customer(desk, office.sales, name=name, next_follow_up_at=due)
        task(desk, office.sales, title=f"{name}任务", due_at=due)
    day = day_of(desk, office.sales)
    assert titles(day) == {
        "overdue": ["昨天", "昨天任务"],
        "today": ["今早", "今早任务", "今晚", "今晚任务"],
        "tomorrow": ["明天", "明天任务"],
        "week": ["周日", "周日任务"],
    }
    overdue = day.buckets[0].lines[0]
    assert (overdue.late_days, overdue.when, day.buckets[1].lines[0].when) == (1, "05-07", "09:00")


def test_only_ones_own_work_is_shown(desk: Database, office: Office) -> None:
    customer(desk, office.sales2, next_follow_up_at=NOW, assigned_at=NOW)
    customer(desk, office.sales, next_follow_up_at=NOW, deleted_at=NOW, assigned_at=NOW)
    task(desk, office.sales2)
    task(desk, office.sales, done_at=NOW, done_by=office.sales2.user_id)
    day = day_of(desk, office.sales)
    assert titles(day) == {}
    assert (day.assigned, day.done, day.has_customers) == ((), (), False)


def test_a_task_tells_its_customer_only_within_reach(desk: Database, office: Office) -> None:
    mine, theirs = customer(desk, office.sales), customer(desk, office.outsider)
    task(desk, office.sales, customer_id=mine.id, title="a", due_at=NOW)
    task(desk, office.sales, customer_id=theirs.id, title="b", due_at=NOW + timedelta(minutes=1))
    known, unknown = day_of(desk, office.sales).buckets[1].lines
    assert (known.number, known.customer) == (mine.number, mine.name)
    assert (unknown.title, unknown.number, unknown.customer) == ("b", "", "")


def test_what_hangs_on_a_deleted_customer_is_neither_listed_nor_counted(desk: Database, office: Office) -> None:
    gone = customer(desk, office.sales, next_follow_up_at=NOW, assigned_at=NOW, deleted_at=NOW)
    task(desk, office.sales, customer_id=gone.id, title="待办")
    task(desk, office.sales, customer_id=gone.id, title="已办", done_at=NOW, done_by=office.sales.user_id)
    with desk.writing() as session:
        who = office.sales.user_id
        session.add(FollowUp(customer_id=gone.id or 0, user_id=who, at=NOW, method="phone", content="跟进"))
    task(desk, office.sales, title="自己的")
    day = day_of(desk, office.sales)
    assert titles(day) == {"today": ["自己的"]}
    assert [bucket.count for bucket in day.buckets] == [0, 1, 0, 0]
    assert (day.assigned, day.done, day.done_count) == ((), (), 0)


def test_a_count_tells_also_what_is_not_listed(desk: Database, office: Office) -> None:
    with desk.writing() as session:
        session.add_all(Task(user_id=office.sales.user_id, title=f"t{i}", due_at=NOW - 2 * DAY) for i in range(60))
    bucket = day_of(desk, office.sales).buckets[0]
    assert (bucket.count, len(bucket.lines)) == (60, queries.MOST_LINES)


def test_an_assignment_is_new_until_the_first_contact_after_it(desk: Database, office: Office) -> None:
    customer(desk, office.sales, name="新", assigned_at=NOW - DAY)
    customer(desk, office.sales, name="接手", assigned_at=NOW - 2 * DAY, last_contact_at=NOW - 9 * DAY)
    customer(desk, office.sales, name="已联系", assigned_at=NOW - 2 * DAY, last_contact_at=NOW - DAY)
    customer(desk, office.sales, name="早已", assigned_at=NOW - 15 * DAY)
    day = day_of(desk, office.sales)
    assert [line.name for line in day.assigned] == ["新", "接手"]
    assert (day.assigned_count, day.assigned[0].when, day.assigned[0].level) == (2, "昨天", "潜在客户")


def test_what_was_done_today_is_listed_the_latest_first(desk: Database, office: Office) -> None:
    mine = customer(desk, office.sales)
    task(desk, office.sales, title="昨天完成", done_at=NOW - DAY, done_by=office.sales.user_id)
    task(desk, office.manager, title="代做", done_at=NOW - timedelta(hours=2), done_by=office.sales.user_id)
    with desk.writing() as session:
        session.add(
            FollowUp(
                customer_id=mine.id or 0, user_id=office.sales.user_id, at=NOW - timedelta(hours=1), method="phone",
                content="已确认",
            )
        )  # fmt: skip
    day = day_of(desk, office.sales)
    assert [(line.kind, line.title) for line in day.done] == [("contact", mine.name), ("task", "代做")]
    assert day.done[0].detail == "电话沟通 · 已确认"
    assert day.done_count == 2


def test_the_last_contact_stands_beside_the_next_one(desk: Database, office: Office) -> None:
    customer(desk, office.sales, name="甲", next_follow_up_at=NOW, last_contact_at=NOW - 6 * DAY, last_method="visit")
    customer(desk, office.sales, name="乙", next_follow_up_at=NOW + timedelta(minutes=1), customer_type="key")
    first, second = day_of(desk, office.sales).buckets[1].lines
    assert (first.detail, first.is_key) == ("上次上门拜访 2024-05-02", False)
    assert (second.detail, second.is_key) == ("尚未跟进", True)
    english = dataclasses.replace(office.sales, language="en")
    assert day_of(desk, english).buckets[1].lines[0].detail == "last: Visit, 2024-05-02"


@pytest.mark.parametrize(
    ("part", "index"),
    [
        ("follow_ups", "ix_customer_owner_id_next_follow_up_at_id"),
        ("follow_up_counts", "ix_customer_owner_id_next_follow_up_at_id"),
        ("tasks", "ix_task_open_user_id_due_at_id"),
        ("task_counts", "ix_task_open_user_id_due_at_id"),
        ("assigned", "ix_customer_owner_id_assigned_at_id"),
        ("tasks_done", "ix_task_done_by_done_at"),
        ("contacts", "ix_follow_up_user_id_at"),
    ],
)
def test_each_part_reads_its_own_index(desk: Database, office: Office, part: str, index: str) -> None:
    who, week = office.sales, week_of(NOW, tz=get_settings().zone)
    with desk.writing() as session:
        for i in range(400):
            owner = office.sales if i % 8 == 0 else office.sales2
            made = make_customer(
                session,
                owner=owner,
                contact=False,
                next_follow_up_at=NOW + (i % 90 - 45) * DAY,
                assigned_at=NOW - (i % 90) * DAY,
            )
            at = NOW - (i % 90) * DAY
            session.add(Task(user_id=owner.user_id, title="t", due_at=at))
            session.add(Task(user_id=owner.user_id, title="t", due_at=at, done_at=at, done_by=owner.user_id))
            session.add(FollowUp(customer_id=made.id or 0, user_id=owner.user_id, at=at, method="phone", content="c"))
    analyse(desk)
    statement = {
        "follow_ups": queries.follow_ups_due(who, week.today, week.tomorrow),
        "follow_up_counts": queries.counts_due(who, week, "follow_up"),
        "tasks": queries.tasks_due(who, week.today, week.tomorrow),
        "task_counts": queries.counts_due(who, week, "task"),
        "assigned": queries.assigned_since(who, NOW - queries.NEW_FOR),
        "tasks_done": queries.tasks_done(who, week.today),
        "contacts": queries.follow_ups_done(who, week.today),
    }[part]
    assert index in plan(desk, statement)

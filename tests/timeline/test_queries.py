"""The merged timeline, on both engines."""

import dataclasses
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event

from crm_app.core.clock import frozen
from crm_app.core.errors import Forbidden, NotFound, Refused
from crm_app.models import Customer, FieldChange, FollowUp, LevelChange, Task
from crm_app.timeline import queries, service
from crm_app.timeline.schemas import TimelineEntry, TimelinePage
from tests.factories import make_customer
from tests.plans import analyse, plan
from tests.timeline.conftest import NOW, Desk, shown


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with frozen(NOW):
        yield


def follow_up(desk: Desk, at: datetime, **fields: Any) -> FollowUp:
    values = {"content": "沟通", "method": "phone", "user_id": desk.office.sales.user_id} | fields
    return FollowUp(customer_id=desk.customer_id, at=at, **values)


def field_change(desk: Desk, at: datetime, **fields: Any) -> FieldChange:
    values = {"field": "industry", "old": "MFG", "new": "RET", "user_id": desk.office.sales.user_id} | fields
    return FieldChange(customer_id=desk.customer_id, at=at, **values)


def add(desk: Desk, *rows: Any) -> None:
    with desk.db.writing() as session:
        session.add_all(rows)


def page(desk: Desk, **options: Any) -> TimelinePage:
    with desk.db.reading() as session:
        return queries.list_timeline(
            session, options.pop("actor", desk.office.sales), number=options.pop("number", desk.number), **options
        )


def walk(desk: Desk, **options: Any) -> list[TimelineEntry]:
    """All entries, page after page."""
    found: list[TimelineEntry] = []
    cursor = ""
    while True:
        part = page(desk, cursor=cursor, **options)
        found += part.entries
        cursor = part.cursor
        if not cursor:
            return found


def mixed(desk: Desk, n: int) -> list[Any]:
    """`n` of each kind, many at the same moment, so that ties are met at each border of a page."""
    moments = [NOW - timedelta(hours=i // 3) for i in range(n)]
    return [
        row
        for i, at in enumerate(moments)
        for row in (
            follow_up(desk, at, content=f"f{i}"),
            Task(customer_id=desk.customer_id, user_id=desk.office.sales.user_id, title=f"t{i}", due_at=at, at=at),
            LevelChange(customer_id=desk.customer_id, at=at, from_level="potential", to_level="intent"),
            field_change(desk, at, user_id=desk.office.sales.user_id if i % 2 else desk.office.manager.user_id),
        )
    ]


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 50])
def test_pages_together_are_everything_once_and_in_order(desk: Desk, limit: int) -> None:
    rows = mixed(desk, 12)
    add(desk, *rows)
    found = walk(desk, limit=limit)
    whole = walk(desk, limit=10_000)
    assert [entry.id for entry in found] == [entry.id for entry in whole]
    moments = [entry.at for entry in found]
    assert moments == sorted(moments, reverse=True)
    ids = [entry.id for entry in found if entry.kind != "field"]
    assert len(ids) == len(set(ids)) == 36
    assert sum(len(entry.lines) for entry in found if entry.kind == "field") == 12


@pytest.mark.parametrize("kind", ["follow_up", "task", "level", "field"])
def test_a_filter_shows_its_kind_only(desk: Desk, kind: str) -> None:
    add(desk, *mixed(desk, 5))
    found = walk(desk, kinds=(kind,), limit=2)
    assert {entry.kind for entry in found} == {kind}


def test_a_step_of_the_life_cycle_stands_there_once(desk: Desk) -> None:
    add(
        desk,
        LevelChange(customer_id=desk.customer_id, at=NOW, from_level="potential", to_level="intent"),
        field_change(desk, NOW, field="level", old="potential", new="intent"),
        field_change(desk, NOW, field="status", old="potential", new="following"),
    )
    step, side = sorted(walk(desk, limit=1), key=lambda entry: entry.kind, reverse=True)
    assert (step.kind, [line.value for line in step.lines]) == ("level", ["意向客户"])
    assert (side.kind, [line.label for line in side.lines]) == ("field", ["客户状态"])


def test_changes_of_one_deed_are_one_entry_in_the_order_they_were_made(desk: Desk) -> None:
    add(
        desk,
        field_change(desk, NOW - timedelta(seconds=30), field="industry", old="MFG", new="RET"),
        field_change(desk, NOW - timedelta(seconds=10), field="customer_type", old="new", new="key"),
        field_change(desk, NOW, field="region", old="", new="440300", user_id=desk.office.manager.user_id),
    )
    newest, older = page(desk).entries
    assert (newest.who, newest.action) == ("陈经理", "修改了所在地区")
    assert newest.lines[0].value == "广东省深圳市"
    assert (older.who, older.action) == ("李销售", "修改了 2 项资料")
    assert [(line.label, line.old, line.value) for line in older.lines] == [
        ("所属行业", "制造业", "零售业"),
        ("客户类型", "新客户", "重点客户"),
    ]


def test_another_event_between_two_changes_keeps_them_apart(desk: Desk) -> None:
    add(
        desk,
        field_change(desk, NOW - timedelta(seconds=30)),
        follow_up(desk, NOW - timedelta(seconds=20)),
        field_change(desk, NOW - timedelta(seconds=10)),
    )
    assert [entry.kind for entry in page(desk).entries] == ["field", "follow_up", "field"]


def test_a_run_is_not_cut_by_the_end_of_a_page(desk: Desk) -> None:
    add(desk, *(field_change(desk, NOW, new=f"x{i}") for i in range(30)), follow_up(desk, NOW - timedelta(days=1)))
    first = page(desk, limit=1)
    assert len(first.entries[0].lines) == 30
    assert [entry.kind for entry in page(desk, limit=1, cursor=first.cursor).entries] == ["follow_up"]


def test_a_follow_up_reads_in_the_persons_language_with_its_next_step(desk: Desk) -> None:
    task = Task(
        customer_id=desk.customer_id,
        user_id=desk.office.manager.user_id,
        title="发送报价",
        due_at=NOW + timedelta(days=2),
        at=NOW,
    )
    add(desk, task)
    add(
        desk,
        follow_up(
            desk, NOW - timedelta(hours=1), participants="张总", feedback="价格偏高", result="", task_id=task.id,
            next_at=NOW + timedelta(days=3),
        ),
    )  # fmt: skip
    (entry,) = page(desk, kinds=("follow_up",)).entries
    assert (entry.action, entry.who, entry.day, entry.time) == ("电话沟通", "李销售", "今天", "13:00")
    assert [(line.label, line.value) for line in entry.lines] == [
        ("参与人", "张总"),
        ("客户反馈", "价格偏高"),
        ("下次跟进时间", shown(NOW + timedelta(days=3))),
    ]
    assert entry.task is not None
    assert (entry.task.title, entry.task.who, entry.task.due_days, entry.task.can_edit) == (
        "发送报价",
        "陈经理",
        2,
        True,
    )
    import dataclasses

    english = dataclasses.replace(desk.office.sales, language="en")
    (entry,) = page(desk, actor=english, kinds=("follow_up",)).entries
    assert (entry.action, entry.day, entry.lines[0].label) == ("Phone call", "Today", "Participants")


def test_a_next_step_is_told_once_until_something_happens_to_it(desk: Desk) -> None:
    mine: dict[str, Any] = {"customer_id": desk.customer_id, "user_id": desk.office.sales.user_id}
    task = Task(**mine, title="发送报价", due_at=NOW, at=NOW, created_at=NOW)
    add(desk, task)
    add(desk, follow_up(desk, NOW - timedelta(hours=1), task_id=task.id))
    assert [entry.kind for entry in page(desk).entries] == ["follow_up"]
    assert [entry.kind for entry in page(desk, kinds=("task",)).entries] == ["task"]
    with desk.db.writing() as session:
        service.complete_task(session, desk.office.sales, task_id=task.id or 0, version=1)
        session.get_one(Task, task.id).at = NOW + timedelta(minutes=1)
    assert [entry.kind for entry in page(desk).entries] == ["task", "follow_up"]


def test_a_deal_reads_with_its_facts_and_a_loss_with_its_reason(desk: Desk) -> None:
    common: dict[str, Any] = {"customer_id": desk.customer_id, "user_id": desk.office.sales.user_id}
    add(
        desk,
        LevelChange(
            **common, at=NOW, from_level="intent", to_level="won", deal_amount=Decimal("520000"),
            deal_on=date(2024, 5, 7), contract_number="HT-001",
        ),
        LevelChange(**common, at=NOW - timedelta(1), from_level="potential", to_level="lost", loss_reason="price"),
    )  # fmt: skip
    won, lost = page(desk).entries
    assert [(line.label, line.value) for line in won.lines] == [
        ("客户等级", "成交客户"),
        ("成交金额", "¥520,000.00"),
        ("成交日期", "2024-05-07"),
        ("合同编号", "HT-001"),
    ]
    assert (lost.lines[1].label, lost.lines[1].value) == ("流失原因", "价格过高")
    assert (won.badge, lost.badge) == ("won", "lost")


def test_days_are_headed_once(desk: Desk) -> None:
    add(desk, *(follow_up(desk, NOW - timedelta(hours=6 * i)) for i in range(8)))
    found = page(desk).entries
    assert [entry.day for entry in found if entry.starts_day] == ["今天", "昨天", "2024-05-06 周一"]


def test_a_foreign_customer_reads_like_a_missing_one(desk: Desk) -> None:
    for number in (desk.number, "MFG-1999-999"):
        with pytest.raises(NotFound):
            page(desk, number=number, actor=desk.office.outsider)


def test_a_role_without_the_function_is_refused(desk: Desk) -> None:
    with pytest.raises(Forbidden):
        page(desk, actor=dataclasses.replace(desk.office.sales, grants={}))


@pytest.mark.parametrize("cursor", ["x", "~~", "2024-05-01~task~1", "2024-05-01T00:00:00+00:00~note~1", "~task~99"])
def test_a_forged_cursor_is_refused(desk: Desk, cursor: str) -> None:
    with pytest.raises(Refused):
        page(desk, cursor=cursor)


def test_who_can_be_given_a_task_is_who_may_see_the_customer(desk: Desk) -> None:
    with desk.db.reading() as session:
        customer = session.get_one(Customer, desk.customer_id)
        names = [choice.label for choice in queries.list_assignees(session, customer)]
    assert names[0] == "李销售", "the owner comes first"
    assert "陈经理" in names
    assert "吴客服" in names
    assert not {"王销售", "赵北方"} & set(names)


def test_open_tasks_come_by_due_date_without_done_ones(desk: Desk) -> None:
    mine: dict[str, Any] = {"customer_id": desk.customer_id, "user_id": desk.office.sales.user_id}
    add(
        desk,
        Task(**mine, title="late", due_at=NOW + timedelta(days=3)),
        Task(**mine, title="soon", due_at=NOW - timedelta(days=1)),
        Task(**mine, title="done", due_at=NOW, done_at=NOW),
    )
    with desk.db.reading() as session:
        customer = session.get_one(Customer, desk.customer_id)
        found = queries.list_open_tasks(session, desk.office.sales, customer)
    assert [(task.title, task.due_days) for task in found] == [("soon", -1), ("late", 3)]


def filled(desk: Desk) -> None:
    """Enough rows that a planner with statistics has a reason to prefer one index to another."""
    with desk.db.writing() as session:
        others = [make_customer(session, owner=desk.office.sales, contact=False).id or 0 for _ in range(30)]
    rows = mixed(desk, 900)
    for i, row in enumerate(rows):
        row.customer_id = others[i % 30] if i % 3 else desk.customer_id
    add(desk, *rows)
    analyse(desk.db)


@pytest.mark.parametrize(
    ("table", "index"),
    [
        ("follow_up", "ix_follow_up_customer_id_at"),
        ("task", "ix_task_customer_id_at"),
        ("level_change", "ix_level_change_customer_id_at"),
        ("field_change", "ix_field_change_customer_id_at"),
    ],
)
@pytest.mark.parametrize("continued", [False, True])
def test_each_kind_is_one_read_of_its_index(desk: Desk, table: str, index: str, continued: bool) -> None:
    filled(desk)
    source = next(source for source in queries.SOURCES if source.table.name == table)
    found = plan(desk.db, queries.page_of(source.table, desk.customer_id, (NOW, 7) if continued else None, 51))
    assert index in found
    assert "SCAN" not in found.replace("Index Scan", "")
    assert "Sort" not in found
    assert "TEMP B-TREE" not in found


def test_open_tasks_are_one_read_of_their_index(desk: Desk) -> None:
    filled(desk)
    found = plan(desk.db, queries.open_tasks_of(desk.customer_id))
    assert "ix_task_open_customer_id_due_at" in found
    assert "Sort" not in found
    assert "TEMP B-TREE" not in found


def test_a_long_timeline_reads_no_more_rows_than_a_short_one(desk: Desk) -> None:
    """5,000 entries cost as many statements and rows as 100 do."""
    with desk.db.writing() as session:
        other = make_customer(session, owner=desk.office.sales)
        session.add_all(follow_up(desk, NOW - timedelta(minutes=i)) for i in range(5_000))
        session.add_all(
            FollowUp(
                customer_id=other.id or 0, at=NOW - timedelta(minutes=i), content="x", method="phone",
                user_id=desk.office.sales.user_id,
            )
            for i in range(100)
        )  # fmt: skip
    page(desk)
    assert statements(desk, desk.number) == statements(desk, other.number)
    assert len(page(desk).entries) == 50


def statements(desk: Desk, number: str) -> list[str]:
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(desk.db.engine, "before_cursor_execute", note)
    try:
        page(desk, number=number)
    finally:
        event.remove(desk.db.engine, "before_cursor_execute", note)
    return seen

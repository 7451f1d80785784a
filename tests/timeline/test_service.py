"""Follow-ups and tasks as use cases, on both engines."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, SQLModel, select

from crm_app.access import receipts
from crm_app.access.actor import Actor
from crm_app.core import changes
from crm_app.core.changes import Change
from crm_app.core.clock import frozen
from crm_app.core.errors import Conflict, Forbidden, NotFound
from crm_app.core.problems import Invalid
from crm_app.models import Collaborator, Customer, FieldChange, FollowUp, Receipt, Task, User
from crm_app.timeline import service
from tests.factories import make_customer
from tests.timeline.conftest import NOW, Desk, ago, ahead, draft, shown


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with frozen(NOW):
        yield


def write(desk: Desk, use_case: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    with desk.db.writing() as session:
        return use_case(session, *args, **kwargs)


def customer_of(desk: Desk) -> Customer:
    with desk.db.reading() as session:
        return session.get_one(Customer, desk.customer_id)


def rows_of(desk: Desk, model: type[SQLModel]) -> list[Any]:
    with desk.db.reading() as session:
        return list(session.exec(select(model)).all())


def everything(desk: Desk) -> dict[str, list[str]]:
    """All rows that a follow-up or task could touch, to show that nothing was."""
    return {m.__name__: sorted(repr(row) for row in rows_of(desk, m)) for m in (Customer, FollowUp, Task, FieldChange)}


def test_a_follow_up_becomes_the_last_contact_and_the_next_plan(desk: Desk) -> None:
    saved = write(
        desk, service.add_follow_up, desk.office.sales, number=desk.number, draft=draft(next_at=ahead(days=2))
    )
    customer = customer_of(desk)
    assert (customer.last_contact_at, customer.last_method) == (NOW - timedelta(minutes=1), "phone")
    assert customer.next_follow_up_at == NOW + timedelta(days=2)
    assert [row.id for row in rows_of(desk, FollowUp)] == [saved.id]


def test_the_first_follow_up_takes_a_potential_customer_into_work_and_says_so(desk: Desk) -> None:
    write(desk, service.add_follow_up, desk.office.sales, number=desk.number, draft=draft())
    customer = customer_of(desk)
    assert (customer.status, customer.version) == ("following", 2)
    (change,) = rows_of(desk, FieldChange)
    assert (change.field, change.old, change.new, change.version) == ("status", "potential", "following", 2)


def test_a_status_that_a_person_set_stays(desk: Desk) -> None:
    with desk.db.writing() as session:
        session.get_one(Customer, desk.customer_id).status = "pending"
    write(desk, service.add_follow_up, desk.office.sales, number=desk.number, draft=draft())
    assert customer_of(desk).status == "pending"
    assert rows_of(desk, FieldChange) == []


def test_one_entered_late_does_not_move_the_last_contact_back(desk: Desk) -> None:
    for at, method in ((ago(hours=1), "phone"), (ago(days=3), "visit")):
        write(desk, service.add_follow_up, desk.office.sales, number=desk.number, draft=draft(at=at, method=method))
    customer = customer_of(desk)
    assert (customer.last_contact_at, customer.last_method) == (NOW - timedelta(hours=1), "phone")


def test_a_contact_before_the_planned_day_leaves_the_plan_and_one_on_it_keeps_it(desk: Desk) -> None:
    add = lambda **f: write(desk, service.add_follow_up, desk.office.sales, number=desk.number, draft=draft(**f))  # noqa: E731
    add(at=ago(days=4), next_at=ahead(hours=3))
    add(at=ago(days=2))
    assert customer_of(desk).next_follow_up_at == NOW + timedelta(hours=3)
    add(at=ago(hours=1))
    assert customer_of(desk).next_follow_up_at is None


def test_a_newer_plan_replaces_the_older_one(desk: Desk) -> None:
    add = lambda **f: write(desk, service.add_follow_up, desk.office.sales, number=desk.number, draft=draft(**f))  # noqa: E731
    add(at=ago(days=4), next_at=ahead(days=1))
    add(at=ago(days=2), next_at=ahead(days=5))
    add(at=ago(days=3), next_at=ahead(days=2))
    assert customer_of(desk).next_follow_up_at == NOW + timedelta(days=5)


def test_a_next_step_becomes_a_task_in_the_same_transaction(desk: Desk) -> None:
    write(
        desk,
        service.add_follow_up,
        desk.office.sales,
        number=desk.number,
        draft=draft(next_step="发送新报价", next_due_at=ahead(days=1), next_user_id=desk.office.manager.user_id),
    )
    (task,) = rows_of(desk, Task)
    (row,) = rows_of(desk, FollowUp)
    assert row.task_id == task.id
    assert (task.title, task.user_id, task.created_by) == (
        "发送新报价",
        desk.office.manager.user_id,
        desk.office.sales.user_id,
    )
    assert (task.due_at, task.customer_id) == (NOW + timedelta(days=1), desk.customer_id)


def test_a_next_step_for_somebody_who_may_not_see_the_customer_saves_nothing(desk: Desk) -> None:
    before = everything(desk)
    with pytest.raises(Invalid) as caught:
        write(
            desk,
            service.add_follow_up,
            desk.office.sales,
            number=desk.number,
            draft=draft(next_step="拜访", next_due_at=ahead(days=1), next_user_id=desk.office.outsider.user_id),
        )
    assert caught.value.problems["next_user_id"].code == "error.timeline.assignee"
    assert everything(desk) == before


def test_the_same_follow_up_sent_twice_is_saved_once(desk: Desk) -> None:
    send = lambda: write(  # noqa: E731
        desk,
        service.add_follow_up,
        desk.office.sales,
        number=desk.number,
        draft=draft(next_step="发送报价", next_due_at=ahead(days=1)),
    )
    first, second = send(), send()
    assert (second.id, second.task_id, second.repeated) == (first.id, first.task_id, True)
    assert len(rows_of(desk, FollowUp)) == len(rows_of(desk, Task)) == 1


def test_a_retired_method_is_not_taken(desk: Desk) -> None:
    from crm_app.models import Option

    with desk.db.writing() as session:
        session.exec(select(Option).where(Option.list_code == "method", Option.code == "visit")).one().retired_at = NOW
    with pytest.raises(Invalid) as caught:
        write(desk, service.add_follow_up, desk.office.sales, number=desk.number, draft=draft(method="visit"))
    assert caught.value.problems["method"].code == "error.timeline.method.unknown"


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "你好👨‍👩‍👧‍👦𠮷", "=1+1", "'; DROP TABLE task; --"])
def test_any_text_comes_back_as_it_was(desk: Desk, text: str) -> None:
    write(desk, service.add_follow_up, desk.office.sales, number=desk.number, draft=draft(content=text))
    assert rows_of(desk, FollowUp)[0].content == text


def use_cases(desk: Desk, number: str) -> list[Callable[[Session, Actor], Any]]:
    """Everything that names a customer."""
    return [
        lambda s, a: service.add_follow_up(s, a, number=number, draft=draft(next_step="x", next_due_at=ahead(days=1))),
        lambda s, a: service.postpone_follow_up(s, a, number=number, planned=ahead(days=1), to="tomorrow"),
        lambda s, a: service.add_task(s, a, number=number, title="x", due_at=ahead(days=1)),
    ]


@pytest.mark.parametrize("which", range(3))
def test_a_foreign_customer_reads_like_a_missing_one_and_nothing_is_touched(desk: Desk, which: int) -> None:
    before = everything(desk)
    answers = []
    for number in (desk.number, "MFG-1999-999"):
        with pytest.raises(NotFound) as caught:
            write(desk, use_cases(desk, number)[which], desk.office.outsider)
        answers.append((caught.value.code, dict(caught.value.params)))
    assert answers[0] == answers[1]
    assert everything(desk) == before


def test_a_role_without_the_function_is_refused(desk: Desk) -> None:
    for who in (desk.office.marketing, desk.office.finance):
        with pytest.raises(Forbidden):
            write(desk, service.add_follow_up, who, number=desk.number, draft=draft())
    assert rows_of(desk, FollowUp) == []


@pytest.mark.parametrize("who", ["sales", "manager", "service", "service_lead", "admin"])
def test_each_role_with_the_function_may(desk: Desk, who: str) -> None:
    write(desk, service.add_follow_up, getattr(desk.office, who), number=desk.number, draft=draft())
    assert len(rows_of(desk, FollowUp)) == 1


def test_a_collaborator_may_follow_up(desk: Desk) -> None:
    with desk.db.writing() as session:
        session.add(Collaborator(customer_id=desk.customer_id, user_id=desk.office.sales2.user_id))
    write(desk, service.add_follow_up, desk.office.sales2, number=desk.number, draft=draft())
    assert rows_of(desk, FollowUp)[0].user_id == desk.office.sales2.user_id


def test_what_changed_is_announced_after_the_commit_only(desk: Desk) -> None:
    heard: list[Change] = []
    stop = changes.listen(heard.extend)
    try:
        with pytest.raises(Invalid):
            write(desk, service.add_follow_up, desk.office.sales, number=desk.number, draft=draft(content=""))
        assert heard == []
        write(
            desk,
            service.add_follow_up,
            desk.office.sales,
            number=desk.number,
            draft=draft(next_step="x", next_due_at=ahead(days=1)),
        )
    finally:
        stop()
    assert {change.kind for change in heard} == {"follow_up", "task", "customer"}
    assert {(change.customer_id, change.actor_id) for change in heard} == {
        (desk.customer_id, desk.office.sales.user_id)
    }


# --- putting off the next follow-up


def planned(desk: Desk) -> None:
    write(
        desk,
        service.add_follow_up,
        desk.office.sales,
        number=desk.number,
        draft=draft(at=ago(days=3), next_at=ahead(hours=1)),
    )


def test_the_next_follow_up_moves_and_the_timeline_tells(desk: Desk) -> None:
    planned(desk)
    write(
        desk, service.postpone_follow_up, desk.office.sales, number=desk.number, planned=ahead(hours=1), to="tomorrow"
    )
    moved = NOW + timedelta(days=1, hours=1)
    assert customer_of(desk).next_follow_up_at == moved
    assert rows_of(desk, FollowUp)[0].next_at == moved
    change = rows_of(desk, FieldChange)[-1]
    assert (change.field, change.old, change.new) == ("next_follow_up_at", ahead(hours=1), shown(moved))


def test_a_dropped_plan_stays_dropped_and_does_not_bring_back_an_older_one(desk: Desk) -> None:
    add = lambda **f: write(desk, service.add_follow_up, desk.office.sales, number=desk.number, draft=draft(**f))  # noqa: E731
    add(at=ago(days=4), next_at=ahead(days=9))
    add(at=ago(days=2), next_at=ahead(days=5))
    write(desk, service.postpone_follow_up, desk.office.sales, number=desk.number, planned=ahead(days=5), to="never")
    assert customer_of(desk).next_follow_up_at is None
    add(at=ago(hours=1))
    assert customer_of(desk).next_follow_up_at is None


def test_who_saw_another_plan_is_told_by_whom_it_was_changed(desk: Desk) -> None:
    planned(desk)
    write(
        desk, service.postpone_follow_up, desk.office.manager, number=desk.number, planned=ahead(hours=1), to="tomorrow"
    )
    before = everything(desk)
    with pytest.raises(Conflict) as caught:
        write(
            desk,
            service.postpone_follow_up,
            desk.office.sales,
            number=desk.number,
            planned=ahead(hours=1),
            to="next_week",
        )
    assert (caught.value.by, caught.value.theirs) == ("陈经理", ahead(days=1, hours=1))
    assert everything(desk) == before


def test_a_plan_without_a_follow_up_behind_it_can_be_moved_and_is_kept_by_a_contact(desk: Desk) -> None:
    with desk.db.writing() as session:
        session.get_one(Customer, desk.customer_id).next_follow_up_at = NOW + timedelta(days=1)
    write(
        desk,
        service.postpone_follow_up,
        desk.office.sales,
        number=desk.number,
        planned=ahead(days=1),
        to=ahead(hours=2),
    )
    assert customer_of(desk).next_follow_up_at == NOW + timedelta(hours=2)
    write(desk, service.add_follow_up, desk.office.sales, number=desk.number, draft=draft())
    assert customer_of(desk).next_follow_up_at is None


# --- tasks


def make_task(desk: Desk, *, by: Actor | None = None, to: Actor | None = None) -> Any:
    return write(
        desk,
        service.add_task,
        by or desk.office.sales,
        number=desk.number,
        title="准备合同",
        due_at=ahead(days=1),
        user_id=to.user_id if to else 0,
    )


def test_a_task_is_done_once_and_the_second_is_told_by_whom(desk: Desk) -> None:
    task = make_task(desk)
    first = write(desk, service.complete_task, desk.office.manager, task_id=task.id, version=task.version)
    second = write(desk, service.complete_task, desk.office.sales, task_id=task.id, version=task.version)
    assert first.changed
    assert (second.changed, second.by, second.at) == (False, "陈经理", shown(NOW))
    (row,) = rows_of(desk, Task)
    assert (row.done_by, row.done_at, row.version) == (desk.office.manager.user_id, NOW, 2)


def test_a_done_task_is_reopened_and_an_open_one_stays(desk: Desk) -> None:
    task = make_task(desk)
    done = write(desk, service.complete_task, desk.office.sales, task_id=task.id, version=1)
    again = write(desk, service.reopen_task, desk.office.sales, task_id=task.id, version=done.version)
    same = write(desk, service.reopen_task, desk.office.sales, task_id=task.id, version=done.version)
    assert (again.changed, same.changed) == (True, False)
    (row,) = rows_of(desk, Task)
    assert (row.done_at, row.done_by) == (None, None)


def test_a_task_is_put_off(desk: Desk) -> None:
    task = make_task(desk)
    write(desk, service.postpone_task, desk.office.sales, task_id=task.id, version=1, to="next_week")
    assert rows_of(desk, Task)[0].due_at == NOW + timedelta(days=5)


def test_a_task_that_another_moved_meanwhile_is_a_conflict(desk: Desk) -> None:
    task = make_task(desk)
    write(desk, service.postpone_task, desk.office.manager, task_id=task.id, version=1, to="next_week")
    before = everything(desk)
    for use_case, more in ((service.postpone_task, {"to": "tomorrow"}), (service.complete_task, {})):
        with pytest.raises(Conflict) as caught:
            write(desk, use_case, desk.office.sales, task_id=task.id, version=1, **more)
        assert (caught.value.by, caught.value.version) == ("陈经理", 2)
    assert everything(desk) == before


@pytest.mark.parametrize("who", ["sales2", "outsider", "service", "finance"])
def test_a_task_of_others_reads_like_a_missing_one(desk: Desk, who: str) -> None:
    task = make_task(desk)
    before = everything(desk)
    actor = getattr(desk.office, who)
    for task_id in (task.id, 999_999):
        for use_case, more in (
            (service.complete_task, {}),
            (service.reopen_task, {}),
            (service.postpone_task, {"to": "tomorrow"}),
        ):
            with pytest.raises(NotFound):
                write(desk, use_case, actor, task_id=task_id, version=1, **more)
    assert everything(desk) == before


def test_ones_own_task_can_be_done_without_reach_over_its_customer(desk: Desk) -> None:
    task = make_task(desk, to=desk.office.service)
    assert write(desk, service.complete_task, desk.office.service, task_id=task.id, version=1).changed


def test_a_task_without_a_customer_is_for_oneself(desk: Desk) -> None:
    add = lambda user_id: write(  # noqa: E731
        desk, service.add_task, desk.office.sales, number="", title="周报", due_at=ahead(days=1), user_id=user_id
    )
    assert add(0).changed
    with pytest.raises(Invalid):
        add(desk.office.manager.user_id)


def test_a_disabled_person_gets_no_task(desk: Desk) -> None:
    with desk.db.writing() as session:
        session.get_one(User, desk.office.manager.user_id).disabled_at = NOW
    with pytest.raises(Invalid):
        make_task(desk, to=desk.office.manager)


def test_a_deleted_customer_takes_nothing(desk: Desk) -> None:
    with desk.db.writing() as session:
        session.get_one(Customer, desk.customer_id).deleted_at = NOW
    for use_case in use_cases(desk, desk.number):
        with pytest.raises(NotFound):
            write(desk, use_case, desk.office.sales)


async def test_two_follow_ups_at_once_leave_the_later_contact(desk: Desk) -> None:
    import asyncio

    office = desk.office
    await asyncio.gather(
        *(
            desk.db.write(
                service.add_follow_up,
                who,
                number=desk.number,
                draft=draft(at=ago(minutes=10 + i), method="phone" if i == 0 else "visit", content=f"第{i}次"),
            )
            for i, who in enumerate((office.sales, office.manager, office.service, office.admin))
        )
    )
    customer = customer_of(desk)
    assert (customer.last_contact_at, customer.last_method) == (NOW - timedelta(minutes=10), "phone")
    assert len(rows_of(desk, FollowUp)) == 4
    assert customer.version == 2, "the status moved once"


def test_another_customers_rows_stay_as_they_are(desk: Desk) -> None:
    with desk.db.writing() as session:
        other = make_customer(session, owner=desk.office.sales)
    write(desk, service.add_follow_up, desk.office.sales, number=desk.number, draft=draft(next_at=ahead(days=1)))
    with desk.db.reading() as session:
        untouched = session.get_one(Customer, other.id)
    assert (untouched.last_contact_at, untouched.next_follow_up_at, untouched.version) == (None, None, 1)


# --- an answer that was lost (R6.2)


def test_a_follow_up_sent_again_because_its_answer_was_lost_is_saved_once(desk: Desk) -> None:
    sent = {"number": desk.number, "draft": draft(at="", next_step="发合同", next_at=ahead(days=1)), "ticket": "t-1"}
    first = write(desk, service.add_follow_up, desk.office.sales, **sent)
    before = everything(desk)
    with frozen(NOW + timedelta(minutes=10)):  # No time means now, which is another moment by now.
        again = write(desk, service.add_follow_up, desk.office.sales, **sent)
    assert (first.repeated, again.repeated, again.id) == (False, True, first.id)
    assert everything(desk) == before


def test_what_was_changed_before_it_was_sent_again_is_saved_and_told(desk: Desk) -> None:
    for content, also in (("谈了价格", False), ("谈了价格和交期", True)):
        saved = write(
            desk, service.add_follow_up, desk.office.sales,
            number=desk.number, draft=draft(at="", content=content), ticket="t-1",
        )  # fmt: skip
        assert (saved.repeated, saved.also) == (False, also)
    assert len(rows_of(desk, FollowUp)) == 2


def test_a_task_sent_again_is_saved_once(desk: Desk) -> None:
    sent = {"number": desk.number, "title": "寄样品", "due_at": ahead(days=1)}
    ids = [write(desk, service.add_task, desk.office.sales, **sent, ticket="t-1").id for _ in range(2)]
    assert ids[0] == ids[1]
    assert write(desk, service.add_task, desk.office.sales, **sent, ticket="t-2").id != ids[0]
    assert len(rows_of(desk, Task)) == 2


def test_a_ticket_is_one_person_s_and_a_refused_form_leaves_none(desk: Desk) -> None:
    sent = {"number": desk.number, "draft": draft(), "ticket": "t-1"}
    with pytest.raises(Invalid):
        write(desk, service.add_follow_up, desk.office.sales, **sent | {"draft": draft(content="")})
    assert rows_of(desk, Receipt) == []
    write(desk, service.add_follow_up, desk.office.sales, **sent)
    assert not write(desk, service.add_follow_up, desk.office.manager, **sent).repeated
    assert len(rows_of(desk, FollowUp)) == 2


@pytest.mark.parametrize("times", [8])
def test_one_form_sent_many_times_at_once_is_saved_once(desk: Desk, times: int) -> None:
    sent = {"number": "", "title": "整理报价", "due_at": ahead(days=1), "ticket": "t-1"}

    def send(_: int) -> int:
        with frozen(NOW):
            return write(desk, service.add_task, desk.office.sales, **sent).id

    with ThreadPoolExecutor(times) as pool:
        ids = set(pool.map(send, range(times)))
    assert len(ids) == len(rows_of(desk, Task)) == 1


def test_old_receipts_are_forgotten(desk: Desk) -> None:
    write(desk, service.add_follow_up, desk.office.sales, number=desk.number, draft=draft(), ticket="t-1")
    with desk.db.writing() as session:
        assert receipts.forget_old_receipts(session, NOW + receipts.KEPT - timedelta(seconds=1)) == 0
        assert receipts.forget_old_receipts(session, NOW + receipts.KEPT + timedelta(seconds=1)) == 1

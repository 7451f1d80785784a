"""Rules of follow-ups and tasks, without a database."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_app.core.problems import Invalid, Problem
from crm_app.timeline import rules
from crm_app.timeline.rules import FollowUpDraft
from crm_app.timeline.schemas import Plan

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2024, 5, 8, 6, 0, tzinfo=UTC)
"""Wednesday, 14:00 in Shanghai."""
METHODS = {"phone", "visit"}


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


def draft(**fields: object) -> FollowUpDraft:
    values: dict[str, object] = {"method": "phone", "at": "2024-05-08 13:30", "content": "报价已发"} | fields
    return FollowUpDraft(**values)  # type: ignore[arg-type]


def check(**fields: object) -> object:
    return rules.check_follow_up(draft(**fields), methods=METHODS, now=NOW, tz=SHANGHAI)


def problems(**fields: object) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        check(**fields)
    return {field: problem.code for field, problem in caught.value.problems.items()}


def test_a_full_follow_up_is_read_with_its_next_step() -> None:
    new = rules.check_follow_up(
        draft(
            participants="  张总、 李工 ",
            feedback="价格偏高",
            result="待复核",
            next_at="2024-05-10 10:00",
            next_step="发送新报价",
            next_due_at="2024-05-09",
            next_user_id=7,
        ),
        methods=METHODS,
        now=NOW,
        tz=SHANGHAI,
    )
    assert new.at == local("2024-05-08 13:30")
    assert new.participants == "张总、 李工"
    assert new.next_at == local("2024-05-10 10:00")
    assert new.task is not None
    assert (new.task.title, new.task.user_id) == ("发送新报价", 7)
    assert new.task.due_at == local("2024-05-09 18:00"), "a day alone is due at the end of its work"


def test_a_next_step_without_due_time_is_due_at_the_next_contact() -> None:
    new = rules.check_follow_up(
        draft(next_at="2024-05-10 10:00", next_step="发送新报价"), methods=METHODS, now=NOW, tz=SHANGHAI
    )
    assert new.task is not None
    assert new.task.due_at == local("2024-05-10 10:00")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"method": ""}, {"method": "error.timeline.method.empty"}),
        ({"method": "telepathy"}, {"method": "error.timeline.method.unknown"}),
        ({"at": ""}, {"at": "error.timeline.at.empty"}),
        ({"at": "昨天"}, {"at": "error.moment.format"}),
        ({"at": "2024-02-30 10:00"}, {"at": "error.moment.impossible"}),
        ({"at": "2024-05-08 14:06"}, {"at": "error.timeline.at.future"}),
        ({"at": "0204-05-08 14:00"}, {"at": "error.timeline.early"}),
        ({"content": " \u200b\n"}, {"content": "error.timeline.content.empty"}),
        ({"content": "好" * 2001}, {"content": "error.timeline.long"}),
        ({"participants": "张" * 201}, {"participants": "error.timeline.long"}),
        ({"feedback": "好" * 1001}, {"feedback": "error.timeline.long"}),
        ({"result": "好" * 501}, {"result": "error.timeline.long"}),
        ({"next_at": "2024-05-08 13:00"}, {"next_at": "error.timeline.past"}),
        ({"next_at": "2034-05-08 13:00"}, {"next_at": "error.timeline.far"}),
        ({"next_step": "发报价"}, {"next_due_at": "error.timeline.due.empty"}),
        ({"next_step": "发" * 201, "next_due_at": "2024-05-09"}, {"next_step": "error.timeline.long"}),
        ({"next_due_at": "2024-05-09"}, {"next_step": "error.timeline.next_step.empty"}),
    ],
)
def test_each_wrong_field_is_named(fields: dict[str, object], expected: dict[str, str]) -> None:
    assert problems(**fields) == expected


def test_all_wrong_fields_are_told_at_once() -> None:
    assert problems(method="", at="", content="").keys() == {"method", "at", "content"}


def test_a_clock_a_little_ahead_is_no_future() -> None:
    assert rules.contact_moment("2024-05-08 14:05", now=NOW, tz=SHANGHAI) == local("2024-05-08 14:05")


def test_full_width_digits_are_read() -> None:
    assert rules.contact_moment("２０２４-０５-０８　１３：３０", now=NOW, tz=SHANGHAI) == local("2024-05-08 13:30")


def test_a_task_needs_a_title_and_a_due_time() -> None:
    with pytest.raises(Invalid) as caught:
        rules.check_task(title=" ", due_at="", user_id=0, now=NOW, tz=SHANGHAI)
    assert {f: p.code for f, p in caught.value.problems.items()} == {
        "title": "error.timeline.title.empty",
        "due_at": "error.timeline.due.empty",
    }


PLAN = Plan(contact_at=local("2024-05-01 10:00"), next_at=local("2024-05-10 15:00"))


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (None, PLAN.next_at),
        ("2024-05-01 10:00", PLAN.next_at),
        ("2024-05-09 23:59", PLAN.next_at),
        ("2024-05-10 00:00", None),
        ("2024-05-10 09:00", None),
        ("2024-05-20 09:00", None),
    ],
)
def test_a_plan_holds_until_a_contact_on_its_day_or_later(last: str | None, expected: datetime | None) -> None:
    at = local(last) if last else None
    assert rules.next_follow_up(last_contact_at=at, plan=PLAN, tz=SHANGHAI) == expected


def test_the_contact_that_makes_a_plan_for_the_same_day_does_not_keep_it() -> None:
    plan = Plan(contact_at=local("2024-05-08 10:00"), next_at=local("2024-05-08 17:00"))
    assert rules.next_follow_up(last_contact_at=plan.contact_at, plan=plan, tz=SHANGHAI) == plan.next_at


def test_without_a_plan_nothing_is_next() -> None:
    assert rules.next_follow_up(last_contact_at=NOW, plan=None, tz=SHANGHAI) is None


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ("tomorrow", "2024-05-09 09:15"),
        ("next_week", "2024-05-13 09:15"),
        ("2024-05-20", "2024-05-20 18:00"),
        ("2024-05-20 11:00", "2024-05-20 11:00"),
    ],
)
def test_putting_off_keeps_the_hour_or_takes_what_was_typed(to: str, expected: str) -> None:
    assert rules.postponed(to, due_at=local("2024-05-02 09:15"), now=NOW, tz=SHANGHAI) == local(expected)


@pytest.mark.parametrize("to", ["2024-05-01", "soon", ""])
def test_putting_off_to_the_past_or_to_nonsense_is_a_problem(to: str) -> None:
    assert isinstance(rules.postponed(to, due_at=NOW, now=NOW, tz=SHANGHAI), Problem)


@given(st.integers(0, 5 * 366 * 24 * 60))
def test_the_borders_of_a_week_are_in_order_around_now(minutes: int) -> None:
    now = NOW + timedelta(minutes=minutes)
    week = rules.week_of(now, tz=SHANGHAI)
    assert week.today <= now < week.tomorrow < week.day_after <= week.next_week
    assert week.next_week - week.today <= timedelta(days=7)
    assert week.next_week.astimezone(SHANGHAI).weekday() in (0, 1)


def test_changes_of_one_person_within_a_minute_are_one_run() -> None:
    assert rules.is_one_run((1, NOW), (1, NOW - timedelta(seconds=60)))
    assert not rules.is_one_run((1, NOW), (1, NOW - timedelta(seconds=61)))
    assert not rules.is_one_run((1, NOW), (2, NOW))

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_app.core import clock
from crm_app.core.problems import Problem

SHANGHAI = ZoneInfo("Asia/Shanghai")
LATE = datetime(2024, 5, 1, 17, 30, tzinfo=UTC)  # the second of May in Shanghai


def test_now_is_aware_and_can_be_frozen():
    assert clock.utcnow().tzinfo is UTC
    with clock.frozen(LATE.astimezone(SHANGHAI)):
        assert clock.utcnow() == LATE
        assert clock.utcnow().tzinfo is UTC
        with clock.frozen(LATE + timedelta(days=1)):
            assert clock.utcnow() == LATE + timedelta(days=1)
        assert clock.utcnow() == LATE
    assert clock.utcnow() > LATE


def test_today_is_the_zones_today():
    with clock.frozen(LATE):
        assert clock.local_today(tz=SHANGHAI) == date(2024, 5, 2)
        assert clock.local_today(tz=UTC) == date(2024, 5, 1)


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="ambiguous"):
        clock.to_local(datetime(2024, 5, 1), tz=SHANGHAI)  # noqa: DTZ001


def test_format_and_parse():
    assert clock.format_local(LATE, tz=SHANGHAI) == "2024-05-02 01:30"
    for text in ("2024-05-02 01:30", "2024/5/2 1:30", "２０２４-05-02\u300001：30", "2024-05-02T01:30:59"):
        assert clock.parse_local(text, tz=SHANGHAI) == LATE


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "error.moment.empty"),
        ("明天", "error.moment.format"),
        ("2024-05-02", "error.moment.format"),
        ("2024-02-30 10:00", "error.moment.impossible"),
        ("2024-05-02 24:00", "error.moment.impossible"),
        ("0001-01-01 00:00", "error.moment.impossible"),
    ],
)
def test_nonsense_says_what_is_wrong(text: str, code: str):
    problem = clock.parse_local(text, tz=SHANGHAI)
    assert isinstance(problem, Problem)
    assert problem.code == code


@given(st.datetimes(datetime(1995, 1, 1), datetime(2199, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_minutes_round_trip(moment: datetime):
    minute = moment.replace(second=0, microsecond=0)
    assert clock.parse_local(clock.format_local(moment, tz=SHANGHAI), tz=SHANGHAI) == minute


def test_relative_days_are_calendar_days_of_the_zone():
    with clock.frozen(LATE):
        assert clock.relative_days(LATE - timedelta(hours=2), tz=SHANGHAI) == -1
        assert clock.relative_days(LATE - timedelta(hours=1), tz=SHANGHAI) == 0
        assert clock.relative_days(LATE + timedelta(days=2), tz=SHANGHAI) == 2
    assert clock.relative_days(LATE, tz=UTC, now=LATE + timedelta(days=3)) == -3

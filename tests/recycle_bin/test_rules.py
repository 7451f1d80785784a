from datetime import UTC, datetime, timedelta

import pytest

from crm_app.catalogue import parameters, texts
from crm_app.recycle_bin import rules
from crm_app.recycle_bin.schemas import Likeness, Returned

DELETED = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("after", "left"),
    [
        (timedelta(0), 30),
        (timedelta(seconds=1), 30),
        (timedelta(days=1), 29),
        (timedelta(days=29, hours=23), 1),
        (timedelta(days=30), 0),
        (timedelta(days=90), 0),
    ],
)
def test_each_day_begun_counts(after: timedelta, left: int) -> None:
    assert rules.days_left(DELETED, now=DELETED + after) == left


def test_what_has_no_day_left_is_what_is_expired() -> None:
    end = rules.kept_until(DELETED)
    assert rules.expired_before(end) >= DELETED
    assert rules.expired_before(end - timedelta(microseconds=1)) < DELETED


PLAIN = Returned("A-1", "甲公司")
OPEN = Returned("A-2", "乙公司", Likeness("B-2", "乙二公司", "李销售"))
VEILED = Returned("A-3", "丙公司", Likeness("", "", "赵北方"))


@pytest.mark.parametrize(
    ("back", "asked", "key", "leads_to"),
    [
        ([PLAIN], 1, "restored", "A-1"),
        ([OPEN], 1, "restored.like", "B-2"),
        ([VEILED], 1, "restored.like_veiled", ""),
        ([PLAIN, PLAIN], 2, "restored.many", ""),
        ([PLAIN], 3, "restored.some", ""),
        ([PLAIN, OPEN], 2, "restored.many_like", "B-2"),
        ([PLAIN, VEILED], 3, "restored.many_like", ""),
    ],
)
def test_what_is_told_fits_what_came_back(back: list[Returned], asked: int, key: str, leads_to: str) -> None:
    news = rules.news_of(back, asked=asked)
    assert (news.key, news.number) == (f"recycle_bin.{key}", leads_to)
    assert news.said.keys() == parameters(texts()[news.key][0])
    assert bool(news.link) == bool(leads_to)

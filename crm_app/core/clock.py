"""The time now, in UTC, and how a moment reads where the people are."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, tzinfo

from crm_app.core.problems import Problem
from crm_app.core.text import clean_line, fold_width

_frozen_at: ContextVar[datetime | None] = ContextVar("frozen_at", default=None)
_LOCAL = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})[ T]+(\d{1,2}):(\d{2})(?::\d{2})?")


def utcnow() -> datetime:
    return _frozen_at.get() or datetime.now(UTC)


@contextmanager
def frozen(at: datetime) -> Iterator[None]:
    """Stops `utcnow` in this context; threads started by asyncio.to_thread see it, bare threads don't."""
    token = _frozen_at.set(_aware(at).astimezone(UTC))
    try:
        yield
    finally:
        _frozen_at.reset(token)


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("A moment without a time zone is ambiguous.")
    return moment


def to_local(moment: datetime, *, tz: tzinfo) -> datetime:
    return _aware(moment).astimezone(tz)


def local_today(*, tz: tzinfo) -> date:
    return utcnow().astimezone(tz).date()


def format_local(moment: datetime, *, tz: tzinfo) -> str:
    # A list formats hundreds of these: strftime takes five times as long.
    return to_local(moment, tz=tz).replace(tzinfo=None).isoformat(" ", "minutes")


def parse_local(text: str, *, tz: tzinfo) -> datetime | Problem:
    """The UTC moment of a `YYYY-MM-DD HH:MM` on the wall clocks of a zone."""
    cleaned = fold_width(clean_line(text, max_length=40))
    if not cleaned:
        return Problem("error.moment.empty")
    found = _LOCAL.fullmatch(cleaned)
    if not found:
        return Problem("error.moment.format", {"text": cleaned})
    year, month, day, hour, minute = (int(part) for part in found.groups())
    try:
        return datetime(year, month, day, hour, minute, tzinfo=tz).astimezone(UTC)
    except (ValueError, OverflowError):
        return Problem("error.moment.impossible", {"text": cleaned})


def relative_days(moment: datetime, *, tz: tzinfo, now: datetime | None = None) -> int:
    """Calendar days from now to a moment: 0 today, -1 yesterday, 1 tomorrow."""
    return (to_local(moment, tz=tz).date() - to_local(now or utcnow(), tz=tz).date()).days

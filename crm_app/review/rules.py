"""Which month is reviewed when, and how far a review is; pure decisions."""

from datetime import UTC, date, datetime, timedelta

from crm_app.review.schemas import Standing

LAST_DAYS = 3
"""A month's review opens by itself in so many last days of it …"""
UNTIL_DAY = 10
"""… or, if it didn't, up to this day of the next one."""
NO_CORRECTION = (
    "owner",
    "collaborators",
    "deleted_at",
    "merged",
    "merged_into",
    "unmerged",
    "unmerged_from",
    "next_follow_up_at",
)
"""Changes by which nobody corrects what the record says: who has it, whether it is there, what is planned."""


def month_of(day: date) -> str:
    """2026-11."""
    return f"{day:%Y-%m}"


def month_before(day: date) -> str:
    """The month before the one of this day."""
    return month_of(day.replace(day=1) - timedelta(days=1))


def month_due(today: date, *, latest: str) -> str:
    """The month whose review opens by itself today; empty when none does. `latest` is the newest one there is."""
    if (today + timedelta(days=LAST_DAYS)).month != today.month:
        wanted = month_of(today)
    elif today.day <= UNTIL_DAY:
        wanted = month_before(today)
    else:
        return ""
    return wanted if wanted > latest else ""


def month_to_open(today: date, *, latest: str) -> str:
    """The month whose review a person can open today: this one's at any time, or what was missed of the last one."""
    due = month_due(today, latest=latest)
    this = month_of(today)
    return due or (this if this > latest else "")


def standing_of(*, total: int, confirmed: int, corrected: int) -> Standing:
    """How far that is; 100 % only when nothing is left."""
    done = confirmed + corrected
    return Standing(
        total=total,
        confirmed=confirmed,
        corrected=corrected,
        open=total - done,
        percent=done * 100 // total if total else 100,
    )


def moment_key(moment: datetime) -> int:
    """A moment as a number that fits into a message and back."""
    return round(moment.timestamp() * 1000)


def moment_of(key: int) -> datetime | None:
    """The moment of such a number; None where there is none."""
    try:
        return datetime.fromtimestamp(key // 1000, UTC) + timedelta(milliseconds=key % 1000)
    except (OverflowError, OSError, ValueError):
        return None


def to_milliseconds(moment: datetime) -> datetime:
    """The moment without what `moment_key` does not hold."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

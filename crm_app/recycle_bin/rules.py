"""How long a deleted customer can be brought back, and what is told of those that were."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crm_app.recycle_bin.schemas import Returned

KEPT = timedelta(days=30)
"""R11.3. Long enough for a month's work and a holiday; what people asked to be forgotten must not stay for longer."""
SIZES = (20, 50, 100)
"""Rows a page."""


def kept_until(deleted_at: datetime) -> datetime:
    """The moment from which nobody can bring it back."""
    return deleted_at + KEPT


def expired_before(now: datetime) -> datetime:
    """What was deleted then or earlier is for good."""
    return now - KEPT


def days_left(deleted_at: datetime, *, now: datetime) -> int:
    """Days begun until it is for good: 30 on the first day, 1 on the last."""
    left = kept_until(deleted_at) - now
    return max(0, -(-left // timedelta(days=1)))


@dataclass(frozen=True, slots=True)
class News:
    """A message: its key in the catalogue with what it takes, and the customer to which it leads."""

    key: str
    said: Mapping[str, str | int] = field(default_factory=dict)
    kind: str = "info"
    number: str = ""
    link: str = ""


def news_of(back: Sequence[Returned], *, asked: int) -> News:
    """How many of those that were asked for are back, and where another one is the same: that is for people to judge.

    A customer comes back beside its likeness: whoever is refused would have lost it after thirty days.
    """
    alike = [one for one in back if one.like is not None]
    like = alike[0].like if alike else None
    link = "recycle_bin.compare" if like and like.number else ""
    if asked > 1 and like:
        said = {"n": len(back), "like": len(alike)}
        return News("recycle_bin.restored.many_like", said, number=like.number, link=link)
    if asked > len(back):
        return News("recycle_bin.restored.some", {"n": len(back), "gone": asked - len(back)})
    if asked > 1:
        return News("recycle_bin.restored.many", {"n": len(back)}, kind="success")
    name = back[0].name
    if like is None:
        return News("recycle_bin.restored", {"name": name}, "success", back[0].number, "recycle_bin.open")
    if like.number:
        return News("recycle_bin.restored.like", {"name": name, "other": like.name}, number=like.number, link=link)
    return News("recycle_bin.restored.like_veiled", {"name": name, "owner": like.owner})

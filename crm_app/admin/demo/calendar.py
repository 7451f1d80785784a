"""Days and office hours where the people are, as whole seconds since 1970."""

from bisect import bisect_right
from datetime import date, datetime, time, timedelta, tzinfo

_AHEAD = 200
_OPENS, _CLOSES = 9 * 60, 18 * 60


class Calendar:
    """Around `now`, from `past` days before it; days are ordinals of `date`."""

    def __init__(self, now: datetime, zone: tzinfo, *, past: int) -> None:
        self.now = int(now.timestamp())
        self.today = now.astimezone(zone).date().toordinal()
        self.first = self.today - past
        days = (date.fromordinal(self.first) + timedelta(days=n) for n in range(past + _AHEAD))
        self._midnights = [int(datetime.combine(day, time.min, tzinfo=zone).timestamp()) for day in days]

    def at(self, day: int, minute: int, second: int = 0) -> int:
        """A moment of a day."""
        return self._midnights[day - self.first] + minute * 60 + second

    def day_of(self, moment: int) -> int:
        """The day on which a moment lies."""
        return self.first + bisect_right(self._midnights, moment) - 1

    def working(self, moment: int, chance: float, *, earliest: int) -> int:
        """A minute of office hours on the day of the moment, or on the Friday before a weekend; not after now.

        `chance` from 0 to 1 says when on the day.
        """
        day = self.day_of(moment)
        late = (day - 1) % 7 - 4  # Day 1 is a Monday: Saturday gives 1, Sunday 2.
        if late > 0:
            day -= late
        found = self.at(max(day, self.first), _OPENS + int(chance * (_CLOSES - _OPENS)))
        return min(max(found, -(-earliest // 60) * 60), self.now // 60 * 60)

    def workday_from(self, day: int) -> int:
        """The day itself, or the Monday after a weekend."""
        late = (day - 1) % 7 - 4
        return day + 3 - late if late > 0 else day

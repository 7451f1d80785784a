"""What happened with a customer since he came: level changes with their deals, contacts, plans and tasks."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from crm_app.admin.demo.calendar import Calendar
from crm_app.admin.demo.names import Weighted, pick
from crm_app.admin.demo.plan import Plan
from crm_app.admin.demo.words import ByMethod, words
from crm_app.core.vocabulary import CustomerType, Level, Status

DAY = 86400
_METHODS = Weighted({"phone": 36, "wechat": 27, "visit": 13, "email": 11, "meeting": 8, "event": 3, "other": 2})
_LOSS_REASONS = Weighted(
    {
        "price": 26,
        "competitor": 24,
        "budget": 16,
        "no_need": 12,
        "mismatch": 8,
        "unreachable": 7,
        "service": 4,
        "closed": 2,
        "other": 1,
    }
)
_AMOUNTS = {"MFG": 90, "FIN": 120, "ENE": 150, "MED": 80, "CON": 85, "ITS": 75, "LOG": 60, "AGR": 40, "RET": 45}
"""Median of a first deal in thousand yuan; 50 elsewhere."""
_SPREAD = 1.0
_TYPE_FACTOR = {CustomerType.KEY: 3.5, CustomerType.VIP: 7.0}
_FIRST_PLANS = {1: "late", 2: "today", 3: "today", 5: "late"}
"""Which of a person's plans are set by hand."""
_SMALLEST, _LARGEST = 2_000, 9_000_000
_OFFICE_HOURS = tuple(minute for minute in range(9 * 60, 17 * 60 + 31, 30) if not 12 * 60 <= minute < 13 * 60 + 30)


@dataclass(slots=True)
class Step:
    """A level change; `fen`, `deal_day` with a deal, `loss_reason` with a loss."""

    at: int
    source: Level
    target: Level
    fen: int = 0
    deal_day: int = 0
    loss_reason: str = ""


@dataclass(slots=True)
class Talk:
    """A follow-up; with a title when its next step became a task, due at `next_at`."""

    at: int
    method: str
    content: str
    feedback: str
    result: str
    participants: str
    next_at: int | None
    task_title: str = ""
    task_done: int | None = None


class Tone(NamedTuple):
    """What contacts of one kind are about."""

    contents: ByMethod
    feedback: Sequence[str]
    results: Sequence[str]


class Storyteller:
    """`load` is how many customers with open work a rep has: it says how much of it may be late or due today."""

    def __init__(self, rng: Random, calendar: Calendar, *, load: float) -> None:
        self._rng, self._calendar = rng, calendar
        self._late = min(0.14, 8 / load)
        self._today = min(0.10, 6 / load)
        self._open_task = min(0.3, 14 / load)
        self._planned: Counter[int] = Counter()

    def steps(self, plan: Plan) -> list[Step]:
        """The level changes, oldest first."""
        rng = self._rng
        if plan.level is Level.POTENTIAL:
            return []
        found: list[Step] = []
        chance = rng.random()
        is_former_client = plan.level is Level.LOST and chance < 0.15
        if plan.level is Level.INTENT or is_former_client or chance < 0.8:
            found.append(self._step(plan, found, Level.INTENT, median=9))
        if plan.level is Level.WON or is_former_client:
            found.append(self._deal(plan, self._moment(plan, found, median=32), found, factor=1.0))
            while rng.random() < 0.75 and (at := self._next_order(found[-1].at)) <= self._calendar.now:
                found.append(self._deal(plan, at, found, factor=0.6))
        if plan.level is Level.LOST:
            found.append(self._step(plan, found, Level.LOST, median=70))
        return found

    def _moment(self, plan: Plan, before: list[Step], median: float) -> int:
        """Some log-normal days after the step before, but in the past."""
        start = before[-1].at if before else plan.created
        room = self._calendar.now - start
        days = median * self._rng.lognormvariate(0, 0.7)
        later = start + min(int(days * DAY), int(room * (0.3 + 0.7 * self._rng.random())))
        return self._calendar.working(later, self._rng.random(), earliest=start + min(300, room))

    def _step(self, plan: Plan, before: list[Step], target: Level, *, median: float) -> Step:
        source = before[-1].target if before else Level.POTENTIAL
        reason = _LOSS_REASONS.pick(self._rng) if target is Level.LOST else ""
        return Step(self._moment(plan, before, median), source, target, loss_reason=reason)

    def _next_order(self, last: int) -> int:
        """When a client orders again, which may be in the future."""
        later = last + int(100 * self._rng.lognormvariate(0, 0.6) * DAY)
        return later if later > self._calendar.now else self._calendar.working(later, self._rng.random(), earliest=last)

    def _deal(self, plan: Plan, at: int, before: list[Step], *, factor: float) -> Step:
        source = before[-1].target if before else Level.POTENTIAL
        day = max(plan.day, self._calendar.day_of(at) - int(self._rng.random() * 3))
        return Step(at, source, Level.WON, fen=self._fen(plan, factor), deal_day=day)

    def _fen(self, plan: Plan, factor: float) -> int:
        median = 1000 * _AMOUNTS.get(plan.industry, 50) * _TYPE_FACTOR.get(plan.customer_type, 1.0) * factor
        yuan = min(_LARGEST, max(_SMALLEST, median * self._rng.lognormvariate(0, _SPREAD)))
        unit = 1000 if yuan >= 50_000 else 100
        return round(yuan / unit) * unit * 100

    def expected_fen(self, plan: Plan) -> int:
        """What an interested customer may bring."""
        return self._fen(plan, 1.2) if plan.level is Level.INTENT and self._rng.random() < 0.8 else 0

    def status(self, plan: Plan) -> Status:
        """A status that goes with the level, the number of contacts and the age."""
        chance, is_old = self._rng.random(), self._calendar.today - plan.day > 220
        match plan.level:
            case Level.POTENTIAL if not plan.follow_ups:
                likely, share, other, sleeping = Status.POTENTIAL, 1.0, Status.POTENTIAL, 0.5
            case Level.POTENTIAL:
                likely, share, other, sleeping = Status.FOLLOWING, 0.92, Status.PENDING, 0.4
            case Level.INTENT:
                likely, share, other, sleeping = Status.FOLLOWING, 0.72, Status.PENDING, 0.08
            case Level.WON:
                likely, share, other, sleeping = Status.WON, 0.8, Status.FOLLOWING, 0.04
            case _:
                likely, share, other, sleeping = Status.LOST, 1.0, Status.LOST, 0.1
        if is_old and self._rng.random() < sleeping:
            return Status.DORMANT
        return likely if chance < share else other

    # --- contacts

    def talks(self, plan: Plan, status: Status, steps: list[Step], *, person: int) -> list[Talk]:
        """The contacts, oldest first; each but the last was followed by the next as it was planned."""
        if not plan.follow_ups:
            return []
        is_open = status in (Status.FOLLOWING, Status.PENDING) or (status is Status.WON and self._rng.random() < 0.35)
        planned = self._plan_next(plan, person) if is_open else None
        moments = self._moments(plan, self._last_moment(plan, status, steps, planned))
        first_deal = next((step.at for step in steps if step.target is Level.WON), None)
        products = words().products[plan.industry]
        product = pick(self._rng, products)
        talks: list[Talk] = []
        for n, at in enumerate(moments):
            following = moments[n + 1] if n + 1 < len(moments) else None
            tone = self._tone(n, is_client=first_deal is not None and at > first_deal)
            product = pick(self._rng, products) if self._rng.random() < 0.08 else product
            talks.append(self._talk(at, following, planned, product, tone))
        return talks

    def _tone(self, n: int, *, is_client: bool) -> Tone:
        material = words()
        if is_client:
            return Tone(material.client_contents, material.client_feedback, material.client_results)
        contents = material.open_contents if n else material.first_contents
        return Tone(contents, material.open_feedback, material.open_results)

    def _plan_next(self, plan: Plan, person: int) -> int:
        """When the next contact is planned: for a few in the past, for some today, so that nobody's day is empty."""
        rng, calendar = self._rng, self._calendar
        chance, minute = rng.random(), pick(rng, _OFFICE_HOURS)
        if plan.created < calendar.at(calendar.today - 14, 0):
            self._planned[person] += 1
            first = _FIRST_PLANS.get(self._planned[person])
            if first == "late" or (first is None and chance < self._late):
                return calendar.at(calendar.today - 1 - int(12 * rng.random() ** 1.7), minute)
            if first == "today" or (first is None and chance < self._late + self._today):
                return calendar.at(calendar.today, minute)
        ahead = 1 + int(45 * rng.random() ** 1.5)
        return calendar.at(calendar.workday_from(calendar.today + ahead), minute)

    def _last_moment(self, plan: Plan, status: Status, steps: list[Step], planned: int | None) -> int:
        rng, now = self._rng, self._calendar.now
        if planned is not None:
            rhythm = int((4 + 80 * rng.random() ** 1.2) * DAY)
            last = min(planned - rhythm, now - int(20 * rng.random() * DAY))
        elif status is Status.LOST:
            last = steps[-1].at
        elif status is Status.DORMANT:
            last = now - int((190 + 200 * rng.random()) * DAY)
        else:
            last = now - int(150 * rng.random() * DAY)
        return min(max(last, plan.created + 600), now)

    def _moments(self, plan: Plan, last: int) -> list[int]:
        rng, calendar, span = self._rng, self._calendar, last - plan.created
        earlier = (plan.created + int(span * rng.random() ** 0.85) for _ in range(plan.follow_ups - 1))
        found = sorted(
            calendar.working(moment, rng.random(), earliest=plan.created + 60) for moment in (*earlier, last)
        )
        # One contact at a time, none of them after now.
        for n in range(1, len(found)):
            found[n] = max(found[n], found[n - 1] + 60)
        for n in range(len(found) - 1, -1, -1):
            found[n] = min(found[n], calendar.now // 60 * 60 - 60 * (len(found) - 1 - n))
        return found

    def _talk(self, at: int, following: int | None, planned: int | None, product: str, tone: Tone) -> Talk:
        rng, material = self._rng, words()
        method = _METHODS.pick(rng)
        topic, role, n = pick(rng, material.topics), pick(rng, material.roles), 2 + int(rng.random() * 7)
        next_at = planned if following is None else self._planned_before(at, following)
        content = pick(rng, tone.contents[method]).format(product=product, topic=topic, role=role, n=n)
        talk = Talk(
            at=at,
            method=method,
            content=content,
            feedback=pick(rng, tone.feedback) if rng.random() < 0.45 else "",
            result=pick(rng, tone.results) if rng.random() < 0.6 else "",
            participants=pick(rng, material.participants).format(role=role, n=n) if rng.random() < 0.3 else "",
            next_at=next_at,
        )
        if next_at is not None and rng.random() < (self._open_task if following is None else 0.16):
            talk.task_title = pick(rng, material.tasks).format(product=product, topic=topic)
            if following is not None:
                done = max(at + 600, next_at - int((rng.random() - 0.15) * DAY))
                talk.task_done = min(done, self._calendar.now)
        return talk

    def _planned_before(self, at: int, following: int) -> int | None:
        """A plan that the following contact kept: on its day or the day before."""
        if self._rng.random() < 0.25:
            return None
        calendar = self._calendar
        day = calendar.day_of(following) - (self._rng.random() < 0.3)
        found = calendar.at(day, pick(self._rng, _OFFICE_HOURS))
        return found if found > at else None

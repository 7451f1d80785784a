"""Turns the plan of each customer into the rows of all tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from random import Random

from crm_app.admin.demo.calendar import Calendar
from crm_app.admin.demo.companies import Company, CompanyMaker
from crm_app.admin.demo.names import pick
from crm_app.admin.demo.office import Office, Team
from crm_app.admin.demo.plan import Plan
from crm_app.admin.demo.rows import Batch
from crm_app.admin.demo.story import Step, Storyteller, Talk
from crm_app.admin.demo.words import words
from crm_app.core.text import normalise_company_name
from crm_app.core.vocabulary import Level, Status
from crm_app.customers.rules import NumberPattern, grade_of, grading_since, status_after, type_after
from crm_app.customers.search import sort_keys
from crm_app.models import Collaborator, Contact, Customer, CustomerTag, FieldChange, FollowUp, LevelChange, Task

_CHANGING = ("level", "status", "customer_type", "note")


@dataclass(slots=True)
class Tale:
    """One customer: who he is, and what happened. The last ones are what it left on his own row."""

    id: int
    plan: Plan
    company: Company
    team: Team
    owner: int | None
    steps: list[Step]
    talks: list[Talk]
    customer_type: str
    level: str = Level.POTENTIAL
    status: str = Status.POTENTIAL
    deals: int = 0
    version: int = 1
    updated: int = 0
    note: str = ""

    @property
    def person(self) -> int:
        """Who did what was done."""
        return self.owner or self.team.manager_id


@dataclass(frozen=True, slots=True)
class TagIds:
    """Ids of the tags by kind."""

    requirement: tuple[int, ...]
    risk: tuple[int, ...]
    free: tuple[int, ...]


@dataclass(slots=True)
class Numbers:
    """Customer numbers: the pattern, and the last one given out by prefix."""

    pattern: NumberPattern
    counters: dict[str, int] = field(default_factory=dict)
    _prefixes: dict[tuple[str, int], str] = field(default_factory=dict)

    def take(self, plan: Plan) -> str:
        """The next number for the customer's industry and day."""
        on = date.fromordinal(plan.day)
        prefix = self._prefixes.get((plan.industry, plan.day))
        if prefix is None:
            prefix = self._prefixes[plan.industry, plan.day] = self.pattern.prefix(industry=plan.industry, on=on)
        self.counters[prefix] = seq = self.counters.get(prefix, 0) + 1
        return self.pattern.format(industry=plan.industry, on=on, seq=seq)


class Assembler:
    """Fills batches."""

    def __init__(
        self,
        *,
        rng: Random,
        calendar: Calendar,
        office: Office,
        storyteller: Storyteller,
        tags: TagIds,
        numbers: Numbers,
        thresholds: Mapping[str, Decimal],
    ) -> None:
        self._rng, self._calendar, self._office, self._storyteller = rng, calendar, office, storyteller
        self._tags, self._numbers, self._thresholds = tags, numbers, thresholds
        self._graded_from = grading_since(date.fromordinal(calendar.today)).toordinal()
        self._companies = CompanyMaker(rng)

    def add(self, batch: Batch, plan: Plan) -> None:
        """All rows of one customer."""
        company = self._companies.make(plan.industry, date.fromordinal(plan.day))
        team = self._team(company)
        owner = self._owner(plan, team)
        steps = self._storyteller.steps(plan)
        status = self._storyteller.status(plan)
        talks = self._storyteller.talks(plan, status, steps, person=owner or team.manager_id)
        tale = Tale(batch.take_id(Customer), plan, company, team, owner, steps, talks, plan.customer_type)
        self._add_changes(batch, tale, status)
        self._add_customer(batch, tale)
        self._add_contacts(batch, tale)
        self._add_steps(batch, tale)
        self._add_talks(batch, tale)
        self._add_tags(batch, tale)
        self._add_helper(batch, tale)

    def _team(self, company: Company) -> Team:
        """The team of the customer's region; a few were brought by another one."""
        teams = self._office.teams
        return teams[company.place.team] if self._rng.random() < 0.96 else pick(self._rng, tuple(teams.values()))

    def _owner(self, plan: Plan, team: Team) -> int | None:
        if plan.level is Level.POTENTIAL and not plan.follow_ups and self._rng.random() < 0.12:
            return None
        if plan.follow_ups and self._rng.random() < 0.03:
            return team.manager_id
        return pick(self._rng, team.rep_ids)

    def _add_customer(self, batch: Batch, tale: Tale) -> None:
        plan, company = tale.plan, tale.company
        number = self._numbers.take(plan)
        keys = sort_keys(company.name, number)
        deals = [step for step in tale.steps if step.target is Level.WON]
        recent = sum(step.fen for step in deals if step.deal_day >= self._graded_from)
        last = tale.talks[-1] if tale.talks else None
        batch.add(
            Customer,
            (
                *(tale.id, number, company.name, normalise_company_name(company.name)),
                *(keys["name_sort"], keys["number_sort"], plan.industry, plan.source),
                *(company.place.province, company.place.city, company.district, company.address),
                *(company.headcount, company.revenue, company.founded_on, company.main_business),
                *(company.credit_code, tale.note),
                *(tale.level, tale.customer_type, tale.status),
                *(tale.owner, tale.team.department_id, plan.created if tale.owner else None),
                grade_of(Decimal(recent) / 100, self._thresholds),
                *((last.at, last.method, last.next_at) if last else (None, "", None)),
                date.fromordinal(min(step.deal_day for step in deals)) if deals else None,
                *(sum(step.fen for step in deals), len(deals), self._storyteller.expected_fen(plan)),
                *(tale.owner or self._office.marketing_id, plan.created, tale.updated, tale.version),
            ),
        )

    def _add_contacts(self, batch: Batch, tale: Tale) -> None:
        is_main = True
        for contact in self._companies.contacts(tale.company, batch.ids[Contact]):
            batch.add(Contact, (batch.take_id(Contact), tale.id, *contact, is_main, tale.plan.created))
            is_main = False

    def _add_steps(self, batch: Batch, tale: Tale) -> None:
        person = tale.person
        for step in tale.steps:
            step_id = batch.take_id(LevelChange)
            deal: tuple[int | None, date | None, str | None] = (None, None, None)
            if step.target is Level.WON:
                day = date.fromordinal(step.deal_day)
                deal = (step.fen, day, f"HT-{day.year}-{step_id:06d}")
            row = (step_id, tale.id, step.at, person, person, step.source, step.target, *deal, step.loss_reason)
            batch.add(LevelChange, row)

    def _add_talks(self, batch: Batch, tale: Tale) -> None:
        person = tale.person
        for talk in tale.talks:
            task_id = None
            if talk.task_title:
                task_id, done = batch.take_id(Task), talk.task_done
                batch.add(
                    Task,
                    (
                        *(task_id, tale.id, person, talk.task_title, talk.next_at, done or talk.at, person),
                        *(done, person if done else None, person, talk.at, 2 if done else 1),
                    ),
                )
            batch.add(
                FollowUp,
                (
                    *(batch.take_id(FollowUp), tale.id, person, talk.at, talk.method, talk.participants),
                    *(talk.content, talk.feedback, talk.result, talk.next_at, task_id, talk.at),
                ),
            )

    def _add_tags(self, batch: Batch, tale: Tale) -> None:
        rng, found = self._rng, set[int]()
        if rng.random() < 0.4:
            found.add(pick(rng, self._tags.requirement))
            if rng.random() < 0.3:
                found.add(pick(rng, self._tags.requirement))
        if rng.random() < (0.3 if tale.plan.level is Level.LOST else 0.07):
            found.add(pick(rng, self._tags.risk))
        if rng.random() < 0.1:
            found.add(pick(rng, self._tags.free))
        for tag_id in sorted(found):
            batch.add(CustomerTag, (tale.id, tag_id))

    def _add_helper(self, batch: Batch, tale: Tale) -> None:
        if tale.owner and self._rng.random() < 0.05:
            helper = pick(self._rng, tale.team.rep_ids)
            if helper != tale.owner:
                batch.add(Collaborator, (tale.id, helper))

    # --- field history (R2.4)

    def _add_changes(self, batch: Batch, tale: Tale, status: Status) -> None:
        """How level, status and type moved with level changes and contacts to what they are now."""
        tale.updated = tale.plan.created
        for at, level in self._events(tale):
            before = {name: getattr(tale, name) for name in _CHANGING}
            if level:
                tale.level, tale.status = level, status_after(level, tale.status)
                tale.deals += level == Level.WON
                tale.customer_type = type_after(tale.customer_type, tale.deals)
            elif level is None:
                tale.note = pick(self._rng, words().notes)
            elif tale.status == Status.POTENTIAL:
                tale.status = Status.FOLLOWING
            self._note(batch, tale, at, before, is_step=bool(level))
        before = {"status": tale.status}
        tale.status = status
        self._note(batch, tale, max(tale.updated, tale.talks[-1].at if tale.talks else 0), before)

    def _events(self, tale: Tale) -> list[tuple[int, str | None]]:
        """Moments in order, each with the level that was reached, "" for the first contact, None for an edit."""
        events: list[tuple[int, str | None]] = [(step.at, step.target) for step in tale.steps]
        if tale.talks:
            events.append((tale.talks[0].at, ""))
        if self._rng.random() < 0.15:
            created = tale.plan.created
            later = created + int((self._calendar.now - created) * self._rng.random())
            events.append((self._calendar.working(later, self._rng.random(), earliest=created), None))
        return sorted(events, key=lambda event: event[0])

    def _note(self, batch: Batch, tale: Tale, at: int, before: dict[str, str], *, is_step: bool = False) -> None:
        """One deed: it makes a new version of the record, and a line of history for each field that it changed."""
        changed = [(name, old) for name, old in before.items() if old != getattr(tale, name)]
        if not changed and not is_step:
            return
        tale.version += 1
        tale.updated = at
        for name, old in changed:
            row = (batch.take_id(FieldChange), tale.id, at, tale.person, tale.version, name, old, getattr(tale, name))
            batch.add(FieldChange, row)

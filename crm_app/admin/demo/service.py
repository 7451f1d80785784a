"""Loads demonstration data; one call is a part of the caller's transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from sqlmodel import Session, select, text

from crm_app.admin.demo.assemble import Assembler, Numbers, TagIds
from crm_app.admin.demo.calendar import Calendar
from crm_app.admin.demo.flaws import add_flaws
from crm_app.admin.demo.office import open_office
from crm_app.admin.demo.plan import YEARS, Plan, chunks, plan_customers
from crm_app.admin.demo.review import add_review
from crm_app.admin.demo.rows import INDEXED_LATE, WITH_ID, Batch, BatchWriter
from crm_app.admin.demo.story import Storyteller
from crm_app.admin.demo.words import words
from crm_app.admin.schemas import DemoAccount
from crm_app.core.bulk import late_indices, next_id, no_garbage, settle_ids
from crm_app.core.settings import get_settings
from crm_app.core.vocabulary import Level, TagKind
from crm_app.customers.queries import get_grade_thresholds, get_number_pattern
from crm_app.customers.search import index_new
from crm_app.models import Customer, NumberCounter, Tag
from crm_app.options.queries import list_tags

SMALL = (300, 2000)
"""Customers and follow-ups of a first run."""
SEED = 1
_CHUNK = 2000


@dataclass(frozen=True, slots=True)
class DemoLoaded:
    """What is there now that was not before; `accounts` are all people of the demonstration."""

    customers: int
    follow_ups: int
    accounts: tuple[DemoAccount, ...]
    hired: int
    """How many of them are new."""


def load_demo(
    session: Session, *, customers: int, follow_ups: int, seed: int, now: datetime, password_hash: str
) -> DemoLoaded:
    """Add customers with all that belongs to them. The same seed and moment on the same database give the same rows.

    Roles and presets must be there. Accounts that are not there yet get `password_hash`.
    """
    rng = Random(f"crm demo {seed}")  # noqa: S311 - made-up data, not secrets.
    calendar = Calendar(now, get_settings().zone, past=YEARS * 365 + 10)
    since = now - timedelta(days=YEARS * 365 + 40)
    office = open_office(session, customers=customers, rng=rng, password_hash=password_hash, since=since)
    plans = plan_customers(rng, calendar, customers=customers, follow_ups=follow_ups)
    reps = sum(len(team.rep_ids) for team in office.teams.values())
    numbers = _numbers(session)
    assembler = Assembler(
        rng=rng,
        calendar=calendar,
        office=office,
        storyteller=Storyteller(rng, calendar, load=max(1.0, _count_open(plans) / reps)),
        tags=_tag_ids(session),
        numbers=numbers,
        thresholds=get_grade_thresholds(session),
    )
    before = next_id(session, Customer) - 1
    with no_garbage(), late_indices(session, INDEXED_LATE if _is_empty(session) else ()):
        _write(session, assembler, plans)
    add_review(session, calendar)
    _settle(session, numbers)
    add_flaws(session, after=before, customers=customers)
    return DemoLoaded(customers, sum(plan.follow_ups for plan in plans), office.accounts, office.hired)


def _is_empty(session: Session) -> bool:
    return session.exec(select(Customer.id).limit(1)).first() is None


def _write(session: Session, assembler: Assembler, plans: list[Plan]) -> None:
    batch, writer = Batch.after(session), BatchWriter(session)
    for some in chunks(plans, _CHUNK):
        first = batch.ids[Customer]
        for plan in some:
            assembler.add(batch, plan)
        writer.write(batch)
        index_new(session, range(first, batch.ids[Customer]))


def _count_open(plans: list[Plan]) -> int:
    """About how many customers have a next contact planned."""
    return sum(1 for plan in plans if plan.follow_ups and plan.level in (Level.POTENTIAL, Level.INTENT))


def _numbers(session: Session) -> Numbers:
    last = session.exec(select(NumberCounter.prefix, NumberCounter.last)).all()
    return Numbers(get_number_pattern(session), dict(last))


def _tag_ids(session: Session) -> TagIds:
    known = {tag.name for tag in list_tags(session, kind=TagKind.FREE, include_retired=True)}
    new = [(name, color) for name, color in words().free_tags if name not in known]
    session.add_all(Tag(kind=TagKind.FREE, name=name, color=color) for name, color in new)
    session.flush()
    by_kind = {kind: tuple(tag.id for tag in list_tags(session, kind=kind)) for kind in TagKind}
    return TagIds(by_kind[TagKind.REQUIREMENT], by_kind[TagKind.RISK], by_kind[TagKind.FREE])


def _settle(session: Session, numbers: Numbers) -> None:
    """What depends on all rows: counters, sequences, and the planner's statistics."""
    for prefix, last in numbers.counters.items():
        session.merge(NumberCounter(prefix=prefix, last=last))
    session.flush()
    settle_ids(session, WITH_ID)
    session.execute(text("ANALYZE"))

"""The demonstration data: exact in number, deterministic, valid by the system's own rules, fictional, and alive."""

import hashlib
import shutil
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy
from sqlmodel import Session, SQLModel, col, func, select

from crm_app.admin.demo.names import Weighted, credit_code_of, mobile_of
from crm_app.admin.demo.review import opening_day
from crm_app.admin.demo.service import load_demo
from crm_app.admin.service import seed_roles
from crm_app.admin.verify import verify
from crm_app.anomalies.schemas import Code
from crm_app.core import regions
from crm_app.core.credit_code import CreditCode, parse_credit_code
from crm_app.core.db import Database
from crm_app.core.phone import Email, Landline, Mobile, parse_email, parse_landline, parse_mobile
from crm_app.core.problems import Problem
from crm_app.core.settings import get_settings
from crm_app.core.vocabulary import Level
from crm_app.customers import rules
from crm_app.customers.queries import get_choices
from crm_app.models import Anomaly, Contact, Customer, FollowUp, LevelChange, ReviewItem, Role, Task, User
from crm_app.options.service import seed_presets
from crm_app.review.queries import get_current, get_team
from crm_app.review.rules import month_due, month_of
from tests.admin.conftest import NOW, fill
from tests.factories import PASSWORD_HASH, actor_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
OWN_TABLES = ("audit_entry", "setting")
"""Hold when they were written and random words, so they differ from run to run."""


def fingerprint(database: Database) -> str:
    """A hash of all rows of all tables."""
    digest = hashlib.sha256()
    with database.reading() as session:
        for table in SQLModel.metadata.sorted_tables:
            if table.name not in OWN_TABLES:
                for row in session.execute(sqlalchemy.select(table).order_by(*table.primary_key.columns)):
                    digest.update(repr((table.name, *row)).encode())
    return digest.hexdigest()


def count(session: Session, model: type[SQLModel]) -> int:
    return session.exec(select(func.count()).select_from(model)).one()


def test_it_loads_exactly_what_was_asked_for(demo: Database):
    with demo.reading() as session:
        assert count(session, Customer) == 120
        assert count(session, FollowUp) == 700


def test_the_same_seed_and_moment_give_the_same_rows_on_both_engines(
    demo: Database, sqlite_template: Path, tmp_path: Path
):
    prints = []
    for seed in (1, 2):
        path = tmp_path / f"{seed}.db"
        shutil.copy(sqlite_template, path)
        other = Database(f"sqlite:///{path}")
        fill(other, seed=seed)
        prints.append(fingerprint(other))
        other.close()
    assert fingerprint(demo) == prints[0]
    assert prints[0] != prints[1]


@pytest.mark.parametrize(
    ("today", "opened"),
    [
        (date(2026, 11, 23), date(2026, 10, 29)),
        (date(2026, 11, 28), date(2026, 11, 28)),
        (date(2026, 11, 30), date(2026, 11, 28)),
        (date(2026, 12, 5), date(2026, 11, 28)),
        (date(2028, 3, 1), date(2028, 2, 27)),
    ],
)
def test_the_review_was_opened_when_it_would_have_opened_by_itself(today: date, opened: date):
    assert opening_day(today) == opened
    assert month_due(opened, latest="") == month_of(opened)


def test_the_last_review_is_half_done_and_what_was_corrected_since_shows(demo: Database):
    with demo.reading() as session:
        review = get_current(session)
        assert review is not None
        assert review.opened_at < NOW
        admin = session.exec(select(User).where(User.username == "admin")).one()
        team = get_team(session, actor_of(session, admin), review)
        late = session.exec(
            select(func.count()).where(
                col(ReviewItem.customer_id) == Customer.id, col(Customer.created_at) > review.opened_at
            )
        ).one()
    assert 20 <= team.standing.percent <= 80
    assert 0 < team.standing.confirmed < team.standing.total
    assert team.standing.corrected < team.standing.open
    assert late == 0


def test_customers_and_contacts_hold_the_rules_of_the_form(demo: Database):
    with demo.reading() as session:
        choices = get_choices(session)
        customers = session.exec(select(Customer)).all()
        contacts = session.exec(select(Contact)).all()
    wrong: list[object] = []
    for customer in customers:
        for name, rule in rules.CUSTOMER_FIELDS.items():
            if name not in ("region", "level"):
                raw = rules.as_text(getattr(customer, name))
                value = rules.check_field(rule, raw, choices)
                wrong += [(customer.number, name, raw)] if isinstance(value, Problem) else []
        assert customer.status in rules.STATUSES_OF_LEVEL[customer.level]
        assert regions.is_within(customer.district or customer.city, customer.province)
        assert customer.founded_on is None or customer.founded_on < customer.created_at.date()
    for contact in contacts:
        raws = {name: rules.as_text(getattr(contact, name)) for name in rules.CONTACT_FIELDS}
        _, problems = rules.check_contact(raws, choices)
        wrong += [(contact.id, problems)] if problems else []
    assert not wrong


def test_sensitive_values_are_fictional_and_dont_repeat(demo: Database):
    with demo.reading() as session:
        contacts = session.exec(select(Contact)).all()
        codes = [code for code in session.exec(select(Customer.credit_code)) if code]
    mobiles = [contact.mobile for contact in contacts if contact.mobile]
    assert all(isinstance(parse_mobile(mobile), Mobile) and mobile[3:7] == "0000" for mobile in mobiles)
    assert all(isinstance(parse_credit_code(code), CreditCode) for code in codes)
    for contact in contacts:
        assert not contact.email or (
            isinstance(parse_email(contact.email), Email) and contact.email.endswith(".example")
        )
        assert not contact.phone or (isinstance(parse_landline(contact.phone), Landline) and "-8000" in contact.phone)
    assert len(set(mobiles)) == len(mobiles)
    assert len(set(codes)) == len(codes) > 50


def test_what_happened_is_in_order_and_not_in_the_future(demo: Database):
    with demo.reading() as session:
        talks = session.exec(select(FollowUp, Customer).join(Customer).order_by(col(FollowUp.id))).all()
        steps = session.exec(select(LevelChange, Customer).join(Customer).order_by(col(LevelChange.id))).all()
    latest: dict[int, datetime] = {}
    for talk, customer in talks:
        assert latest.get(talk.customer_id, customer.created_at) < talk.at <= NOW
        assert talk.next_at is None or talk.next_at > talk.at
        latest[talk.customer_id] = talk.at
    levels: dict[int, str] = {}
    for step, customer in steps:
        before = levels.get(step.customer_id, Level.POTENTIAL)
        assert step.from_level == before
        assert rules.refused_step(before, step.to_level) is None
        assert customer.created_at <= step.at <= NOW
        assert (step.to_level == Level.WON) == bool(step.deal_amount and step.deal_on and step.contract_number)
        assert (step.to_level == Level.LOST) == bool(step.loss_reason)
        levels[step.customer_id] = step.to_level
    assert {customer.id: customer.level for _, customer in steps} == levels


@pytest.mark.parametrize("day", [date(2026, 11, 20), date(2027, 1, 4), date(2026, 10, 9), date(2028, 2, 29)])
def test_a_first_run_looks_alive_on_any_day(sqlite_db: Database, day: date):
    now = datetime(day.year, day.month, day.day, 2, 30, tzinfo=UTC)
    fill(sqlite_db, customers=300, follow_ups=2000, now=now)
    midnight = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)
    with sqlite_db.reading() as session:
        sales = session.exec(select(User).where(User.username == "sales")).one()
        planned = [
            at for at in session.exec(select(Customer.next_follow_up_at).where(Customer.owner_id == sales.id)) if at
        ]
        assert sum(at < midnight for at in planned) >= 2
        assert sum(midnight <= at < midnight + timedelta(days=1) for at in planned) >= 2
        assert len(planned) < 40
        open_tasks = select(func.count()).where(col(Task.user_id) == sales.id, col(Task.done_at).is_(None))
        assert session.exec(open_tasks).one() >= 1
        last_month = midnight - timedelta(days=31)
        assert session.exec(select(func.count()).where(col(LevelChange.deal_on) > last_month.date())).one() >= 3
        assert session.exec(select(func.count()).where(col(Customer.created_at) > last_month)).one() >= 5
        industries = Counter(session.exec(select(Customer.industry)))
        assert industries.most_common(1)[0][0] == "MFG"
        assert len(industries) == 12


def test_there_is_an_account_for_every_role_and_teams_own_customers_of_their_region(demo: Database):
    with demo.reading() as session:
        held = session.exec(select(User.username, Role.code).join(Role, col(Role.id) == User.role_id)).all()
        assert {role for _, role in held} == set(session.exec(select(Role.code)))
        assert {"admin", "manager", "sales", "service_lead", "service", "marketing", "finance"} <= dict(held).keys()
        owners = session.exec(
            select(Customer.department_id, User.department_id).join(User, col(User.id) == Customer.owner_id)
        ).all()
        assert all(customer == owner for customer, owner in owners)


def test_more_can_be_added_and_new_rows_get_free_ids_and_numbers(demo: Database):
    with demo.writing() as session:
        again = load_demo(session, customers=40, follow_ups=100, seed=2, now=NOW, password_hash=PASSWORD_HASH)
        assert again.customers == 40
        session.add(Customer(number="MFG-1999-001", name="手工录入", industry="MFG"))
    with demo.reading() as session:
        assert count(session, Customer) == 161
        numbers = session.exec(select(Customer.number)).all()
        assert len(set(numbers)) == 161


def test_a_failed_load_leaves_nothing(db: Database):
    with pytest.raises(RuntimeError, match="power cut"), db.writing() as session:
        load_and_fail(session)
    with db.reading() as session:
        assert count(session, Customer) == count(session, User) == 0
    fill(db)


def load_and_fail(session: Session) -> None:
    seed_roles(session)
    seed_presets(session)
    load_demo(session, customers=30, follow_ups=50, seed=1, now=NOW, password_hash=PASSWORD_HASH)
    raise RuntimeError("power cut")


def test_mobile_numbers_dont_repeat_over_a_million():
    assert len({mobile_of(serial) for serial in range(1_300_000)}) == 1_300_000


def test_weighted_choices_keep_their_weights():
    rng = Random(7)  # noqa: S311 - no secret
    counted = Counter(Weighted({"a": 1, "b": 3}).pick(rng) for _ in range(4000))
    assert 900 < counted["a"] < 1100
    assert isinstance(parse_credit_code(credit_code_of(rng, "440305")), CreditCode)


def test_a_first_run_has_records_of_most_kinds_that_are_wrong_and_says_so_at_once(db: Database):
    fill(db, customers=300, follow_ups=2000)
    with db.reading() as session:
        found = Counter(session.execute(select(Anomaly.code).where(col(Anomaly.since) <= datetime.now(UTC))).scalars())
        unjudged = session.exec(select(func.count()).where(col(Customer.completeness) == 0)).one()
        twice = session.exec(
            select(func.count()).select_from(Customer).group_by(Customer.name_key).having(func.count() > 1)
        ).all()
    # The others take fields that the company makes required, or adds.
    assert found.keys() == {*Code} - {Code.MISSING, Code.PERIOD}
    assert all(2 <= count <= 12 for code, count in found.items() if code != Code.LATE)
    assert unjudged == 0
    assert twice == [2, 2, 2]
    findings = verify(db, get_settings().data_dir, zone=SHANGHAI)
    assert {one.check: one.wrong for one in findings if one.wrong and one.check not in ("administrator", "files")} == {}

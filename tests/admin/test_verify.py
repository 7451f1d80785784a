"""The integrity check: silent on a whole database, and each check finds what it is for."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import column, delete, table, text, update
from sqlmodel import col, func, select

from crm_app.admin.first_run import write_private
from crm_app.admin.verify import verify
from crm_app.catalogue import texts
from crm_app.core.clock import frozen
from crm_app.core.db import Database
from crm_app.models import Contact, Customer, NumberCounter, Review, ReviewItem, User
from tests.admin.conftest import NOW

ZONE = ZoneInfo("Asia/Shanghai")


def failed(database: Database, data_dir: Path) -> dict[str, tuple[str, ...]]:
    with frozen(NOW):
        findings = verify(database, data_dir, zone=ZONE)
    assert all(f"admin.verify.{finding.check}" in texts() for finding in findings)
    return {finding.check: finding.wrong for finding in findings if finding.wrong}


def test_a_fresh_demonstration_is_whole(demo: Database, tmp_path: Path):
    tmp_path.chmod(0o700)
    assert failed(demo, tmp_path) == {}


BROKEN = {
    "deals": (col(Customer.order_count) > 0, {"total_amount": 1}),
    "contacted": (col(Customer.last_contact_at).is_not(None), {"last_method": "pigeon"}),
    "names": (col(Customer.id) > 0, {"name_key": "else"}),
}


@pytest.mark.parametrize("check", BROKEN)
def test_a_computed_column_that_drifted_is_named_by_its_customer(demo: Database, tmp_path: Path, check: str):
    which, values = BROKEN[check]
    tmp_path.chmod(0o700)
    with demo.writing() as session:
        number = session.exec(select(Customer.number).where(which).limit(1)).one()
        session.execute(update(Customer).where(col(Customer.number) == number).values(**values))
    assert failed(demo, tmp_path) == {check: (number,)}


def test_a_lost_plan_a_second_main_contact_and_a_grade_too_low_are_found(demo: Database, tmp_path: Path):
    tmp_path.chmod(0o700)
    with demo.writing() as session:
        planned = session.exec(select(Customer).where(col(Customer.next_follow_up_at) > NOW).limit(1)).one()
        planned.next_follow_up_at = NOW + timedelta(days=99)
        graded = session.exec(select(Customer).where(Customer.value_grade == "A").limit(1)).one()
        graded.value_grade = "C"
        single = session.exec(select(Contact).where(col(Contact.is_main)).limit(1)).one()
        single.is_main = False
        owner = session.get_one(Customer, single.customer_id)
        expected = {
            "contacted": (planned.number,),
            "deals": (graded.number,),
            "main_contact": (owner.number,),
        }
    assert failed(demo, tmp_path) == expected


def test_an_item_of_a_review_that_hangs_in_the_air_is_found(demo: Database, tmp_path: Path):
    if demo.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL keeps its foreign keys")
    tmp_path.chmod(0o700)
    with demo.reading() as session:
        first, other, confirmed = session.exec(select(ReviewItem.customer_id).limit(3)).all()
        review = session.exec(select(Review)).one()
        number = session.exec(select(Customer.number).where(Customer.id == confirmed)).one()
    with closing(sqlite3.connect(demo.engine.url.database or "")) as file:
        file.execute("UPDATE review_item SET review_id = 77 WHERE customer_id = ?", (first,))
        file.execute("UPDATE review_item SET customer_id = 777777 WHERE customer_id = ?", (other,))
        file.execute("UPDATE review_item SET confirmed_at = NULL, confirmed_by = 1 WHERE customer_id = ?", (confirmed,))
        file.commit()
    with demo.reading() as session:
        known = session.exec(select(Customer.number).where(Customer.id == first)).one()
    found = failed(demo, tmp_path)
    assert set(found["review"]) == {f"77: {known}", f"{review.month}: 777777", f"{review.month}: {number}"}
    assert set(found) == {"review", "database"}


def test_a_counter_behind_its_numbers_is_found(demo: Database, tmp_path: Path):
    tmp_path.chmod(0o700)
    with demo.writing() as session:
        counter = session.exec(select(NumberCounter).order_by(col(NumberCounter.last).desc()).limit(1)).one()
        prefix, last = counter.prefix, counter.last
        counter.last = 1
    assert failed(demo, tmp_path) == {"counters": (f"{prefix}: 1 < {last}",)}


def test_a_hole_in_the_search_index_is_found(demo: Database, tmp_path: Path):
    tmp_path.chmod(0o700)
    key = "rowid" if demo.engine.dialect.name == "sqlite" else "id"
    entries = table("customer_search", column(key))
    with demo.writing() as session:
        session.execute(delete(entries).where(entries.c[key] == 7))
    assert failed(demo, tmp_path) == {"search": ("7",)}


def test_a_wrong_total_is_found(demo: Database, tmp_path: Path):
    if demo.engine.dialect.name != "sqlite":
        return  # Counted there, not kept.
    tmp_path.chmod(0o700)
    with demo.writing() as session:
        true = session.scalar(select(func.count()).select_from(Customer).where(col(Customer.deleted_at).is_(None)))
        session.execute(text("UPDATE customer_total SET live = live + 3"))
    assert failed(demo, tmp_path) == {"total": (f"{(true or 0) + 3} ≠ {true}",)}


def test_a_database_without_an_administrator_is_found(demo: Database, tmp_path: Path):
    tmp_path.chmod(0o700)
    with demo.writing() as session:
        session.execute(update(User).where(col(User.username) == "admin").values(disabled_at=NOW))
    assert set(failed(demo, tmp_path)) == {"administrator"}


def test_an_old_schema_is_told_and_nothing_else_is_looked_at(demo: Database, tmp_path: Path):
    tmp_path.chmod(0o700)
    with demo.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    assert failed(demo, tmp_path) == {"schema": ("crm db upgrade",)}


def test_open_files_are_found(sqlite_db: Database, tmp_path: Path):
    tmp_path.chmod(0o755)
    secret = tmp_path / "first-run.txt"
    write_private(secret, "x")
    secret.chmod(0o644)
    assert failed(sqlite_db, tmp_path)["files"] == (f"chmod go= {secret}", f"chmod go= {tmp_path}")


def test_a_broken_reference_is_found(sqlite_db: Database, tmp_path: Path):
    tmp_path.chmod(0o700)
    with closing(sqlite3.connect(tmp_path / "crm.db")) as unguarded:
        unguarded.execute("INSERT INTO customer_tag (customer_id, tag_id) VALUES (1, 1)")
        unguarded.commit()
    assert any("customer_tag" in wrong for wrong in failed(sqlite_db, tmp_path)["database"])

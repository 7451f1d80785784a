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
from crm_app.fields.queries import list_fields
from crm_app.fields.schemas import FieldInput, RecordKind
from crm_app.fields.service import add_field, write_values
from crm_app.models import Contact, ContactValue, Customer, NumberCounter, OwnValue, Review, ReviewItem, User
from tests.admin.conftest import NOW
from tests.factories import actor_of

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


def test_an_own_value_that_is_not_found_as_what_it_says_is_named(demo: Database, tmp_path: Path):
    tmp_path.chmod(0o700)
    kinds = {"编码": "line", "产值": "amount", "签约": "day", "规模": "choice", "品类": "choices"}
    said = {"编码": "重庆1", "产值": "1250000.5", "签约": "2024-03-05", "规模": "v1", "品类": "v1,v2"}
    with demo.writing() as session:
        admin = session.exec(select(User).where(User.username == "admin")).one()
        actor = actor_of(session, admin)
        for record in RecordKind:
            for label, kind in kinds.items():
                entry = FieldInput(kind, label, options="甲\n乙" if kind.startswith("choice") else "")
                add_field(session, actor, entry=entry, record=record)
    with demo.writing() as session:
        contact = session.exec(select(Contact).where(col(Contact.is_main)).limit(1)).one()
        number = session.get_one(Customer, contact.customer_id).number
        keys: dict[tuple[str, str], int] = {}
        for record, whose in ((RecordKind.CUSTOMER, contact.customer_id), (RecordKind.CONTACT, contact.id or 0)):
            fields = list_fields(session, record=record)
            write_values(session, whose, fields, {field.key: said[field.label_zh] for field in fields})
            keys |= {(record, field.label_zh): field.id for field in fields}
    assert failed(demo, tmp_path) == {}

    def told(model: type[OwnValue] | type[ContactValue], label: str, **values: object) -> tuple[str, ...]:
        """What is found once somebody wrote that past the product; it is taken back."""
        kind = "customer" if model is OwnValue else "contact"
        with demo.writing() as session:
            where = (col(model.field_id) == keys[kind, label], col(model.place) == 0)
            session.execute(update(model).where(*where).values(**values))
        found = failed(demo, tmp_path)
        with demo.writing() as session:
            whose = contact.customer_id if model is OwnValue else contact.id or 0
            known = list_fields(session, record=RecordKind(kind))
            text_of = {field.key: said[field.label_zh] for field in known}
            session.execute(delete(model))
            write_values(session, whose, known, text_of)
        assert set(found) == {"own_values"}
        return found["own_values"]

    for model in (OwnValue, ContactValue):
        assert told(model, "编码", key="else") == (f"{number} · 编码",)
        assert told(model, "产值", number=1) == (f"{number} · 产值",)
        assert told(model, "产值", text="many") == (f"{number} · 产值",)
        assert told(model, "签约", text="2024-02-30") == (f"{number} · 签约",)
        assert told(model, "规模", text="v9", key="v9") == (f"{number} · 规模",)
        assert told(model, "品类", place=5) == (f"{number} · 品类",)
    assert told(OwnValue, "编码", sort="zzz") == (f"{number} · 编码",)
    assert told(OwnValue, "编码", field_id=keys["contact", "编码"]) == (f"{number} · 编码",)
    assert failed(demo, tmp_path) == {}


@pytest.mark.parametrize("db", ["sqlite"], indirect=True)
def test_a_value_of_nobody_and_of_no_field_is_named(demo: Database, tmp_path: Path):
    """PostgreSQL keeps its foreign keys, whoever writes."""
    tmp_path.chmod(0o700)
    with closing(sqlite3.connect(str(demo.engine.url.database))) as unguarded:
        unguarded.execute("INSERT INTO own_value (customer_id, field_id, place, text) VALUES (1, 77, 0, 'x')")
        unguarded.execute("INSERT INTO contact_value (contact_id, field_id, place, text) VALUES (999999, 77, 0, 'x')")
        unguarded.commit()
    found = failed(demo, tmp_path)
    with demo.reading() as session:
        number = session.get_one(Customer, 1).number
    assert found["own_values"] == (f"{number} · 77", "contact 999999 · 77")


@pytest.mark.parametrize("db", ["sqlite"], indirect=True)
def test_an_item_of_a_review_that_hangs_in_the_air_is_found(demo: Database, tmp_path: Path):
    """PostgreSQL keeps its foreign keys, whoever writes."""
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

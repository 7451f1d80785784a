"""What is traced, and that it stands or falls with the deed."""

import pytest
from sqlmodel import select

from crm_app.access.audit import Action, record
from crm_app.core.db import Database
from crm_app.models import AuditEntry
from tests.factories import Office


def test_an_entry_says_who_what_to_whom_and_from_where(office: Office, db: Database) -> None:
    with db.writing() as session:
        record(
            session,
            Action.CONTACT_REVEALED,
            actor=office.sales,
            subject_kind="contact",
            subject_id=7,
            field="mobile",
        )
    with db.reading() as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == Action.CONTACT_REVEALED)).one()
    assert (entry.user_id, entry.username, entry.address) == (office.sales.user_id, "sales", "127.0.0.1")
    assert (entry.subject_kind, entry.subject_id, entry.detail) == ("contact", "7", {"field": "mobile"})
    assert entry.at.tzinfo is not None


def test_an_entry_of_a_deed_that_failed_does_not_stay(office: Office, db: Database) -> None:
    def deed() -> None:
        with db.writing() as session:
            record(session, Action.CONTACT_REVEALED, actor=office.sales)
            session.flush()
            raise RuntimeError("the deed failed")

    with pytest.raises(RuntimeError):
        deed()
    with db.reading() as session:
        assert session.exec(select(AuditEntry).where(AuditEntry.action == Action.CONTACT_REVEALED)).all() == []


def test_texts_of_any_length_fit_their_columns(office: Office, db: Database) -> None:
    with db.writing() as session:
        record(
            session,
            Action.SIGN_IN_FAILED,
            username="x" * 500,
            subject_kind="k" * 500,
            subject_id="i" * 500,
            address="a" * 500,
        )
    with db.reading() as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == Action.SIGN_IN_FAILED)).one()
    assert len(entry.username) <= 40
    assert len(entry.subject_id) <= 60


def test_actions_fit_their_column_and_are_distinct() -> None:
    values = [action.value for action in Action]
    assert len(set(values)) == len(values)
    assert max(map(len, values)) <= 40

"""What ends a unit of work: a part of it, and never in its way."""

import pytest
from sqlalchemy import select
from sqlmodel import Session

from crm_app.core import changes
from crm_app.core.changes import Change, announce
from crm_app.core.db import Database
from crm_app.models import Setting


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Change, ...]]:
    """What a closing was told, that writes a row and fails when the change says so."""
    told: list[tuple[Change, ...]] = []

    def closing(session: Session, changed: tuple[Change, ...]) -> None:
        told.append(changed)
        session.add(Setting(key="closing", value={}))
        session.flush()
        if any(change.kind == "bad" for change in changed):
            raise ValueError("not this one")

    monkeypatch.setattr(changes, "_closings", [])
    changes.close_with(closing)
    changes.close_with(closing)
    return told


def keys(db: Database) -> set[str]:
    with db.reading() as session:
        return {row.key for row in session.execute(select(Setting)).scalars()}


def test_it_is_a_part_of_the_unit_that_announced(db: Database, seen: list[tuple[Change, ...]]) -> None:
    with db.writing() as session:
        session.add(Setting(key="own", value={}))
    assert seen == []
    with db.writing():
        announce(Change("good"))
    assert seen == [(Change("good"),)]
    assert keys(db) == {"own", "closing"}


def test_it_falls_with_the_unit(db: Database, seen: list[tuple[Change, ...]]) -> None:
    with pytest.raises(LookupError), db.writing():
        announce(Change("good"))
        raise LookupError
    assert keys(db) == set()


def test_one_that_fails_leaves_the_unit_as_it_was(
    db: Database, seen: list[tuple[Change, ...]], caplog: pytest.LogCaptureFixture
) -> None:
    with db.writing() as session:
        session.add(Setting(key="own", value={}))
        announce(Change("bad"))
    assert keys(db) == {"own"}
    assert "not this one" in caplog.text

"""What is read once is never older than the last commit of this process, and nobody gets what was not committed."""

from collections.abc import Callable

import pytest
from sqlalchemy import update
from sqlmodel import Session, select

from crm_app.core import reference
from crm_app.core.db import Database
from crm_app.core.reference import Reference
from crm_app.models import Department

Names = tuple[str, ...]


class Counted:
    """The departments' names, and how often they were read."""

    def __init__(self) -> None:
        self.reads = 0
        self.names = Reference(self._read, Department)

    def _read(self, session: Session) -> Names:
        self.reads += 1
        return tuple(session.exec(select(Department.name).order_by(Department.name)))


def add(session: Session, name: str = "华东") -> None:
    session.add(Department(name=name))


def rename(session: Session) -> None:
    session.exec(select(Department)).one().name = "华南"


def rename_at_once(session: Session) -> None:
    session.execute(update(Department).values(name="华南"))


def remove(session: Session) -> None:
    session.delete(session.exec(select(Department)).one())


@pytest.mark.parametrize(
    ("change", "after"),
    [(rename, ("华南",)), (rename_at_once, ("华南",)), (remove, ()), (lambda s: add(s, "西"), ("华东", "西"))],
)
def test_it_is_read_once_and_again_after_each_kind_of_change(
    db: Database, change: Callable[[Session], None], after: Names
) -> None:
    counted = Counted()
    with db.writing() as session:
        add(session)
    for _ in range(3):
        with db.reading() as session:
            assert counted.names.get(session) == ("华东",)
    assert counted.reads == 1
    with db.writing() as session:
        change(session)
    with db.reading() as session:
        assert set(counted.names.get(session)) == set(after)


def test_what_is_not_committed_shows_to_its_writer_only(db: Database) -> None:
    counted = Counted()
    with pytest.raises(RuntimeError), db.writing() as session:
        add(session)
        assert counted.names.get(session) == ("华东",)
        with db.reading() as other:
            assert counted.names.get(other) == ()
        raise RuntimeError
    with db.reading() as session:
        assert counted.names.get(session) == ()


def test_a_reader_that_began_before_a_commit_leaves_nothing_old_behind(db: Database) -> None:
    counted = Counted()
    with db.reading() as early:
        early.exec(select(Department)).all()
        with db.writing() as session:
            add(session)
        counted.names.get(early)
    with db.reading() as late:
        assert counted.names.get(late) == ("华东",)


def test_what_another_process_wrote_shows_after_some_seconds(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Counted()
    with db.reading() as session:
        assert counted.names.get(session) == ()
    with db.engine.begin() as connection:
        connection.execute(Department.__table__.insert().values(name="华东"))  # type: ignore[attr-defined]
    with db.reading() as session:
        assert counted.names.get(session) == ()
    monkeypatch.setattr(reference, "SECONDS", 0.0)
    with db.reading() as session:
        assert counted.names.get(session) == ("华东",)


async def test_what_a_process_keeps_is_seen_before_each_unit_of_work(db: Database, monkeypatch: pytest.MonkeyPatch):
    seen: list[str] = []
    monkeypatch.setattr(reference, "_looks", [])
    reference.look_first(lambda _session: seen.append("look"))
    await db.read_here(lambda _session: seen.append("reader"))
    await db.write(lambda _session: seen.append("writer"))
    db.catch_up()
    await db.call_in_background(seen.append, "job")
    assert seen == ["look", "reader", "look", "writer", "look", "look", "job"]

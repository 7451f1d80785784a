"""Models and migrations never drift, and every migration goes down again."""

from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from crm_app.core import migrate
from crm_app.core.db import Database


def test_the_newest_revision_is_the_one_that_alembic_names() -> None:
    assert set(ScriptDirectory.from_config(migrate.alembic_config("sqlite://")).get_heads()) == migrate.heads()


def test_models_and_migrations_agree(db: Database) -> None:
    with db.engine.connect() as connection:
        assert migrate.drift(connection) == []


def test_a_migrated_database_is_current(db: Database) -> None:
    assert migrate.is_current(db.engine)


def test_migrations_go_down_and_up_again(db: Database) -> None:
    migrate.downgrade(db.engine, "base")
    assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}
    assert not migrate.is_current(db.engine)
    migrate.upgrade(db.engine)
    assert migrate.is_current(db.engine)

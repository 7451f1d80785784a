"""Models and migrations never drift, and every migration goes down again."""

from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

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


def test_roles_of_before_get_the_functions_that_came_later(db: Database) -> None:
    migrate.downgrade(db.engine, "0006")
    with db.engine.begin() as connection:
        for key, code in ((1, "administrator"), (2, "sales_rep"), (3, "sales_manager"), (4, "marketing_manager")):
            connection.execute(
                text("INSERT INTO role (id, code, name, preset) VALUES (:id, :code, '', :preset)"),
                {"id": key, "code": code, "preset": True},
            )
    migrate.upgrade(db.engine)
    with db.engine.begin() as connection:
        granted = connection.execute(text("SELECT role_id, permission, reach FROM role_grant")).all()
    assert {tuple(row) for row in granted} == {
        (1, "list:edit", "all"),
        (1, "field:edit", "all"),
        (1, "customer:bulk", "all"),
        (2, "customer:bulk", "own"),
        (3, "customer:bulk", "department"),
        (1, "customer:merge", "all"),
        (3, "customer:merge", "department"),
        (1, "view:share", "all"),
        (3, "view:share", "own"),
        (4, "view:share", "own"),
        (1, "customer:import", "all"),
        (3, "customer:import", "department"),
        (4, "customer:import", "all"),
        (1, "review:open", "all"),
        (3, "review:open", "department"),
    }


def test_sqlite_still_counts_customers_after_every_migration(sqlite_db: Database) -> None:
    with sqlite_db.engine.begin() as connection:
        names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars()
        assert {name for name in names if name.startswith("customer_total")} == {
            "customer_total_insert",
            "customer_total_delete",
            "customer_total_update",
        }

"""Bring a database to the newest schema with plain alembic, and tell whether it is there."""

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine
from sqlmodel import SQLModel

import crm_app.models  # noqa: F401 - fills the metadata.
from alembic import command

ROOT = Path(__file__).resolve().parents[2]
UNMANAGED = ("customer_search", "alembic_version")
"""Tables that migrations make by hand, because SQLModel has no word for them."""


def alembic_config(url: str) -> Config:
    """An alembic configuration that needs no ini file."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "alembic"))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Migrate up; one transaction, so that a failed migration leaves the former schema."""
    config = alembic_config(engine.url.render_as_string(hide_password=False))
    with engine.connect().execution_options(crm_writing=True) as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Migrate down to a revision ("base" empties the schema)."""
    config = alembic_config(engine.url.render_as_string(hide_password=False))
    with engine.connect().execution_options(crm_writing=True) as connection, connection.begin():
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


def is_current(engine: Engine) -> bool:
    """Whether the database is at the newest revision that this code knows."""
    heads = set(ScriptDirectory.from_config(alembic_config("")).get_heads())
    with engine.connect() as connection:
        return set(MigrationContext.configure(connection).get_current_heads()) == heads


def include_name(name: str | None, kind: str, _parents: object) -> bool:
    """Leave out what autogenerate cannot compare: full-text tables and what belongs to them."""
    return not (kind == "table" and name is not None and name.startswith(UNMANAGED))


def drift(connection: Connection) -> list[object]:
    """Differences between the models and the database; empty when they agree."""
    context = MigrationContext.configure(connection, opts={"include_name": include_name, "compare_type": True})
    return list(compare_metadata(context, SQLModel.metadata))

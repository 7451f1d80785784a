"""Bring a database to the newest schema with plain alembic, and tell whether it is there.

Alembic is imported only where it is needed: a start with a current database and every health check do without it.
"""
# ruff: noqa: PLC0415 - for the reason above.

import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text
from sqlmodel import SQLModel

import crm_app.models  # noqa: F401 - fills the metadata.

if TYPE_CHECKING:
    from alembic.config import Config

ROOT = Path(__file__).resolve().parents[2]
UNMANAGED = ("customer_search", "customer_total", "alembic_version")
"""Tables that migrations make by hand, because SQLModel has no word for them."""


def alembic_config(url: str) -> "Config":
    """An alembic configuration that needs no ini file."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(ROOT / "alembic"))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Migrate up; one transaction, so that a failed migration leaves the former schema."""
    from alembic import command

    config = alembic_config(engine.url.render_as_string(hide_password=False))
    with engine.connect().execution_options(crm_writing=True) as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Migrate down to a revision ("base" empties the schema)."""
    from alembic import command

    config = alembic_config(engine.url.render_as_string(hide_password=False))
    with engine.connect().execution_options(crm_writing=True) as connection, connection.begin():
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


def is_current(engine: Engine) -> bool:
    """Whether the database is at the newest revision that this code knows."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return False
        stamped = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    return set(stamped) == heads()


def is_newer(engine: Engine) -> bool:
    """Whether the database was brought to a revision that this code does not know: by a later version of it."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return False
        stamped = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    return not known().issuperset(stamped)


_REVISION = re.compile(r"""^(down_)?revision(?:: [^=]+)? = (?:None|["'](\w+)["'])""", re.MULTILINE)


@lru_cache(maxsize=1)
def heads() -> frozenset[str]:
    """The newest revisions, read from the migrations' own heads; a test compares them with alembic's answer."""
    return known() - {revision for down, revision in _revisions() if down}


@lru_cache(maxsize=1)
def known() -> frozenset[str]:
    """All revisions that there are migrations to."""
    return frozenset(revision for down, revision in _revisions() if not down)


def _revisions() -> list[tuple[str, str]]:
    paths = (ROOT / "alembic" / "versions").glob("*.py")
    return [found for path in paths for found in _REVISION.findall(path.read_text(encoding="utf-8"))]


def include_name(name: str | None, kind: str, _parents: object) -> bool:
    """Leave out what autogenerate cannot compare: full-text tables and what belongs to them."""
    return not (kind == "table" and name is not None and name.startswith(UNMANAGED))


def drift(connection: Connection) -> list[object]:
    """Differences between the models and the database; empty when they agree."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    context = MigrationContext.configure(connection, opts={"include_name": include_name, "compare_type": True})
    return list(compare_metadata(context, SQLModel.metadata))

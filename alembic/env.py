"""Alembic's entry: online only, on the connection that `crm_app.core.migrate` hands over."""

from sqlmodel import SQLModel

import crm_app.models  # noqa: F401 - fills the metadata.
from alembic import context
from crm_app.core.migrate import include_name


def run() -> None:
    """Run the migrations on the given connection, inside its transaction."""
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        include_name=include_name,
        compare_type=True,
    )
    context.run_migrations()


run()

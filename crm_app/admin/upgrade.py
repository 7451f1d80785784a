"""Bring a database to this version: its schema, and the search index where its terms are of another one."""

from crm_app.core import migrate
from crm_app.core.db import Database
from crm_app.core.errors import Refused
from crm_app.customers.search import fill_index, is_index_current


def bring_up_to_date(database: Database) -> None:
    """Safe to stop at any moment: what is missing then, the next start makes.

    Raises Refused for a database of a later version: what it holds by now, this one would not understand.
    """
    if migrate.is_newer(database.engine):
        raise Refused("admin.error.newer_database")
    if not migrate.is_current(database.engine):
        migrate.upgrade(database.engine)
    with database.reading() as session:
        current = is_index_current(session)
    if not current:
        with database.writing() as session:
            fill_index(session)

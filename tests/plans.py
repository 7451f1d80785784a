"""How an engine would run a statement."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Select, event
from sqlmodel import Session

from crm_app.core.db import Database


def plan(database: Database, statement: Select[*tuple[Any, ...]]) -> str:
    """The engine's plan; PostgreSQL is kept from full scans, which it prefers on the small tables of a test."""
    with database.engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if not sqlite:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")

        def explain(_c: Any, _cursor: Any, sql: str, parameters: Any, *_: Any) -> tuple[str, Any]:
            return ("EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN ") + sql, parameters

        event.listen(connection, "before_cursor_execute", explain, retval=True)
        rows = connection.execute(statement).cursor.fetchall()  # type: ignore[union-attr]
        return "\n".join(str(row[-1]) for row in rows)


def plans(database: Database, run: Callable[[Session], object]) -> dict[str, str]:
    """The plan of each statement that `run` executes, by its SQL."""
    sent: list[tuple[str, Any]] = []
    with database.reading() as session:
        connection = session.connection()

        def note(_c: Any, _cursor: Any, sql: str, parameters: Any, *_: Any) -> None:
            sent.append((sql, parameters))

        event.listen(connection, "before_cursor_execute", note)
        run(session)
        event.remove(connection, "before_cursor_execute", note)
        sqlite = connection.dialect.name == "sqlite"
        if not sqlite:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        found = {}
        for sql, parameters in sent:
            rows = connection.exec_driver_sql(("EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN ") + sql, parameters)
            found[sql] = "\n".join(str(row[-1]) for row in rows)
    return found


def analyse(database: Database) -> None:
    """Let PostgreSQL know what is in the tables."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("ANALYZE")

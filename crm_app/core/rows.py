"""Reading many rows in one step."""

import json
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session


def read_packed(session: Session, statement: Any) -> list[tuple[Any, ...]]:
    """What `session.execute(statement).all()` gives for a SELECT, as plain tuples, for a thousand rows or more.

    Python's driver for SQLite lets go of the interpreter at each row and waits for its turn again: beside other
    threads a thousand rows take a thousand turns. Packed by SQLite into one JSON text they take one.
    """
    dialect = session.get_bind().dialect
    if dialect.name != "sqlite":
        return [tuple(row) for row in session.execute(statement)]
    packed = statement.subquery("packed")
    rows: list[Any] = json.loads(
        session.execute(select(func.json_group_array(func.json_array(*packed.c)))).scalar_one()
    )
    if not rows:
        return []
    read = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in packed.c]
    columns = zip(read, zip(*rows, strict=True), strict=True)
    return list(zip(*(map(make, found) if make else found for make, found in columns), strict=True))

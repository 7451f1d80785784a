"""Statements on plain tables, and SQL that the two engines need worded differently."""

from typing import Any, cast

from sqlalchemy import Boolean, ColumnElement, Table
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlmodel import SQLModel


def table_of(model: type[SQLModel]) -> Table:
    """The table behind a model, for what reads often: rows of plain columns cost a third of what objects do."""
    return cast(Table, model.__table__)  # type: ignore[attr-defined]


class _Checked(FunctionElement[bool]):
    inherit_cache = True
    name = "checked"
    type = Boolean()


@compiles(_Checked)
def _plain(element: _Checked, compiler: SQLCompiler, **kw: Any) -> str:
    return f"({compiler.process(element.clauses, **kw)})"


@compiles(_Checked, "sqlite")
def _unary_plus(element: _Checked, compiler: SQLCompiler, **kw: Any) -> str:
    return f"+({compiler.process(element.clauses, **kw)})"


def checked(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """A condition that SQLite checks on rows found otherwise and never uses to find them.

    SQLite doesn't know how values are spread: given the choice it reads all customers of an industry to find those
    of a day. PostgreSQL does know, and gets the condition as it is.
    """
    return _Checked(condition)

"""The slice's part of the command line; each module's `app` is one command, or a group of them."""

import contextlib
from collections.abc import Iterator

import typer

from crm_app.admin.presentation import terminal_language
from crm_app.admin.upgrade import bring_up_to_date
from crm_app.catalogue import say
from crm_app.core import changes, neighbours
from crm_app.core.db import Database, get_database
from crm_app.core.errors import CrmError
from crm_app.core.problems import Invalid


@contextlib.contextmanager
def refusals_told() -> Iterator[str]:
    """The terminal's language; what a use case refuses is told line by line and ends the command with exit code 1."""
    language = terminal_language()
    try:
        yield language
    except CrmError as refused:
        typer.echo(say(language, refused.code, **refused.params), err=True)
        raise typer.Exit(1) from None
    except Invalid as invalid:
        for problem in invalid.problems.values():
            typer.echo(say(language, problem.code, **problem.params), err=True)
        raise typer.Exit(1) from None


def ready_database() -> Database:
    """The database at this version's schema; a server that runs on it hears of what the command changes."""
    changes.listen(neighbours.tell)
    database = get_database()
    bring_up_to_date(database)
    database.catch_up()
    return database

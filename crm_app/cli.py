"""The command line: serving and the database here; what belongs to a slice is in the slice's own typer app.

A command imports what it needs when it runs, so that `crm serve` is quick and no command waits for another's packages.
"""

import contextlib
import importlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import typer
from pydantic import ValidationError
from typer.core import TyperGroup

from crm_app import build as frontend
from crm_app.core.settings import get_settings

SLICE_COMMANDS: dict[str, str] = {
    "demo": "crm_app.admin.commands.demo",
    "first-run": "crm_app.admin.commands.first_run",
    "import": "crm_app.importing.command",
    "user": "crm_app.admin.commands.user",
    "verify": "crm_app.admin.commands.verify",
}
"""Command name → module whose `app` is the slice's typer app: one command, or a group of them."""


class SliceCommands(TyperGroup):
    """A group that imports a slice only when its command is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [*super().list_commands(ctx), *SLICE_COMMANDS]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in SLICE_COMMANDS:
            return super().get_command(ctx, cmd_name)
        return typer.main.get_command(importlib.import_module(SLICE_COMMANDS[cmd_name]).app)

    def invoke(self, ctx: Any) -> Any:
        with at_home():
            return super().invoke(ctx)


app = typer.Typer(cls=SliceCommands, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
database = typer.Typer(no_args_is_help=True, help="The database.")
app.add_typer(database, name="db")


def fail(reason: str) -> NoReturn:
    """End the command with one line that says why."""
    typer.echo(f"crm: {reason}", err=True)
    raise typer.Exit(1)


@contextlib.contextmanager
def at_home() -> Iterator[None]:
    """Run a command in the project's folder, which its settings are relative to, with one-line errors.

    What a person can mend is told in one line instead of a traceback.
    """
    os.chdir(frontend.ROOT)
    try:
        yield
    except ValidationError as error:
        wrong = "; ".join(f"CRM_{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors())
        fail(f"a setting is wrong: {wrong}")
    except frontend.BuildError as error:
        fail(str(error))


@app.command()
def serve() -> None:
    """Migrate, build what has changed, and serve everything on one port (CRM_HOST, CRM_PORT, CRM_DATA_DIR)."""
    settings = get_settings()
    check_port(settings.host, settings.port)
    check_data_dir(settings.data_dir)
    prepare_data()
    greet()
    if frontend.is_stale():
        typer.echo("Building the pages (about half a minute, only after a change) …")
        frontend.ensure()
    typer.echo(f"Serving on http://localhost:{settings.port} - stop with Ctrl-C")
    sys.stdout.flush()
    run_server()


def check_port(host: str, port: int) -> None:
    """Fail early when somebody else listens there; the server's own message would come after the build."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            fail(f"can't listen on {host}:{port} ({error.strerror}); choose another port with CRM_PORT")


def check_data_dir(folder: Path) -> None:
    """Make the data folder, readable by its owner only, and make sure that it can be written to."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        fail(f"can't write to the data folder {folder} ({error.strerror}); choose another with CRM_DATA_DIR")


def prepare_data() -> None:
    """Bring the database to this version."""
    from crm_app.admin.commands import refusals_told
    from crm_app.admin.upgrade import bring_up_to_date
    from crm_app.core.db import get_database

    with refusals_told():
        bring_up_to_date(get_database())


def greet() -> None:
    """On an empty database: make the first accounts, or the code for it, and tell them."""
    from crm_app.admin.queries import has_accounts
    from crm_app.core.db import get_database

    with get_database().reading() as session:
        if has_accounts(session):
            return
    done = subprocess.run([sys.executable, "-m", "crm_app.cli", "first-run"], check=False)
    if done.returncode:
        fail("the empty database could not be made ready")


def run_server() -> None:
    """Serve in this very process until a signal stops it."""
    os.environ |= {
        # The pages are built already: the server only evaluates what the events need.
        "__REFLEX_SKIP_COMPILE": "true",
        "REFLEX_ENV_MODE": "prod",
        "REFLEX_TELEMETRY_ENABLED": "false",
        "REFLEX_CHECK_LATEST_VERSION": "false",
    }
    from crm_app import server

    server.main()


@app.command()
def build() -> None:
    """Build the pages if their sources have changed (`crm serve` does it by itself)."""
    typer.echo("Built." if frontend.ensure() else "Nothing has changed.")


@database.command("upgrade")
def upgrade_database() -> None:
    """Bring the database to this version's schema."""
    check_data_dir(get_settings().data_dir)
    prepare_data()
    typer.echo("The database is at the newest schema.")


@database.command("check")
def check_database() -> None:
    """Tell whether the database is at this version's schema and agrees with the models; exit code 1 if not."""
    from crm_app.core import migrate
    from crm_app.core.db import get_database

    engine = get_database().engine
    if not migrate.is_current(engine):
        fail("the database is not at the newest schema: run `crm db upgrade`")
    with engine.connect() as connection:
        differences = migrate.drift(connection)
    if differences:
        fail(f"the database differs from the models: {differences}")
    typer.echo("The database is at the newest schema and agrees with the models.")


def main() -> None:
    """Entry point of the `crm` command; Ctrl-C while something is prepared ends it without a traceback."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    app()


if __name__ == "__main__":
    main()

"""`crm first-run`: what `crm serve` does by itself on an empty database, in a process that ends afterwards.

A server that had made the demonstration data itself would keep the memory for as long as it runs.
"""

import typer

from crm_app.admin.commands import ready_database, refusals_told
from crm_app.admin.first_run import prepare
from crm_app.admin.presentation import describe
from crm_app.core.settings import get_settings

app = typer.Typer(add_completion=False)


@app.command("first-run")
def first_run() -> None:
    """Make an empty database ready and print its accounts, or the code for the first one 首次启动."""
    settings = get_settings()
    with refusals_told() as language:
        made = prepare(
            settings.data_dir, demo=settings.demo, demo_password=settings.demo_password, database=ready_database()
        )
        if made:
            typer.echo(describe(made, language))

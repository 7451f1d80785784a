"""`crm verify`: whether the data folder is whole."""

import typer

from crm_app.admin.commands import refusals_told
from crm_app.admin.verify import Finding, verify
from crm_app.catalogue import say
from crm_app.core.db import get_database
from crm_app.core.settings import get_settings

app = typer.Typer(add_completion=False, help="Integrity 完整性检查.")
_SHOWN = 5


@app.command("verify")
def verify_command() -> None:
    """Check the database, what is computed in it, its search index and files; exit code 1 if not whole 完整性检查."""
    settings = get_settings()
    with refusals_told() as language:
        findings = verify(get_database(), settings.data_dir, zone=settings.zone)
        for finding in findings:
            typer.echo(_line(finding, language))
    if any(finding.wrong for finding in findings):
        typer.echo(say(language, "admin.verify.failed"), err=True)
        raise typer.Exit(1)
    typer.echo(say(language, "admin.verify.passed"))


def _line(finding: Finding, language: str) -> str:
    label = say(language, f"admin.verify.{finding.check}")
    if not finding.wrong:
        return f"✓ {label}"
    more = " …" if len(finding.wrong) > _SHOWN else ""
    return f"✗ {label}: {len(finding.wrong)} ({', '.join(finding.wrong[:_SHOWN])}{more})"

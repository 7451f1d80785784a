"""How the command line says things: tables and messages in the language of the terminal."""

import io
import os
from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from crm_app.admin.schemas import FirstRun
from crm_app.catalogue import say

_WIDTH = 100


def terminal_language() -> str:
    """English where the terminal says so; Chinese otherwise (R13.3)."""
    spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "en" if spoken.lower().startswith("en") else "zh"


def table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A plain table; Chinese characters take two columns."""
    made = Table(*headers, box=SIMPLE_HEAD, pad_edge=False, expand=False)
    for row in rows:
        made.add_row(*row)
    out = io.StringIO()
    Console(file=out, width=_WIDTH, color_system=None, markup=False, highlight=False, emoji=False).print(made)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines() if line.strip())


def describe(made: FirstRun, language: str) -> str:
    """What a first start made, for the terminal and the file."""
    if made.setup_code:
        return say(language, "admin.first_run.setup", code=made.setup_code)
    columns = ("username", "name", "role", "department")
    rows = [(a.username, a.name, say(language, f"role.{a.role_code}"), a.department) for a in made.accounts]
    return "\n".join(
        [
            say(language, "admin.first_run.demo"),
            table([say(language, f"admin.account.{column}") for column in columns], rows),
            say(language, "admin.first_run.password", password=made.password),
            say(language, "admin.first_run.file", file=str(made.file or "")),
        ]
    )

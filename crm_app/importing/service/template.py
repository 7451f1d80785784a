"""The empty table: every heading that an import understands, in its person's language (R4.1)."""

import tempfile
from pathlib import Path

from crm_app.catalogue import say
from crm_app.core import sheets
from crm_app.importing.rules import NOTED, all_targets

_LEFT_OUT = frozenset({NOTED, "contact.any", "deal.amount_wan"})
"""They stand for what people's own tables look like."""


def headings(language: str) -> list[str]:
    """The headings of the template: each is matched to its place again."""
    return [say(language, target.label) for code, target in all_targets().items() if code not in _LEFT_OUT]


def make_template(language: str) -> bytes:
    """The workbook."""
    columns = [sheets.Column(name, sheets.Kind.TEXT, 110) for name in headings(language)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.xlsx"
        with sheets.xlsx_sheet(path, columns, title=say(language, "importing.template.file")[:31]):
            pass
        return path.read_bytes()

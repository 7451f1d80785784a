"""The empty table: every heading that an import understands, in its person's language (R4.1)."""

import tempfile
from pathlib import Path

from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.catalogue import say
from crm_app.core import sheets
from crm_app.fields.schemas import OwnFieldDef
from crm_app.importing import queries
from crm_app.importing.rules import NOTED, all_targets

_LEFT_OUT = frozenset({NOTED, "contact.any", "deal.amount_wan"})
"""They stand for what people's own tables look like."""


def headings(language: str, own: tuple[OwnFieldDef, ...] = ()) -> list[str]:
    """The headings of the template: each is matched to its place again."""
    return [target.called(language) for code, target in all_targets(own).items() if code not in _LEFT_OUT]


def make_template(session: Session, actor: Actor) -> bytes:
    """The workbook, with the company's own fields that the person may fill in."""
    own = queries.list_own_fields(session, actor)
    columns = [sheets.Column(name, sheets.Kind.TEXT, 110) for name in headings(actor.language, own)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.xlsx"
        with sheets.xlsx_sheet(path, columns, title=say(actor.language, "importing.template.file")[:31]):
            pass
        return path.read_bytes()

"""A file that arrives: looked into before anybody decides about it."""

from itertools import islice
from pathlib import Path

from crm_app.core.tables import FileKind, TableFile, examine, read_rows, rows_file
from crm_app.importing.schemas import SHOWN_ROWS
from crm_app.importing.service.runs import Headed, headings_of

_CHUNK = 1 << 20


def look_into(path: Path, *, sheet: int = -1) -> Headed:
    """Its headings and first rows. Raises Refused for what is no table of customers."""
    table = examine(path, sheet=sheet)
    lines = list(islice(read_rows(path, table), SHOWN_ROWS + 1))
    return headings_of(lines, table, _about(path, table))


def _about(path: Path, table: TableFile) -> int:
    """About how many rows there are: lines, which are a few more where cells have several."""
    count = 0
    with (rows_file(path) if table.kind is FileKind.XLSX else path).open("rb") as file:
        while chunk := file.read(_CHUNK):
            count += chunk.count(b"\n")
    return count

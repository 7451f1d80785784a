"""Writing tables to files: a column at a time in chunks of rows, so that neither memory nor time grow with the table.

No cell that a person typed ever becomes a formula in whoever's spreadsheet (R4.4). The writer of workbooks is imported
where it is needed: most servers start more often than somebody exports.
"""
# ruff: noqa: PLC0415 - for the reason above.

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, cast

if TYPE_CHECKING:
    from xlsxwriter import Workbook

    from crm_app.core.sheet_rows import Cell, RowsSheet

MOST_XLSX_ROWS = 1_048_575
"""A sheet of Excel has one row more, for the header."""
_PIXELS_A_CHARACTER = 7
_SUSPECT = frozenset(map(chr, range(33))) | frozenset("\x7f\xa0\u3000=+-@＝＋－＠")
"""How any such text begins: a quick look that lets nearly all others pass."""
_TO_GUARD = _SUSPECT | {"'"}
_FORMULA = re.compile(r"[\x00-\x1f\x7f]|\s*[=+\-@＝＋－＠]")
"""What spreadsheets take for the beginning of a formula; the wide signs where the machine is a Chinese one."""
_PLAIN_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_DAY_ZERO, _MOMENT_ZERO = date(1899, 12, 30), datetime(1899, 12, 30)  # noqa: DTZ001 - Excel knows no zones.
_FIRST_DAY = date(1900, 3, 1)
"""Before it Excel counts a day that never was."""


class Kind(StrEnum):
    """What the cells of a column hold; None and "" are empty cells of every kind."""

    TEXT = "text"
    COUNT = "count"
    """int"""
    AMOUNT = "amount"
    """Decimal, with two places"""
    DAY = "day"
    """date"""
    MOMENT = "moment"
    """datetime without a zone, as the clock on the wall shows it"""


class FileFormat(StrEnum):
    """The kinds of files."""

    XLSX = "xlsx"
    CSV = "csv"
    PDF = "pdf"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file."""

    label: str
    kind: Kind
    width: int = 120
    """Pixels."""


Write: TypeAlias = Callable[[Sequence[Sequence[Any]]], None]
"""Adds rows, given column by column."""


def is_formula(text: str) -> bool:
    """Whether a spreadsheet that reads this text may take it for a formula; -5 is a number."""
    return text[:1] in _SUSPECT and bool(_FORMULA.match(text)) and not _PLAIN_NUMBER.fullmatch(text)


@contextmanager
def csv_sheet(path: Path, columns: Sequence[Column]) -> Iterator[Write]:
    """A file of comma-separated values, in UTF-8 with the mark by which Excel knows it."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([_guarded(column.label) for column in columns])
        shows = [_CSV[column.kind] for column in columns]

        def write(values: Sequence[Sequence[Any]]) -> None:
            writer.writerows(zip(*(map(show, some) for show, some in zip(shows, values, strict=True)), strict=True))

        yield write


def _guarded(text: str | None) -> str:
    """With an apostrophe before what would be a formula: there is no other way to say text in such a file."""
    return f"'{text}" if text and text[0] in _TO_GUARD and is_formula(text.lstrip("'")) else text or ""


def unguarded(text: str) -> str:
    """As it was before it was written to such a file: a text may have apostrophes of its own before a formula."""
    return text[1:] if text[:1] == "'" and is_formula(text.lstrip("'")) else text


_CSV: dict[Kind, Callable[[Any], Any]] = {
    Kind.TEXT: _guarded,
    Kind.COUNT: lambda value: value,
    Kind.AMOUNT: lambda value: value,
    Kind.DAY: lambda value: value.isoformat() if value else "",
    Kind.MOMENT: lambda value: value.isoformat(" ", "minutes") if value else "",
}


@contextmanager
def xlsx_sheet(path: Path, columns: Sequence[Column], *, title: str) -> Iterator[Write]:
    """An Excel workbook with one sheet: real types, a header that stays, a filter on it.

    Rows are kept in a file beside it until the end, which xlsxwriter then packs: memory holds one row.
    """
    from xlsxwriter import Workbook

    from crm_app.core.sheet_rows import RowsSheet

    book = Workbook(str(path), {"constant_memory": True, "tmpdir": str(path.parent)})
    sheet = cast("RowsSheet", book.add_worksheet(title, worksheet_class=RowsSheet))
    look = {"bold": True, "bg_color": "#EEF0F4", "bottom": 1, "bottom_color": "#C4C9D4"}
    head, quoted = book.add_format(look), book.add_format({**look, "quote_prefix": True})
    for place, column in enumerate(columns):
        sheet.set_column(place, place, max(6, column.width / _PIXELS_A_CHARACTER))
        # Headings are typed by people too: names of own fields, and of columns in a file that came in.
        sheet.write_string(0, place, column.label, quoted if is_formula(column.label) else head)
    sheet.freeze_panes(1, 1)
    sheet.begin_rows()
    cells = [_cell(book, sheet, column.kind) for column in columns]
    count = 0

    def write(values: Sequence[Sequence[Any]]) -> None:
        nonlocal count
        if values and values[0]:
            sheet.write_columns(count + 1, cells, values)
            count += len(values[0])

    yield write
    sheet.autofilter(0, 0, count, len(columns) - 1)
    book.close()


def _cell(book: "Workbook", sheet: "RowsSheet", kind: Kind) -> "Cell":
    """What writes a value of this kind; numbers and days as what they are, text never as anything else."""
    from crm_app.core.sheet_rows import number

    # So marked, it stays text also for whoever edits the cell.
    quoted = book.add_format({"quote_prefix": True})
    text = sheet.text(lambda value: quoted if value[0] in _SUSPECT and is_formula(value) else None)
    if kind is Kind.TEXT:
        return text
    if kind is Kind.COUNT:
        return number()
    looks = {Kind.AMOUNT: "#,##0.00", Kind.DAY: "yyyy-mm-dd", Kind.MOMENT: "yyyy-mm-dd hh:mm"}
    plain = number(book.add_format({"num_format": looks[kind]}))

    def cell(place: str, value: Decimal | date | datetime) -> str:
        serial = _serial(value)
        return text(place, str(value)) if serial is None else plain(place, serial)

    return cell


def _serial(value: Decimal | date | datetime) -> float | None:
    """The number by which Excel knows it; None for a day that Excel does not know."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return (value - _MOMENT_ZERO).total_seconds() / 86_400 if value.date() >= _FIRST_DAY else None
    return float((value - _DAY_ZERO).days) if value >= _FIRST_DAY else None

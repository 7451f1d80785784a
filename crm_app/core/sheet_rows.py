"""The rows of a workbook's sheet as the text that a file of Excel holds, a column at a time.

xlsxwriter makes an object and five calls of each cell. It goes on doing all the rest: styles, columns, the package.
Imported where somebody exports, as xlsxwriter is.
"""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, TypeAlias

from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

Cell: TypeAlias = Callable[[str, Any], str]
"""The text of a cell from its place, `A2`, and its value."""
_MOST_UNITS = 32_767
"""A cell of Excel holds so many units of UTF-16."""
_SPECIAL = re.compile(r"[\x00-\x1f&<>_\ufffe\uffff]|^\s|\s\Z")
"""Whatever XML or Excel would read otherwise."""


class RowsSheet(Worksheet):
    """A sheet below whose first row rows are written as text; its workbook keeps memory constant."""

    def begin_rows(self) -> None:
        """The first row is whole: what comes now follows it in the file of rows."""
        self._write_single_row(1)

    def write_columns(self, first: int, cells: Sequence[Cell], values: Sequence[Sequence[Any]]) -> None:
        """Write rows, given column by column, from row `first` on, where the head is row 0."""
        rows = range(first + 1, first + 1 + len(values[0]))
        columns = [
            _column(xl_col_to_name(at), rows, cell, some)
            for at, (cell, some) in enumerate(zip(cells, values, strict=True))
        ]
        lines = zip(rows, map("".join, zip(*columns, strict=True)), strict=True)
        file: Any = self.row_data_fh
        file.write("".join([f'<row r="{row}">{line}</row>' for row, line in lines]))
        self._check_dimensions(rows[-1] - 1, len(columns) - 1)

    def text(self, look: Callable[[str], Format | None]) -> Cell:
        """A cell of text, as it is; `look` gives it a format."""

        def cell(place: str, value: str) -> str:
            style = style_of(look(value))
            if len(value) <= _MOST_UNITS // 2 and not _SPECIAL.search(value):
                return f'<c r="{place}"{style} t="inlineStr"><is><t>{value}</t></is></c>'
            cut = value.encode("utf-16-le")[: 2 * _MOST_UNITS].decode("utf-16-le", "ignore")
            plain = self._escape_data(self._escape_control_characters(cut))
            return f'<c r="{place}"{style} t="inlineStr"><is><t xml:space="preserve">{plain}</t></is></c>'

        return cell


def style_of(look: Format | None) -> str:
    """The attribute that names a format."""
    return f' s="{look._get_xf_index()}"' if look else ""


def number(look: Format | None = None) -> Cell:
    """A cell of a number."""
    style = style_of(look)

    def cell(place: str, value: int | float | Decimal) -> str:
        return f'<c r="{place}"{style}><v>{value:.16G}</v></c>'

    return cell


def _column(name: str, rows: range, cell: Cell, values: Sequence[Any]) -> list[str]:
    return [
        "" if value is None or value == "" else cell(f"{name}{row}", value)
        for row, value in zip(rows, values, strict=True)
    ]

"""What is written is read back the same, and no cell is a formula (R4.3, R4.4)."""

import csv
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.utils.escape import unescape

from crm_app.core.sheets import Column, Kind, csv_sheet, is_formula, xlsx_sheet
from crm_app.core.tables import examine, read_rows

WALL = datetime.fromisoformat
COLUMNS = (
    Column("名称", Kind.TEXT, 248),
    Column("订单数", Kind.COUNT),
    Column("金额", Kind.AMOUNT),
    Column("成立", Kind.DAY),
    Column("创建", Kind.MOMENT),
)
NAMES = (
    "深圳🚀科技", "第一行\n第二行", 'a "b", c', "𠮷野家", "  前后  ", "00123", "_x0041_", "<b>&amp;",
    "<r>rich</r>", "尾\u3000", "\ufffe",
    "https://example.com",
    "=1+1", "=HYPERLINK(\"http://evil\")",
    "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1+1", "－x",
)  # fmt: skip
ROWS: list[tuple[Any, ...]] = [
    (name, n - 5, Decimal(n) - Decimal("2.50"), date(2024, 2, 29), WALL("2024-12-31 23:59"))
    for n, name in enumerate(NAMES)
]
FORMULAS = ("=1", "+A1", "-A1", "@x", "\tx", "\rx", "\x01", " =1", "\u3000=1", "＝1", "－1+2", "+1+2", "-")
TEXTS = ("", "a=1", "-5", "+86", "-5.25", "0-1", "客户", " 前", "'=1", "张三@x")
EMPTY = ("", None, None, None, None)


def by_column(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return list(zip(*rows, strict=True))


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    with xlsx_sheet(path, COLUMNS, title="客户") as write:
        write(by_column(ROWS[:7]))
        write(by_column(ROWS[7:]))
        write(by_column([EMPTY]))
    return path


class TestXlsx:
    def test_headings_stay_text_for_whoever_edits_them(self, tmp_path: Path) -> None:
        path = tmp_path / "file"
        with xlsx_sheet(path, [Column(label, Kind.TEXT) for label in ("=1+1", "名称", "@x")], title="客户"):
            pass
        with path.open("rb") as file:
            head = load_workbook(file)["客户"][1]
        assert [(cell.value, cell.data_type, bool(cell.quotePrefix)) for cell in head] == [
            ("=1+1", "s", True), ("名称", "s", False), ("@x", "s", True),
        ]  # fmt: skip
        assert all(cell.font.bold for cell in head)

    def test_types_are_real_and_texts_come_back(self, book: Path) -> None:
        with book.open("rb") as file:
            sheet = load_workbook(file)["客户"]
        head, *rows = sheet.iter_rows(values_only=True)
        assert head == ("名称", "订单数", "金额", "成立", "创建")
        for row, (name, count, amount, day, moment) in zip(rows, ROWS, strict=False):
            # openpyxl leaves it to its caller to take back what stands for what XML has no character for.
            assert (unescape(str(row[0])), *row[1:]) == (name, count, float(amount), WALL(day.isoformat()), moment)
        assert sheet["C2"].number_format == "#,##0.00"
        assert sheet["D2"].number_format == "yyyy-mm-dd"

    def test_no_cell_is_a_formula_and_stays_text_when_it_is_edited(self, book: Path) -> None:
        with zipfile.ZipFile(book) as parts:
            xml = parts.read("xl/worksheets/sheet1.xml")
        assert b"<f" not in xml.replace(b"<format", b"")
        with book.open("rb") as file:
            sheet = load_workbook(file)["客户"]
        for place, name in enumerate(NAMES, start=2):
            cell = sheet.cell(place, 1)
            assert cell.data_type == "s"
            assert bool(cell.quotePrefix) == is_formula(name)

    def test_the_header_stays_and_filters(self, book: Path) -> None:
        with book.open("rb") as file:
            sheet = load_workbook(file)["客户"]
        assert sheet.freeze_panes == "B2"
        assert sheet.auto_filter.ref == f"A1:E{len(ROWS) + 2}"
        assert sheet.column_dimensions["A"].width > 30

    def test_a_day_that_excel_does_not_know_is_text(self, tmp_path: Path) -> None:
        path = tmp_path / "file"
        with xlsx_sheet(path, [Column("成立", Kind.DAY)], title="x") as write:
            write([[date(1899, 5, 1), date(1900, 3, 1)]])
        with path.open("rb") as file:
            sheet = load_workbook(file)["x"]
        assert (sheet["A2"].value, sheet["A3"].value) == ("1899-05-01", WALL("1900-03-01"))

    def test_what_is_too_long_for_a_cell_is_cut_and_a_character_never_is(self, tmp_path: Path) -> None:
        path = tmp_path / "file"
        with xlsx_sheet(path, [Column("名称", Kind.TEXT)], title="x") as write:
            write([["𠮷" * 20_000]])
            write([[]])
        with path.open("rb") as file:
            assert load_workbook(file)["x"]["A2"].value == "𠮷" * 16_383


class TestCsv:
    def read(self, path: Path) -> list[list[str]]:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.reader(file))

    def test_texts_come_back_and_formulas_are_made_text(self, tmp_path: Path) -> None:
        path = tmp_path / "file"
        with csv_sheet(path, COLUMNS) as write:
            write(by_column([*ROWS, EMPTY]))
        assert path.read_bytes().startswith(b"\xef\xbb\xbf")
        head, *rows = self.read(path)
        assert head == [column.label for column in COLUMNS]
        for row, (name, count, amount, _, _) in zip(rows, ROWS, strict=False):
            assert row == [
                f"'{name}" if is_formula(name) else name, str(count), str(amount), "2024-02-29", "2024-12-31 23:59",
            ]  # fmt: skip
        assert rows[-1] == [""] * 5
        assert rows[0][1:3] == ["-5", "-2.50"]

    def test_what_was_written_is_read_again(self, tmp_path: Path) -> None:
        texts = ["'=1+1", "=1+1", "''-x", "'", "''", "'甲'", "'-5", "-5", "' =x", "@a,'=b", "甲"]
        path = tmp_path / "file"
        with csv_sheet(path, [Column("名称", Kind.TEXT)]) as write:
            write([texts])
        for row, text in zip(self.read(path)[1:], texts, strict=True):
            assert not is_formula(row[0]), text
        assert [cells[0] for _, cells in read_rows(path, examine(path))] == ["名称", *texts]


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        *((text, True) for text in FORMULAS),
        *((text, False) for text in TEXTS),
    ],
)  # fmt: skip
def test_what_is_a_formula(text: str, is_one: bool) -> None:
    assert is_formula(text) is is_one

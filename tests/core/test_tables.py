"""Files that people bring: read whatever they were saved with, refused with a reason, and never a danger."""

import io
import struct
import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from crm_app.core import workbook_child
from crm_app.core.errors import Refused
from crm_app.core.tables import FileKind, examine, read_rows

ROWS = [["客户名称", "手机"], ["华为公司", "13800138000"], ["比亚迪,深圳", "0755-12345678"]]


def saved(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "source"
    path.write_bytes(content)
    return path


def refused(path: Path) -> str:
    with pytest.raises(Refused) as told:
        list(read_rows(path, examine(path)))
    return told.value.code


def book(*rows: list[object], title: str = "客户", **more: list[list[object]]) -> bytes:
    made = Workbook()
    sheet = made.active
    assert sheet
    sheet.title = title
    for row in rows:
        sheet.append(row)
    for name, lines in more.items():
        other = made.create_sheet(name)
        for line in lines:
            other.append(line)
    content = io.BytesIO()
    made.save(content)
    return content.getvalue()


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_text_is_read_whatever_it_was_saved_with(tmp_path: Path, encoding: str, delimiter: str) -> None:
    lines = [delimiter.join(f'"{cell}"' if "," in cell else cell for cell in row) for row in ROWS]
    path = saved(tmp_path, "\r\n".join(lines).encode(encoding))
    table = examine(path)
    assert (table.kind, table.delimiter) == (FileKind.CSV, delimiter)
    assert [cells for _, cells in read_rows(path, table)] == ROWS


def test_rows_keep_their_numbers_beside_empty_ones(tmp_path: Path) -> None:
    path = saved(tmp_path, "名称,手机\n\n,,\n甲,1\n".encode())
    assert list(read_rows(path, examine(path))) == [(1, ["名称", "手机"]), (4, ["甲", "1"])]


def test_cells_with_line_ends_and_quotes(tmp_path: Path) -> None:
    path = saved(tmp_path, '名称,备注\n甲,"第一行\n第""二""行"\n'.encode())
    assert list(read_rows(path, examine(path)))[1] == (2, ["甲", '第一行\n第"二"行'])


@given(st.binary(min_size=1, max_size=400))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None)
def test_no_bytes_break_the_reader(tmp_path: Path, content: bytes) -> None:
    path = saved(tmp_path, content)
    try:
        rows = list(read_rows(path, examine(path)))
    except Refused as error:
        assert error.code.startswith("error.file.")
    else:
        assert all(isinstance(cell, str) for _, cells in rows for cell in cells)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b" \n ", "empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00", "not_table"),
        (b"%PDF-1.7\n\x00\x01", "not_table"),
        ("名称\n".encode() + "甲公司\n".encode() * 3 + "乙公司\n".encode("gbk"), "mixed"),
        ("名称\n".encode("gbk") + b"\xff\xff\xff\n", "encoding"),
        (("名称\n" + "长" * 50_000).encode(), "cell"),
        ((",".join("列" * 1 for _ in range(250)) + "\n").encode(), "columns"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old_workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        (b"PK\x03\x04" + bytes(100), "damaged"),
    ],
)
def test_what_can_not_be_read_is_said(tmp_path: Path, content: bytes, code: str) -> None:
    assert refused(saved(tmp_path, content)) == f"error.file.{code}"


@pytest.mark.parametrize("line", [b"a," * 600_000, b'"a\n",' * 300_000], ids=["one line", "line ends in cells"])
def test_a_row_without_end_is_refused_before_it_is_taken_apart(tmp_path: Path, line: bytes) -> None:
    assert refused(saved(tmp_path, b"a,b\n1,2\n" + line + b"\n")) == "error.file.cell"
    assert refused(saved(tmp_path, line + b"\n1,2\n")) == "error.file.cell"


def test_many_long_rows_are_read(tmp_path: Path) -> None:
    rows = [["x" * 30_000 for _ in range(30)] for _ in range(60)]
    path = saved(tmp_path, "\n".join(map(",".join, rows)).encode())
    assert [cells for _, cells in read_rows(path, examine(path))] == rows


def test_a_workbook_gives_what_its_reader_sees(tmp_path: Path) -> None:
    rows = [
        ["名称", "日期", "电话", "金额", "公式", "是"],
        ["甲", date(2024, 3, 5), 13800138000, 1.5, "=1+1", True],
    ]
    path = saved(tmp_path, book(*rows))
    table = examine(path)
    assert (table.kind, table.sheets) == (FileKind.XLSX, ("客户",))
    # Nobody ever computed the formula: it has no value, and gets none here.
    assert list(read_rows(path, table))[1] == (2, ["甲", "2024-03-05", "13800138000", "1.5", "", "TRUE"])


def test_the_first_sheet_with_content_unless_another_is_chosen(tmp_path: Path) -> None:
    path = saved(tmp_path, book(title="封面", 客户=[["名称"], ["甲"]], 其他=[["别的"], ["乙"]]))
    first = examine(path)
    assert (first.sheets, first.sheet) == (("封面", "客户", "其他"), 1)
    assert [cells for _, cells in read_rows(path, first)] == [["名称"], ["甲"]]
    other = examine(path, sheet=2)
    assert [cells for _, cells in read_rows(path, other)] == [["别的"], ["乙"]]
    with pytest.raises(Refused):
        examine(path, sheet=7)


@pytest.mark.parametrize("share", [0.3, 0.7, 0.98])
def test_a_truncated_workbook_is_damaged(tmp_path: Path, share: float) -> None:
    whole = book(["名称"], ["甲"])
    assert refused(saved(tmp_path, whole[: int(len(whole) * share)])) == "error.file.damaged"


def changed(content: bytes, part: str, new: bytes) -> bytes:
    """A workbook with another content of one part."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as out:
        for name in old.namelist():
            out.writestr(name, new if name == part else old.read(name))
    return made.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
OPENING = (
    b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
)


def test_a_stray_cell_at_the_last_corner_harms_nobody(tmp_path: Path) -> None:
    cells = b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    content = changed(book(["名称"]), SHEET, OPENING + cells + b"</sheetData></worksheet>")
    assert refused(saved(tmp_path, content)) in ("error.file.bomb", "error.file.columns", "error.file.damaged")


def inline(*texts: str) -> bytes:
    rows = "".join(
        f'<row r="{at}"><c r="A{at}" t="inlineStr"><is><t>{text}</t></is></c></row>' for at, text in enumerate(texts, 1)
    )
    return OPENING + f"{rows}</sheetData></worksheet>".encode()


def test_no_cell_of_a_workbook_is_longer_than_any_of_excel(tmp_path: Path) -> None:
    path = saved(tmp_path, changed(book(["名称"]), SHEET, inline("名称", "长" * 32_767)))
    assert [len(cells[0]) for _, cells in read_rows(path, examine(path))] == [2, 32_767]
    with pytest.raises(Refused) as told:
        examine(saved(tmp_path, changed(book(["名称"]), SHEET, inline("名称", "a" * 2_000_000))))
    assert (told.value.code, told.value.params) == ("error.file.cell", {"line": 2})


def test_a_workbook_brings_no_nul(tmp_path: Path) -> None:
    path = saved(tmp_path, changed(book(["名称"]), SHEET, inline("名_x0000_称", "甲\x00乙")))
    assert list(read_rows(path, examine(path))) == [(1, ["名称"]), (2, ["甲乙"])]


def test_the_rows_of_a_workbook_fill_no_disk(tmp_path: Path) -> None:
    rows: list[list[object]] = [["长" * 200]] * 100
    source, target = saved(tmp_path, book(*rows)), tmp_path / "rows"
    code = "from crm_app.core import workbook_child as child; child.MOST_WRITTEN = 40_000; child.main()"
    done = subprocess.run([sys.executable, "-c", code, source, target, "-1"], capture_output=True, check=False)
    assert done.returncode
    assert 0 < target.stat().st_size <= 40_000


def test_many_sheets_with_long_names_are_not_all_offered(tmp_path: Path) -> None:
    more: dict[str, list[list[object]]] = {f"{at}": [["x"]] for at in range(workbook_child.MOST_SHEETS + 5)}
    content = book(["名称"], title="一", **more)
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        names = old.read("xl/workbook.xml").replace('name="一"'.encode(), b'name="' + b"x" * 5_000 + b'"')
    table = examine(saved(tmp_path, changed(content, "xl/workbook.xml", names)))
    assert len(table.sheets) == workbook_child.MOST_SHEETS
    assert table.sheets[0] == "x" * workbook_child.LONGEST_TITLE


def test_no_entity_is_resolved(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("秘密")
    doctype = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY s SYSTEM "file://{secret}">]>'.encode()
    cells = b'<row r="1"><c r="A1" t="inlineStr"><is><t>x &s;</t></is></c></row></sheetData></worksheet>'
    content = changed(book(["名称"]), SHEET, doctype + OPENING.partition(b"?>")[2] + cells)
    path = saved(tmp_path, content)
    try:
        rows = list(read_rows(path, examine(path)))
    except Refused as error:
        assert error.code == "error.file.damaged"
    else:
        assert "秘密" not in str(rows)


def test_a_bomb_is_refused_by_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("[Content_Types].xml", "x")
        out.writestr("xl/workbook.xml", "x")
        with out.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            for _ in range(workbook_child.MOST_UNPACKED // (1 << 24) + 1):
                part.write(bytes(1 << 24))
    assert len(made.getvalue()) < 1 << 20
    assert refused(saved(tmp_path, made.getvalue())) == "error.file.bomb"


def test_a_bomb_is_refused_that_says_less_than_it_is(tmp_path: Path) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("[Content_Types].xml", "x")
        out.writestr("xl/workbook.xml", "x")
        out.writestr(SHEET, bytes(50_000_000))
    lying = made.getvalue().replace(struct.pack("<L", 50_000_000), struct.pack("<L", 10))
    assert refused(saved(tmp_path, lying)) == "error.file.damaged"


def test_another_archive_is_no_workbook(tmp_path: Path) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as out:
        out.writestr("readme.txt", "x")
    assert refused(saved(tmp_path, made.getvalue())) == "error.file.not_workbook"

"""Printed tables: read back by another library than the one that wrote them (R4.3)."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pypdfium2 import PdfDocument

from crm_app.core.pdf import PdfWords, _Pages, pdf_sheet
from crm_app.core.sheets import Column, Kind

WORDS = PdfWords("客户", "筛选:所属行业 是 制造业 · 导出人:李销售", "第 {page} / {pages} 页")
COLUMNS = (
    Column("名称", Kind.TEXT, 248),
    Column("订单数", Kind.COUNT),
    Column("金额", Kind.AMOUNT),
    Column("成立", Kind.DAY),
    Column("创建", Kind.MOMENT),
)
NOTHING = (None, None, None, None)


def written(path: Path, rows: Sequence[Sequence[Any]], columns: Sequence[Column] = COLUMNS) -> list[str]:
    """The text of each page."""
    with pdf_sheet(path, columns, WORDS) as write:
        write(list(zip(*rows, strict=True)))
    with PdfDocument(path) as document:
        return [page.get_textpage().get_text_range() for page in document]


def test_values_are_written_as_people_read_them(tmp_path: Path) -> None:
    moment = datetime.fromisoformat("2024-12-31 23:59")
    (text,) = written(tmp_path / "file", [("深圳科技", 1200, Decimal("-1234567.5"), date(2024, 2, 29), moment)])
    for said in ("深圳科技", "1,200", "-1,234,567.50", "2024-02-29", "2024-12-31 23:59", "制造业", "第 1 / 1 页"):
        assert said in text


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("䶮鴻海精密", "䶮鴻海精密"),
        ("Ünïcode & <b>", "Ünïcode & <b>"),
        ("火箭🚀公司", "火箭□公司"),
        ("零\u200b宽\x07响", "零宽响"),
        ("=1+1", "=1+1"),
        ("(\\", "(\\"),
    ],
)
def test_texts_come_back(tmp_path: Path, name: str, shown: str) -> None:
    (text,) = written(tmp_path / "file", [(name, *NOTHING)])
    assert shown in text


def test_long_texts_wrap_and_lose_nothing(tmp_path: Path) -> None:
    long = "".join(f"第{n}句话。" for n in range(60)) + " International Trading Company Limited\n新的一行"
    (text,) = written(tmp_path / "file", [(long, *NOTHING)])
    assert "".join(long.split()) in "".join(text.split())
    assert "International" in text, "a word is not broken where it fits on a line"


def test_a_row_higher_than_a_page_goes_on(tmp_path: Path) -> None:
    long = "".join(f"第{n}句话。" for n in range(800))
    pages = written(tmp_path / "file", [("前", *NOTHING), (long, *NOTHING), ("后", *NOTHING)])
    assert len(pages) > 2
    rest = "".join("".join(page.partition("创建")[2].split()) for page in pages)
    for n in range(800):
        assert f"第{n}句话" in rest.replace(f"第{n}/", "")
    assert "后" in pages[-1]


def test_every_page_has_the_header_and_its_number(tmp_path: Path) -> None:
    pages = written(tmp_path / "file", [(f"客户{n:04d}", n, None, None, None) for n in range(400)])
    assert len(pages) > 9
    for n, text in enumerate(pages, start=1):
        assert f"第 {n} / {len(pages)} 页" in text
        assert "导出人:李销售" in text
        assert "订单数" in text
    names = re.findall(r"客户\d{4}", " ".join(pages))
    assert names == [f"客户{n:04d}" for n in range(400)]


def test_none_is_a_table_too(tmp_path: Path) -> None:
    (text,) = written(tmp_path / "file", [])
    assert "订单数" in text


@pytest.mark.parametrize(("count", "width"), [(5, 842), (16, 1191), (60, 2384)])
def test_more_columns_take_larger_paper_landscape(tmp_path: Path, count: int, width: int) -> None:
    columns = [Column(f"栏{n}", Kind.TEXT, 120) for n in range(count)]
    path = tmp_path / "file"
    (text,) = written(path, [[f"值{n}" for n in range(count)]], columns)
    assert all(f"值{n}" in text for n in range(count))
    with PdfDocument(path) as document:
        assert document[0].get_size() == pytest.approx((width, {842: 595, 1191: 842, 2384: 1684}[width]))


def test_the_font_is_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    written(path, [("客户", *NOTHING)])
    held = path.read_bytes()
    assert b"/FontFile2" in held
    assert b"NotoSansSC" in held
    assert len(held) < 60_000, "only the glyphs that are used"


def test_full_pages_wait_compressed(tmp_path: Path) -> None:
    from fpdf.output import PDFPage

    pages = _Pages(COLUMNS, WORDS)
    for number in range(400):
        pages.add([f"第{number}家公司", "1", "2.00", "2024-02-29", "2024-12-31 23:59"])
    first, last = pages.pdf.pages[1], pages.pdf.pages[pages.pdf.page]
    kept = PDFPage.__dict__["contents"].__get__(first)
    assert isinstance(first.contents, bytearray)
    assert len(kept) < len(first.contents) / 2
    assert isinstance(last.contents, bytearray), "the page that is written to is as the writer made it"
    pages.pdf.output(str(tmp_path / "file"))
    with PdfDocument(tmp_path / "file") as document:
        assert len(document) == pages.pdf.page > 5
        assert f"第 1 / {pages.pdf.page} 页" in document[0].get_textpage().get_text_range()

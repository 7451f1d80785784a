"""Writing a table to a PDF: landscape pages of as much paper as the columns need, each with its header and number.

The font comes with the product, so that Chinese shows and is found where no Chinese font is installed. Texts wrap, none
is cut: a row goes on on the next page if it has to. The writer is imported where it is needed.
"""
# ruff: noqa: PLC0415 - most servers start more often than somebody exports.

import logging
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crm_app.core.sheets import Column, Kind, Write

if TYPE_CHECKING:
    from fpdf import FPDF

MOST_PDF_ROWS = 100_000
"""A file of some thousand pages; it is held in memory until it is whole."""
_FONT = Path(__file__).parent / "fonts/NotoSansSC-Regular.ttf"
_PAPERS = ((842, 595), (1191, 842), (1684, 1191), (2384, 1684))
"""A4 to A1, in points, landscape."""
_MARGIN, _GAP = 28.0, 4.0
_SIZE, _LEADING, _PAD = 7.0, 10.0, 3.0
_TITLE = 13.0
_POINTS_A_PIXEL = 0.58
"""A screen shows 13 pixels where the paper has 7 points."""
_SQUEEZE = 0.8
"""How much narrower than on the screen columns may be before larger paper is taken."""
_NARROWEST = 26.0
_INK, _QUIET, _RULE, _HEAD = 30, 110, 215, 244
_TOTAL = "{pages}"
_BOX = "\u25a1"
_INSTEAD = {"\t": " "}

_TEXTS: dict[Kind, Callable[[Any], str]] = {
    Kind.TEXT: lambda value: value,
    Kind.COUNT: "{:,}".format,
    Kind.AMOUNT: "{:,.2f}".format,
    Kind.DAY: lambda value: value.isoformat(),
    Kind.MOMENT: lambda value: value.isoformat(" ", "minutes"),
}


@dataclass(frozen=True, slots=True)
class PdfWords:
    """What stands on each page around the table."""

    title: str
    facts: str
    """The filter, who and when; wraps."""
    page: str
    """With {page} and {pages}."""


@contextmanager
def pdf_sheet(path: Path, columns: Sequence[Column], words: PdfWords) -> Iterator[Write]:
    """A PDF of the rows that are written."""
    pages = _Pages(columns, words)
    shows = [_TEXTS[column.kind] for column in columns]

    def write(values: Sequence[Sequence[Any]]) -> None:
        for row in zip(*values, strict=True):
            pages.add(
                ["" if value is None or value == "" else show(value) for show, value in zip(shows, row, strict=True)]
            )

    yield write
    pages.pdf.output(str(path))


class _Pages:
    """The pages so far, and where the next row goes."""

    def __init__(self, columns: Sequence[Column], words: PdfWords) -> None:
        from fpdf import FPDF

        # Which characters a font lacks would stand in the log, with each customer who has one.
        for noisy in ("fpdf", "fontTools"):
            logging.getLogger(noisy).setLevel(logging.ERROR)
        self.columns, self.words = columns, words
        wanted = [max(_NARROWEST, column.width * _POINTS_A_PIXEL) for column in columns]
        paper = next((one for one in _PAPERS if sum(wanted) * _SQUEEZE <= one[0] - 2 * _MARGIN), _PAPERS[-1])
        self.width, self.height = paper
        fill = (self.width - 2 * _MARGIN) / sum(wanted)
        self.widths = [width * fill for width in wanted]
        self.pdf = FPDF(unit="pt", format=(self.height, self.width), orientation="landscape")
        self.pdf.set_title(words.title)
        self.pdf.set_auto_page_break(False)
        self.pdf.alias_nb_pages(_TOTAL)
        self.pdf.add_font("body", "", _FONT)
        self.pdf.set_font("body", size=_SIZE)
        self.ruler = _Ruler(self.pdf)
        self.right = [column.kind in (Kind.COUNT, Kind.AMOUNT) for column in columns]
        self.head = [self.ruler.wrap(one.label, width - _GAP) for one, width in zip(columns, self.widths, strict=True)]
        self.facts = self.ruler.wrap(words.facts, self.width - 2 * _MARGIN)
        self.bottom = self.height - _MARGIN - _LEADING
        self.top = self.y = self._begin()

    def _begin(self) -> float:
        """A new page with what stands on each; where its rows begin."""
        pdf = self.pdf
        if pdf.page:
            _pack(pdf.pages[pdf.page])
        pdf.add_page()
        pdf.set_font("body", size=_TITLE)
        pdf.set_text_color(_INK)
        pdf.text(_MARGIN, _MARGIN + _TITLE, self.words.title)
        pdf.set_font("body", size=_SIZE)
        pdf.set_text_color(_QUIET)
        y = _MARGIN + _TITLE + _PAD
        for line in self.facts:
            y += _LEADING
            pdf.text(_MARGIN, y, line)
        page = self.words.page.format(page=pdf.page_no(), pages=_TOTAL)
        pdf.set_xy(_MARGIN, self.height - _MARGIN - _LEADING)
        pdf.cell(self.width - 2 * _MARGIN, _LEADING, page, align="R")
        pdf.set_text_color(_INK)
        y += 2 * _PAD
        height = _LEADING * max(map(len, self.head)) + 2 * _PAD
        pdf.set_fill_color(_HEAD)
        pdf.rect(_MARGIN, y, self.width - 2 * _MARGIN, height, style="F")
        pdf.set_draw_color(_RULE)
        pdf.set_line_width(0.4)
        self._draw(self.head, y + _PAD)
        return y + height

    def add(self, texts: Sequence[str]) -> None:
        """A row below the last one."""
        cells = [
            self.ruler.wrap(text, width - _GAP) if text else [] for text, width in zip(texts, self.widths, strict=True)
        ]
        lines = max(1, *map(len, cells))
        while True:
            fits = int((self.bottom - self.y - 2 * _PAD) / _LEADING)
            if lines <= fits:
                break
            if self.y == self.top and fits > 0:
                # Higher than a page.
                self._draw([cell[:fits] for cell in cells], self.y + _PAD)
                cells, lines = [cell[fits:] for cell in cells], lines - fits
            self.y = self._begin()
        self._draw(cells, self.y + _PAD)
        self.y += lines * _LEADING + 2 * _PAD
        self.pdf.line(_MARGIN, self.y, self.width - _MARGIN, self.y)

    def _draw(self, cells: Sequence[Sequence[str]], y: float) -> None:
        x = _MARGIN
        for cell, width, right in zip(cells, self.widths, self.right, strict=True):
            base = y + _SIZE
            for line in cell:
                left = x + width - _GAP / 2 - self.ruler.width(line) if right else x + _GAP / 2
                self.pdf.text(left, base, line)
                base += _LEADING
            x += width


def _pack(page: Any) -> None:
    """Keep a full page compressed: thousands of them wait until the file is whole, as each tells how many there are."""
    raw = page.contents
    page.__class__ = _packed()
    page.contents = raw


@cache
def _packed() -> type:
    """The writer's page, which gives its contents as they were and keeps them small.."""
    from fpdf.output import PDFPage

    kept: Any = PDFPage.__dict__["contents"]

    class Packed(PDFPage):
        __slots__ = ()

        @property
        def contents(self) -> Any:
            found = kept.__get__(self)
            return bytearray(zlib.decompress(found)) if isinstance(found, bytes) else found

        @contents.setter
        def contents(self, value: Any) -> None:
            # What the writer makes of it at the end is compressed already.
            kept.__set__(self, zlib.compress(value, 1) if isinstance(value, bytearray) else value)

    return Packed


class _Ruler:
    """How wide texts are, and where they break."""

    def __init__(self, pdf: "FPDF") -> None:
        self._pdf = pdf
        self._widths: dict[str, float] = {}
        self._seen: set[str] = set()
        self._unshown: dict[int, str] = {}

    def width(self, text: str) -> float:
        """In points, at the size of the body."""
        known = self._widths
        try:
            return sum([known[one] for one in text])
        except KeyError:
            known |= {one: self._pdf.get_string_width(one) for one in set(text) - known.keys()}
            return sum([known[one] for one in text])

    def wrap(self, text: str, width: float) -> list[str]:
        """The lines of a text; between two words of Latin letters, else after any character."""
        text = self._showable(text)
        if len(text) * _SIZE <= width and "\n" not in text:
            return [text]
        lines: list[str] = []
        for paragraph in text.split("\n"):
            rest = paragraph
            while self.width(rest) > width:
                cut = self._cut(rest, width)
                lines.append(rest[:cut].rstrip())
                rest = rest[cut:].lstrip()
            if rest or not paragraph:
                lines.append(rest)
        return lines

    def _showable(self, text: str) -> str:
        """With a box for what the font lacks, rather than nothing."""
        if not self._seen.issuperset(text):
            shown = self._pdf.fonts["body"].cmap  # type: ignore[union-attr]
            for one in set(text) - self._seen:
                if ord(one) not in shown and one != "\n":
                    self._unshown[ord(one)] = _BOX if one.isprintable() else _INSTEAD.get(one, "")
                self._seen.add(one)
        return text.translate(self._unshown) if not self._unshown.keys().isdisjoint(map(ord, text)) else text

    def _cut(self, text: str, width: float) -> int:
        """How many characters of a text that is too wide stand on its first line."""
        used, fits = 0.0, 0
        for one in text:
            used += self._widths[one]
            if used > width:
                break
            fits += 1
        fits = max(1, fits)
        word = re.search(r"[!-~]+$", text[:fits])
        if word and word.start() and re.match(r"[!-~]", text[fits:]) and fits - word.start() < fits / 2:
            return word.start()
        return fits

"""Reading tables from files that people bring: workbooks and comma-separated values (R4.1), row by row.

Every cell is text, as its reader sees it. A workbook is turned into lines of JSON by a program of its own
(`workbook_child`), so that no file can take the server's memory or end it; from then on both kinds are streamed.
"""

import csv
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO

from crm_app.core import workbook_child
from crm_app.core.errors import Refused
from crm_app.core.sheets import unguarded

MOST_COLUMNS = workbook_child.MOST_COLUMNS
DELIMITERS = (",", ";", "\t", "，", "|")
_LOOKED_AT = 50
"""Records by which the delimiter is told."""
_CHUNK = 1 << 20
_WAIT_SECONDS = 180
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How files of Excel before 2007 begin, and encrypted ones of today."""
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_LONGEST_CELL = workbook_child.LONGEST_CELL
_LONGEST_RECORD = 1_000_000
"""Characters of a row and of a line: the reader of such files lets nobody else go on until it has read one."""


class FileKind(StrEnum):
    """What the content of a file is, whatever its name says."""

    CSV = "csv"
    XLSX = "xlsx"


@dataclass(frozen=True, slots=True)
class TableFile:
    """A file that can be read, and how."""

    kind: FileKind
    encoding: str = ""
    delimiter: str = ""
    sheets: tuple[str, ...] = ()
    sheet: int = 0


Row = tuple[int, list[str]]
"""Its number in the file, from 1, and its cells without the empty ones at the end."""


def rows_file(path: Path) -> Path:
    """Where the rows of the workbook at `path` are."""
    return path.with_name(path.name + ".rows")


def examine(path: Path, *, sheet: int = -1) -> TableFile:
    """What is in the file; of a workbook the sheet is made ready, the first with content by default.

    Raises Refused("error.file.…") for what is no table.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    if not head.strip():
        raise Refused("error.file.empty")
    if head.startswith(b"PK\x03\x04"):
        return _examine_workbook(path, sheet)
    if head.startswith(_OLD_WORKBOOK):
        raise Refused("error.file.encrypted" if _contains(path, _ENCRYPTED) else "error.file.old_workbook")
    encoding = _encoding_of(path, head)
    return TableFile(FileKind.CSV, encoding, _delimiter_of(path, encoding))


def read_rows(path: Path, table: TableFile) -> Iterator[Row]:
    """Its rows that are not empty, one after another. Raises Refused for what can't be read on."""
    rows = _json_rows(path) if table.kind is FileKind.XLSX else _csv_rows(path, table)
    for number, cells in rows:
        if len(cells) > MOST_COLUMNS:
            raise Refused("error.file.columns", most=MOST_COLUMNS)
        if any(cells):
            yield number, cells


def _contains(path: Path, words: bytes) -> bool:
    rest = b""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            if words in rest + chunk:
                return True
            rest = chunk[-len(words) :]
    return False


# --- workbooks


def _examine_workbook(path: Path, sheet: int) -> TableFile:
    target = rows_file(path)
    target.touch(mode=0o600)
    command = [sys.executable, "-I", workbook_child.__file__, str(path), str(target), str(sheet)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_WAIT_SECONDS, check=False)  # noqa: S603 - our own program.
    except subprocess.TimeoutExpired:
        raise Refused("error.file.bomb") from None
    if done.returncode:  # Its limits ended it.
        raise Refused("error.file.bomb")
    answer = json.loads(done.stdout)
    if error := answer.get("error"):
        raise Refused(f"error.file.{error}", **answer.get("params", {}))
    return TableFile(FileKind.XLSX, sheets=tuple(answer["sheets"]), sheet=answer["sheet"])


def _json_rows(path: Path) -> Iterator[Row]:
    with rows_file(path).open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            if line != "[]\n":
                yield number, json.loads(line)


# --- comma-separated values


def _encoding_of(path: Path, head: bytes) -> str:
    for mark, encoding in _MARKS.items():
        if head.startswith(mark):
            _insist(path, encoding)
            return encoding
    if b"\x00" in head:
        raise Refused("error.file.not_table")
    if _first_wrong_line(path, "utf-8") is None:
        return "utf-8"
    utf8, wrong = _count_utf8_lines(path)
    if utf8 and utf8 >= wrong:
        raise Refused("error.file.mixed", line=_first_wrong_line(path, "utf-8") or 1)
    _insist(path, "gb18030")
    return "gb18030"


def _insist(path: Path, encoding: str) -> None:
    line = _first_wrong_line(path, encoding)
    if line is not None:
        raise Refused("error.file.encoding", line=line)


def _first_wrong_line(path: Path, encoding: str) -> int | None:
    """The first line that is not in this encoding; None when all are."""
    line = 0
    try:
        with path.open(encoding=encoding, newline="\n") as file:
            for text in file:
                line += 1
                if "\x00" in text:
                    raise Refused("error.file.not_table")
                if len(text) > _LONGEST_RECORD:
                    raise Refused("error.file.cell", line=line)
    except UnicodeError:
        return line + 1
    return None


def _count_utf8_lines(path: Path) -> tuple[int, int]:
    """How many lines that need an encoding are in UTF-8, and how many are not."""
    utf8 = wrong = 0
    with path.open("rb") as file:
        for line in file:
            if line.isascii():
                continue
            try:
                line.decode("utf-8")
                utf8 += 1
            except UnicodeDecodeError:
                wrong += 1
    return utf8, wrong


def _open(path: Path, encoding: str) -> IO[str]:
    return path.open(encoding=encoding, newline="")


def _delimiter_of(path: Path, encoding: str) -> str:
    """The one that cuts the first records into most columns, as many each time."""
    with _open(path, encoding) as file:
        lines = file.readlines(_LONGEST_RECORD)[:_LOOKED_AT]
    if lines and (said := lines[0].strip().lower()).startswith("sep=") and len(said) == 5:
        return said[4]
    best, most = ",", 0.0
    for delimiter in DELIMITERS:
        widths = [len(row) for row in _parsed(lines, delimiter) if any(row)]
        width, often = Counter(widths).most_common(1)[0] if widths else (1, 0)
        score = (width - 1) * often / max(1, len(widths))
        if score > most:
            best, most = delimiter, score
    return best


def _parsed(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    try:
        return list(csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        return []


class _TooLong(Exception):
    """A row goes on and on."""


class _Lines:
    """The lines of a file, of which the reader takes one after another until a row is whole."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self.taken = 0
        """Characters of the row that is being read."""

    def __iter__(self) -> Iterator[str]:
        for line in self._file:
            self.taken += len(line)
            if self.taken > _LONGEST_RECORD:
                raise _TooLong
            yield line


def _csv_rows(path: Path, table: TableFile) -> Iterator[Row]:
    with _open(path, table.encoding) as file:
        lines = _Lines(file)
        number = 0
        try:
            for cells in csv.reader(lines, delimiter=table.delimiter):
                number += 1
                lines.taken = 0
                if number == 1 and len(cells) == 2 and cells[0].lower() == "sep=":
                    continue
                if cells and len(max(cells, key=len)) > _LONGEST_CELL:
                    raise Refused("error.file.cell", line=number)
                yield number, _stripped(_unguarded(cells))
        except (csv.Error, _TooLong):
            raise Refused("error.file.cell", line=number + 1) from None


def _unguarded(cells: list[str]) -> list[str]:
    """Without the apostrophe before what would be a formula: it says that a text is meant (`core.sheets`)."""
    if "'" not in "".join(cells):
        return cells
    return [unguarded(cell) for cell in cells]


def _stripped(cells: list[str]) -> list[str]:
    while cells and not cells[-1].strip():
        cells.pop()
    return cells

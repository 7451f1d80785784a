"""Reads one sheet of a workbook that a stranger made: a program of its own, run by `core.workbooks`.

It has limits on memory and time that end it and nobody else: a stray cell at the lower right corner, or one long text
shared by a million cells, makes any reader ask for more memory than there is. It imports nothing of the application,
prints one JSON object, and writes each row of the sheet as a line of JSON. No formula is evaluated, no entity resolved.
"""

import json
import resource
import sys
import zipfile
from datetime import datetime, time
from typing import Any

MEMORY = 1_500_000_000
SECONDS = 120
MOST_UNPACKED = 600_000_000
"""Bytes of all parts: Excel itself makes 200 MB of a hundred thousand rows at most."""
MOST_WRITTEN = 2_000_000_000
"""Bytes of its rows: a text that many cells share is written for each."""
MOST_PARTS = 5_000
MOST_COLUMNS = 200
MOST_SHEETS = 200
LONGEST_CELL = 40_000
"""Characters; Excel itself takes 32,767."""
LONGEST_TITLE = 100
"""Characters of a sheet's name; Excel itself takes 31."""
CHUNK = 1 << 20
_MIDNIGHT = time()


class Unreadable(Exception):
    """Why the file can't be read."""

    def __init__(self, code: str, **params: int) -> None:
        super().__init__(code)
        self.params = params


def check_parts(path: str) -> None:
    """Unpack every part once, before anybody trusts what the file says of itself. Raises Unreadable."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            names = {part.filename for part in parts}
            if "[Content_Types].xml" not in names or "xl/workbook.xml" not in names:
                raise Unreadable("not_workbook")
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
                raise Unreadable("bomb")
            if any(part.flag_bits & 1 for part in parts):
                raise Unreadable("encrypted")
            for part in parts:
                if part.filename.startswith("xl/") and part.filename.endswith((".xml", ".rels")):
                    # It ends at the size that the archive declares; a part that is another one fails its checksum.
                    with archive.open(part) as stream:
                        while stream.read(CHUNK):
                            pass
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise Unreadable("damaged") from error
    except Exception as error:
        if type(error).__name__ == "error":  # zlib's has no other name.
            raise Unreadable("damaged") from error
        raise


def shown(value: Any) -> str:
    """A cell as its reader sees it, numbers without what Excel adds to them."""
    if isinstance(value, str):
        return value.replace("\x00", "")  # Excel shows none, and no database takes one.
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e18 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == _MIDNIGHT else value.isoformat(" ", "seconds")
    return "" if value is None else str(value)


def write_rows(sheet: Any, target: str) -> int:
    """Write the rows; how many, counted to the last one. The first line is the first row of the sheet."""
    if sheet.end and sheet.end[1] >= MOST_COLUMNS:
        raise Unreadable("columns", most=MOST_COLUMNS)
    count = 0
    with open(target, "w", encoding="utf-8") as file:  # noqa: PTH123 - this program starts for each file: quickly.
        for row in sheet.iter_rows():
            cells = [shown(value) for value in row]
            while cells and not cells[-1]:
                cells.pop()
            if cells and len(max(cells, key=len)) > LONGEST_CELL:
                raise Unreadable("cell", line=count + 1)
            file.write(json.dumps(cells, ensure_ascii=False))
            file.write("\n")
            count += 1
    return count


def convert(source: str, target: str, wanted: int) -> dict[str, Any]:
    """Write the wanted sheet, or with -1 the first one that has a cell. Raises Unreadable."""
    from python_calamine import (  # noqa: PLC0415 - what is refused needs no reader.
        CalamineError,
        CalamineWorkbook,
        SheetTypeEnum,
        SheetVisibleEnum,
    )

    check_parts(source)
    try:
        book = CalamineWorkbook.from_path(source)
        sheets = [
            place
            for place, one in enumerate(book.sheets_metadata)
            if one.typ == SheetTypeEnum.WorkSheet and one.visible == SheetVisibleEnum.Visible
        ][:MOST_SHEETS]
        names = [shown(book.sheet_names[place])[:LONGEST_TITLE] for place in sheets]
        chosen = wanted
        for place in range(len(sheets)) if wanted < 0 else [wanted]:
            if not 0 <= place < len(sheets):
                raise Unreadable("no_sheet")
            sheet = book.get_sheet_by_index(sheets[place])
            chosen = place
            if sheet.height:
                break
        else:
            raise Unreadable("empty")
        if not sheet.height:
            raise Unreadable("empty")
        return {"sheets": names, "sheet": chosen, "rows": write_rows(sheet, target)}
    except CalamineError as error:
        raise Unreadable("damaged") from error


def main() -> None:
    """`workbook_child.py SOURCE TARGET SHEET`."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_WRITTEN, MOST_WRITTEN))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    source, target, wanted = sys.argv[1:]
    try:
        answer = convert(source, target, int(wanted))
    except Unreadable as error:
        answer = {"error": str(error), "params": error.params}
    except MemoryError:
        answer = {"error": "bomb"}
    sys.stdout.write(json.dumps(answer, ensure_ascii=False))


if __name__ == "__main__":
    main()

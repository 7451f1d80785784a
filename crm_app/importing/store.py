"""What a check found, beside the database: the rows ready to be written, and a small file to page through the rest.

A hundred thousand wrong cells are no business of the database that others work in, and are forgotten with their file.
"""

import json
import secrets
import shutil
import sqlite3
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from crm_app.importing import files
from crm_app.importing.rules import Marks
from crm_app.importing.schemas import CellProblem, CheckedRow, ReadRow

_BATCH = 2_000
_SCHEMA = """
CREATE TABLE problem (id INTEGER PRIMARY KEY, row INT, col INT, target TEXT, value TEXT, code TEXT, params TEXT);
CREATE TABLE twin (row INTEGER PRIMARY KEY, name TEXT, other INT, customer_id INT, reasons TEXT, owner TEXT,
  number TEXT, theirs TEXT, editable INT, version INT, keyed INT);
CREATE TABLE word (target TEXT, text TEXT, rows INT, PRIMARY KEY (target, text));
CREATE TABLE unwritable (row INTEGER PRIMARY KEY);
CREATE INDEX problem_row ON problem (row);
"""
MOST_WORDS = 1_000


@dataclass(frozen=True, slots=True)
class Twin:
    """A row that is there already: in the file at row `other`, or as a customer."""

    row: int
    name: str
    other: int = 0
    customer_id: int = 0
    reasons: tuple[str, ...] = ()
    owner: str = ""
    number: str = ""
    """Empty out of reach, as is `theirs`."""
    theirs: str = ""
    editable: bool = False
    version: int = 0
    """The customer's when the row was checked."""
    keyed: bool = False
    """Whether it is the customer that the row names by its key."""


class Kind(NamedTuple):
    """What decides about a row that is there already, unless somebody chose for it alone."""

    keyed: bool
    editable: bool
    """Whether there is a customer whom the person may change."""
    wrong: bool


class Stand(NamedTuple):
    """Of a row that is there already what decides about it."""

    customer_id: int
    version: int
    keyed: bool
    editable: bool


class Stands:
    """By row, in 16 bytes for each up to the last."""

    def __init__(self, found: Iterable[tuple[int, int, int, int, int]]) -> None:
        self._customers, self._states = array("q"), array("q")
        for row, customer_id, version, keyed, editable in found:
            if row >= len(self._states):
                more = bytes(8 * (row + 1 + row // 8 - len(self._states)))
                self._customers.frombytes(more)
                self._states.frombytes(more)
            self._customers[row] = customer_id
            self._states[row] = version << 3 | editable << 2 | keyed << 1 | 1

    def get(self, row: int) -> Stand | None:
        state = self._states[row] if row < len(self._states) else 0
        return Stand(self._customers[row], state >> 3, bool(state & 2), bool(state & 4)) if state else None

    def __iter__(self) -> Iterator[int]:
        """The rows, in their order."""
        return (row for row, state in enumerate(self._states) if state)


class Store:
    """The result of one check, under a name that nobody else uses."""

    def __init__(self, import_id: int, name: str) -> None:
        self.name = name
        self._folder = files.folder_of(import_id) / f"check-{name}"
        self._rows, self._found = self._folder / "rows.jsonl", self._folder / "found.db"

    @classmethod
    def new(cls, import_id: int) -> "Store":
        """An empty one."""
        made = cls(import_id, secrets.token_hex(6))
        made._folder.mkdir(mode=0o700)
        return made

    def exists(self) -> bool:
        """Whether its files are still there."""
        return self._found.is_file()

    def remove(self) -> None:
        """Forget it."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def remove_others(self) -> None:
        """Forget the results of earlier checks."""
        for other in self._folder.parent.glob("check-*"):
            if other != self._folder:
                shutil.rmtree(other, ignore_errors=True)

    # --- reading

    def read_rows(self) -> Iterator[list[CheckedRow]]:
        """The rows that can be written, with or without their wrong cells, some hundreds at a time."""
        with self._rows.open(encoding="utf-8") as file:
            while lines := list(islice(file, _BATCH)):
                yield [CheckedRow(*one, problems=[], fits=True) for one in json.loads(f"[{','.join(lines)}]")]

    def wrong_rows(self) -> Marks:
        """Rows with a wrong cell."""
        return Marks(row for (row,) in self._each("SELECT DISTINCT row FROM problem"))

    def unwritable(self) -> Marks:
        """Rows that can't be written whatever is left out."""
        return Marks(row for (row,) in self._each("SELECT row FROM unwritable"))

    def stands(self) -> Stands:
        """Of each row that is there already what decides about it."""
        return Stands(self._each("SELECT row, customer_id, version, keyed, editable FROM twin"))

    def list_problems(self, *, offset: int, limit: int) -> list[tuple[int, CellProblem]]:
        """Wrong cells with their rows, in the order of the file."""
        found = self._ask(
            "SELECT row, col, target, value, code, params FROM problem ORDER BY id LIMIT ? OFFSET ?", limit, offset
        )
        return [
            (row, CellProblem(column, target, value, code, json.loads(params)))
            for row, column, target, value, code, params in found
        ]

    def problems_of(self, rows: Sequence[int]) -> dict[int, list[CellProblem]]:
        """The wrong cells of these rows, some hundreds."""
        found: dict[int, list[CellProblem]] = {}
        asked = (
            "SELECT row, col, target, value, code, params FROM problem"
            " WHERE row IN (SELECT value FROM json_each(?)) ORDER BY id"
        )
        for row, column, target, value, code, params in self._ask(asked, json.dumps(list(rows))):
            found.setdefault(row, []).append(CellProblem(column, target, value, code, json.loads(params)))
        return found

    def list_twins(self, *, offset: int = 0, limit: int = -1) -> list[Twin]:
        """Rows that are there already and that no key names, in the order of the file."""
        asked = "SELECT * FROM twin WHERE keyed = 0 ORDER BY row LIMIT ? OFFSET ?"
        return [_twin(found) for found in self._ask(asked, limit, offset)]

    def twins_of(self, rows: Sequence[int]) -> dict[int, Twin]:
        """Those of these rows that are there already, some hundreds."""
        asked = "SELECT * FROM twin WHERE row IN (SELECT value FROM json_each(?))"
        return {found[0]: _twin(found) for found in self._ask(asked, json.dumps(list(rows)))}

    def count_twins(self) -> dict[Kind, int]:
        """How many rows are there already, by what decides about them."""
        asked = (
            "SELECT keyed, customer_id <> 0 AND editable, row IN (SELECT row FROM problem), count(*) FROM twin"
            " GROUP BY 1, 2, 3"
        )
        return {
            Kind(bool(keyed), bool(editable), bool(wrong)): count for keyed, editable, wrong, count in self._ask(asked)
        }

    def list_words(self) -> list[tuple[str, str, int]]:
        """Texts of lists that stand for no entry: target, text, and in how many rows."""
        return self._ask("SELECT target, text, rows FROM word ORDER BY target, rows DESC, text")

    def _each(self, statement: str) -> Iterator[Any]:
        with closing(sqlite3.connect(f"file:{self._found}?mode=ro", uri=True)) as connection:
            yield from connection.execute(statement)

    def _ask(self, statement: str, *values: object) -> list[Any]:
        with closing(sqlite3.connect(f"file:{self._found}?mode=ro", uri=True)) as connection:
            return connection.execute(statement, values).fetchall()


def _twin(found: Sequence[Any]) -> Twin:
    row, name, other, customer_id, why, owner, number, theirs, editable, version, keyed = found
    reasons = tuple(json.loads(why))
    return Twin(row, name, other, customer_id, reasons, owner, number, theirs, bool(editable), version, bool(keyed))


def kept(row: CheckedRow) -> tuple[str, str]:
    """A row as a `Writer` keeps it: all but what it says to a customer that is there, and that."""
    head = [
        *(row.row, row.customer, row.contact, row.follow_ups, row.deal, row.tags, row.owner),
        *(row.number, row.terms, row.own),
    ]
    return _json(head)[:-1] + ",", _json(row.said)


def _json(value: Any) -> str:
    return _ENCODER.encode(value)


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)


class Writer:
    """Fills a store."""

    def __init__(self, store: Store) -> None:
        self._rows = store._rows.open("w", encoding="utf-8")
        self._found = sqlite3.connect(store._found, isolation_level=None)
        self._found.execute("PRAGMA journal_mode=OFF")
        self._found.execute("PRAGMA synchronous=OFF")
        self._found.executescript(_SCHEMA)
        self._found.execute("BEGIN")
        self._words: dict[tuple[str, str], int] = {}

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, *_: object) -> None:
        words = [(target, text, rows) for (target, text), rows in self._words.items()]
        self._found.executemany("INSERT INTO word VALUES (?, ?, ?)", words)
        self._found.execute("COMMIT")
        self._found.close()
        self._rows.close()

    def add(self, row: ReadRow, *, is_there: bool) -> None:
        """One row: what is wrong with it, and itself if it can be written; of a new one, not what it would tell."""
        number = row.keys.row
        if row.problems:
            self._found.executemany(
                "INSERT INTO problem (row, col, target, value, code, params) VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (number, one.column, one.target, one.value, one.code, json.dumps(dict(one.params)))
                    for one in row.problems
                ],
            )
        if not row.fits:
            self._found.execute("INSERT INTO unwritable VALUES (?)", (number,))
        else:
            self._rows.write(f"{row.kept}{row.said if is_there else '{}'}]\n")

    def add_twin(self, twin: Twin) -> None:
        """A row that is there already; what is said first of it stays."""
        self._found.execute(
            "INSERT OR IGNORE INTO twin VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(twin.row, twin.name, twin.other, twin.customer_id, json.dumps(twin.reasons), twin.owner),
                *(twin.number, twin.theirs, int(twin.editable), twin.version, int(twin.keyed)),
            ),
        )

    def add_word(self, target: str, text: str) -> None:
        """A text of a list that stands for no entry."""
        key = (target, text[:200])
        if key in self._words or len(self._words) < MOST_WORDS:
            self._words[key] = self._words.get(key, 0) + 1

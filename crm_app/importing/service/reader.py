"""What single rows say, which no other row has a part in: computed here, or by a helper beside the server."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias

from crm_app.core.helping import Gone, Helper, helper
from crm_app.importing.rules import Known, RowChecker, There
from crm_app.importing.schemas import CellProblem, Plan, ReadRow
from crm_app.importing.store import kept

Line: TypeAlias = tuple[int, list[str], There | None, CellProblem | None]
"""A row's number and cells, the customer that it names, and why it can't be told whom it means."""
_AHEAD = 8
"""Pieces that are read and not yet compared: so much may one process be before the other."""
_AT_HELPER = 2
"""Pieces that the helper has: one that it computes and the next one."""


class RowReader:
    """Says of rows what the check of each finds; made where it is used, of what can be sent."""

    def __init__(self, plan: Plan, headings: Sequence[str], known: Known) -> None:
        self._checker = RowChecker(plan, headings, known)

    def __call__(self, lines: Iterable[Line]) -> list[ReadRow]:
        """By row, in their order."""
        return [self._read(*line) for line in lines]

    def _read(self, number: int, cells: list[str], there: There | None, problem: CellProblem | None) -> ReadRow:
        row = self._checker.check(number, cells, there, problem=problem)
        text, said = kept(row) if row.fits else ("", "{}")
        unknown = tuple(self._checker.unknown(row)) if row.problems else ()
        return ReadRow(row.keys(), row.fits, tuple(row.problems), unknown, text, said)


@dataclass(slots=True)
class _Piece:
    lines: list[Line]
    rows: list[ReadRow] | None = None
    """None while the helper has it."""


class Readers:
    """Reads pieces in their order, some of them here and some at the helper."""

    def __init__(self, here: RowReader, there: Helper | None) -> None:
        self._here, self._there = here, there
        self._pieces: list[_Piece] = []

    def read(self, pieces: Iterable[list[Line]]) -> Iterator[tuple[list[Line], list[ReadRow]]]:
        """Each piece with what its rows say."""
        for lines in pieces:
            self._pieces.append(self._begin(lines))
            while self._pieces and self._is_ready():
                yield self._first()
        while self._pieces:
            yield self._first()

    def _begin(self, lines: list[Line]) -> _Piece:
        if self._there and sum(piece.rows is None for piece in self._pieces) < _AT_HELPER:
            try:
                self._there.send(lines)
                return _Piece(lines)
            except Gone:
                self._there = None
        return _Piece(lines, self._here(lines))

    def _is_ready(self) -> bool:
        first = self._pieces[0]
        waits = first.rows is None and self._there is not None and not self._there.has_answer()
        return not waits or len(self._pieces) > _AHEAD

    def _first(self) -> tuple[list[Line], list[ReadRow]]:
        piece = self._pieces.pop(0)
        if piece.rows is None and self._there:
            try:
                piece.rows = self._there.receive()
            except Gone:
                self._there = None
        return piece.lines, self._here(piece.lines) if piece.rows is None else piece.rows


@contextmanager
def row_readers(plan: Plan, headings: Sequence[str], known: Known) -> Iterator[Readers]:
    """With a helper where there is one."""
    with helper(RowReader, plan, tuple(headings), known) as there:
        yield Readers(RowReader(plan, headings, known), there)

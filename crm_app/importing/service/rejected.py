"""The rows that stayed out, as a file with the reason beside: to be corrected and brought again (R4.1)."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from crm_app.catalogue import say
from crm_app.core import sheets
from crm_app.core.tables import TableFile, read_rows
from crm_app.importing.rules import Marks
from crm_app.importing.schemas import CellProblem
from crm_app.importing.service.decisions import Decisions
from crm_app.importing.store import Store, Twin

_CHUNK = 300


def write_rejected(
    target: Path,
    source: Path,
    table: TableFile,
    *,
    headings: Sequence[str],
    edits: Mapping[int, Mapping[int, str]],
    store: Store,
    decisions: Decisions,
    language: str,
) -> int:
    """Write them as they stand in the file, with what was corrected; how many. Without any there is no file."""
    out = Marks(decisions.list_out())
    if not out:
        return 0
    columns = [sheets.Column(name, sheets.Kind.TEXT) for name in headings]
    columns.append(sheets.Column(say(language, "importing.rejected.reason"), sheets.Kind.TEXT, 320))
    with sheets.xlsx_sheet(target, columns, title=say(language, "importing.rejected.sheet")) as write:
        pending: list[tuple[int, list[str]]] = []
        for number, cells in read_rows(source, table):
            if number not in out:
                continue
            for column, value in edits.get(number, {}).items():
                if column >= 0:
                    cells.extend([""] * (column + 1 - len(cells)))
                    cells[column] = value
            pending.append((number, cells + [""] * (len(headings) - len(cells))))
            if len(pending) == _CHUNK:
                write(_columns(pending, headings, store, decisions, language))
                pending.clear()
        if pending:
            write(_columns(pending, headings, store, decisions, language))
    return len(out)


def _columns(
    rows: Sequence[tuple[int, list[str]]],
    headings: Sequence[str],
    store: Store,
    decisions: Decisions,
    language: str,
) -> list[list[str]]:
    numbers = [number for number, _ in rows]
    problems, twins = store.problems_of(numbers), store.twins_of(numbers)
    columns = [[cells[place] for _, cells in rows] for place in range(len(headings))]
    reasons = []
    for number, _ in rows:
        said = [describe(problem, headings, language) for problem in problems.get(number, ())]
        if not said and decisions.is_there(number):
            said = [describe_twin(twins.get(number), language)]
        reasons.append("; ".join(said))
    return [*columns, reasons]


def describe(problem: CellProblem, headings: Sequence[str], language: str) -> str:
    """A wrong cell in words, with its heading."""
    where = headings[problem.column] if 0 <= problem.column < len(headings) else ""
    reason = say(language, problem.code, **problem.params)
    return f"{where}: {reason}" if where else reason


def describe_twin(twin: Twin | None, language: str) -> str:
    """Why a row counts as being there already, as far as the person may know."""
    if twin is None:
        return say(language, "importing.twin.late")
    reasons = "、".join(say(language, f"customers.reason.{code}") for code in twin.reasons)
    if twin.other:
        return say(language, "importing.twin.inside", row=twin.other, reasons=reasons)
    if twin.number:
        return say(language, "importing.twin.known", number=twin.number, name=twin.theirs, reasons=reasons)
    return say(language, "importing.twin.hidden", owner=twin.owner or "—", reasons=reasons)

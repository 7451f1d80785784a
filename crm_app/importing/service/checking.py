"""The check of all rows: what each becomes, which are there already, and what nobody can make out (R4.1)."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.core.errors import Refused
from crm_app.core.tables import TableFile, read_rows
from crm_app.fields.schemas import OwnFieldDef
from crm_app.importing import queries
from crm_app.importing.rules import FirstRows, Marks, There, read_key
from crm_app.importing.schemas import CellProblem, Counts, Mode, Plan, ReadRow, RowKeys
from crm_app.importing.service.reader import Line, Readers
from crm_app.importing.store import Store, Twin, Writer

CHUNK = 500
"""Rows in memory at a time."""
Progress = Callable[[int], None]


class Checking:
    """One pass over a file."""

    def __init__(
        self, session: Session, actor: Actor, readers: Readers, plan: Plan, own: Sequence[OwnFieldDef]
    ) -> None:
        self._session, self._actor, self._readers, self._plan = session, actor, readers, plan
        self._own = [field for field in own if field.path in plan.mapping]
        self._keyed = plan.mode is not Mode.CREATE
        self._key_column = plan.mapping.index(plan.key) if self._keyed and plan.key in plan.mapping else -1
        self._named = FirstRows()
        """By customer the first row that names it."""
        self._seen = {kind: FirstRows() for kind in ("mobile", "phone", "credit_code", "name")}
        self._inside, self._known, self._updating = Marks(), Marks(), Marks()
        self._rows = self._ready = self._lenient = self._problems = 0

    def run(
        self, source: Path, table: TableFile, edits: Mapping[int, Mapping[int, str]], store: Store, progress: Progress,
        *, most: int,
    ) -> Counts:  # fmt: skip
        """Fill the store. Raises Refused for a file that can't be read to its end, or has too many rows."""
        lines = self._edited(read_rows(source, table), edits)
        next(lines, None)  # The headings.
        with Writer(store) as writer:
            taken = 0
            for some, rows in self._readers.read(self._pieces(lines, most)):
                self._take(some, rows, writer)
                taken += len(rows)
                progress(taken)
        return Counts(
            rows=self._rows,
            ready=self._ready,
            lenient=self._lenient,
            problems=self._problems,
            twins_inside=len(self._inside),
            twins_known=len(self._known),
            updating=len(self._updating),
        )

    @staticmethod
    def _edited(
        lines: Iterable[tuple[int, list[str]]], edits: Mapping[int, Mapping[int, str]]
    ) -> Iterator[tuple[int, list[str]]]:
        for number, cells in lines:
            for column, value in edits.get(number, {}).items():
                if column >= 0:
                    cells.extend([""] * (column + 1 - len(cells)))
                    cells[column] = value
            yield number, cells

    def _pieces(self, lines: Iterator[tuple[int, list[str]]], most: int) -> Iterator[list[Line]]:
        """The rows some hundreds at a time, each with whom it names."""
        while some := list(islice(lines, CHUNK)):
            self._rows += len(some)
            if self._rows > most:
                raise Refused("error.file.rows", most=f"{most:,}")
            named = self._name(some) if self._keyed else {}
            yield [(number, cells, *named.get(number, (None, None))) for number, cells in some]

    def _take(self, lines: Sequence[Line], rows: Sequence[ReadRow], writer: Writer) -> None:
        """Compare what was read with each other and with who is there, and keep it."""
        new = []
        for (number, _, there, _), row in zip(lines, rows, strict=True):
            self._problems += len(row.problems)
            for target, text in row.unknown:
                writer.add_word(target, text)
            self._lenient += row.fits
            self._ready += row.fits and not row.problems
            if there:
                self._known.add(number)
                self._updating.add(number)
                writer.add_twin(_named_twin(row.keys, there, self._plan.key))
            elif row.fits:
                new.append(row.keys)
        self._find_inside(new, writer)
        self._find_known(new, writer)
        for row in rows:
            writer.add(row, is_there=row.keys.row in self._known)

    def _name(self, lines: Sequence[tuple[int, list[str]]]) -> dict[int, tuple[There | None, CellProblem | None]]:
        """By row the customer that it names by its key, or why it can't be told whom it means."""
        key, column = self._plan.key, self._key_column
        said = {number: cells[column].strip() if column < len(cells) else "" for number, cells in lines}
        normal = {number: read_key(key, text) for number, text in said.items()}
        found = queries.find_named(self._session, key, normal.values())
        several = {text for text, ids in found.items() if len(set(ids)) > 1}
        ids = {text: some[0] for text, some in found.items() if text not in several}
        there = queries.read_there(self._session, self._actor, list(ids.values()), self._own)
        named: dict[int, tuple[There | None, CellProblem | None]] = {}
        for number, text in normal.items():
            one = there.get(ids.get(text, 0))
            code, params = "", {}
            if one and not one.editable:
                code, params = "importing.problem.not_yours", {"owner": one.owner or "—"}
            elif one:
                first = self._named.setdefault(one.customer_id, number)
                code, params = ("importing.problem.named_twice", {"row": first}) if first != number else ("", {})
            elif text in several:
                code = "importing.problem.several"
            elif self._plan.mode is Mode.UPDATE:
                code = "importing.problem.nobody" if text else "importing.problem.no_key"
            problem = CellProblem(column, key, said[number][:200], code, params) if code else None
            named[number] = (one if problem is None else None, problem)
        return named

    def _find_inside(self, rows: Sequence[RowKeys], writer: Writer) -> None:
        """Rows of the same company, by phone, credit code or name, after the first of them."""
        for row in rows:
            reasons, other = [], 0
            for kind, text in row.pairs():
                first = self._seen[kind].setdefault(text, row.row) if text else row.row
                if first != row.row:
                    reasons.append("same_but_form" if kind == "name" else kind)
                    other = min(other or first, first)
            if reasons:
                self._inside.add(row.row)
                writer.add_twin(Twin(row.row, row.name, other=other, reasons=tuple(reasons)))

    def _find_known(self, rows: Sequence[RowKeys], writer: Writer) -> None:
        found = find_twins(self._session, self._actor, rows)
        for row in rows:
            if row.row in found and row.row not in self._inside:
                writer.add_twin(found[row.row])
        self._known.update(row for row in found if row not in self._inside)


def find_twins(session: Session, actor: Actor, rows: Sequence[RowKeys]) -> dict[int, Twin]:
    """Rows whose customer is there already. Out of reach it is told why and whose, as the form tells it (R2.2)."""
    keys = queries.find_keys(
        session,
        numbers=[number for row in rows for number in (row.mobile, row.phone)],
        codes=(row.credit_code for row in rows),
        names=(row.name_key for row in rows),
        own=(row.number for row in rows),
    )
    by_kind = {
        "mobile": keys.mobile, "phone": keys.phone, "credit_code": keys.credit_code, "name": keys.name_key,
        "number": keys.number,
    }  # fmt: skip
    hits: dict[int, dict[int, list[str]]] = {}
    for row in rows:
        for kind, text in [*row.pairs(), ("number", row.number)]:
            for customer_id in by_kind[kind].get(text, ()) if text else ():
                hits.setdefault(row.row, {}).setdefault(customer_id, []).append(kind)
    met = queries.meet(session, actor, {customer_id for found in hits.values() for customer_id in found})
    twins: dict[int, Twin] = {}
    names = {row.row: row.name for row in rows}
    for number, found in hits.items():
        live = {customer_id: kinds for customer_id, kinds in found.items() if customer_id in met}
        if live:
            # Our own number says for sure whom a row means.
            best = max(live, key=lambda one: ("number" in live[one], len(live[one]), -one))
            twins[number] = _twin(number, names[number], met[best], live[best])
    return twins


_REASONS = {"old_number": "number", "contact.mobile": "mobile", "contact.any": "mobile"}


def _named_twin(row: RowKeys, there: There, key: str) -> Twin:
    reason = _REASONS.get(key, key if key in ("credit_code", "name") else "key")
    return Twin(
        row.row,
        there.name or row.name,
        customer_id=there.customer_id,
        reasons=(("same_but_form" if there.number else "alike_name") if reason == "name" else reason,),
        owner=there.owner,
        number=there.number,
        theirs=there.name,
        editable=there.editable,
        version=there.version,
        keyed=True,
    )


def _twin(row: int, name: str, met: queries.Met, kinds: Sequence[str]) -> Twin:
    alike = "same_but_form" if met.number else "alike_name"
    return Twin(
        row,
        name,
        customer_id=met.customer_id,
        reasons=tuple(alike if kind == "name" else kind for kind in kinds),
        owner=met.owner,
        number=met.number,
        theirs=met.name,
        editable=met.editable,
    )

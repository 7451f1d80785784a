"""What becomes of each row: from what the check found and what the person chose (R4.1)."""

from collections.abc import Iterator, Mapping

from crm_app.importing.schemas import BadCells, Plan
from crm_app.importing.schemas import Twin as Choice
from crm_app.importing.service.runs import DECISION
from crm_app.importing.store import Stand, Store


class Decisions:
    """About the rows of one check."""

    def __init__(self, plan: Plan, store: Store, edits: Mapping[int, Mapping[int, str]]) -> None:
        self.plan = plan
        self._wrong, self._unwritable, self._stands = store.wrong_rows(), store.unwritable(), store.stands()
        self._chosen = chosen_of(edits)
        self.late: set[int] = set()
        """Rows whose customer somebody made or changed after the check: nobody could decide about them."""

    def about(self, row: int) -> str:
        """One of create, update, skip and reject."""
        if row in self._wrong and self.plan.bad_cells is BadCells.ROW:
            return "reject"
        if row in self.late:
            return "skip"
        stand = self._stands.get(row)
        if stand is None:
            return "create"
        return decide(self.plan, self._chosen.get(row, ""), keyed=stand.keyed, may_update=_may_update(stand))

    def is_there(self, row: int) -> bool:
        """Whether it is a customer already, or a row before it."""
        return row in self.late or self._stands.get(row) is not None

    def stand_of(self, row: int) -> Stand:
        """Of a row that is there. Raises KeyError for another one."""
        stand = self._stands.get(row)
        if stand is None:
            raise KeyError(row)
        return stand

    def stays_out(self, row: int) -> bool:
        """Whether nothing of it is written."""
        return row in self._unwritable or self.about(row) in ("reject", "skip")

    def list_out(self) -> Iterator[int]:
        """Those rows; some twice."""
        for some in (self._unwritable, self._wrong, self._stands, self.late):
            yield from filter(self.stays_out, some)


def decide(plan: Plan, chosen: str, *, keyed: bool, may_update: bool) -> str:
    """What becomes of a row that is there already: what was chosen for it alone, or for all of its kind."""
    choice = chosen or str(Choice.UPDATE if keyed else plan.twins)
    return "skip" if choice == Choice.UPDATE and not may_update else choice


def count_skipped(plan: Plan, store: Store, edits: Mapping[int, Mapping[int, str]]) -> int:
    """How many of the rows that are there already are left out, without those whose wrong cells leave them out."""
    strict = plan.bad_cells is BadCells.ROW
    skipped = sum(
        count
        for kind, count in store.count_twins().items()
        if not (strict and kind.wrong) and decide(plan, "", keyed=kind.keyed, may_update=kind.editable) == "skip"
    )
    chosen = chosen_of(edits)
    wrong = store.problems_of(list(chosen)) if strict else {}
    for row, twin in store.twins_of(list(chosen)).items():
        if row not in wrong:
            may = bool(twin.customer_id and twin.editable)
            usual, now = (decide(plan, one, keyed=twin.keyed, may_update=may) for one in ("", chosen[row]))
            skipped += (now == "skip") - (usual == "skip")
    return skipped


def chosen_of(edits: Mapping[int, Mapping[int, str]]) -> dict[int, str]:
    """By row what the person chose for it alone."""
    return {row: columns[DECISION] for row, columns in edits.items() if columns.get(DECISION)}


def _may_update(stand: Stand) -> bool:
    return bool(stand.customer_id and stand.editable)

"""What a change means for one customer, on what stands there; and the rows of a preview, packed."""

import zlib
from array import array
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from crm_app.bulk.schemas import Action, Judged, Stand, Verdict, What
from crm_app.customers.rules import STATUSES_OF_LEVEL
from crm_app.fields.schemas import OwnFieldDef

MOST_TAGS = 30
"""On one customer, as `customers.service.tags` has it."""
IDENTIFYING = frozenset({"name", "credit_code"})
"""What stands in them belongs to one customer: the same in several would make duplicates of them (R2.2)."""
_SAME = Judged(Verdict.SAME)


@dataclass(frozen=True, slots=True)
class Task:
    """An action that was checked, with what judging a row needs to know."""

    action: Action
    own: OwnFieldDef | None = None
    department_id: int | None = None
    """Of the new owner."""
    taken: bool = False
    """Whether another customer has what identifies one, or several of the rows would get it."""


def judge(task: Task, stand: Stand | None, *, touched: bool = False) -> Judged:
    """What becomes of a customer; None where it is gone or out of reach.

    `touched`: somebody changed the same field after the preview.
    """
    if stand is None:
        return _refused("gone")
    if not stand.allowed:
        return _refused("out_of_reach")
    match task.action.what:
        case What.DELETE:
            return Judged(Verdict.CHANGE)
        case What.TAGS:
            judged = _judge_tags(task, stand)
        case _:
            judged = _judge_value(task, stand)
    return _refused("touched") if touched and judged.verdict is Verdict.CHANGE else judged


def _judge_value(task: Task, stand: Stand) -> Judged:
    new = task.action.value
    if new == stand.text:
        return _SAME
    if task.action.field == "status" and new not in STATUSES_OF_LEVEL[stand.level]:
        return _refused("status")
    return _refused("duplicate") if task.taken else Judged(Verdict.CHANGE, new)


def _judge_tags(task: Task, stand: Stand) -> Judged:
    worn = ids_in(stand.text)
    after = (worn | set(task.action.add)) - set(task.action.remove)
    if after == worn:
        return _SAME
    return _refused("tags") if len(after) > max(MOST_TAGS, len(worn)) else Judged(Verdict.CHANGE, listed(after))


def _refused(why: str) -> Judged:
    return Judged(Verdict.REFUSED, why=why)


def ids_in(text: str) -> set[int]:
    """The ids that the history keeps."""
    return {int(part) for part in text.split(",") if part}


def listed(ids: Collection[int]) -> str:
    """Ids as the history keeps them."""
    return ",".join(map(str, sorted(ids)))


def identifies(action: Action) -> bool:
    """Whether the value can belong to one customer only."""
    return action.what is What.FIELD and action.field in IDENTIFYING and bool(action.value)


def packed(ids: "array[int]", versions: "array[int]") -> bytes:
    """Rows to keep until they are done."""
    return zlib.compress(len(ids).to_bytes(4, "big") + ids.tobytes() + versions.tobytes(), 3)


def unpacked(blob: bytes) -> tuple["array[int]", "array[int]"]:
    """The same again."""
    plain = zlib.decompress(blob) if blob else bytes(4)
    size = 8 * int.from_bytes(plain[:4], "big")
    ids, versions = array("q"), array("q")
    ids.frombytes(plain[4 : 4 + size])
    versions.frombytes(plain[4 + size :])
    return ids, versions


def added(counts: Mapping[str, int], **more: int) -> dict[str, int]:
    """Counts with some more."""
    return {**counts, **{name: counts.get(name, 0) + n for name, n in more.items()}}


def next_size(size: int, *, took: float, wanted: float, fewest: int, most: int) -> int:
    """How many rows to take next, where `size` took that long and as long as `wanted` is right; never many more."""
    return max(1, min(most, max(fewest, min(int(size * wanted / max(took, 1e-6)), size * 3 // 2 + 1))))

"""What a row tells of follow-ups and care: entries of the timeline (R6.2, R6.4)."""

from collections.abc import Callable, Mapping
from typing import Any

from crm_app.catalogue import say
from crm_app.core.problems import Problem
from crm_app.core.text import clean_text
from crm_app.importing.rules.known import Cells, Known
from crm_app.importing.rules.values import read_moment
from crm_app.timeline.rules import CONTENT_MAX, EARLIEST, FEEDBACK_MAX, RESULT_MAX

_OTHER_METHOD = "other"
_PARTS = ("at", "method", "content", "result", "next_at")
_LONGEST = {"content": CONTENT_MAX, "result": RESULT_MAX, "feedback": FEEDBACK_MAX}
Value = Callable[[Cells, str], str]


def read_talks(cells: Cells, known: Known, value: Value) -> list[dict[str, Any]]:
    """The follow-up of the row, and before it the care that it tells of; `value` reads entries of lists."""
    made = [_care(cells, known), _follow_up(cells, known, value)]
    return [one for one in made if one]


def _follow_up(cells: Cells, known: Known, value: Value) -> dict[str, Any] | None:
    said = {name: cells.texts.get(f"follow.{name}", "") for name in _PARTS}
    if not any(said.values()):
        return None
    feedback = cells.texts.get("follow.feedback", "")
    at = _moment(cells, known, "follow.at") if said["at"] else None
    if not said["at"]:
        cells.wrong("follow.at", Problem("error.timeline.at.empty"))
    planned = _moment(cells, known, "follow.next_at", ahead=True) if said["next_at"] else None
    method = value(cells, "follow.method") or _OTHER_METHOD
    if method not in known.methods:
        cells.wrong("follow.method", Problem("error.timeline.method.unknown"))
        method = _OTHER_METHOD
    content = said["content"] or said["result"] or say(known.language, "importing.follow.bare")
    texts = {"content": content, "result": said["result"], "feedback": feedback}
    if at is None:
        return None
    return {"at": at, "method": method, "next_at": planned, **_long(cells, "follow", texts)}


def _care(cells: Cells, known: Known) -> dict[str, Any] | None:
    """客户关怀 (R6.4) as a follow-up that says so."""
    method, result = cells.texts.get("care.method", ""), cells.texts.get("care.result", "")
    if not method and not result:
        return None
    at = cells.texts.get("follow.at", "")
    moment = read_moment(at, tz=known.zone) if at else known.now
    if isinstance(moment, Problem) or not EARLIEST <= moment <= known.now:
        return None  # The follow-up itself tells of its wrong moment.
    content = say(known.language, "importing.care", method=method) if method else result
    alone = not any(cells.texts.get(f"follow.{name}") for name in _PARTS)
    texts = {
        "content": content,
        "result": result if method else "",
        "feedback": cells.texts.get("follow.feedback", "") if alone else "",
    }
    seconds = int(moment.timestamp())
    return {"at": seconds, "method": _OTHER_METHOD, "next_at": None, **_long(cells, "care", texts)}


def _long(cells: Cells, part: str, texts: Mapping[str, str]) -> dict[str, str]:
    made = {}
    for name, text in texts.items():
        cleaned, most = clean_text(text), _LONGEST[name]
        if len(cleaned) > most:
            code = f"{part}.{name}"
            problem = Problem("customers.problem.too_long", {"max": most, "length": len(cleaned)})
            cells.wrong(code if code in cells.texts else f"{part}.result", problem)
            cleaned = cleaned[:most]
        made[name] = cleaned
    return made


def _moment(cells: Cells, known: Known, code: str, *, ahead: bool = False) -> int | None:
    """Seconds since 1970; plans may lie behind: they are history."""
    moment = read_moment(cells.texts[code], tz=known.zone)
    if not isinstance(moment, Problem):
        if moment < EARLIEST or moment.year > known.now.year + 10:
            moment = Problem("error.timeline.early" if moment < EARLIEST else "error.timeline.far")
        elif not ahead and moment > known.now:
            moment = Problem("error.timeline.at.future")
    if isinstance(moment, Problem):
        cells.wrong(code, moment)
        return None
    return int(moment.timestamp())

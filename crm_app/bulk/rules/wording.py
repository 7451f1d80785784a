"""How a change and its rows read to a person: pure, from what the database gave."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from crm_app.bulk.schemas import (
    KEPT,
    PAGE,
    Action,
    ChangeView,
    Count,
    Judged,
    LineView,
    Outcome,
    Plan,
    PlanView,
    Stand,
    State,
    Verdict,
    What,
)
from crm_app.timeline.entries import Words, field_label, shown_value

_HIDDEN = "…"
_COLORS = {"done": "green", "running": "blue", "undoing": "blue", "undone": "gray"}
_PARTS = {"change": Verdict.CHANGE, "same": Verdict.SAME, "refused": Verdict.REFUSED}


def verdict_of(part: str) -> Verdict:
    """What a part of a preview holds; the changes for an unknown one."""
    return _PARTS.get(part, Verdict.CHANGE)


def said(action: Action, words: Words) -> str:
    """What is done: 所属行业 → 制造业."""
    match action.what:
        case What.DELETE:
            return words.say("bulk.said.delete")
        case What.TAGS:
            parts = [
                words.say(f"bulk.said.{key}", tags=shown_value("tags", ",".join(map(str, ids)), words))
                for key, ids in (("add", action.add), ("remove", action.remove))
                if ids
            ]
            return words.say("listing.separator").join(parts)
    value = _shown(action, action.value, words) or words.say("bulk.value_empty")
    return words.say("bulk.said.field", field=field_label(action.step, words), value=value)


def plan_view(plan: Plan, words: Words) -> PlanView:
    """What a preview found."""
    names = {"change": "delete" if plan.action.what is What.DELETE else "change"}
    return PlanView(
        said=said(plan.action, words),
        counts=tuple(_count(key, names.get(key, key), plan.count(verdict), words) for key, verdict in _PARTS.items()),
        whys=tuple(
            words.say("bulk.why_count", why=words.say(f"bulk.why.{why}"), n=f"{n:,}") for why, n in plan.whys.items()
        ),
        changes=plan.count(Verdict.CHANGE),
    )


def _count(key: str, name: str, n: int, words: Words) -> Count:
    return Count(key, words.say(f"bulk.count.{name}"), n, f"{n:,}")


def preview_line(action: Action, stand: Stand, judged: Judged, words: Words) -> LineView:
    """A row of a preview, old and new."""
    old = "" if action.what is What.DELETE else _shown(action, stand.text, words)
    new = _shown(action, judged.new, words) if judged.verdict is Verdict.CHANGE else ""
    return LineView(stand.number, stand.name, old, new, words.say(f"bulk.why.{judged.why}") if judged.why else "")


def outcome_line(action: Action, named: tuple[str, str], before: str, why: str, words: Words) -> LineView:
    """A row of a result, with what stood there before."""
    number, name = named
    text = str(json.loads(before)[0]) if action.what is What.OWNER and before.startswith("[") else before
    old = "" if action.what is What.DELETE else _shown(action, text, words)
    new = _shown(action, action.value, words) if action.what in (What.FIELD, What.OWNER) else ""
    return LineView(number, name, old, new, words.say(f"bulk.why.{why}") if why else "")


def _shown(action: Action, text: str, words: Words) -> str:
    """A field that was hidden from the person's role since shows nothing of what stood in it."""
    if action.step in words.hidden:
        return _HIDDEN
    return shown_value(action.step, text, words)


def change_view(change: Any, *, working: bool, words: Words) -> ChangeView:
    """A change that was confirmed, from its row; `working`: whether a job is at it."""
    state, counts, action = change.state, change.counts, Action.of(change.action)
    stopped = not working and state in (State.RUNNING, State.UNDOING)
    label = {State.RUNNING: "stopped", State.UNDOING: "half_undone"}[State(state)] if stopped else state
    left = counts.get("changed", 0) - counts.get("undone", 0) - counts.get("kept", 0)
    return ChangeView(
        id=change.id,
        said=said(action, words),
        at=words.moment(change.created_at),
        state=state,
        label=words.say(f"bulk.state.{label}"),
        color="amber" if stopped else _COLORS[state],
        counts=_outcomes(action, counts, words),
        running=working,
        undoable=not working and left > 0 and state != State.UNDONE,
        until=words.moment(change.created_at + KEPT),
    )


def _outcomes(action: Action, counts: Mapping[str, int], words: Words) -> tuple[Count, ...]:
    """What came of the rows; of those that were changed, how many still are."""
    undone, kept = counts.get("undone", 0), counts.get("kept", 0)
    left = counts.get("changed", 0) - undone - kept
    name = "deleted" if action.what is What.DELETE else "changed"
    found = [_count(Outcome.CHANGED, name, left, words)] if left or not (undone or kept) else []
    found += [_count(key, key, n, words) for key, n in ((Outcome.UNDONE, undone), (Outcome.KEPT, kept)) if n]
    found.append(_count(Outcome.REFUSED, "refused", counts.get("refused", 0), words))
    return (*found, _count("same", "same", counts.get("same", 0), words))


def pages_of(n: int) -> int:
    """How many pages so many rows fill."""
    return max(1, -(-n // PAGE))


def page_within(page: int, n: int) -> int:
    """The page, or the nearest that there is."""
    return max(1, min(page, pages_of(n)))


def count_of(counts: Sequence[Count], key: str) -> int:
    """How many rows a part has."""
    return next((one.n for one in counts if one.key == key), 0)

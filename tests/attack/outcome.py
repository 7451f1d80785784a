"""What a person notices of an attempt, and how two answers are compared."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from crm_app.catalogue import texts
from tests.attack.world import Target

_EVENT = re.compile(r"^42/_event,")
_BROKEN = tuple(text.partition("{")[0] for text in texts()["error.unexpected"])


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a person would have noticed of an attempt."""

    frames: tuple[str, ...]
    toast: str = ""
    text: str = ""
    gate: str = ""
    redirects: tuple[str, ...] = ()
    broke: str = ""
    """The frame that tells of an unforeseen error: a defect even when nothing leaked by it."""

    @property
    def is_sent_away(self) -> bool:
        """To the sign-in page."""
        return any(path.startswith("/login") for path in self.redirects)

    @property
    def is_refusal(self) -> bool:
        """Sent away, or told that it is forbidden."""
        return self.is_sent_away or self.gate == "forbidden" or (self.toast == "error" and not self.broke)


def read_outcome(frames: list[str]) -> Outcome:
    """From the raw frames since the last barrier."""
    toast, gate, broke, redirects = {}, "", "", []
    for frame in frames:
        name, *arguments = content_of(frame) if _EVENT.match(frame) else ("",)
        update = arguments[0] if name == "event" and arguments and isinstance(arguments[0], dict) else {}
        for state, changed in (update.get("delta") or {}).items():
            if state.endswith("access___state____frame"):
                toast = changed.get("toast_rx_state_", toast)
                gate = changed.get("gate_rx_state_", gate)
                if gate == "broken" or any(word in toast.get("text", "") for word in _BROKEN):
                    broke = frame
        redirects += [e["payload"]["path"] for e in update.get("events") or [] if e["name"] == "_redirect"]
    kind = toast.get("kind", "") if toast.get("id") else ""
    return Outcome(tuple(frames), kind, toast.get("text", "") if kind else "", gate, tuple(redirects), broke)


def without(frames: Iterable[str], target: Target) -> str:
    """The frames without what is different each time or stands for the target itself."""
    text = "\n".join(json.dumps(_lasting(content_of(frame)), sort_keys=True, ensure_ascii=False) for frame in frames)
    for value in (target.number, target.customer_id, target.contact_id, target.task_id):
        # Only where it stands alone: the 5 of a page size of 50 is no id.
        text = re.sub(rf"(?<![\w-]){re.escape(str(value))}(?![\w-])", "…", text)
    return text


def content_of(frame: str) -> Any:
    """What a frame says; on the wire all but ASCII is escaped."""
    return json.loads(_EVENT.sub("", frame)) if _EVENT.match(frame) else frame


def _lasting(content: Any) -> Any:
    """Without addresses, which the client chooses, and the numbers of messages."""
    if isinstance(content, list):
        return [_lasting(item) for item in content]
    if not isinstance(content, dict):
        return content
    kept = {key: _lasting(value) for key, value in content.items() if not key.startswith("rx_router_")}
    return {**kept, "id": 0} if {"id", "kind", "text", "href"} <= kept.keys() else kept


def first_difference(expected: str, got: str) -> str:
    pairs = enumerate(zip(expected, got, strict=False))
    place = next((n for n, (a, b) in pairs if a != b), min(len(expected), len(got)))
    around = slice(max(0, place - 60), place + 120)
    return f"expected …{expected[around]}…\n    but got  …{got[around]}…"

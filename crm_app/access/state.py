"""Who is on this tab, and what the system has to tell him: the state that every page's frame shows."""

import dataclasses
import time
from collections.abc import Mapping

import reflex as rx

from crm_app.access.actor import Actor
from crm_app.catalogue import renamed, say


@dataclasses.dataclass(frozen=True, slots=True)
class Toast:
    """A short message; `kind` is success, info or error. The browser shows each `id` once."""

    id: int = 0
    """Milliseconds of its time, so that neither another process nor a server started anew names two alike."""
    kind: str = "info"
    text: str = ""
    href: str = ""
    link: str = ""
    undo_id: int = 0
    """What the page's undo takes back, with the version that it has now; 0 when there is nothing to take back."""
    undo_version: int = 0
    undo_kind: str = ""
    """What the id is one of: a message stays when its person goes on to a page that would take back something else."""


class Frame(rx.State):
    """Shown by the layout around each page. Written by the guard; pages only read it."""

    gate: str = "wait"
    """wait: not known yet; open; forbidden; missing; broken."""
    reference: str = ""
    """What a person tells the administrator when gate is "broken"."""
    user_name: str = ""
    username: str = ""
    role_code: str = ""
    language: str = "zh"
    functions: list[str] = []
    field_names: dict[str, list[str]] = {}
    """By field what the company calls it, in Chinese and English, where that is not the field's own name."""
    toast: Toast = Toast()
    _seal: str = ""
    """Digest of the cookie that this tab's state belongs to; a different cookie empties the state."""
    _ended: bool = False
    """Whether that cookie's session ended while it was shown here."""

    def _show(self, actor: Actor) -> None:
        # Whoever must change his password first can't open anything: he is offered nothing.
        functions = [] if actor.must_change_password else sorted(actor.grants)
        for name, value in (
            ("user_name", actor.name),
            ("username", actor.username),
            ("role_code", actor.role_code),
            ("language", actor.language),
            ("functions", functions),
            ("field_names", {name: list(labels) for name, labels in renamed().items()}),
        ):
            if getattr(self, name) != value:
                setattr(self, name, value)

    def _say(
        self,
        key: str,
        params: Mapping[str, object],
        *,
        kind: str = "success",
        href: str = "",
        link: str = "",
        undo: tuple[int, int, str] = (0, 0, ""),
    ) -> None:
        text = say(self.language, key, **params)
        label = say(self.language, link) if link else ""
        moment = max(time.time_ns() // 1_000_000, self.toast.id + 1)
        self.toast = Toast(moment, kind, text, href, label, *undo)

    def _open(self, gate: str) -> None:
        if self.gate != gate:
            self.gate = gate


async def notify(
    state: rx.State, key: str, *, kind: str = "success", href: str = "", link: str = "", **params: object
) -> None:
    """Show a message on this tab, in its person's language; `link` is the catalogue key of the text of `href`."""
    frame = await state.get_state(Frame)
    frame._say(key, params, kind=kind, href=href, link=link)


async def notify_undoable(
    state: rx.State, key: str, *, undo: tuple[int, int], of: str, kind: str = "success", **params: object
) -> None:
    """Show a message that offers to take back what it tells of.

    `undo` is its id and version, for the undo of a page that takes back the kind `of` (`ui.layout.Undo`).
    """
    frame = await state.get_state(Frame)
    frame._say(key, params, kind=kind, undo=(*undo, of))

"""For each handler one call that a person's page would make: the attack proves by it that allowed ones work.

A handler without an entry fails the attack. `{number}`, `{task_id}` … stand for a fresh customer of the caller, see
`world.Target`.
"""

from dataclasses import dataclass, field
from typing import Any

Step = tuple[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Good:
    """`State.handler` of the same page called with `args`, after the steps `before`."""

    args: dict[str, Any] = field(default_factory=dict)
    path: str = "/"
    before: tuple[Step, ...] = ()
    writes: tuple[str, ...] = ()
    """Tables in which a success leaves a trace."""
    reveals: bool = False
    """A success shows a contact of the target in full."""
    on_target: bool | None = None
    """Whether it is about one customer; by default, whether the path or an argument names one."""
    ends_session: bool = False
    """A success ends other sessions of the person, the attacker's own among them."""
    leads: str = ""
    """Where a success sends the person, when that looks like being sent away."""

    @property
    def is_about_target(self) -> bool:
        """Whether somebody else's customer in its place must read like a missing one."""
        if self.on_target is not None:
            return self.on_target
        return "{" in f"{self.path}{self.args}".replace("{}", "").replace("{'", "")

    @property
    def route(self) -> dict[str, str]:
        """The dynamic parts of the address."""
        return {"number": "{number}"} if "{number}" in self.path else {}


GOOD: dict[str, Good] = {
    # account
    "Start.go": Good(path="/"),
    "Start.arrive": Good(path="/login"),
    "Start.open_password": Good(path="/account/password"),
    "Sessions.load": Good(path="/account/sessions"),
    "Sessions.end": Good({"session_id": "{own_session_id}"}, path="/account/sessions", on_target=False),
    "Sessions.end_others": Good(path="/account/sessions", ends_session=True),
    # admin
    "FirstRun.arrive": Good(path="/setup", leads="/login"),
    # ui
    "Shell.switch_language": Good(writes=("account",)),
    "Shell.toggle_sidebar": Good(),
    "Shell.reload": Good(),
}

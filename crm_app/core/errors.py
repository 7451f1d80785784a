"""What a use case may raise; the edge turns each into a message in the person's language."""

from collections.abc import Mapping
from typing import Any


class Portable(Exception):
    """Can be sent to another process, whatever its constructor takes."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _made_again, (type(self), self.args, vars(self))


def _made_again(kind: type[Portable], args: tuple[Any, ...], more: dict[str, Any]) -> Portable:
    error = kind.__new__(kind)
    error.args = args
    vars(error).update(more)
    return error


class CrmError(Portable):
    """A refusal with a catalogue key, so that the edge can say it in the person's language."""

    code = "error.unknown"

    def __init__(self, code: str | None = None, **params: str | int) -> None:
        super().__init__(code or self.code)
        self.code = code or self.code
        self.params: Mapping[str, str | int] = params


class NotFound(CrmError):
    """The record does not exist or lies outside of the actor's reach: both read the same from outside."""

    code = "error.not_found"


class Forbidden(CrmError):
    """The actor's role does not include this function (R10.2)."""

    code = "error.forbidden"


class Refused(CrmError):
    """A business rule says no; the code tells which."""

    code = "error.refused"


class Conflict(CrmError):
    """Somebody else changed the record after the actor read it (R2.3)."""

    code = "error.conflict"

    def __init__(self, *, field: str, theirs: str, mine: str, by: str, at: str, version: int, before: str = "") -> None:
        super().__init__(by=by, at=at)
        self.field, self.theirs, self.mine, self.by, self.at, self.version = field, theirs, mine, by, at, version
        self.before = before
        """What the actor had read."""

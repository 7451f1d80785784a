"""What the palette shows of a customer."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Found:
    """A customer of the answer."""

    number: str
    name: str
    level: str
    color: str
    starred: bool
    owner: str
    near: bool = False
    """Whether its name or number begins with what was typed."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The customers that a question found; `asked` is its number as the browser counts."""

    asked: int = 0
    found: tuple[Found, ...] = ()

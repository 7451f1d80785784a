"""What the panel shows: words and masked values."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PeekFact:
    """A labelled value."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class PeekContact:
    """The main contact, masked."""

    name: str = ""
    position: str = ""
    mobile: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class PeekTask:
    """What is to do."""

    id: int
    title: str
    due: str
    days: int
    """Calendar days from today; negative: overdue."""
    who: str


@dataclass(frozen=True, slots=True)
class PeekNote:
    """A follow-up."""

    id: str
    at: str
    who: str
    action: str
    body: str


@dataclass(frozen=True, slots=True)
class PeekView:
    """The essence of a customer."""

    id: int = 0
    number: str = ""
    name: str = ""
    is_key: bool = False
    level: str = ""
    status: str = ""
    customer_type: str = ""
    owner: str = ""
    next_at: str = ""
    next_days: int = 0
    facts: tuple[PeekFact, ...] = ()
    contact: PeekContact = PeekContact()
    tasks: tuple[PeekTask, ...] = ()
    more_tasks: int = 0
    notes: tuple[PeekNote, ...] = ()
    own: tuple[PeekFact, ...] = ()

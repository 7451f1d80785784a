"""What the dashboard asks for and what it is answered, as plain numbers without words or colours."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from crm_app.core.periods import Period


@dataclass(frozen=True, slots=True)
class Filters:
    """Which customers, over which time. Owner or department 0 and an empty industry mean all."""

    period: Period
    owner: int = 0
    industry: str = ""
    department: int = 0


@dataclass(frozen=True, slots=True)
class Span:
    """Calendar days and the moments that they are: `start` is in it, `end` is not."""

    period: Period
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Question:
    """Filters made definite at a moment: what the queries run on."""

    current: Span
    before: Span
    """What `current` is compared with."""
    steps: tuple[Span, ...]
    """The days, weeks, months … of the period, up to today."""
    today: datetime
    """The moment at which today began: what was planned before it is overdue."""
    owner: int = 0
    industry: str = ""
    departments: tuple[int, ...] = ()
    """The chosen one and those below it; none for all."""


@dataclass(frozen=True, slots=True)
class Totals:
    """What happened in a span."""

    created: int = 0
    follow_ups: int = 0
    followed: int = 0
    """Customers with at least one follow-up."""
    deals: int = 0
    won: int = 0
    """Customers with at least one deal."""
    converted: int = 0
    """Customers both followed up and won."""
    amount: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Stock:
    """What there is."""

    customers: int = 0
    """Created before the end of the period."""
    customers_before: int = 0
    """Created before its start."""
    overdue: int = 0
    """Customers whose follow-up was planned for a day before today."""
    overdue_before: int = 0
    """Of these, the ones that were due before the period began."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many customers or follow-ups have this code; an empty code means that the field is empty."""

    code: str
    count: int


@dataclass(frozen=True, slots=True)
class PersonTally:
    """The deals of one person; `user_id` 0 stands for deals without an owner."""

    user_id: int
    name: str
    deals: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Figures:
    """All that the dashboard shows of one span; its sums and its parts were read at one moment."""

    totals: Totals = Totals()
    stock: Stock = Stock()
    by_source: tuple[Tally, ...] = ()
    by_industry: tuple[Tally, ...] = ()
    by_level: tuple[Tally, ...] = ()
    """Of the customers created in the span, as they are now; in the order of the life cycle."""
    by_method: tuple[Tally, ...] = ()
    growth: tuple[int, ...] = ()
    """Customers created in each step."""
    activity: tuple[int, ...] = ()
    """Follow-ups in each step."""
    by_person: tuple[PersonTally, ...] = ()
    """The largest amount first."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A key figure in words; its name is the catalogue's `analysis.tile.<key>`."""

    key: str
    value: str
    full: str = ""
    """The value unshortened, where it was shortened."""
    note: str = ""
    change: str = ""
    """Against the time before, with its sign; empty where there is nothing to compare with."""
    against: str = ""
    """What it is compared with, and the value it had."""
    tone: str = "same"
    """good, bad or same."""
    rising: bool = True
    href: str = ""

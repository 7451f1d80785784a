"""Anomalies as data: the facts that are judged, what was found, and what the pages show of it."""

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


class Code(StrEnum):
    """The kinds of anomalies; the words stand in the database, in addresses and saved views."""

    MISSING = "missing"
    NO_CONTACT = "no_contact"
    UNREACHABLE = "unreachable"
    FORMAT = "format"
    INDUSTRY = "industry"
    NO_CONTRACT_NUMBER = "no_contract_number"
    PERIOD = "period"
    NO_AMOUNT = "no_amount"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """What of a contact is judged."""

    id: int
    mobile: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What of a customer is judged: its fields as texts by the names of the record, own ones by their keys."""

    id: int
    version: int
    values: dict[str, str]
    level: str = ""
    total_amount: Decimal = Decimal(0)
    deals_without_number: int = 0
    next_follow_up_at: datetime | None = None
    contacts: tuple[ContactFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class Measure:
    """What all customers are measured by: it follows the company's own settings."""

    required: frozenset[str]
    """Fields that must be filled in, own ones by their keys."""
    own: tuple[str, ...] = ()
    """The keys of all own fields: they count for completeness."""
    periods: tuple[tuple[str, str], ...] = ()
    """Own days, the beginning and the end of one thing."""

    @property
    def key(self) -> str:
        """Tells one measure from another: whoever was judged by another one is judged again."""
        said = repr((REVISION, sorted(self.required), self.own, self.periods))
        return hashlib.sha256(said.encode()).hexdigest()[:16]


REVISION = 1
"""Raised with each change of the rules, so that a new version of the program judges everybody again."""


@dataclass(frozen=True, slots=True, order=True)
class Anomaly:
    """One thing that is wrong; `param` tells where: a field's key, `mobile:12` for that of contact 12, an industry."""

    code: str
    param: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What a look at a customer found; `since` for anomalies that begin at a known moment, maybe later than now."""

    anomalies: tuple[tuple[Anomaly, datetime | None], ...]
    completeness: int


@dataclass(frozen=True, slots=True)
class Reason:
    """An anomaly in the person's words, and where on the customer's page it is corrected."""

    id: int
    code: str
    kind: str
    text: str
    place: str
    """The id of the element on the customer's page."""
    assignee: str = ""
    due: str = ""
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class WorkLine:
    """An anomaly as the worklist shows it."""

    id: int
    version: int
    number: str
    name: str
    code: str
    kind: str
    text: str
    place: str
    owner: str
    since: str
    assignee: str
    due: str
    overdue: bool


@dataclass(frozen=True, slots=True)
class KindCount:
    """How many anomalies of a kind there are."""

    code: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class WorkPage:
    """A page of the worklist."""

    lines: tuple[WorkLine, ...] = ()
    total: int = 0
    """Of the kind that is shown."""
    page: int = 1
    kinds: tuple[KindCount, ...] = ()
    overdue: int = 0


@dataclass(frozen=True, slots=True)
class WorkQuery:
    """What of the worklist is asked for."""

    whose: str = "mine"
    code: str = ""
    overdue: bool = False
    page: int = 1


@dataclass(frozen=True, slots=True)
class PersonChoice:
    """Somebody who can be put in charge."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who shall correct what until when; `who` is an id, "owner", or empty to take it back."""

    seen: tuple[tuple[int, int], ...]
    """Id and version of each, as the person saw them."""
    who: str
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Former:
    """Who was in charge of an anomaly before, and the version that it has since."""

    anomaly_id: int
    version: int
    assignee_id: int | None
    due_on: date | None
    assigned_by: int | None


@dataclass(frozen=True, slots=True)
class Assigned:
    """What became of an assignment: so many given, so many left because that person does not see the customer."""

    done: int
    refused: int
    former: tuple[Former, ...] = field(default=(), compare=False)
    """By which it can be taken back."""

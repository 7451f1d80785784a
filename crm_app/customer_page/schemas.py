"""What the page of one customer shows: words and masked values, never more than is on the screen."""

from dataclasses import dataclass

from crm_app.anomalies.schemas import Reason
from crm_app.customers.schemas import PersonChoice, TagChoice
from crm_app.timeline.schemas import Choice, FormChoices, TaskLine, TimelinePage


@dataclass(frozen=True, slots=True)
class Fact:
    """One field of the record: `raw` as it is edited, `shown` as it reads."""

    raw: str = ""
    shown: str = ""


@dataclass(frozen=True, slots=True)
class OwnFact:
    """A field that the company added, as it is edited in its place."""

    key: str
    label: str
    kind: str
    """How it is edited: line, area, day, select, many."""
    editable: bool
    link: str = ""
    """Where a web address leads."""


@dataclass(frozen=True, slots=True)
class ContactFact:
    """What stands in a field that the company added to contacts: `raw` as it is edited, `shown` as it reads."""

    key: str
    label: str
    raw: str
    shown: str
    link: str = ""
    """Where a web address leads."""


@dataclass(frozen=True, slots=True)
class ContactCard:
    """A contact; masked unless `revealed`."""

    id: int
    name: str
    position: str
    mobile: str
    phone: str
    email: str
    birthday: str
    channel: str
    channel_code: str
    is_main: bool
    revealed: bool = False
    own: tuple[ContactFact, ...] = ()
    """The fields that the company added, as far as something stands in them and the person sees them."""


@dataclass(frozen=True, slots=True)
class Rights:
    """What the actor may do with this very customer."""

    edit: bool = False
    assign: bool = False
    reveal: bool = False
    follow_up: bool = False
    task: bool = False
    delete: bool = False


@dataclass(frozen=True, slots=True)
class CustomerView:
    """The record."""

    id: int = 0
    number: str = ""
    version: int = 0
    name: str = ""
    is_key: bool = False
    level: str = ""
    status: str = ""
    customer_type: str = ""
    value_grade: str = ""
    hand_grade: str = ""
    """Empty where it is computed."""
    graded_by: str = ""
    graded: str = ""
    """By whom and when it was graded by hand."""
    owner: str = ""
    department: str = ""
    collaborators: tuple[PersonChoice, ...] = ()
    tags: tuple[TagChoice, ...] = ()
    collaborator_ids: tuple[str, ...] = ()
    tag_ids: tuple[str, ...] = ()
    contacts: tuple[ContactCard, ...] = ()
    steps: tuple[str, ...] = ()
    """The levels that can follow the present one."""
    total_amount: str = ""
    order_count: int = 0
    first_order_on: str = ""
    expected_amount: str = ""
    last_contact: str = ""
    last_method: str = ""
    next_at: str = ""
    next_days: int = 0
    created: str = ""
    own: tuple[OwnFact, ...] = ()
    rights: Rights = Rights()


@dataclass(frozen=True, slots=True)
class PageData:
    """Everything that opening the page needs."""

    view: CustomerView
    facts: dict[str, Fact]
    options: dict[str, tuple[Choice, ...]]
    """What each field offers, and `tags` and `collaborators`."""
    tasks: tuple[TaskLine, ...]
    timeline: TimelinePage
    form: FormChoices
    reasons: tuple[Reason, ...] = ()
    """What is wrong with the record (R5.2)."""
    completeness: int = 0


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a field was not saved; `no` grows, so that the same text twice is news twice."""

    field: str = ""
    text: str = ""
    no: int = 0


@dataclass(frozen=True, slots=True)
class Clash:
    """A save that came second (R2.3), or one whose value another customer has (R2.2)."""

    field: str = ""
    """Empty: there is none."""
    label: str = ""
    mine: str = ""
    theirs: str = ""
    by: str = ""
    at: str = ""
    raw: str = ""
    version: int = 0
    duplicate: bool = False

"""What goes into the record's use cases and comes out of its queries: plain, frozen, already masked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from crm_app.core.errors import Conflict
from crm_app.core.problems import Problem
from crm_app.fields.schemas import OwnFieldDef
from crm_app.options.schemas import OptionRow, TagRow

# --- in: everything as it was typed; `rules` turns it into values or problems.


@dataclass(frozen=True, slots=True)
class ContactInput:
    """A contact as typed (R1.3); dates as YYYY-MM-DD."""

    name: str = ""
    position: str = ""
    mobile: str = ""
    phone: str = ""
    email: str = ""
    birthday: str = ""
    preferred_channel: str = ""
    is_main: bool = False
    own: Mapping[str, str] = field(default_factory=dict)
    """What was typed into the company's own fields of contacts, by their keys."""


@dataclass(frozen=True, slots=True)
class CreateCustomer:
    """A new customer as typed (R1.2 to R1.4, R1.7). `values` holds fields of `rules.CUSTOMER_FIELDS` by name."""

    values: Mapping[str, str]
    contacts: tuple[ContactInput, ...] = ()
    tag_ids: tuple[int, ...] = ()
    owner_id: int | None = None
    """None: the actor himself."""
    collaborator_ids: tuple[int, ...] = ()
    confirmed_duplicates: bool = False
    """The person saw the exact duplicates and says that this is another customer (R2.2)."""
    other_than: str = ""
    """The number of the customer that this form became before it was changed: the person means another one."""


@dataclass(frozen=True, slots=True)
class UpdateCustomer:
    """The whole form, edited. `changes` holds only what the person changed against `version`, which he read."""

    number: str
    version: int
    changes: Mapping[str, str]
    confirmed_duplicates: bool = False
    seen: Mapping[str, int] = field(default_factory=dict)
    """By field: up to which later version the person was shown what others made of it, and wants his own still."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody decided about a field that others changed too, having seen their change of `version`."""

    mine: bool
    version: int


@dataclass(frozen=True, slots=True)
class EditedForm:
    """The whole form as it stands in the browser, begun on `version`. `values` by the names of `CUSTOMER_FIELDS`."""

    number: str
    version: int
    values: Mapping[str, str]
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    confirmed_duplicates: bool = False


# --- out


@dataclass(frozen=True, slots=True)
class CustomerRef:
    """The name plate of a saved customer."""

    number: str
    id: int


@dataclass(frozen=True, slots=True)
class Saved:
    """A change is in: the customer's version now, and the value as it was stored (normalised)."""

    version: int
    value: str = ""


@dataclass(frozen=True, slots=True)
class PersonChoice:
    """A person who can be picked as owner or collaborator."""

    id: int
    name: str
    department: str = ""


@dataclass(frozen=True, slots=True)
class TagChoice:
    """A tag that can be put on a customer; `kind` is a code of `TagKind`."""

    id: int
    kind: str
    name: str
    color: str


@dataclass(frozen=True, slots=True)
class ContactRow:
    """A contact as everybody sees it: name, numbers and addresses masked (R10.3), the year of birth left out."""

    id: int
    name: str
    position: str
    mobile: str
    phone: str
    email: str
    birthday: str
    """MM-DD: enough for a birthday greeting."""
    preferred_channel: str
    is_main: bool
    own: Mapping[str, str] = field(default_factory=dict)
    """What stands in the own fields that the actor sees, by their keys; an empty one is absent."""


@dataclass(frozen=True, slots=True)
class RevealedContact:
    """A contact in full; given out by `reveal_contact` only, which records it."""

    id: int
    name: str
    mobile: str
    phone: str
    email: str
    birthday: str


@dataclass(frozen=True, slots=True)
class HandGrade:
    """A grade that somebody gave by hand (R1.4); empty where it is computed."""

    grade: str
    by: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class CustomerRecord:
    """The whole record as its page needs it: codes, not labels; contacts masked."""

    id: int
    number: str
    version: int
    values: Mapping[str, str]
    """The editable fields by name, as stored texts; `region` is the code of the most exact place known."""
    own: tuple[OwnFieldDef, ...]
    """The own fields that the actor sees; `values` has what stands in them."""
    contact_own: tuple[OwnFieldDef, ...]
    """Those of its contacts."""
    level: str
    value_grade: str
    hand_grade: HandGrade
    owner_id: int | None
    owner_name: str
    department_name: str
    collaborators: tuple[PersonChoice, ...]
    tags: tuple[TagChoice, ...]
    contacts: tuple[ContactRow, ...]
    total_amount: Decimal
    order_count: int
    first_order_on: date | None
    expected_amount: Decimal
    last_contact_at: datetime | None
    last_method: str
    next_follow_up_at: datetime | None
    created_at: datetime
    created_by_name: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Reason:
    """Why two customers may be the same. `percent`: how alike.

    `code`: credit_code, mobile, phone, email, contact; of names same_name, same_but_form or name, and alike_name out of
    reach.
    """

    code: str
    percent: int


@dataclass(frozen=True, slots=True)
class DuplicateHint:
    """A likely duplicate (R2.2). Out of the actor's reach it says nothing but who is in charge and why it matches."""

    reasons: tuple[Reason, ...]
    owner: str
    openable: bool = False
    number: str = ""
    name: str = ""
    exact: bool = False
    """Same phone or credit code: saving needs an explicit confirmation."""

    @property
    def percent(self) -> int:
        """How likely, by the strongest reason."""
        return max(reason.percent for reason in self.reasons)


@dataclass(frozen=True, slots=True)
class Probe:
    """What duplicates are looked for by: normal forms, as `rules.probe_of` makes them."""

    name: str = ""
    mobiles: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    credit_code: str = ""
    contacts: tuple[str, ...] = ()
    """Names of people."""


@dataclass(frozen=True, slots=True)
class SavedBefore:
    """What a form became before its person changed it: the answer was lost, or he typed on while it was on its way.

    `fields` of the record and `others` that differ from what is stored now, empty for who may not edit it.
    """

    ref: CustomerRef
    editable: bool = False
    fields: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Review:
    """What stands against a form that is still being typed. `hints` None: nobody looked for duplicates.

    `saved`: what the very same form became before, its answer was lost. `before`: what it became before it was changed.
    """

    problems: Mapping[str, Problem]
    hints: tuple[DuplicateHint, ...] | None = None
    saved: CustomerRef | None = None
    before: SavedBefore | None = None


@dataclass(frozen=True, slots=True)
class Since:
    """What became of a field since a version: what stood there, and who changed it last."""

    before: str
    at: datetime
    by: str
    version: int


@dataclass(frozen=True, slots=True)
class FormReview:
    """What stands against an edited form; `hints` None: nobody looked for duplicates.

    `before` has the values that the person began with, `changed` the fields that he changed. `conflicts` are the fields
    that others changed too, decided or not; `merged` those that only others changed.
    """

    before: Mapping[str, str]
    changed: frozenset[str]
    problems: Mapping[str, Problem]
    conflicts: tuple[Conflict, ...]
    merged: tuple[Conflict, ...]
    probe: Probe
    hints: tuple[DuplicateHint, ...] | None = None


@dataclass(frozen=True, slots=True)
class OpenedForm:
    """A customer opened for editing: its editable values as of `version`, and what the form offers."""

    customer_id: int
    name: str
    version: int
    values: Mapping[str, str]
    options: Mapping[str, tuple[OptionRow, ...]]
    statuses: tuple[str, ...]
    own: tuple[OwnFieldDef, ...]
    people: tuple[PersonChoice, ...]
    names: Mapping[int, str]
    """Of all people, those who left too."""
    today: date


@dataclass(frozen=True, slots=True)
class FormChoices:
    """What the form of a new customer offers to this actor."""

    options: Mapping[str, tuple[OptionRow, ...]]
    """By the code of the drop-down list."""
    tags: tuple[TagRow, ...]
    owners: tuple[PersonChoice, ...]
    people: tuple[PersonChoice, ...]
    own: tuple[OwnFieldDef, ...]
    contact_own: tuple[OwnFieldDef, ...]
    today: date


@dataclass(frozen=True, slots=True)
class OwnOffer:
    """The own fields of contacts that the actor may fill in, and what they offer."""

    fields: tuple[OwnFieldDef, ...]
    people: tuple[PersonChoice, ...]
    names: Mapping[int, str]
    """Of all people, those who left too."""


@dataclass(frozen=True, slots=True)
class OptionCodes:
    """The codes of one drop-down list: offered ones, and retired ones that old records keep (R1.9)."""

    offered: frozenset[str] = frozenset()
    retired: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Choices:
    """What validation needs to know of the outside: today, the drop-down lists by code, the fields of this company."""

    today: date
    options: Mapping[str, OptionCodes] = field(default_factory=dict)
    own: tuple[OwnFieldDef, ...] = ()
    """The own fields of the customer that the actor may fill in (R1.8)."""
    contact_own: tuple[OwnFieldDef, ...] = ()
    """Those of its contacts."""
    people: frozenset[str] = frozenset()
    """The ids of those whom a field can name."""
    language: str = "zh"
    """In which own fields are named to the actor."""
    required: frozenset[str] = frozenset()
    """The fields that every customer has and that the company wants filled in, by name."""

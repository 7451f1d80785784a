"""What the check of a row begins with: what is known of the system and of the row's customer, and the row's texts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from crm_app.core.problems import Problem
from crm_app.customers.schemas import Choices
from crm_app.fields.schemas import OwnFieldDef
from crm_app.importing.rules.values import Vocabulary
from crm_app.importing.schemas import CellProblem


@dataclass(frozen=True, slots=True)
class Known:
    """What the check knows of the system."""

    choices: Choices
    vocabularies: Mapping[str, Vocabulary]
    """By target whose texts are entries of a list: what is no entry, a person can choose one for."""
    methods: frozenset[str]
    """Ways of contact that are offered."""
    owner: int
    """Whose customers these become where the row doesn't say; 0: nobody's that the person may choose."""
    tags: Mapping[str, int]
    retired_tags: frozenset[str]
    now: datetime
    zone: tzinfo
    language: str
    own: tuple[OwnFieldDef, ...] = ()
    """The company's own fields that the person may fill in, and those that this import adds."""
    people: frozenset[str] = frozenset()
    """The ids of those whom such a field can name."""
    names: Mapping[int, str] = field(default_factory=dict)
    """What people are called, those who left too."""


@dataclass(frozen=True, slots=True)
class There:
    """The customer that a row means by its key, as far as the person may know of it."""

    customer_id: int
    version: int
    number: str
    """Empty out of reach, as is `name`."""
    name: str
    owner: str
    editable: bool
    level: str = ""
    owner_id: int = 0
    fields: Mapping[str, str] = field(default_factory=dict)
    """What stands in the record, by field, as stored texts."""
    own: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Cells:
    """One row's texts by target, and what turned out to be wrong."""

    texts: dict[str, str]
    columns: Mapping[str, int]
    there: There | None = None
    problems: list[CellProblem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def wrong(self, target: str, problem: Problem, *, shown_at: str = "") -> None:
        place = shown_at or target
        column = self.columns.get(place, -1)
        value = self.texts.get(place, "") if column >= 0 else ""
        self.problems.append(CellProblem(column, place, value[:200], problem.code, problem.params))

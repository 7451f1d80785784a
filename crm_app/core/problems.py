"""What is wrong with an input, said as a key of the language catalogue and its parameters."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from crm_app.core.errors import Portable


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem that the person who typed can understand and mend."""

    code: str
    params: Mapping[str, str | int] = field(default_factory=dict, hash=False)


class Invalid(Portable):
    """Input was refused; `problems` says for each field why."""

    def __init__(self, problems: Mapping[str, Problem]) -> None:
        super().__init__(", ".join(f"{name}: {problem.code}" for name, problem in problems.items()))
        self.problems: dict[str, Problem] = dict(problems)

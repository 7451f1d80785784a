"""What an attack found: the violations, and who could do what."""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Violation:
    """Something that must not happen, and how to make it happen again."""

    phase: str
    who: str
    handler: str
    payload: str
    problem: str
    frame: str = ""

    def __str__(self) -> str:
        return f"[{self.phase}] {self.who} → {self.handler}({self.payload[:300]}): {self.problem}" + (
            f"\n    {self.frame[:600]}" if self.frame else ""
        )


@dataclass(frozen=True, slots=True)
class Case:
    """Who tries what, in which phase of the attack."""

    phase: str
    who: str
    handler: str
    payload: Any = field(default_factory=dict)


class Enough(Exception):
    """One violation was all that was asked for."""


@dataclass
class Findings:
    """`violations` stays empty, or the server has a hole."""

    first_only: bool = False
    violations: list[Violation] = field(default_factory=list)
    attempts: int = 0
    matrix: dict[tuple[str, str], str] = field(default_factory=dict)
    """By person and handler: `.` refused, `o` done, `!` wrong."""
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    """By phase."""

    def blame(self, case: Case, problem: str, frame: str = "") -> None:
        """Note a violation. Raises Enough."""
        payload = json.dumps(case.payload, default=str)
        self.violations.append(Violation(case.phase, case.who, case.handler, payload, problem, frame))
        self.matrix[case.who, case.handler] = "!"
        if self.first_only:
            raise Enough

    def report(self, people: Iterable[str]) -> str:
        """One violation of each kind, and the matrix."""
        people = list(people)
        seconds = ", ".join(f"{name} {spent:.1f}" for name, spent in self.seconds.items())
        lines = [f"{len(self.violations)} violations in {self.attempts} attempts; seconds: {seconds}"]
        different = {(v.phase, v.handler, v.problem.partition("[")[0]): v for v in reversed(self.violations)}
        lines += [str(violation) for violation in list(different.values())[::-1][:30]]
        lines.append("  ".join(["handler".ljust(36), *(name[:8].ljust(8) for name in people)]))
        for key in sorted({key for _, key in self.matrix}):
            marks = [self.matrix.get((name, key), " ").ljust(8) for name in people]
            lines.append("  ".join([key.ljust(36), *marks]))
        return "\n".join(lines)

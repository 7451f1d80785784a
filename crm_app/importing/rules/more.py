"""What a row says of a customer that is there besides its fields: what is expected, deals, and lines of the note."""

from decimal import Decimal

EXPECTED = "expected_amount"
DEAL = ("deal.amount", "deal.amount_wan", "deal.on", "deal.contract")
DEAL_LINES = "deal.lines"
"""The same as lines of the note, for a customer that is not won: its level is no matter of an import (R6.5)."""


def yuan_text(amount: Decimal) -> str:
    """An amount as the history keeps it; nothing for none."""
    return f"{amount:.2f}" if amount else ""


def with_lines(note: str, lines: str) -> str:
    """A note with those of these lines that it lacks: the same file brought in again changes nothing."""
    there = note.split("\n")
    return "\n".join([*filter(None, [note]), *(one for one in lines.split("\n") if one and one not in there)])

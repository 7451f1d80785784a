"""Whose eyes a row is for."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import TypeAlias

from crm_app.catalogue import say
from crm_app.core.amounts import Language, format_amount
from crm_app.core.clock import format_local, relative_days
from crm_app.listing.schemas import Known

Show: TypeAlias = Callable[..., str]
"""The text of a cell, from the values of its columns."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose eyes: language, zone, and the choices known."""

    language: Language
    zone: tzinfo
    known: Known

    def chooser(self, choices: str) -> Show:
        """What shows codes of one list; a code that was never in it shows as it is."""
        labels = {"": ""} | {c.code: c.label(self.language) for c in self.known.choices[choices]}

        def show(code: object) -> str:
            return "" if code is None else labels.get(found := str(code), found)

        return show

    def moment(self, moment: datetime | None) -> str:
        return format_local(moment, tz=self.zone) if moment else ""

    def amount(self, amount: Decimal) -> str:
        return format_amount(amount, lang=self.language) if amount else "0"

    def days_since(self, moment: datetime | None) -> str:
        return str(-relative_days(moment, tz=self.zone)) if moment else say(self.language, "directory.never")

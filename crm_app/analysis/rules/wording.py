"""What the dashboard's numbers are called, and which customers stand behind them.

Each figure opens the customer list with the conditions that counted it: the fields are those of the customer list.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from urllib.parse import quote

from crm_app.analysis.rules.questions import is_partial
from crm_app.analysis.schemas import Filters, Question
from crm_app.catalogue import say
from crm_app.core import periods
from crm_app.core.amounts import Language, format_amount
from crm_app.core.periods import Period, Unit, between
from crm_app.core.vocabulary import OptionList
from crm_app.listing.rules.address import format_conditions
from crm_app.listing.schemas import Condition, Operator

CUSTOMER_LIST = "/customers"
_SAFE = "!,;.()|:-_~="
_RUNNING = {"this-week": "week", "this-month": "month", "this-quarter": "quarter", "this-year": "year"}


@dataclass(frozen=True, slots=True)
class Wording:
    """The reader's language and the lists' labels, for one question."""

    language: str
    labels: Mapping[tuple[str, str], str]
    filters: Filters
    question: Question
    today: date

    @property
    def lang(self) -> Language:
        return "en" if self.language == "en" else "zh"

    def say(self, key: str, **params: object) -> str:
        return say(self.language, key, **params)

    def option(self, list_code: OptionList, code: str) -> str:
        """The label of an entry; of an empty field, that it is empty."""
        return self.labels.get((list_code, code), code) if code else self.say("analysis.empty_field")

    def count(self, number: int) -> str:
        return f"{number:,}"

    def short(self, number: int) -> str:
        """A count for a small place: in full as long as it fits."""
        return self.count(number) if number < 100_000 else format_amount(number, lang=self.lang)

    def amount(self, value: Decimal) -> str:
        return format_amount(value, lang=self.lang)

    def share(self, part: float, whole: float) -> str:
        return f"{part / whole:.1%}" if whole else ""

    def step(self, period: Period, unit: Unit) -> str:
        """A step's short name below its bar; unique within a chart."""
        start = period.start or self.today
        match unit:
            case "day" | "week":
                return f"{start.month}/{start.day}"
            case "month":
                return f"{start.year}/{start.month}"
            case "quarter":
                return f"{start.year}Q{(start.month + 2) // 3}"
            case "year":
                return str(start.year)

    def period(self, period: Period) -> str:
        """A step's full name; of a week its days, since nobody knows weeks by their number."""
        if period.start and period.end_exclusive and "W" in period.key:
            period = between(period.start, period.end_exclusive)
        return periods.label(period, lang=self.lang)

    def before(self) -> str:
        """What the time before is called in a small place: 上月同期, 2024年9月, 前一时段."""
        running = _RUNNING.get(self.filters.period.key)
        if running and is_partial(self.filters.period, today=self.today):
            return self.say(f"analysis.before.{running}")
        before = self.question.before.period
        return self.say("analysis.before.span") if ".." in before.key else self.period(before)

    def compared(self) -> str:
        """What is compared with, with its days where the name alone doesn't tell them."""
        before = self.question.before.period
        days = self.period(between(before.start, before.end_exclusive))
        return self.say("analysis.filter.compared", before=self.before(), days=days)

    # --- Which customers ----------------------------------------------------------------------------------------------

    def link(self, *conditions: Condition) -> str:
        """The customer list with these conditions and those of the dashboard's filters."""
        given: list[Condition] = []
        if self.filters.industry:
            given.append(Condition("industry", Operator.IN, (self.filters.industry,)))
        if self.question.departments:
            given.append(Condition("department", Operator.IN, tuple(map(str, self.question.departments))))
        if self.filters.owner:
            given.append(Condition("owner", Operator.IN, (str(self.filters.owner),)))
        wanted = [*given, *(condition for condition in conditions if condition not in given)]
        if not wanted:
            return CUSTOMER_LIST
        return f"{CUSTOMER_LIST}?f={quote(format_conditions(wanted), safe=_SAFE)}"

    def created(self, period: Period | None = None) -> Condition:
        return within("created", period or self.filters.period)

    def created_by(self, period: Period) -> tuple[Condition, ...]:
        """All who were there at a period's end; no condition for an end that is still to come."""
        end = period.end_exclusive
        if end is None or end > self.today:
            return ()
        return (Condition("created", Operator.BEFORE, (end.isoformat(),)),)


def within(field: str, period: Period) -> Condition:
    """That a time lies in a period."""
    return Condition(field, Operator.WITHIN, (period.key,))


def one_of(field: str, code: str) -> Condition:
    """That a choice is this one, or empty for an empty code."""
    return Condition(field, Operator.IN, (code,)) if code else Condition(field, Operator.EMPTY)

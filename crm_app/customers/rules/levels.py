"""The life cycle of a customer (R6.5): which steps exist, what each needs, and what follows from the deals.

    potential ⇄ intent → won ↻ (a further deal)
    potential → won        small deals close at the first contact
    any but lost → lost    needs a reason
    lost → potential, intent

A won customer never goes back to potential or intent: the deal is a fact. A lost one is won back first and then won,
so that the funnel shows it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from crm_app.core.amounts import parse_amount
from crm_app.core.problems import Problem
from crm_app.core.text import clean_line, clean_text, fold_width
from crm_app.core.vocabulary import CustomerType, Level, OptionList, Status, ValueGrade
from crm_app.customers.rules.validation import FieldRule, Kind, check_field
from crm_app.customers.schemas import Choices

STEPS: Mapping[Level, frozenset[Level]] = {
    Level.POTENTIAL: frozenset({Level.INTENT, Level.WON, Level.LOST}),
    Level.INTENT: frozenset({Level.POTENTIAL, Level.WON, Level.LOST}),
    Level.WON: frozenset({Level.WON, Level.LOST}),
    Level.LOST: frozenset({Level.POTENTIAL, Level.INTENT}),
}
GRADE_DAYS = 365
THRESHOLDS: Mapping[str, Decimal] = {"A": Decimal(500_000), "B": Decimal(100_000)}
"""Yuan within `GRADE_DAYS`; the setting `customers.value_grade` replaces them."""

_LOSS_REASON = FieldRule("loss_reason", Kind.OPTION, list_code=OptionList.LOSS_REASON)
DEAL_ON = FieldRule("deal_on", Kind.DATE, earliest=date(1990, 1, 1))


def refused_step(now: str, to: str) -> Problem | None:
    """Why a level can't follow another; None when it can."""
    if to not in tuple(Level):
        return Problem("customers.problem.unknown_option")
    if Level(to) in STEPS[Level(now)]:
        return None
    if now == to:
        return Problem("customers.step.same")
    return Problem("customers.step.from_won" if now == Level.WON else "customers.step.from_lost")


@dataclass(frozen=True, slots=True)
class DealFacts:
    """What a step needs, checked: empty where the step does not need it."""

    amount: Decimal | None = None
    deal_on: date | None = None
    contract_number: str | None = None
    loss_reason: str = ""
    note: str = ""


def check_level_change(to: str, raws: Mapping[str, str], choices: Choices) -> tuple[DealFacts, dict[str, Problem]]:
    """The facts of a step from what was typed (deal_amount, deal_on, contract_number, loss_reason, note)."""
    problems: dict[str, Problem] = {}
    note = clean_text(raws.get("note", ""))
    if len(note) > 500:
        problems["note"] = Problem("customers.problem.too_long", {"max": 500, "length": len(note)})
    if to == Level.LOST:
        reason = check_field(_LOSS_REASON, raws.get("loss_reason", ""), choices)
        if isinstance(reason, Problem) or not reason:
            problems["loss_reason"] = reason if isinstance(reason, Problem) else _required("loss_reason")
        return DealFacts(loss_reason=str(reason), note=note), problems
    if to != Level.WON:
        return DealFacts(note=note), problems
    amount, day = _check_amount(raws.get("deal_amount", "")), check_field(DEAL_ON, raws.get("deal_on", ""), choices)
    contract = clean_line(fold_width(raws.get("contract_number", ""))).upper()
    if isinstance(amount, Problem):
        problems["deal_amount"] = amount
    if isinstance(day, Problem) or day is None:
        problems["deal_on"] = day if isinstance(day, Problem) else _required("deal_on")
    if not contract:
        problems["contract_number"] = _required("contract_number")
    elif len(contract) > 60:
        problems["contract_number"] = Problem("customers.problem.too_long", {"max": 60, "length": len(contract)})
    if problems or isinstance(amount, Problem) or not isinstance(day, date):
        return DealFacts(note=note), problems
    return DealFacts(amount=amount, deal_on=day, contract_number=contract, note=note), problems


def _required(name: str) -> Problem:
    return Problem(f"customers.required.{name}")


def _check_amount(raw: str) -> Decimal | Problem:
    if not clean_line(raw):
        return _required("deal_amount")
    amount = parse_amount(raw)
    if not isinstance(amount, Problem) and amount <= 0:
        return Problem("customers.problem.amount_positive")
    return amount


def status_after(to: str, status: str) -> str:
    """The status that goes with a new level; one that already goes on as work in progress stays."""
    match Level(to):
        case Level.WON:
            return Status.WON
        case Level.LOST:
            return Status.LOST
        case Level.INTENT:
            return status if status in (Status.FOLLOWING, Status.PENDING) else Status.FOLLOWING
        case _:
            return status if status in (Status.FOLLOWING, Status.PENDING) else Status.POTENTIAL


def type_after(customer_type: str, deals: int) -> str:
    """A new customer becomes a regular one with the second deal; what a person set above that stays."""
    return CustomerType.REGULAR if customer_type == CustomerType.NEW and deals >= 2 else customer_type


@dataclass(frozen=True, slots=True)
class Trade:
    """What the deals add up to (R1.5), and the grade that follows from the last 365 days (R1.4)."""

    total: Decimal
    orders: int
    first_on: date | None
    grade: ValueGrade


def trade_of(
    deals: Iterable[tuple[date, Decimal]], *, today: date, thresholds: Mapping[str, Decimal] = THRESHOLDS
) -> Trade:
    """Sum up deals given as (day, yuan)."""
    listed = list(deals)
    since = grading_since(today)
    return Trade(
        total=sum((amount for _, amount in listed), Decimal(0)),
        orders=len(listed),
        first_on=min((day for day, _ in listed), default=None),
        grade=grade_of(sum((amount for day, amount in listed if day >= since), Decimal(0)), thresholds),
    )


def check_thresholds(raws: Mapping[str, str]) -> tuple[dict[str, Decimal], dict[str, Problem]]:
    """The yuan from which customers are graded A and B, from what was typed; what is wrong by the grade."""
    read = {grade: parse_amount(raws.get(grade, "")) for grade in THRESHOLDS}
    problems = {
        grade: Problem("customers.settings.above_zero")
        for grade, found in read.items()
        if isinstance(found, Problem) or found <= 0
    }
    amounts = {grade: found for grade, found in read.items() if isinstance(found, Decimal)}
    if not problems and amounts["A"] <= amounts["B"]:
        problems["A"] = Problem("customers.settings.a_above_b")
    return amounts, problems


def grade_in_force(hand: str, computed: str) -> str:
    """The grade that counts: by hand where somebody graded so (R1.4)."""
    return hand or computed


def grading_since(today: date) -> date:
    """The first of the days whose deals count for the grade."""
    return today - timedelta(days=GRADE_DAYS - 1)


def grade_of(amount: Decimal, thresholds: Mapping[str, Decimal] = THRESHOLDS) -> ValueGrade:
    """A, B or C by the yuan of the last 365 days."""
    if amount >= thresholds["A"]:
        return ValueGrade.A
    return ValueGrade.B if amount >= thresholds["B"] else ValueGrade.C

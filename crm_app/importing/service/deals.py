"""Deals that rows tell of customers that are there (R6.5): each is taken over once, however often its file comes in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlmodel import Session

from crm_app.catalogue import say
from crm_app.core.sql import table_of
from crm_app.core.vocabulary import Level
from crm_app.customers.service import settle_deals
from crm_app.importing.rules.more import DEAL_LINES, with_lines
from crm_app.importing.rules.targets import NOTE
from crm_app.importing.schemas import CheckedRow
from crm_app.models import LevelChange

_step = table_of(LevelChange).c


@dataclass(frozen=True, slots=True)
class Deal:
    """A further deal of a won customer; `orders` are all of its deals with this one."""

    fen: int
    on: date
    contract: str | None
    orders: int


@dataclass(slots=True)
class Deals:
    """The deals that are there."""

    by_customer: Mapping[int, list[tuple[date | None, Decimal | None, str | None]]]
    contracts: set[str]
    """Numbers of contracts that any customer has; those that come in join them."""

    @classmethod
    def read(cls, session: Session, rows: Mapping[int, CheckedRow]) -> "Deals":
        """Those of the customers whose rows tell of one."""
        ids = [key for key, row in rows.items() if row.deal and "fen" in row.deal]
        there: dict[int, list[tuple[date | None, Decimal | None, str | None]]] = {}
        if not ids:
            return cls(there, set())
        asked = select(_step.customer_id, _step.deal_on, _step.deal_amount, _step.contract_number).where(
            _step.customer_id.in_(ids), _step.to_level == Level.WON
        )
        for key, *deal in session.execute(asked):
            there.setdefault(key, []).append(tuple(deal))
        return cls(there, taken_contracts(session, rows.values()))

    def of(self, customer_id: int, level: str, row: CheckedRow) -> tuple[Deal | None, str]:
        """The deal to be added, and what goes to the note instead: of half a deal, or of a customer that isn't won."""
        lines = row.said.get(DEAL_LINES, "")
        if not row.deal or "fen" not in row.deal or level != Level.WON:
            return None, lines
        amount, day, contract = Decimal(row.deal["fen"]) / 100, date.fromisoformat(row.deal["on"]), row.deal["contract"]
        there = self.by_customer.get(customer_id, [])
        if any((contract and contract == number) or (on, yuan) == (day, amount) for on, yuan, number in there):
            return None, ""
        if contract in self.contracts:
            # Two deals have no number in common: which of them is meant, a person has to tell.
            return None, lines
        if contract:
            self.contracts.add(contract)
        return Deal(row.deal["fen"], day, contract or None, len(there) + 1), ""


def taken_contracts(session: Session, rows: Iterable[CheckedRow]) -> set[str]:
    """Those of the rows' contract numbers that a deal has already."""
    said = {row.deal["contract"] for row in rows if row.deal and row.deal.get("contract")}
    if not said:
        return set()
    return {
        one
        for one in session.execute(select(_step.contract_number).where(_step.contract_number.in_(said))).scalars()
        if one
    }


def part_contracts(session: Session, rows: Iterable[CheckedRow], language: str) -> None:
    """Let a contract that is told of a second customer stand in the note of that one: a number has one deal (R6.5)."""
    told = [row for row in rows if row.deal and row.deal.get("contract")]
    taken = taken_contracts(session, told)
    for row in told:
        deal = row.deal or {}
        if deal["contract"] in taken:
            line = f"{say(language, 'customers.field.contract_number')}:{deal['contract']}"
            row.customer[NOTE] = with_lines(row.customer[NOTE], line)
            deal["contract"] = ""
        else:
            taken.add(deal["contract"])


def settle(session: Session, ids: Iterable[int]) -> None:
    """Add up the deals of these customers anew."""
    for customer_id in ids:
        settle_deals(session, customer_id)

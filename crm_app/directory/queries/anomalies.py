"""Anomalies in the list (R5.2): those that count by now, and that say nothing of a field that the role doesn't see."""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, select
from sqlmodel import Session, col

from crm_app.access.actor import Actor
from crm_app.core.clock import utcnow
from crm_app.core.sql import table_of
from crm_app.listing.queries import Asker, Where
from crm_app.listing.schemas import Condition, Known, Operator
from crm_app.models import Anomaly, Customer

KEY = "anomaly"
_a = table_of(Anomaly).c


@dataclass(frozen=True, slots=True)
class AnomalySource:
    """By kind, whichever field it is about; `hidden` are the keys of fields that say nothing."""

    hidden: frozenset[str] = frozenset()

    def where(self, condition: Condition, asker: Asker) -> Where:
        match condition.operator:
            case Operator.EMPTY:
                return col(Customer.id).not_in(self._having())
            case Operator.FILLED:
                return col(Customer.id).in_(self._having())
            case Operator.ALL:
                return and_(*(col(Customer.id).in_(self._having([one])) for one in condition.values))
            case Operator.NONE:
                return col(Customer.id).not_in(self._having(condition.values))
            case _:
                return col(Customer.id).in_(self._having(condition.values))

    def _having(self, codes: Collection[str] = ()) -> Select[Any]:
        wanted = select(_a.customer_id).where(*_counting(self.hidden))
        return wanted.where(_a.code.in_(codes)) if codes else wanted


def hidden_keys(actor: Actor, known: Known) -> frozenset[str]:
    """The own fields of which this role must not learn what stands in them."""
    return frozenset(key for key, field in known.own.items() if actor.role_code in field.hidden_from)


def anomaly_codes(
    session: Session,
    ids: Sequence[int],
    hidden: frozenset[str],
    show: Callable[[str], str] = str,
    *,
    separator: str = ",",
) -> dict[int, str]:
    """The kinds of each customer, each once."""
    statement = select(_a.customer_id, _a.code).where(_a.customer_id.in_(ids), *_counting(hidden))
    found: dict[int, list[str]] = defaultdict(list)
    for customer_id, code in session.execute(statement.distinct().order_by(_a.customer_id, _a.code)):
        found[customer_id].append(show(code))
    return {customer_id: separator.join(codes) for customer_id, codes in found.items()}


def _counting(hidden: frozenset[str]) -> list[Where]:
    now: list[Where] = [_a.since <= utcnow()]
    return [*now, _a.param.not_in(sorted(hidden))] if hidden else now

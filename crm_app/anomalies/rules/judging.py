"""What is wrong with a record, and how complete it is (R5.2): one table of rules on plain facts."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal

from crm_app.anomalies.rules.trades import industry_of_business
from crm_app.anomalies.schemas import Anomaly, Code, ContactFacts, Facts, Found, Measure
from crm_app.core.clock import to_local
from crm_app.core.problems import Problem
from crm_app.core.vocabulary import Level
from crm_app.customers.rules import CONTACT_FIELDS, CUSTOMER_FIELDS, check_field
from crm_app.customers.schemas import Choices
from crm_app.fields.schemas import FieldKind, OwnFieldDef

Places = Iterable[str]
Check = Callable[[Facts, Measure], Places]
_ANYTHING = Choices(date.max)
"""Formats depend on no list and no day."""
_CONTACT_WAYS = ("mobile", "phone", "email")
_BEGIN = ("起始", "开始", "生效", "start", "begin")
_END = ("终止", "结束", "到期", "截止", "end", "expiry")
NEVER_COUNTED = frozenset({"note", "level", "customer_type", "status"})
"""Fields that say nothing of how well a customer is known: always filled in, or free words."""


def measure_of(required: Iterable[str], own: Sequence[OwnFieldDef]) -> Measure:
    """The measure that the company's fields make; `required` are names of the fields that every customer has."""
    days = [field for field in own if field.kind is FieldKind.DAY]
    pairs = ((one.key, other.key) for one in days for other in days if _are_period(one, other))
    return Measure(
        required=frozenset(required) | {field.key for field in own if field.required},
        own=tuple(field.key for field in own),
        periods=tuple(pairs),
    )


def _are_period(one: OwnFieldDef, other: OwnFieldDef) -> bool:
    """合同开始日期 and 合同结束日期: the same words but for the one that says beginning or end."""
    return bool(_stems(one, _BEGIN) & _stems(other, _END))


def _stems(field: OwnFieldDef, words: Sequence[str]) -> set[str]:
    label = field.label_zh.casefold()
    return {label.replace(word, "…", 1) for word in words if word in label}


# --- the rules


def _missing(facts: Facts, measure: Measure) -> Places:
    return (name for name in sorted(measure.required) if not facts.values.get(name))


def _no_contact(facts: Facts, _measure: Measure) -> Places:
    return () if facts.contacts else ("",)


def _unreachable(facts: Facts, _measure: Measure) -> Places:
    return (str(one.id) for one in facts.contacts if not any(getattr(one, way) for way in _CONTACT_WAYS))


def _format(facts: Facts, _measure: Measure) -> Iterator[str]:
    """By the rules of the form: what came from elsewhere may never have been asked."""
    code = facts.values.get("credit_code", "")
    if code and isinstance(check_field(CUSTOMER_FIELDS["credit_code"], code, _ANYTHING), Problem):
        yield "credit_code"
    for contact in facts.contacts:
        yield from (f"{way}:{contact.id}" for way in _CONTACT_WAYS if _is_bad(contact, way))


def _is_bad(contact: ContactFacts, way: str) -> bool:
    value = getattr(contact, way)
    return bool(value) and isinstance(check_field(CONTACT_FIELDS[way], value, _ANYTHING), Problem)


def _industry(facts: Facts, _measure: Measure) -> Places:
    other = industry_of_business(facts.values.get("main_business", ""), facts.values.get("industry", ""))
    return (other,) if other else ()


def _no_contract_number(facts: Facts, _measure: Measure) -> Places:
    return ("",) if facts.deals_without_number else ()


def _period(facts: Facts, measure: Measure) -> Iterator[str]:
    for begin, end in measure.periods:
        first, last = facts.values.get(begin, ""), facts.values.get(end, "")
        if first and last and last < first:  # Days stand as YYYY-MM-DD.
            yield end


def _no_amount(facts: Facts, _measure: Measure) -> Places:
    return ("",) if facts.level == Level.WON and facts.total_amount <= Decimal(0) else ()


def _planned(facts: Facts, _measure: Measure) -> Places:
    return ("",) if facts.next_follow_up_at else ()


CHECKS: Mapping[Code, Check] = {
    Code.MISSING: _missing,
    Code.NO_CONTACT: _no_contact,
    Code.UNREACHABLE: _unreachable,
    Code.FORMAT: _format,
    Code.INDUSTRY: _industry,
    Code.NO_CONTRACT_NUMBER: _no_contract_number,
    Code.PERIOD: _period,
    Code.NO_AMOUNT: _no_amount,
    Code.LATE: _planned,
}
"""Each kind's places where it is so; LATE is so from a moment on."""


def judge(facts: Facts, measure: Measure, *, zone: tzinfo) -> Found:
    """All that is wrong with a customer, and what will be from a moment on if nobody does anything."""
    found = [Anomaly(code, place) for code, check in CHECKS.items() for place in check(facts, measure)]
    begins = day_after(facts.next_follow_up_at, zone) if facts.next_follow_up_at else None
    dated = tuple((one, begins if one.code == Code.LATE else None) for one in found)
    return Found(dated, max(1, completeness(facts, measure)))


def day_after(moment: datetime, zone: tzinfo) -> datetime:
    """When the day of a moment is over where the people are: a plan of this morning is not yet late (as in lists)."""
    day = to_local(moment, tz=zone).date() + timedelta(days=1)
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def completeness(facts: Facts, measure: Measure) -> int:
    """0 to 100: of what can be known of a customer, how much is; what the company requires counts twice."""
    counted = [name for name in CUSTOMER_FIELDS if name not in NEVER_COUNTED or name in measure.required]
    weights = {name: 2 if name in measure.required else 1 for name in (*counted, *measure.own)}
    filled = sum(weight for name, weight in weights.items() if facts.values.get(name))
    reached = sum((bool(facts.contacts), any(one.mobile or one.phone for one in facts.contacts)))
    reached += any(one.email for one in facts.contacts)
    return round(100 * (filled + 2 * reached) / (sum(weights.values()) + 6))

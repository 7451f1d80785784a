"""The fixed words of the customer record: codes in the database, labels in the catalogue as `<enum>.<code>`."""

from enum import StrEnum


class Level(StrEnum):
    """客户等级, the life cycle: 潜在客户, 意向客户, 成交客户, 流失客户."""

    POTENTIAL = "potential"
    INTENT = "intent"
    WON = "won"
    LOST = "lost"


class CustomerType(StrEnum):
    """客户类型: 新客户, 老客户, 重点客户, VIP客户."""

    NEW = "new"
    REGULAR = "regular"
    KEY = "key"
    VIP = "vip"


class Status(StrEnum):
    """客户状态: 潜在, 跟进中, 待确认, 已成交, 已流失, 休眠."""

    POTENTIAL = "potential"
    FOLLOWING = "following"
    PENDING = "pending"
    WON = "won"
    LOST = "lost"
    DORMANT = "dormant"


class ValueGrade(StrEnum):
    """价值分级 by the amount of the last 365 days."""

    A = "A"
    B = "B"
    C = "C"


class OptionList(StrEnum):
    """The drop-down lists 「字典」."""

    CHANNEL = "channel"
    HEADCOUNT = "headcount"
    INDUSTRY = "industry"
    LOSS_REASON = "loss_reason"
    METHOD = "method"
    REVENUE = "revenue"
    SOURCE = "source"


class TagKind(StrEnum):
    """需求标签, 风险标签, 自由标签."""

    REQUIREMENT = "requirement"
    RISK = "risk"
    FREE = "free"


COLORS = {
    "anomaly": {
        "missing": "amber",
        "no_contact": "amber",
        "unreachable": "amber",
        "format": "red",
        "industry": "bronze",
        "no_contract_number": "red",
        "period": "red",
        "no_amount": "red",
        "late": "blue",
    },
    "level": {"potential": "gray", "intent": "blue", "won": "green", "lost": "red"},
    "customer_type": {"new": "gray", "regular": "teal", "key": "amber", "vip": "purple"},
    "status": {
        "potential": "gray",
        "following": "blue",
        "pending": "amber",
        "won": "green",
        "lost": "red",
        "dormant": "bronze",
    },
    "value_grade": {"A": "green", "B": "blue", "C": "gray"},
    "tag_kind": {"requirement": "cyan", "risk": "red", "free": "gray"},
}
"""Radix colour of each code: the same colour means the same thing on every page and chart."""

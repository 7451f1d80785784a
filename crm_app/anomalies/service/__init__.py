"""Writing anomalies: `judging` finds and keeps them, `assigning` puts people in charge."""

from crm_app.anomalies.service.assigning import OWNER, assign, take_back
from crm_app.anomalies.service.judging import (
    AT_ONCE,
    CHANGED,
    judge_all,
    keep_found,
    keep_unchanged,
    recheck_changed,
)

__all__ = [
    "AT_ONCE",
    "CHANGED",
    "OWNER",
    "assign",
    "judge_all",
    "keep_found",
    "keep_unchanged",
    "recheck_changed",
    "take_back",
]

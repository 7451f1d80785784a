"""Every SELECT on anomalies: `facts` that are judged, `worklist` of what was found, in `wording` for people."""

from crm_app.anomalies.queries.facts import (
    WINDOW,
    get_measure,
    last_id,
    list_facts,
    list_known,
    list_stale,
    lock_unchanged,
)
from crm_app.anomalies.queries.worklist import (
    MOST_TICKED,
    SIZE,
    get_worklist,
    helpers_of,
    list_codes,
    list_reasons,
    list_whose,
    lock_assignable,
)

__all__ = [
    "MOST_TICKED",
    "SIZE",
    "WINDOW",
    "get_measure",
    "get_worklist",
    "helpers_of",
    "last_id",
    "list_codes",
    "list_facts",
    "list_known",
    "list_reasons",
    "list_stale",
    "list_whose",
    "lock_assignable",
    "lock_unchanged",
]

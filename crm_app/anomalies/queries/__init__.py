"""Every SELECT on anomalies: `facts` that are judged, `worklist` of what was found."""

from crm_app.anomalies.queries.facts import (
    WINDOW,
    get_measure,
    last_id,
    list_facts,
    list_known,
    list_stale,
    lock_unchanged,
)

__all__ = ["WINDOW", "get_measure", "last_id", "list_facts", "list_known", "list_stale", "lock_unchanged"]

"""What a change of many customers reads: the `rows` themselves, and what its dialog `offers`."""

from crm_app.bulk.queries.offers import list_choices, list_fields, list_places
from crm_app.bulk.queries.rows import (
    CHUNKS,
    Ids,
    find_filtered,
    find_ticked,
    get_change,
    has_code,
    list_changed,
    list_expired,
    list_helpers,
    list_names,
    list_outcomes,
    lock_change,
    make_plan,
    read_page,
    read_stands,
    touched_since,
)

__all__ = [
    "CHUNKS",
    "Ids",
    "find_filtered",
    "find_ticked",
    "get_change",
    "has_code",
    "list_changed",
    "list_choices",
    "list_expired",
    "list_fields",
    "list_helpers",
    "list_names",
    "list_outcomes",
    "list_places",
    "lock_change",
    "make_plan",
    "read_page",
    "read_stands",
    "touched_since",
]

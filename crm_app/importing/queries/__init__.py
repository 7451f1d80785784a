"""What an import reads: `runs` of the person, `entries` for the check, and who is `there` already."""

from crm_app.importing.queries.entries import (
    LISTS,
    Entries,
    list_fixed_fields,
    list_own_fields,
    load_entries,
    load_known,
)
from crm_app.importing.queries.runs import (
    digest_of,
    get_memory,
    get_run,
    list_edits,
    list_expired,
    list_ids,
    list_imported,
    list_runs,
    lock_run,
    rejected_name,
)
from crm_app.importing.queries.there import (
    Keys,
    Met,
    changed_since,
    find_keys,
    find_named,
    meet,
    read_there,
)

__all__ = [
    "LISTS",
    "Entries",
    "Keys",
    "Met",
    "changed_since",
    "digest_of",
    "find_keys",
    "find_named",
    "get_memory",
    "get_run",
    "list_edits",
    "list_expired",
    "list_fixed_fields",
    "list_ids",
    "list_imported",
    "list_own_fields",
    "list_runs",
    "load_entries",
    "load_known",
    "lock_run",
    "meet",
    "read_there",
    "rejected_name",
]

"""Use cases of duplicates: `groups` asks for a search, keeps what it found and dismisses; `merging` merges, `undoing`
takes a merge back. Each takes `(session, actor, *, …)` and is a part of the caller's transaction."""

from crm_app.quality.service.groups import CHANGED, SearchRuns, dismiss_group, keep_found, recall_group, request_search
from crm_app.quality.service.merging import merge_customers
from crm_app.quality.service.undoing import CannotUndo, undo_merge

__all__ = [
    "CHANGED",
    "CannotUndo",
    "SearchRuns",
    "dismiss_group",
    "keep_found",
    "merge_customers",
    "recall_group",
    "request_search",
    "undo_merge",
]

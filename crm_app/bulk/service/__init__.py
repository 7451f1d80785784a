"""Changing many customers: `asking` for it and for taking it back, `applying` it chunk by chunk, `undoing` likewise."""

from crm_app.bulk.service.applying import apply_next, finish_change, note_interrupted
from crm_app.bulk.service.asking import check_action, forget_change, is_at_work, request_change, request_undo, task_of
from crm_app.bulk.service.undoing import finish_undo, undo_next

__all__ = [
    "apply_next",
    "check_action",
    "finish_change",
    "finish_undo",
    "forget_change",
    "is_at_work",
    "note_interrupted",
    "request_change",
    "request_undo",
    "task_of",
    "undo_next",
]

"""Use cases of an import: `runs` takes it from the file to its confirmation, `receiving` looks into the file first.

`adding` makes own fields of columns; `checking` goes over all rows, which `reader` reads one by one; `writing` writes
them, with `updating` for customers that are there already; `rejected` gives back those that stayed out; `undoing` takes
the whole back; `template` is the empty table.
"""

from crm_app.importing.service.adding import add_fields, fields_to_add, label_of_new
from crm_app.importing.service.runs import (
    DECISION,
    Headed,
    begin_import,
    check_room,
    choose_default,
    choose_mode,
    choose_policy,
    choose_sheet,
    choose_value,
    correct_cell,
    decide_twin,
    discard_import,
    forget_unfinished,
    headings_of,
    map_column,
    note_checked,
    request_check,
    request_import,
    request_undo,
    take_plan,
)

__all__ = [
    "DECISION",
    "Headed",
    "add_fields",
    "begin_import",
    "check_room",
    "choose_default",
    "choose_mode",
    "choose_policy",
    "choose_sheet",
    "choose_value",
    "correct_cell",
    "decide_twin",
    "discard_import",
    "fields_to_add",
    "forget_unfinished",
    "headings_of",
    "label_of_new",
    "map_column",
    "note_checked",
    "request_check",
    "request_import",
    "request_undo",
    "take_plan",
]

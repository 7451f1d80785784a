"""Use cases on fields: `own` those that the company adds, `built_in` those that every customer has."""

from crm_app.fields.service.built_in import change_built_in, move_built_in, reset_built_in
from crm_app.fields.service.own import (
    add_field,
    change_field,
    hold_fields,
    insert_values,
    move_field,
    pick_label,
    preview_change,
    restore_field,
    retire_field,
    write_values,
)

__all__ = [
    "add_field",
    "change_built_in",
    "change_field",
    "hold_fields",
    "insert_values",
    "move_built_in",
    "move_field",
    "pick_label",
    "preview_change",
    "reset_built_in",
    "restore_field",
    "retire_field",
    "write_values",
]

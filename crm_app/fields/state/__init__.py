"""States of fields: `own` those that the company added, `built_in` those that every customer has, `shown` in forms."""

from crm_app.fields.state.built_in import UNDO_RETIRING, BuiltInForm, BuiltIns
from crm_app.fields.state.own import ACCESS, FieldForm, Fields, read_roles
from crm_app.fields.state.shown import ShownFields, show_built_in

__all__ = [
    "ACCESS",
    "UNDO_RETIRING",
    "BuiltInForm",
    "BuiltIns",
    "FieldForm",
    "Fields",
    "ShownFields",
    "read_roles",
    "show_built_in",
]

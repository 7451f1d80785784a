"""States of the page of fields: `own` those that the company added, `built_in` those that every customer has."""

from crm_app.fields.state.built_in import UNDO_RETIRING, BuiltInForm, BuiltIns
from crm_app.fields.state.own import ACCESS, FieldForm, Fields, read_roles

__all__ = ["ACCESS", "UNDO_RETIRING", "BuiltInForm", "BuiltIns", "FieldForm", "Fields", "read_roles"]

"""States of the page of fields: `own` those that the company added."""

from crm_app.fields.state.own import ACCESS, UNDO_RETIRING, FieldForm, Fields, read_roles

__all__ = ["ACCESS", "UNDO_RETIRING", "FieldForm", "Fields", "read_roles"]

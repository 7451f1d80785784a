"""Pieces of the page of fields: `own` those that the company added."""

from crm_app.fields.components.own import field_dialog, fields

__all__ = ["field_dialog", "fields"]

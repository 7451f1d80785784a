"""Pieces of the page of fields: `own` those that the company added, `built_in` those that every customer has."""

from crm_app.fields.components.built_in import built_in_dialog, built_in_fields
from crm_app.fields.components.own import field_dialog, fields

__all__ = ["built_in_dialog", "built_in_fields", "field_dialog", "fields"]

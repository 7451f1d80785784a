"""Pieces of the page of one customer."""

from crm_app.customer_page.components.coming import coming, figures, open_tasks
from crm_app.customer_page.components.contacts import contacts
from crm_app.customer_page.components.record import facts, identity

__all__ = ["coming", "contacts", "facts", "figures", "identity", "open_tasks"]

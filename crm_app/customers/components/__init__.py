"""The forms of the customer record: `create` a new one, `edit` one as a whole, out of the same `parts`; one `gone`."""

from crm_app.customers.components.clash import clash_choice
from crm_app.customers.components.create import customer_form, form_actions
from crm_app.customers.components.edit import edit_actions, edit_form, edit_loading, edit_way
from crm_app.customers.components.gone import missing_customer
from crm_app.customers.components.parts import own_input
from crm_app.customers.components.settings import record_settings

__all__ = [
    "clash_choice",
    "customer_form",
    "edit_actions",
    "edit_form",
    "edit_loading",
    "edit_way",
    "form_actions",
    "missing_customer",
    "own_input",
    "record_settings",
]

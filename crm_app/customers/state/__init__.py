"""State of the forms of the customer record: `create` a new one, `edit` one as a whole; `form` is what both share."""

from crm_app.customers.state.clash import ClashLine, clash_line, read_decisions, undecided
from crm_app.customers.state.create import CustomerForm
from crm_app.customers.state.edit import EditForm
from crm_app.customers.state.form import HintLine, label_key

__all__ = [
    "ClashLine",
    "CustomerForm",
    "EditForm",
    "HintLine",
    "clash_line",
    "label_key",
    "read_decisions",
    "undecided",
]

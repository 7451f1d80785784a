"""State of the forms of the customer record: `create` a new one, `edit` one as a whole; `form` is what both share."""

from crm_app.customers.state.clash import ClashLine, clash_line, read_decisions, undecided
from crm_app.customers.state.create import CustomerForm
from crm_app.customers.state.edit import EditForm
from crm_app.customers.state.form import HintLine, label_key
from crm_app.customers.state.merged import follow_merge
from crm_app.customers.state.own import OwnView, own_views
from crm_app.customers.state.settings import RecordSettings

__all__ = [
    "ClashLine",
    "CustomerForm",
    "EditForm",
    "HintLine",
    "OwnView",
    "RecordSettings",
    "clash_line",
    "follow_merge",
    "label_key",
    "own_views",
    "read_decisions",
    "undecided",
]

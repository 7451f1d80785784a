"""Use cases that write the customer record. Each takes `(session, actor, *, …)`, checks the function and its reach,
and leaves history, search index and announcement in the same transaction.

`records` creates and edits, `forms` edits as a whole; `contacts` also reveals; `levels` moves along the life cycle;
`ownership` says who works on it; `tags`; `numbering` gives out numbers; `checks` looks for duplicates, `repeats` for
what a form became before.
"""

from crm_app.customers.service.checks import DuplicatesFound, check_duplicates
from crm_app.customers.service.contacts import (
    add_contact,
    remove_contact,
    reveal_contact,
    set_main_contact,
    update_contact,
)
from crm_app.customers.service.forms import review_form, save_form
from crm_app.customers.service.levels import change_level, set_grade, settle_deals
from crm_app.customers.service.loading import loading_customers
from crm_app.customers.service.numbering import take_numbers
from crm_app.customers.service.ownership import assign_owner, set_collaborators
from crm_app.customers.service.records import create_customer, review_customer, update_customer, update_field
from crm_app.customers.service.repeats import AlreadySaved
from crm_app.customers.service.settings import set_grade_thresholds, set_number_pattern
from crm_app.customers.service.tags import create_tag, set_tags
from crm_app.customers.service.writing import FormConflict

__all__ = [
    "AlreadySaved",
    "DuplicatesFound",
    "FormConflict",
    "add_contact",
    "assign_owner",
    "change_level",
    "check_duplicates",
    "create_customer",
    "create_tag",
    "loading_customers",
    "remove_contact",
    "reveal_contact",
    "review_customer",
    "review_form",
    "save_form",
    "set_collaborators",
    "set_grade",
    "set_grade_thresholds",
    "set_main_contact",
    "set_number_pattern",
    "set_tags",
    "settle_deals",
    "take_numbers",
    "update_contact",
    "update_customer",
    "update_field",
]

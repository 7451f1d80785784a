"""State of the page of one customer, split by what the person does there.

Each handler names the customer by the page's address; the services check its reach each time.
"""

from crm_app.customer_page.state.contacts import Contacts
from crm_app.customer_page.state.deletion import Deletion
from crm_app.customer_page.state.facts import Facts
from crm_app.customer_page.state.levels import Levels
from crm_app.customer_page.state.record import KINDS, Composer, CustomerPage

__all__ = ["KINDS", "Composer", "Contacts", "CustomerPage", "Deletion", "Facts", "Levels"]

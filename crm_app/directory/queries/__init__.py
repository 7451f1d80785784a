"""What the customer list reads: choices, the page of ids, the rows of these ids.

Nothing is read that the actor does not reach, and a condition or search on contact data holds only for customers whose
contacts he may see in full: the list must not tell whom a number belongs to (R10.2, R10.3).
"""

from crm_app.directory.queries.cells import read_cell
from crm_app.directory.queries.choices import list_for, load_known
from crm_app.directory.queries.editing import open_cell, stored_in
from crm_app.directory.queries.ids import count_all, count_shown, find_all, find_numbers, find_page, reaches_any
from crm_app.directory.queries.rows import list_rows
from crm_app.directory.queries.values import list_values, reveals

__all__ = [
    "count_all",
    "count_shown",
    "find_all",
    "find_numbers",
    "find_page",
    "list_for",
    "list_rows",
    "list_values",
    "load_known",
    "open_cell",
    "reaches_any",
    "read_cell",
    "reveals",
    "stored_in",
]

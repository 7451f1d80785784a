"""What every list's state does: a query that the address, the filter bar and the table change, and the page it shows.

Each interaction is one event: its handler changes the query, reads the page and assigns it. The address follows in the
browser; back, reload and pasted links come in through `load`.
"""

from typing import Any

from crm_app.access.guard import requires
from crm_app.access.permissions import Permission
from crm_app.listing.state.actions import Actions
from crm_app.listing.state.cells import UNDO_CELL, CellActions
from crm_app.listing.state.groups import GroupActions
from crm_app.listing.state.saving import ViewActions

__all__ = ["UNDO_CELL", "list_state"]


def list_state(view: Permission, *, edit: Permission) -> Any:
    """A mixin for the state of a list that everybody with `view` may open; the state sets `source`.

    Who holds `edit` may edit cells; the source decides of which columns and records.
    """

    class ListState(ViewActions, CellActions, mixin=True):
        """What may be done on a list's page, and by whom."""

        load = requires(view, loads_page=True)(Actions.load)
        redraw = requires(view)(Actions.redraw)
        search = requires(view, supersedes=True)(Actions.search)
        put_condition = requires(view)(Actions.put_condition)
        remove_condition = requires(view)(Actions.remove_condition)
        start_group = requires(view)(GroupActions.start_group)
        put_member = requires(view)(GroupActions.put_member)
        remove_member = requires(view)(GroupActions.remove_member)
        clear = requires(view)(Actions.clear)
        toggle = requires(view)(Actions.toggle)
        filter_by = requires(view)(Actions.filter_by)
        sort_by = requires(view)(Actions.sort_by)
        go_to = requires(view)(Actions.go_to)
        set_size = requires(view)(Actions.set_size)
        set_columns = requires(view)(Actions.set_columns)
        set_width = requires(view)(Actions.set_width)
        set_density = requires(view)(Actions.set_density)
        set_facets = requires(view)(Actions.set_facets)
        find_places = requires(view, supersedes=True)(Actions.find_places)
        edit_cell = requires(view)(CellActions.edit_cell)
        save_cell = requires(edit)(CellActions.save_cell)
        undo_cell = requires(edit)(CellActions.undo_cell)
        save_view = requires(view)(ViewActions.save_view)
        save_view_as = requires(view)(ViewActions.save_view_as)
        discard_changes = requires(view)(ViewActions.discard_changes)

    return ListState

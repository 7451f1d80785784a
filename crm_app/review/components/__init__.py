"""Pieces of the review's page: the bar `above`, somebody's `lists`, the `team`; `parts` of each."""

import reflex as rx

from crm_app.review.components.above import bar, not_open, open_button, opening
from crm_app.review.components.lists import owner_list, pager, ticked_bar
from crm_app.review.components.team import team_table
from crm_app.review.state import TEAM, Reviews
from crm_app.ui.i18n import t


def table() -> rx.Component:
    """Somebody's list, or how far everybody is."""
    label = rx.cond(Reviews.who == TEAM, t("review.team.table"), t("review.table"))
    return rx.el.div(
        rx.cond(Reviews.who == TEAM, team_table(), owner_list()),
        class_name="list-box",
        tab_index=0,
        role="region",
        aria_label=label,
    )


__all__ = ["bar", "not_open", "open_button", "opening", "pager", "table", "ticked_bar"]

"""Every SELECT on reviews: `reviews` there are, `items` of somebody's list, and how far the `team` is."""

from crm_app.review.queries.items import SIZE, confirmable, get_due, get_list, has_item, is_open, lock_items
from crm_app.review.queries.reviews import (
    KIND,
    count_reviewable,
    get_current,
    get_months,
    get_review,
    is_opening,
    latest_month,
    list_due_months,
    reviewable,
)
from crm_app.review.queries.team import get_team

__all__ = [
    "KIND",
    "SIZE",
    "confirmable",
    "count_reviewable",
    "get_current",
    "get_due",
    "get_list",
    "get_months",
    "get_review",
    "get_team",
    "has_item",
    "is_open",
    "is_opening",
    "latest_month",
    "list_due_months",
    "lock_items",
    "reviewable",
]

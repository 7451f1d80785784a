"""What the list and the progress share."""

from typing import Any

import reflex as rx

from crm_app.access.permissions import Permission
from crm_app.access.state import Frame
from crm_app.review.state import Reviews

MAY_EDIT = Frame.functions.contains(Permission.CUSTOMER_EDIT.value)
MAY_OPEN = Frame.functions.contains(Permission.REVIEW_OPEN.value)
MONTHS: Any = Reviews.months
STANDING: Any = Reviews.standing


def head(text: Any, class_name: str = "") -> rx.Component:
    """The head of a column."""
    return rx.el.th(rx.el.span(text, class_name="head-text"), scope="col", class_name=f"head {class_name}".strip())


def cell(value: Any, label: Any, class_name: str = "") -> rx.Component:
    """A cell; on a phone its column's label stands before it."""
    return rx.el.td(value, class_name=f"cell {class_name}".strip(), custom_attrs={"data-label": label})

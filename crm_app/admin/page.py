"""Page: the first administrator."""

import reflex as rx

from crm_app.account.page import http_form
from crm_app.admin.state import FirstRun
from crm_app.ui import routes
from crm_app.ui.i18n import t
from crm_app.ui.layout import TAB_TITLE, bare_page


def setup_page() -> rx.Component:
    """`/setup`: the first administrator, with the code from the server's log."""
    fields = [
        {
            "name": "code",
            "label": t("access.setup.code"),
            "autoComplete": "off",
            "help": t("access.setup.help"),
            "refusals": ["error.setup.code"],
        },
        {"name": "username", "label": t("access.username"), "autoComplete": "username"},
        {"name": "name", "label": t("access.setup.name"), "autoComplete": "name"},
        {
            "name": "password",
            "label": t("access.password"),
            "autoComplete": "new-password",
            "secret": True,
            "help": t("access.password.rule"),
        },
    ]
    return bare_page(
        rx.el.h1(t("access.setup.title")),
        http_form("/api/auth/setup", fields, submit="access.setup.create", next_path=routes.HOME),
        title=t("access.setup.title"),
    )


def add_pages(app: rx.App) -> None:
    """Register this slice's pages."""
    app.add_page(setup_page, route=routes.SETUP, title=TAB_TITLE, on_load=FirstRun.arrive)

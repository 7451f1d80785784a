"""`/import`: a spreadsheet in four steps."""

import reflex as rx

from crm_app.importing.components import check_step, done_step, file_step, map_step, steps
from crm_app.importing.state import Importing
from crm_app.ui import routes
from crm_app.ui.browser import AddressSync
from crm_app.ui.i18n import t
from crm_app.ui.layout import TAB_TITLE, page


def import_page() -> rx.Component:
    """The whole page."""
    run = Importing.run
    named = rx.cond(
        run.id > 0,
        rx.el.p(
            rx.el.span(run.file_name, class_name="import-name cut"),
            rx.el.span(run.about, class_name="quiet small"),
            class_name="row row-wrap",
        ),
        rx.fragment(),
    )
    return page(
        rx.el.div(
            steps(),
            named,
            rx.match(
                Importing.step,
                ("map", map_step()),
                ("check", check_step()),
                ("done", done_step()),
                file_step(),
            ),
            AddressSync.create(path=routes.IMPORT, query=Importing.address, loads=Importing.loads),
            class_name="import-page stack gap-4",
        ),
        title=t("importing.title"),
        loaded=Importing.loads > 0,
    )


def add_pages(app: rx.App) -> None:
    """Register this slice's page."""
    app.add_page(import_page, route=routes.IMPORT, title=TAB_TITLE, on_load=Importing.load)

"""Page: one's own jobs."""

import reflex as rx

from crm_app.background.components import Job, fetch, progress, standing, why
from crm_app.background.state import Jobs
from crm_app.ui import routes
from crm_app.ui.i18n import t
from crm_app.ui.layout import TAB_TITLE, page
from crm_app.ui.widgets import button, empty_state, link


def _line(job: Job) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.div(
                rx.el.span(job.title, class_name="job-title"),
                rx.el.span(job.file_name, class_name="quiet cut"),
                class_name="row",
            ),
            rx.el.div(
                standing(job),
                rx.el.time(job.created, class_name="quiet small tabular"),
                rx.cond(
                    job.until, rx.el.span(t("background.until", at=job.until), class_name="quiet small"), rx.fragment()
                ),
                class_name="row row-wrap",
            ),
            progress(job),
            why(job),
            class_name="stack grow",
        ),
        rx.cond(
            job.open,
            button(
                t("ui.cancel"),
                on_click=Jobs.cancel(job.id),
                aria_label=t("background.cancel", title=job.title, at=job.created),
            ),
            fetch(job),
        ),
        rx.cond(
            job.page,
            link(t("background.details"), to=job.page, class_name="button", aria_label=_details(job)),
            rx.fragment(),
        ),
        class_name="card job",
        key=job.id.to_string(),
    )


def _details(job: Job) -> rx.Var[str]:
    return t("background.details_of", title=job.title, at=job.created)


def jobs_page() -> rx.Component:
    """`/jobs`."""
    nothing = empty_state(icon_name="list-checks", title=t("background.empty"), text=t("background.empty.text"))
    return page(
        rx.el.div(
            rx.el.p(t("background.help"), class_name="quiet"),
            rx.cond(
                Jobs.jobs.length() > 0,
                rx.el.ul(rx.foreach(Jobs.jobs, _line), class_name="plain-list stack gap-4", aria_live="off"),
                nothing,
            ),
            class_name="narrow-page stack gap-4",
        ),
        title=t("background.title"),
    )


def add_pages(app: rx.App) -> None:
    """Register this slice's page."""
    app.add_page(jobs_page, route=routes.JOBS, title=TAB_TITLE, on_load=Jobs.load)

"""Pages: sign-in, own password, own sessions, start."""

from typing import Any

import reflex as rx

from crm_app.account.state import SessionLine, Sessions, Start
from crm_app.ui import routes
from crm_app.ui.browser import HttpForm
from crm_app.ui.i18n import t
from crm_app.ui.layout import TAB_TITLE, bare_page, lost_page, page
from crm_app.ui.widgets import badge, button, inline, skeleton_lines


def http_form(action: str, fields: list[dict], *, submit: str, next_path: str) -> rx.Component:
    """A form over HTTP with the language's words for busy, offline and required."""
    return HttpForm.create(
        action=action,
        fields=fields,
        submit_label=t(submit),
        busy_label=t("access.sign_in.busy") if submit == "access.sign_in" else t("ui.saving"),
        offline_text=t("access.offline"),
        required_text=t("access.required", label="{label}"),
        differ_text=t("access.password.differ"),
        next=next_path,
    )


def sign_in_page() -> rx.Component:
    """`/login`."""
    fields = [
        {"name": "username", "label": t("access.username"), "autoComplete": "username"},
        {"name": "password", "label": t("access.password"), "autoComplete": "current-password", "secret": True},
    ]
    return bare_page(
        rx.el.h1(t("access.welcome")),
        rx.cond(Start.ended, rx.el.p(t("access.ended"), class_name="form-note", role="status"), rx.fragment()),
        http_form("/api/auth/sign-in", fields, submit="access.sign_in", next_path=routes.HOME),
        title=t("access.sign_in"),
    )


def password_page() -> rx.Component:
    """`/account/password`."""
    fields = [
        {"name": "current", "label": t("access.password.current"), "autoComplete": "current-password", "secret": True},
        {
            "name": "new",
            "label": t("access.password.new"),
            "autoComplete": "new-password",
            "secret": True,
            "help": t("access.password.rule"),
        },
        {
            "name": "again",
            "label": t("access.password.repeat"),
            "autoComplete": "new-password",
            "secret": True,
            "same": "new",
        },
    ]
    return page(
        rx.el.div(
            rx.cond(Start.first_time, rx.el.p(t("access.password.first"), class_name="form-note"), rx.fragment()),
            http_form("/api/auth/password", fields, submit="access.password.save", next_path=routes.HOME),
            class_name="narrow-page",
            **inline(maxWidth="420px"),
        ),
        title=t("access.password.title"),
    )


def _confirmed(label: rx.Var[str], *, ask: rx.Var[str], what: rx.Var[str], then: Any, small: bool) -> rx.Component:
    """A button that asks before it does what can't be undone."""
    return rx.dialog.root(
        rx.dialog.trigger(button(label, kind="danger", small=small)),
        rx.dialog.content(
            rx.dialog.title(ask, class_name="dialog-title"),
            rx.dialog.description(what, class_name="quiet small"),
            rx.el.div(
                rx.dialog.close(button(t("ui.cancel"), kind="ghost")),
                rx.dialog.close(button(label, kind="danger", on_click=then)),
                class_name="row dialog-foot",
            ),
            class_name="dialog",
            size="2",
        ),
    )


def _session_row(line: rx.Var[SessionLine]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(
            rx.el.span(line.device, class_name="row-wrap"),
            " ",
            rx.cond(line.current, badge(t("access.sessions.current"), color="green"), rx.fragment()),
        ),
        rx.el.td(line.address, class_name="quiet hide-phone"),
        rx.el.td(line.since, class_name="quiet hide-phone"),
        rx.el.td(line.seen, class_name="quiet"),
        rx.el.td(
            rx.cond(
                line.current,
                rx.fragment(),
                _confirmed(
                    t("access.sessions.end"),
                    ask=t("access.sessions.end.ask"),
                    what=t("access.sessions.end.what", device=line.device),
                    then=Sessions.end(line.id),
                    small=True,
                ),
            )
        ),
        key=line.id.to_string(),
    )


def sessions_page() -> rx.Component:
    """`/account/sessions`."""
    heads = ("access.sessions.device", "access.sessions.address", "access.sessions.since", "access.sessions.seen")
    return page(
        rx.el.div(
            rx.el.p(t("access.sessions.help"), class_name="quiet"),
            rx.el.table(
                rx.el.thead(
                    rx.el.tr(
                        *[
                            rx.el.th(t(key), scope="col", class_name="hide-phone" if key in heads[1:3] else "")
                            for key in heads
                        ],
                        rx.el.th(rx.el.span(t("access.sessions.end"), class_name="sr"), scope="col"),
                    )
                ),
                rx.el.tbody(rx.foreach(Sessions.lines, _session_row)),
                class_name="table",
            ),
            rx.cond(
                Sessions.lines.length() > 1,
                rx.el.div(
                    _confirmed(
                        t("access.sessions.end_others"),
                        ask=t("access.sessions.end_others.ask"),
                        what=t("access.sessions.end_others.what"),
                        then=Sessions.end_others,
                        small=False,
                    )
                ),
                rx.fragment(),
            ),
            class_name="narrow-page stack gap-4",
        ),
        title=t("access.sessions"),
    )


def start_page() -> rx.Component:
    """`/`: only on the way to somewhere."""
    return rx.el.div(skeleton_lines(), data_ready="false")


def add_pages(app: rx.App) -> None:
    """Register this slice's pages."""
    app.add_page(start_page, route=routes.HOME, title=TAB_TITLE, on_load=Start.go)
    app.add_page(sign_in_page, route=routes.SIGN_IN, title=TAB_TITLE, on_load=Start.arrive)
    app.add_page(password_page, route=routes.PASSWORD, title=TAB_TITLE, on_load=Start.open_password)
    app.add_page(sessions_page, route=routes.SESSIONS, title=TAB_TITLE, on_load=Sessions.load)
    app.add_page(lost_page, route="404", title=TAB_TITLE)

"""The frame around every page: sidebar, top bar, the gate's states, messages."""

import dataclasses
import functools
import operator
from collections.abc import Callable, Sequence
from typing import Any

import reflex as rx

from crm_app.access.permissions import Permission
from crm_app.access.state import Frame
from crm_app.catalogue import say
from crm_app.ui import routes
from crm_app.ui.browser import OfflineBar, Person, SignOutButton, Toaster, Undoing, connected
from crm_app.ui.i18n import t
from crm_app.ui.keys import KeyLink, Shortcut, open_palette, shortcuts, show_sheet
from crm_app.ui.state import Shell
from crm_app.ui.widgets import button, empty_state, icon, icon_button, inline, link, skeleton_lines

TAB_TITLE = say("zh", "ui.product")
"""What the browser's tab says until the page runs and names itself."""

NAVIGATION = (
    ("ui.today", routes.TODAY, "sun", Permission.WORK_VIEW),
    ("ui.customers", routes.CUSTOMERS, "building-2", Permission.CUSTOMER_VIEW),
    ("ui.dashboard", routes.DASHBOARD, "chart-column", Permission.DASHBOARD_VIEW),
)
"""Text, address, icon and what it takes to see it; later slices add their lines here."""

ASIDE = (
    ("ui.anomalies", routes.ANOMALIES, "triangle-alert", Permission.CUSTOMER_VIEW),
    ("ui.review", routes.REVIEW, "clipboard-check", Permission.CUSTOMER_EDIT),
    ("ui.duplicates", routes.DUPLICATES, "copy", Permission.CUSTOMER_MERGE),
    ("ui.import", routes.IMPORT, "file-up", Permission.CUSTOMER_IMPORT),
    ("ui.bin", routes.BIN, "trash-2", Permission.CUSTOMER_DELETE),
    ("ui.settings", routes.FIELDS, "settings", Permission.FIELD_EDIT),
)
"""Pages that few open and seldom: at the foot of the sidebar, on a phone in the person's menu."""

SETTINGS = (
    ("ui.fields", routes.FIELDS, Permission.FIELD_EDIT),
    ("options.title", routes.LISTS, Permission.LIST_EDIT),
    ("customers.settings.title", routes.RECORD_SETTINGS, Permission.SYSTEM_ADMIN),
)
"""The pages of the settings; later slices add their lines here."""

NEW = (("ui.new_customer", routes.NEW_CUSTOMER, "building-2", "n", Permission.CUSTOMER_CREATE),)
"""What can be made from every page: text, address, icon, key and what it takes; later slices add their lines here."""


GO = {
    routes.TODAY: "h",
    routes.CUSTOMERS: "c",
    routes.DASHBOARD: "d",
    routes.ANOMALIES: "a",
    routes.REVIEW: "r",
    routes.DUPLICATES: "m",
    routes.IMPORT: "i",
    routes.BIN: "b",
    routes.FIELDS: "s",
}
"""The key that leads to a page after `g`."""

_beside: list[Callable[[], rx.Component]] = []


def beside_navigation(part: Callable[[], rx.Component]) -> None:
    """Let the sidebar of every page hold this below its pages; once for each part."""
    if part not in _beside:
        _beside.append(part)


_everywhere: list[Callable[[], rx.Component]] = []


def on_every_page(part: Callable[[], rx.Component]) -> None:
    """Let every page of the signed-in application hold this; once for each part."""
    if part not in _everywhere:
        _everywhere.append(part)


def _here(path: str) -> rx.Var:
    now = rx.State.router.url.path
    return rx.cond((now == path) | now.startswith(path + "/"), "page", "false")


def _nav_item(text: str, path: str, icon_name: str, permission: Permission, *, class_name: str) -> rx.Component:
    item = link(
        icon(icon_name),
        rx.el.span(t(text), class_name="nav-text"),
        to=path,
        class_name=class_name,
        custom_attrs={"aria-current": _here(path)},
    )
    return rx.cond(Frame.functions.contains(permission.value), item, rx.fragment())


def sidebar() -> rx.Component:
    """What the person's role may open, and nothing else."""
    return rx.el.nav(
        rx.el.div(
            rx.el.span("客", class_name="brand-mark", aria_hidden="true"),
            rx.el.span(t("ui.product"), class_name="nav-text"),
            class_name="brand",
        ),
        *[_nav_item(*item, class_name="nav-item") for item in NAVIGATION],
        *[part() for part in _beside],
        rx.el.div(
            *[_nav_item(*item, class_name="nav-item") for item in ASIDE],
            rx.el.button(
                icon("panel-left"),
                rx.el.span(t("ui.collapse"), class_name="nav-text"),
                type="button",
                class_name="nav-item button-ghost",
                on_click=Shell.toggle_sidebar,
                aria_label=rx.cond(Shell.narrow, t("ui.expand"), t("ui.collapse")),
            ),
            class_name="side-foot",
        ),
        class_name="side",
        aria_label=t("ui.navigation"),
    )


def bottom_bar() -> rx.Component:
    """The sidebar of a phone: the pages, in their middle what is made new most often; the person's menu stands beside.

    That is the one of the top bar, which the style sheet puts there.
    """
    pages = [_nav_item(*item, class_name="bottom-item") for item in NAVIGATION]
    _, path, _, _, permission = NEW[0]
    new = link(icon("circle-plus"), t("ui.new"), to=path, class_name="bottom-item bottom-new")
    pages.insert(2, rx.cond(Frame.functions.contains(permission.value), new, rx.fragment()))
    return rx.el.nav(
        *pages,
        class_name="bottom-bar",
        aria_label=t("ui.navigation"),
    )


def new_menu() -> rx.Component:
    """「新增」: what can be made, from every page, by button and by key."""

    def line(text: str, path: str, icon_name: str, key: str, permission: Permission) -> rx.Component:
        entry = link(icon(icon_name), t(text), rx.el.kbd(key.upper()), to=path, class_name="menu-item")
        may = Frame.functions.contains(permission.value)
        return rx.cond(may, rx.popover.close(entry), rx.fragment())

    some = [Frame.functions.contains(permission.value) for *_, permission in NEW]
    menu = rx.popover.root(
        rx.popover.trigger(icon_button("plus", label=t("ui.new"), class_name="hide-phone")),
        rx.popover.content(rx.el.div(*[line(*entry) for entry in NEW], class_name="menu"), size="1", align="end"),
    )
    return rx.cond(functools.reduce(operator.or_, some), menu, rx.fragment())


def keyboard() -> rx.Component:
    """The keyboard of every page: what can be made, and the pages that the role may open, besides `ui.keys`."""
    leads = [(f"new {path}", key, path, text, "everywhere", permission) for text, path, _, key, permission in NEW]
    pages = [(text, path, permission) for text, path, _, permission in (*NAVIGATION, *ASIDE) if path in GO]
    leads += [(f"go {path}", f"g {GO[path]}", path, text, "go", permission) for text, path, permission in pages]
    links = [
        rx.cond(Frame.functions.contains(permission.value), KeyLink.create(id=id_, to=path), rx.fragment())
        for id_, _, path, _, _, permission in leads
    ]
    return rx.fragment(shortcuts([Shortcut(id_, (key,), text, group) for id_, key, _, text, group, _ in leads]), *links)


def person_menu() -> rx.Component:
    """Language, theme, settings, own sessions and password, sign-out."""

    def line(icon_name: str, text: Any, **props: Any) -> rx.Component:
        return rx.el.button(icon(icon_name), text, type="button", **{"class_name": "menu-item"} | props)

    def page_line(icon_name: str, text: Any, to: str) -> rx.Component:
        return rx.popover.close(link(icon(icon_name), text, to=to, class_name="menu-item"))

    def aside_line(text: str, path: str, icon_name: str, permission: Permission) -> rx.Component:
        line = rx.el.div(page_line(icon_name, t(text), path), class_name="only-phone")
        return rx.cond(Frame.functions.contains(permission.value), line, rx.fragment())

    return rx.popover.root(
        rx.popover.trigger(
            rx.el.button(
                icon("circle-user-round"),
                rx.el.span(t("ui.account.short"), class_name="only-phone"),
                type="button",
                class_name="icon-button person-button",
                aria_label=t("ui.account"),
                title=t("ui.account"),
            )
        ),
        rx.popover.content(
            rx.el.div(
                rx.el.div(
                    rx.el.div(Frame.user_name, class_name="section-title"),
                    rx.el.div(Shell.role_name, class_name="quiet small"),
                    **inline(padding="4px 10px 8px"),
                ),
                line("languages", t("ui.language"), on_click=Shell.switch_language, aria_label=t("ui.language.label")),
                line("sun-moon", t("ui.theme"), on_click=rx.toggle_color_mode),
                rx.el.div(class_name="menu-sep"),
                *[aside_line(*item) for item in ASIDE],
                page_line("list-checks", t("background.title"), routes.JOBS),
                rx.popover.close(
                    line("keyboard", t("ui.keys"), on_click=show_sheet(), class_name="menu-item hide-phone")
                ),
                page_line("monitor-smartphone", t("access.sessions"), routes.SESSIONS),
                page_line("key-round", t("access.password.title"), routes.PASSWORD),
                rx.el.div(class_name="menu-sep"),
                SignOutButton.create(label=t("access.sign_out"), class_name="menu-item"),
                class_name="menu",
            ),
            size="1",
            align="end",
        ),
    )


def top_bar(title: Any, actions: Sequence[rx.Component]) -> rx.Component:
    """Where one is, and the page's one primary action."""
    heading = title if isinstance(title, rx.Component) else rx.el.h1(title)
    return rx.el.header(
        rx.el.div(heading, class_name="crumbs crumbs-way" if isinstance(title, rx.Component) else "crumbs"),
        rx.el.div(
            icon_button("search", label=t("ui.keys.palette"), class_name="palette-open", on_click=open_palette()),
            *actions,
            new_menu(),
            person_menu(),
            class_name="top-actions",
        ),
        class_name="top",
    )


def _way_home() -> rx.Component:
    return link(t("ui.back_home"), to=routes.HOME, class_name="button button-primary")


def missing_page() -> rx.Component:
    """What reads the same for what never was, what was deleted and what is out of reach."""
    return empty_state(
        icon_name="search-x", title=t("ui.missing.title"), text=t("ui.missing.text"), actions=[_way_home()]
    )


def gated(content: rx.Component, loading: rx.Component, missing: rx.Component | None = None) -> rx.Component:
    """The page's content, or why it doesn't show: still loading, forbidden, missing, failed."""
    return rx.match(
        Frame.gate,
        ("open", content),
        (
            "forbidden",
            empty_state(
                icon_name="lock", title=t("ui.forbidden.title"), text=t("ui.forbidden.text"), actions=[_way_home()]
            ),
        ),
        ("missing", missing or missing_page()),
        (
            "broken",
            empty_state(
                icon_name="triangle-alert",
                title=t("ui.broken.title"),
                text=t("ui.broken.text", ref=Frame.reference),
                actions=[button(t("ui.retry"), kind="primary", on_click=Shell.reload), _way_home()],
            ),
        ),
        loading,
    )


@dataclasses.dataclass(frozen=True, slots=True)
class Undo:
    """What a page takes back for messages of one kind: `handler` is given an id and a version."""

    kind: str
    handler: Any


def around(title: Any, *, undo: Sequence[Undo] = ()) -> list[rx.Component]:
    """What accompanies every page without taking room."""
    return [
        Person.create(
            username=Frame.username, person_language=Frame.language, field_names=Frame.field_names, title=title
        ),
        Toaster.create(
            toast=Frame.toast,
            close_label=t("ui.close"),
            region_label=t("ui.messages"),
            undo_label=t("ui.undo"),
        ),
        *[Undoing.create(kind=one.kind, on_undo=one.handler) for one in undo],
        OfflineBar.create(connected=connected, text=t("ui.offline")),
    ]


def _while_open(actions: Sequence[rx.Component]) -> rx.Component:
    """What can be done on a page; nothing where the page is not shown."""
    shut = rx.Var.create(["forbidden", "missing", "broken"]).contains(Frame.gate)
    return rx.cond(shut, rx.fragment(), rx.fragment(*actions))


def settings_tabs(current: str) -> rx.Component:
    """The way between the pages of the settings."""

    def tab(text: str, path: str, permission: Permission) -> rx.Component:
        marked = {"aria-current": "page"} if path == current else {}
        shown = link(t(text), to=path, class_name="settings-tab", custom_attrs=marked)
        return rx.cond(Frame.functions.contains(permission.value), shown, rx.fragment())

    return rx.el.nav(*[tab(*one) for one in SETTINGS], class_name="settings-tabs", aria_label=t("ui.settings"))


def page(
    *content: rx.Component,
    title: Any,
    heading: Any = None,
    actions: Sequence[rx.Component] = (),
    loading: Callable[[], rx.Component] = skeleton_lines,
    loaded: rx.Var[bool] | None = None,
    undo: Sequence[Undo] = (),
    missing: rx.Component | None = None,
) -> rx.Component:
    """A page of the signed-in application. `title` is a text Var; `heading` replaces it in the top bar.

    `loaded` tells whether the page's own state was filled. Whoever comes from another page finds the gate open before
    that, and would see for a moment that there is nothing. `undo` takes back what messages tell of; `missing` stands in
    the place of the designed 404.
    """
    inner = rx.fragment(*content)
    if loaded is not None:
        inner = rx.cond(loaded, inner, loading())
    return rx.el.div(
        rx.el.a(t("ui.skip"), href="#main", class_name="skip"),
        sidebar(),
        top_bar(heading if heading is not None else title, [_while_open(actions)] if actions else ()),
        rx.el.main(gated(inner, loading(), missing), class_name="main", id="main", tab_index=-1),
        bottom_bar(),
        keyboard(),
        *[part() for part in _everywhere],
        *around(title, undo=undo),
        class_name="frame",
        data_narrow=rx.cond(Shell.narrow, "true", "false"),
        data_ready=rx.cond(rx.State.is_hydrated, "true", "false"),
    )


def lost_page() -> rx.Component:
    """An address that is no page of ours; for everybody, signed in or not."""
    return bare_page(
        empty_state(icon_name="map-pin-off", title=t("ui.lost.title"), text=t("ui.lost.text"), actions=[_way_home()]),
        title=t("ui.lost.title"),
    )


def bare_page(*content: rx.Component, title: Any) -> rx.Component:
    """A page for people who have not signed in."""
    return rx.el.div(
        rx.el.main(*content, class_name="sign-card"),
        *around(title),
        class_name="center-page",
        data_ready=rx.cond(rx.State.is_hydrated, "true", "false"),
    )

"""What can be done with ticked rows: the bar's actions, the dialog with its preview, and what came of it (R3.6)."""

from typing import Any

import reflex as rx

from crm_app.access.permissions import Permission
from crm_app.access.state import Frame
from crm_app.background.components import progress, standing, why
from crm_app.bulk.schemas import ChoiceView, Count, LineView, Offer
from crm_app.bulk.state import Bulk
from crm_app.directory.state import Directory, Exporting
from crm_app.listing.components import selected, selection_bar
from crm_app.ui import routes
from crm_app.ui.i18n import t
from crm_app.ui.widgets import badge, button, icon, icon_button, link

_LIBRARY = "$/public" + rx.asset("bulk.jsx", shared=True)
_sent = rx.event.passthrough_event_spec


class BulkForm(rx.Component):
    """What is to become of the rows; chosen in the browser, sent as one."""

    library = _LIBRARY
    tag = "BulkForm"
    offer: rx.Var[Offer]
    places: rx.Var[list[list[ChoiceView]]]
    path: rx.Var[list[str]]
    problem: rx.Var[str]
    texts: rx.Var[dict[str, str]]
    on_look: rx.EventHandler[_sent(str, str, list[int], list[int])]
    on_pick: rx.EventHandler[_sent(str)]


def _may(*permissions: Permission) -> rx.Var[bool]:
    allowed = Frame.functions.contains(permissions[0].value)
    for one in permissions[1:]:
        allowed = allowed & Frame.functions.contains(one.value)
    return allowed


def bulk_bar() -> rx.Component:
    """The bar below the list, and its dialog."""
    bulk = Permission.CUSTOMER_BULK
    numbers, everything, address = selected()
    export = _action(
        "download", "bulk.export", Exporting.open_ticked(address, numbers, everything), _may(Permission.CUSTOMER_EXPORT)
    )
    return rx.fragment(
        selection_bar(
            Directory,
            _change("pencil", "field", _may(bulk, Permission.CUSTOMER_EDIT)),
            _change("user-round", "owner", _may(bulk, Permission.CUSTOMER_ASSIGN)),
            _change("tag", "tags", _may(bulk, Permission.CUSTOMER_EDIT)),
            export,
            _change("trash-2", "delete", _may(bulk, Permission.CUSTOMER_DELETE), danger=True),
            used=Bulk.used,
            label=t("bulk.bar"),
        ),
        rx.cond(_may(bulk), _dialog(), rx.fragment()),
    )


def _change(icon_name: str, what: str, allowed: rx.Var[bool], *, danger: bool = False) -> rx.Component:
    numbers, everything, address = selected()
    return _action(icon_name, f"bulk.{what}", Bulk.open(what, numbers, everything, address), allowed, danger=danger)


def _action(icon_name: str, key: str, event: Any, allowed: rx.Var[bool], *, danger: bool = False) -> rx.Component:
    shown = rx.el.button(
        icon(icon_name),
        rx.el.span(t(key), class_name="bulk-word"),
        type="button",
        class_name="button button-small bulk-danger" if danger else "button button-small",
        aria_label=t(key),
        title=t(key),
        on_click=event,
    )
    return rx.cond(allowed, shown, rx.fragment())


def _dialog() -> rx.Component:
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title(Bulk.offer.title, class_name="dialog-title"),
            rx.match(Bulk.step, ("plan", _preview()), ("run", _running()), _choosing()),
            class_name="dialog bulk-dialog",
        ),
        open=Bulk.is_open,
        on_open_change=Bulk.show,
    )


def _choosing() -> rx.Component:
    texts = {
        "field": t("bulk.choose_field"),
        "value": t("bulk.value"),
        "empty": t("bulk.value_empty"),
        "choose": t("bulk.choose"),
        "owner": t("bulk.new_owner"),
        "addTags": t("bulk.add_tags"),
        "removeTags": t("bulk.remove_tags"),
        "findTag": t("bulk.find_tag"),
        "look": t("bulk.look"),
        "looking": t("bulk.looking"),
    }
    return rx.fragment(
        rx.dialog.description(t("bulk.rows", n=Bulk.offer.rows), class_name="quiet small"),
        BulkForm.create(
            rx.dialog.close(button(t("ui.cancel"), kind="ghost")),
            key=Bulk.offer.serial.to_string(),
            offer=Bulk.offer,
            places=Bulk.places,
            path=Bulk.path,
            problem=Bulk.problem,
            texts=rx.Var.create(texts),
            on_look=Bulk.look,
            on_pick=Bulk.pick_place,
        ),
    )


def _preview() -> rx.Component:
    deleting = Bulk.offer.what == "delete"
    go = rx.cond(deleting, t("bulk.start_delete", n=Bulk.plan.changes), t("bulk.start", n=Bulk.plan.changes))
    return rx.fragment(
        rx.dialog.description(t("bulk.help"), class_name="quiet small"),
        rx.el.div(
            rx.el.p(Bulk.plan.said, class_name="bulk-said"),
            parts(Bulk.plan.counts, Bulk.rows, Bulk.turn, whole=True),
            rx.cond(
                Bulk.plan.whys.length() > 0,
                rx.el.ul(
                    rx.foreach(Bulk.plan.whys, lambda said: rx.el.li(said, key=said)),
                    class_name="bulk-whys small quiet",
                ),
                rx.fragment(),
            ),
            lines(Bulk.rows, Bulk.turn, old=t("bulk.old"), new=t("bulk.new")),
            class_name="form-stack",
        ),
        rx.el.div(
            rx.cond(deleting, rx.fragment(), button(t("bulk.back"), kind="ghost", on_click=Bulk.back)),
            rx.el.span(class_name="grow"),
            rx.dialog.close(button(t("ui.cancel"), kind="ghost")),
            rx.el.button(
                rx.cond(Bulk.plan.changes > 0, go, t("bulk.nothing")),
                type="button",
                class_name=rx.cond(deleting, "button button-danger", "button button-primary"),
                disabled=Bulk.plan.changes == 0,
                on_click=Bulk.start,
            ),
            class_name="row dialog-foot",
        ),
    )


def _running() -> rx.Component:
    change = Bulk.change
    return rx.fragment(
        rx.dialog.description(
            rx.cond(change.running, t("bulk.leave"), t("bulk.until", at=change.until)), class_name="quiet small"
        ),
        rx.el.div(
            rx.el.p(change.said, class_name="bulk-said"),
            rx.cond(change.running, rx.fragment(standing(Bulk.job), progress(Bulk.job)), result(change)),
            why(Bulk.job),
            rx.cond(
                change.running,
                rx.fragment(),
                rx.fragment(
                    parts(change.counts, Bulk.rows, Bulk.turn),
                    lines(Bulk.rows, Bulk.turn, old=t("bulk.before"), new=t("bulk.new")),
                ),
            ),
            class_name="form-stack",
        ),
        rx.el.div(
            rx.cond(change.running, button(t("bulk.stop"), kind="danger", on_click=Bulk.cancel), rx.fragment()),
            rx.cond(
                change.undoable,
                button(t("bulk.undo"), icon_name="undo-2", on_click=Bulk.undo(change.id)),
                rx.fragment(),
            ),
            rx.el.span(class_name="grow"),
            link(t("bulk.details"), to=f"{_BULK}/" + change.id.to_string(), class_name="button button-ghost"),
            rx.dialog.close(button(t("ui.close"), kind="primary")),
            class_name="row dialog-foot",
        ),
    )


_BULK = routes.BULK.partition("/[")[0]


def result(change: Any) -> rx.Component:
    """How it ended, told to a screen reader as well."""
    return rx.el.div(badge(change.label, color=change.color), role="status")


def parts(counts: Any, rows: Any, turn: Any, *, whole: bool = False) -> rx.Component:
    """How many rows each part has; a click shows them. Those that stay as they are leave no trace but in a preview."""

    def part(one: rx.Var[Count]) -> rx.Component:
        return rx.el.button(
            rx.el.span(one.label, class_name="small"),
            rx.el.span(one.shown, class_name="bulk-number tabular"),
            type="button",
            class_name="bulk-part",
            aria_pressed=rx.cond(rows.part == one.key, "true", "false"),
            disabled=(one.n == 0) if whole else (one.n == 0) | (one.key == "same"),
            data_part=one.key,
            key=one.key,
            on_click=turn(one.key, 1),
        )

    return rx.el.div(rx.foreach(counts, part), class_name="bulk-parts", role="group", aria_label=t("bulk.part"))


def lines(rows: Any, turn: Any, *, old: Any, new: Any) -> rx.Component:
    """A page of a part: the customer, what stands there, what comes, or why not."""

    def head(text: Any) -> rx.Component:
        return rx.el.th(text, scope="col")

    def line(one: rx.Var[LineView]) -> rx.Component:
        return rx.el.tr(
            rx.el.th(link(one.name, to=f"{routes.CUSTOMERS}/" + one.number), scope="row"),
            rx.el.td(one.old, class_name="cut", title=one.old),
            rx.el.td(rx.cond(one.why, one.why, one.new), class_name="cut", title=rx.cond(one.why, one.why, one.new)),
            key=one.number,
        )

    table = rx.el.table(
        rx.el.thead(rx.el.tr(head(t("bulk.customer")), head(old), head(_last_head(rows, new)))),
        rx.el.tbody(rx.foreach(rows.lines, line)),
        class_name="bulk-table",
    )
    return rx.el.div(
        rx.el.div(
            rx.cond(rows.lines.length() > 0, table, rx.el.p(t("bulk.none_here"), class_name="quiet small")),
            class_name="bulk-lines",
            tab_index=0,
            role="region",
            aria_label=t("bulk.part"),
        ),
        rx.cond(rows.hidden, rx.el.p(rows.hidden, class_name="quiet small"), rx.fragment()),
        rx.cond(rows.pages > 1, _pager(rows, turn), rx.fragment()),
        class_name="stack",
    )


def _last_head(rows: Any, new: Any) -> Any:
    refused = (rows.part == "refused") | (rows.part == "kept")
    return rx.cond(refused, t("bulk.why"), new)


def _pager(rows: Any, turn: Any) -> rx.Component:
    return rx.el.nav(
        icon_button(
            "chevron-left",
            label=t("bulk.previous"),
            small=True,
            disabled=rows.page <= 1,
            on_click=turn(rows.part, rows.page - 1),
        ),
        rx.el.span(t("bulk.page", page=rows.page, pages=rows.pages), class_name="small tabular"),
        icon_button(
            "chevron-right",
            label=t("bulk.next"),
            small=True,
            disabled=rows.page >= rows.pages,
            on_click=turn(rows.part, rows.page + 1),
        ),
        class_name="row bulk-pager",
        aria_label=t("bulk.pages"),
    )

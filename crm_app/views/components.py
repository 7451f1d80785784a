"""The pinned views of the sidebar, and the switch of views above a list."""

from typing import Any

import reflex as rx

from crm_app.access.state import Frame
from crm_app.ui.browser import connected
from crm_app.ui.i18n import t
from crm_app.views.schemas import AudienceChoice, ViewLine
from crm_app.views.state import Views

_LIBRARY = "$/public" + rx.asset("views.jsx", shared=True)
_sent = rx.event.passthrough_event_spec
_nothing = rx.event.no_args_event_spec


class PinnedViews(rx.Component):
    """The person's pinned views with live numbers; asks for them once, and again after a lost connection."""

    library = _LIBRARY
    tag = "PinnedViews"
    lines: rx.Var[list[ViewLine]]
    loaded: rx.Var[bool]
    connected: rx.Var[bool]
    username: rx.Var[str]
    texts: rx.Var[dict[str, str]]
    on_load: rx.EventHandler[_nothing]
    on_arrange: rx.EventHandler[_sent(list[int])]


class ViewSwitch(rx.Component):
    """Which view is open, whether it was changed, and all that may be done with views."""

    library = _LIBRARY
    tag = "ViewSwitch"
    kind: rx.Var[str]
    path: rx.Var[str]
    all_label: rx.Var[str]
    """What the list is called without a view."""
    view: rx.Var[Any]
    lines: rx.Var[list[ViewLine]]
    audiences: rx.Var[list[AudienceChoice]]
    texts: rx.Var[dict[str, str]]
    on_save: rx.EventHandler[_nothing]
    on_save_as: rx.EventHandler[_sent(str, str, bool)]
    on_discard: rx.EventHandler[_nothing]
    on_pin: rx.EventHandler[_sent(int, bool)]
    on_rename: rx.EventHandler[_sent(int, str)]
    on_share: rx.EventHandler[_sent(int, str)]
    on_withdraw: rx.EventHandler[_sent(int)]
    on_delete: rx.EventHandler[_sent(int)]
    on_default: rx.EventHandler[_sent(str, int)]


def _texts(**keys: str | rx.Var) -> rx.Var:
    return rx.Var.create({name: t(key) if isinstance(key, str) else key for name, key in keys.items()})


def pinned_views() -> rx.Component:
    """For the sidebar of every page."""
    return PinnedViews.create(
        lines=Views.lines,
        loaded=Views.filled,
        connected=connected,
        username=Frame.username,
        texts=_texts(
            title="views.pinned", help="views.pinned.help", count=t("views.count", n="{n}"), changed="views.changed"
        ),
        on_load=Views.load,
        on_arrange=Views.arrange,
    )


def view_switch(state: Any, *, kind: str, path: str, all_label: Any) -> rx.Component:
    """The views of the list that `state` shows."""
    return ViewSwitch.create(
        kind=kind,
        path=path,
        all_label=all_label,
        view=state.shown,
        lines=Views.lines,
        audiences=Views.audiences,
        texts=_texts(
            title="views.title",
            choose=t("views.choose", name="{name}"),
            mine="views.mine",
            others="views.others",
            none="views.none",
            changed="views.changed",
            save="views.save",
            saveAs="views.save_as",
            discard="views.discard",
            saveShort="ui.save",
            saveAsShort="views.save_as.short",
            discardShort="views.discard.short",
            name="views.name",
            noName="views.problem.no_name",
            taken=t("views.problem.taken", name="{name}"),
            audience="views.audience",
            audienceHelp="views.audience.help",
            onlyMe="views.audience.private",
            pin="views.pin",
            pinOne=t("views.pin_one", name="{name}"),
            unpinOne=t("views.unpin_one", name="{name}"),
            more=t("views.more", name="{name}"),
            rename="views.rename",
            default="views.default",
            isDefault="views.is_default",
            withdraw="views.withdraw",
            delete="views.delete",
            deleteSure="views.delete_sure",
            deleteNow="views.delete_now",
            count=t("views.count", n="{n}"),
            cancel="ui.cancel",
            confirm="ui.save",
        ),
        on_save=state.save_view,
        on_save_as=state.save_view_as,
        on_discard=state.discard_changes,
        on_pin=Views.pin,
        on_rename=Views.rename,
        on_share=Views.share,
        on_withdraw=Views.withdraw,
        on_delete=Views.delete,
        on_default=Views.make_default,
    )

"""The palette, on every page."""

from typing import Any

import reflex as rx

from crm_app.access.permissions import Permission
from crm_app.access.state import Frame
from crm_app.catalogue import texts
from crm_app.core.pinyin import company_pinyin
from crm_app.directory.state import Exporting
from crm_app.palette.schemas import Answer
from crm_app.palette.state import Palette
from crm_app.ui import routes
from crm_app.ui.i18n import t
from crm_app.ui.layout import ASIDE, GO, NAVIGATION, NEW, SETTINGS
from crm_app.ui.state import Shell
from crm_app.views.schemas import ViewLine
from crm_app.views.state import Views

_LIBRARY = "$/public" + rx.asset("palette.jsx", shared=True)
_sent = rx.event.passthrough_event_spec
_nothing = rx.event.no_args_event_spec

OWN_PAGES = (
    ("background.title", routes.JOBS),
    ("access.sessions", routes.SESSIONS),
    ("access.password.title", routes.PASSWORD),
)
"""Pages about oneself: everybody's."""
ACTIONS = (
    ("follow_up", "palette.follow_up", Permission.FOLLOW_UP_CREATE),
    ("export", "palette.export", Permission.CUSTOMER_EXPORT),
    ("language", "palette.language", Permission.PROFILE_EDIT),
    ("theme", "ui.theme", Permission.PROFILE_EDIT),
    ("sign_out", "access.sign_out", Permission.PROFILE_EDIT),
)
"""What `palette.jsx` does, besides what can be made; later slices add their lines to both."""


class CommandPalette(rx.Component):
    """Opens with its shortcut."""

    library = _LIBRARY
    tag = "CommandPalette"
    commands: rx.Var[list[dict[str, Any]]]
    views: rx.Var[list[ViewLine]]
    answer: rx.Var[Answer]
    recent: rx.Var[Answer]
    customers_path: rx.Var[str]
    may_find: rx.Var[bool]
    username: rx.Var[str]
    texts: rx.Var[dict[str, str]]
    on_find: rx.EventHandler[_sent(str, int)]
    on_look_back: rx.EventHandler[_sent(list[str], int)]
    on_language: rx.EventHandler[_nothing]
    on_theme: rx.EventHandler[_nothing]
    on_export: rx.EventHandler[_sent(str)]


def command_palette() -> rx.Component:
    """For every page of the signed-in application."""
    return CommandPalette.create(
        commands=_commands(),
        views=Views.lines,
        answer=Palette.answer,
        recent=Palette.recent,
        customers_path=routes.CUSTOMERS,
        may_find=_may(Permission.CUSTOMER_VIEW),
        username=Frame.username,
        texts=_texts(),
        on_find=Palette.find,
        on_look_back=Palette.look_back,
        on_language=Shell.switch_language,
        on_theme=rx.toggle_color_mode,
        on_export=Exporting.open,
    )


def _may(permission: Permission) -> rx.Var[bool]:
    return Frame.functions.contains(permission.value)


def _words(key: str) -> list[str]:
    """What finds a text besides itself: its pinyin, its initials, and what it is called in the other language."""
    zh, en = texts()[key]
    spoken = company_pinyin(zh)
    return [spoken.full, spoken.initials, zh, *en.lower().split(), en.lower()]


def _command(key: str, *, kind: str, may: Any, id_: str = "", to: str = "", keys: str = "") -> dict[str, Any]:
    shown = {"id": id_ or to, "kind": kind, "label": t(key), "words": _words(key), "may": may}
    return shown | ({"to": to} if to else {}) | ({"keys": keys} if keys else {})


def _commands() -> list[dict[str, Any]]:
    """Actions and pages; of each, whether this role has it."""
    made = [_command(key, kind="action", may=_may(may), to=to, keys=press) for key, to, _, press, may in NEW]
    done = [_command(key, kind="action", may=_may(may), id_=id_) for id_, key, may in ACTIONS]
    led = [(key, to, may) for key, to, _, may in (*NAVIGATION, *ASIDE) if (to, may) not in {s[1:] for s in SETTINGS}]
    pages = [
        _command(key, kind="page", may=_may(may), to=to, keys=f"g {GO[to]}" if to in GO else "")
        for key, to, may in (*led, *SETTINGS)
    ]
    return [*made, *done, *pages, *(_command(key, kind="page", may=True, to=to) for key, to in OWN_PAGES)]


def _texts() -> rx.Var:
    names = {
        "title": "palette.title",
        "hint": "palette.hint",
        "picking": "palette.picking",
        "pickHint": "palette.pick_hint",
        "results": "palette.results",
        "recent": "palette.recent",
        "actions": "palette.actions",
        "pages": "palette.pages",
        "commands": "palette.commands",
        "views": "views.title",
        "customers": "ui.customers",
        "none": "palette.none",
        "searching": "palette.searching",
        "help": "palette.help",
        "close": "ui.close",
        "star": "ui.key_account",
    }
    return rx.Var.create({name: t(key) for name, key in names.items()} | {"count": t("palette.count", n="{n}")})

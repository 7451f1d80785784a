"""The lists at the left, the entries of one at the right, and the form of an entry."""

from collections.abc import Iterable
from typing import Any

import reflex as rx

from crm_app.core.vocabulary import OptionList, TagKind
from crm_app.options.rules import ENGLISH_LENGTH, PALETTE, has_code
from crm_app.options.schemas import EntryLine, ListName
from crm_app.options.state import EntryForm, Lists
from crm_app.ui import routes
from crm_app.ui.fields import (
    DraftKeeper,
    DraftNote,
    FocusFirstError,
    Reopen,
    SubmitKeys,
    begun_on,
    draft_key,
    text_field,
)
from crm_app.ui.i18n import t
from crm_app.ui.widgets import badge, button, empty_state, icon_button, link

OPTIONS = (
    OptionList.INDUSTRY,
    OptionList.SOURCE,
    OptionList.HEADCOUNT,
    OptionList.REVENUE,
    OptionList.METHOD,
    OptionList.CHANNEL,
    OptionList.LOSS_REASON,
)
"""In the order in which a customer's life needs them."""
IS_TAG = rx.Var.create([str(kind) for kind in TagKind]).contains(Lists.chosen)
HAS_CODE = rx.Var.create([str(name) for name in (*OptionList, *TagKind) if has_code(name)]).contains(Lists.chosen)
SEARCH_FROM = 16
"""So many entries are looked through rather than read."""


def name_of(name: ListName) -> rx.Var[str]:
    """What a list is called."""
    return t(f"options.list.{name}") if isinstance(name, TagKind) else t(f"option_list.{name}")


def chosen_text(key: str = "") -> rx.Var:
    """The chosen list's name, or its text of that key."""
    texts = [(str(name), t(f"{key}.{name}") if key else name_of(name)) for name in (*OptionList, *TagKind)]
    return rx.match(Lists.chosen, *texts, "")  # type: ignore[return-value]


# --- the lists


def lists() -> rx.Component:
    """All lists, each at an address of its own, with how much it offers."""

    def group(title: str, names: Iterable[ListName]) -> rx.Component:
        return rx.el.div(
            rx.el.h2(t(title), class_name="lists-head"), *[_list(name) for name in names], class_name="lists-group"
        )

    return rx.el.nav(
        group("options.lists", OPTIONS),
        group("options.tags", TagKind),
        class_name="lists",
        aria_label=t("options.title"),
    )


def _list(name: ListName) -> rx.Component:
    return link(
        rx.el.span(name_of(name), class_name="cut"),
        rx.el.span(Lists.sizes[str(name)], class_name="lists-size"),
        to=f"{routes.LISTS}?list={name}",
        class_name="lists-item",
        custom_attrs={"aria-current": rx.cond(Lists.chosen == str(name), "page", "false")},
    )


# --- the entries


def open_entry(ref: Any, version: Any) -> Any:
    """Open the form of an entry, 0 for a new one, on the version on which what was kept of it was begun."""
    return EntryForm.open(ref, begun_on(draft_key("entry", Lists.chosen, ref), rx.Var.create(version)))


def entries() -> rx.Component:
    """The chosen list: what it is for, what it offers, and what it does no more."""
    find = text_field(
        name="find",
        label=t("options.find"),
        hide_label=True,
        placeholder=t("options.find"),
        value=Lists.search,
        on_typed=Lists.find,
        class_name="lists-find",
    )
    more = rx.el.p(t("options.more", n=Lists.hidden), class_name="quiet small")
    return rx.el.section(
        rx.el.div(
            rx.el.div(
                rx.el.h2(chosen_text(), class_name="lists-title"),
                rx.el.p(chosen_text("options.about"), class_name="quiet small"),
                class_name="stack lists-about",
            ),
            rx.cond((Lists.total >= SEARCH_FROM) | (Lists.search != ""), find, rx.fragment()),
            button(t("options.add"), kind="primary", icon_name="plus", on_click=open_entry(0, 0)),
            class_name="lists-top",
        ),
        rx.cond(Lists.offered.length() > 0, _table(Lists.offered, _offered), _nothing()),
        rx.cond(Lists.retired.length() > 0, _retired(), rx.fragment()),
        rx.cond(Lists.hidden > 0, more, rx.fragment()),
        rx.el.div(Lists.told, class_name="sr", role="status"),
        FocusFirstError.create(name=Lists.focus, attempt=Lists.moves),
        class_name="lists-entries",
        aria_label=chosen_text(),
    )


def _nothing() -> rx.Component:
    return rx.cond(
        Lists.search != "",
        rx.el.p(t("options.nothing", text=Lists.search), class_name="quiet lists-nothing", role="status"),
        rx.cond(
            Lists.total == 0,
            empty_state(icon_name="tag", title=t("options.none.title"), text=t("options.none.text")),
            rx.fragment(),
        ),
    )


def _retired() -> rx.Component:
    return rx.el.div(
        rx.el.h3(t("options.retired"), class_name="section-title"),
        rx.el.p(t("options.retired.help"), class_name="quiet small"),
        _table(Lists.retired, _gone),
        class_name="stack lists-retired",
    )


def _table(lines: Any, row: Any) -> rx.Component:
    def head(text: Any, class_name: str = "") -> rx.Component:
        return rx.el.th(text, scope="col", class_name=class_name)

    return rx.el.table(
        rx.el.thead(
            rx.el.tr(
                head(rx.cond(IS_TAG, t("options.label_zh"), t("options.label_zh.option"))),
                rx.cond(IS_TAG, rx.fragment(), head(t("options.label_en"), "hide-phone")),
                rx.cond(HAS_CODE, head(t("options.code"), "hide-phone"), rx.fragment()),
                head(t("options.customers"), "num"),
                head(rx.el.span(t("options.actions"), class_name="sr")),
            )
        ),
        rx.el.tbody(rx.foreach(lines, row)),
        class_name="table lists-table",
    )


def _cells(line: rx.Var[EntryLine]) -> list[rx.Component]:
    return [
        rx.el.th(rx.cond(IS_TAG, badge(line.label, color=line.color), line.label), scope="row"),
        rx.cond(IS_TAG, rx.fragment(), rx.el.td(line.english, class_name="quiet hide-phone")),
        rx.cond(HAS_CODE, rx.el.td(line.code, class_name="lists-code hide-phone"), rx.fragment()),
        rx.el.td(_users(line), class_name="num"),
    ]


def _users(line: rx.Var[EntryLine]) -> rx.Component:
    users: Any = Lists.users[line.code]
    shown = link(
        users.shown,
        to=users.href,
        class_name="link",
        aria_label=t("options.customers.show", label=line.called, n=users.shown),
    )
    number = rx.cond(users.href != "", shown, rx.el.span(users.shown, class_name="quiet"))
    return rx.cond(Lists.users.contains(line.code), number, rx.fragment())


def _offered(line: rx.Var[EntryLine]) -> rx.Component:
    ref = line.ref.to(str)

    def step(to: str, by: int, at_end: rx.Var[bool]) -> rx.Component:
        return icon_button(
            f"arrow-{to}",
            label=t(f"options.{to}", label=line.called),
            name=f"{to}-" + ref,
            disabled=at_end,
            on_click=Lists.move(line.ref, by),
        )

    steps = rx.fragment(step("up", -1, line.first), step("down", 1, line.last))
    return rx.el.tr(
        *_cells(line),
        rx.el.td(
            rx.el.div(
                rx.cond(IS_TAG | (Lists.search != ""), rx.fragment(), steps),
                icon_button(
                    "pencil", label=t("options.edit", label=line.called), on_click=open_entry(line.ref, line.version)
                ),
                icon_button(
                    "archive",
                    label=t("options.retire", label=line.called),
                    on_click=Lists.retire(line.ref, line.version),
                ),
                class_name="lists-actions",
            )
        ),
        key=ref,
    )


def _gone(line: rx.Var[EntryLine]) -> rx.Component:
    back = button(
        t("options.restore"),
        small=True,
        aria_label=t("options.restore.label", label=line.called),
        on_click=Lists.restore(line.ref, line.version),
    )
    return rx.el.tr(*_cells(line), rx.el.td(rx.el.div(back, class_name="lists-actions")), key=line.ref.to(str))


# --- the form of an entry

FORM = draft_key("entry", Lists.chosen, EntryForm.editing)


def entry_dialog() -> rx.Component:
    """Labels, a tag's colour, a new industry's code."""
    fields = SubmitKeys.create(
        DraftNote.create(prefix=FORM, text=t("ui.draft_restored")),
        rx.cond(
            EntryForm.notice == "",
            rx.fragment(),
            rx.el.div(EntryForm.notice, class_name="form-message", role="alert"),
        ),
        _field(
            "label_zh",
            label=rx.cond(IS_TAG, t("options.label_zh"), t("options.label_zh.option")),
            required=True,
            focus_on_mount=True,
        ),
        rx.cond(IS_TAG, _colors(), _option_fields()),
        rx.el.div(
            rx.el.span(class_name="grow"),
            button(t("ui.cancel"), kind="ghost", on_click=EntryForm.give_up),
            button(
                rx.cond(EntryForm.notice == "", t("ui.save"), t("options.save_mine")),
                kind="primary",
                on_click=EntryForm.save,
            ),
            class_name="row dialog-foot",
        ),
        FocusFirstError.create(name=EntryForm.first, attempt=EntryForm.attempt),
        class_name="form-stack",
        on_submit_keys=EntryForm.save,
    )
    changes = EntryForm.editing != 0
    dialog = rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title(
                rx.cond(changes, t("options.edit.title"), t("options.add.title", list=chosen_text())),
                class_name="dialog-title",
            ),
            rx.dialog.description(
                rx.cond(changes, t("options.edit.help"), chosen_text("options.about")), class_name="quiet small"
            ),
            fields,
            class_name="dialog lists-dialog",
        ),
        open=EntryForm.is_open,
        on_open_change=EntryForm.show,
    )
    reopen = Reopen.create(
        draft=draft_key("entry-open", Lists.chosen),
        is_open=EntryForm.is_open,
        epoch=EntryForm.epoch,
        which=EntryForm.editing,
        on_open=lambda ref: open_entry(ref, 0),
    )
    return rx.fragment(DraftKeeper.create(prefix=FORM, epoch=EntryForm.done), reopen, dialog)


def _option_fields() -> rx.Component:
    fixed = rx.el.div(
        rx.el.span(t("options.code"), class_name="field-label"),
        rx.el.span(EntryForm.code, class_name="lists-code"),
        rx.el.span(t("options.code.help"), class_name="field-help"),
        class_name="field",
    )
    typed = _field("code", label=t("options.code"), required=True, help=t("options.code.help"), max_length=12)
    return rx.fragment(
        _field(
            "label_en", label=t("options.label_en"), help=t("options.label_en.help"), max_length=ENGLISH_LENGTH + 20
        ),
        rx.cond(HAS_CODE, rx.cond(EntryForm.code == "", typed, fixed), rx.fragment()),
    )


def _field(name: str, **props: Any) -> rx.Component:
    return text_field(
        name=f"entry_{name}",
        value=EntryForm.form[name],
        error=EntryForm.problems[name],
        epoch=EntryForm.epoch,
        draft=draft_key("entry", Lists.chosen, EntryForm.editing, name),
        auto_complete="off",
        on_typed=lambda value: EntryForm.type(name, value),
        on_submit=lambda _: EntryForm.save(),
        **props,
    )


def _colors() -> rx.Component:
    """The colours, each shown on the tag's own name."""

    def choice(color: str) -> rx.Component:
        return rx.el.label(
            rx.el.input(
                type="radio",
                name="entry_color",
                value=color,
                # The browser's own from there: a click shows at once, not when the server has heard of it.
                default_checked=EntryForm.form["color"] == color,
                on_change=lambda _: EntryForm.type("color", color),
                class_name="sr",
            ),
            rx.el.span(class_name=f"color-dot c-{color}"),
            rx.el.span(t(f"options.color.{color}"), class_name="sr"),
            class_name="color-pick",
            title=t(f"options.color.{color}"),
        )

    return rx.el.fieldset(
        rx.el.legend(t("options.color"), class_name="field-label"),
        rx.el.div(*[choice(color) for color in PALETTE], class_name="color-picks"),
        rx.cond(
            EntryForm.form["label_zh"] != "",
            rx.el.div(badge(EntryForm.form["label_zh"], color=EntryForm.form["color"])),
            rx.fragment(),
        ),
        class_name="plain-fieldset stack",
    )

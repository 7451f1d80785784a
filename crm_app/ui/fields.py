"""The form fields of every page: label above, message below, and typed text that nothing loses (`fields.jsx`)."""

from typing import Any

import reflex as rx
from reflex.vars import VarData

from crm_app.access.state import Frame
from crm_app.ui.i18n import t

LIBRARY = "$/public" + rx.asset("fields.jsx", shared=True)

Text = rx.Var | str


_text = rx.event.passthrough_event_spec(str)
_nothing = rx.event.no_args_event_spec


class _Field(rx.Component):
    """What text and choice fields share."""

    library = LIBRARY
    name: rx.Var[str]
    label: rx.Var[str]
    value: rx.Var[str]
    epoch: rx.Var[int]
    """Raise it to make the field take the server's value again, after a save or to empty the form."""
    draft: rx.Var[str]
    """Key under which the typed text is kept in this tab; see `draft_key`."""
    error: rx.Var[str]
    help: rx.Var[str]
    required: rx.Var[bool]
    required_text: rx.Var[str]
    hide_label: rx.Var[bool]
    disabled: rx.Var[bool]
    placeholder: rx.Var[str]
    focus_on_mount: rx.Var[bool]
    on_typed: rx.EventHandler[_text]
    """The text, a quarter of a second after the last key, or at once when the field is left."""
    on_leave: rx.EventHandler[_text]


class TextField(_Field):
    """One line, or several with kind "area".

    "day" and "moment" are typed as YYYY-MM-DD and YYYY-MM-DD HH:MM, or picked from the browser's calendar; other kinds
    are those of an HTML input (tel, number …).
    """

    tag = "TextField"
    kind: rx.Var[str]
    rows: rx.Var[int]
    calendar_label: rx.Var[str]
    max_length: rx.Var[int]
    auto_complete: rx.Var[str]
    input_mode: rx.Var[str]
    min: rx.Var[str]
    max: rx.Var[str]
    on_submit: rx.EventHandler[_text]
    """Enter (with Ctrl or ⌘ in several lines)."""
    on_cancel: rx.EventHandler[_nothing]
    """Esc; the draft is forgotten."""


class SelectField(_Field):
    """A native drop-down: it works with every keyboard, phone and screen reader."""

    tag = "SelectField"
    options: rx.Var[list[dict[str, str]]]
    """Each {value, label}."""


class FocusFirstError(rx.Component):
    """Puts the cursor into the field `name` each time `attempt` grows."""

    library = LIBRARY
    tag = "FocusFirstError"
    name: rx.Var[str]
    attempt: rx.Var[int]


class LeaveGuard(rx.Component):
    """Asks before a page with unsaved text is left."""

    library = LIBRARY
    tag = "LeaveGuard"
    dirty: rx.Var[bool]
    judged: rx.Var[int]
    """How often the server has looked at the form since it was loaded."""
    draft: rx.Var[str]
    """What the form's drafts are kept under."""
    text: rx.Var[str]


class DraftKeeper(rx.Component):
    """Forgets the drafts of the form `prefix`, and its ticket, each time `epoch` grows."""

    library = LIBRARY
    tag = "DraftKeeper"
    prefix: rx.Var[str]
    epoch: rx.Var[int]


class DraftNote(rx.Component):
    """Says that the form `prefix` opens with what was typed in it before."""

    library = LIBRARY
    tag = "DraftNote"
    prefix: rx.Var[str]
    text: rx.Var[str]


class Reopen(rx.Component):
    """Opens a form in a dialog again that was open when the server forgot it.

    `which` says what it was open for and is kept under the key `draft`; `epoch` grows with each opening.
    """

    library = LIBRARY
    tag = "Reopen"
    draft: rx.Var[str]
    is_open: rx.Var[bool]
    epoch: rx.Var[int]
    which: rx.Var[int]
    on_open: rx.EventHandler[rx.event.passthrough_event_spec(int)]


class SubmitKeys(rx.Component):
    """A box in which Ctrl or ⌘ with Enter sends the form."""

    library = LIBRARY
    tag = "SubmitKeys"
    on_submit_keys: rx.EventHandler[_nothing]


def draft_key(*parts: Text | int) -> rx.Var[str]:
    """The key of a draft: it begins with who typed it, so that nobody else on this tab ever sees it."""
    key: rx.Var = Frame.username
    for part in parts:
        key = key + ":" + rx.Var.create(part).to(str)
    return rx.cond(Frame.username == "", "", key)


def ticket_of(form: rx.Var[str]) -> rx.Var[str]:
    """The ticket of the form whose drafts are kept under `form`, read when an event is sent (`access.receipts`)."""
    return _read_when_sent("ticketOf", form)


def kept_ticket_of(form: rx.Var[str]) -> rx.Var[str]:
    """The same of a form that was sent before, else nothing."""
    return _read_when_sent("keptTicketOf", form)


def _read_when_sent(function: str, form: rx.Var[str]) -> rx.Var[str]:
    data = VarData.merge(VarData(imports={LIBRARY: [function]}), form._get_all_var_data())
    return rx.Var(f"{function}({form!s})", _var_type=str, _var_data=data).guess_type()


def begun_on(form: rx.Var[str], version: rx.Var[int]) -> rx.Var[int]:
    """The version on which what is kept under `form` was begun, or `version`; read when an event is sent."""
    data = VarData.merge(VarData(imports={LIBRARY: ["begunOn"]}), form._get_all_var_data(), version._get_all_var_data())
    return rx.Var(f"begunOn({form!s}, {version!s})", _var_type=int, _var_data=data).guess_type()


def text_field(*, name: str, label: Text, value: Text, required: bool = False, **props: Any) -> rx.Component:
    """A text field with the language's word for "required"."""
    if props.get("kind") in ("day", "moment"):
        props.setdefault("calendar_label", t("ui.calendar"))
    return TextField.create(
        name=name, label=label, value=value, required=required, required_text=t("ui.required"), **props
    )


def select_field(
    *, name: str, label: Text, value: Text, options: Any, required: bool = False, **props: Any
) -> rx.Component:
    """A drop-down whose first entry says "choose", unless `placeholder` says otherwise."""
    props.setdefault("placeholder", t("ui.choose"))
    return SelectField.create(
        name=name,
        label=label,
        value=value,
        options=options,
        required=required,
        required_text=t("ui.required"),
        **props,
    )

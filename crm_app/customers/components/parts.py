"""What the forms of a new and of an edited customer are put together from."""

import dataclasses
from typing import Any

import reflex as rx

from crm_app.customers import rules
from crm_app.customers.state import HintLine
from crm_app.customers.state.form import PLACES
from crm_app.customers.state.own import OwnView
from crm_app.fields.state import ShownFields
from crm_app.ui.fields import draft_key, select_field, text_field
from crm_app.ui.i18n import t
from crm_app.ui.widgets import icon, link

LIBRARY = "$/public" + rx.asset("form.jsx", shared=True)
FORM_ID = "customer-form"
_WIDE = rx.Var("(typeof window !== 'undefined' && window.innerWidth > 1000)", _var_type=bool)
"""The panel stands beside the form, as in `customers.css`."""


def _checked(form: rx.Var[dict], left: rx.Var[list]) -> tuple[rx.Var[dict], rx.Var[list]]:
    return form, left


def _sent(form: rx.Var[dict]) -> tuple[rx.Var[dict]]:
    return (form,)


class LiveForm(rx.Component):
    """A form that sends itself whole after each pause; see `form.jsx`."""

    library = LIBRARY
    tag = "LiveForm"
    draft: rx.Var[str]
    resend_on: rx.Var[str]
    answer: rx.Var[int]
    saved: rx.Var[str]
    saved_form: rx.Var[str]
    """The number under which the form was sent that is now at `saved`; it is left only if nothing was typed since."""
    carried: rx.Var[dict[str, str]]
    """By field: what goes along to the form whose drafts are kept under `carry_to`."""
    carry_to: rx.Var[str]
    keep: rx.Var[bool]
    """Whether the drafts stay when the form is left."""
    restored_text: rx.Var[str]
    clear_text: rx.Var[str]
    remove_text: rx.Var[str]
    version: rx.Var[int]
    """The version of the record on which the form is begun; kept with the draft and sent as the field `version`."""
    on_check: rx.EventHandler[_checked]
    on_save: rx.EventHandler[_sent]
    on_go_on: rx.EventHandler[_sent]
    on_clear: rx.EventHandler[rx.event.no_args_event_spec]


class PickMany(rx.Component):
    """Several choices out of a list."""

    library = LIBRARY
    tag = "PickMany"
    name: rx.Var[str]
    label: rx.Var[str]
    value: rx.Var[str]
    """What stands there as the server knows it, parted by commas."""
    draft: rx.Var[str]
    options: rx.Var[list[dict[str, str]]]
    help: rx.Var[str]
    required: rx.Var[bool]
    required_text: rx.Var[str]
    add_text: rx.Var[str]
    remove_text: rx.Var[str]
    empty_text: rx.Var[str]
    error: rx.Var[str]
    on_typed: rx.EventHandler[rx.event.passthrough_event_spec(str)]
    """What is picked, parted by commas."""


class FocusButton(rx.Component):
    """A line of text that leads to a field."""

    library = LIBRARY
    tag = "FocusButton"
    name: rx.Var[str]
    text: rx.Var[str]


@dataclasses.dataclass(frozen=True)
class Fields:
    """The fields of one form: `state` is its state class, `draft` what its drafts are kept under.

    `values` has what stands in the fields at first, `notes` what is said below one.
    """

    state: Any
    draft: tuple[Any, ...]
    values: Any = None
    notes: Any = None

    def key(self, *parts: Any) -> rx.Var[str]:
        """The key of a draft of this form."""
        return draft_key(*self.draft, *parts)

    def error(self, name: Any) -> rx.Var[str]:
        """What is wrong with a field."""
        return self.state.errors[name].to(str)

    def value(self, name: str, default: str = "") -> Any:
        """What stands in a field at first."""
        return default if self.values is None else self.values[name].to(str)

    def help(self, name: str, text: Any = None) -> dict[str, Any]:
        """What is said below a field."""
        said: Any = "" if text is None else text
        if name in rules.CUSTOMER_FIELDS:
            company: Any = ShownFields.helps[name]
            said = rx.cond(company != "", company, said)
        elif text is None and self.notes is None:
            return {}
        if self.notes is None:
            return {"help": said}
        note = self.notes[name].to(str)
        return {"help": rx.cond(note, note, said)}

    def text(self, name: str, *, kind: str = "text", help: Any = None, **props: Any) -> rx.Component:
        """A field of the record that is typed."""
        return text_field(
            name=name,
            label=t(f"customers.field.{name}"),
            value=self.value(name),
            required=_required(name),
            kind=kind,
            error=self.error(name),
            draft=self.key(name),
            **self.help(name, help),
            **props,
        )

    def select(
        self, name: str, *, label: str = "", options: Any = None, value: str = "", help: Any = None, **props: Any
    ) -> rx.Component:
        """A field of the record that is picked."""
        return select_field(
            name=name,
            label=t(label or f"customers.field.{name}"),
            value=self.value(name, value),
            required=_required(name),
            options=self.state.options[name] if options is None else options,
            error=self.error(name),
            draft=self.key(name),
            **self.help(name, help),
            **props,
        )

    def words(self, name: str, codes: Any, **props: Any) -> rx.Component:
        """One of the product's own words."""
        return self.select(name, options=word_options(name, codes), placeholder=None, **props)


def day(state: Any) -> dict[str, Any]:
    """Written out, because a browser shows its own date field in its own language and not in the person's."""
    return {"kind": "day", "max": state.today, "placeholder": t("customers.form.day")}


def word_options(enum: str, codes: Any) -> list[dict[str, Any]]:
    """The product's own words as a drop-down takes them."""
    return [{"value": str(code), "label": t(f"{enum}.{code}")} for code in codes]


def to_do(state: Any, class_name: str) -> rx.Component:
    """What is missing still; a click leads to the first."""
    line = FocusButton.create(name=state.first_wrong, text=state.wrong, class_name=class_name)
    return rx.cond(state.wrong == "", rx.fragment(), line)


def save_actions(state: Any) -> list[rx.Component]:
    """What stands at the top right: what is missing, and the one primary action."""
    return [
        to_do(state, "form-wrong hide-phone"),
        rx.el.button(
            icon("check"),
            rx.cond(state.saving, t("ui.saving"), t("ui.save")),
            type="submit",
            form=FORM_ID,
            class_name="button button-primary",
            disabled=~state.valid | state.saving,
            title="Ctrl+Enter",
        ),
    ]


def section(title: str, *children: rx.Component) -> rx.Component:
    """A card of the form."""
    return rx.el.section(
        rx.el.h2(t(title), class_name="section-title"), *children, class_name="card card-body stack gap-4"
    )


def _required(name: str) -> Any:
    """Whether something must stand there, as far as the form says so; the server's word counts."""
    return ShownFields.required.contains(name) if name in rules.CUSTOMER_FIELDS else False


def in_order(fields: dict[str, rx.Component], *, class_name: str = "grid-2") -> rx.Component:
    """The inputs of one section in the order that the company chose: in the page itself, so that Tab follows."""

    def one(name: rx.Var[str]) -> rx.Component:
        return rx.fragment(rx.match(name, *fields.items(), rx.fragment()), key=name)

    return rx.el.div(rx.foreach(ShownFields.order, one), class_name=f"{class_name} built-in-fields")


def _whole(field: rx.Component) -> rx.Component:
    """An input that takes the whole width."""
    return rx.el.div(field, class_name="wide-field")


def company(fields: Fields) -> rx.Component:
    """What the company is."""
    return section(
        "customers.form.basic",
        in_order(
            {
                "name": _whole(fields.text("name", focus_on_mount=fields.values is None, auto_complete="off")),
                "industry": fields.select("industry"),
                "source": fields.select("source"),
                "credit_code": fields.text("credit_code", help=_credit_help(), auto_complete="off"),
                "founded_on": fields.text("founded_on", **day(fields.state)),
                "headcount": fields.select("headcount"),
                "revenue": fields.select("revenue"),
                "region": _place(fields),
                "address": _whole(fields.text("address", auto_complete="off")),
                "main_business": _whole(fields.text("main_business", kind="area", rows=2)),
            }
        ),
    )


def _credit_help() -> rx.Var[str]:
    needed = _required("credit_code")
    return rx.cond(needed, t("customers.form.credit_length"), t("customers.form.credit_help"))


def _place(fields: Fields) -> rx.Component:
    """Province, city and district; what is said of the place stands below the three."""
    options, said = fields.state.options, fields.help("region")["help"]
    star = rx.cond(
        _required("region"),
        rx.fragment(
            rx.el.span("*", aria_hidden="true", title=t("ui.required"), class_name="field-required"),
            rx.el.span(t("ui.required"), class_name="sr"),
        ),
        rx.fragment(),
    )
    return rx.el.fieldset(
        rx.el.legend(t("customers.field.region"), star, class_name="field-label"),
        rx.el.div(
            *[
                fields.select(level, label=f"customers.form.{level}", disabled=options[level].to(list).length() == 0)
                for level in PLACES
            ],
            class_name="grid-3",
        ),
        rx.cond(said, rx.el.div(said, class_name="field-help"), rx.fragment()),
        class_name="plain-fieldset stack wide-field",
    )


def own_fields(fields: Fields) -> rx.Component:
    """The fields that the company added (R1.8); nothing where there are none for this person."""

    def one(view: rx.Var[OwnView]) -> rx.Component:
        return own_field(fields, view)

    some = fields.state.own.length() > 0
    return rx.cond(
        some,
        section("fields.section", rx.el.div(rx.foreach(fields.state.own, one), class_name="grid-2 own-fields")),
        rx.fragment(),
    )


def own_field(fields: Fields, view: rx.Var[OwnView]) -> rx.Component:
    """The input of one own field."""
    note = "" if fields.notes is None else fields.notes[view.key].to(str)
    return own_input(
        view,
        name=view.key,
        value=view.initial if fields.values is None else fields.values[view.key].to(str),
        error=fields.error(view.key),
        draft=fields.key(view.key),
        help=view.help if fields.notes is None else rx.cond(note, note, view.help),
    )


def own_input(view: rx.Var[OwnView], **props: Any) -> rx.Component:
    """The input of an own field of any record, by its kind; `props` as of `text_field`."""
    shared: dict[str, Any] = {"label": view.label, "required": view.required, **props}
    many = PickMany.create(
        options=view.options,
        required_text=t("ui.required"),
        add_text=t("customers.form.add"),
        empty_text=t("customers.form.nothing_to_add"),
        remove_text=t("customers.form.take_off", label="{label}"),
        **{name: value for name, value in shared.items() if name != "epoch"},
    )
    return rx.match(  # type: ignore[return-value]
        view.kind,
        ("text", text_field(kind="area", rows=3, **shared)),
        ("number", text_field(input_mode="decimal", auto_complete="off", **shared)),
        ("amount", text_field(input_mode="decimal", auto_complete="off", **shared)),
        ("day", text_field(kind="day", placeholder=t("customers.form.day"), **shared)),
        ("url", text_field(kind="url", auto_complete="off", **shared)),
        ("choice", select_field(options=view.options, **shared)),
        ("flag", select_field(options=view.options, **shared)),
        ("person", select_field(options=view.options, **shared)),
        ("choices", many),
        text_field(auto_complete="off", **shared),
    )


def duplicates(state: Any) -> rx.Component:
    """Likely duplicates, beside the form."""
    found = state.hints.length() > 0
    quiet = rx.el.div(
        rx.el.h2(t("customers.form.no_duplicates"), class_name="section-title"),
        rx.el.p(t("customers.form.duplicates_help"), class_name="quiet small"),
        class_name="stack hide-phone",
    )
    return rx.el.aside(
        rx.el.div(rx.cond(found, _found(state), quiet), aria_live="polite"),
        class_name=rx.cond(found, "form-side card card-body found", "form-side card card-body"),
        aria_label=t("customers.form.duplicates"),
    )


def _found(state: Any) -> rx.Component:
    """Folded on a phone, where it would cover the fields, unless a confirmation is due."""
    confirmation = rx.el.label(
        rx.el.input(type="checkbox", name="confirmed", value=state.seal, key=state.seal),
        t("customers.form.confirm"),
        class_name="check-line",
    )
    return rx.el.details(
        rx.el.summary(
            icon("triangle-alert"),
            rx.el.h2(t("customers.form.duplicates"), class_name="section-title"),
            rx.el.span(state.hints.length() + state.more_hints, class_name="badge c-amber"),
            class_name="row hint-title",
        ),
        rx.el.ul(rx.foreach(state.hints, _hint), class_name="hints"),
        rx.cond(
            state.more_hints > 0,
            rx.el.p(t("customers.form.more_hints", n=state.more_hints), class_name="quiet small hints-more"),
            rx.fragment(),
        ),
        rx.cond(state.seal == "", rx.fragment(), confirmation),
        open=(state.seal != "") | _WIDE,
    )


def _hint(hint: rx.Var[HintLine]) -> rx.Component:
    return rx.el.li(
        rx.el.span(hint.reasons, class_name=rx.cond(hint.exact, "badge c-red", "badge c-amber")),
        rx.cond(
            hint.href == "",
            rx.el.span(t("customers.form.elsewhere"), class_name="quiet small"),
            rx.fragment(
                link(hint.name, icon("external-link", size=14), to=hint.href, target="_blank", class_name="link row"),
                rx.el.span(hint.number, class_name="quiet small"),
            ),
        ),
        rx.el.span(t("customers.form.owned_by", owner=hint.owner), class_name="small"),
        class_name="hint stack",
    )

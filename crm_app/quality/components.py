"""Pieces of the list of duplicates and of the merge screen."""

from typing import Any

import reflex as rx

from crm_app.background.components import progress, standing, why
from crm_app.core.vocabulary import Level
from crm_app.quality.schemas import ContactLine, FieldRow, GroupLine, MemberLine, MergeLine, Side, Verdict
from crm_app.quality.state import MERGES, Duplicates, Merging
from crm_app.ui import routes
from crm_app.ui.i18n import t
from crm_app.ui.widgets import badge, button, empty_state, icon, link

_LIBRARY = "$/public" + rx.asset("pick.jsx", shared=True)
VIEW: Any = Merging.view
STANDING: Any = Duplicates.standing
JOB: Any = Duplicates.job


class FieldChoice(rx.Component):
    """A field of all members, of which one value is chosen."""

    library = _LIBRARY
    tag = "FieldChoice"
    row: rx.Var[FieldRow]
    chosen: rx.Var[str]
    empty_text: rx.Var[str]
    on_take: rx.EventHandler[rx.event.passthrough_event_spec(str, str)]


class PartBox(rx.Component):
    """Whether a member takes part."""

    library = _LIBRARY
    tag = "PartBox"
    on: rx.Var[bool]
    label: rx.Var[str]
    text: rx.Var[str]
    on_pick: rx.EventHandler[rx.event.no_args_event_spec]


def search_bar() -> rx.Component:
    """What the page is, how old its result is, and the search."""
    running = rx.el.div(
        rx.cond(JOB.id > 0, rx.el.div(standing(JOB), progress(JOB), class_name="stack grow"), rx.fragment()),
        rx.el.span(t("quality.find.running"), class_name="quiet small", role="status"),
        rx.cond(JOB.id > 0, button(t("ui.cancel"), small=True, on_click=Duplicates.cancel), rx.fragment()),
        class_name="card dup-running",
    )
    age = rx.cond(STANDING.found_at, t("quality.found_at", at=STANDING.found_at), t("quality.never"))
    return rx.el.div(
        rx.el.div(
            rx.el.p(t("quality.help"), class_name="quiet small"),
            rx.el.span(age, class_name="quiet small tabular"),
            class_name="row spread row-wrap",
        ),
        rx.cond(STANDING.running, running, why(JOB)),
        class_name="stack",
    )


def find_button() -> rx.Component:
    """「查找重复」; one search at a time."""
    return button(
        icon("search"),
        rx.el.span(t("quality.find"), class_name="hide-phone"),
        kind="primary",
        on_click=Duplicates.find,
        disabled=STANDING.running,
        aria_label=t("quality.find"),
    )


def tabs() -> rx.Component:
    """Same, possibly, and merges made."""

    def tab(code: str, count: Any = None) -> rx.Component:
        number = rx.el.span(count, class_name="count") if count is not None else rx.fragment()
        return rx.el.button(
            t(f"quality.tab.{code}"),
            number,
            type="button",
            class_name="pill dup-tab",
            aria_pressed=rx.cond(Duplicates.tab == code, "true", "false"),
            on_click=Duplicates.choose(code),
        )

    return rx.el.div(
        tab(Verdict.SAME.value, STANDING.same),
        tab(Verdict.POSSIBLY.value, STANDING.possibly),
        tab(MERGES),
        role="group",
        aria_label=t("quality.tabs"),
        class_name="row row-wrap",
    )


def _customer(name: Any, number: Any) -> rx.Component:
    return link(name, to=routes.CUSTOMERS + "/" + number, class_name="link dup-name cut", title=name)


def _member(line: rx.Var[MemberLine]) -> rx.Component:
    return rx.el.li(
        _customer(line.name, line.number),
        rx.el.span(line.number, class_name="quiet small tabular"),
        rx.el.span(line.owner, class_name="quiet small"),
        rx.el.span(line.place, class_name="quiet small cut"),
        rx.el.span(
            rx.match(line.level, *[(level.value, t(f"level.{level}")) for level in Level], ""), class_name="quiet small"
        ),
        rx.el.time(line.created, class_name="quiet small tabular"),
        class_name="dup-member",
        key=line.number,
    )


def group_card(line: rx.Var[GroupLine]) -> rx.Component:
    """A group: who, why, and what can be done."""
    first = line.members[0].name
    return rx.el.li(
        rx.el.div(
            rx.el.div(
                badge(
                    t("quality.likeness", score=line.score),
                    color=rx.cond(line.verdict == Verdict.SAME.value, "green", "amber"),
                ),
                rx.foreach(line.reasons, badge),
                class_name="row row-wrap",
            ),
            rx.el.ul(rx.foreach(line.members, _member), class_name="plain-list"),
            class_name="stack grow dup-who",
        ),
        rx.el.div(
            link(
                t("quality.compare"),
                to=routes.DUPLICATES + "/" + line.id.to_string(),
                class_name="button",
                aria_label=t("quality.compare_of", name=first),
            ),
            button(
                t("quality.dismiss"),
                kind="ghost",
                on_click=Duplicates.dismiss(line.id),
                aria_label=t("quality.dismiss_of", name=first),
            ),
            class_name="dup-acts",
        ),
        class_name="card dup-group",
        key=line.id.to_string(),
    )


def merge_card(line: rx.Var[MergeLine]) -> rx.Component:
    """A merge that can be taken back."""
    return rx.el.li(
        rx.el.div(
            rx.el.ul(rx.foreach(line.merged, lambda name: rx.el.li(name, class_name="cut")), class_name="plain-list"),
            rx.el.div(icon("arrow-right", size=14), _customer(line.survivor, line.survivor_number), class_name="row"),
            rx.el.span(t("quality.merged_by", by=line.by, at=line.at), class_name="quiet small tabular"),
            class_name="stack grow dup-who",
        ),
        rx.el.div(
            button(
                icon("undo-2", size=14),
                t("quality.undo"),
                on_click=Duplicates.take_back(line.id),
                aria_label=t("quality.undo_of", name=line.survivor),
            ),
            class_name="dup-acts",
        ),
        class_name="card dup-group",
        key=line.id.to_string(),
    )


def pager() -> rx.Component:
    """Previous and next."""
    return rx.cond(
        Duplicates.pages > 1,
        rx.el.nav(
            button(
                t("listing.previous"),
                small=True,
                disabled=Duplicates.page <= 1,
                on_click=Duplicates.go_to(Duplicates.page - 1),
            ),
            rx.el.span(Duplicates.page, " / ", Duplicates.pages, class_name="tabular"),
            button(
                t("listing.next"),
                small=True,
                disabled=Duplicates.page >= Duplicates.pages,
                on_click=Duplicates.go_to(Duplicates.page + 1),
            ),
            class_name="row dup-pager",
            aria_label=t("listing.pages"),
        ),
        rx.fragment(),
    )


def groups() -> rx.Component:
    """The chosen kind."""
    return rx.cond(
        Duplicates.tab == MERGES,
        rx.cond(
            Duplicates.merges.length() > 0,
            rx.el.ul(
                rx.foreach(Duplicates.merges, merge_card),
                class_name="plain-list stack gap-4",
                aria_label=t("quality.merges"),
            ),
            empty_state(icon_name="merge", title=t("quality.no_merges"), text=t("quality.no_merges.text")),
        ),
        rx.cond(
            Duplicates.lines.length() > 0,
            rx.el.ul(
                rx.foreach(Duplicates.lines, group_card),
                class_name="plain-list stack gap-4",
                aria_label=t("quality.groups"),
            ),
            rx.cond(
                STANDING.found_at,
                empty_state(icon_name="copy-check", title=t("quality.empty"), text=t("quality.empty.text")),
                empty_state(icon_name="search", title=t("quality.unsearched"), text=t("quality.empty.text")),
            ),
        ),
    )


# --- the merge screen


def _contact(line: rx.Var[ContactLine]) -> rx.Component:
    return rx.el.li(
        rx.el.span(line.name),
        rx.el.span(line.reach, class_name="quiet small tabular"),
        rx.cond(
            line.joins,
            rx.el.span(t("quality.merge.joins", name=line.joins), class_name="small merge-joins"),
            rx.fragment(),
        ),
        class_name="merge-contact",
    )


def _count(name: str, value: Any) -> rx.Component:
    return rx.el.span(t(f"quality.merge.{name}"), " ", rx.el.strong(value), class_name="quiet small tabular")


def side(one: rx.Var[Side]) -> rx.Component:
    """A member: whether it takes part, whether it stays, and what it brings along."""
    stays = VIEW.survivor == one.number
    part = PartBox.create(
        on=~one.left_out,
        label=t("quality.merge.member_of", name=one.name),
        text=t("quality.merge.member"),
        on_pick=Merging.leave_out(one.number),
    )
    keep = rx.el.button(
        rx.cond(stays, icon("circle-check-big"), icon("circle")),
        t("quality.merge.stays"),
        type="button",
        role="radio",
        aria_checked=rx.cond(stays, "true", "false"),
        aria_label=t("quality.merge.stays_of", name=one.name),
        disabled=one.left_out,
        on_click=Merging.keep(one.number),
        class_name="choice merge-pick",
    )
    return rx.el.section(
        rx.el.div(keep, part, class_name="row spread"),
        _customer(one.name, one.number),
        rx.el.span(one.number, " · ", one.owner, " · ", one.created, class_name="quiet small tabular"),
        rx.el.div(
            _count("follow_ups", one.follow_ups),
            _count("tasks", one.tasks),
            _count("deals", one.deals),
            class_name="row row-wrap",
        ),
        rx.el.div(rx.foreach(one.tags, badge), class_name="row row-wrap"),
        rx.el.ul(rx.foreach(one.contacts, _contact), class_name="plain-list", aria_label=t("quality.merge.contacts")),
        class_name="card merge-side",
        data_stays=rx.cond(stays, "true", "false"),
        data_out=rx.cond(one.left_out, "true", "false"),
        aria_label=one.name,
        key=one.number,
    )


def _row(row: rx.Var[FieldRow]) -> rx.Component:
    return FieldChoice.create(
        row=row,
        chosen=Merging.choices[row.name],
        empty_text=t("quality.merge.empty_value"),
        on_take=Merging.take,
        key=row.name,
    )


def fields() -> rx.Component:
    """What differs, to be chosen; what is equal, folded."""
    none = rx.el.p(t("quality.merge.differing.none"), class_name="quiet")
    return rx.el.section(
        rx.el.h2(t("quality.merge.differing"), class_name="section-title"),
        rx.cond(VIEW.differing.length() > 0, rx.fragment(rx.foreach(VIEW.differing, _row)), none),
        rx.cond(
            VIEW.equal.length() > 0,
            rx.el.details(
                rx.el.summary(t("quality.merge.equal", n=VIEW.equal.length()), class_name="section-title"),
                rx.el.dl(
                    rx.foreach(
                        VIEW.equal,
                        lambda row: rx.el.div(
                            rx.el.dt(row.label, class_name="quiet small"), rx.el.dd(row.cells[0].text), key=row.name
                        ),
                    ),
                    class_name="merge-equal",
                ),
            ),
            rx.fragment(),
        ),
        class_name="card merge-fields",
        aria_label=t("quality.merge.differing"),
    )


def merge_foot() -> rx.Component:
    """Why it did not go through, and the button."""
    return rx.el.div(
        rx.cond(Merging.problem, rx.el.div(Merging.problem, class_name="form-message", role="alert"), rx.fragment()),
        rx.el.div(
            link(t("ui.cancel"), to=routes.DUPLICATES, class_name="button button-ghost"),
            button(
                t("quality.merge.do", n=Merging.count),
                kind="primary",
                icon_name="merge",
                disabled=Merging.count < 2,
                on_click=Merging.merge,
            ),
            class_name="row dialog-foot",
        ),
        class_name="stack merge-foot",
    )

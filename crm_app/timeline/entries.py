"""How each kind of event reads on the timeline, in a person's language: pure, from rows as the database gave them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import Any

from crm_app.catalogue import say, texts
from crm_app.core import regions
from crm_app.core.amounts import format_amount_full
from crm_app.core.clock import format_local, to_local
from crm_app.core.vocabulary import OptionList, ValueGrade
from crm_app.fields.rules import shown
from crm_app.fields.schemas import OwnFieldDef, RecordKind
from crm_app.options.queries import Labels
from crm_app.timeline.schemas import Line, TaskLine, TimelineEntry

_WORDS = frozenset({"level", "customer_type", "status", "value_grade"})
_OPTIONS: Mapping[str, OptionList] = {
    "industry": OptionList.INDUSTRY,
    "source": OptionList.SOURCE,
    "headcount": OptionList.HEADCOUNT,
    "revenue": OptionList.REVENUE,
    "contact.preferred_channel": OptionList.CHANNEL,
}
PEOPLE = frozenset({"owner", "collaborators"})
"""Fields whose history holds ids of people, parted by commas."""
TAGS = "tags"
HAND_GRADE = "hand_grade"
"""The grade that somebody gave; empty where it is computed (R1.4)."""
IMPORTED = "imported"
"""Where a customer came from: its new value is the name of the file (R4.2)."""
DELETED = "deleted_at"
"""A customer's way into the recycle bin and back (R11.3): with a moment, or again without one."""
MERGES = ("merged", "unmerged", "merged_into", "unmerged_from")
"""Customers become one, or several again (R5.1): with the name and number of the other."""
DEEDS = frozenset({DELETED, IMPORTED, *MERGES})
"""What stands in the history of fields and is an event of its own."""


@dataclass(frozen=True, slots=True)
class Words:
    """What turns codes, ids and moments into what a person reads."""

    language: str
    zone: tzinfo
    today: date
    people: Mapping[int, str] = field(default_factory=dict)
    options: Labels = field(default_factory=dict)
    tasks: Mapping[int, TaskLine] = field(default_factory=dict)
    """Next steps of follow-ups."""
    tags: Mapping[int, str] = field(default_factory=dict)
    own: Mapping[str, OwnFieldDef] = field(default_factory=dict)
    """The company's own fields by their paths, retired ones too."""
    hidden: frozenset[str] = frozenset()
    """Those of which the person must not learn what stands in them."""
    can_edit_tasks: bool = False
    """Also those of others."""
    user_id: int = 0

    def say(self, key: str, **params: object) -> str:
        return say(self.language, key, **params)

    def person(self, user_id: int | None) -> str:
        """The name; the system's when nobody did it."""
        return self.people.get(user_id, "") if user_id else self.say("timeline.system")

    def moment(self, at: datetime | None) -> str:
        return format_local(at, tz=self.zone) if at else ""

    def day(self, at: datetime) -> str:
        """今天, 昨天, or the date with its weekday."""
        day = to_local(at, tz=self.zone).date()
        named = {0: "timeline.today", 1: "timeline.yesterday"}.get((self.today - day).days)
        return self.say(named) if named else f"{day} {self.say(f'timeline.weekday.{day.weekday()}')}"

    def option(self, list_code: str, code: str) -> str:
        return self.options.get((list_code, code), code)


def follow_up_entry(row: Any, words: Words) -> TimelineEntry:
    """A contact with the customer; its next step stands below it."""
    lines = [
        ("timeline.participants", row.participants),
        ("timeline.feedback", row.feedback),
        ("timeline.result", row.result),
        ("timeline.next_at", words.moment(row.next_at)),
    ]
    return _entry(
        "follow_up",
        row,
        words,
        who=row.user_id,
        action=words.option(OptionList.METHOD, row.method),
        body=row.content,
        lines=tuple(Line(words.say(key), value) for key, value in lines if value),
        task=words.tasks.get(row.task_id) if row.task_id else None,
        badge=row.method,
    )


def task_entry(row: Any, words: Words) -> TimelineEntry:
    """A task at its last change."""
    if row.done_at:
        action = "timeline.task.done"
    else:
        action = "timeline.task.added" if row.at == row.created_at else "timeline.task.changed"
    return _entry(
        "task", row, words, who=row.changed_by, action=words.say(action), task=task_line(row, words), badge="task"
    )


def level_entry(row: Any, words: Words) -> TimelineEntry:
    """A step of the life cycle with its facts."""
    facts = [
        ("customers.field.deal_amount", format_amount_full(row.deal_amount) if row.deal_amount is not None else ""),
        ("customers.field.deal_on", str(row.deal_on or "")),
        ("customers.field.contract_number", row.contract_number or ""),
        ("customers.field.loss_reason", words.option(OptionList.LOSS_REASON, row.loss_reason)),
        ("customers.field.note", row.note),
    ]
    step = Line(
        words.say("level"),
        words.say(f"level.{row.to_level}"),
        old=words.say(f"level.{row.from_level}"),
        is_change=True,
    )
    again = row.from_level == row.to_level
    return _entry(
        "level",
        row,
        words,
        who=row.user_id,
        action=words.say("timeline.level.again" if again else "timeline.level.changed"),
        lines=(*(() if again else (step,)), *(Line(words.say(key), value) for key, value in facts if value)),
        badge=row.to_level,
    )


def field_entry(rows: Sequence[Any], words: Words) -> TimelineEntry:
    """One run of field changes, given newest first; shown in the order in which they were made."""
    if rows[0].field == DELETED:
        action = words.say("timeline.deleted" if rows[0].new else "timeline.restored")
        return _entry("field", rows[0], words, who=rows[0].user_id, action=action, badge="field")
    if rows[0].field in MERGES:
        action = words.say(f"timeline.{rows[0].field}", name=rows[0].new)
        return _entry("field", rows[0], words, who=rows[0].user_id, action=action, badge="field")
    if rows[0].field == IMPORTED:
        action = words.say("timeline.imported", file=rows[0].new)
        return _entry("field", rows[0], words, who=rows[0].user_id, action=action, badge="field")
    lines = tuple(
        Line(
            field_label(row.field, words),
            shown_value(row.field, row.new, words),
            old=shown_value(row.field, row.old, words),
            is_change=True,
        )
        for row in reversed(rows)
    )
    action = (
        words.say("timeline.field.one", field=lines[0].label)
        if len(lines) == 1
        else words.say("timeline.field.many", n=len(lines))
    )
    return _entry("field", rows[0], words, who=rows[0].user_id, action=action, lines=lines, badge="field")


def task_line(row: Any, words: Words) -> TaskLine:
    """A task without its customer."""
    return TaskLine(
        id=row.id,
        version=row.version,
        title=row.title,
        due=words.moment(row.due_at),
        due_short=words.moment(row.due_at).removeprefix(f"{words.today.year}-"),
        due_days=(to_local(row.due_at, tz=words.zone).date() - words.today).days,
        who=words.person(row.user_id),
        done=row.done_at is not None,
        done_by=words.person(row.done_by) if row.done_by else "",
        done_at=words.moment(row.done_at),
        can_edit=words.can_edit_tasks or row.user_id == words.user_id,
    )


def field_label(name: str, words: Words) -> str:
    """A field's label; of a contact with the word for it."""
    own = words.own.get(name)
    if own is not None and own.record is RecordKind.CUSTOMER:
        return own.label(words.language)
    key = f"customers.field.{name}"
    if key not in texts():
        key = f"timeline.{name}"
    label = own.label(words.language) if own else words.say(key) if key in texts() else name
    return f"{words.say('customers.field.contact')} · {label}" if name.startswith("contact.") else label


def shown_value(name: str, stored: str, words: Words) -> str:
    """A stored value as a person reads it."""
    if name in words.own:
        return shown(words.own[name], stored, words.language, words.people)
    if name == HAND_GRADE:
        return words.say(f"value_grade.{stored}" if stored in tuple(ValueGrade) else "value_grade.computed")
    if name in _WORDS:
        key = f"{name}.{stored}"
        return words.say(key) if key in texts() else stored
    if name in PEOPLE or name == TAGS:
        known = words.tags if name == TAGS else words.people
        return "、".join(known.get(number, "?") for number in ids_in(stored))
    if name == "region" and stored.isdigit():
        return regions.full_name(stored)
    return words.option(_OPTIONS[name], stored) if name in _OPTIONS else stored


def ids_in(stored: str) -> tuple[int, ...]:
    """The ids that a list-like field held."""
    return tuple(int(part) for part in stored.split(",") if part.isdigit())


def _entry(kind: str, row: Any, words: Words, *, who: int | None, **rest: Any) -> TimelineEntry:
    at = words.moment(row.at)
    return TimelineEntry(
        id=f"{kind}:{row.id}",
        kind=kind,
        at=at,
        day=words.day(row.at),
        time=at[-5:],
        who=words.person(who),
        **rest,
    )

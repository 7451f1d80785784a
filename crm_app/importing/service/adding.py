"""Columns that are kept in fields of the company's own which are yet to be added (R1.8)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission
from crm_app.catalogue import say
from crm_app.core.errors import Forbidden, Refused
from crm_app.core.text import clean_line
from crm_app.fields.schemas import FieldInput, FieldKind, OwnFieldDef
from crm_app.fields.service import add_field, pick_label
from crm_app.importing import queries, rules
from crm_app.importing.schemas import Plan
from crm_app.importing.service.runs import keep_plan
from crm_app.models import ImportRun
from crm_app.options.rules import LABEL_LENGTH


def label_of_new(session: Session, heading: str, language: str) -> str:
    """What a field that keeps such a column would be called; empty when there is no name for it."""
    bare = clean_line(heading, max_length=LABEL_LENGTH)
    if not bare:
        return ""
    former = say(language, "importing.new_field.former", name=bare)
    return pick_label(session, (bare, clean_line(former, max_length=LABEL_LENGTH)))


def fields_to_add(session: Session, actor: Actor, plan: Plan, names: Sequence[str]) -> tuple[OwnFieldDef, ...]:
    """The fields that a plan adds, each under an id of its own that no field has. Raises Forbidden, Refused."""
    columns = [column for column, code in enumerate(plan.mapping) if code == rules.NEW_FIELD]
    if columns and not actor.may(Permission.FIELD_EDIT):
        raise Forbidden
    found: dict[str, OwnFieldDef] = {}
    for column in columns:
        label = label_of_new(session, names[column], actor.language)
        if not label or label in found:
            raise Refused("importing.refused.new_field", name=names[column])
        found[label] = rules.new_field(column, label)
    return tuple(found.values())


def add_fields(session: Session, actor: Actor, run: ImportRun) -> Mapping[int, OwnFieldDef]:
    """Add them: by those ids the fields that now are. The next such file goes there at once.

    Raises Forbidden, Refused.
    """
    plan = Plan.of(run.plan)
    made: dict[int, int] = {}
    for field in fields_to_add(session, actor, plan, run.headings["names"]):
        entry = FieldInput(kind=FieldKind.LINE, label_zh=field.label_zh)
        made[field.id] = add_field(session, actor, entry=entry)
    if not made:
        return {}
    by_id = {field.id: field for field in queries.list_own_fields(session, actor)}
    fields = {before: by_id[after] for before, after in made.items()}
    keys = {rules.place_of(-1 - before, rules.NEW_FIELD): field.key for before, field in fields.items()}
    places = (rules.place_of(column, code) for column, code in enumerate(plan.mapping))
    keep_plan(session, actor, run, replace(plan, mapping=tuple(keys.get(place, place) for place in places)))
    return fields

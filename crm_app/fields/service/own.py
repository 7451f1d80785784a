"""Adding, changing, moving and retiring own fields, and writing what stands in them (R1.8)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import delete, insert
from sqlmodel import Session, col, select

from crm_app.access.actor import Actor
from crm_app.access.audit import Action, record
from crm_app.access.people import staff
from crm_app.access.permissions import Permission, Reach
from crm_app.catalogue import say
from crm_app.core.changes import Change, announce
from crm_app.core.clock import utcnow
from crm_app.core.errors import NotFound, Refused
from crm_app.core.problems import Problem
from crm_app.fields import queries, rules
from crm_app.fields.schemas import (
    CHOOSING,
    CheckedField,
    Conversion,
    FieldInput,
    FieldKind,
    OwnFieldDef,
    RecordKind,
    list_code_of,
)
from crm_app.models import Option, OwnField
from crm_app.options.rules import make_code
from crm_app.options.schemas import OptionRow

_CHUNK = 500
_EXAMPLES = 3


def write_values(session: Session, record_id: int, fields: Iterable[OwnFieldDef], values: Mapping[str, str]) -> None:
    """Put checked values into the fields of a customer that the caller locked, or of a contact of such a one.

    All are fields of that kind of record; those that `values` doesn't name stay as they are. Raises Refused for a field
    that was changed since it was read, as `hold_fields`.
    """
    written = [field for field in fields if field.key in values]
    if not written:
        return
    hold_fields(session, written)
    table, holder = queries.VALUES[written[0].record]
    ids = [field.id for field in written]
    session.execute(delete(table).where(table.c[holder] == record_id, table.c.field_id.in_(ids)))
    _insert(session, [(record_id, field, values[field.key]) for field in written])


def insert_values(session: Session, values: Iterable[tuple[int, OwnFieldDef, str]]) -> None:
    """Put checked values into fields where nothing stands yet, many at once. Raises as `write_values`."""
    listed = list(values)
    hold_fields(session, {field.id: field for _, field, _ in listed}.values())
    _insert(session, listed)


def hold_fields(session: Session, fields: Iterable[OwnFieldDef]) -> None:
    """Let nobody change these fields until this transaction ends.

    Raises Refused where somebody retired one, brought one back or changed its kind since it was read.
    """
    known = {field.id: field for field in fields}
    if not known:
        return
    found = queries.hold_fields(session, known)
    for key, field in known.items():
        if found.get(key) != (field.kind, field.retired):
            raise Refused("fields.problem.gone", label=field.label_zh)


def _insert(session: Session, values: Iterable[tuple[int, OwnFieldDef, str]]) -> None:
    rows: dict[RecordKind, list[dict[str, Any]]] = {}
    for record_id, field, value in values:
        table, holder = queries.VALUES[field.record]
        for row in rules.stored(field.kind, value):
            # No list is in the order of a contact's texts.
            columns = {name: text for name, text in asdict(row).items() if name in table.c}
            rows.setdefault(field.record, []).append({holder: record_id, "field_id": field.id, **columns})
    for kind, some in rows.items():
        for start in range(0, len(some), _CHUNK):
            session.execute(insert(queries.VALUES[kind][0]), some[start : start + _CHUNK])


# --- definitions


def add_field(session: Session, actor: Actor, *, entry: FieldInput, record: RecordKind = RecordKind.CUSTOMER) -> int:
    """Add a field at the end; its id. Raises Forbidden, Invalid by the form's field, Refused for one too many."""
    known = queries.list_all(session, actor, record=record)
    if sum(not field.retired for field in known) >= rules.MOST_FIELDS:
        raise Refused("fields.problem.most", max=rules.MOST_FIELDS)
    checked = rules.check_field(entry, known, _taken(session, record), _role_codes(session))
    row = OwnField(record=record, kind=checked.kind, label_zh=checked.label_zh, position=len(known) + 1)
    session.add(row)
    session.flush()
    _fill(session, row, checked)
    _note(session, actor, Action.FIELD_ADDED, row, new=checked.label_zh, kind=checked.kind)
    return row.id or 0


def pick_label(session: Session, wanted: Iterable[str]) -> str:
    """The first of these names that a new field could have; empty when none is free."""
    known, taken = queries.list_fields(session, include_retired=True), _taken(session, RecordKind.CUSTOMER)
    return next((label for label in wanted if rules.problem_with_label(label, known, taken) is None), "")


def change_field(session: Session, actor: Actor, *, field_id: int, version: int, entry: FieldInput) -> None:
    """Change what a field is called, asks and offers; another kind makes a new field of what stands in it.

    Then the field itself is retired under another name, with all that stands in it. Raises Forbidden, NotFound,
    Invalid, and Refused for one that somebody changed meanwhile.
    """
    queries.list_all(session, actor)
    row = _lock(session, field_id, version)
    before, others = _beside(session, actor, field_id)
    checked = rules.check_field(entry, others, _taken(session, before.record), _role_codes(session))
    filled = queries.list_texts(session, before) if checked.kind is not before.kind else {}
    if filled:
        _convert(session, row, before, checked, filled)
    else:
        _fill(session, row, checked)
    row.version += 1
    _note(session, actor, Action.FIELD_CHANGED, row, **_difference(before, checked))


def preview_change(session: Session, actor: Actor, *, field_id: int, entry: FieldInput) -> Conversion:
    """What a change of the kind would do, before it is done. Raises Forbidden, NotFound, Invalid."""
    before, others = _beside(session, actor, field_id)
    checked = rules.check_field(entry, others, _taken(session, before.record), _role_codes(session))
    filled = queries.list_texts(session, before)
    words = _words(session, before, filled)
    meant = _meanings(_provisional(before, checked), words)
    fitting = sum(value is not None for value in meant.values())
    # Values are shown to whoever sees them with every customer.
    shown = before.seen_by(actor.role_code) and actor.reach(Permission.CUSTOMER_VIEW) is Reach.ALL
    wrong = dict.fromkeys(word for key, word in words.items() if meant[key] is None) if shown else ()
    return Conversion(len(filled), fitting, tuple(word[:40] for word in list(wrong)[:_EXAMPLES]))


def move_field(session: Session, actor: Actor, *, field_id: int, step: int) -> int:
    """Move a field one place up (-1) or down (1) among those in use; its place from 1. Raises Forbidden, NotFound."""
    known = queries.list_all(session, actor, record=_beside(session, actor, field_id)[0].record)
    order = [field.id for field in known]
    shown = [field.id for field in known if not field.retired]
    if field_id not in shown:
        raise NotFound
    place = shown.index(field_id)
    target = min(max(place + (1 if step > 0 else -1), 0), len(shown) - 1)
    if target == place:
        return place + 1
    neighbour = shown[target]
    order.remove(field_id)
    order.insert(order.index(neighbour) + (target > place), field_id)
    places = {one: position for position, one in enumerate(order, start=1)}
    for one in sorted(order):  # As `hold_fields` does, so that nobody waits for each other.
        queries.lock_field(session, one).position = places[one]
    _note(session, actor, Action.FIELD_MOVED, queries.lock_field(session, field_id), old=place + 1, new=target + 1)
    return target + 1


def retire_field(session: Session, actor: Actor, *, field_id: int, version: int) -> int:
    """Show a field nowhere; what stands in it stays. Its version then. Raises Forbidden, NotFound, Refused."""
    queries.list_all(session, actor)
    row = _lock(session, field_id, version)
    if row.retired_at is None:
        row.retired_at = utcnow()
        row.version += 1
        _note(session, actor, Action.FIELD_RETIRED, row, old=row.label_zh)
    return row.version


def restore_field(session: Session, actor: Actor, *, field_id: int, version: int) -> None:
    """Show a retired field again, with what stands in it. Raises Forbidden, NotFound, Refused."""
    queries.list_all(session, actor)
    row = _lock(session, field_id, version)
    if row.retired_at is not None:
        known = queries.list_all(session, actor, record=RecordKind(row.record))
        if sum(not field.retired for field in known) >= rules.MOST_FIELDS:
            raise Refused("fields.problem.most", max=rules.MOST_FIELDS)
        row.retired_at = None
        row.version += 1
        _note(session, actor, Action.FIELD_RESTORED, row, new=row.label_zh)


def _beside(session: Session, actor: Actor, field_id: int) -> tuple[OwnFieldDef, list[OwnFieldDef]]:
    """The field, and the others of its kind of record. Raises Forbidden, NotFound."""
    queries.list_all(session, actor)
    found = next((field for field in queries.list_every(session) if field.id == field_id), None)
    if found is None:
        raise NotFound
    every = queries.list_all(session, actor, record=found.record)
    return found, [field for field in every if field.id != field_id]


def _lock(session: Session, field_id: int, version: int) -> OwnField:
    row = queries.lock_field(session, field_id)
    if row.version != version:
        raise Refused("fields.problem.changed")
    return row


def _taken(session: Session, record: RecordKind) -> list[str]:
    """What the fields are called that every such record has.

    Beside a customer's fields a contact's is called 联系人·…: no customer's field may be called so.
    """
    if record is RecordKind.CONTACT:
        beside = queries.list_fields(session, include_retired=True)
        before = say("zh", "fields.of_contact", label="")
        named = (field.label_zh for field in beside if field.label_zh.startswith(before))
        return [*rules.names_of_contact(), *(label.removeprefix(before) for label in named)]
    contacts = queries.list_fields(session, include_retired=True, record=RecordKind.CONTACT)
    called = (field.called(language) for field in contacts for language in ("zh", "en"))
    return [*rules.names_of_others(queries.list_built_in(session)), *called]


def _role_codes(session: Session) -> list[str]:
    return [code for code, _ in queries.list_roles(session)]


def _fill(session: Session, row: OwnField, checked: CheckedField) -> None:
    """Write a definition, and its choices with the codes that records hold already."""
    row.kind = checked.kind
    for name in ("label_zh", "label_en", "help_zh", "help_en", "required", "longest", "lowest", "highest", "initial"):
        setattr(row, name, getattr(checked, name))
    row.hidden_from, row.fixed_for = ",".join(checked.hidden_from), ",".join(checked.fixed_for)
    session.flush()
    if checked.kind in CHOOSING:
        codes = _write_options(session, row.id or 0, checked.options)
        row.initial = codes.get(checked.initial, "")
    session.flush()


def _write_options(session: Session, field_id: int, labels: Sequence[str]) -> Mapping[str, str]:
    """The choices in their order; those that are not named any more are retired. By label the code."""
    list_code = list_code_of(field_id)
    rows = list(session.scalars(_options_of(list_code)))
    offered = [row for row in rows if row.retired_at is None]
    retired = [row.label_zh for row in rows if row.retired_at is not None]
    pairs = rules.pair_options([row.label_zh for row in offered], labels, retired)
    by_label = {row.label_zh: row for row in rows} | {row.label_zh: row for row in offered}
    kept: set[int] = set()
    codes: dict[str, str] = {}
    for position, label in enumerate(labels, start=1):
        row = by_label.get(pairs.get(label, label))
        if row is None or (row.id or 0) in kept:
            row = Option(list_code=list_code, code=make_code(one.code for one in rows), label_zh=label)
            session.add(row)
            rows.append(row)
        if row.label_zh != label:
            row.label_zh, row.version = label, row.version + 1
        row.position, row.retired_at = position, None
        session.flush()
        kept.add(row.id or 0)
        codes[label] = row.code
    for row in rows:
        if row.id not in kept and row.retired_at is None:
            row.retired_at = utcnow()
    return codes


def _options_of(list_code: str) -> Any:
    return select(Option).where(col(Option.list_code) == list_code).order_by(col(Option.position), col(Option.id))


# --- another kind


def _convert(
    session: Session, row: OwnField, before: OwnFieldDef, checked: CheckedField, filled: Mapping[int, str]
) -> None:
    """A new field with what fits; this one keeps all that stands in it, retired under another name.

    So its history and its choices go on meaning what they meant, and whoever still has it open changes nothing.
    """
    stamp = utcnow()
    row.label_zh, row.retired_at = f"{before.label_zh[:16]}({stamp:%Y%m%d%H%M})", stamp
    made = OwnField(record=row.record, kind=checked.kind, label_zh=checked.label_zh, position=row.position)
    session.add(made)
    session.flush()
    _fill(session, made, checked)
    after = next(field for field in queries.list_every(session) if field.id == made.id)
    codes = {option.label_zh: option.code for option in after.options}
    meant = _meanings(_provisional(before, checked), _words(session, before, filled))
    insert_values(
        session,
        (
            (record_id, after, ",".join(codes[label] for label in value.split("\n")) if codes else value)
            for record_id, value in meant.items()
            if value
        ),
    )


def _provisional(before: OwnFieldDef, checked: CheckedField) -> OwnFieldDef:
    limits = {name: getattr(checked, name) for name in ("longest", "lowest", "highest")}
    return OwnFieldDef(before.id, checked.kind, checked.label_zh, options=_labelled(checked), **limits)


def _labelled(checked: CheckedField) -> tuple[OptionRow, ...]:
    return tuple(OptionRow(label, label, "") for label in checked.options)


def _words(session: Session, before: OwnFieldDef, filled: Mapping[int, str]) -> dict[int, str]:
    """The values as people read them: choices by their labels, one a line; people by their names."""
    match before.kind:
        case FieldKind.CHOICE | FieldKind.CHOICES:
            labels = {option.code: option.label_zh for option in before.options}
        case FieldKind.FLAG:
            labels = {word: say("zh", f"fields.flag.{word}") for word in (rules.YES, rules.NO)}
        case FieldKind.PERSON:
            labels = {str(key): name for key, name in staff(session).names.items()}
        case _:
            return dict(filled)
    return {
        record_id: "\n".join(labels.get(code, code) for code in value.split(",")) for record_id, value in filled.items()
    }


def _meanings(field: OwnFieldDef, words: Mapping[int, str]) -> dict[int, str | None]:
    """What each value means in the new kind, None where it means nothing; choices by their labels, one a line."""
    found: dict[str, str | None] = {}
    for word in dict.fromkeys(words.values()):
        found[word] = _meaning(field, word)
    return {record_id: found[word] for record_id, word in words.items()}


def _meaning(field: OwnFieldDef, word: str) -> str | None:
    if field.kind in CHOOSING:
        labels = {option.label_zh for option in field.options}
        parts = word.split("\n") if field.kind is FieldKind.CHOICES else [word]
        return "\n".join(parts) if all(part in labels for part in parts) else None
    value = rules.check_value(field, word.replace("\n", "、"))
    return None if isinstance(value, Problem) else value


def _difference(before: OwnFieldDef, after: CheckedField) -> dict[str, str]:
    """Old and new of what changed, for the audit log."""
    found: dict[str, str] = {}
    for name in ("kind", "label_zh", "label_en", "required", "longest", "lowest", "highest"):
        old, new = str(getattr(before, name)), str(getattr(after, name))
        if old != new:
            found |= {f"{name}.old": old, f"{name}.new": new}
    for name in ("hidden_from", "fixed_for"):
        old, new = ",".join(sorted(getattr(before, name))), ",".join(getattr(after, name))
        if old != new:
            found |= {f"{name}.old": old, f"{name}.new": new}
    return found


def _note(session: Session, actor: Actor, action: Action, row: OwnField, **detail: Any) -> None:
    """Write the audit entry and tell the open pages."""
    record(session, action, actor=actor, subject_kind="own_field", subject_id=str(row.id), **detail)
    announce(Change("own_field", actor_id=actor.user_id))

"""Reading definitions of fields, and what stands in own ones: by whoever reached the customer."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from sqlalchemy import Table, and_, case, func, select
from sqlmodel import Session, col

from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission
from crm_app.catalogue import rename
from crm_app.core.errors import Forbidden, NotFound
from crm_app.core.reference import Reference, look_first
from crm_app.core.sql import table_of
from crm_app.fields.schemas import (
    ALWAYS_REQUIRED,
    BUILT_IN,
    CHOOSING,
    BuiltInField,
    FieldKind,
    OwnFieldDef,
    RecordKind,
    field_id_of,
    list_code_of,
)
from crm_app.models import ContactValue, Customer, FieldSetting, Option, OwnField, OwnValue, Role
from crm_app.options.queries import list_options

VALUES: Mapping[RecordKind, tuple[Table, str]] = MappingProxyType(
    {
        RecordKind.CUSTOMER: (table_of(OwnValue), "customer_id"),
        RecordKind.CONTACT: (table_of(ContactValue), "contact_id"),
    }
)
"""Where the values of a record's fields stand, and the column that says whose they are."""


def _read_fields(session: Session) -> tuple[OwnFieldDef, ...]:
    rows = session.execute(select(OwnField).order_by(col(OwnField.position), col(OwnField.id))).scalars()
    return tuple(_definition(session, row) for row in rows)


def _definition(session: Session, row: OwnField) -> OwnFieldDef:
    kind, key = FieldKind(row.kind), row.id or 0
    return OwnFieldDef(
        id=key,
        kind=kind,
        label_zh=row.label_zh,
        label_en=row.label_en,
        help_zh=row.help_zh,
        help_en=row.help_en,
        required=row.required,
        longest=row.longest,
        lowest=row.lowest,
        highest=row.highest,
        initial=row.initial,
        hidden_from=_codes(row.hidden_from),
        fixed_for=_codes(row.fixed_for),
        retired=row.retired_at is not None,
        version=row.version,
        options=list_options(session, list_code_of(key), include_retired=True) if kind in CHOOSING else (),
        record=RecordKind(row.record),
    )


def _codes(text: str) -> frozenset[str]:
    return frozenset(filter(None, text.split(",")))


_fields = Reference(_read_fields, OwnField, Option)


def list_fields(
    session: Session, *, include_retired: bool = False, record: RecordKind = RecordKind.CUSTOMER
) -> tuple[OwnFieldDef, ...]:
    """The own fields of one kind of record in their order, whoever asks."""
    return tuple(
        field for field in _fields.get(session) if field.record is record and (include_retired or not field.retired)
    )


def list_every(session: Session) -> tuple[OwnFieldDef, ...]:
    """The own fields of all records, retired ones too, whoever asks; the same object until one changes."""
    return _fields.get(session)


def fields_for(session: Session, actor: Actor, *, record: RecordKind = RecordKind.CUSTOMER) -> tuple[OwnFieldDef, ...]:
    """The fields that the actor's role sees."""
    return tuple(field for field in list_fields(session, record=record) if field.seen_by(actor.role_code))


def hidden_keys(session: Session, actor: Actor) -> frozenset[str]:
    """The paths of the fields, of all records, of which the actor must not learn what stands in them."""
    return frozenset(field.path for field in list_every(session) if actor.role_code in field.hidden_from)


def values_of(
    session: Session, ids: Sequence[int], keys: Collection[str], *, record: RecordKind = RecordKind.CUSTOMER
) -> Mapping[int, Mapping[str, str]]:
    """By record and key what stands in the fields of these keys; an empty one is absent."""
    if not keys or not ids:
        return MappingProxyType({})
    table, holder = VALUES[record]
    c, whose = table.c, table.c[holder]
    by_id = {field_id_of(key): key for key in keys}
    rows = session.execute(
        select(whose, c.field_id, c.text)
        .where(whose.in_(ids), c.field_id.in_(by_id))
        .order_by(whose, c.field_id, c.place)
    )
    found: dict[int, dict[str, str]] = defaultdict(dict)
    for one, field_id, text in rows:
        values, key = found[one], by_id[field_id]
        values[key] = f"{values[key]},{text}" if key in values else text
    return found


def list_all(session: Session, actor: Actor, *, record: RecordKind = RecordKind.CUSTOMER) -> tuple[OwnFieldDef, ...]:
    """All fields of a kind of record for their administrator. Raises Forbidden."""
    if not actor.may(Permission.FIELD_EDIT):
        raise Forbidden
    return list_fields(session, include_retired=True, record=record)


def lock_field(session: Session, field_id: int) -> OwnField:
    """The field, nobody else's until the transaction ends, and as it is by now. Raises NotFound."""
    asked = select(OwnField).where(col(OwnField.id) == field_id).with_for_update()
    found = session.execute(asked.execution_options(populate_existing=True)).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


def hold_fields(session: Session, ids: Collection[int]) -> Mapping[int, tuple[str, bool]]:
    """By field its kind and whether it is retired, as it is now and stays until this transaction ends.

    Whoever changes a field waits for those who write into it, and the other way round.
    """
    c = table_of(OwnField).c
    asked = select(c.id, c.kind, c.retired_at).where(c.id.in_(ids)).order_by(c.id).with_for_update(read=True)
    return {key: (kind, retired_at is not None) for key, kind, retired_at in session.execute(asked)}


def count_filled(session: Session) -> Mapping[int, int]:
    """In how many records each field says something; those of deleted customers count, as they may come back."""
    found: dict[int, int] = {}
    for table, _ in VALUES.values():
        c = table.c
        rows = session.execute(select(c.field_id, func.count()).where(c.place == 0).group_by(c.field_id))
        found |= {field_id: count for field_id, count in rows}  # noqa: C416 - Rows, not pairs.
    return found


def list_texts(session: Session, field: OwnFieldDef) -> Mapping[int, str]:
    """By record what stands in a field, of all of them: to see what a change of its kind would do."""
    table, holder = VALUES[field.record]
    c, whose = table.c, table.c[holder]
    found: dict[int, str] = {}
    rows = select(whose, c.text).where(c.field_id == field.id).order_by(whose, c.place)
    for one, text in session.execute(rows):
        found[one] = f"{found[one]},{text}" if one in found else text
    return found


def list_roles(session: Session) -> tuple[tuple[str, str], ...]:
    """Code and name of each role."""
    c = table_of(Role).c
    return tuple((code, name) for code, name in session.execute(select(c.code, c.name).order_by(c.id)))


# --- the fields that every customer has


def _read_built_in(session: Session) -> tuple[BuiltInField, ...]:
    rows = {row.name: row for row in session.execute(select(FieldSetting)).scalars()}
    return tuple(
        BuiltInField(
            name=name,
            label_zh=row.label_zh,
            label_en=row.label_en,
            help_zh=row.help_zh,
            help_en=row.help_en,
            required=row.required or name in ALWAYS_REQUIRED,
            version=row.version,
        )
        if (row := rows.get(name))
        else BuiltInField(name, required=name in ALWAYS_REQUIRED)
        for name in sorted(BUILT_IN, key=lambda name: _place(rows.get(name), name))
    )


def _place(row: FieldSetting | None, name: str) -> tuple[int, int]:
    came = BUILT_IN.index(name)
    return (came + 1 if row is None or row.position is None else row.position), came


_built_in = Reference(_read_built_in, FieldSetting)


def list_built_in(session: Session) -> tuple[BuiltInField, ...]:
    """The fields that every customer has, in their order, whoever asks; the same object until one changes."""
    return _built_in.get(session)


def list_required(session: Session) -> frozenset[str]:
    """The names of those that must be filled in."""
    return frozenset(field.name for field in list_built_in(session) if field.required)


@look_first
def name_fields(session: Session) -> None:
    """Have this process say what the company calls the fields."""
    named = (field for field in list_built_in(session) if field.label_zh or field.label_en)
    rename({field.name: (field.label_zh, field.label_en) for field in named})


def list_for_administrator(session: Session, actor: Actor) -> tuple[BuiltInField, ...]:
    """As `list_built_in`. Raises Forbidden."""
    if not actor.may(Permission.FIELD_EDIT):
        raise Forbidden
    return list_built_in(session)


def count_lacking(session: Session) -> Mapping[str, int]:
    """How many customers have nothing in each field that may be empty: one walk through all, deleted ones left out."""
    c = table_of(Customer).c
    empty = {
        name: and_(c.province == "", c.city == "") if name == "region" else c[name].is_(None) | (c[name] == "")
        for name in BUILT_IN
        if name not in ALWAYS_REQUIRED and name != "founded_on"
    } | {"founded_on": c.founded_on.is_(None)}
    counted = [func.count(case((condition, 1))).label(name) for name, condition in empty.items()]
    row = session.execute(select(*counted).where(c.deleted_at.is_(None))).one()
    return {name: int(getattr(row, name)) for name in empty}

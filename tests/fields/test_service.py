"""Own fields on both engines: made, changed, moved, retired, and never losing what stands in them (R1.8)."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from crm_app.access.actor import Actor
from crm_app.core.db import Database
from crm_app.core.errors import Forbidden, NotFound, Refused
from crm_app.core.problems import Invalid
from crm_app.fields import queries, service
from crm_app.fields.schemas import FieldInput, FieldKind, OwnFieldDef
from crm_app.models import AuditEntry, OwnField
from tests.factories import Office, make_customer

Write = Callable[..., Any]


@pytest.fixture
def write(db: Database) -> Write:
    """Run a use case in a transaction of its own."""

    def run(use_case: Callable[..., Any], *args: Any, **more: Any) -> Any:
        with db.writing() as session:
            return use_case(session, *args, **more)

    return run


@pytest.fixture
def read(db: Database) -> Write:
    """Read in a session of its own."""

    def run(query: Callable[..., Any], *args: Any, **more: Any) -> Any:
        with db.reading() as session:
            return query(session, *args, **more)

    return run


def add(write: Write, actor: Actor, label: str, kind: str = "line", **more: Any) -> int:
    return write(service.add_field, actor, entry=FieldInput(kind, label, **more))


def one(read: Write, field_id: int) -> OwnFieldDef:
    every = read(queries.list_fields, include_retired=True)
    return next(field for field in every if field.id == field_id)


def put(session: Session, values: dict[str, str], field: OwnFieldDef, owner: Actor) -> list[int]:
    """Customers with these values, by their names."""
    ids = []
    for name, value in values.items():
        customer = make_customer(session, name=name, owner=owner)
        service.write_values(session, customer.id or 0, [field], {field.key: value})
        ids.append(customer.id or 0)
    return ids


def texts(session: Session, ids: list[int], field: OwnFieldDef) -> list[str]:
    found = queries.values_of(session, ids, [field.key])
    return [found.get(key, {}).get(field.key, "") for key in ids]


def test_a_field_is_added_at_the_end_and_moved(office: Office, write: Write, read: Write):
    ids = [add(write, office.admin, label) for label in ("甲", "乙", "丙")]
    assert [field.id for field in read(queries.list_fields)] == ids
    assert write(service.move_field, office.admin, field_id=ids[2], step=-1) == 2
    assert [field.label_zh for field in read(queries.list_fields)] == ["甲", "丙", "乙"]
    assert write(service.move_field, office.admin, field_id=ids[0], step=-1) == 1
    write(service.retire_field, office.admin, field_id=ids[2], version=1)
    assert write(service.move_field, office.admin, field_id=ids[0], step=1) == 2
    assert [field.label_zh for field in read(queries.list_fields)] == ["乙", "甲"]
    with pytest.raises(NotFound):
        write(service.move_field, office.admin, field_id=ids[2], step=1)


def test_only_their_administrator_makes_and_changes_fields(office: Office, write: Write, read: Write):
    field_id = add(write, office.admin, "甲")
    entry = FieldInput("line", "乙")
    for name, actor in office.everybody().items():
        if name == "admin":
            continue
        for call in (
            lambda actor=actor: write(service.add_field, actor, entry=entry),
            lambda actor=actor: write(service.change_field, actor, field_id=field_id, version=1, entry=entry),
            lambda actor=actor: write(service.move_field, actor, field_id=field_id, step=1),
            lambda actor=actor: write(service.retire_field, actor, field_id=field_id, version=1),
            lambda actor=actor: write(service.restore_field, actor, field_id=field_id, version=1),
            lambda actor=actor: read(service.preview_change, actor, field_id=field_id, entry=entry),
            lambda actor=actor: read(queries.list_all, actor),
        ):
            with pytest.raises(Forbidden):
                call()
    assert [field.label_zh for field in read(queries.list_fields)] == ["甲"]


def test_each_step_leaves_its_trace(office: Office, write: Write, read: Write):
    field_id = add(write, office.admin, "甲")
    write(service.change_field, office.admin, field_id=field_id, version=1, entry=FieldInput("line", "乙"))
    version = write(service.retire_field, office.admin, field_id=field_id, version=2)
    write(service.restore_field, office.admin, field_id=field_id, version=version)

    def actions(session: Session) -> list[str]:
        entries = select(col(AuditEntry.action)).where(col(AuditEntry.subject_kind) == "own_field")
        return list(session.scalars(entries.order_by(col(AuditEntry.id))))

    assert read(actions) == ["field:added", "field:changed", "field:retired", "field:restored"]


def test_two_names_alike_are_refused_also_of_retired_and_built_in_fields(office: Office, write: Write):
    field_id = add(write, office.admin, "原编码")
    write(service.retire_field, office.admin, field_id=field_id, version=1)
    for label, code in (("原编码", "fields.problem.retired_twin"), ("所属行业", "fields.problem.taken")):
        with pytest.raises(Invalid) as refused:
            add(write, office.admin, label)
        assert refused.value.problems["label_zh"].code == code


def test_whoever_changes_what_somebody_else_changed_is_told(office: Office, write: Write):
    field_id = add(write, office.admin, "甲")
    write(service.change_field, office.admin, field_id=field_id, version=1, entry=FieldInput("line", "乙"))
    with pytest.raises(Refused):
        write(service.change_field, office.admin, field_id=field_id, version=1, entry=FieldInput("line", "丙"))
    with pytest.raises(Refused):
        write(service.retire_field, office.admin, field_id=field_id, version=1)


def test_choices_keep_their_codes_when_they_are_renamed_moved_and_retired(office: Office, write: Write, read: Write):
    field_id = add(write, office.admin, "规模", "choice", options="大\n中\n小", initial="中")

    def change(options: str, version: int) -> OwnFieldDef:
        entry = FieldInput("choice", "规模", options=options)
        write(service.change_field, office.admin, field_id=field_id, version=version, entry=entry)
        return one(read, field_id)

    made = one(read, field_id)
    assert [(o.code, o.label_zh) for o in made.options] == [("v1", "大"), ("v2", "中"), ("v3", "小")]
    assert made.initial == "v2"
    renamed = change("大\n中型\n小", 1)
    assert [(o.code, o.label_zh) for o in renamed.options] == [("v1", "大"), ("v2", "中型"), ("v3", "小")]
    moved = change("小\n大\n微", 2)
    assert [(o.code, o.label_zh, o.retired) for o in moved.options if not o.retired] == [
        ("v3", "小", False),
        ("v1", "大", False),
        ("v4", "微", False),
    ]
    assert [o.code for o in moved.options if o.retired] == ["v2"]
    back = change("小\n中型\n微", 3)
    assert {o.label_zh: o.code for o in back.options if not o.retired} == {"小": "v3", "中型": "v2", "微": "v4"}


def test_another_kind_says_first_what_it_does_and_loses_nothing(
    office: Office, write: Write, read: Write, db: Database
):
    field_id = add(write, office.admin, "采购额")
    field = one(read, field_id)
    values = {"甲": "50万", "乙": "1,200", "丙": "面议", "丁": ""}
    with db.writing() as session:
        ids = put(session, values, field, office.sales)
    entry = FieldInput("amount", "采购额")
    found = read(service.preview_change, office.admin, field_id=field_id, entry=entry)
    assert (found.filled, found.fitting, found.examples) == (3, 2, ("面议",))
    write(service.change_field, office.admin, field_id=field_id, version=1, entry=entry)
    (made,) = read(queries.list_fields)
    assert (made.kind, made.label_zh) == (FieldKind.AMOUNT, "采购额")
    assert read(texts, ids, made) == ["500000", "1200", "", ""]
    old = one(read, field_id)
    assert (old.retired, old.kind) == (True, FieldKind.LINE)
    assert read(texts, ids, old) == ["50万", "1,200", "面议", ""]


def test_another_kind_of_an_empty_field_is_the_same_field(office: Office, write: Write, read: Write):
    field_id = add(write, office.admin, "规模", "choices", options="大\n中\n小")
    write(service.change_field, office.admin, field_id=field_id, version=1, entry=FieldInput("line", "规模"))
    assert [(f.id, f.kind) for f in read(queries.list_fields, include_retired=True)] == [(field_id, FieldKind.LINE)]


def test_what_is_kept_as_codes_is_converted_as_it_reads(office: Office, write: Write, read: Write, db: Database):
    """Also where the name of the field is as long as it may be."""
    for kind, value, options, text in (
        ("choices", "v1,v3", "大\n中\n小", "大、小"),
        ("flag", "yes", "", "是"),
        ("person", str(office.sales.user_id), "", office.sales.name),
    ):
        label = f"{kind}{'字' * 30}"[:30]
        field_id = add(write, office.admin, label, kind, options=options)
        with db.writing() as session:
            ids = put(session, {kind: value}, one(read, field_id), office.sales)
        write(service.change_field, office.admin, field_id=field_id, version=1, entry=FieldInput("line", label))
        made = next(f for f in read(queries.list_fields) if f.label_zh == label)
        assert read(texts, ids, made) == [text]
        assert read(texts, ids, one(read, field_id)) == [value]


def test_a_preview_shows_no_values_out_of_sight(office: Office, write: Write, read: Write, db: Database):
    field_id = add(write, office.admin, "评级", hidden_from=("administrator",))
    with db.writing() as session:
        put(session, {"甲": "黑名单"}, one(read, field_id), office.sales)
    found = read(service.preview_change, office.admin, field_id=field_id, entry=FieldInput("amount", "评级"))
    assert (found.filled, found.fitting, found.examples) == (1, 0, ())


def test_a_text_becomes_a_choice_by_its_labels(office: Office, write: Write, read: Write, db: Database):
    field_id = add(write, office.admin, "规模")
    with db.writing() as session:
        ids = put(session, {"甲": "大", "乙": "中", "丙": "巨大"}, one(read, field_id), office.sales)
    entry = FieldInput("choice", "规模", options="中\n大")
    write(service.change_field, office.admin, field_id=field_id, version=1, entry=entry)
    (made,) = read(queries.list_fields)
    labels = {option.code: option.label_zh for option in made.options}
    assert [labels.get(code, "") for code in read(texts, ids, made)] == ["大", "中", ""]


def test_a_retired_field_keeps_what_stands_in_it(office: Office, write: Write, read: Write, db: Database):
    field_id = add(write, office.admin, "甲")
    with db.writing() as session:
        ids = put(session, {"甲": "值"}, one(read, field_id), office.sales)
    version = write(service.retire_field, office.admin, field_id=field_id, version=1)
    assert read(queries.list_fields) == ()
    assert read(queries.fields_for, office.admin) == ()
    write(service.restore_field, office.admin, field_id=field_id, version=version)
    assert read(texts, ids, one(read, field_id)) == ["值"]
    assert read(queries.count_filled) == {field_id: 1}


def test_no_more_fields_than_a_form_can_hold(
    office: Office, write: Write, db: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("crm_app.fields.rules.MOST_FIELDS", 2)
    first = add(write, office.admin, "甲")
    add(write, office.admin, "乙")
    with pytest.raises(Refused):
        add(write, office.admin, "丙")
    version = write(service.retire_field, office.admin, field_id=first, version=1)
    add(write, office.admin, "丙")
    with pytest.raises(Refused):
        write(service.restore_field, office.admin, field_id=first, version=version)
    with db.reading() as session:
        assert session.get_one(OwnField, first).retired_at is not None

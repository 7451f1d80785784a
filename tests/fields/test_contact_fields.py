"""Own fields of contacts on both engines: a list of their own, by the rules of those of customers (R1.8)."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import Session, select

from crm_app.access.actor import Actor
from crm_app.core import migrate
from crm_app.core.db import Database
from crm_app.core.errors import Refused
from crm_app.core.problems import Invalid
from crm_app.fields import queries, rules, service
from crm_app.fields.schemas import FieldInput, FieldKind, OwnFieldDef, RecordKind
from crm_app.models import Contact, OwnField
from crm_app.options.queries import list_options
from tests.factories import Office, make_customer

Run = Callable[..., Any]
CONTACT = RecordKind.CONTACT


@pytest.fixture
def write(db: Database) -> Run:
    """Run a use case in a transaction of its own."""

    def run(use_case: Callable[..., Any], *args: Any, **more: Any) -> Any:
        with db.writing() as session:
            return use_case(session, *args, **more)

    return run


@pytest.fixture
def read(db: Database) -> Run:
    """Read in a session of its own."""

    def run(query: Callable[..., Any], *args: Any, **more: Any) -> Any:
        with db.reading() as session:
            return query(session, *args, **more)

    return run


def add(write: Run, actor: Actor, label: str, kind: str = "line", record: RecordKind = CONTACT, **more: Any) -> int:
    return write(service.add_field, actor, entry=FieldInput(kind, label, **more), record=record)


def put(session: Session, field: OwnFieldDef, owner: Actor, *values: str) -> list[int]:
    """Contacts with these values."""
    ids = []
    for value in values:
        customer = make_customer(session, owner=owner)
        contact = session.exec(select(Contact).where(Contact.customer_id == customer.id)).one()
        service.write_values(session, contact.id or 0, [field], {field.key: value})
        ids.append(contact.id or 0)
    return ids


def test_each_kind_of_record_has_its_own_list_and_order(office: Office, write: Run, read: Run):
    first = add(write, office.admin, "编码", record=RecordKind.CUSTOMER)
    role, since = add(write, office.admin, "决策角色"), add(write, office.admin, "入职日期", "day")
    assert [field.id for field in read(queries.list_fields)] == [first]
    assert [field.id for field in read(queries.list_fields, record=CONTACT)] == [role, since]
    assert write(service.move_field, office.admin, field_id=since, step=-1) == 1
    assert [field.id for field in read(queries.list_fields, record=CONTACT)] == [since, role]
    assert write(service.move_field, office.admin, field_id=first, step=1) == 1, "it is the only one of its kind"


def test_a_name_is_free_unless_a_field_of_contacts_has_it(office: Office, write: Run):
    add(write, office.admin, "编码", record=RecordKind.CUSTOMER)
    add(write, office.admin, "编码")
    for label, code in (("手机", "taken"), ("Birthday", "taken"), ("编码", "twin")):
        with pytest.raises(Invalid) as refused:
            add(write, office.admin, label)
        assert refused.value.problems["label_zh"].code == f"fields.problem.{code}"
    # In lists and files it is called 联系人·编码, and so is nothing else.
    with pytest.raises(Invalid):
        add(write, office.admin, "联系人·编码", record=RecordKind.CUSTOMER)
    add(write, office.admin, "联系人·级别", record=RecordKind.CUSTOMER)
    with pytest.raises(Invalid):
        add(write, office.admin, "级别")


def test_each_kind_of_record_has_as_many_as_there_may_be(office: Office, write: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rules, "MOST_FIELDS", 1)
    add(write, office.admin, "编码", record=RecordKind.CUSTOMER)
    add(write, office.admin, "编码")
    with pytest.raises(Refused):
        add(write, office.admin, "级别")


def test_values_stand_with_the_contact_and_go_with_it(office: Office, write: Run, read: Run, db: Database):
    field_id = add(write, office.admin, "爱好", "choices", options="茶\n棋\n书")
    (field,) = read(queries.list_fields, record=CONTACT)
    with db.writing() as session:
        ids = put(session, field, office.sales, "v1,v3", "v2", "")
    found = read(queries.values_of, ids, [field.key], record=CONTACT)
    assert [found.get(one, {}).get(field.key, "") for one in ids] == ["v1,v3", "v2", ""]
    assert read(queries.count_filled) == {field_id: 2}
    with db.writing() as session:
        session.delete(session.get_one(Contact, ids[0]))
    assert read(queries.count_filled) == {field_id: 1}


def test_another_kind_takes_over_what_fits_and_retires_the_rest(office: Office, write: Run, read: Run, db: Database):
    field_id = add(write, office.admin, "工龄")
    (field,) = read(queries.list_fields, record=CONTACT)
    with db.writing() as session:
        ids = put(session, field, office.sales, "12", "很久")
    entry = FieldInput("number", "工龄")
    found = read(service.preview_change, office.admin, field_id=field_id, entry=entry)
    assert (found.filled, found.fitting, found.examples) == (2, 1, ("很久",))
    write(service.change_field, office.admin, field_id=field_id, version=1, entry=entry)
    (made,) = read(queries.list_fields, record=CONTACT)
    assert (made.kind, made.label_zh) == (FieldKind.NUMBER, "工龄")
    assert read(queries.values_of, ids, [made.key], record=CONTACT) == {ids[0]: {made.key: "12"}}
    assert read(queries.values_of, ids, [field.key], record=CONTACT)[ids[1]] == {field.key: "很久"}
    assert read(queries.list_fields) == (), "none of customers came of it"


def test_a_role_that_may_not_see_it_learns_nothing_of_it(office: Office, write: Run, read: Run):
    field_id = add(write, office.admin, "评价", hidden_from=("sales_rep",))
    assert read(queries.fields_for, office.sales, record=CONTACT) == ()
    assert [field.id for field in read(queries.fields_for, office.admin, record=CONTACT)] == [field_id]
    assert read(queries.hidden_keys, office.sales) == {f"contact.own_{field_id}"}


def test_without_the_migration_customers_keep_their_fields(office: Office, write: Run, db: Database):
    kept = add(write, office.admin, "编码", "choice", record=RecordKind.CUSTOMER, options="甲")
    gone = add(write, office.admin, "角色", "choice", options="乙")
    migrate.downgrade(db.engine, "0017")
    migrate.upgrade(db.engine)
    with db.writing() as session:
        row = session.get_one(OwnField, kept)
        assert (row.record, row.label_zh) == ("customer", "编码")
        assert session.get(OwnField, gone) is None
        assert [one.label_zh for one in list_options(session, f"own_{kept}")] == ["甲"]
        assert list_options(session, f"own_{gone}") == ()

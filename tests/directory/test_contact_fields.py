"""Own fields of contacts in the list: what the main contact says is a condition and a column (R1.8, R3.1)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import parse_qsl

import pytest
from sqlmodel import select

from crm_app.access.actor import Actor
from crm_app.core.db import Database
from crm_app.directory.queries import find_page, list_for, list_rows, list_values, load_known, read_cell
from crm_app.directory.rules import why_fixed
from crm_app.fields import service
from crm_app.fields.queries import list_fields
from crm_app.fields.schemas import FieldInput, RecordKind
from crm_app.listing.rules.address import parse_query
from crm_app.listing.rules.typed import parse_typed
from crm_app.models import Contact
from tests.factories import Office, make_customer
from tests.plans import plans

TODAY = date(2024, 5, 20)
FIELDS: dict[str, dict[str, Any]] = {
    "职称": {"kind": "line"},
    "工龄": {"kind": "number"},
    "入职日期": {"kind": "day"},
    "决策角色": {"kind": "choice", "options": "决策者\n使用者\n影响者"},
    "爱好": {"kind": "choices", "options": "茶\n棋\n书"},
    "对接人": {"kind": "person"},
    "评价": {"kind": "line", "hidden_from": ("sales_rep",)},
}
ROWS: dict[str, dict[str, str]] = {
    "甲公司": {"职称": "高级工程师", "工龄": "12.5", "入职日期": "2012-03-01", "决策角色": "v1", "爱好": "v1,v3"},
    "乙公司": {"职称": "工程师", "工龄": "3", "入职日期": "2024-05-02", "决策角色": "v2", "爱好": "v3"},
    "丙公司": {"评价": "难缠"},
}


@dataclass(frozen=True)
class Shop:
    """Customers whose main contacts differ; each has another contact that says the same everywhere."""

    db: Database
    office: Office
    keys: dict[str, str]

    def query(self, session: Any, actor: Actor, address: str) -> Any:
        known = load_known(session, today=TODAY)
        for label, key in self.keys.items():
            address = address.replace(f"{{{label}}}", key)
        asked = parse_query(list_for(actor, known), dict(parse_qsl(address)), known)
        return asked, known

    def rows(self, actor: Actor, address: str) -> tuple[Any, ...]:
        with self.db.reading() as session:
            asked, known = self.query(session, actor, address)
            assert not asked.ignored, asked.ignored
            page = find_page(session, actor, asked.query, known)
            return list_rows(session, actor, page.ids, asked.query.columns, known)

    def find(self, actor: Actor, address: str) -> str:
        return "".join(sorted((row.name[0] for row in self.rows(actor, address)), key="甲乙丙".index))


@pytest.fixture
def shop(db: Database, office: Office) -> Iterator[Shop]:
    with db.writing() as session:
        for label, more in FIELDS.items():
            entry = FieldInput(label_zh=label, **more)
            service.add_field(session, office.admin, entry=entry, record=RecordKind.CONTACT)
    with db.writing() as session:
        fields = {field.label_zh: field for field in list_fields(session, record=RecordKind.CONTACT)}
        for name, values in ROWS.items():
            customer = make_customer(session, name=name, owner=office.sales)
            main = session.exec(select(Contact).where(Contact.customer_id == customer.id)).one()
            other = Contact(customer_id=customer.id or 0, name="王五", mobile="13700000000")
            session.add(other)
            session.flush()
            named = {fields[label].key: value for label, value in values.items()}
            if name == "甲公司":
                named[fields["对接人"].key] = str(office.sales.user_id)
            service.write_values(session, main.id or 0, fields.values(), named)
            service.write_values(session, other.id or 0, fields.values(), {fields["职称"].key: "前台"})
    yield Shop(db, office, {label: field.key for label, field in fields.items()})


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("{职称}.contains.工程师", "甲乙"),
        ("{职称}.is.工程师", "乙"),
        ("{职称}.starts.高级", "甲"),
        ("{职称}.not.工程师", "甲丙"),
        ("{职称}.is.前台", ""),
        ("{职称}.empty", "丙"),
        ("{职称}.filled", "甲乙"),
        ("{工龄}.gte.10", "甲"),
        ("{工龄}.between.1,20", "甲乙"),
        ("{入职日期}.within.this-month", "乙"),
        ("{决策角色}.in.v1,v3", "甲"),
        ("{决策角色}.out.v1", "乙丙"),
        ("{爱好}.any.v1", "甲"),
        ("{爱好}.all.v1,v3", "甲"),
        ("{爱好}.none.v1", "乙丙"),
        ("{对接人}.in.me", "甲"),
    ],
)
def test_each_operator_asks_the_main_contact(shop: Shop, condition: str, found: str):
    office = shop.office
    for actor in (office.sales,) if condition.endswith(".me") else (office.sales, office.manager, office.admin):
        assert shop.find(actor, f"f={condition}") == found


def test_a_column_shows_the_main_contacts(shop: Shop):
    columns = ",".join(shop.keys[label] for label in ("职称", "决策角色", "爱好", "工龄"))
    cells = {row.name[0]: row.cells for row in shop.rows(shop.office.sales, f"cols=name,{columns}")}
    assert cells["甲"][-4:] == ("高级工程师", "决策者", "v1,v3", "12.5")
    assert cells["丙"][-4:] == ("", "", "", "")


def test_a_file_holds_values_and_is_headed_by_whose_they_are(shop: Shop):
    with shop.db.reading() as session:
        asked, known = shop.query(session, shop.office.admin, "f={职称}.is.高级工程师")
        definition = list_for(shop.office.admin, known)
        fields = [definition.fields[shop.keys[label]] for label in ("工龄", "入职日期", "爱好")]
        ids = find_page(session, shop.office.admin, asked.query, known).ids
        values = list_values(session, shop.office.admin, ids, fields, known)
    assert [str(one[0]) for one in values] == ["12.5", "2012-03-01", "茶、书"]
    assert fields[0].called == ("联系人·工龄", "Contact · 工龄")


def test_a_role_that_may_not_see_it_has_no_such_field(shop: Shop):
    assert shop.find(shop.office.manager, "f={评价}.contains.难") == "丙"
    with shop.db.reading() as session:
        asked, known = shop.query(session, shop.office.sales, "f={评价}.contains.难")
        assert asked.ignored
        assert shop.keys["评价"] not in list_for(shop.office.sales, known).fields


def test_it_gives_no_order_and_its_cells_are_edited_elsewhere(shop: Shop):
    with shop.db.reading() as session:
        _, known = shop.query(session, shop.office.admin, "")
        fields = list_for(shop.office.admin, known).fields
    for key in shop.keys.values():
        assert not fields[key].sortable
        assert why_fixed(shop.office.admin, fields[key]) == "directory.cell.contact"


def test_a_cell_is_a_condition(shop: Shop):
    (row,) = shop.rows(shop.office.sales, "f={职称}.is.高级工程师")
    with shop.db.reading() as session:
        asked = {"number": row.key, "key": shop.keys["爱好"], "code": "v3"}
        condition = read_cell(session, shop.office.sales, **asked)
    assert condition is not None
    assert (condition.field, condition.operator, condition.values) == (shop.keys["爱好"], "any", ("v3",))


def test_the_search_box_knows_them(shop: Shop):
    with shop.db.reading() as session:
        _, known = shop.query(session, shop.office.sales, "")
        typed = parse_typed(list_for(shop.office.sales, known), "联系人·决策角色:决策者", known, finished=True)
    assert [(one.field, one.values) for one in typed.conditions] == [(shop.keys["决策角色"], ("v1",))]


def test_indices_answer_each_condition(shop: Shop):
    for condition, column in {"{职称}.is.x": "key", "{工龄}.gte.1": "number", "{爱好}.any.v1": "key"}.items():

        def run(session: Any, address: str = f"f={condition}") -> None:
            asked, known = shop.query(session, shop.office.admin, address)
            find_page(session, shop.office.admin, asked.query, known)

        found = "\n".join(plan for sql, plan in plans(shop.db, run).items() if "contact_value" in sql)
        assert f"ix_contact_value_field_id_{column}" in found, (condition, found)

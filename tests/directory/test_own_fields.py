"""Own fields in the list: every operator, every order, every role, from indices (R1.8, R3.1, R3.2)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import parse_qsl

import pytest

from crm_app.access.actor import Actor
from crm_app.core.db import Database
from crm_app.core.problems import Problem
from crm_app.directory.queries import find_page, list_for, list_rows, list_values, load_known, own
from crm_app.fields import service
from crm_app.fields.queries import list_fields
from crm_app.fields.schemas import FieldInput, FieldKind
from crm_app.listing.rules.address import parse_query, still_valid
from crm_app.listing.rules.typed import parse_typed
from crm_app.listing.rules.views import make_setup
from tests.factories import Office, make_customer
from tests.plans import plans

TODAY = date(2024, 5, 20)
FIELDS: dict[str, dict[str, Any]] = {
    "原编码": {"kind": "line"},
    "特殊要求": {"kind": "text"},
    "满意度": {"kind": "number"},
    "年采购额": {"kind": "amount"},
    "签约日期": {"kind": "day"},
    "规模": {"kind": "choice", "options": "大\n中\n小"},
    "品类": {"kind": "choices", "options": "设备\n软件\n服务"},
    "上市": {"kind": "flag"},
    "对接人": {"kind": "person"},
    "官网": {"kind": "url"},
}
ROWS: dict[str, dict[str, str]] = {
    "甲公司": {"原编码": "C-002",
            "满意度": "98.5", "年采购额": "500000", "签约日期": "2024-05-20", "规模": "v1", "品类": "v1,v3"},
    "乙公司": {"原编码": "重庆1",
            "满意度": "-3", "年采购额": "1200.5", "签约日期": "2024-04-30", "规模": "v3", "上市": "yes"},
    "丙公司": {"原编码": "c-001", "满意度": "100", "年采购额": "-1", "规模": "v2", "品类": "v2", "上市": "no"},
    "丁公司": {"特殊要求": "包装要防潮\n周末不送货", "官网": "https://example.com/a"},
}  # fmt: skip


@dataclass(frozen=True)
class Shop:
    """Customers whose own fields differ."""

    db: Database
    office: Office
    keys: dict[str, str]

    def address(self, text: str) -> dict[str, str]:
        """An address with the labels of fields in the place of their keys."""
        for label, key in self.keys.items():
            text = text.replace(f"{{{label}}}", key)
        return dict(parse_qsl(text))

    def rows(self, actor: Actor, address: str) -> tuple[Any, ...]:
        """The rows of the page."""
        with self.db.reading() as session:
            known = load_known(session, today=TODAY)
            asked = parse_query(list_for(actor, known), self.address(address), known)
            assert not asked.ignored, asked.ignored
            page = find_page(session, actor, asked.query, known)
            return list_rows(session, actor, page.ids, asked.query.columns, known)

    def find(self, actor: Actor, address: str) -> str:
        """The first characters of the names on the page that an address asks for."""
        return "".join(row.name[0] for row in self.rows(actor, address))


@pytest.fixture
def shop(db: Database, office: Office) -> Iterator[Shop]:
    with db.writing() as session:
        for label, more in FIELDS.items():
            service.add_field(session, office.admin, entry=FieldInput(label_zh=label, **more))
    with db.writing() as session:
        fields = {field.label_zh: field for field in list_fields(session)}
        for name, values in ROWS.items():
            customer = make_customer(session, name=name, owner=office.sales)
            named = {fields[label].key: value for label, value in values.items()}
            if name == "甲公司":
                named[fields["对接人"].key] = str(office.sales.user_id)
            service.write_values(session, customer.id or 0, fields.values(), named)
    yield Shop(db, office, {label: field.key for label, field in fields.items()})


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("{原编码}.contains.C-0", "甲丙"),
        ("{原编码}.is.ｃ-001", "丙"),
        ("{原编码}.starts.重庆", "乙"),
        ("{原编码}.not.c-001", "甲乙丁"),
        ("{原编码}.empty", "丁"),
        ("{原编码}.filled", "甲乙丙"),
        ("{特殊要求}.contains.防潮", "丁"),
        ("{满意度}.gte.98.5", "甲丙"),
        ("{满意度}.lt.0", "乙"),
        ("{满意度}.between.-3,98.5", "甲乙"),
        ("{满意度}.eq.100", "丙"),
        ("{年采购额}.gt.50万", ""),
        ("{年采购额}.gte.50万", "甲"),
        ("{年采购额}.lte.1200.5", "乙丙"),
        ("{年采购额}.between.-10,0", "丙"),
        ("{签约日期}.within.this-month", "甲"),
        ("{签约日期}.before.2024-05-01", "乙"),
        ("{签约日期}.after.2024-04-30", "甲"),
        ("{签约日期}.empty", "丙丁"),
        ("{规模}.in.v1,v2", "甲丙"),
        ("{规模}.out.v1", "乙丙丁"),
        ("{品类}.any.v1,v2", "甲丙"),
        ("{品类}.all.v1,v3", "甲"),
        ("{品类}.none.v1", "乙丙丁"),
        ("{上市}.in.yes", "乙"),
        ("{对接人}.in.me", "甲"),
        ("{对接人}.empty", "乙丙丁"),
        ("{官网}.contains.example", "丁"),
    ],
)
def test_each_operator_finds_its_customers(shop: Shop, condition: str, found: str):
    # Whoever reaches few customers has them looked up one by one, the others from the values' own indices.
    office = shop.office
    for actor in (office.sales,) if condition.endswith(".me") else (office.sales, office.manager, office.admin):
        for order in ("", "&sort=-{年采购额}", "&sort={规模}"):
            names = shop.find(actor, f"f={condition}{order}")
            assert "".join(sorted(names, key="甲乙丙丁".index)) == found


@pytest.mark.parametrize(
    ("label", "ascending", "descending"),
    [
        ("原编码", "丙甲乙丁", "乙甲丙丁"),
        ("满意度", "乙甲丙丁", "丙甲乙丁"),
        ("年采购额", "丙乙甲丁", "甲乙丙丁"),
        ("规模", "甲丙乙丁", "乙丙甲丁"),
        ("上市", "乙丙丁甲", "丙乙丁甲"),
    ],
)
def test_each_order_puts_empty_ones_last_and_its_pages_join(shop: Shop, label: str, ascending: str, descending: str):
    for sign, expected in (("", ascending), ("-", descending)):
        address = f"sort={sign}{{{label}}}"
        assert shop.find(shop.office.sales, address) == expected
        with shop.db.reading() as session:
            known = load_known(session, today=TODAY)
            query = parse_query(list_for(shop.office.sales, known), shop.address(address), known).query
            whole = find_page(session, shop.office.sales, query, known).ids
            pages = [
                find_page(session, shop.office.sales, query.change(size=1, page=page), known).ids
                for page in (1, 2, 3, 4)
            ]
        assert [ids for page in pages for ids in page] == list(whole)


def test_a_row_and_a_file_show_them(shop: Shop):
    columns = ",".join(["name", *(f"{{{label}}}" for label in FIELDS)])
    (row,) = shop.rows(shop.office.sales, f"cols={columns}&f={{原编码}}.is.C-002")
    assert row.cells[:7] == ("C-002", "", "98.5", "50万", "2024-05-20", "大", "v1,v3")
    with shop.db.reading() as session:
        known = load_known(session, today=TODAY)
        definition = list_for(shop.office.sales, known)
        query = parse_query(definition, {}, known).query
        ids = find_page(session, shop.office.sales, query, known).ids
        fields = [definition.fields[key] for key in shop.keys.values()]
        values = dict(zip(FIELDS, list_values(session, shop.office.sales, ids, fields, known), strict=True))
    assert sorted(str(value) for value in values["满意度"]) == ["-3", "100", "98.5", "None"]
    assert "设备、服务" in values["品类"]
    assert date(2024, 5, 20) in values["签约日期"]


def test_the_search_box_understands_them(shop: Shop):
    with shop.db.reading() as session:
        known = load_known(session, today=TODAY)
    definition = list_for(shop.office.sales, known)
    said = "规模:大 年采购额:>50万 签约日期:2024Q2 满意度:>98.5 上市:是"
    typed = parse_typed(definition, said, known, finished=True)
    assert typed.problems == ()
    assert [(c.field, str(c.operator), c.values) for c in typed.conditions] == [
        (shop.keys["规模"], "in", ("v1",)),
        (shop.keys["年采购额"], "gt", ("500000",)),
        (shop.keys["签约日期"], "within", ("2024Q2",)),
        (shop.keys["满意度"], "gt", ("98.5",)),
        (shop.keys["上市"], "in", ("yes",)),
    ]


def test_a_role_that_does_not_see_a_field_can_ask_nothing_about_it(shop: Shop):
    key = shop.keys["年采购额"]
    with shop.db.writing() as session:
        field = next(field for field in list_fields(session) if field.key == key)
        entry = FieldInput("amount", "年采购额", hidden_from=("sales_rep",))
        service.change_field(session, shop.office.admin, field_id=field.id, version=1, entry=entry)
    with shop.db.reading() as session:
        known = load_known(session, today=TODAY)
        sales, manager = list_for(shop.office.sales, known), list_for(shop.office.manager, known)
        assert key not in sales.fields
        asked = parse_query(sales, {"f": f"{key}.gte.1", "sort": key, "cols": f"name,{key}"}, known)
        assert len(asked.ignored) == 3
        assert isinstance(asked.ignored[0][1], Problem)
        open_one = parse_query(manager, {"f": f"{key}.gte.1", "sort": key, "cols": f"name,{key}"}, known).query
        closed = still_valid(sales, open_one)
        entry = FieldInput("choice", "规模", options="大\n中\n小", hidden_from=("sales_rep",))
        assert shop.keys["规模"] in make_setup(sales, known, "zh").choices
    with shop.db.writing() as session:
        sized = next(one for one in list_fields(session) if one.label_zh == "规模")
        service.change_field(session, shop.office.admin, field_id=sized.id, version=1, entry=entry)
    with shop.db.reading() as session:
        known = load_known(session, today=TODAY)
        assert shop.keys["规模"] not in make_setup(list_for(shop.office.sales, known), known, "zh").choices
        assert shop.keys["规模"] in make_setup(list_for(shop.office.manager, known), known, "zh").choices
    assert (closed.conditions, closed.sort, closed.columns) == ((), sales.sort, ("name",))
    assert shop.find(shop.office.manager, "f={年采购额}.gte.50万") == "甲"


def test_a_retired_field_is_gone_from_the_list(shop: Shop):
    with shop.db.writing() as session:
        field = next(field for field in list_fields(session) if field.label_zh == "满意度")
        service.retire_field(session, shop.office.admin, field_id=field.id, version=1)
    with shop.db.reading() as session:
        known = load_known(session, today=TODAY)
        assert field.key not in list_for(shop.office.sales, known).fields


def test_indices_answer_every_condition_and_order(shop: Shop):
    asked = {
        "{原编码}.is.x": "key", "{满意度}.gte.1": "number", "{年采购额}.between.1,2": "number",
        "{签约日期}.within.this-year": "number", "{规模}.in.v1": "key", "{品类}.any.v1": "key",
    }  # fmt: skip
    for condition, column in asked.items():
        found = _plans(shop, f"f={condition}")
        assert f"ix_own_value_field_id_{column}" in found, (condition, found)
    for label, column in {"原编码": "sort", "满意度": "number", "签约日期": "number", "规模": "key"}.items():
        found = _plans(shop, f"sort={{{label}}}")
        assert f"ix_own_value_field_id_{column}" in found, (label, found)


def _plans(shop: Shop, address: str) -> str:
    def run(session: Any) -> None:
        known = load_known(session, today=TODAY)
        query = parse_query(list_for(shop.office.admin, known), shop.address(address), known).query
        find_page(session, shop.office.admin, query, known)

    return "\n".join(plan for sql, plan in plans(shop.db, run).items() if "own_value" in sql)


def test_a_job_reads_on_of_a_field_that_is_retired_meanwhile(shop: Shop):
    with shop.db.reading() as session:
        known = load_known(session, today=TODAY)
        definition = list_for(shop.office.sales, known)
        ids = find_page(session, shop.office.sales, parse_query(definition, {}, known).query, known).ids
        asked = (session, shop.office.sales, ids, [definition.fields[shop.keys["满意度"]]], known)
        before = list_values(*asked)
    with shop.db.writing() as session:
        field = next(field for field in list_fields(session) if field.label_zh == "满意度")
        service.retire_field(session, shop.office.admin, field_id=field.id, version=1)
    with shop.db.reading() as session:
        assert list_values(session, *asked[1:]) == before


def test_each_kind_has_its_place_in_the_list():
    assert set(own.KINDS) == set(FieldKind)

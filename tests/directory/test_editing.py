"""Editing a cell of the list in its place: what opens, what is saved, what stands against it (R3.7)."""

import re
from dataclasses import replace

import pytest
from sqlmodel import Session, select

from crm_app.access.actor import Actor
from crm_app.core.clock import frozen
from crm_app.core.db import Database
from crm_app.core.errors import Conflict, NotFound, Refused
from crm_app.core.problems import Invalid
from crm_app.customers.service import DuplicatesFound
from crm_app.directory import rules
from crm_app.directory.queries import list_for, list_rows, load_known, open_cell
from crm_app.directory.schemas import CONTACT_FIELDS, DIRECTORY
from crm_app.directory.service import answer_to, save_cell
from crm_app.fields import service as fields
from crm_app.fields.queries import list_fields
from crm_app.fields.schemas import BuiltInInput, FieldInput
from crm_app.listing.editing import CellEdit, CellSaved
from crm_app.listing.schemas import Known
from crm_app.models import Customer, FieldChange
from tests.directory.test_own_fields import Shop as OwnShop
from tests.directory.test_own_fields import shop as own_shop
from tests.directory.test_queries import NOW, TODAY, Shop, shop
from tests.factories import Office
from tests.plans import plans

__all__ = ["own_shop", "shop"]
STAR = "MFG-2024-999"
"""星辰制造, of `sales`."""
EDITED = {
    "name": "星辰智造",
    "industry": "RET",
    "type": "key",
    "status": "following",
    "region": "440305",
    "source": "website",
    "headcount": "5000+",
    "founded": "2001-02-03",
    "business": "精密零件",
    "address": "科技园",
    "credit_code": "91110108551385082Q",
    "note": "第一行\n第二行",
}


def opened(db: Database, actor: Actor, key: str, number: str = STAR) -> CellEdit:
    with frozen(NOW), db.reading() as session:
        return open_cell(session, actor, number=number, key=key)


def saved(session: Session, actor: Actor, key: str, value: str, *, version: int = 1, number: str = STAR) -> CellSaved:
    with frozen(NOW):
        asked = {"number": number, "key": key, "value": value, "version": version, "confirmed": False}
        return save_cell(session, actor, **asked)  # type: ignore[arg-type]


@pytest.mark.parametrize("key", EDITED)
def test_each_column_opens_with_what_stands_there_and_saves_what_is_typed(shop: Shop, key: str) -> None:
    sales, value = shop.office.sales, EDITED[key]
    before = opened(shop.db, sales, key)
    assert (before.fixed, before.key, before.column) == ("", STAR, key)
    if before.editor == "choice":
        assert value in {option.code for option in before.options}
    with shop.db.writing() as session:
        done = saved(session, sales, key, value, version=before.version)
    after = opened(shop.db, sales, key)
    assert (after.raw, after.version) == (value, before.version + 1)
    with shop.db.reading() as session:
        (change,) = session.exec(select(FieldChange)).all()
        assert (change.old, change.new) == (before.raw, value), "it stands in the history"
    with shop.db.writing() as session:
        saved(session, sales, key, done.former, version=done.version)
    assert opened(shop.db, sales, key).raw == before.raw, "what stood there can be put back"


def test_the_fixed_columns_say_why(shop: Shop) -> None:
    admin = shop.office.admin
    editable = rules.editable_columns(admin, DIRECTORY)
    for key, field in DIRECTORY.fields.items():
        cell = opened(shop.db, admin, key)
        assert bool(cell.fixed) == (key not in editable), key
        assert bool(cell.editor) == (key in editable), key
        if key not in editable and field.shown:
            with pytest.raises(Refused), shop.db.writing() as session:
                saved(session, admin, key, "x")
    assert editable.isdisjoint(CONTACT_FIELDS | {"level", "number", "total", "created", "grade"})
    assert opened(shop.db, admin, "nonsense").fixed == opened(shop.db, admin, "total").fixed


def test_nothing_of_a_contact_opens_in_full(shop: Shop) -> None:
    for key in CONTACT_FIELDS:
        cell = opened(shop.db, shop.office.admin, key, "ITS-2024-001")
        assert (cell.raw, cell.shown, cell.options) == ("", "", ())


def test_a_retired_choice_stays_where_it_stands_and_is_not_offered(shop: Shop) -> None:
    sales = shop.office.sales
    statuses = {option.code for option in opened(shop.db, sales, "status").options}
    assert "won" not in statuses, "the status follows the level"
    assert statuses >= {"potential", "following"}


def test_roles_and_reach(shop: Shop) -> None:
    office = shop.office
    assert opened(shop.db, office.finance, "note").fixed
    assert opened(shop.db, office.sales, "owner").fixed, "whoever can't assign can't here either"
    assert rules.editable_columns(office.finance, DIRECTORY) == frozenset()
    for number in (STAR, "XXX-2024-001"):
        with pytest.raises(NotFound):
            opened(shop.db, office.outsider, "note", number)
        with pytest.raises(NotFound), shop.db.writing() as session:
            saved(session, office.outsider, "note", "x", number=number)


def test_owner_tags_and_collaborators(shop: Shop) -> None:
    manager, sales2 = shop.office.manager, str(shop.office.sales2.user_id)
    assert sales2 in {option.code for option in opened(shop.db, manager, "owner").options}
    tags = [option.code for option in opened(shop.db, manager, "tags").options][:2]
    chosen = ",".join(sorted(tags, key=int))
    for key, value in (("owner", sales2), ("tags", chosen), ("collaborator", str(shop.office.sales.user_id))):
        with shop.db.writing() as session:
            done = saved(session, manager, key, value, version=opened(shop.db, manager, key).version)
        now = opened(shop.db, manager, key)
        assert (now.raw, now.version) == (value, done.version)
    with pytest.raises(Invalid), shop.db.writing() as session:
        saved(session, manager, "owner", "", version=9)


def test_a_wrong_value_is_refused_in_the_words_of_the_form(shop: Shop) -> None:
    sales = shop.office.sales
    known = known_of(shop.db)
    for key, value, text in (
        ("name", "", "请填写客户名称"),
        ("founded", "2999-01-01", "日期不能晚于今天"),
        ("credit_code", "123", ""),
        ("industry", "NONE", ""),
    ):
        with pytest.raises(Invalid) as refused, shop.db.writing() as session:
            saved(session, sales, key, value)
        answer = answer_to(refused.value, known, "zh")
        assert answer is not None
        assert answer.problem
        assert text in answer.problem
        assert not answer.saved
    assert opened(shop.db, sales, "name").raw == "星辰制造"


def test_a_second_save_of_the_same_cell_is_told_whose_came_first(shop: Shop) -> None:
    sales, manager = shop.office.sales, shop.office.manager
    with shop.db.writing() as session:
        saved(session, manager, "industry", "RET")
    with shop.db.writing() as session:
        saved(session, sales, "note", "别的字段")
    with pytest.raises(Conflict) as stood, shop.db.writing() as session:
        saved(session, sales, "industry", "ITS")
    answer = answer_to(stood.value, known_of(shop.db), "zh")
    assert answer is not None
    assert (answer.theirs, answer.mine, answer.by) == ("零售业", "信息技术服务业", "陈经理")
    with shop.db.writing() as session:
        saved(session, sales, "industry", "ITS", version=answer.version)
    assert opened(shop.db, sales, "industry").raw == "ITS"


def test_a_credit_code_that_another_has_wants_a_confirmation(shop: Shop) -> None:
    sales, taken = shop.office.sales, "91440300279583285Y"
    with pytest.raises(DuplicatesFound) as stood, shop.db.writing() as session:
        saved(session, sales, "credit_code", taken)
    answer = answer_to(stood.value, known_of(shop.db), "zh")
    assert answer is not None
    assert "华为技术" in answer.others
    with shop.db.writing() as session:
        save_cell(session, sales, number=STAR, key="credit_code", value=taken, version=1, confirmed=True)
    assert opened(shop.db, sales, "credit_code").raw == taken


def test_own_fields_are_edited_as_their_kind_and_role_have_it(own_shop: OwnShop) -> None:
    db, sales = own_shop.db, own_shop.office.sales
    with db.reading() as session:
        number = session.exec(select(Customer).where(Customer.name == "丁公司")).one().number
    values = {
        "原编码": "K1", "满意度": "12.5", "年采购额": "300", "签约日期": "2024-01-02", "规模": "v2", "品类": "v1,v2",
        "上市": "yes", "对接人": str(sales.user_id), "官网": "https://example.com/b", "特殊要求": "一\n二",
    }  # fmt: skip
    for label, value in values.items():
        key = own_shop.keys[label]
        before = opened(db, sales, key, number)
        assert before.editor, label
        with db.writing() as session:
            saved(session, sales, key, value, version=before.version, number=number)
        assert opened(db, sales, key, number).raw == value, label
    with db.writing() as session:
        (field,) = (one for one in list_fields(session) if one.label_zh == "原编码")
        entry = FieldInput(kind="line", label_zh="原编码", fixed_for=("sales_rep",))
        fields.change_field(session, own_shop.office.admin, field_id=field.id, version=field.version, entry=entry)
    assert "角色" in opened(db, sales, field.key, number).fixed
    assert opened(db, own_shop.office.admin, field.key, number).editor == "line"


def test_opening_and_saving_read_by_indices(shop: Shop) -> None:
    sales = shop.office.sales
    found = plans(shop.db, lambda session: [open_cell(session, sales, number=STAR, key=k) for k in ("note", "tags")])
    of_customer = {sql: plan for sql, plan in found.items() if "FROM customer" in sql or "customer_tag" in sql}
    assert of_customer
    scans = re.compile(r"SCAN customer(?! USING)|Seq Scan on customer")
    assert not [sql for sql, plan in of_customer.items() if scans.search(plan)]


def known_of(db: Database) -> Known:
    with db.reading() as session:
        return load_known(session, today=TODAY)


def test_the_row_is_drawn_anew_only_for_whoever_still_reaches_it(shop: Shop, office: Office) -> None:
    with shop.db.writing() as session:
        customer_id = saved(session, office.manager, "owner", str(office.sales2.user_id)).record_id
    with shop.db.reading() as session:
        known = load_known(session, today=TODAY)
        assert list_for(office.sales, known).fields
        drawn = [
            list_rows(session, who, (customer_id,), ("name", "owner"), known) for who in (office.sales, office.sales2)
        ]
    assert drawn[0] == ()
    assert replace(drawn[1][0], name="").cells


def test_what_must_be_filled_in_is_not_emptied(shop: Shop) -> None:
    sales, admin = shop.office.sales, shop.office.admin
    assert opened(shop.db, sales, "source").optional
    with shop.db.writing() as session:
        fields.change_built_in(session, admin, name="source", version=0, entry=BuiltInInput(required=True))
        saved(session, sales, "source", "website", version=opened(shop.db, sales, "source").version)
    cell = opened(shop.db, sales, "source")
    assert not cell.optional
    with pytest.raises(Invalid) as refused, shop.db.writing() as session:
        saved(session, sales, "source", "", version=cell.version)
    assert [problem.code for problem in refused.value.problems.values()] == ["customers.required.source"]

"""Fields that every customer has, as the company makes them: named, required, explained, moved (R1.8)."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from crm_app.catalogue import LISTED_AS, renamed, say, texts
from crm_app.core.db import Database
from crm_app.core.errors import Forbidden, NotFound, Refused
from crm_app.core.problems import Invalid
from crm_app.customers.rules import CUSTOMER_FIELDS
from crm_app.fields import queries, service
from crm_app.fields.schemas import ALWAYS_REQUIRED, BUILT_IN, BuiltInInput, FieldInput
from crm_app.models import AuditEntry, FieldSetting
from tests.factories import Office, make_customer
from tests.plans import plans

Write = Callable[..., Any]


@pytest.fixture
def write(db: Database) -> Write:
    """Run a use case in a transaction of its own, and see what it made of the names."""

    def run(use_case: Callable[..., Any], *args: Any, **more: Any) -> Any:
        try:
            with db.writing() as session:
                return use_case(session, *args, **more)
        finally:
            db.catch_up()

    return run


def change(write: Write, office: Office, name: str, version: int = 0, **entry: Any) -> int:
    return write(service.change_built_in, office.admin, name=name, version=version, entry=BuiltInInput(**entry))


def test_the_fields_are_those_of_the_record():
    """The slice of fields lies below the record's; this holds the two together."""
    assert set(BUILT_IN) == CUSTOMER_FIELDS.keys()
    assert {name for name, rule in CUSTOMER_FIELDS.items() if rule.required} == ALWAYS_REQUIRED
    for name, listed in LISTED_AS.items():
        assert {f"customers.field.{name}", f"customers.required.{name}", f"directory.field.{listed}"} <= texts().keys()


def test_a_field_is_called_something_else_everywhere_at_once(office: Office, write: Write, db: Database):
    assert change(write, office, "industry", label_zh=" 行业分类 ", label_en="Sector") == 1
    assert say("zh", "customers.field.industry") == say("zh", "directory.field.industry") == "行业分类"
    assert say("zh", "customers.required.industry") == "请填写行业分类"
    assert say("en", "customers.required.industry") == "Please fill in the sector"
    # Only what is said is another one.
    change(write, office, "revenue", label_zh="年销售额")
    assert say("en", "customers.field.revenue") == "Yearly revenue"
    assert say("en", "directory.field.revenue") == "Revenue"
    assert say("zh", "directory.field.revenue") == "年销售额"
    write(service.reset_built_in, office.admin, name="industry", version=1)
    assert say("zh", "customers.required.industry") == "请填写所属行业"
    assert renamed().keys() == {"revenue"}
    with db.reading() as session:
        entries = session.execute(
            select(AuditEntry).where(col(AuditEntry.subject_kind) == "field_setting").order_by(col(AuditEntry.id))
        ).scalars()
        first = next(iter(entries))
        assert (first.subject_id, first.detail["label_zh.new"]) == ("industry", "行业分类")
        row = session.get_one(FieldSetting, "industry")
        assert (row.changed_by, row.changed_at is not None, row.version) == (office.admin.user_id, True, 2)


def test_the_name_that_a_field_came_with_is_none(office: Office, write: Write):
    change(write, office, "source", label_zh="客户来源", label_en="Source", required=True)
    assert not renamed()


@pytest.mark.parametrize(
    ("label", "code"),
    [
        ("客户来源", "fields.problem.taken"),
        ("手机", "fields.problem.taken"),
        ("erp编号", "fields.problem.twin"),
        ("旧字段", "fields.problem.retired_twin"),
        ("名" * 31, "options.problem.long"),
    ],
)
def test_no_two_fields_are_called_alike(office: Office, write: Write, label: str, code: str):
    write(service.add_field, office.admin, entry=FieldInput("line", "ERP编号"))
    old = write(service.add_field, office.admin, entry=FieldInput("line", "旧字段"))
    write(service.retire_field, office.admin, field_id=old, version=1)
    with pytest.raises(Invalid) as refused:
        change(write, office, "industry", label_zh=label)
    assert {part: problem.code for part, problem in refused.value.problems.items()} == {"label_zh": code}


def test_a_name_that_was_given_is_taken_for_others_and_free_once_it_is_taken_back(office: Office, write: Write):
    change(write, office, "industry", label_zh="行业分类")
    with pytest.raises(Invalid):
        change(write, office, "source", label_zh="行业分类")
    with pytest.raises(Invalid):
        write(service.add_field, office.admin, entry=FieldInput("line", "行业分类"))
    # What it came with stays its own meanwhile.
    with pytest.raises(Invalid):
        change(write, office, "source", label_zh="所属行业")
    write(service.reset_built_in, office.admin, name="industry", version=1)
    change(write, office, "source", label_zh="行业分类")
    assert say("zh", "customers.field.source") == "行业分类"


def test_fields_without_which_a_record_is_none_stay_required(office: Office, write: Write, db: Database):
    change(write, office, "industry", required=False, help_zh="按国标")
    change(write, office, "source", required=True)
    with db.reading() as session:
        assert queries.list_required(session) == ALWAYS_REQUIRED | {"source"}
        field = next(one for one in queries.list_built_in(session) if one.name == "industry")
    assert (field.help("zh"), field.help("en"), field.required) == ("按国标", "按国标", True)


def test_fields_are_moved(office: Office, write: Write, db: Database):
    assert write(service.move_built_in, office.admin, name="note", step=-1) == len(BUILT_IN) - 1
    assert write(service.move_built_in, office.admin, name=BUILT_IN[0], step=-1) == 1
    with db.reading() as session:
        names = [field.name for field in queries.list_built_in(session)]
        assert names == [*BUILT_IN[:-2], "note", BUILT_IN[-2]]
        assert all(field.version == 0 for field in queries.list_built_in(session))
    # What was moved only is as it came in all else.
    assert change(write, office, "note", label_zh="说明文字") == 1


def test_whoever_saw_an_older_one_is_told(office: Office, write: Write):
    change(write, office, "source", label_zh="渠道来源")
    with pytest.raises(Refused) as refused:
        change(write, office, "source", label_zh="获客方式")
    assert refused.value.code == "fields.problem.changed"
    assert say("zh", "customers.field.source") == "渠道来源"


def test_only_administrators_do_so(office: Office, write: Write):
    with pytest.raises(Forbidden):
        write(service.change_built_in, office.manager, name="note", version=0, entry=BuiltInInput(label_zh="附注二"))
    with pytest.raises(Forbidden):
        write(service.move_built_in, office.manager, name="note", step=-1)
    with pytest.raises(NotFound):
        change(write, office, "owner", label_zh="业务负责")


def test_customers_that_lack_something_are_counted(office: Office, db: Database):
    with db.writing() as session:
        make_customer(session, name="甲", owner=office.sales, source="referral")
        make_customer(session, name="乙", owner=office.sales, source="", note="有备注")
    with db.reading() as session:
        lacking = queries.count_lacking(session)
    assert lacking.keys() == set(BUILT_IN) - ALWAYS_REQUIRED
    assert (lacking["source"], lacking["note"], lacking["founded_on"]) == (1, 1, 2)


def test_lacking_ones_are_counted_in_one_walk(office: Office, db: Database):
    (plan,) = plans(db, queries.count_lacking).values()
    assert len(re.findall(r"\b(?:SCAN|SEARCH|Scan)\b.* customer\b", plan)) == 1, plan

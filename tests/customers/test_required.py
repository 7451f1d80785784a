"""Fields that the company wants filled in: one rule for a new form, the whole form and a single field (R1.8, R2.1)."""

from collections.abc import Callable
from typing import Any

import pytest

from crm_app.catalogue import say
from crm_app.core.db import Database
from crm_app.core.problems import Invalid
from crm_app.customers import queries, rules, service
from crm_app.customers.schemas import Choices, CustomerRef, EditedForm
from crm_app.fields.schemas import BuiltInInput
from crm_app.fields.service import change_built_in
from tests.customers.forms import create
from tests.factories import Office

Run = Callable[..., Any]


@pytest.fixture
def require(desk: Office, write: Run, db: Database) -> Callable[..., None]:
    """Wants a field filled in, under its name or another one."""

    def run(name: str, label: str = "") -> None:
        entry = BuiltInInput(label_zh=label, required=True)
        write(change_built_in, desk.admin, name=name, version=0, entry=entry)
        db.catch_up()

    return run


def refusal(refused: pytest.ExceptionInfo[Invalid]) -> dict[str, str]:
    return {name: problem.code for name, problem in refused.value.problems.items()}


@pytest.mark.parametrize("name", sorted(rules.CUSTOMER_FIELDS.keys() - {"level"}))
def test_each_field_can_be_required_and_says_so_by_its_name(sqlite_desk: Office, read: Run, name: str) -> None:
    choices = read(queries.get_choices, sqlite_desk.sales)
    wanted = Choices(choices.today, choices.options, required=frozenset({name}))
    rule = rules.CUSTOMER_FIELDS[name]
    problem = rules.check_field(rule, " ", wanted)
    assert problem == rules.check_field(rule, "", wanted)
    assert getattr(problem, "code", "") == f"customers.required.{name}"
    if not rule.required:
        assert rules.check_field(rule, " ", choices) in ("", None)


def test_a_contact_has_its_own_name(sqlite_desk: Office, read: Run) -> None:
    wanted = Choices(read(queries.get_choices).today, required=frozenset({"position"}))
    assert rules.check_field(rules.CONTACT_FIELDS["position"], "", wanted) == ""


def test_a_new_customer_needs_it(desk: Office, write: Run, read: Run, require: Run) -> None:
    require("source", "获客方式")
    with pytest.raises(Invalid) as refused:
        write(create, desk.sales)
    assert refusal(refused) == {"source": "customers.required.source"}
    assert say("zh", "customers.required.source") == "请填写获客方式"
    assert say("en", "customers.required.source") == "Please fill in the source"
    ref = write(create, desk.sales, source="website")
    assert read(queries.get_record, desk.sales, number=ref.number).values["source"] == "website"


def test_who_has_nothing_there_stays_valid_until_that_field_or_the_whole_form_is_saved(
    desk: Office, write: Run, read: Run, require: Run
) -> None:
    ref: CustomerRef = write(create, desk.sales)
    require("region")
    write(service.update_field, desk.sales, number=ref.number, field="note", value="别的字段", version=1)
    opened = dict(read(queries.open_form, desk.sales, number=ref.number).values)
    edited = EditedForm(ref.number, 2, opened | {"address": "科技园"})
    told = read(service.review_form, desk.sales, form=edited)
    assert {name: problem.code for name, problem in told.problems.items()} == {"region": "customers.required.region"}
    assert told.changed == {"address"}
    with pytest.raises(Invalid) as refused:
        write(service.save_form, desk.sales, form=edited)
    assert refusal(refused) == {"region": "customers.required.region"}
    complete = EditedForm(ref.number, 2, opened | {"address": "科技园", "region": "440305"})
    assert write(service.save_form, desk.sales, form=complete).version == 3


def test_what_stands_there_is_not_taken_away(desk: Office, write: Run, require: Run) -> None:
    ref = write(create, desk.sales, source="website")
    require("source")
    with pytest.raises(Invalid) as refused:
        write(service.update_field, desk.sales, number=ref.number, field="source", value="", version=1)
    assert refusal(refused) == {"source": "customers.required.source"}

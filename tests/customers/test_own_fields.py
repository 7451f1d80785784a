"""Own fields in the record: new, edited, in conflict, for the roles that see and change them (R1.8, R2)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import Session, col, select

from crm_app.core.clock import utcnow
from crm_app.core.errors import Conflict, NotFound
from crm_app.core.problems import Invalid
from crm_app.customers import queries, service
from crm_app.customers.schemas import CustomerRef, EditedForm
from crm_app.customers.state.own import own_views
from crm_app.fields import service as fields
from crm_app.fields.schemas import FieldInput
from crm_app.models import Customer, FieldChange, OwnValue, User
from crm_app.timeline.queries import list_timeline
from tests.customers.forms import a_contact, a_form, create
from tests.factories import Office

Run = Callable[..., Any]


@pytest.fixture
def add(desk: Office, write: Run) -> Callable[..., str]:
    """Adds a field; its key."""

    def run(label: str, kind: str = "line", **more: Any) -> str:
        return f"own_{write(fields.add_field, desk.admin, entry=FieldInput(kind, label, **more))}"

    return run


def value(read: Run, actor: Any, ref: CustomerRef, key: str) -> str:
    return read(queries.get_record, actor, number=ref.number).values[key]


def test_a_new_customer_has_them_and_says_what_is_wrong(desk: Office, write: Run, read: Run, add: Callable[..., str]):
    code, amount = add("原编码", required=True), add("年采购额", "amount", lowest="0")
    with pytest.raises(Invalid) as refused:
        write(create, desk.sales, **{amount: "-5"})
    assert {name: one.code for name, one in refused.value.problems.items()} == {
        code: "fields.required",
        amount: "fields.problem.lowest",
    }
    ref = write(create, desk.sales, **{code: " C-1 ", amount: "50万"})
    assert value(read, desk.sales, ref, code) == "C-1"
    assert value(read, desk.sales, ref, amount) == "500000"


def test_a_form_that_does_not_name_a_field_gets_what_it_begins_with(
    desk: Office, write: Run, read: Run, add: Callable[..., str]
):
    sized = add("规模", "choice", options="大\n中", initial="中")
    ref = write(create, desk.sales)
    assert value(read, desk.sales, ref, sized) == "v2"
    emptied = write(create, desk.sales, a_contact(mobile="13911112222"), **{sized: ""})
    assert value(read, desk.sales, emptied, sized) == ""


def test_an_edit_keeps_its_history_and_two_people_are_told(
    desk: Office, write: Run, read: Run, add: Callable[..., str]
):
    code = add("原编码")
    ref = write(create, desk.sales, **{code: "C-1"})
    change = {"number": ref.number, "field": code}
    write(service.update_field, desk.manager, **change, value="C-2", version=1)
    with pytest.raises(Conflict) as told:
        write(service.update_field, desk.sales, **change, value="C-3", version=1)
    assert (told.value.before, told.value.theirs, told.value.mine) == ("C-1", "C-2", "C-3")
    page = read(list_timeline, desk.sales, number=ref.number)
    assert [(line.label, line.old, line.value) for line in page.entries[0].lines] == [("原编码", "C-1", "C-2")]
    write(service.update_field, desk.sales, **change, value="", version=2)
    assert value(read, desk.sales, ref, code) == ""


def test_the_whole_form_changes_them_and_merges(desk: Office, write: Run, read: Run, add: Callable[..., str]):
    code, when = add("原编码"), add("签约日期", "day")
    ref = write(create, desk.sales, **{code: "C-1"})
    opened = read(queries.open_form, desk.sales, number=ref.number)
    assert [field.key for field in opened.own] == [code, when]
    write(service.update_field, desk.manager, number=ref.number, field=when, value="2024/3/5", version=1)
    form = EditedForm(ref.number, opened.version, {**opened.values, code: "C-2"})
    review = read(service.review_form, desk.sales, form=form)
    assert (review.changed, [one.field for one in review.merged]) == ({code}, [when])
    write(service.save_form, desk.sales, form=form)
    assert (value(read, desk.sales, ref, code), value(read, desk.sales, ref, when)) == ("C-2", "2024-03-05")


def test_a_role_that_does_not_see_a_field_learns_nothing_of_it(
    desk: Office, write: Run, read: Run, add: Callable[..., str]
):
    secret = add("信用评级", hidden_from=("sales_rep",), required=True)
    ref = write(create, desk.sales)
    write(service.update_field, desk.manager, number=ref.number, field=secret, value="AAA", version=1)
    record = read(queries.get_record, desk.sales, number=ref.number)
    assert secret not in record.values
    assert secret not in {field.key for field in record.own}
    assert read(list_timeline, desk.sales, number=ref.number).entries == ()
    assert "AAA" in str(read(list_timeline, desk.manager, number=ref.number).entries)
    for attempt in ({"field": secret, "value": "B", "version": 2}, {"field": secret, "value": "B", "version": 1}):
        with pytest.raises(Invalid) as refused:
            write(service.update_field, desk.sales, number=ref.number, **attempt)
        assert refused.value.problems[secret].code == "customers.problem.unknown_field"
    opened = read(queries.open_form, desk.sales, number=ref.number)
    assert secret not in opened.values
    form = EditedForm(ref.number, 1, {**opened.values, secret: "B", "address": "新地址"})
    assert read(service.review_form, desk.sales, form=form).changed == {"address"}
    write(service.save_form, desk.sales, form=form)
    assert value(read, desk.manager, ref, secret) == "AAA"


def test_a_role_that_only_reads_a_field_does_not_change_it(
    desk: Office, write: Run, read: Run, add: Callable[..., str]
):
    fixed = add("信用评级", fixed_for=("sales_rep",))
    ref = write(create, desk.sales, **{fixed: "自填"})
    assert value(read, desk.sales, ref, fixed) == ""
    write(service.update_field, desk.manager, number=ref.number, field=fixed, value="AAA", version=1)
    assert value(read, desk.sales, ref, fixed) == "AAA"
    with pytest.raises(Invalid):
        write(service.update_field, desk.sales, number=ref.number, field=fixed, value="B", version=2)


def test_out_of_reach_reads_as_missing_whatever_the_field(desk: Office, write: Run, add: Callable[..., str]):
    code = add("原编码")
    ref = write(create, desk.sales)
    with pytest.raises(NotFound):
        write(service.update_field, desk.outsider, number=ref.number, field=code, value="x", version=1)


def test_a_retired_field_takes_nothing_and_a_retired_choice_stays(
    desk: Office, write: Run, read: Run, add: Callable[..., str]
):
    sized = add("规模", "choice", options="大\n中")
    ref = write(create, desk.sales, **{sized: "v2"})
    field_id = int(sized.removeprefix("own_"))
    write(
        fields.change_field, desk.admin, field_id=field_id, version=1, entry=FieldInput("choice", "规模", options="大")
    )
    form = EditedForm(ref.number, 1, {sized: "v2", "address": "新地址"})
    write(service.save_form, desk.sales, form=form)
    assert value(read, desk.sales, ref, sized) == "v2"
    with pytest.raises(Invalid):
        write(create, desk.sales, a_contact(mobile="13911112222"), **{sized: "v2"})
    write(fields.retire_field, desk.admin, field_id=field_id, version=2)
    with pytest.raises(Invalid):
        write(service.update_field, desk.sales, number=ref.number, field=sized, value="v1", version=2)


def test_a_form_changed_after_its_lost_answer_names_the_field(
    desk: Office, write: Run, read: Run, add: Callable[..., str]
):
    code = add("原编码")
    first = a_form(a_contact(), **{code: "C-1"})
    write(service.create_customer, desk.sales, cmd=first, ticket="t" * 22)
    changed = replace(first, values={**first.values, code: "C-2"})
    review = read(service.review_customer, desk.sales, cmd=changed, probe=None, ticket="t" * 22)
    assert review.before is not None
    assert review.before.fields == (code,)


def test_what_stands_in_them_goes_with_the_customer(desk: Office, write: Run, read: Run, add: Callable[..., str]):
    code = add("原编码")
    ref = write(create, desk.sales, **{code: "C-1"})

    def remove(session: Session) -> None:
        session.delete(session.get_one(Customer, ref.id))

    def left(session: Session) -> tuple[int, int]:
        history = session.exec(select(FieldChange).where(col(FieldChange.customer_id) == ref.id)).all()
        return len(session.exec(select(OwnValue)).all()), len(history)

    write(remove)
    assert read(left) == (0, 0)


def test_somebody_who_left_stays_where_he_is_named(
    desk: Office, write: Run, read: Run, add: Callable[..., str]
) -> None:
    named = add("对接人", "person")
    ref = write(create, desk.sales, **{named: str(desk.sales2.user_id)})

    def leave(session: Session) -> None:
        session.get_one(User, desk.sales2.user_id).disabled_at = utcnow()

    write(leave)
    opened = read(queries.open_form, desk.sales, number=ref.number)
    (view,) = own_views(opened.own, opened.people, "zh", present=opened.values, names=opened.names)
    assert {"value": str(desk.sales2.user_id), "label": desk.sales2.name} in view.options
    form = EditedForm(ref.number, opened.version, {**opened.values, "address": "新地址"})
    write(service.save_form, desk.sales, form=form)
    assert value(read, desk.sales, ref, named) == str(desk.sales2.user_id)

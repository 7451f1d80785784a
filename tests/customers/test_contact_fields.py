"""Own fields of contacts in the record: new, edited, in conflict, for the roles that see and change them (R1.8, R2)."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import select

from crm_app.core.db import Database
from crm_app.core.errors import Conflict
from crm_app.core.problems import Invalid
from crm_app.customers import queries, service
from crm_app.customers.rules import CONTACT_FIELDS
from crm_app.customers.schemas import ContactInput, CustomerRef, Probe
from crm_app.customers.service import AlreadySaved, FormConflict, records
from crm_app.fields import service as fields
from crm_app.fields.queries import list_every
from crm_app.fields.schemas import FieldInput, RecordKind
from crm_app.models import ContactValue, FieldChange
from crm_app.timeline.queries import list_timeline
from tests.customers.forms import a_contact, a_form, create
from tests.factories import Office

Run = Callable[..., Any]


@pytest.fixture
def add(desk: Office, write: Run) -> Callable[..., str]:
    """Adds a field of contacts; its key."""

    def run(label: str, kind: str = "line", **more: Any) -> str:
        entry = FieldInput(kind, label, **more)
        return f"own_{write(fields.add_field, desk.admin, entry=entry, record=RecordKind.CONTACT)}"

    return run


def main(read: Run, actor: Any, ref: CustomerRef) -> Any:
    return read(queries.list_contacts, actor, number=ref.number)[0]


def update(write: Run, actor: Any, ref: CustomerRef, contact_id: int, version: int, **changes: str) -> Any:
    return write(
        service.update_contact, actor, number=ref.number, contact_id=contact_id, changes=changes, version=version
    )


def test_a_new_customers_contacts_have_them_and_say_what_is_wrong(
    desk: Office, write: Run, read: Run, add: Callable[..., str]
):
    role, since = add("决策角色", required=True), add("入职日期", "day", lowest="2000-01-01")
    with pytest.raises(Invalid) as refused:
        write(create, desk.sales, a_contact(own={since: "1999-12-31"}))
    assert {name: one.code for name, one in refused.value.problems.items()} == {
        f"contacts.0.{role}": "fields.required",
        f"contacts.0.{since}": "fields.problem.lowest",
    }
    assert refused.value.problems[f"contacts.0.{role}"].params == {"label": "决策角色"}
    ref = write(create, desk.sales, a_contact(own={role: " 决策者 ", since: "2024年3月5日"}))
    assert main(read, desk.sales, ref).own == {role: "决策者", since: "2024-03-05"}


def test_a_contact_of_whom_the_form_says_nothing_is_none_although_a_field_begins_with_something(
    desk: Office, write: Run, read: Run, add: Callable[..., str]
):
    sized = add("语言", "choice", options="中文\n英文", initial="英文")
    empty = ContactInput(own={sized: "v2"})
    ref = write(create, desk.sales, a_contact(own={sized: "v1"}), empty)
    assert [one.own for one in read(queries.list_contacts, desk.sales, number=ref.number)] == [{sized: "v1"}]
    # A form that doesn't name the field, such as a script's, gets what it begins with.
    other = write(create, desk.sales, a_contact(mobile="13911112222"))
    assert main(read, desk.sales, other).own == {sized: "v2"}
    with pytest.raises(Invalid):
        write(create, desk.sales, a_contact(mobile="13911113333"), ContactInput(own={sized: "v1"}))


def test_a_further_contact_gets_them_too(desk: Office, write: Run, read: Run, add: Callable[..., str]):
    role = add("决策角色", required=True)
    ref = write(create, desk.sales, a_contact(own={role: "决策者"}))
    person: dict[str, Any] = {"name": "李四", "email": "li@example.com"}
    with pytest.raises(Invalid) as refused:
        write(service.add_contact, desk.sales, number=ref.number, contact=ContactInput(**person))
    assert set(refused.value.problems) == {role}
    contact = ContactInput(**person, own={role: "使用者"})
    added = write(service.add_contact, desk.sales, number=ref.number, contact=contact)
    rows = {row.id: row.own for row in read(queries.list_contacts, desk.sales, number=ref.number)}
    assert rows[added] == {role: "使用者"}


def test_an_edit_keeps_its_history_and_two_people_are_told(
    desk: Office, write: Run, read: Run, add: Callable[..., str]
):
    role, note = add("决策角色"), add("备注信息", "text")
    ref = write(create, desk.sales, a_contact(own={role: "使用者"}))
    contact_id = main(read, desk.sales, ref).id
    update(write, desk.manager, ref, contact_id, 1, **{role: "决策者"})
    with pytest.raises(Conflict) as told:
        update(write, desk.sales, ref, contact_id, 1, **{role: "影响者", note: "爱喝茶"})
    assert (told.value.field, told.value.before) == (f"contact.{role}", "使用者")
    assert (told.value.theirs, told.value.mine) == ("决策者", "影响者")
    assert main(read, desk.sales, ref).own == {role: "决策者"}, "all or none"
    # What nobody else touched merges, also beside a column of the contact.
    update(write, desk.sales, ref, contact_id, 1, **{note: "爱喝茶", "position": "总监"})
    assert main(read, desk.sales, ref).own == {role: "决策者", note: "爱喝茶"}
    with pytest.raises(FormConflict):
        update(write, desk.manager, ref, contact_id, 1, **{role: "甲", note: "乙"})
    page = read(list_timeline, desk.sales, number=ref.number)
    lines = [(line.label, line.old, line.value) for entry in page.entries for line in entry.lines]
    assert ("联系人 · 决策角色", "使用者", "决策者") in lines
    assert ("联系人 · 备注信息", "", "爱喝茶") in lines
    update(write, desk.sales, ref, contact_id, 3, **{role: ""})
    assert main(read, desk.sales, ref).own == {note: "爱喝茶"}


def test_the_same_again_changes_nothing(desk: Office, write: Run, read: Run, add: Callable[..., str]):
    liked = add("爱好", "choices", options="茶\n棋\n书")
    ref = write(create, desk.sales, a_contact(own={liked: "v3,v1"}))
    contact_id = main(read, desk.sales, ref).id
    assert main(read, desk.sales, ref).own == {liked: "v1,v3"}, "in the order of its choices"
    assert update(write, desk.sales, ref, contact_id, 1, **{liked: "v3,v1"}).version == 1


def test_a_role_sees_and_changes_what_it_may(desk: Office, write: Run, read: Run, add: Callable[..., str]):
    secret = add("评价", hidden_from=("sales_rep",))
    fixed = add("来源", fixed_for=("sales_rep",))
    ref = write(create, desk.manager, a_contact(own={secret: "难缠", fixed: "展会"}))
    write(service.assign_owner, desk.manager, number=ref.number, owner_id=desk.sales.user_id, version=1)
    assert main(read, desk.sales, ref).own == {fixed: "展会"}
    assert main(read, desk.manager, ref).own == {secret: "难缠", fixed: "展会"}
    contact_id = main(read, desk.sales, ref).id
    for key in (secret, fixed):
        with pytest.raises(Invalid) as refused:
            update(write, desk.sales, ref, contact_id, 2, **{key: "甲"})
        assert refused.value.problems[key].code == "customers.problem.unknown_field"
    # Sent along with a new contact it is left out, as what a person doesn't see isn't his to say.
    contact = ContactInput("李四", email="li@example.com", own={secret: "好", fixed: "官网"})
    added = write(service.add_contact, desk.sales, number=ref.number, contact=contact)
    rows = {row.id: row.own for row in read(queries.list_contacts, desk.manager, number=ref.number)}
    assert rows[added] == {}
    update(write, desk.manager, ref, contact_id, 3, **{secret: "随和"})
    lines = [line.value for e in read(list_timeline, desk.sales, number=ref.number).entries for line in e.lines]
    assert "随和" not in lines
    lines = [line.value for e in read(list_timeline, desk.manager, number=ref.number).entries for line in e.lines]
    assert "随和" in lines


def test_a_field_of_customers_is_none_of_a_contact_and_the_other_way_round(
    desk: Office, write: Run, read: Run, add: Callable[..., str]
):
    code = f"own_{write(fields.add_field, desk.admin, entry=FieldInput('line', '编码'))}"
    role = add("决策角色")
    ref = write(create, desk.sales, a_contact(own={code: "C-1"}), **{role: "决策者"})
    assert main(read, desk.sales, ref).own == {}
    assert read(queries.get_record, desk.sales, number=ref.number).values[code] == ""
    with pytest.raises(Invalid):
        update(write, desk.sales, ref, main(read, desk.sales, ref).id, 1, **{code: "C-1"})
    with pytest.raises(Invalid):
        write(service.update_field, desk.sales, number=ref.number, field=role, value="x", version=1)


def test_a_choice_that_was_taken_out_stays_where_it_stands(
    desk: Office, write: Run, read: Run, add: Callable[..., str]
):
    role = add("决策角色", "choice", options="决策者\n使用者")
    ref = write(create, desk.sales, a_contact(own={role: "v2"}))
    contact_id = main(read, desk.sales, ref).id
    entry = FieldInput("choice", "决策角色", options="决策者")
    write(fields.change_field, desk.admin, field_id=int(role[4:]), version=1, entry=entry)
    update(write, desk.sales, ref, contact_id, 1, position="总监", **{role: "v2"})
    assert main(read, desk.sales, ref).own == {role: "v2"}
    update(write, desk.sales, ref, contact_id, 2, **{role: "v1"})
    with pytest.raises(Invalid) as refused:
        update(write, desk.sales, ref, contact_id, 3, **{role: "v2"})
    assert refused.value.problems[role].code == "customers.problem.retired_option"


def test_a_removed_contact_takes_its_values_along(desk: Office, write: Run, add: Callable[..., str], db: Database):
    role = add("决策角色")
    ref = write(create, desk.sales, a_contact(own={role: "决策者"}))
    contact = ContactInput("李四", email="li@example.com", own={role: "使用者"})
    added = write(service.add_contact, desk.sales, number=ref.number, contact=contact)
    write(service.remove_contact, desk.sales, number=ref.number, contact_id=added)
    with db.reading() as session:
        assert [row.text for row in session.exec(select(ContactValue)).all()] == ["决策者"]
        removed = session.exec(select(FieldChange).where(FieldChange.field == "contact.removed")).one()
    assert removed.old == "李*"


def test_a_form_whose_answer_was_lost_tells_what_differs(desk: Office, write: Run, add: Callable[..., str]):
    role = add("决策角色")
    ticket = "t" * 32

    def send(value: str) -> Any:
        cmd = a_form(a_contact(own={role: value}))
        return write(service.create_customer, desk.sales, cmd=cmd, ticket=ticket)

    first = send("使用者")
    assert send("使用者") == first, "the same form is the same customer"
    with pytest.raises(AlreadySaved) as before:
        send("决策者")
    assert before.value.before.others == ("contact",)
    review = write(service.review_customer, desk.sales, cmd=a_form(), probe=Probe(), ticket=ticket)
    assert review.before is not None


def test_a_form_without_such_fields_is_the_form_that_it_was():
    """Receipts of before contacts had own fields stay good."""
    (contact,) = records._content(a_form())["contacts"]
    assert set(contact) == {*CONTACT_FIELDS, "is_main"}
    (contact,) = records._content(a_form(a_contact(own={"own_1": "x"})))["contacts"]
    assert contact["own"] == {"own_1": "x"}


def test_what_is_listed_is_what_there_is(desk: Office, write: Run, read: Run, add: Callable[..., str]):
    role = add("决策角色")
    write(fields.add_field, desk.admin, entry=FieldInput("line", "编码"))
    assert [field.path for field in read(list_every)] == [f"contact.{role}", f"own_{int(role[4:]) + 1}"]
    assert [field.key for field in read(queries.offer_contact_own, desk.sales).fields] == [role]

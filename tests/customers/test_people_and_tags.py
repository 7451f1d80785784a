from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from crm_app.core.clock import frozen, utcnow
from crm_app.core.errors import Conflict, CrmError, Forbidden, NotFound
from crm_app.core.problems import Invalid
from crm_app.customers import queries, service
from crm_app.customers.schemas import CustomerRef
from crm_app.models import Customer, FieldChange, User
from crm_app.options.service import retire_entry
from tests.customers.forms import create
from tests.factories import Office

Run = Callable[..., Any]


@pytest.fixture
def ref(desk: Office, write: Run) -> CustomerRef:
    return write(create, desk.sales)


@pytest.fixture
def sqlite_ref(sqlite_desk: Office, write: Run) -> CustomerRef:
    return write(create, sqlite_desk.sales)


def history(session: Session) -> list[tuple[str, str, str]]:
    return [(r.field, r.old, r.new) for r in session.exec(select(FieldChange).order_by(col(FieldChange.id)))]


def assign(write: Run, actor: object, ref: CustomerRef, owner_id: int, **more: Any) -> Any:
    return write(service.assign_owner, actor, number=ref.number, owner_id=owner_id, **more)


def test_a_customer_is_handed_over_and_the_department_follows(
    desk: Office, ref: CustomerRef, write: Run, read: Run
) -> None:
    later = utcnow() + timedelta(hours=1)
    with frozen(later):
        assign(write, desk.admin, ref, desk.outsider.user_id)
    customer = read(lambda s: s.get_one(Customer, ref.id))
    assert (customer.owner_id, customer.department_id) == (desk.outsider.user_id, desk.north)
    assert (customer.assigned_at, customer.version) == (later, 2)
    assert read(history) == [("owner", str(desk.sales.user_id), str(desk.outsider.user_id))]
    with pytest.raises(NotFound):
        read(queries.get_record, desk.sales, number=ref.number)


@pytest.mark.parametrize(
    ("who", "to", "error"),
    [
        ("manager", "sales2", None),
        ("manager", "outsider", Invalid),
        ("admin", "outsider", None),
        ("sales", "sales2", Forbidden),
        ("service_lead", "sales2", Forbidden),
    ],
)
def test_who_may_hand_over_to_whom(
    sqlite_desk: Office, sqlite_ref: CustomerRef, write: Run, read: Run, *, who: str, to: str, error: type | None
) -> None:
    people = sqlite_desk.everybody()
    if error is None:
        assign(write, people[who], sqlite_ref, people[to].user_id)
    else:
        with pytest.raises(error):
            assign(write, people[who], sqlite_ref, people[to].user_id)
    owner = people[to] if error is None else sqlite_desk.sales
    assert read(lambda s: s.get_one(Customer, sqlite_ref.id)).owner_id == owner.user_id


def test_a_manager_does_not_reach_into_another_department(sqlite_desk: Office, write: Run) -> None:
    foreign = write(create, sqlite_desk.outsider)
    with pytest.raises(NotFound):
        assign(write, sqlite_desk.manager, foreign, sqlite_desk.sales.user_id)


def test_two_hand_overs_at_once_are_told(sqlite_desk: Office, sqlite_ref: CustomerRef, write: Run) -> None:
    assign(write, sqlite_desk.manager, sqlite_ref, sqlite_desk.sales2.user_id, version=1)
    with pytest.raises(Conflict):
        assign(write, sqlite_desk.admin, sqlite_ref, sqlite_desk.manager.user_id, version=1)
    assign(write, sqlite_desk.admin, sqlite_ref, sqlite_desk.sales2.user_id, version=1)


def test_a_helper_who_becomes_the_owner_is_no_helper_any_more(desk: Office, write: Run, read: Run) -> None:
    shared = write(create, desk.sales, collaborator_ids=(desk.sales2.user_id,))
    assign(write, desk.manager, shared, desk.sales2.user_id)
    assert read(queries.collaborator_ids_of, shared.id) == frozenset()
    assert [line[0] for line in read(history)] == ["owner", "collaborators"]


def test_collaborators_are_set_and_see_the_customer(desk: Office, ref: CustomerRef, write: Run, read: Run) -> None:
    def help_with(*user_ids: int) -> None:
        write(service.set_collaborators, desk.sales, number=ref.number, user_ids=user_ids)

    help_with(desk.outsider.user_id, desk.sales2.user_id, desk.sales.user_id)
    ids = sorted((desk.outsider.user_id, desk.sales2.user_id))
    assert read(queries.collaborator_ids_of, ref.id) == set(ids)
    assert read(queries.get_record, desk.outsider, number=ref.number).number == ref.number
    help_with(desk.sales2.user_id)
    help_with(desk.sales2.user_id)
    assert read(history) == [
        ("collaborators", "", f"{ids[0]},{ids[1]}"),
        ("collaborators", f"{ids[0]},{ids[1]}", str(desk.sales2.user_id)),
    ]
    with pytest.raises(NotFound):
        read(queries.get_record, desk.outsider, number=ref.number)


def test_who_left_can_not_be_added_but_need_not_be_taken_off(
    sqlite_desk: Office, sqlite_ref: CustomerRef, write: Run, read: Run
) -> None:
    actor, leaver, other = sqlite_desk.sales, sqlite_desk.sales2.user_id, sqlite_desk.outsider.user_id
    write(service.set_collaborators, actor, number=sqlite_ref.number, user_ids=[leaver])

    def leave(session: Session) -> None:
        session.get_one(User, leaver).disabled_at = utcnow()

    write(leave)
    write(service.set_collaborators, actor, number=sqlite_ref.number, user_ids=[leaver, other])
    write(service.set_collaborators, actor, number=sqlite_ref.number, user_ids=[other])
    for wrong in ([leaver], [999_999]):
        with pytest.raises(Invalid):
            write(service.set_collaborators, actor, number=sqlite_ref.number, user_ids=wrong)
    with pytest.raises(Invalid):
        write(service.set_collaborators, actor, number=sqlite_ref.number, user_ids=range(1, 50))
    assert read(queries.collaborator_ids_of, sqlite_ref.id) == {other}


def test_tags_are_put_on_and_taken_off(desk: Office, ref: CustomerRef, write: Run, read: Run) -> None:
    mine = write(service.create_tag, desk.sales, name=" 老板　喜欢茶 ")
    assert write(service.create_tag, desk.sales2, name="老板 喜欢茶") == mine
    saved = write(service.set_tags, desk.sales, number=ref.number, tag_ids=[2, 1, mine])
    assert (saved.version, saved.value) == (2, f"1,2,{mine}")
    write(service.set_tags, desk.sales, number=ref.number, tag_ids=[mine])
    assert [tag.name for tag in read(queries.get_record, desk.sales, number=ref.number).tags] == ["老板 喜欢茶"]
    assert read(history) == [("tags", "", f"1,2,{mine}"), ("tags", f"1,2,{mine}", str(mine))]


def test_wrong_tags_are_refused(sqlite_desk: Office, sqlite_ref: CustomerRef, write: Run, read: Run) -> None:
    for wrong in ([999_999], range(1, 40)):
        with pytest.raises(Invalid):
            write(service.set_tags, sqlite_desk.sales, number=sqlite_ref.number, tag_ids=wrong)
    for name in ("", " ", "字" * 31):
        with pytest.raises(Invalid):
            write(service.create_tag, sqlite_desk.sales, name=name)
    with pytest.raises(Forbidden):
        write(service.create_tag, sqlite_desk.finance, name="新")
    assert read(queries.tag_ids_of, sqlite_ref.id) == frozenset()


def test_a_retired_tag_stays_where_it_is_worn_and_is_put_on_no_more(
    desk: Office, ref: CustomerRef, write: Run, read: Run
) -> None:
    write(service.set_tags, desk.sales, number=ref.number, tag_ids=[1])
    write(retire_entry, desk.admin, ref=-1, version=1)
    write(service.set_tags, desk.sales, number=ref.number, tag_ids=[1, 2])
    assert [tag.id for tag in read(queries.get_record, desk.sales, number=ref.number).tags] == [1, 2]
    write(service.set_tags, desk.sales, number=ref.number, tag_ids=[2])
    with pytest.raises(Invalid) as told:
        write(service.set_tags, desk.sales, number=ref.number, tag_ids=[1, 2])
    assert told.value.problems["tags"].code == "error.tag.retired"
    with pytest.raises(Invalid) as told:
        write(create, desk.sales, name="晨光有限公司", tag_ids=(1,))
    assert told.value.problems["tags"].code == "error.tag.retired"
    assert 1 not in {tag.id for tag in read(queries.list_form_choices, desk.sales).tags}


def test_tags_changed_by_two_are_told(sqlite_desk: Office, sqlite_ref: CustomerRef, write: Run) -> None:
    write(service.set_tags, sqlite_desk.manager, number=sqlite_ref.number, tag_ids=[1], version=1)
    with pytest.raises(Conflict):
        write(service.set_tags, sqlite_desk.sales, number=sqlite_ref.number, tag_ids=[2], version=1)


@pytest.mark.parametrize(("who", "error"), [("sales2", NotFound), ("outsider", NotFound), ("marketing", Forbidden)])
def test_who_may_not_touch_people_and_tags(
    sqlite_desk: Office, sqlite_ref: CustomerRef, write: Run, read: Run, *, who: str, error: type[CrmError]
) -> None:
    actor, number = sqlite_desk.everybody()[who], sqlite_ref.number
    with pytest.raises(error):
        write(service.set_tags, actor, number=number, tag_ids=[1])
    with pytest.raises(error):
        write(service.set_collaborators, actor, number=number, user_ids=[actor.user_id])
    assert read(history) == []


@pytest.mark.parametrize(
    ("who", "names"),
    [
        ("sales", {"李销售"}),
        ("manager", {"李销售", "王销售", "陈经理"}),
        ("service", set()),
    ],
)
def test_owners_offered_are_those_in_reach(sqlite_desk: Office, read: Run, who: str, names: set[str]) -> None:
    from crm_app.access.permissions import Permission

    actor = sqlite_desk.everybody()[who]
    assert {p.name for p in read(queries.list_owners, actor, Permission.CUSTOMER_CREATE)} == names
    assert len(read(queries.list_people)) == 9

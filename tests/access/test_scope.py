"""Row scope on both engines: each reach, collaborators, department subtrees, the deleted."""

import pytest
from sqlmodel import Session, col, select

from crm_app.access import sessions
from crm_app.access.actor import Actor
from crm_app.access.permissions import PRESET_ROLES, Permission, Reach
from crm_app.access.scope import customers_in_reach, deleted_in_reach, get_customer, reaches
from crm_app.core.clock import utcnow
from crm_app.core.db import Database
from crm_app.core.errors import Forbidden, NotFound
from crm_app.models import Collaborator, Customer, Department, Role, User
from tests.factories import Office, actor_of, make_customer, make_roles, make_user


@pytest.fixture
def customers(office: Office, db: Database) -> dict[str, str]:
    """Numbers by what they are: one each of two reps, of another department, of nobody, shared, and deleted."""
    with db.writing() as session:
        made = {
            "mine": make_customer(session, owner=office.sales),
            "colleague's": make_customer(session, owner=office.sales2),
            "north's": make_customer(session, owner=office.outsider),
            "nobody's": make_customer(session),
            "shared": make_customer(session, owner=office.outsider),
            "deleted": make_customer(session, owner=office.sales, deleted_at=utcnow()),
        }
        session.add(Collaborator(customer_id=made["shared"].id or 0, user_id=office.sales.user_id))
        return {name: customer.number for name, customer in made.items()}


def seen(session: Session, actor: Actor, permission: Permission = Permission.CUSTOMER_VIEW) -> set[str]:
    return set(session.exec(select(Customer.number).where(customers_in_reach(actor, permission))).all())


ALL_LIVE = {"mine", "colleague's", "north's", "nobody's", "shared"}


WHO_SEES_WHAT = {
    "sales": {"mine", "shared"},
    "sales2": {"colleague's"},
    "outsider": {"north's", "shared"},
    "manager": {"mine", "colleague's"},
    "service_lead": ALL_LIVE,
    "service": ALL_LIVE,
    "marketing": ALL_LIVE,
    "finance": ALL_LIVE,
    "admin": ALL_LIVE,
}


def test_who_sees_what(office: Office, db: Database, customers: dict[str, str]) -> None:
    names = {number: name for name, number in customers.items()}
    with db.reading() as session:
        got = {who: {names[n] for n in seen(session, actor)} for who, actor in office.everybody().items()}
    assert got == WHO_SEES_WHAT


def test_each_function_reaches_just_as_far_as_its_role_says(
    office: Office, db: Database, customers: dict[str, str]
) -> None:
    for actor in office.everybody().values():
        for permission in Permission:
            with db.reading() as session:
                _reaches_as_far_as_it_says(session, actor, permission, customers)


def _reaches_as_far_as_it_says(
    session: Session, actor: Actor, permission: Permission, customers: dict[str, str]
) -> None:
    case = f"{actor.username} {permission}"
    reach = PRESET_ROLES[actor.role_code].get(permission)
    numbers = seen(session, actor, permission)
    names = {name for name, number in customers.items() if number in numbers}
    assert "deleted" not in names, case
    if reach is None:
        assert names == set(), case
    elif reach is Reach.ALL:
        assert names == ALL_LIVE, case
    for name, number in customers.items():
        customer = session.exec(select(Customer).where(Customer.number == number)).one()
        assert reaches(session, actor, customer.id or 0, permission) == (name in names), case
        if name in names:
            assert get_customer(session, actor, number, permission).number == number
            continue
        with pytest.raises(Forbidden if reach is None else NotFound):
            get_customer(session, actor, number, permission)


def test_a_department_reaches_everything_below_it_and_nothing_beside_or_above(office: Office, db: Database) -> None:
    with db.writing() as session:
        team = Department(name="深圳组", parent_id=office.south)
        session.add(team)
        session.flush()
        squad = Department(name="南山小组", parent_id=team.id)
        session.add(squad)
        session.flush()
        company = session.exec(select(Department.id).where(col(Department.parent_id).is_(None))).one()
        rows = {
            place: make_customer(session, department_id=node)
            for place, node in (
                ("south", office.south), ("team", team.id), ("squad", squad.id), ("north", office.north),
                ("company", company),
            )
        }  # fmt: skip
        numbers = {place: customer.number for place, customer in rows.items()}
        user = session.get_one(User, office.manager.user_id)
        sessions.forget_rights()
        assert seen(session, actor_of(session, user)) == {numbers[p] for p in ("south", "team", "squad")}
        user.department_id = squad.id
        assert seen(session, actor_of(session, user)) == {numbers["squad"]}
        user.department_id = None
        assert seen(session, actor_of(session, user)) == set()


def test_a_manager_keeps_his_own_customers_in_other_departments(office: Office, db: Database) -> None:
    with db.writing() as session:
        elsewhere = make_customer(session, owner=office.manager, department_id=office.north)
        helping = make_customer(session, owner=office.outsider)
        session.add(Collaborator(customer_id=helping.id or 0, user_id=office.manager.user_id))
        session.flush()
        assert seen(session, office.manager) == {elsewhere.number, helping.number}


def test_a_role_without_any_grant_sees_nothing(office: Office, db: Database, customers: dict[str, str]) -> None:
    with db.writing() as session:
        make_roles(session)
        role = Role(code="empty", name="空")
        session.add(role)
        session.flush()
        user = make_user(session, username="empty", role_id=role.id or 0, department_id=office.south)
        actor = actor_of(session, user)
        assert seen(session, actor) == set()
        with pytest.raises(Forbidden):
            get_customer(session, actor, customers["mine"], Permission.CUSTOMER_VIEW)


def test_an_invented_number_reads_like_one_out_of_reach(office: Office, db: Database) -> None:
    for number in ("", "MFG-9999-999", "' OR 1=1 --", "%", "MFG-2024-%", "\ud7ff", "x" * 10_000):
        with db.reading() as session, pytest.raises(NotFound) as missing:
            get_customer(session, office.admin, number, Permission.CUSTOMER_VIEW)
        assert missing.value.params == {}


def test_the_recycle_bin_reaches_as_far_as_the_function_and_holds_nobody_live(office: Office, db: Database) -> None:
    with db.writing() as session:
        made = {
            "mine": make_customer(session, owner=office.sales, deleted_at=utcnow()),
            "colleague's": make_customer(session, owner=office.sales2, deleted_at=utcnow()),
            "north's": make_customer(session, owner=office.outsider, deleted_at=utcnow()),
            "nobody's": make_customer(session, deleted_at=utcnow()),
            "shared": make_customer(session, owner=office.outsider, deleted_at=utcnow()),
            "live": make_customer(session, owner=office.sales),
        }
        session.add(Collaborator(customer_id=made["shared"].id or 0, user_id=office.sales.user_id))
        names = {customer.number: name for name, customer in made.items()}
    expected = {who: reached - {"live"} for who, reached in WHO_SEES_WHAT.items()}
    for who, actor in office.everybody().items():
        for permission in Permission:
            with db.reading() as session:
                got = session.exec(select(Customer.number).where(deleted_in_reach(actor, permission))).all()
            reach, view = actor.reach(permission), actor.reach(Permission.CUSTOMER_VIEW)
            if reach is None:
                assert got == [], (who, permission)
            elif reach is view:
                assert {names[number] for number in got} == expected[who], (who, permission)
            assert "live" not in {names[number] for number in got}, (who, permission)

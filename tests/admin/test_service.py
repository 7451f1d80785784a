"""Accounts and roles on both engines."""

import pytest
from sqlmodel import Session, col, func, select

from crm_app.access.actor import Actor
from crm_app.access.audit import Action
from crm_app.access.passwords import verify_password
from crm_app.access.permissions import PRESET_ROLES, Permission, Reach
from crm_app.access.sessions import TRIES, resolve
from crm_app.admin.rules import parse_username
from crm_app.admin.schemas import NewPassword
from crm_app.admin.service import COMMAND_LINE, create_account, disable_account, reset_password, seed_roles
from crm_app.core.db import Database
from crm_app.core.errors import Forbidden, NotFound, Refused
from crm_app.core.problems import Invalid, Problem
from crm_app.models import AuditEntry, Role, RoleGrant, User
from tests.factories import sign_in

REP = Actor(user_id=1, username="rep", name="代表", role_code="sales_rep", grants=PRESET_ROLES["sales_rep"])


def make(session: Session, username: str, role_code: str = "administrator") -> NewPassword:
    return create_account(session, None, username=username, name="王芳", role_code=role_code)


@pytest.fixture
def seeded(db: Database) -> Database:
    with db.writing() as session:
        seed_roles(session)
    return db


def test_roles_are_seeded_once_with_the_reach_of_each_function(seeded: Database):
    with seeded.writing() as session:
        seed_roles(session)
    with seeded.reading() as session:
        for code, grants in PRESET_ROLES.items():
            found = session.exec(
                select(RoleGrant.permission, RoleGrant.reach)
                .join(Role, col(Role.id) == RoleGrant.role_id)
                .where(Role.code == code)
            ).all()
            assert {Permission(p): Reach(r) for p, r in found} == dict(grants)
            assert len(found) == len(grants)


def test_seeding_again_keeps_a_changed_role_but_gives_the_administrator_all(seeded: Database):
    with seeded.writing() as session:
        rep = session.exec(select(Role).where(Role.code == "sales_rep")).one()
        admin = session.exec(select(Role).where(Role.code == "administrator")).one()
        for role in (rep, admin):
            dropped = select(RoleGrant).where(RoleGrant.role_id == role.id, RoleGrant.permission == "customer:create")
            session.delete(session.exec(dropped).one())
    with seeded.writing() as session:
        seed_roles(session)
    with seeded.reading() as session:
        holders = select(Role.code).join(RoleGrant).where(RoleGrant.permission == "customer:create")
        assert set(session.exec(holders)) == {"administrator", "sales_manager"}


def test_a_new_account_signs_in_and_must_change_its_password(seeded: Database):
    with seeded.writing() as session:
        made = make(session, "Wang.Fang", "sales_rep")
    with seeded.writing() as session:
        token = sign_in(session, username="wang.fang", password=made.password, address="", device="")
    with seeded.reading() as session:
        actor = resolve(session, token)
        assert actor is not None
        assert (actor.username, actor.role_code, actor.must_change_password) == ("wang.fang", "sales_rep", True)
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == Action.ACCOUNT_CREATED)).one()
        assert (entry.username, entry.subject_id, entry.detail) == (
            COMMAND_LINE,
            str(made.user_id),
            {"role": "sales_rep"},
        )
        assert made.password not in repr(entry)


def test_a_taken_username_is_refused_and_nothing_else_is_lost(seeded: Database):
    with seeded.writing() as session:
        make(session, "wang")
        with pytest.raises(Invalid) as refused:
            make(session, "WANG ")
    assert refused.value.problems["username"].code == "error.username.taken"
    with seeded.reading() as session:
        assert session.exec(select(func.count()).select_from(User)).one() == 1


def test_all_problems_of_an_account_are_told_at_once(seeded: Database):
    with seeded.writing() as session, pytest.raises(Invalid) as refused:
        create_account(session, None, username="a b", name=" ", role_code="finance", password="short")
    assert set(refused.value.problems) == {"username", "name", "password"}


def test_an_unknown_role_is_not_found(seeded: Database):
    with seeded.writing() as session, pytest.raises(NotFound):
        make(session, "wang", "emperor")


def test_disabling_ends_the_sessions_at_once(seeded: Database):
    with seeded.writing() as session:
        make(session, "boss")
        made = make(session, "leaver", "sales_rep")
        token = sign_in(session, username="leaver", password=made.password, address="", device="")
    with seeded.writing() as session:
        disable_account(session, None, username="leaver")
    with seeded.reading() as session:
        assert resolve(session, token) is None
    with seeded.writing() as session, pytest.raises(Refused, match=r"error\.sign_in\.wrong"):
        sign_in(session, username="leaver", password=made.password, address="", device="")
    with seeded.writing() as session, pytest.raises(Refused, match=r"error\.account\.disabled"):
        disable_account(session, None, username="leaver")


def test_the_last_administrator_cannot_be_disabled(seeded: Database):
    with seeded.writing() as session:
        make(session, "first")
        make(session, "second")
        make(session, "rep", "sales_rep")
        disable_account(session, None, username="first")
        with pytest.raises(Refused, match=r"error\.account\.last_administrator"):
            disable_account(session, None, username="second")
    with seeded.reading() as session:
        second = session.exec(select(User).where(User.username == "second")).one()
        assert second.disabled_at is None


def test_a_reset_gives_a_new_password_ends_sessions_and_lifts_the_lock(seeded: Database):
    with seeded.writing() as session:
        made = make(session, "wang", "sales_rep")
        token = sign_in(session, username="wang", password=made.password, address="", device="")
    for _ in range(TRIES):
        with seeded.writing() as session, pytest.raises(Refused):
            sign_in_and_keep_the_failure(session, "wang")
    with seeded.writing() as session:
        fresh = reset_password(session, None, username="wang")
    with seeded.writing() as session:
        assert fresh.password != made.password
        assert resolve(session, token) is None
        user = session.exec(select(User).where(User.username == "wang")).one()
        assert verify_password(fresh.password, user.password_hash)
        assert user.must_change_password
        assert sign_in(session, username="wang", password=fresh.password, address="", device="")


def sign_in_and_keep_the_failure(session: Session, username: str) -> None:
    """As the sign-in route does: the failure is committed, then told."""
    try:
        sign_in(session, username=username, password="wrong", address="", device="")
    except Refused:
        session.commit()
        raise


@pytest.mark.parametrize("deed", [disable_account, reset_password])
def test_only_an_administrator_touches_accounts(seeded: Database, deed):
    with seeded.writing() as session:
        make(session, "wang")
        with pytest.raises(Forbidden):
            deed(session, REP, username="wang")
        with pytest.raises(Forbidden):
            create_account(session, REP, username="mine", name="我", role_code="administrator")
    with seeded.reading() as session:
        assert session.exec(select(func.count()).select_from(User)).one() == 1
        actions = set(session.exec(select(AuditEntry.action)))
        assert actions == {Action.ACCOUNT_CREATED}


@pytest.mark.parametrize("raw", ["a", "-ab", "王芳", "a b", "a@b", "x" * 41, "(command line)"])
def test_odd_usernames_are_refused(raw: str):
    assert parse_username(raw) == Problem("error.username.format")


@pytest.mark.parametrize(
    ("raw", "parsed"), [(" Wang.Fang ", "wang.fang"), ("ｗａｎｇ1", "wang1"), ("a-b_c.d", "a-b_c.d")]
)
def test_usernames_are_folded(raw: str, parsed: str):
    assert parse_username(raw) == parsed

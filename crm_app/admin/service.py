"""Accounts and roles: made, disabled, given a new password; each leaves an entry in the audit log (R10.5, R10.6).

`actor` is None for the person at the machine: the command line and the first run.
"""

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete, select

from crm_app.access.actor import Actor
from crm_app.access.audit import Action, record
from crm_app.access.passwords import check_new_password, hash_password, make_password
from crm_app.access.permissions import PRESET_ROLES, Permission
from crm_app.access.sessions import end_all_sessions
from crm_app.admin.queries import get_account, get_role, list_administrators
from crm_app.admin.rules import parse_person_name, parse_username
from crm_app.admin.schemas import NewPassword
from crm_app.core.changes import Change, announce
from crm_app.core.clock import utcnow
from crm_app.core.errors import Forbidden, Refused
from crm_app.core.problems import Invalid, Problem
from crm_app.models import Role, RoleGrant, SignInTry, User

COMMAND_LINE = "(command line)"
"""How the audit log names the person at the machine; no account can have this name."""


def seed_roles(session: Session) -> None:
    """Add the preset roles that were never there; grants that the administrator changed stay so.

    The administrator's role always gets everything, so that a new version's functions can be handed on by somebody.
    """
    known = {role.code: role for role in session.exec(select(Role))}
    for code, grants in PRESET_ROLES.items():
        role = known.get(code)
        if role is None:
            role = Role(code=code, preset=True)
            session.add(role)
            session.flush()
        elif code != "administrator":
            continue
        held = set(session.exec(select(RoleGrant.permission).where(RoleGrant.role_id == role.id)))
        session.add_all(
            RoleGrant(role_id=role.id or 0, permission=permission, reach=reach)
            for permission, reach in grants.items()
            if permission not in held
        )
    session.flush()


def create_account(
    session: Session,
    actor: Actor | None,
    *,
    username: str,
    name: str,
    role_code: str,
    department_id: int | None = None,
    password: str = "",
    password_hash: str = "",
    must_change: bool = True,
) -> NewPassword:
    """Make an account, with a random password unless one is given.

    `password_hash` is the given password's, where it was computed before the transaction began. Raises Invalid for
    `username`, `name` and `password`; NotFound for an unknown role; Forbidden.
    """
    _require_administrator(actor)
    username, name = check_account(username=username, name=name, password=password)
    role = get_role(session, role_code)
    password = password or make_password()
    user = User(
        username=username,
        name=name,
        password_hash=password_hash or hash_password(password),
        must_change_password=must_change,
        role_id=role.id or 0,
        department_id=department_id,
    )
    try:
        with session.begin_nested():
            session.add(user)
    except IntegrityError as error:
        raise Invalid({"username": Problem("error.username.taken", {"username": username})}) from error
    _record(session, Action.ACCOUNT_CREATED, actor, user, role=role_code)
    return NewPassword(user_id=user.id or 0, username=user.username, password=password)


def check_account(*, username: str, name: str, password: str) -> tuple[str, str]:
    """Username and name as they are stored. Raises Invalid for `username`, `name` and, if one is given, `password`."""
    parsed, person = parse_username(username), parse_person_name(name)
    problems = {k: v for k, v in (("username", parsed), ("name", person)) if isinstance(v, Problem)}
    if password and (weak := check_new_password(password, username=str(parsed), name=str(person))):
        problems["password"] = weak
    if problems:
        raise Invalid(problems)
    return str(parsed), str(person)


def disable_account(session: Session, actor: Actor | None, *, username: str) -> None:
    """Shut an account out; its sessions end with this transaction.

    Raises NotFound, Forbidden, and Refused for an account that is disabled already or is the last administrator's.
    """
    _require_administrator(actor)
    administrators = list_administrators(session, lock=True)
    user = get_account(session, username)
    if user.disabled_at is not None:
        raise Refused("error.account.disabled", username=user.username)
    if administrators == {user.id}:
        raise Refused("error.account.last_administrator", username=user.username)
    user.disabled_at = utcnow()
    user.version += 1
    end_all_sessions(session, user.id or 0)
    _record(session, Action.ACCOUNT_DISABLED, actor, user)


def reset_password(session: Session, actor: Actor | None, *, username: str) -> NewPassword:
    """A new random password, to be changed at the next sign-in; sessions end, a lock after failed tries is lifted.

    Raises NotFound, Forbidden, and Refused for a disabled account.
    """
    _require_administrator(actor)
    user = get_account(session, username)
    if user.disabled_at is not None:
        raise Refused("error.account.disabled", username=user.username)
    password = make_password()
    user.password_hash = hash_password(password)
    user.must_change_password = True
    user.version += 1
    end_all_sessions(session, user.id or 0)
    session.exec(delete(SignInTry).where(col(SignInTry.username) == user.username))
    _record(session, Action.PASSWORD_RESET, actor, user)
    return NewPassword(user_id=user.id or 0, username=user.username, password=password)


def _require_administrator(actor: Actor | None) -> None:
    if actor is not None and not actor.may(Permission.SYSTEM_ADMIN):
        raise Forbidden


def _record(session: Session, action: Action, actor: Actor | None, user: User, **detail: str) -> None:
    record(
        session,
        action,
        actor=actor,
        username=COMMAND_LINE,
        subject_kind="account",
        subject_id=user.id or 0,
        **detail,
    )
    announce(Change("user", actor_id=actor.user_id if actor else None))

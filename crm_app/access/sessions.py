"""Signing in and out: sessions in the database, known to the browser by an HttpOnly cookie only (R10.5)."""

import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlalchemy import bindparam, func, update
from sqlmodel import Session, col, delete, select

from crm_app.access.actor import Actor
from crm_app.access.audit import Action, record
from crm_app.access.passwords import check_new_password, hash_password, nobodys_hash, verify_password
from crm_app.access.permissions import Permission, Reach
from crm_app.core.clock import utcnow
from crm_app.core.errors import NotFound, Refused
from crm_app.core.problems import Invalid, Problem
from crm_app.core.settings import get_settings
from crm_app.models import Department, Role, RoleGrant, SignInTry, User, UserSession

COOKIE = "crm_session"
TRIES = 5
ADDRESS_TRIES = 50
WINDOW = timedelta(minutes=15)
LOCK = timedelta(minutes=10)
SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One of a person's own sessions, as its page shows it."""

    id: int
    device: str
    address: str
    created_at: datetime
    seen_at: datetime
    current: bool


_BROWSERS = (
    ("Edg/", "Edge"),
    ("MicroMessenger", "微信"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Windows", "Windows"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def device_name(user_agent: str) -> str:
    """A browser and its system in two words, such as "Chrome · Windows"; the raw text when neither is known."""
    found = [next((name for mark, name in table if mark in user_agent), "") for table in (_BROWSERS, _SYSTEMS)]
    return " · ".join(filter(None, found)) or user_agent[:40]


def digest(token: str) -> str:
    """What is stored of a cookie's value."""
    return hashlib.sha256(token.encode()).hexdigest()


def sign_in(session: Session, *, username: str, password: str, address: str, device: str) -> str:
    """Check name and password and start a session; returns the cookie's value.

    Raises Refused: "error.sign_in.wrong" alike for an unknown name, a wrong password and a disabled account, and
    "error.sign_in.locked" with `minutes` after repeated failures, before any hashing. The caller commits in both cases,
    so that a failure is counted.
    """
    username = username.strip().lower()[:40]
    wait = lock_minutes(session, username=username, address=address)
    if wait:
        raise Refused("error.sign_in.locked", minutes=wait)
    user = session.exec(select(User).where(User.username == username)).one_or_none()
    fits = verify_password(password[:256], user.password_hash if user else nobodys_hash())
    if user is None or not fits or user.disabled_at is not None:
        session.add(SignInTry(username=username, address=address))
        session.flush()
        locked = lock_minutes(session, username=username, address=address)
        record(session, Action.SIGN_IN_FAILED, username=username, address=address)
        if locked:
            record(session, Action.ACCOUNT_LOCKED, username=username, address=address)
        raise Refused("error.sign_in.wrong")
    session.exec(delete(SignInTry).where(col(SignInTry.username) == username))
    return start_session(session, user=user, address=address, device=device)


def start_session(session: Session, *, user: User, address: str, device: str) -> str:
    """A new session for this person; returns the cookie's value."""
    settings = get_settings()
    token = secrets.token_urlsafe(32)
    now = utcnow()
    session.add(
        UserSession(
            digest=digest(token),
            user_id=user.id or 0,
            address=address[:60],
            device=device[:200],
            expires_at=now + timedelta(days=settings.session_days),
        )
    )
    record(
        session,
        Action.SIGNED_IN,
        username=user.username,
        subject_kind="account",
        subject_id=user.id or 0,
        address=address,
    )
    return token


def lock_minutes(session: Session, *, username: str, address: str) -> int:
    """Minutes until the next try is allowed for this name or address; 0 when it is now."""
    now = utcnow()
    for column, value, limit in (
        (SignInTry.username, username, TRIES),
        (SignInTry.address, address, ADDRESS_TRIES),
    ):
        count, last = session.exec(
            select(func.count(), func.max(SignInTry.at)).where(col(column) == value, col(SignInTry.at) > now - WINDOW)
        ).one()
        if count >= limit and last is not None and last + LOCK > now:
            return max(1, -(-int((last + LOCK - now).total_seconds()) // 60))
    return 0


_BY_DIGEST = (
    select(  # type: ignore[call-overload]
        col(UserSession.id),
        col(UserSession.expires_at),
        col(UserSession.seen_at),
        col(User.id),
        col(User.username),
        col(User.name),
        col(User.role_id),
        col(User.department_id),
        col(User.language),
        col(User.must_change_password),
    )
    .join(User, col(User.id) == col(UserSession.user_id))
    .where(
        col(UserSession.digest) == bindparam("digest"),
        col(UserSession.revoked_at).is_(None),
        col(User.disabled_at).is_(None),
    )
)
"""Built once: this runs for each event of each tab."""


def resolve(session: Session, token: str, *, address: str = "") -> Actor | None:
    """The actor behind a cookie's value; None when the session ended, idled out, or the account is disabled.

    Session and account are read anew each time, so that ending either works at the next event. Roles' grants and the
    tree of departments change rarely and are remembered, see `forget_rights`.
    """
    if not token:
        return None
    now = utcnow()
    row = session.execute(_BY_DIGEST, {"digest": digest(token)}).one_or_none()
    if row is None:
        return None
    session_id, expires_at, seen_at, user_id, username, name, role_id, department_id, language, must_change = row
    if expires_at <= now or seen_at <= now - timedelta(hours=get_settings().session_hours):
        return None
    rights = _rights(session, role_id, department_id)
    return Actor(
        user_id=user_id,
        username=username,
        name=name,
        role_code=rights.role_code,
        department_id=department_id,
        department_ids=rights.department_ids,
        language=language,
        grants=rights.grants,
        session_id=session_id,
        must_change_password=must_change,
        address=address,
    )


@dataclass(frozen=True, slots=True)
class _Rights:
    role_code: str
    grants: Mapping[Permission, Reach]
    department_ids: tuple[int, ...]
    read_at: float


RIGHTS_SECONDS = 5.0
"""Another process may have changed a role: what is remembered of it is read again after this long."""
_remembered: dict[tuple[object, int, int | None], _Rights] = {}


def forget_rights() -> None:
    """Call after a change of roles, grants or departments: it holds from the next event on."""
    _remembered.clear()


def _rights(session: Session, role_id: int, department_id: int | None) -> _Rights:
    key = (session.get_bind().engine.url, role_id, department_id)
    found = _remembered.get(key)
    if found and time.monotonic() - found.read_at < RIGHTS_SECONDS:
        return found
    role_code = session.exec(select(Role.code).where(Role.id == role_id)).one()
    grants = session.exec(select(RoleGrant.permission, RoleGrant.reach).where(RoleGrant.role_id == role_id)).all()
    known = set(Permission)
    found = _Rights(
        role_code=role_code,
        grants=MappingProxyType({Permission(p): Reach(r) for p, r in grants if p in known}),
        department_ids=departments_below(session, department_id),
        read_at=time.monotonic(),
    )
    _remembered[key] = found
    return found


def touch(session: Session, session_id: int) -> None:
    """Note that the session is in use; writes at most once a minute."""
    now = utcnow()
    session.execute(
        update(UserSession)
        .where(col(UserSession.id) == session_id, col(UserSession.seen_at) < now - SEEN_EVERY)
        .values(seen_at=now)
    )


def is_nobody_there(session: Session) -> bool:
    """Whether the system still waits for its first account."""
    return session.exec(select(User.id).limit(1)).first() is None


def departments_below(session: Session, department_id: int | None) -> tuple[int, ...]:
    """The department and all below it."""
    if department_id is None:
        return ()
    children: dict[int | None, list[int]] = {}
    for node, parent in session.exec(select(Department.id, Department.parent_id)).all():
        children.setdefault(parent, []).append(node or 0)
    found, rest = [department_id], [department_id]
    while rest:
        below = [c for c in children.get(rest.pop(), []) if c not in found]
        found += below
        rest += below
    return tuple(found)


def end_session(session: Session, actor: Actor, session_id: int) -> None:
    """End one of the actor's own sessions. Raises NotFound for anybody else's."""
    found = session.get(UserSession, session_id)
    if found is None or found.user_id != actor.user_id:
        raise NotFound
    found.revoked_at = utcnow()
    record(session, Action.SESSION_ENDED, actor=actor, subject_kind="session", subject_id=session_id)


def end_all_sessions(session: Session, user_id: int, *, but: int = 0) -> None:
    """End all sessions of a person, but for one."""
    session.execute(
        update(UserSession)
        .where(col(UserSession.user_id) == user_id, col(UserSession.revoked_at).is_(None), col(UserSession.id) != but)
        .values(revoked_at=utcnow())
    )


def list_sessions(session: Session, actor: Actor) -> list[SessionRow]:
    """The actor's own open sessions, the latest used first."""
    now = utcnow()
    rows = session.exec(
        select(UserSession)
        .where(
            UserSession.user_id == actor.user_id,
            col(UserSession.revoked_at).is_(None),
            col(UserSession.expires_at) > now,
            col(UserSession.seen_at) > now - timedelta(hours=get_settings().session_hours),
        )
        .order_by(col(UserSession.seen_at).desc())
    ).all()
    return [
        SessionRow(
            id=r.id or 0,
            device=r.device,
            address=r.address,
            created_at=r.created_at,
            seen_at=r.seen_at,
            current=r.id == actor.session_id,
        )
        for r in rows
    ]


def change_password(session: Session, actor: Actor, *, current: str, new: str) -> None:
    """Set the actor's own password; all his other sessions end. Raises Invalid by field."""
    user = session.get_one(User, actor.user_id)
    if not verify_password(current[:256], user.password_hash):
        raise Invalid({"current": Problem("error.password.wrong")})
    problem = check_new_password(new, username=user.username, name=user.name)
    if problem:
        raise Invalid({"new": problem})
    if verify_password(new, user.password_hash):
        raise Invalid({"new": Problem("error.password.same")})
    user.password_hash = hash_password(new)
    user.must_change_password = False
    user.version += 1
    end_all_sessions(session, actor.user_id, but=actor.session_id)
    record(session, Action.PASSWORD_CHANGED, actor=actor, subject_kind="account", subject_id=actor.user_id)

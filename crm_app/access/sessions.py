"""Signing in and out: sessions in the database, known to the browser by an HttpOnly cookie only (R10.5)."""

import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlalchemy import bindparam, func, text, update
from sqlmodel import Session, col, delete, select

from crm_app.access.actor import Actor
from crm_app.access.audit import Action, record
from crm_app.access.passwords import nobodys_hash, verify_password
from crm_app.access.people import departments_below
from crm_app.access.permissions import Permission, Reach
from crm_app.core import changes
from crm_app.core.clock import utcnow
from crm_app.core.errors import NotFound, Refused
from crm_app.core.settings import get_settings
from crm_app.models import Role, RoleGrant, SignInTry, User, UserSession

COOKIE = "crm_session"
TRIES = 5
STRANGER_TRIES = 10
WINDOW = timedelta(minutes=15)
LOCK = timedelta(minutes=10)
TRIES_KEPT = timedelta(days=1)
ENDED_SESSIONS_KEPT = timedelta(days=30)
"""For so long an address counts as one from which the person has signed in before."""
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


def ended(stored: str) -> str:
    """The kind of the change that says that this session, named by what is stored of it, has ended."""
    return f"session:{stored}"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A try to sign in or to prove the own password that has been counted, but not been decided yet."""

    id: int
    key: str
    username: str
    address: str
    stored: str
    """The account's hash; nobody's when there is no such account, so that both answers take the same work."""
    user_id: int | None

    def fits(self, password: str) -> bool:
        """Whether the password is right. Slow on purpose: call it outside of any transaction."""
        return verify_password(password[:256], self.stored or nobodys_hash())


def begin_attempt(session: Session, *, username: str, address: str) -> Attempt:
    """Count a try before it costs a hash check. Raises Refused("error.sign_in.locked", minutes=…).

    Counted first and hashed later, so that tries sent at the same moment can't all pass. Three counts within 15
    minutes, each followed by 10 minutes of silence after the last counted try:

    - 5 for one name from one address;
    - 10 for one name from anywhere, and 10 from one address for any names, except where that person has signed in from
      that address before: otherwise anybody could keep a colleague out by failing in his name, or a whole office
      behind one address.

    Names without an account are stored as a digest only: people type passwords into the wrong field.
    """
    username = username.strip().lower()[:40]
    address = address[:60]
    user = session.exec(select(User).where(User.username == username)).one_or_none()
    key = username if user else "?" + digest(username)[:39]
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE sign_in_try IN SHARE ROW EXCLUSIVE MODE"))
    wait = lock_minutes(session, username=key, address=address, familiar=_is_familiar(session, user, address))
    if wait:
        raise Refused("error.sign_in.locked", minutes=wait)
    session.exec(delete(SignInTry).where(col(SignInTry.at) < utcnow() - TRIES_KEPT))
    row = SignInTry(username=key, address=address)
    session.add(row)
    session.flush()
    return Attempt(
        id=row.id or 0,
        key=key,
        username=user.username if user else "",
        address=address,
        stored=user.password_hash if user else "",
        user_id=user.id if user else None,
    )


def _is_familiar(session: Session, user: User | None, address: str) -> bool:
    """Whether this person has signed in from this address before."""
    if user is None or not address:
        return False
    known = select(UserSession.id).where(UserSession.user_id == user.id, UserSession.address == address).limit(1)
    return session.exec(known).first() is not None


def lock_minutes(session: Session, *, username: str, address: str, familiar: bool = False) -> int:
    """Minutes until the next try is allowed for this name from this address; 0 when it is now.

    `familiar`: only failures of this very name from this very address count.
    """
    now = utcnow()
    this_name, this_place = col(SignInTry.username) == username, col(SignInTry.address) == address
    counts = [(TRIES, (this_name, this_place))]
    if not familiar:
        counts += [(STRANGER_TRIES, (this_name,)), (STRANGER_TRIES, (this_place,))]
    waits = [0]
    for limit, conditions in counts:
        recent = select(func.count(), func.max(SignInTry.at)).where(*conditions, col(SignInTry.at) > now - WINDOW)
        count, last = session.exec(recent).one()
        if count >= limit and last is not None and last + LOCK > now:
            waits.append(max(1, -(-int((last + LOCK - now).total_seconds()) // 60)))
    return max(waits)


def note_failure(session: Session, attempt: Attempt) -> None:
    """Trace a refused attempt, and the lock that it may have caused; the attempt itself is counted already."""
    record(session, Action.SIGN_IN_FAILED, username=attempt.username, address=attempt.address)
    same = col(SignInTry.username) == attempt.key, col(SignInTry.address) == attempt.address
    count = session.exec(select(func.count()).where(*same, col(SignInTry.at) > utcnow() - WINDOW)).one()
    if count == TRIES:
        record(session, Action.ACCOUNT_LOCKED, username=attempt.username, address=attempt.address)


def forget_tries(session: Session, attempt: Attempt) -> None:
    """The right password ends the count of this name at this address."""
    session.exec(
        delete(SignInTry).where(col(SignInTry.username) == attempt.key, col(SignInTry.address) == attempt.address)
    )


def finish_sign_in(session: Session, attempt: Attempt, *, fits: bool, device: str) -> str | None:
    """Start the session of a decided attempt; returns the cookie's value, or None when it is refused.

    None alike for an unknown name, a wrong password, a disabled account, and a password changed in the meantime.
    """
    user = session.get(User, attempt.user_id) if attempt.user_id else None
    if user is None or not fits or user.disabled_at is not None or user.password_hash != attempt.stored:
        note_failure(session, attempt)
        return None
    forget_tries(session, attempt)
    return start_session(session, user=user, address=attempt.address, device=device)


def start_session(session: Session, *, user: User, address: str, device: str) -> str:
    """A new session for this person; returns the cookie's value. His long-ended ones are forgotten."""
    settings = get_settings()
    token = secrets.token_urlsafe(32)
    now = utcnow()
    session.exec(
        delete(UserSession).where(
            col(UserSession.user_id) == user.id, col(UserSession.expires_at) < now - ENDED_SESSIONS_KEPT
        )
    )
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
    rights = rights_of(session, role_id, department_id)
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
class Rights:
    """What a role grants to somebody of a department."""

    role_code: str
    grants: Mapping[Permission, Reach]
    department_ids: tuple[int, ...]
    read_at: float


RIGHTS_SECONDS = 5.0
"""Another process may have changed a role: what is remembered of it is read again after this long."""
_remembered: dict[tuple[object, int, int | None], Rights] = {}


def forget_rights() -> None:
    """Call after a change of roles, grants or departments: it holds from the next event on."""
    _remembered.clear()


def rights_of(session: Session, role_id: int, department_id: int | None) -> Rights:
    """The rights of now, as far as this process knows."""
    key = (session.get_bind().engine.url, role_id, department_id)
    found = _remembered.get(key)
    if found and time.monotonic() - found.read_at < RIGHTS_SECONDS:
        return found
    role_code = session.exec(select(Role.code).where(Role.id == role_id)).one()
    grants = session.exec(select(RoleGrant.permission, RoleGrant.reach).where(RoleGrant.role_id == role_id)).all()
    functions, reaches = set(Permission), set(Reach)
    found = Rights(
        role_code=role_code,
        grants=MappingProxyType({Permission(p): Reach(r) for p, r in grants if p in functions and r in reaches}),
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


def end_session(session: Session, actor: Actor, session_id: int) -> None:
    """End one of the actor's own sessions. Raises NotFound for anybody else's."""
    found = session.get(UserSession, session_id)
    if found is None or found.user_id != actor.user_id:
        raise NotFound
    found.revoked_at = utcnow()
    changes.announce(changes.Change(ended(found.digest)))
    record(session, Action.SESSION_ENDED, actor=actor, subject_kind="session", subject_id=session_id)


def end_other_sessions(session: Session, actor: Actor) -> None:
    """End all of the actor's sessions but the one that asks."""
    end_all_sessions(session, actor.user_id, but=actor.session_id)
    record(session, Action.SESSION_ENDED, actor=actor, subject_kind="session", subject_id="others")


def end_all_sessions(session: Session, user_id: int, *, but: int = 0) -> None:
    """End all sessions of a person, but for one."""
    found = session.execute(
        update(UserSession)
        .where(col(UserSession.user_id) == user_id, col(UserSession.revoked_at).is_(None), col(UserSession.id) != but)
        .values(revoked_at=utcnow())
        .returning(col(UserSession.digest))
    )
    for stored in found.scalars():
        changes.announce(changes.Change(ended(stored)))


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


def change_password(session: Session, actor: Actor, attempt: Attempt, *, new_hash: str, device: str) -> str:
    """Set the actor's own password, proven by `attempt`; returns the cookie's value of a new session.

    All his sessions end, the asking one as well: whoever holds a copy of its cookie is out too. Raises Refused when the
    password was changed or the account disabled in the meantime.
    """
    user = session.get_one(User, actor.user_id)
    if user.password_hash != attempt.stored or user.disabled_at is not None:
        raise Refused("error.sign_in.again")
    forget_tries(session, attempt)
    user.password_hash = new_hash
    user.must_change_password = False
    user.version += 1
    end_all_sessions(session, actor.user_id)
    record(session, Action.PASSWORD_CHANGED, actor=actor, subject_kind="account", subject_id=actor.user_id)
    return start_session(session, user=user, address=attempt.address, device=device)

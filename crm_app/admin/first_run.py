"""The first start on an empty database: presets, and either demonstration data or a code to make the administrator.

Each way is one transaction: whoever kills the process in the middle finds an empty database at the next start.
"""

import hashlib
import hmac
import os
import tempfile
from datetime import datetime
from pathlib import Path

from sqlalchemy import text
from sqlmodel import Session

from crm_app.access.audit import Action, record
from crm_app.access.passwords import MIN_LENGTH, hash_password, make_password
from crm_app.access.sessions import lock_minutes
from crm_app.admin.presentation import describe
from crm_app.admin.queries import has_accounts
from crm_app.admin.schemas import FirstRun
from crm_app.admin.service import check_account, create_account, seed_roles
from crm_app.core.clock import utcnow
from crm_app.core.db import Database, get_database
from crm_app.core.errors import Refused
from crm_app.core.problems import Invalid, Problem
from crm_app.models import Department, Setting, SignInTry
from crm_app.options.service import seed_presets

FILE_NAME = "first-run.txt"
SETUP_KEY = "first_run.setup_code"
_LOCK = 7_203_145
"""Any number: PostgreSQL's name for "two processes start on one empty database"."""


def prepare(
    data_dir: Path, *, demo: bool, demo_password: str = "", database: Database | None = None
) -> FirstRun | None:
    """Make an empty database ready for people; None when somebody has an account already.

    With `demo`, the accounts and their password also go into `first-run.txt`, which only its owner can read. Without,
    each start makes a new code until the administrator exists; only its hash is kept.
    """
    database = database or get_database()
    with database.reading() as session:
        if has_accounts(session):
            return None
    with database.writing() as session:
        if session.get_bind().dialect.name != "sqlite":
            session.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        if has_accounts(session):
            return None
        seed_roles(session)
        seed_presets(session)
        if not demo:
            return FirstRun(setup_code=_open_setup(session))
        return _load_demo(session, data_dir / FILE_NAME, demo_password or make_password(), now=utcnow())


def _load_demo(session: Session, file: Path, password: str, *, now: datetime) -> FirstRun:
    from crm_app.admin.demo.service import SEED, SMALL, load_demo  # noqa: PLC0415 - later starts must not wait for it.

    customers, follow_ups = SMALL
    loaded = load_demo(
        session, customers=customers, follow_ups=follow_ups, seed=SEED, now=now, password_hash=hash_password(password)
    )
    made = FirstRun(accounts=loaded.accounts, password=password, file=file)
    # Before the commit: accounts whose password nobody knows would be worse than a file without accounts.
    write_private(file, describe(made, "zh") + "\n" + describe(made, "en"))
    return made


def write_private(path: Path, content: str) -> None:
    """Write a file whole or not at all, readable by its owner only from its first moment."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


# --- without demonstration data


def _open_setup(session: Session) -> str:
    code = make_password()
    session.merge(Setting(key=SETUP_KEY, value={"digest": _digest(code)}))
    if session.get(Department, 1) is None:
        session.add(Department(name="公司"))
    return code


def _digest(code: str) -> str:
    """The code is random and long: a plain hash can't be guessed back."""
    return hashlib.sha256(code.strip().lower().encode()).hexdigest()


def is_setup_open(session: Session) -> bool:
    """Whether the system waits for its first administrator."""
    return not has_accounts(session) and session.get(Setting, SETUP_KEY) is not None


def check_setup(session: Session, *, code: str, username: str, name: str, password: str, address: str) -> None:
    """Whether the code from the log and the account to be are right.

    Raises Refused: "error.setup.closed" when there is an account already, "error.setup.locked" with `minutes` after
    repeated wrong codes, "error.setup.code". The caller commits in these cases too, so that a wrong code is counted.
    Raises Invalid for `username`, `name` and `password`; the code then stays good.
    """
    stored = session.get(Setting, SETUP_KEY, with_for_update=True)
    if stored is None or has_accounts(session):
        raise Refused("error.setup.closed")
    tries = f"(setup) {address}"[:40]
    if wait := lock_minutes(session, username=tries, address=address):
        raise Refused("error.setup.locked", minutes=wait)
    if not hmac.compare_digest(str(stored.value.get("digest", "")), _digest(code[:100])):
        session.add(SignInTry(username=tries, address=address[:60]))
        record(session, Action.SIGN_IN_FAILED, username=tries, subject_kind="setup", address=address)
        session.flush()
        raise Refused("error.setup.code")
    if not password:
        raise Invalid({"password": Problem("error.password.short", {"min": MIN_LENGTH})})
    check_account(username=username, name=name, password=password)


def create_first_administrator(
    session: Session, *, code: str, username: str, name: str, password: str, password_hash: str, address: str
) -> int:
    """Make the administrator with the code, which works once; the account's id. Raises as `check_setup`.

    The password was checked before it was hashed, and hashed before this transaction began.
    """
    check_setup(session, code=code, username=username, name=name, password=password, address=address)
    made = create_account(
        session,
        None,
        username=username,
        name=name,
        role_code="administrator",
        password=password,
        password_hash=password_hash,
        must_change=False,
    )
    session.delete(session.get_one(Setting, SETUP_KEY))
    return made.user_id

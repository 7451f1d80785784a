"""The first start: everything or nothing, private, once."""

import os
import re
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlmodel import Session, col, func, select

from crm_app.access.passwords import hash_password
from crm_app.access.sessions import TRIES, resolve
from crm_app.admin.first_run import FILE_NAME, create_first_administrator, is_setup_open, prepare
from crm_app.admin.presentation import describe
from crm_app.admin.schemas import FirstRun
from crm_app.core.db import Database
from crm_app.core.errors import Refused
from crm_app.core.problems import Invalid
from crm_app.models import AuditEntry, Customer, Option, Role, Setting, User
from tests.factories import sign_in

ADDRESS = "192.0.2.1"
GOOD_PASSWORD = "A-good-Pass-2026"


def made(first: FirstRun | None) -> FirstRun:
    assert first is not None
    return first


def test_a_first_start_makes_accounts_that_can_sign_in_without_changing_their_password(db: Database, tmp_path: Path):
    first = made(prepare(tmp_path, demo=True, database=db))
    assert {account.role_code for account in first.accounts} >= {"sales_rep", "administrator", "finance"}
    with db.writing() as session:
        for username in ("sales", "admin"):
            token = sign_in(session, username=username, password=first.password, address="", device="")
            actor = resolve(session, token)
            assert actor is not None
            assert not actor.must_change_password
    assert prepare(tmp_path, demo=True, database=db) is None


def test_the_password_is_kept_in_a_private_file_and_printed(sqlite_db: Database, tmp_path: Path):
    first = made(prepare(tmp_path, demo=True, database=sqlite_db))
    path = tmp_path / FILE_NAME
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for text in (path.read_text("utf-8"), describe(first, "zh"), describe(first, "en")):
        assert first.password in text
        assert "service_lead" in text
    assert [other.name for other in tmp_path.iterdir() if other.name.startswith(".")] == []


def test_a_given_demo_password_is_used(sqlite_db: Database, tmp_path: Path):
    first = made(prepare(tmp_path, demo=True, demo_password="Given-by-hand-1", database=sqlite_db))
    assert first.password == "Given-by-hand-1"


DIE = """
import os, signal, sys
from pathlib import Path
import importlib
module, _, name = sys.argv[1].partition(":")
target = importlib.import_module(module)
for part in name.split(".")[:-1]:
    target = getattr(target, part)
setattr(target, name.split(".")[-1], lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
from crm_app.admin.first_run import prepare
prepare(Path(sys.argv[2]), demo=True)
"""


@pytest.mark.parametrize(
    "moment",
    ["crm_app.admin.demo.service:_settle", "crm_app.admin.first_run:write_private", "sqlmodel:Session.commit"],
)
def test_a_kill_in_the_middle_leaves_an_empty_database(db: Database, tmp_path: Path, moment: str):
    env = os.environ | {"CRM_DATABASE_URL": db.url}
    died = subprocess.run([sys.executable, "-c", DIE, moment, str(tmp_path)], env=env, check=False, timeout=120)
    assert died.returncode == -signal.SIGKILL
    with db.reading() as session:
        for model in (User, Role, Option, Customer):
            assert session.exec(select(func.count()).select_from(model)).one() == 0
    first = made(prepare(tmp_path, demo=True, database=db))
    assert first.password in (tmp_path / FILE_NAME).read_text("utf-8")


def test_two_processes_that_start_at_once_make_one_set_of_accounts(db: Database, tmp_path: Path):
    results: list[FirstRun | None] = []

    def start() -> None:
        database = Database(db.url)
        results.append(prepare(tmp_path, demo=True, database=database))
        database.close()

    threads = [threading.Thread(target=start) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(result is None for result in results) == [False, True]


# --- without demonstration data


@pytest.fixture
def code(db: Database, tmp_path: Path) -> str:
    return made(prepare(tmp_path, demo=False, database=db)).setup_code


def set_up(session: Session, code: str, *, username: str = "boss", password: str = GOOD_PASSWORD) -> int:
    return create_first_administrator(
        session,
        code=code,
        username=username,
        name="老板",
        password=password,
        password_hash=hash_password(password),
        address=ADDRESS,
    )


def try_to_set_up(database: Database, code: str) -> str:
    """As the route does: what a refusal wrote is committed, then it is told; returns its code."""
    with database.writing() as session:
        try:
            set_up(session, code)
        except Refused as refused:
            return refused.code
    return ""


def test_without_demo_data_the_code_makes_the_administrator_once(db: Database, code: str):
    with db.reading() as session:
        assert is_setup_open(session)
        assert session.exec(select(func.count()).select_from(Customer)).one() == 0
    assert try_to_set_up(db, code.upper()) == ""
    with db.writing() as session:
        assert not is_setup_open(session)
        token = sign_in(session, username="boss", password=GOOD_PASSWORD, address="", device="")
        actor = resolve(session, token)
        assert actor is not None
        assert (actor.role_code, actor.must_change_password) == ("administrator", False)
        assert session.exec(select(AuditEntry.username).where(col(AuditEntry.action) == "account:created")).all()
    assert try_to_set_up(db, code) == "error.setup.closed"


def test_the_code_itself_is_never_stored(db: Database, code: str):
    with db.reading() as session:
        assert code not in repr([setting.value for setting in session.exec(select(Setting))])
    assert re.fullmatch(r"[A-Za-z0-9]{5}(-[A-Za-z0-9]{5}){2}", code)


def test_a_weak_password_keeps_the_code_good(db: Database, code: str):
    with db.writing() as session, pytest.raises(Invalid) as refused:
        set_up(session, code, username="x", password="short")
    assert set(refused.value.problems) == {"username", "password"}
    assert try_to_set_up(db, code) == ""


def test_wrong_codes_are_counted_and_then_refused_unseen(db: Database, code: str):
    assert [try_to_set_up(db, "wrong") for _ in range(TRIES)] == ["error.setup.code"] * TRIES
    assert try_to_set_up(db, code) == "error.setup.locked"
    with db.reading() as session:
        assert session.exec(select(func.count()).select_from(User)).one() == 0


def test_a_new_start_before_the_setup_makes_the_former_code_worthless(db: Database, code: str, tmp_path: Path):
    newer = made(prepare(tmp_path, demo=False, database=db)).setup_code
    assert try_to_set_up(db, code) == "error.setup.code"
    assert try_to_set_up(db, newer) == ""
    assert prepare(tmp_path, demo=False, database=db) is None

"""The first administrator over HTTP."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from sqlmodel import col, func, select
from starlette.applications import Starlette

from crm_app.access import passwords, sessions
from crm_app.admin import api
from crm_app.admin.first_run import prepare
from crm_app.core.db import Database
from crm_app.core.limits import SlidingLimit
from crm_app.models import AuditEntry, User

HOST = "https://crm.example"
FORM = {"username": "boss", "name": "老板", "password": "A-good-Pass-2026"}


@pytest.fixture
def code(sqlite_db: Database, tmp_path: Path) -> str:
    first = prepare(tmp_path, demo=False, database=sqlite_db)
    assert first is not None
    return first.setup_code


@pytest.fixture
async def browser(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx.AsyncClient]:
    monkeypatch.setattr("crm_app.access.api._requests", SlidingLimit(most=100, seconds=60))
    transport = httpx.ASGITransport(Starlette(routes=api.routes()), client=("203.0.113.9", 50_000))
    async with httpx.AsyncClient(transport=transport, base_url=HOST, headers={"origin": HOST}) as browser:
        yield browser


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch, sqlite_db: Database) -> list[bool]:
    """For each password that was hashed: whether somebody else could have written meanwhile."""
    seen: list[bool] = []
    real = passwords.hash_password

    def watched(password: str) -> str:
        lock = sqlite_db._write_lock
        assert lock is not None
        seen.append(not lock.locked())
        return real(password)

    monkeypatch.setattr(api, "hash_password", watched)
    monkeypatch.setattr("crm_app.admin.service.hash_password", watched)
    return seen


def accounts(db: Database) -> int:
    with db.reading() as session:
        return session.exec(select(func.count()).select_from(User)).one()


async def test_the_code_makes_the_administrator_and_signs_him_in(
    browser: httpx.AsyncClient, sqlite_db: Database, code: str, hashed: list[bool]
) -> None:
    answer = await browser.post("/api/auth/setup", json={"code": code, **FORM})
    assert answer.status_code == 200
    assert FORM["password"] not in answer.text
    with sqlite_db.reading() as session:
        actor = sessions.resolve(session, browser.cookies[sessions.COOKIE])
    assert actor is not None
    assert (actor.username, actor.role_code) == ("boss", "administrator")
    assert hashed == [True]
    again = await browser.post("/api/auth/setup", json={"code": code, **FORM, "username": "second"})
    assert (again.json()["code"], accounts(sqlite_db)) == ("error.setup.closed", 1)


async def test_who_lacks_the_code_makes_nobody_hash_and_is_locked_out(
    browser: httpx.AsyncClient, sqlite_db: Database, code: str, hashed: list[bool]
) -> None:
    tries = [await browser.post("/api/auth/setup", json={"code": f"guess-{n}", **FORM}) for n in range(20)]
    answers = [answer.json()["code"] for answer in tries]
    assert answers == ["error.setup.code"] * sessions.TRIES + ["error.setup.locked"] * (20 - sessions.TRIES)
    right = await browser.post("/api/auth/setup", json={"code": code, **FORM})
    assert (right.status_code, right.json()["code"]) == (429, "error.setup.locked")
    assert (hashed, accounts(sqlite_db), sessions.COOKIE in browser.cookies) == ([], 0, False)
    with sqlite_db.reading() as session:
        refused = select(func.count()).where(col(AuditEntry.subject_kind) == "setup")
        assert session.exec(refused).one() == sessions.TRIES


@pytest.mark.parametrize("password", ["", "short", "bossboss123"])
async def test_a_bad_password_makes_no_account_and_keeps_the_code_good(
    browser: httpx.AsyncClient, sqlite_db: Database, code: str, hashed: list[bool], password: str
) -> None:
    answer = await browser.post("/api/auth/setup", json={"code": code, **FORM, "password": password})
    assert (answer.status_code, list(answer.json()["fields"])) == (422, ["password"])
    assert (hashed, accounts(sqlite_db)) == ([], 0)
    assert (await browser.post("/api/auth/setup", json={"code": code, **FORM})).status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "http://crm.example", "null", ""])
async def test_no_other_site_sets_up(browser: httpx.AsyncClient, sqlite_db: Database, code: str, origin: str) -> None:
    answer = await browser.post("/api/auth/setup", json={"code": code, **FORM}, headers={"origin": origin})
    assert (answer.status_code, accounts(sqlite_db)) == (403, 0)


@pytest.mark.parametrize(
    "body",
    [[], "x", {}, {"code": "x"}, {"code": 1, **FORM}, {"code": "x", **FORM, "role_code": "administrator"},
     {"code": "x" * 101, **FORM}, {"code": "x", **FORM, "password": "x" * 257}],
)  # fmt: skip
async def test_malformed_forms_are_refused_uncounted(
    browser: httpx.AsyncClient, sqlite_db: Database, code: str, body: object
) -> None:
    answer = await browser.post("/api/auth/setup", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "error.bad_request")
    with sqlite_db.reading() as session:
        assert session.exec(select(func.count()).select_from(AuditEntry)).one() == 0

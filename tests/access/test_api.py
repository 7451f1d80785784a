"""Signing in and out over HTTP, through the whole application as it is served.

On SQLite, except where two requests meet in the database; the sessions themselves are tested on both engines.
"""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlmodel import select

from crm_app.access import api, sessions
from crm_app.access.audit import Action
from crm_app.core.clock import frozen, utcnow
from crm_app.core.db import Database
from crm_app.models import AuditEntry, User, UserSession
from tests.factories import PASSWORD, Office

Browser = Callable[..., httpx.AsyncClient]
NEW = "another-Fine-Pass-7"


async def sign_in(browser: httpx.AsyncClient, username: str = "sales", password: str = PASSWORD) -> httpx.Response:
    return await browser.post("/api/auth/sign-in", json={"username": username, "password": password})


async def change(browser: httpx.AsyncClient, current: str, new: str) -> httpx.Response:
    return await browser.post("/api/auth/password", json={"current": current, "new": new})


def living(sqlite_db: Database, username: str = "sales") -> int:
    """How many sessions of this person a sign-in opened here that still resolve."""
    with sqlite_db.reading() as session:
        rows = session.exec(
            select(UserSession)
            .join(User)
            .where(User.username == username, UserSession.device != "test")  # "test" is what the factories open.
        ).all()
    return sum(row.revoked_at is None for row in rows)


class TestSignIn:
    async def test_the_cookie_is_for_the_server_only(self, people: Office, browser: Browser) -> None:
        answer = await sign_in(browser())
        assert answer.status_code == 200
        (cookie,) = answer.headers.get_list("set-cookie")
        flags = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"httponly", "samesite=lax", "path=/", f"max-age={7 * 86_400}"} <= flags
        assert "secure" not in flags
        assert not any(flag.startswith("domain") for flag in flags)
        assert answer.headers["cache-control"] == "no-store"
        assert PASSWORD not in answer.text

    async def test_over_tls_the_cookie_never_leaves_tls(self, people: Office, browser: Browser) -> None:
        answer = await sign_in(browser(host="https://crm.example"))
        assert "secure" in answer.headers["set-cookie"].lower()

    async def test_an_invented_forwarding_header_changes_neither_scheme_nor_address(
        self, people: Office, browser: Browser, sqlite_db: Database
    ) -> None:
        visitor = browser()
        visitor.headers.update({"x-forwarded-for": "10.9.9.9", "x-forwarded-proto": "https"})
        answer = await sign_in(visitor)
        assert "secure" not in answer.headers["set-cookie"].lower()
        with sqlite_db.reading() as session:
            assert session.exec(select(UserSession.address).where(UserSession.device != "test")).one() == "203.0.113.9"

    async def test_wrong_unknown_and_disabled_are_answered_alike(
        self, people: Office, browser: Browser, sqlite_db: Database
    ) -> None:
        with sqlite_db.writing() as session:
            session.get_one(User, people.sales2.user_id).disabled_at = utcnow()
        answers = [
            await sign_in(browser(), username, password)
            for username, password in (("nobody", PASSWORD), ("sales", "wrong-password"), ("sales2", PASSWORD))
        ]
        assert {(a.status_code, a.text, a.headers.get("set-cookie")) for a in answers} == {(401, answers[0].text, None)}

    async def test_a_thousand_guesses_cost_at_most_ten_hash_checks(
        self, quick_sqlite_people: Office, browser: Browser, hashes: list[str]
    ) -> None:
        visitor = browser()
        statuses = [(await sign_in(visitor, "sales", f"guess-{n}")).status_code for n in range(1000)]
        assert len(hashes) == 5
        assert set(statuses[5:]) == {429}

    async def test_guesses_sent_at_once_are_counted_before_any_is_checked(
        self, quick_people: Office, browser: Browser, hashes: list[str]
    ) -> None:
        import asyncio

        visitors = [browser() for _ in range(30)]
        await asyncio.gather(*(sign_in(visitor, "sales", "guess") for visitor in visitors))
        assert len(hashes) == 5

    async def test_a_flood_from_one_address_does_not_reach_the_database(
        self, quick_sqlite_people: Office, browser: Browser, sqlite_db: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        visitor, asked = browser(), []
        write = Database.write

        async def counted(self: Database, *args: Any, **kwargs: Any) -> Any:
            asked.append(args)
            return await write(self, *args, **kwargs)

        monkeypatch.setattr(Database, "write", counted)
        answers = [await sign_in(visitor, f"name-{n}", "guess") for n in range(api.REQUESTS + 80)]
        assert len(asked) <= 2 * api.REQUESTS
        assert {a.json()["code"] for a in answers[api.REQUESTS :]} == {"error.too_many_requests"}
        assert {a.status_code for a in answers[api.REQUESTS :]} == {429}
        assert all(a.json()["code"] != "error.too_many_requests" for a in answers[: api.REQUESTS])
        assert (await sign_in(browser("198.51.100.1"))).status_code == 200

    async def test_the_lock_says_how_long_in_the_language_of_the_page(
        self, quick_sqlite_people: Office, browser: Browser
    ) -> None:
        visitor = browser()
        for _ in range(5):
            await sign_in(visitor, "sales", "guess")
        chinese = await sign_in(visitor)
        visitor.headers["x-crm-language"] = "en"
        english = await sign_in(visitor)
        assert chinese.status_code == english.status_code == 429
        assert "10 分钟" in chinese.json()["text"]
        assert "10 minutes" in english.json()["text"]
        visitor.headers["x-crm-language"] = "../../etc"
        assert (await sign_in(visitor)).json() == chinese.json()

    async def test_signing_in_again_ends_the_browsers_former_session(
        self, people: Office, browser: Browser, sqlite_db: Database
    ) -> None:
        visitor = browser()
        await sign_in(visitor)
        first = visitor.cookies[sessions.COOKIE]
        await sign_in(visitor)
        assert visitor.cookies[sessions.COOKIE] != first
        assert living(sqlite_db) == 1

    async def test_a_cookie_that_somebody_planted_is_never_adopted(
        self, people: Office, browser: Browser, sqlite_db: Database
    ) -> None:
        visitor = browser()
        visitor.cookies.set(sessions.COOKIE, "planted-by-an-attacker")
        answer = await sign_in(visitor)
        assert "planted-by-an-attacker" not in answer.headers["set-cookie"]
        with sqlite_db.reading() as session:
            assert sessions.resolve(session, "planted-by-an-attacker") is None


class TestBadBodies:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"[]",
            b"null",
            b'"sales"',
            b"\xff\xfe",
            b'{"username": "sales"}',
            b'{"username": "sales", "password": 1}',
            b'{"username": ["sales"], "password": "x"}',
            b'{"username": {"$gt": ""}, "password": {"$gt": ""}}',
            b'{"username": "sales", "password": "x", "role": "administrator"}',
            b'{"username": "sales\\u0000", "password": "x"}',
            b'{"username": "\\ud800", "password": "x"}',
            b'{"username": "' + b"a" * 101 + b'", "password": "x"}',
            b'{"username": "a", "password": "' + b"x" * 257 + b'"}',
            b"[" * 100_000,
            b'{"username": NaN, "password": 1e999}',
            b"username=sales&password=x",
        ],
    )
    async def test_are_refused_before_anything_is_counted(
        self, quick_sqlite_people: Office, browser: Browser, hashes: list[str], body: bytes
    ) -> None:
        answer = await browser().post("/api/auth/sign-in", content=body)
        assert (answer.status_code, answer.json()["code"]) == (400, "error.bad_request")
        assert hashes == []

    @pytest.mark.parametrize("route", ["sign-in", "sign-out", "password"])
    async def test_too_large_ones_are_not_even_read(self, sqlite_office: Office, browser: Browser, route: str) -> None:
        answer = await browser().post(f"/api/auth/{route}", content=b"x" * 300_000)
        assert answer.status_code == 413

    @pytest.mark.parametrize("name", ["' OR '1'='1", "sales'--", "%", "_____", "ＳＡＬＥＳ", "sales\u202e", "=1+1"])
    async def test_names_are_compared_and_never_run(
        self, quick_sqlite_people: Office, browser: Browser, name: str
    ) -> None:
        assert (await sign_in(browser(), name)).status_code == 401


class TestForeignSites:
    @pytest.mark.parametrize("route", ["sign-in", "sign-out", "password"])
    @pytest.mark.parametrize(
        "origin",
        [
            "https://evil.example",
            "http://crm.example.evil.example",
            "http://evilcrm.example",
            "http://crm.example:81",
            "null",
            "crm.example",
            "http://crm.example@evil.example",
        ],
    )
    async def test_are_refused(self, sqlite_office: Office, browser: Browser, route: str, origin: str) -> None:
        answer = await browser(origin=origin).post(f"/api/auth/{route}", json={})
        assert answer.status_code == 403

    async def test_so_is_a_client_that_does_not_say_where_it_comes_from(
        self, sqlite_office: Office, browser: Browser
    ) -> None:
        visitor = browser()
        del visitor.headers["origin"]
        assert (await sign_in(visitor)).status_code == 403

    async def test_no_route_can_be_asked_with_get(self, sqlite_office: Office, browser: Browser) -> None:
        for route in ("sign-in", "sign-out", "password"):
            assert (await browser().get(f"/api/auth/{route}")).status_code in {404, 405}

    async def test_answers_allow_no_other_site_to_read_them(self, people: Office, browser: Browser) -> None:
        answer = await browser(origin="https://evil.example").post("/api/auth/sign-in", json={})
        assert "access-control-allow-origin" not in answer.headers


class TestSignOut:
    async def test_ends_the_session_and_takes_the_cookie_back(
        self, people: Office, browser: Browser, sqlite_db: Database
    ) -> None:
        visitor = browser()
        await sign_in(visitor)
        token = visitor.cookies[sessions.COOKIE]
        answer = await visitor.post("/api/auth/sign-out", json={})
        assert answer.status_code == 200
        assert sessions.COOKIE not in visitor.cookies
        with sqlite_db.reading() as session:
            assert sessions.resolve(session, token) is None

    async def test_without_a_session_is_harmless(self, people: Office, browser: Browser) -> None:
        assert (await browser().post("/api/auth/sign-out", json={})).status_code == 200


class TestOwnPassword:
    async def test_a_change_ends_all_sessions_and_renews_the_one_that_asks(
        self, people: Office, browser: Browser, sqlite_db: Database
    ) -> None:
        here, there = browser(), browser("198.51.100.1")
        await sign_in(here)
        await sign_in(there)
        copied = here.cookies[sessions.COOKIE]
        assert (await change(here, PASSWORD, NEW)).status_code == 200
        assert living(sqlite_db) == 1
        with sqlite_db.reading() as session:
            assert sessions.resolve(session, copied) is None
            assert sessions.resolve(session, here.cookies[sessions.COOKIE]) is not None
        assert (await change(there, NEW, PASSWORD)).status_code == 401
        assert (await sign_in(there, "sales", PASSWORD)).status_code == 401
        assert (await sign_in(there, "sales", NEW)).status_code == 200

    async def test_wrong_tries_at_the_present_one_are_counted_too(
        self, quick_sqlite_people: Office, browser: Browser, hashes: list[str]
    ) -> None:
        visitor = browser()
        await sign_in(visitor)
        del hashes[:]
        statuses = [(await change(visitor, f"guess-{n}", NEW)).status_code for n in range(100)]
        assert statuses[0] == 422
        assert statuses[-1] == 429
        assert len(hashes) == sessions.TRIES

    @pytest.mark.parametrize(
        ("current", "new", "field"),
        [
            ("wrong-password", NEW, "current"),
            (PASSWORD, "short", "new"),
            (PASSWORD, PASSWORD, "new"),
            (PASSWORD, "x" * 200, "new"),
            (PASSWORD, "salessales123456", "new"),
        ],
    )
    async def test_what_is_wrong_is_said_at_its_field(
        self, people: Office, browser: Browser, current: str, new: str, field: str
    ) -> None:
        visitor = browser()
        await sign_in(visitor)
        answer = await change(visitor, current, new)
        assert answer.status_code == 422
        assert list(answer.json()["fields"]) == [field]
        assert new not in answer.text

    async def test_a_bad_new_one_does_not_count_against_the_right_old_one(
        self, people: Office, browser: Browser
    ) -> None:
        visitor = browser()
        await sign_in(visitor)
        assert [(await change(visitor, PASSWORD, "short")).status_code for _ in range(8)] == [422] * 8

    @pytest.mark.parametrize("ended", ["idle", "disabled", "signed out", "never signed in"])
    async def test_needs_a_living_session(
        self, people: Office, browser: Browser, sqlite_db: Database, ended: str
    ) -> None:
        visitor = browser()
        if ended != "never signed in":
            await sign_in(visitor)
        if ended == "signed out":
            token = visitor.cookies[sessions.COOKIE]
            await visitor.post("/api/auth/sign-out", json={})
            visitor.cookies.set(sessions.COOKIE, token)
        if ended == "disabled":
            with sqlite_db.writing() as session:
                session.get_one(User, people.sales.user_id).disabled_at = utcnow()
        with frozen(utcnow() + timedelta(hours=13 if ended == "idle" else 0)):
            answer = await change(visitor, PASSWORD, NEW)
        assert (answer.status_code, answer.json()["code"]) == (401, "error.sign_in.again")

    async def test_nothing_of_it_is_traced_but_that_it_happened(
        self, people: Office, browser: Browser, sqlite_db: Database
    ) -> None:
        visitor = browser()
        await sign_in(visitor)
        await change(visitor, "wrong-password", NEW)
        await change(visitor, PASSWORD, NEW)
        with sqlite_db.reading() as session:
            entries = session.exec(select(AuditEntry)).all()
        written = json.dumps([entry.model_dump(mode="json") for entry in entries])
        assert [e.action for e in entries if e.action == Action.PASSWORD_CHANGED] == [Action.PASSWORD_CHANGED]
        for secret in ("wrong-password", PASSWORD, NEW, visitor.cookies[sessions.COOKIE]):
            assert secret not in written


class TestOtherRoutes:
    @pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
    @pytest.mark.parametrize("path", ["/_upload", "/_upload/", "/_upload/secret.txt", "/_upload/%2e%2e/crm.db"])
    async def test_uploads_are_closed(self, sqlite_office: Office, browser: Browser, method: str, path: str) -> None:
        assert (await browser().request(method, path, content=b"x")).status_code in {404, 405}

    async def test_an_unforeseen_error_tells_nothing(
        self, people: Office, asgi: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_args: object, **_kwargs: object) -> None:
            raise RuntimeError("secret inner detail")

        monkeypatch.setattr(sessions, "begin_attempt", broken)
        transport = httpx.ASGITransport(asgi, raise_app_exceptions=False)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://crm.example", headers={"origin": "http://crm.example"}
        ) as visitor:
            answer = await sign_in(visitor)
        assert answer.status_code == 500
        assert "secret" not in answer.text

"""The way in of a file over HTTP: for whoever may import, of a bounded size, into a folder of its own (R4.1)."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from urllib.parse import quote

import httpx
import pytest

from crm_app.access import sessions
from crm_app.access.actor import Actor
from crm_app.core.db import Database
from crm_app.core.limits import SlidingLimit
from crm_app.core.tables import examine, read_rows
from crm_app.importing import api, files, queries
from crm_app.importing.rules import match_headings
from crm_app.models import ImportRun, User
from crm_app.options.service import seed_presets
from tests.factories import Office

Browser = Callable[..., httpx.AsyncClient]
CONTENT = "客户名称,手机\n甲公司,13800000001\n".encode()


@pytest.fixture
def visit(browser: Browser, sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> Browser:
    """A browser where this person has signed in; without one, a stranger's."""
    monkeypatch.setattr(api, "_uploads", SlidingLimit(most=api.UPLOADS, seconds=api.UPLOAD_SECONDS))
    with sqlite_db.writing() as session:
        seed_presets(session)

    def make(actor: Actor | None = None, **more: str) -> httpx.AsyncClient:
        made = browser(**more)
        if actor:
            with sqlite_db.writing() as session:
                user = session.get_one(User, actor.user_id)
                token = sessions.start_session(session, user=user, address="203.0.113.9", device="test")
            made.cookies.set(sessions.COOKIE, token)
        return made

    return make


def kept() -> list[str]:
    """What lies in the folder of imports."""
    return sorted(one.name for one in files.folder().iterdir()) if files.folder().is_dir() else []


async def test_a_file_becomes_an_import_of_whoever_sent_it(
    visit: Browser, sqlite_db: Database, sqlite_office: Office
) -> None:
    name = quote("客户 <b>.csv")
    answer = await visit(sqlite_office.manager).post(api.PATH, content=CONTENT, headers={"x-file-name": name})
    assert (answer.status_code, answer.json()) == (201, {"id": 1})
    with sqlite_db.reading() as session:
        run = queries.get_run(session, sqlite_office.manager, 1)
    assert (run.file_name, run.plan["mapping"]) == ("客户 <b>.csv", ["name", "contact.mobile"])
    assert files.source_of(1).read_bytes() == CONTENT
    assert [files.folder().stat().st_mode & 0o777, files.source_of(1).stat().st_mode & 0o777] == [0o700, 0o600]
    assert kept() == ["1"]


@pytest.mark.parametrize("name", ["../../etc/passwd", "..\\..\\boot.ini", "%2e%2e%2fcrm.db", "x" * 3000, "\x00a.csv"])
async def test_no_name_leads_anywhere(visit: Browser, sqlite_db: Database, sqlite_office: Office, name: str) -> None:
    sent = {"x-file-name": quote(name, safe="%")}
    answer = await visit(sqlite_office.manager).post(api.PATH, content=CONTENT, headers=sent)
    assert answer.status_code == 201
    assert kept() == ["1"]
    with sqlite_db.reading() as session:
        stored = queries.get_run(session, sqlite_office.manager, 1).file_name
    assert len(stored) <= 200
    assert not {"/", "\\", "\x00"} & set(stored)


async def test_nobody_else_sends_a_byte(visit: Browser, sqlite_db: Database, sqlite_office: Office) -> None:
    def body() -> Iterator[bytes]:
        raise AssertionError("the body of whoever may not was read")
        yield b""

    async def refused(client: httpx.AsyncClient) -> int:
        return (await client.post(api.PATH, content=_lazy(body))).status_code

    assert await refused(visit()) == 401
    for name in ("sales", "service", "service_lead", "finance"):
        assert await refused(visit(getattr(sqlite_office, name))) == 403
    foreign = visit(sqlite_office.manager, origin="http://evil.example")
    assert await refused(foreign) == 403
    assert kept() == []
    with sqlite_db.reading() as session:
        assert session.get(ImportRun, 1) is None


async def _lazy(make: Callable[[], Iterator[bytes]]) -> AsyncIterator[bytes]:
    for chunk in make():
        yield chunk


@pytest.mark.parametrize("told", [True, False], ids=["declared", "streamed"])
async def test_too_large_a_file_is_refused_and_forgotten(
    visit: Browser, sqlite_office: Office, monkeypatch: pytest.MonkeyPatch, told: bool
) -> None:
    monkeypatch.setattr(api, "MOST_BYTES", 1 << 20)

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"a,b\n" * 10_000

    content = b"a" * ((1 << 20) + 1) if told else chunks()
    answer = await visit(sqlite_office.manager).post(api.PATH, content=content)
    assert (answer.status_code, answer.json()["code"]) == (413, "error.file.large")
    assert kept() == []


async def test_what_is_no_table_leaves_nothing(visit: Browser, sqlite_office: Office) -> None:
    answer = await visit(sqlite_office.manager).post(api.PATH, content=b"\x89PNG\r\n\x1a\n\x00\x00")
    assert (answer.status_code, answer.json()["code"]) == (422, "error.file.not_table")
    assert kept() == []


async def test_unfinished_imports_and_uploads_are_limited(
    visit: Browser, sqlite_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = visit(sqlite_office.manager)
    codes = [(await client.post(api.PATH, content=CONTENT)).status_code for _ in range(11)]
    assert codes == [201] * 10 + [422]
    monkeypatch.setattr(api, "_uploads", SlidingLimit(most=0, seconds=60))
    assert (await client.post(api.PATH, content=CONTENT)).status_code == 429


async def test_nobody_keeps_others_from_bringing_files_by_sending_slowly(visit: Browser, sqlite_office: Office) -> None:
    go_on, begun = asyncio.Event(), asyncio.Semaphore(0)

    async def slow() -> AsyncIterator[bytes]:
        begun.release()
        yield CONTENT
        await go_on.wait()

    clients = [visit(sqlite_office.manager) for _ in range(5)]
    waiting = [asyncio.create_task(client.post(api.PATH, content=slow())) for client in clients[:2]]
    for _ in waiting:
        await begun.acquire()
    refused = [(await client.post(api.PATH, content=CONTENT)).status_code for client in clients[2:]]
    assert refused == [429] * 3
    assert (await visit(sqlite_office.marketing).post(api.PATH, content=CONTENT)).status_code == 201
    go_on.set()
    assert [(await one).status_code for one in waiting] == [201, 201]
    assert (await clients[0].post(api.PATH, content=CONTENT)).status_code == 201
    assert not api._bringing


async def test_the_template_names_every_place(visit: Browser, sqlite_office: Office) -> None:
    assert (await visit().get(api.TEMPLATE)).status_code == 401
    assert (await visit(sqlite_office.sales).get(api.TEMPLATE)).status_code == 403
    answer = await visit(sqlite_office.manager).get(api.TEMPLATE)
    assert answer.status_code == 200
    path = files.make_inbox() / "source"
    path.write_bytes(answer.content)
    [(_, names)] = list(read_rows(path, examine(path)))
    assert "" not in match_headings(names)

"""「导出」 through the real guard: what is offered, what is refused, how far it is."""

from pathlib import Path

import pytest
from sqlmodel import select

from crm_app.access.actor import Actor
from crm_app.access.state import Frame
from crm_app.background import files, kinds, runner
from crm_app.core.db import Database
from crm_app.directory.jobs import EXPORT
from crm_app.directory.state import Exporting
from crm_app.models import Customer, Job
from crm_app.options.service import seed_presets
from crm_app.ui.live import live_pages
from crm_app.views.service import create_view
from tests.factories import Office, make_customer
from tests.tabs import Tab, Tabs, eventually

PATH = "/customers"


@pytest.fixture
def shop(sqlite_db: Database, sqlite_office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """Three customers of a rep, one of another department."""
    monkeypatch.setattr(files, "folder", lambda: tmp_path / "jobs")
    monkeypatch.setitem(kinds.KINDS, EXPORT.code, EXPORT)
    with sqlite_db.writing() as session:
        seed_presets(session)
        for level in ("intent", "intent", "won"):
            make_customer(session, owner=sqlite_office.sales, level=level)
        make_customer(session, owner=sqlite_office.outsider, level="intent")
    return sqlite_office


async def opened(tabs: Tabs, actor: Actor, address: str = "") -> Tab:
    tab = await tabs.open(actor)
    await tab.fire(Exporting.open(address), PATH)
    return tab


def started(**asked: object) -> object:
    wanted = {"address": "", "rows": "all", "fields": ["name"], "file_format": "csv", "full": False} | asked
    return Exporting.start(*wanted.values())


async def test_the_offer_counts_what_the_person_may_export(tabs: Tabs, shop: Office) -> None:
    state = await (await opened(tabs, shop.manager, "f=level.in.intent&cols=name,mobile")).state(Exporting)
    assert (state.is_open, state.offer.narrowed, state.offer.filtered, state.offer.all) == (True, True, 2, 3)
    assert [field.key for field in state.offer.fields if field.column] == ["name", "mobile"]
    assert [field.key for field in state.offer.fields][:3] == ["name", "mobile", "number"]
    assert state.offer.reveals
    state = await (await opened(tabs, shop.marketing)).state(Exporting)
    assert (state.offer.narrowed, state.offer.filtered, state.offer.all, state.offer.reveals) == (False, 4, 4, False)


@pytest.mark.parametrize("who", ["sales", "service", "service_lead", "finance"])
async def test_other_roles_open_and_start_nothing(tabs: Tabs, shop: Office, sqlite_db: Database, who: str) -> None:
    tab = await opened(tabs, getattr(shop, who))
    await tab.fire(started(), PATH)
    state = await tab.state(Exporting)
    assert (state.is_open, state.offer.all, state.job.id) == (False, 0, 0)
    assert (await tab.state(Frame)).toast.kind == "error"
    assert not await runner.run_next(sqlite_db)


@pytest.mark.parametrize(
    "asked",
    [
        {"rows": "everything"},
        {"file_format": "exe"},
        {"fields": []},
        {"fields": ["deleted_at"]},
        {"address": "f=nothing.is.1"},
        {"full": "yes"},
    ],
)
async def test_what_no_dialog_sends_is_refused(
    tabs: Tabs, shop: Office, sqlite_db: Database, asked: dict[str, object]
) -> None:
    tab = await opened(tabs, shop.manager)
    await tab.fire(started(**asked), PATH)
    assert (await tab.state(Frame)).toast.kind == "error"
    assert not await runner.run_next(sqlite_db)


async def test_the_dialog_follows_its_export_and_begins_anew_afterwards(
    tabs: Tabs, shop: Office, sqlite_db: Database
) -> None:
    tab = await opened(tabs, shop.manager)
    await tab.fire(started(), PATH)
    job = (await tab.state(Exporting)).job
    assert (job.open, job.label, job.href) == (True, "等待中", "")
    await tab.fire(Exporting.open(""), PATH)
    assert (await tab.state(Exporting)).job.id == job.id

    async def done() -> bool:
        return (await tab.state(Exporting)).job.href == f"/api/jobs/{job.id}/file"

    async with live_pages(tabs.app):
        await tab.fire(Exporting.refresh(), PATH)
        await runner.run_next(sqlite_db)
        await eventually(done)
    assert (await tab.state(Exporting)).job.counted == "3 行"
    await tab.fire(Exporting.open(""), PATH)
    assert (await tab.state(Exporting)).job.id == 0


async def test_whoever_closed_it_is_told_of_the_end(tabs: Tabs, shop: Office, sqlite_db: Database) -> None:
    tab = await opened(tabs, shop.manager)
    await tab.fire(started(), PATH)
    await tab.fire(Exporting.show(False), PATH)
    await runner.run_next(sqlite_db)
    await tab.fire(Exporting.refresh(), PATH)
    toast = (await tab.state(Frame)).toast
    assert (toast.text, toast.href) == ("导出客户已完成", "/jobs")


async def test_it_is_cancelled(tabs: Tabs, shop: Office, sqlite_db: Database) -> None:
    tab = await opened(tabs, shop.manager)
    await tab.fire(started(), PATH)
    await tab.fire(Exporting.cancel(), PATH)
    assert (await tab.state(Exporting)).job.label == "已取消"
    assert not await runner.run_next(sqlite_db)


async def test_a_view_in_the_address_is_what_is_exported(tabs: Tabs, shop: Office, sqlite_db: Database) -> None:
    given = {"kind": "customers", "audience": "private", "pinned": False}
    with sqlite_db.writing() as session:
        view = create_view(session, shop.manager, name="意向", query="f=level.in.intent&sort=name", **given)
        secret = create_view(session, shop.marketing, name="别人的", query="f=level.in.won", **given)
    state = await (await opened(tabs, shop.manager, f"view={view}")).state(Exporting)
    assert (state.offer.narrowed, state.offer.filtered, state.offer.all) == (True, 2, 3)
    tab = await opened(tabs, shop.manager, f"view={view}")
    await tab.fire(started(address=f"view={view}", rows="filter"), PATH)
    with sqlite_db.reading() as session:
        assert session.exec(select(Job)).one().parameters["address"] == "f=level.in.intent&sort=name"
    for lost in (secret, 999):
        other = await opened(tabs, shop.manager)
        await other.fire(started(address=f"view={lost}", rows="filter"), PATH)
        assert (await other.state(Frame)).toast.kind == "error"
        with sqlite_db.reading() as session:
            assert len(session.exec(select(Job)).all()) == 1


async def test_ticked_rows_are_offered_and_exported_alone_within_reach(
    tabs: Tabs, shop: Office, sqlite_db: Database
) -> None:
    with sqlite_db.reading() as session:
        customers = session.exec(select(Customer).order_by(Customer.id)).all()  # type: ignore[arg-type]
    wanted, other, foreign = customers[0], customers[1], customers[3]
    tab = await tabs.open(shop.manager)
    await tab.fire(Exporting.open_ticked("", [other.number, wanted.number, foreign.number, "X"], False), PATH)
    assert (await tab.state(Exporting)).offer.ticked == 2
    await tab.fire(started(rows="ticked"), PATH)
    assert await runner.run_next(sqlite_db)
    job_id = (await tab.state(Exporting)).job.id
    text = files.file_of(job_id, 1).read_text("utf-8-sig").splitlines()
    assert text[1:] == [other.name, wanted.name]
    await tab.fire(Exporting.open(""), PATH)
    assert (await tab.state(Exporting)).offer.ticked == 0

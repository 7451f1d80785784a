import asyncio
import contextlib
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session, select

from crm_app.core import changes
from crm_app.core.changes import Change
from crm_app.core.daily import run_daily, run_daily_for_each, seconds_until_night
from crm_app.core.db import Database
from crm_app.models import Setting


@pytest.mark.parametrize(
    ("now", "hours"),
    [
        (datetime(2024, 5, 1, 18, 0, tzinfo=UTC), 1),  # 02:00 in Shanghai
        (datetime(2024, 5, 1, 19, 0, tzinfo=UTC), 24),  # 03:00
        (datetime(2024, 5, 1, 4, 0, tzinfo=UTC), 15),  # noon
    ],
)
def test_the_night_is_where_the_people_are(now: datetime, hours: int) -> None:
    assert seconds_until_night(now, tz=ZoneInfo("Asia/Shanghai")) == hours * 3600


async def test_a_job_runs_as_a_transaction_and_a_failure_does_not_end_the_rest(sqlite_db: Database) -> None:
    committed = asyncio.Event()
    loop = asyncio.get_running_loop()

    def heard(_changes: tuple[Change, ...]) -> None:
        loop.call_soon_threadsafe(committed.set)

    stop = changes.listen(heard)

    def works(session: Session, now: datetime) -> None:
        session.add(Setting(key="ran", value={"at": now.isoformat()}))
        changes.announce(Change("setting"))

    def fails(session: Session, _now: datetime) -> None:
        session.add(Setting(key="half", value={}))
        session.flush()
        raise RuntimeError("no power")

    failing = asyncio.create_task(run_daily(fails, first_after=0))
    working = asyncio.create_task(run_daily(works, first_after=0))
    async with asyncio.timeout(10):
        await committed.wait()
    stop()
    assert await sqlite_db.read(lambda s: list(s.exec(select(Setting.key)))) == ["ran"]
    assert not failing.done()
    for task in (failing, working):
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_each_piece_is_a_transaction_and_one_that_fails_stops_no_other(sqlite_db: Database) -> None:
    last = asyncio.Event()
    loop = asyncio.get_running_loop()

    def heard(batch: tuple[Change, ...]) -> None:
        if Change("setting", 3) in batch:
            loop.call_soon_threadsafe(last.set)

    stop = changes.listen(heard)

    def due(_session: Session, _now: datetime) -> list[int]:
        return [1, 2, 3]

    def keep(session: Session, _now: datetime, key: int) -> None:
        session.add(Setting(key=f"piece {key}", value={}))
        session.flush()
        if key == 2:
            raise RuntimeError("no power")
        changes.announce(Change("setting", key))

    working = asyncio.create_task(run_daily_for_each(keep, due=due, first_after=0))
    async with asyncio.timeout(10):
        await last.wait()
    stop()
    assert await sqlite_db.read(lambda s: sorted(s.exec(select(Setting.key)))) == ["piece 1", "piece 3"]
    assert not working.done()
    working.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await working

"""The look through all customers for those that changed otherwise than one by one (R5.2).

It begins again wherever it was stopped: whoever is judged already is left out.
"""

import asyncio
import contextlib
import logging

from crm_app.anomalies import queries, service
from crm_app.anomalies.schemas import Measure
from crm_app.core import changes
from crm_app.core.changes import Change
from crm_app.core.db import Database, get_database

log = logging.getLogger(__name__)

HOUR = 3600.0
SOON = 1.0
"""Several changes in one breath are one look."""
BATCH = 200
"""So many are written at once: others wait for a tenth of a second at most."""
_MANY = frozenset({"customer", "own_field"})


async def keep_checked(*, first_after: float = 20.0) -> None:
    """Look through all after the start, each hour, and when many changed or the fields did; a lifespan task."""
    loop, wake = asyncio.get_running_loop(), asyncio.Event()

    def hear(batch: tuple[Change, ...]) -> None:
        if asks_for_look(batch):
            with contextlib.suppress(RuntimeError):  # The loop may be closed by now.
                loop.call_soon_threadsafe(wake.set)

    deaf = changes.listen(hear)
    pause = first_after
    try:
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(wake.wait(), pause)
                await asyncio.sleep(SOON)
            wake.clear()
            try:
                await check_all(get_database())
            except Exception:
                log.exception("records can't be looked through; tried again in an hour")
            pause = HOUR
    finally:
        deaf()


def asks_for_look(batch: tuple[Change, ...]) -> bool:
    """Whether more changed than what was judged with it."""
    each = {change.customer_id for change in batch if change.customer_id}
    many = any(change.customer_id is None and change.kind in _MANY for change in batch)
    return many or len(each) > service.AT_ONCE


async def check_all(database: Database) -> int:
    """Judge whoever needs it; how many that were. Reading yields to everybody, writing is short."""
    done, after = 0, 0
    measure, last = await database.call_in_background(_standing, database)
    while after < last:
        stale = await database.call_in_background(_stale, database, measure, after)
        for start in range(0, len(stale), BATCH):
            some = stale[start : start + BATCH]
            judged = await database.call_in_background(_judged, database, some, measure)
            done += await database.write(service.keep_unchanged, judged, measure)
        after += queries.WINDOW
    return done


def _standing(database: Database) -> tuple[Measure, int]:
    with database.reading() as session:
        return queries.get_measure(session), queries.last_id(session)


def _stale(database: Database, measure: Measure, after: int) -> list[int]:
    with database.reading() as session:
        return queries.list_stale(session, measure.key, after=after)


def _judged(database: Database, ids: list[int], measure: Measure) -> list:
    with database.reading() as session:
        return service.judge_all(queries.list_facts(session, ids, measure), measure)

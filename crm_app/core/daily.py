"""Work that is done once a day, at night where the people are, and soon after each start."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime, timedelta, tzinfo

from sqlmodel import Session

from crm_app.core.clock import utcnow
from crm_app.core.db import get_database
from crm_app.core.settings import get_settings

log = logging.getLogger(__name__)

HOUR = 3


async def run_daily(job: Callable[[Session, datetime], object], *, first_after: float = 60) -> None:
    """Run `job(session, now)` as one transaction `first_after` seconds from now and then each night; a lifespan task.

    The first run is for servers that are switched off at night; it waits, because a start has other things to do.
    """
    async for now in _nights(first_after):
        await _try(get_database().write, job, now)


async def run_daily_for_each(
    job: Callable[[Session, datetime, int], object],
    *,
    due: Callable[[Session, datetime], Sequence[int]],
    first_after: float = 60,
    long: bool = False,
) -> None:
    """As `run_daily`, a transaction for each id that `due(session, now)` names: one that fails stops no other.

    `long` ones take seconds, and yield to all others.
    """
    async for now in _nights(first_after):
        for key in await _ids(due, now):
            await _try(get_database().write_in_background if long else get_database().write, job, now, key)


async def _nights(first_after: float) -> AsyncIterator[datetime]:
    pause = first_after
    while True:
        await asyncio.sleep(pause)
        yield utcnow()
        pause = seconds_until_night(utcnow(), tz=get_settings().zone)


async def _try(write: Callable[..., Awaitable[object]], job: Callable[..., object], *args: object) -> None:
    try:
        await write(job, *args)
    except Exception:
        log.exception("daily job %s failed; it is tried again tomorrow", job.__name__)


async def _ids(due: Callable[[Session, datetime], Sequence[int]], now: datetime) -> Sequence[int]:
    try:
        return await get_database().read_long(due, now)
    except Exception:
        log.exception("daily job %s failed; it is tried again tomorrow", due.__name__)
        return ()


def seconds_until_night(now: datetime, *, tz: tzinfo) -> float:
    """Until the next three o'clock on the wall."""
    local = now.astimezone(tz)
    night = local.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    if night <= local:
        night += timedelta(days=1)
    return (night - now).total_seconds()

"""Work that is done once a day, at night where the people are, and soon after each start."""

import asyncio
import logging
from collections.abc import Callable
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
    pause = first_after
    while True:
        await asyncio.sleep(pause)
        try:
            await get_database().write(job, utcnow())
        except Exception:
            log.exception("daily job %s failed; it is tried again tomorrow", job.__name__)
        pause = seconds_until_night(utcnow(), tz=get_settings().zone)


def seconds_until_night(now: datetime, *, tz: tzinfo) -> float:
    """Until the next three o'clock on the wall."""
    local = now.astimezone(tz)
    night = local.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    if night <= local:
        night += timedelta(days=1)
    return (night - now).total_seconds()

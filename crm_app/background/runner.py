"""Runs what waits: in a thread that yields to everybody, one job at a time, until the server stops.

A job runs with its owner's rights of that moment. Whoever runs it shows that he lives, so that another server, or the
next one, takes up what a dead one left.
"""

import asyncio
import contextlib
import errno
import logging
import secrets
import threading
import time
from datetime import datetime
from functools import partial

from sqlmodel import Session

from crm_app.access.behalf import resolve_person
from crm_app.background import files, queries, service
from crm_app.background.kinds import KINDS, JobContext, Outcome, Stopped
from crm_app.background.schemas import Claim
from crm_app.core import changes
from crm_app.core.clock import utcnow
from crm_app.core.db import Database, get_database
from crm_app.core.errors import CrmError, Refused

log = logging.getLogger(__name__)

LOOK_SECONDS = 10.0
"""What another server left, or was told, is found this soon; what is asked for here at once."""
BEAT_SECONDS = 5.0
SWEEP_SECONDS = 600.0


async def run_jobs() -> None:
    """Serve until cancelled; a lifespan task."""
    loop, wake = asyncio.get_running_loop(), asyncio.Event()

    def hear(batch: tuple[changes.Change, ...]) -> None:
        if any(change.kind == service.ADDED for change in batch):
            with contextlib.suppress(RuntimeError):  # The loop may be closed by now.
                loop.call_soon_threadsafe(wake.set)

    deaf = changes.listen(hear)
    swept = 0.0
    try:
        while True:
            wake.clear()
            try:
                if not swept or time.monotonic() - swept > SWEEP_SECONDS:
                    await sweep(get_database())
                    swept = time.monotonic()
                if await run_next(get_database()):
                    continue
            except Exception:
                log.exception("jobs can't be looked for; tried again in %s s", LOOK_SECONDS)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(wake.wait(), LOOK_SECONDS)
    finally:
        deaf()


async def run_next(database: Database) -> bool:
    """Run the next job to its end; whether there was one."""
    # Looked for first: who only reads keeps no writer waiting.
    if not await database.read_here(queries.has_work, utcnow()):
        return False
    claim = await database.write(service.claim_job, utcnow())
    if claim is None:
        return False
    stop = threading.Event()
    beating = asyncio.create_task(_beat(database, claim, stop), name="job-beat")
    try:
        await database.call_in_background(_run, database, claim, stop)
    finally:
        stop.set()
        beating.cancel()
    return True


async def sweep(database: Database) -> None:
    """Forget old jobs, and remove files that nobody may fetch any more or that a crash left."""
    # Files first: whatever is made from now on is not among them.
    found = await database.call(files.list_kept)
    needed = await database.write(_forget, utcnow())
    await database.call(files.remove_all, found - needed)


def _forget(session: Session, now: datetime) -> frozenset[tuple[int, int]]:
    service.forget_old_jobs(session, now)
    return queries.list_with_files(session, now)


async def _beat(database: Database, claim: Claim, stop: threading.Event) -> None:
    while not stop.is_set():
        await asyncio.sleep(BEAT_SECONDS)
        with contextlib.suppress(Exception):  # A database that does not answer now may do so at the next beat.
            if not await database.write(service.note_life, claim):
                stop.set()


def _run(database: Database, claim: Claim, stop: threading.Event) -> None:
    kept = False
    try:
        outcome = _work(database, claim, stop)
        with database.writing() as session:
            kept = service.finish_job(session, claim, outcome)
    except Stopped:
        with database.writing() as session:
            service.release_job(session, claim)
    except CrmError as error:
        _fail(database, claim, error.code, dict(error.params))
    except OSError as error:
        if error.errno != errno.ENOSPC:
            _break(database, claim)
        else:
            _fail(database, claim, "background.error.disk", {})
    except Exception:
        _break(database, claim)
    if not kept:
        files.remove(claim.job_id, claim.attempt)


def _work(database: Database, claim: Claim, stop: threading.Event) -> Outcome:
    kind = KINDS.get(claim.kind)
    with database.reading() as session:
        actor = resolve_person(session, claim.user_id)
    if kind is None or actor is None or not actor.may(kind.permission):
        raise Refused("background.error.refused")

    def tell(done: int, total: int) -> bool:
        with database.writing() as session:
            return service.note_progress(session, claim, done=done, total=total)

    return kind.run(
        JobContext(
            actor=actor,
            parameters=claim.parameters,
            file=files.make_room(claim.job_id, claim.attempt),
            snapshot=database.snapshot,
            writing=partial(database.writing, much=True),
            tell=tell,
            stop=stop,
        )
    )


def _fail(database: Database, claim: Claim, message: str, params: dict[str, str | int]) -> None:
    with database.writing() as session:
        service.fail_job(session, claim, message=message, params=params)


def _break(database: Database, claim: Claim) -> None:
    reference = secrets.token_hex(4)
    log.exception("job %s of kind %s failed, reference %s", claim.job_id, claim.kind, reference)
    _fail(database, claim, "background.error.unexpected", {"ref": reference})

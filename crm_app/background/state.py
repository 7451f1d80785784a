"""The state of one's own jobs: /jobs."""

import reflex as rx
from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.guard import requires
from crm_app.access.permissions import Permission
from crm_app.access.state import notify
from crm_app.background import queries, rules, service
from crm_app.background.schemas import NO_JOB, JobView
from crm_app.core.clock import utcnow
from crm_app.core.db import get_database
from crm_app.core.settings import get_settings
from crm_app.ui import live, routes


def list_views(session: Session, actor: Actor) -> tuple[JobView, ...]:
    """The actor's jobs as he sees them."""
    tz, now = get_settings().zone, utcnow()
    return tuple(
        rules.view_of(row, language=actor.language, tz=tz, now=now) for row in queries.list_jobs(session, actor)
    )


def get_view(session: Session, actor: Actor, job_id: int) -> JobView:
    """One of the actor's jobs as he sees it."""
    row = queries.get_job(session, actor, job_id)
    return rules.view_of(row, language=actor.language, tz=get_settings().zone, now=utcnow()) if row else NO_JOB


class Jobs(rx.State):
    """What a person asked for, and how far it is."""

    jobs: list[JobView] = []

    @requires(Permission.PROFILE_EDIT, loads_page=True)
    async def load(self, actor: Actor):
        """Fill the page."""
        await self._fill(actor)

    @requires(Permission.PROFILE_EDIT)
    async def refresh(self, actor: Actor):
        """A job went on."""
        if live.shows(self, routes.JOBS):
            await self._fill(actor)

    @requires(Permission.PROFILE_EDIT)
    async def cancel(self, actor: Actor, job_id: int):
        """Cancel a job that still waits or runs."""
        cancelled = await get_database().write(service.cancel_job, actor, job_id=job_id)
        await notify(self, "background.cancelled" if cancelled else "background.ended_before", kind="info")
        await self._fill(actor)

    async def _fill(self, actor: Actor) -> None:
        live.watch(self, routes.JOBS, kinds=frozenset({rules.changed(actor.user_id)}), then=Jobs.refresh)
        self.jobs = list(await get_database().read(list_views, actor))

"""State of the account pages: own sessions, and where the start page leads."""

import dataclasses

import reflex as rx

from crm_app.access import sessions
from crm_app.access.actor import Actor
from crm_app.access.guard import public, requires
from crm_app.access.permissions import Permission
from crm_app.access.state import Frame, notify
from crm_app.core.clock import format_local
from crm_app.core.db import get_database
from crm_app.core.settings import get_settings
from crm_app.ui import routes

DESK_ROLES = frozenset({"sales_manager", "marketing_manager", "finance"})
"""Roles that start the day with figures rather than with a list of calls."""


@dataclasses.dataclass(frozen=True, slots=True)
class SessionLine:
    """One session as the page shows it."""

    id: int
    device: str
    address: str
    since: str
    seen: str
    current: bool


class Start(rx.State):
    """The address `/`, and the pages for people who have not signed in."""

    @requires(Permission.PROFILE_EDIT)
    async def go(self, actor: Actor):
        """To the page with which this role begins its day."""
        desk = actor.role_code in DESK_ROLES and actor.may(Permission.DASHBOARD_VIEW)
        return rx.redirect(routes.DASHBOARD if desk else routes.TODAY, replace=True)

    @public
    async def arrive(self):
        """To the setup page as long as nobody has an account; says why whoever was sent here is here."""
        self.ended = "ended" in self.router.url.query_parameters
        if await get_database().read(sessions.is_nobody_there):
            return rx.redirect(routes.SETUP, replace=True)
        return None

    @requires(Permission.PROFILE_EDIT, loads_page=True, while_password_expired=True)
    async def open_password(self, actor: Actor):
        """The page of the own password; also the only one open while a new password is due."""
        self.first_time = actor.must_change_password

    first_time: bool = False
    ended: bool = False
    """Whether the sign-in page is shown because a session was ended."""


class Sessions(rx.State):
    """The list of one's own sessions (R10.5)."""

    lines: list[SessionLine] = []

    @requires(Permission.PROFILE_EDIT, loads_page=True)
    async def load(self, actor: Actor):
        """All open sessions of the actor."""
        await self._fill(actor)

    @requires(Permission.PROFILE_EDIT)
    async def end(self, actor: Actor, session_id: int):
        """End one; its pages go to the sign-in page at once."""
        await get_database().write(sessions.end_session, actor, session_id)
        await notify(self, "access.sessions.ended")
        await self._fill(actor)

    @requires(Permission.PROFILE_EDIT)
    async def end_others(self, actor: Actor):
        """End all but the present one."""
        await get_database().write(sessions.end_other_sessions, actor)
        await notify(self, "access.sessions.ended")
        await self._fill(actor)

    async def _fill(self, actor: Actor) -> None:
        zone = get_settings().zone
        rows = await get_database().read(sessions.list_sessions, actor)
        self.lines = [
            SessionLine(
                id=row.id,
                device=sessions.device_name(row.device),
                address=row.address,
                since=format_local(row.created_at, tz=zone),
                seen=format_local(row.seen_at, tz=zone),
                current=row.current,
            )
            for row in rows
        ]


__all__ = ["Frame", "Sessions", "Start"]

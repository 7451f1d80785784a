"""States of `/duplicates` and of the merge screen."""

from collections.abc import Mapping
from dataclasses import replace

import reflex as rx

from crm_app.access.actor import Actor
from crm_app.access.guard import requires
from crm_app.access.permissions import Permission
from crm_app.access.state import notify, notify_undoable
from crm_app.background.rules import changed as job_changed
from crm_app.background.schemas import NO_JOB, JobView
from crm_app.background.service import cancel_job
from crm_app.background.state import get_view
from crm_app.catalogue import say
from crm_app.core.db import get_database
from crm_app.core.errors import CrmError, NotFound
from crm_app.core.text import row_id
from crm_app.quality import queries, service
from crm_app.quality.jobs import FIND
from crm_app.quality.schemas import GroupLine, MergeLine, MergeRequest, MergeView, Standing, Unmerged, Verdict
from crm_app.ui import live, routes

UNDO = "duplicates"
"""What messages of these pages take back: their id is of a group or a merge, as their version says."""
OF_GROUP, OF_MERGE = 1, 2
MERGES = "merged"
_TABS = (*Verdict, MERGES)
_LIVE = frozenset({"customer", service.CHANGED})
P = Permission.CUSTOMER_MERGE


class Duplicates(rx.State):
    """`/duplicates`: groups to look at, merges made, and the search."""

    tab: str = Verdict.SAME
    lines: list[GroupLine] = []
    merges: list[MergeLine] = []
    page: int = 1
    pages: int = 1
    standing: Standing = Standing()
    job: JobView = NO_JOB
    loads: int = 0

    @requires(P, loads_page=True)
    async def load(self, actor: Actor):
        """Fill the page."""
        await self._fill(actor)
        self.loads += 1

    @requires(P)
    async def refresh(self, actor: Actor):
        """Something changed, or the search went on."""
        if live.shows(self, routes.DUPLICATES):
            await self._fill(actor)

    @requires(P)
    async def choose(self, actor: Actor, tab: str):
        """Likely ones, possible ones, or merges made."""
        self.tab, self.page = tab if tab in _TABS else Verdict.SAME, 1
        await self._fill(actor)

    @requires(P)
    async def go_to(self, actor: Actor, page: int):
        """Turn to a page; beyond the end is the last one."""
        self.page = max(1, min(page, self.pages))
        await self._fill(actor)

    @requires(P)
    async def find(self, actor: Actor):
        """Search the whole database."""
        try:
            job_id = await get_database().write(service.request_search, actor, kind=FIND)
        except service.SearchRuns as error:
            await notify(self, error.code, kind="info")  # Its result is what was asked for.
        else:
            self.job = replace(NO_JOB, id=job_id)
            await notify(self, "quality.find.asked", kind="info")
        await self._fill(actor)

    @requires(P)
    async def cancel(self, actor: Actor):
        """Cancel the search that one asked for oneself."""
        if self.job.id:
            await get_database().write(cancel_job, actor, job_id=self.job.id)
        await self._fill(actor)

    @requires(P)
    async def dismiss(self, actor: Actor, group: int):
        """「不是重复」."""
        await get_database().write(service.dismiss_group, actor, group_id=group)
        await notify_undoable(self, "quality.dismissed", undo=(group, OF_GROUP), of=UNDO)
        await self._fill(actor)

    @requires(P)
    async def take_back(self, actor: Actor, merge: int):
        """Undo a merge of the list."""
        await self._take_back(actor, merge)

    @requires(P)
    async def undo(self, actor: Actor, row: int, version: int):
        """Take back what a message told of."""
        if version == OF_MERGE:
            await self._take_back(actor, row)
            return
        await get_database().write(service.recall_group, actor, group_id=row)
        await notify(self, "quality.recalled")
        await self._fill(actor)

    async def _take_back(self, actor: Actor, merge: int) -> None:
        undone: Unmerged = await get_database().write(service.undo_merge, actor, merge_id=merge)
        said: dict[str, str] = {"names": "、".join(undone.names)}
        if undone.kept:
            labels = await get_database().read(queries.labels_of, actor, undone.kept)
            said["fields"] = "、".join(labels)
        await notify(self, "quality.undone.kept" if undone.kept else "quality.undone", **said)
        await self._fill(actor)

    async def _fill(self, actor: Actor) -> None:
        kinds = _LIVE | {job_changed(actor.user_id)}
        live.watch(self, routes.DUPLICATES, kinds=kinds, then=Duplicates.refresh)
        database = get_database()
        if self.job.id:
            view = await database.read(get_view, actor, self.job.id)
            self.job = view if view.open or view.message else NO_JOB
        self.standing = await database.read(queries.get_standing, actor)
        if self.tab == MERGES:
            self.merges, self.lines = list(await database.read(queries.list_merges, actor)), []
            self.pages = 1
            return
        found = await database.read(queries.list_groups, actor, verdict=Verdict(self.tab), page=self.page)
        self.lines, self.page, self.merges = list(found.lines), found.page, []
        self.pages = max(1, -(-found.total // queries.SIZE))


class Merging(rx.State):
    """The merge screen of one group."""

    view: MergeView = MergeView()
    choices: dict[str, str] = {}
    """By field the number of the member whose value stays."""
    count: int = 0
    """How many take part."""
    problem: str = ""
    loads: int = 0
    _versions: Mapping[str, int] = {}
    _chosen: Mapping[str, str] = {}
    """What the person chose himself: it stays when the rest is read anew."""
    _without: tuple[str, ...] = ()

    @requires(P, loads_page=True, supersedes=True)
    async def load(self, actor: Actor):
        """Show the group of the address."""
        loads = self.loads + 1
        self.reset()
        await self._show(actor)
        self.loads = loads

    @requires(P)
    async def keep(self, actor: Actor, number: str):
        """Choose who stays."""
        self._chosen = {}
        await self._show(actor, survivor=number)

    @requires(P)
    async def take(self, actor: Actor, name: str, number: str):
        """Choose whose value stays."""
        if name in self.choices and number in self._versions:
            self._chosen = {**self._chosen, name: number}
            self.choices = {**self.choices, name: number}

    @requires(P)
    async def leave_out(self, actor: Actor, number: str):
        """Leave one out, or take it in again."""
        known = {side.number for side in self.view.sides}
        chosen = {*self._without} ^ ({number} & known)
        self._without = tuple(sorted(chosen))
        self._chosen = {name: one for name, one in self._chosen.items() if one not in chosen}
        await self._show(actor, survivor=self.view.survivor)

    @requires(P)
    async def merge(self, actor: Actor):
        """Make them one; whoever was told that one was changed finds his choices on the newest values."""
        request = MergeRequest(self.view.survivor, self._versions, self.choices)
        try:
            merged = await get_database().write(service.merge_customers, actor, request=request)
        except CrmError as error:
            try:
                await self._show(actor, survivor=self.view.survivor)
            except NotFound:
                await notify(self, "quality.merge.gone", kind="error")
                return rx.redirect(routes.DUPLICATES)
            self.problem = say(actor.language, error.code, **error.params)
            return None
        self.reset()
        await notify_undoable(self, "quality.merge.done", undo=(merged.id, OF_MERGE), of=UNDO, name=merged.name)
        return rx.redirect(routes.DUPLICATES)

    async def _show(self, actor: Actor, survivor: str = "") -> None:
        group = row_id(str(getattr(self, "group", "")))
        screen = await get_database().read(
            queries.get_screen, actor, group_id=group, survivor=survivor, without=self._without
        )
        self.view, self._versions, self.problem = screen.view, dict(screen.versions), ""
        self.count = len(screen.versions)
        kept = {name: one for name, one in self._chosen.items() if one in screen.versions}
        self.choices = {**screen.choices, **kept}

"""The state of the customer list, and of its export."""

import dataclasses
from collections.abc import Sequence
from typing import ClassVar
from urllib.parse import parse_qsl

import reflex as rx
from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.arguments import BadRequest
from crm_app.access.guard import requires
from crm_app.access.permissions import Permission
from crm_app.access.state import notify
from crm_app.background.rules import changed
from crm_app.background.schemas import NO_JOB, JobView
from crm_app.background.service import cancel_job
from crm_app.background.state import get_view
from crm_app.core.changes import Change
from crm_app.core.clock import local_today
from crm_app.core.db import get_database
from crm_app.core.settings import get_settings
from crm_app.directory import queries, rules
from crm_app.directory.jobs import EXPORT
from crm_app.directory.schemas import CONTACT_FIELDS, MOST_TICKED, ExportField, ExportOffer, ExportRequest
from crm_app.directory.service import answer_to, request_export, save_cell
from crm_app.listing.editing import CellAnswer, CellEdit, CellSaved
from crm_app.listing.rules.wording import label_of
from crm_app.listing.saved import ListViews, open_list, plain_address
from crm_app.listing.schemas import Condition, FieldDef, Known, ListDef, ListQuery, Page, Row
from crm_app.listing.source import ListSource
from crm_app.listing.state import list_state
from crm_app.ui import live, routes


class CustomerSource:
    """The customers, as lists ask for them."""

    name = "customers"

    def define(self, actor: Actor, known: Known) -> ListDef:
        """The list as this actor may use it."""
        return queries.list_for(actor, known)

    def load_known(self, session: Session) -> Known:
        """The choices of today."""
        return queries.load_known(session, today=local_today(tz=get_settings().zone))

    def find_page(self, session: Session, actor: Actor, query: ListQuery, known: Known, total: int | None) -> Page:
        """A page of ids."""
        return queries.find_page(session, actor, query, known, total=total)

    def list_rows(
        self, session: Session, actor: Actor, ids: Sequence[int], columns: Sequence[str], known: Known
    ) -> tuple[Row, ...]:
        """Their rows."""
        return queries.list_rows(session, actor, ids, columns, known)

    personal = CONTACT_FIELDS

    def count(self, session: Session, actor: Actor, query: ListQuery, known: Known) -> int:
        """How many there are on all pages."""
        return queries.count_shown(session, actor, query, known)

    def may_change(self, conditions: str, search: str, change: Change) -> bool:
        """Whether a change may be one of their number."""
        return rules.may_change_count(conditions, search, change)

    def read_cell(self, session: Session, actor: Actor, number: str, key: str, code: str) -> Condition | None:
        """What one cell stands for as a condition."""
        return queries.read_cell(session, actor, number=number, key=key, code=code)

    def editable(self, actor: Actor, known: Known) -> frozenset[str]:
        """The columns whose cells the actor's role may edit."""
        return rules.editable_columns(actor, queries.list_for(actor, known))

    def open_cell(self, session: Session, actor: Actor, number: str, key: str) -> CellEdit:
        """A cell as it is edited."""
        return queries.open_cell(session, actor, number=number, key=key)

    def save_cell(  # noqa: PLR0917 - As the protocol has it.
        self, session: Session, actor: Actor, number: str, key: str, value: str, version: int, confirmed: bool
    ) -> CellSaved:
        """Save a cell."""
        return save_cell(session, actor, number=number, key=key, value=value, version=version, confirmed=confirmed)

    def answer_to(self, error: Exception, known: Known, language: str) -> CellAnswer | None:
        """What stands against a save."""
        return answer_to(error, known, language)

    def reaches_any(self, session: Session, actor: Actor, ids: frozenset[int]) -> bool:
        """Whether any of these is in reach."""
        return queries.reaches_any(session, actor, ids)


CUSTOMER_VIEWS = ListViews(CustomerSource(), routes.CUSTOMERS, "building-2", Permission.CUSTOMER_VIEW)


class Directory(list_state(Permission.CUSTOMER_VIEW, edit=Permission.CUSTOMER_EDIT), rx.State):
    """The customer list at /customers."""

    source: ClassVar[ListSource] = CustomerSource()


@dataclasses.dataclass(frozen=True, slots=True)
class _Counts:
    """What an export would hold, and what the list shows."""

    filtered: int
    all: int
    narrowed: bool
    columns: tuple[str, ...]
    fields: tuple[FieldDef, ...]
    """What can be exported, the columns first."""


def count_exportable(session: Session, actor: Actor, source: ListSource, parameters: dict[str, str]) -> _Counts:
    """Count what an export of the list at this address would hold."""
    query, known = open_list(session, actor, source, parameters).query, source.load_known(session)
    within = Permission.CUSTOMER_EXPORT
    every = dataclasses.replace(query, conditions=(), groups=(), search="")
    narrowed = bool(query.filtered or query.search)
    total = queries.count_all(session, actor, every, known, within=within)
    filtered = queries.count_all(session, actor, query, known, within=within) if narrowed else total
    fields = rules.offered_fields(source.define(actor, known), query.columns)
    return _Counts(filtered, total, narrowed, query.columns, tuple(fields))


class Exporting(rx.State):
    """「导出」: what is wanted, and how far it is."""

    is_open: bool = False
    offer: ExportOffer = ExportOffer()
    job: JobView = NO_JOB

    _ticked: tuple[str, ...] = ()

    @requires(Permission.CUSTOMER_EXPORT)
    async def open_ticked(self, actor: Actor, address: str, numbers: list[str], everything: bool):
        """As `open`, on the ticked rows of the list."""
        ticked = () if everything else tuple(one[:60] for one in numbers[:MOST_TICKED])
        await self._open(actor, address, ticked)

    @requires(Permission.CUSTOMER_EXPORT)
    async def open(self, actor: Actor, address: str):
        """Open the dialog on the list of this address; on an export that still runs, if there is one."""
        await self._open(actor, address, ())

    async def _open(self, actor: Actor, address: str, ticked: tuple[str, ...]) -> None:
        self._ticked = ticked
        await self._follow(actor)
        if not self.job.open:
            self.job = NO_JOB
            await self._offer(actor, dict(parse_qsl(address[: rules.MAX_ADDRESS])))
        self.is_open = True

    @requires(Permission.CUSTOMER_EXPORT)
    async def show(self, actor: Actor, is_open: bool):
        """Close the dialog; an export goes on."""
        self.is_open = is_open and self.is_open

    @requires(Permission.CUSTOMER_EXPORT)
    async def start(  # noqa: PLR0917 - Events pass their arguments by place.
        self, actor: Actor, address: str, rows: str, fields: list[str], file_format: str, full: bool
    ):
        """Ask for the file."""
        address = await get_database().read(plain_address, actor, Directory.source, address[: rules.MAX_ADDRESS])
        try:
            request = ExportRequest.of(
                address=address, rows=rows, fields=fields, format=file_format, full=full, numbers=self._ticked
            )
        except ValueError:
            raise BadRequest from None
        today = local_today(tz=get_settings().zone)
        job_id = await get_database().write(request_export, actor, kind=EXPORT, request=request, today=today)
        await self._follow(actor, job_id)

    @requires(Permission.CUSTOMER_EXPORT)
    async def cancel(self, actor: Actor):
        """Cancel the export that runs."""
        if self.job.id:
            await get_database().write(cancel_job, actor, job_id=self.job.id)
            await self._follow(actor)

    @requires(Permission.CUSTOMER_EXPORT)
    async def refresh(self, actor: Actor):
        """It went on; whoever closed the dialog is told when it has ended."""
        if not (self.job.id and live.shows(self, routes.CUSTOMERS)):
            return
        ran = self.job.open
        await self._follow(actor)
        if ran and not self.job.open and not self.is_open:
            await self._tell_end()

    async def _offer(self, actor: Actor, parameters: dict[str, str]) -> None:
        counts = await get_database().read_long(count_exportable, actor, Directory.source, parameters)
        within = Permission.CUSTOMER_EXPORT
        found = await get_database().read(queries.find_numbers, actor, self._ticked, within=within)
        self.offer = ExportOffer(
            serial=self.offer.serial + 1,
            ticked=len(found),
            narrowed=counts.narrowed,
            filtered=counts.filtered,
            all=counts.all,
            fields=tuple(
                ExportField(one.key, label_of(one, actor.language), one.key in counts.columns) for one in counts.fields
            ),
            reveals=actor.may(Permission.CUSTOMER_REVEAL),
        )

    async def _follow(self, actor: Actor, job_id: int = 0) -> None:
        """Show how far it is, now and with each step."""
        wanted = job_id or self.job.id
        if wanted:
            kinds = frozenset({changed(actor.user_id)})
            live.watch(self, routes.CUSTOMERS, kinds=kinds, then=Exporting.refresh)
            self.job = await get_database().read(get_view, actor, wanted)

    async def _tell_end(self) -> None:
        job = self.job
        if job.href:
            await notify(self, "background.finished", href=routes.JOBS, link="background.show", title=job.title)
        elif job.message:
            await notify(self, "background.failed", kind="error", title=job.title, reason=job.message)

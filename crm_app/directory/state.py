"""The state of the customer list."""

from collections.abc import Sequence
from typing import ClassVar

import reflex as rx
from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission
from crm_app.core.clock import local_today
from crm_app.core.settings import get_settings
from crm_app.directory import queries
from crm_app.listing.schemas import Known, ListDef, ListQuery, Page, Row
from crm_app.listing.state import ListSource, list_state


class CustomerSource:
    """The customers, as lists ask for them."""

    name = "customers"

    def define(self, actor: Actor) -> ListDef:
        """The list as this actor may use it."""
        return queries.list_for(actor)

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


class Directory(list_state(Permission.CUSTOMER_VIEW), rx.State):
    """The customer list at /customers."""

    source: ClassVar[ListSource] = CustomerSource()

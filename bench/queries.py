"""What the pages' own queries take, without server and browser, at one size and at ten times that."""

import time
from collections.abc import Callable
from statistics import median
from typing import Any

from sqlmodel import Session, col, func, select

from bench.data import Data
from crm_app.access.actor import Actor
from crm_app.access.permissions import PRESET_ROLES
from crm_app.access.sessions import departments_below
from crm_app.core.clock import local_today
from crm_app.core.db import Database
from crm_app.core.settings import get_settings
from crm_app.customers.queries import get_record
from crm_app.directory import queries as directory
from crm_app.listing.rules.typed import parse_typed
from crm_app.listing.schemas import ListQuery
from crm_app.models import Customer, FollowUp, Role, User
from crm_app.timeline.queries import list_timeline

REPEATS = 21
INDEXED = ("list", "filter of three", "sort by amount", "page 1,000", "search 2 characters", "search pinyin")
INDEXED += ("one rep's list", "a customer's record", "a timeline's first page")
"""Answered from an index: these must not grow with the table."""


def actor_of(session: Session, username: str) -> Actor:
    """A person as a sign-in would resolve him."""
    user, role = session.exec(select(User, Role).join(Role).where(User.username == username)).one()
    return Actor(
        user_id=user.id or 0,
        username=user.username,
        name=user.name,
        role_code=role.code,
        department_id=user.department_id,
        department_ids=departments_below(session, user.department_id),
        grants=PRESET_ROLES[role.code],
    )


def busy_customer(session: Session) -> str:
    """The number of a customer with about fifty contacts."""
    contacts = func.count(col(FollowUp.id))
    statement = (
        select(Customer.number)
        .join(FollowUp)
        .group_by(col(Customer.id), col(Customer.number))
        .having(contacts >= 50)
        .order_by(contacts, col(Customer.id))
        .limit(1)
    )
    return session.exec(statement).one()


def measure(data: Data) -> dict[str, float]:
    """Median ms of each query."""
    database = Database(f"sqlite:///{data.folder / 'crm.db'}")
    try:
        with database.reading() as session:
            return {name: median_ms(query) for name, query in _queries(session).items()}
    finally:
        database.close()


def _queries(session: Session) -> dict[str, Callable[[], Any]]:
    admin, rep = actor_of(session, "admin"), actor_of(session, "sales")
    known = directory.load_known(session, today=local_today(tz=get_settings().zone))
    definition = directory.list_for(admin, known)
    columns = definition.columns
    typed = parse_typed(definition, "2024年第一季度 行业:制造业 等级:意向", known, finished=True)

    def page(actor: Actor, **given: Any) -> Callable[[], object]:
        query = ListQuery(**{"sort": "created", "descending": True, "size": 50, **given})

        def run() -> object:
            found = directory.find_page(session, actor, query, known)
            return directory.list_rows(session, actor, found.ids, columns, known)

        return run

    number = busy_customer(session)
    return {
        "list": page(admin),
        "filter of three": page(admin, conditions=tuple(typed.conditions)),
        "sort by amount": page(admin, sort="total"),
        "page 1,000": page(admin, page=1000),
        "search 2 characters": page(admin, search="云启"),
        "search pinyin": page(admin, search="hzyq"),
        "one rep's list": page(rep),
        "a customer's record": lambda: get_record(session, admin, number=number),
        "a timeline's first page": lambda: list_timeline(session, admin, number=number),
    }


def median_ms(query: Callable[[], object]) -> float:
    """What it takes when it ran before."""
    query()
    taken = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        query()
        taken.append(1000 * (time.perf_counter() - began))
    return round(median(taken), 2)

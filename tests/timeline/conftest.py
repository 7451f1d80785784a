"""An office with drop-down lists and one customer of `sales`."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from crm_app.core.clock import format_local, frozen
from crm_app.core.db import Database
from crm_app.core.settings import get_settings
from crm_app.options.service import seed_presets
from crm_app.timeline.rules import FollowUpDraft
from tests.factories import Office, make_customer

NOW = datetime(2024, 5, 8, 6, 0, tzinfo=UTC)
"""Wednesday, 14:00 in Shanghai."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What most tests here need."""

    db: Database
    office: Office
    number: str
    customer_id: int


@pytest.fixture
def desk(db: Database, office: Office) -> "Desk":
    """See Desk; the clock stands at NOW."""
    with frozen(NOW), db.writing() as session:
        seed_presets(session)
        customer = make_customer(session, owner=office.sales)
    return Desk(db, office, customer.number, customer.id or 0)


def shown(moment: datetime) -> str:
    """As people type it."""
    return format_local(moment, tz=get_settings().zone)


def ago(**delta: float) -> str:
    """A typed moment before NOW."""
    return shown(NOW - timedelta(**delta))


def ahead(**delta: float) -> str:
    """A typed moment after NOW."""
    return shown(NOW + timedelta(**delta))


def draft(**fields: object) -> FollowUpDraft:
    """A phone call a minute ago, unless told otherwise."""
    values: dict[str, object] = {"method": "phone", "at": ago(minutes=1), "content": "已电话沟通报价"} | fields
    return FollowUpDraft(**values)  # type: ignore[arg-type]

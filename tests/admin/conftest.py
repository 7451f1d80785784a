"""A database with presets and a small demonstration."""

from datetime import UTC, datetime

import pytest

from crm_app.admin.demo.service import load_demo
from crm_app.admin.service import seed_roles
from crm_app.core.db import Database
from crm_app.options.service import seed_presets
from tests.factories import PASSWORD_HASH

NOW = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)
"""A Friday afternoon in Shanghai."""


def fill(
    database: Database, *, customers: int = 120, follow_ups: int = 700, seed: int = 1, now: datetime = NOW
) -> None:
    """Presets and a demonstration."""
    with database.writing() as session:
        seed_roles(session)
        seed_presets(session)
        load_demo(session, customers=customers, follow_ups=follow_ups, seed=seed, now=now, password_hash=PASSWORD_HASH)


@pytest.fixture
def demo(db: Database) -> Database:
    """The demonstration on each engine."""
    fill(db)
    return db

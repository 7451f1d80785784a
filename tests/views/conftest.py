"""A fresh count for each test: databases of different tests give out the same ids."""

from collections.abc import Iterator

import pytest

from crm_app.views import counting, state


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """What the last test counted is nobody's any more."""
    counting.forget_counts()
    state.forget_views()
    yield

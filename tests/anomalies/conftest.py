"""An office whose server judges customers as they change."""

from collections.abc import Iterator

import pytest

from crm_app.anomalies import service
from crm_app.core import changes


@pytest.fixture(autouse=True)
def judging(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(changes, "_closings", [service.recheck_changed])
    yield

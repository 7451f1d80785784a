"""Settings as people write them into their environment."""

import pytest
from pydantic import ValidationError

from crm_app.core.settings import Settings


@pytest.mark.parametrize(
    "written",
    ["https://crm.example, http://desk.example:8080/", '["https://crm.example", "http://desk.example:8080"]'],
)
def test_lists_are_written_with_commas_or_as_json(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("CRM_ALLOWED_ORIGINS", written)
    monkeypatch.setenv("CRM_TRUSTED_PROXIES", "10.0.0.0/8,192.168.1.7, ::1")
    settings = Settings(_env_file=None)  # type: ignore[call-arg]
    assert settings.allowed_origins == ["https://crm.example", "http://desk.example:8080"]
    assert settings.trusted_proxies == ["10.0.0.0/8", "192.168.1.7/32", "::1/128"]


def test_empty_means_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_ALLOWED_ORIGINS", "")
    monkeypatch.setenv("CRM_TRUSTED_PROXIES", " , ")
    settings = Settings(_env_file=None)  # type: ignore[call-arg]
    assert (settings.allowed_origins, settings.trusted_proxies) == ([], [])


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("CRM_ALLOWED_ORIGINS", "crm.example"),
        ("CRM_ALLOWED_ORIGINS", "*"),
        ("CRM_ALLOWED_ORIGINS", '["https://crm.example"'),
        ("CRM_TRUSTED_PROXIES", "proxy.example"),
    ],
)
def test_nonsense_is_told_by_the_settings_name(monkeypatch: pytest.MonkeyPatch, name: str, written: str) -> None:
    monkeypatch.setenv(name, written)
    with pytest.raises(ValidationError, match=name.removeprefix("CRM_").lower()):
        Settings(_env_file=None)  # type: ignore[call-arg]

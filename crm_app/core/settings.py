"""What the person who hosts the system can set: `CRM_*` environment variables or a `.env` file."""

import ipaddress
import json
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from crm_app.core import origins


def _listed(value: Any) -> Any:
    """A list as a person writes one, `a, b`, or as JSON."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    return json.loads(text) if text.startswith("[") else [part.strip() for part in text.split(",") if part.strip()]


def _network(value: str) -> str:
    return str(ipaddress.ip_network(value, strict=False))


Origins = Annotated[list[Annotated[str, AfterValidator(origins.parse)]], NoDecode, BeforeValidator(_listed)]
Networks = Annotated[list[Annotated[str, AfterValidator(_network)]], NoDecode, BeforeValidator(_listed)]


class Settings(BaseSettings):
    """One instance a process; see README for the meaning of each variable."""

    model_config = SettingsConfigDict(env_prefix="CRM_", env_file=".env", extra="ignore", frozen=True)

    host: str = "0.0.0.0"  # noqa: S104 - a self-hosted server is meant to be reached.
    port: int = Field(default=8000, ge=1, le=65535)
    data_dir: Path = Path("data")
    database_url: str = ""
    """Empty means the embedded SQLite file in `data_dir`."""
    timezone: str = "Asia/Shanghai"
    demo: bool = True
    demo_password: str = ""
    allowed_origins: Origins = []
    trusted_proxies: Networks = []
    sockets_per_address: int = Field(default=50, ge=1)
    session_hours: int = Field(default=12, ge=1)
    """A session ends after this many hours without an event."""
    session_days: int = Field(default=7, ge=1)
    """A session ends after this many days in any case."""
    events_per_second: int = Field(default=20, ge=1)
    """Sustained events per second of one tab; twice as many are let through in a burst."""
    database_threads: int = Field(default=4, ge=1, le=64)
    """Threads that read for clicks; long counts and writing have their own."""
    reading_process: bool = True
    """Whether a process of its own reads for clicks, where there are two processors or more."""
    helping_process: bool = True
    """Whether long work is given a process of its own to help, where there are two processors or more."""
    loop_watch: Path | None = None
    """A file for the times that the event loop was blocked; for measurements."""

    @property
    def file(self) -> Path:
        """The embedded database."""
        return self.data_dir.resolve() / "crm.db"

    @property
    def url(self) -> str:
        """The database URL in force."""
        return self.database_url or f"sqlite:///{self.file}"

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which people read and write times; storage is UTC."""
        return ZoneInfo(self.timezone)


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()

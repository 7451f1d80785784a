"""What the person who hosts the system can set: `CRM_*` environment variables or a `.env` file."""

from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


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
    allowed_origins: list[str] = []
    trusted_proxies: list[str] = []
    sockets_per_address: int = Field(default=50, ge=1)
    session_hours: int = Field(default=12, ge=1)
    """A session ends after this many hours without an event."""
    session_days: int = Field(default=7, ge=1)
    """A session ends after this many days in any case."""
    events_per_second: int = Field(default=20, ge=1)
    """Sustained events per second of one tab; twice as many are let through in a burst."""
    database_threads: int = Field(default=4, ge=1, le=64)
    loop_watch: Path | None = None
    """A file for the times that the event loop was blocked; for measurements."""

    @property
    def url(self) -> str:
        """The database URL in force."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'crm.db'}"

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which people read and write times; storage is UTC."""
        return ZoneInfo(self.timezone)


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()

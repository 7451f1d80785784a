"""What goes in and out of the administrator's use cases."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class NewPassword:
    """An account with the password that was just made for it; the only place where it stands in the clear."""

    user_id: int
    username: str
    password: str


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account of the demonstration data, as the first run prints it."""

    username: str
    name: str
    role_code: str
    department: str


@dataclass(frozen=True, slots=True)
class FirstRun:
    """What a first start made: demonstration accounts with their one password, or a code to set the system up."""

    accounts: tuple[DemoAccount, ...] = ()
    password: str = ""
    setup_code: str = ""
    file: Path | None = None

"""Password hashing and the rules for new passwords (R10.5)."""

import asyncio
import contextvars
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from typing import ParamSpec, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from crm_app.core.problems import Problem

P = ParamSpec("P")
T = TypeVar("T")

MIN_LENGTH = 10
MAX_LENGTH = 128
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""The OWASP minimum for argon2id; 19 MiB a try, so tries are counted before they are hashed."""
_ALPHABET = "abcdefghjkmnpqrstuvwxyzACDEFGHJKLMNPQRTUVWXYZ234679"
_KNOWN_BAD = (
    "password", "passw0rd", "123456", "654321", "qwerty", "abc123", "iloveyou",
    "admin", "woaini", "letmein", "welcome", "111111", "000000", "666666", "888888",
)  # fmt: skip


_hashing = ThreadPoolExecutor(max_workers=1, thread_name_prefix="crm-hash")


async def hashing(fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run work that hashes in the one thread kept for it.

    Many tries at once wait for each other here, instead of taking every database thread or all memory; and no
    transaction stays open while a hash is computed.
    """
    context = contextvars.copy_context()
    return await asyncio.get_running_loop().run_in_executor(_hashing, partial(context.run, fn, *args, **kwargs))


def hash_password(password: str) -> str:
    """An argon2id hash with its own salt."""
    return _hasher.hash(password)


def verify_password(password: str, stored: str) -> bool:
    """Whether the password fits; constant time is argon2's."""
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


@lru_cache(maxsize=1)
def nobodys_hash() -> str:
    """A hash to check against when the account doesn't exist, so that both answers take as long."""
    return hash_password(secrets.token_urlsafe(16))


def make_password() -> str:
    """A random password without look-alike characters; about 80 bits."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(3))


def check_new_password(password: str, *, username: str, name: str = "") -> Problem | None:
    """What is wrong with a new password: length first, then what everybody tries; no forced character classes."""
    if len(password) < MIN_LENGTH:
        return Problem("error.password.short", {"min": MIN_LENGTH})
    if len(password) > MAX_LENGTH:
        return Problem("error.password.long", {"max": MAX_LENGTH})
    lowered = password.lower()
    bad = (username.lower(), name.lower(), *_KNOWN_BAD)
    rest = lowered
    for word in bad:
        if word:
            rest = rest.replace(word, "")
    if len(set(lowered)) < 4 or len(rest) < 4:
        return Problem("error.password.known")
    return None

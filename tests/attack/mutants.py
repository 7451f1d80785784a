"""Deliberate holes, each of which the attack must find. Applied in a server that a test started, never elsewhere.

A function's code is replaced rather than its name: other modules have imported it by name long before. The new code
imports what it needs itself, since it runs with the names of the module that it is put into.
"""

from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any


def _replace(function: Any, by: Any) -> None:
    target: FunctionType = function
    code: CodeType = by.__code__
    target.__code__ = code


def guard_off() -> None:
    """Everybody may do everything, signed in or not."""
    from crm_app.access import guard
    from crm_app.access.actor import Actor
    from crm_app.access.permissions import Permission, Reach

    anybody = Actor(
        user_id=1, username="x", name="x", role_code="administrator", grants=dict.fromkeys(Permission, Reach.ALL)
    )

    async def admit(state: Any, _frame: Any, policy: Any) -> Any:
        return guard._Anybody() if policy.public else await guard.current_actor(state) or anybody

    guard._admit = admit


def scope_off() -> None:
    """Who has a function has it for all customers."""
    from crm_app.access import scope

    def customers_in_reach(actor: Any, permission: Any = None) -> Any:
        from sqlmodel import col

        from crm_app.models import Customer

        return col(Customer.deleted_at).is_(None)

    def customer_ids_in_reach(actor: Any, permission: Any, *conditions: Any) -> Any:
        from sqlalchemy import select
        from sqlmodel import col

        from crm_app.models import Customer

        return select(col(Customer.id)).where(col(Customer.deleted_at).is_(None), *conditions)

    _replace(scope.customers_in_reach, customers_in_reach)
    _replace(scope.customer_ids_in_reach, customer_ids_in_reach)


def mask_off() -> None:
    """Contacts leave the server as they are stored."""
    from crm_app.core import masking

    def as_it_is(value: str) -> str:
        return value

    for name in ("mask_mobile", "mask_landline", "mask_email", "mask_name"):
        _replace(getattr(masking, name), as_it_is)


def helper_exposed() -> None:
    """Somebody wrote a helper method without an underscore."""
    import reflex as rx

    class Careless(rx.State):
        """A state like any other."""

        def helper(self) -> None:
            """Nobody meant to call this from a browser."""


MUTANTS: dict[str, tuple[Callable[[], None], str]] = {
    "guard-off": (guard_off, "no refusal"),
    "scope-off": (scope_off, "was sent"),
    "mask-off": (mask_off, "was sent"),
    "helper-exposed": (helper_exposed, "declares no policy"),
}
"""By name: how the hole is made, and the words in which the attack must tell of it."""

"""Looking for duplicates while somebody types, and insisting on a confirmation at save (R2.2)."""

from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.core.errors import CrmError, Refused
from crm_app.core.limits import SlidingLimit
from crm_app.customers import queries
from crm_app.customers.schemas import DuplicateHint, Probe

_checks = SlidingLimit(most=600, seconds=600)
"""Looked-up numbers and addresses a person: far more than typing needs, too few to walk through a phone book."""


class DuplicatesFound(CrmError):
    """Exact duplicates stand against a save that did not confirm them; `hints` says which."""

    code = "customers.error.duplicates"

    def __init__(self, hints: tuple[DuplicateHint, ...]) -> None:
        super().__init__()
        self.hints = hints


def check_duplicates(
    session: Session, actor: Actor, *, probe: Probe, exclude_id: int | None = None
) -> tuple[DuplicateHint, ...]:
    """Likely duplicates of what is typed so far. Raises Refused when the person asks too often."""
    _spend(actor, probe)
    return queries.find_duplicates(session, actor, probe=probe, exclude_id=exclude_id)


def insist_on_confirmation(
    session: Session, actor: Actor, *, probe: Probe, confirmed: bool, exclude_id: int | None = None
) -> None:
    """Raise DuplicatesFound for the same phone or credit code elsewhere, unless the person confirmed."""
    if confirmed:
        return
    _spend(actor, probe)
    hints = queries.find_duplicates(session, actor, probe=probe, exclude_id=exclude_id, exact_only=True)
    if hints:
        raise DuplicatesFound(hints)


def _spend(actor: Actor, probe: Probe) -> None:
    keys = len(probe.mobiles) + len(probe.phones) + len(probe.emails) + bool(probe.credit_code)
    if not _checks.take(actor.user_id, max(1, keys)):
        raise Refused("customers.error.too_many_checks")

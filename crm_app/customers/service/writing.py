"""What every change of the record does besides its own: version, history, search index, announcement, conflicts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import update
from sqlmodel import Session, col

from crm_app.access.actor import Actor
from crm_app.core import changes
from crm_app.core.changes import Change
from crm_app.core.clock import format_local, utcnow
from crm_app.core.errors import Conflict, NotFound
from crm_app.core.settings import get_settings
from crm_app.customers import queries
from crm_app.customers.search import index_customer
from crm_app.models import Customer, FieldChange

_SEARCHED = ("name", "credit_code", "contact.", "deleted_at")
"""Fields that the search index holds or follows; the others spare it a new entry."""
_MOVING = frozenset({"owner", "collaborators", "owner_id", "department_id", "deleted_at"})
"""Fields and columns that say who reaches a customer."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One field's step from `old` to `new` as the history keeps it: codes and plain values, contact values masked."""

    field: str
    old: str
    new: str
    contact_id: int | None = None


class FormConflict(Conflict):
    """Several fields of one save were changed by others since they were read; `conflicts` has them all."""

    def __init__(self, conflicts: Sequence[Conflict]) -> None:
        first = conflicts[0]
        super().__init__(
            field=first.field, theirs=first.theirs, mine=first.mine, by=first.by, at=first.at, version=first.version
        )
        self.conflicts = tuple(conflicts)


def save_changes(
    session: Session,
    actor: Actor,
    customer: Customer,
    *,
    edits: Sequence[Edit],
    columns: Mapping[str, object] | None = None,
) -> int:
    """Write `columns` and the history of `edits` as one step of the customer, which the caller locked; its new version.

    The version in the WHERE is the last line of defence: whoever forgot the lock writes nothing.
    """
    version, now = customer.version + 1, utcnow()
    statement = (
        update(Customer)
        .where(col(Customer.id) == customer.id, col(Customer.version) == customer.version)
        .values(**(columns or {}), version=version, updated_at=now)
        .execution_options(synchronize_session=False)
    )
    if session.execute(statement).rowcount != 1:  # type: ignore[attr-defined]
        raise NotFound
    session.refresh(customer)
    session.add_all(
        FieldChange(
            customer_id=customer.id or 0,
            at=now,
            user_id=actor.user_id,
            version=version,
            field=edit.field,
            contact_id=edit.contact_id,
            old=edit.old,
            new=edit.new,
        )
        for edit in edits
    )
    session.flush()
    moved = not _MOVING.isdisjoint({edit.field for edit in edits} | set(columns or ()))
    tell(session, actor, customer, searched=any(edit.field.startswith(_SEARCHED) for edit in edits), moved=moved)
    return version


def tell(session: Session, actor: Actor, customer: Customer, *, searched: bool = True, moved: bool = False) -> None:
    """Bring the search index up to date where what it holds changed, and let the pages know after the commit."""
    if searched:
        index_customer(session, customer.id or 0)
    changes.announce(Change("customer", customer.id, actor.user_id, same_reach=not moved))


def refuse_conflicts(
    session: Session,
    customer: Customer,
    *,
    edits: Sequence[Edit],
    version: int | None,
    contact_id: int | None = None,
    seen: Mapping[str, int] | None = None,
) -> None:
    """Raise when somebody changed one of the edited fields after the person read `version` (R2.3).

    Other fields merge; None as version means that the person does not build on what he read. `seen`: by field the later
    version up to which he was shown the changes and wants his own value all the same. Raises Conflict for one field,
    FormConflict for several.
    """
    if version is None or version >= customer.version:
        return
    found = find_conflicts(session, customer, edits=edits, version=version, contact_id=contact_id)
    found = [one for one in found if one.version > (seen or {}).get(one.field, version)]
    found.sort(key=lambda one: one.version)  # Whoever is asked of the first only is asked of the later ones next.
    if len(found) > 1:
        raise FormConflict(found)
    if found:
        raise found[0]


def find_conflicts(
    session: Session, customer: Customer, *, edits: Sequence[Edit], version: int, contact_id: int | None = None
) -> list[Conflict]:
    """Which of these edits would overwrite what somebody changed after `version`; each with that change's version."""
    since = queries.changes_since(
        session,
        customer.id or 0,
        version=version,
        fields=[edit.field for edit in edits],
        contact_id=contact_id,
    )
    zone = get_settings().zone
    return [
        Conflict(
            field=edit.field,
            before=since[edit.field].before,
            theirs=edit.old,
            mine=edit.new,
            by=since[edit.field].by,
            at=format_local(since[edit.field].at, tz=zone),
            version=since[edit.field].version,
        )
        for edit in edits
        if edit.field in since
    ]

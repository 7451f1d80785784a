"""The trace of what must be traceable (R10.6), written in the same transaction as the deed."""

from enum import StrEnum

from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.models import AuditEntry


class Action(StrEnum):
    """What is recorded; never the protected value itself."""

    ACCESS_DENIED = "access:denied"
    ACCOUNT_CREATED = "account:created"
    ACCOUNT_DISABLED = "account:disabled"
    ACCOUNT_LOCKED = "account:locked"
    ANOMALIES_ASSIGNED = "anomalies:assigned"
    CONTACT_REVEALED = "contact:revealed"
    CUSTOMER_DELETED = "customer:deleted"
    CUSTOMER_MERGED = "customer:merged"
    CUSTOMER_REMOVED = "customer:removed"
    CUSTOMER_RESTORED = "customer:restored"
    CUSTOMERS_CHANGED = "customers:changed"
    CUSTOMERS_CHANGE_ASKED = "customers:change_asked"
    CUSTOMERS_CHANGE_UNDONE = "customers:change_undone"
    CUSTOMERS_IMPORTED = "customers:imported"
    CUSTOMER_EXPORTED = "customer:exported"
    CUSTOMER_UNMERGED = "customer:unmerged"
    DUPLICATE_DISMISSED = "duplicate:dismissed"
    IMPORT_CHECKED = "import:checked"
    IMPORT_UNDONE = "import:undone"
    LIST_ENTRY_ADDED = "list_entry:added"
    LIST_ENTRY_CHANGED = "list_entry:changed"
    LIST_ENTRY_MOVED = "list_entry:moved"
    LIST_ENTRY_RESTORED = "list_entry:restored"
    LIST_ENTRY_RETIRED = "list_entry:retired"
    FIELD_ADDED = "field:added"
    FIELD_CHANGED = "field:changed"
    FIELD_MOVED = "field:moved"
    FIELD_RESTORED = "field:restored"
    FIELD_RETIRED = "field:retired"
    SETTING_CHANGED = "setting:changed"
    REVIEW_OPENED = "review:opened"
    PASSWORD_CHANGED = "password:changed"  # noqa: S105
    PASSWORD_RESET = "password:reset"  # noqa: S105
    SESSION_ENDED = "session:ended"
    SIGNED_IN = "session:started"
    SIGN_IN_FAILED = "session:refused"


def record(
    session: Session,
    action: Action,
    *,
    actor: Actor | None = None,
    username: str = "",
    subject_kind: str = "",
    subject_id: str | int = "",
    address: str = "",
    **detail: str | int,
) -> None:
    """Add one entry to the running transaction."""
    session.add(
        AuditEntry(
            user_id=actor.user_id if actor else None,
            username=(actor.username if actor else username)[:40],
            action=action,
            subject_kind=subject_kind[:40],
            subject_id=str(subject_id)[:60],
            address=(address or (actor.address if actor else ""))[:60],
            detail=detail,
        )
    )

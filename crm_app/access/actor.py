"""The person on whose behalf something happens, as plain data."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from crm_app.access.permissions import Permission, Reach


@dataclass(frozen=True, slots=True)
class Actor:
    """Resolved anew from the session for each event; never kept across events."""

    user_id: int
    username: str
    name: str
    role_code: str
    department_ids: tuple[int, ...] = ()
    """The actor's department and everything below it."""
    department_id: int | None = None
    language: str = "zh"
    grants: Mapping[Permission, Reach] = field(default_factory=dict)
    session_id: int = 0
    must_change_password: bool = False
    address: str = ""

    def may(self, permission: Permission) -> bool:
        """Whether the role includes the function at all, for any reach."""
        return permission in self.grants

    def reach(self, permission: Permission) -> Reach | None:
        """How far the function reaches; None when the role lacks it."""
        return self.grants.get(permission)

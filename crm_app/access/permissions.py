"""The functions that a role may hold, how far each reaches, and the preset roles (R10.1)."""

from enum import StrEnum
from types import MappingProxyType


class Reach(StrEnum):
    """Which records a function covers."""

    OWN = "own"
    DEPARTMENT = "department"
    ALL = "all"


class Permission(StrEnum):
    """Every function that a handler or route can require; `resource:action`, in alphabetical order."""

    CUSTOMER_ASSIGN = "customer:assign"
    CUSTOMER_BULK = "customer:bulk"
    CUSTOMER_CREATE = "customer:create"
    CUSTOMER_DELETE = "customer:delete"
    CUSTOMER_EDIT = "customer:edit"
    CUSTOMER_EXPORT = "customer:export"
    CUSTOMER_IMPORT = "customer:import"
    CUSTOMER_MERGE = "customer:merge"
    CUSTOMER_REVEAL = "customer:reveal"
    CUSTOMER_VIEW = "customer:view"
    DASHBOARD_VIEW = "dashboard:view"
    FIELD_EDIT = "field:edit"
    FOLLOW_UP_CREATE = "follow_up:create"
    LIST_EDIT = "list:edit"
    PROFILE_EDIT = "profile:edit"
    REVIEW_OPEN = "review:open"
    SYSTEM_ADMIN = "system:admin"
    TASK_EDIT = "task:edit"
    VIEW_SHARE = "view:share"
    WORK_VIEW = "work:view"


P, R = Permission, Reach
_EVERYBODY = {P.PROFILE_EDIT: R.OWN, P.WORK_VIEW: R.OWN, P.TASK_EDIT: R.OWN}

PRESET_ROLES: MappingProxyType[str, MappingProxyType[Permission, Reach]] = MappingProxyType(
    {
        "sales_rep": MappingProxyType(
            {
                **_EVERYBODY,
                P.CUSTOMER_BULK: R.OWN,
                P.CUSTOMER_CREATE: R.OWN,
                P.CUSTOMER_EDIT: R.OWN,
                P.CUSTOMER_REVEAL: R.OWN,
                P.CUSTOMER_VIEW: R.OWN,
                P.DASHBOARD_VIEW: R.OWN,
                P.FOLLOW_UP_CREATE: R.OWN,
            }
        ),
        "service_lead": MappingProxyType(
            {
                **_EVERYBODY,
                P.CUSTOMER_REVEAL: R.ALL,
                P.CUSTOMER_VIEW: R.ALL,
                P.DASHBOARD_VIEW: R.ALL,
                P.FOLLOW_UP_CREATE: R.ALL,
                P.VIEW_SHARE: R.OWN,
            }
        ),
        "service_agent": MappingProxyType({**_EVERYBODY, P.CUSTOMER_VIEW: R.ALL, P.FOLLOW_UP_CREATE: R.ALL}),
        "marketing_manager": MappingProxyType(
            {
                **_EVERYBODY,
                P.CUSTOMER_EXPORT: R.ALL,
                P.CUSTOMER_IMPORT: R.ALL,
                P.CUSTOMER_VIEW: R.ALL,
                P.DASHBOARD_VIEW: R.ALL,
                P.VIEW_SHARE: R.OWN,
            }
        ),
        "finance": MappingProxyType({**_EVERYBODY, P.CUSTOMER_VIEW: R.ALL, P.DASHBOARD_VIEW: R.ALL}),
        "sales_manager": MappingProxyType(
            {
                **_EVERYBODY,
                P.CUSTOMER_ASSIGN: R.DEPARTMENT,
                P.CUSTOMER_BULK: R.DEPARTMENT,
                P.CUSTOMER_CREATE: R.DEPARTMENT,
                P.CUSTOMER_EDIT: R.DEPARTMENT,
                P.CUSTOMER_EXPORT: R.DEPARTMENT,
                P.CUSTOMER_MERGE: R.DEPARTMENT,
                P.CUSTOMER_IMPORT: R.DEPARTMENT,
                P.CUSTOMER_REVEAL: R.DEPARTMENT,
                P.CUSTOMER_VIEW: R.DEPARTMENT,
                P.DASHBOARD_VIEW: R.DEPARTMENT,
                P.FOLLOW_UP_CREATE: R.DEPARTMENT,
                P.REVIEW_OPEN: R.DEPARTMENT,
                P.TASK_EDIT: R.DEPARTMENT,
                P.VIEW_SHARE: R.OWN,
            }
        ),
        "administrator": MappingProxyType(dict.fromkeys(P, R.ALL)),
    }
)
"""Their names are in the language catalogue under `role.<code>`."""

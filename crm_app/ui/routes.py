"""The addresses of all pages."""

from urllib.parse import quote

HOME = "/"
SIGN_IN = "/login"
SETUP = "/setup"
TODAY = "/today"
CUSTOMERS = "/customers"
NEW_CUSTOMER = "/customers/new"
CUSTOMER = "/customers/[number]"
EDIT_CUSTOMER = "/customers/[number]/edit"
ANOMALIES = "/anomalies"
BIN = "/bin"
BULK = "/bulk/[bulk_id]"
IMPORT = "/import"
DASHBOARD = "/dashboard"
DUPLICATES = "/duplicates"
MERGE = "/duplicates/[group]"
JOBS = "/jobs"
REVIEW = "/review"
FIELDS = "/settings/fields"
RECORD_SETTINGS = "/settings/customers"
LISTS = "/settings/lists"
SESSIONS = "/account/sessions"
PASSWORD = "/account/password"  # noqa: S105 - a path.


def customer_path(number: str) -> str:
    """The page of one customer."""
    return f"{CUSTOMERS}/{quote(number, safe='')}"


def bulk_path(change_id: int) -> str:
    """What came of a change of many customers."""
    return f"/bulk/{change_id}"


def merge_path(group_id: int) -> str:
    """Where the members of a group of duplicates are merged."""
    return f"{DUPLICATES}/{group_id}"


def edit_path(number: str) -> str:
    """The form of one customer."""
    return f"{customer_path(number)}/edit"

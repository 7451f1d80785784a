"""Who may come in: departments, roles with their grants, people, sessions, and the tries to sign in."""

# SQLModel types the name of a table as a descriptor; a plain string is what it documents.
# pyright: reportAssignmentType=false

from datetime import datetime

from sqlalchemy import JSON, Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from crm_app.models.base import utc_column


class Department(SQLModel, table=True):
    """A node of the tree of departments."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=60)
    parent_id: int | None = Field(default=None, foreign_key="department.id", index=True)


class Role(SQLModel, table=True):
    """A set of functions; preset ones have a code that the language catalogue knows."""

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(max_length=40, unique=True)
    name: str = Field(default="", max_length=60)
    preset: bool = False


class RoleGrant(SQLModel, table=True):
    """One function of a role with its reach: own, department or all (R10.1)."""

    __tablename__ = "role_grant"
    __table_args__ = (UniqueConstraint("role_id", "permission"),)

    id: int | None = Field(default=None, primary_key=True)
    role_id: int = Field(foreign_key="role.id", ondelete="CASCADE")
    permission: str = Field(max_length=40)
    reach: str = Field(max_length=12)


class User(SQLModel, table=True):
    """A person with an account. `user` is a reserved word in PostgreSQL, hence the table's name."""

    __tablename__ = "account"

    id: int | None = Field(default=None, primary_key=True)
    username: str = Field(max_length=40, unique=True)
    """Lower case; what the person types at sign-in."""
    name: str = Field(max_length=40)
    password_hash: str = Field(max_length=200)
    must_change_password: bool = False
    role_id: int = Field(foreign_key="role.id", index=True)
    department_id: int | None = Field(default=None, foreign_key="department.id", index=True)
    language: str = Field(default="zh", max_length=5)
    preferences: dict = Field(default_factory=dict, sa_column=Column(JSON, nullable=False, server_default="{}"))
    """Per page: list columns, widths, density; small JSON that only its owner writes."""
    created_at: datetime = utc_column(nullable=False)
    disabled_at: datetime | None = utc_column()
    version: int = 1


class UserSession(SQLModel, table=True):
    """A signed-in browser. The cookie's value is never stored, only its SHA-256."""

    __tablename__ = "user_session"

    id: int | None = Field(default=None, primary_key=True)
    digest: str = Field(max_length=64, unique=True)
    user_id: int = Field(foreign_key="account.id", index=True, ondelete="CASCADE")
    created_at: datetime = utc_column(nullable=False)
    seen_at: datetime = utc_column(nullable=False)
    expires_at: datetime = utc_column(nullable=False)
    revoked_at: datetime | None = utc_column()
    address: str = Field(default="", max_length=60)
    device: str = Field(default="", max_length=200)


class SignInTry(SQLModel, table=True):
    """A failed try to sign in; counted by account name and by address (R10.5)."""

    __tablename__ = "sign_in_try"
    __table_args__ = (
        Index("ix_sign_in_try_username_at", "username", "at"),
        Index("ix_sign_in_try_address_at", "address", "at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    username: str = Field(max_length=40)
    address: str = Field(max_length=60)
    at: datetime = utc_column(nullable=False)


class AuditEntry(SQLModel, table=True):
    """Who did what that must leave a trace (R10.6). Never holds the protected value itself."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_subject", "subject_kind", "subject_id"),
        Index("ix_audit_entry_user_id_at", "user_id", "at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = utc_column(nullable=False, index=True)
    user_id: int | None = Field(default=None, foreign_key="account.id")
    username: str = Field(default="", max_length=40)
    action: str = Field(max_length=40, index=True)
    subject_kind: str = Field(default="", max_length=40)
    subject_id: str = Field(default="", max_length=60)
    address: str = Field(default="", max_length=60)
    detail: dict = Field(default_factory=dict, sa_column=Column(JSON, nullable=False, server_default="{}"))

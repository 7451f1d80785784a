"""What the administrator's use cases read: accounts and roles."""

from sqlmodel import Session, col, select

from crm_app.access.permissions import Permission
from crm_app.core.errors import NotFound
from crm_app.models import Customer, Department, Role, RoleGrant, User


def has_accounts(session: Session) -> bool:
    """Whether anybody can sign in; False on a database that was never set up."""
    return session.exec(select(User.id).limit(1)).first() is not None


def has_customers(session: Session) -> bool:
    """Whether there is any customer, deleted ones too."""
    return session.exec(select(Customer.id).limit(1)).first() is not None


def get_account(session: Session, username: str) -> User:
    """The account of that name. Raises NotFound."""
    found = session.exec(select(User).where(User.username == username.strip().lower())).one_or_none()
    if found is None:
        raise NotFound("error.account.unknown", username=username)
    return found


def get_role(session: Session, code: str) -> Role:
    """The role of that code. Raises NotFound."""
    found = session.exec(select(Role).where(Role.code == code)).one_or_none()
    if found is None:
        raise NotFound("error.role.unknown", role=code)
    return found


def get_department(session: Session, name: str) -> Department:
    """The department of that name. Raises NotFound, also when several have it."""
    found = session.exec(select(Department).where(Department.name == name.strip())).all()
    if len(found) != 1:
        raise NotFound("error.department.unknown", name=name)
    return found[0]


def list_administrators(session: Session, *, lock: bool = False) -> frozenset[int]:
    """Ids of the enabled accounts that may administrate.

    Locked until the transaction ends, two administrators on PostgreSQL can't disable each other at the same moment.
    """
    statement = (
        select(User)
        .join(RoleGrant, col(RoleGrant.role_id) == User.role_id)
        .where(RoleGrant.permission == Permission.SYSTEM_ADMIN, col(User.disabled_at).is_(None))
        .order_by(col(User.id))
    )
    if lock:
        statement = statement.with_for_update(of=User)
    return frozenset(user.id or 0 for user in session.exec(statement))

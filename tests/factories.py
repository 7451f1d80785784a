"""People and records for tests, made through the models with sensible defaults."""

import itertools
from dataclasses import dataclass

from sqlmodel import Session, select

from crm_app.access import sessions
from crm_app.access.actor import Actor
from crm_app.access.permissions import PRESET_ROLES
from crm_app.core.errors import Refused
from crm_app.models import Contact, Customer, Department, Role, RoleGrant, User

PASSWORD = "a-Fine-long-Pass-9"
PASSWORD_HASH = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$placeholder"
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Office:
    """`sales` and `sales2` are reps of `south`, `outsider` of `north`; `manager` leads `south`."""

    south: int
    north: int
    sales: Actor
    sales2: Actor
    outsider: Actor
    manager: Actor
    service_lead: Actor
    service: Actor
    marketing: Actor
    finance: Actor
    admin: Actor

    def everybody(self) -> dict[str, Actor]:
        """All people by their name here."""
        names = ("sales", "sales2", "outsider", "manager", "service_lead", "service", "marketing", "finance", "admin")
        return {name: getattr(self, name) for name in names}


def make_roles(session: Session) -> dict[str, int]:
    """The preset roles with their grants; ids by code."""
    ids = {}
    for code, grants in PRESET_ROLES.items():
        role = session.exec(select(Role).where(Role.code == code)).one_or_none()
        if role is None:
            role = Role(code=code, preset=True)
            session.add(role)
            session.flush()
            session.add_all(RoleGrant(role_id=role.id or 0, permission=p, reach=r) for p, r in grants.items())
        ids[code] = role.id or 0
    return ids


def make_user(
    session: Session,
    *,
    username: str,
    role_id: int,
    department_id: int | None,
    name: str = "",
    password_hash: str = PASSWORD_HASH,
    must_change_password: bool = False,
) -> User:
    """A person with an account."""
    user = User(
        username=username,
        name=name or username,
        password_hash=password_hash,
        role_id=role_id,
        department_id=department_id,
        must_change_password=must_change_password,
    )
    session.add(user)
    session.flush()
    return user


def actor_of(session: Session, user: User, *, language: str = "zh") -> Actor:
    """The actor as a sign-in would resolve it, with a living session of his own."""
    user.language = language
    token = sessions.start_session(session, user=user, address="127.0.0.1", device="test")
    session.flush()
    actor = sessions.resolve(session, token, address="127.0.0.1")
    if actor is None:
        raise AssertionError("a fresh session must resolve")
    return actor


def sign_in(session: Session, *, username: str, password: str, address: str = "", device: str = "") -> str:
    """What the sign-in route does in three steps, in one; returns the cookie's value. Raises Refused."""
    attempt = sessions.begin_attempt(session, username=username, address=address)
    token = sessions.finish_sign_in(session, attempt, fits=attempt.fits(password), device=device)
    if token is None:
        raise Refused("error.sign_in.wrong")
    return token


def make_office(session: Session) -> Office:
    """See Office."""
    company = Department(name="公司")
    session.add(company)
    session.flush()
    south = Department(name="华南销售部", parent_id=company.id)
    north = Department(name="华北销售部", parent_id=company.id)
    session.add_all([south, north])
    session.flush()
    roles = make_roles(session)

    def person(username: str, name: str, role: str, department: int | None) -> Actor:
        user = make_user(session, username=username, name=name, role_id=roles[role], department_id=department)
        return actor_of(session, user)

    return Office(
        south=south.id or 0,
        north=north.id or 0,
        sales=person("sales", "李销售", "sales_rep", south.id),
        sales2=person("sales2", "王销售", "sales_rep", south.id),
        outsider=person("outsider", "赵北方", "sales_rep", north.id),
        manager=person("manager", "陈经理", "sales_manager", south.id),
        service_lead=person("service_lead", "周主管", "service_lead", company.id),
        service=person("service", "吴客服", "service_agent", company.id),
        marketing=person("marketing", "郑市场", "marketing_manager", company.id),
        finance=person("finance", "冯财务", "finance", company.id),
        admin=person("admin", "管理员", "administrator", company.id),
    )


def make_customer(session: Session, *, owner: Actor | None = None, contact: bool = True, **fields: object) -> Customer:
    """A live customer, owned by `owner`, with one main contact unless told otherwise."""
    n = next(_numbers)
    values: dict[str, object] = {
        "number": f"MFG-2024-{n:03d}",
        "name": f"第{n}精密机械有限公司",
        "industry": "MFG",
        "owner_id": owner.user_id if owner else None,
        "department_id": owner.department_id if owner else None,
    } | fields
    customer = Customer.model_validate(values)
    session.add(customer)
    session.flush()
    if contact:
        session.add(
            Contact(
                customer_id=customer.id or 0,
                name="张三",
                mobile=f"138{n:08d}",
                email=f"zhang{n}@example.com",
                is_main=True,
            )
        )
        session.flush()
    return customer

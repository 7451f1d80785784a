"""Who works here: colleagues' names and departments are no secret within the company."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session

from crm_app.access.permissions import Permission, Reach
from crm_app.core.reference import Reference
from crm_app.core.sql import table_of
from crm_app.models import Department, RoleGrant, User


@dataclass(frozen=True, slots=True)
class Person:
    """An account as colleagues see it; `active` until it is disabled."""

    id: int
    name: str
    department_id: int | None
    department: str
    active: bool
    view_reach: str
    """How far the role may see customers; empty without the function."""

    def sees(self, *, owner_id: int | None, helpers: Collection[int], above: Collection[int]) -> bool:
        """Whether he is here and may see a customer of that owner and those collaborators; `above` are its department
        and those that it belongs to."""
        if not self.active or not self.view_reach:
            return False
        if self.view_reach == Reach.ALL or self.id == owner_id or self.id in helpers:
            return True
        return self.view_reach == Reach.DEPARTMENT and self.department_id in above


@dataclass(frozen=True, slots=True)
class Staff:
    """Everybody by id, ordered by name; departments by id, each before those that belong to it; the one above each."""

    people: Mapping[int, Person]
    names: Mapping[int, str]
    departments: Mapping[int, str]
    above: Mapping[int, int | None]

    def departments_above(self, department_id: int | None) -> frozenset[int]:
        """The department and all that it belongs to."""
        found: set[int] = set()
        while department_id is not None and department_id not in found:
            found.add(department_id)
            department_id = self.above.get(department_id)
        return frozenset(found)


def _in_order(above: Mapping[int, int | None]) -> list[int]:
    """Each department before those that belong to it, and those right after it."""

    def path(key: int | None) -> tuple[int, ...]:
        found: list[int] = []
        while key is not None and key not in found:
            found.append(key)
            key = above.get(key)
        return tuple(reversed(found))

    return sorted(above, key=path)


def _read(session: Session) -> Staff:
    user, department, grant = table_of(User).c, table_of(Department).c, table_of(RoleGrant).c
    parts = session.execute(select(department.id, department.name, department.parent_id).order_by(department.id)).all()
    names = {key: name for key, name, _ in parts}
    above = {key: parent for key, _, parent in parts}
    reaches = dict(
        session.execute(select(grant.role_id, grant.reach).where(grant.permission == Permission.CUSTOMER_VIEW)).all()
    )
    accounts = session.execute(
        select(user.id, user.name, user.department_id, user.disabled_at, user.role_id).order_by(user.name, user.id)
    )
    people = {
        key: Person(key, name, place, names.get(place, ""), disabled_at is None, reaches.get(role_id, ""))
        for key, name, place, disabled_at, role_id in accounts
    }
    return Staff(
        people=people,
        names={key: person.name for key, person in people.items()},
        departments={key: names[key] for key in _in_order(above)},
        above=above,
    )


_staff = Reference(_read, User, Department, RoleGrant)


def staff(session: Session) -> Staff:
    """The people and departments of now."""
    return _staff.get(session)


def departments_below(session: Session, department_id: int | None) -> tuple[int, ...]:
    """The department and all below it, read anew: what an actor may do rests on it."""
    if department_id is None:
        return ()
    children: dict[int | None, list[int]] = {}
    department = table_of(Department).c
    for node, parent in session.execute(select(department.id, department.parent_id)):
        children.setdefault(parent, []).append(node)
    found, rest = [department_id], [department_id]
    while rest:
        below = [c for c in children.get(rest.pop(), []) if c not in found]
        found += below
        rest += below
    return tuple(found)

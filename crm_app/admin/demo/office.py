"""The people of the demonstration: one account per role, more reps, in several departments."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random

from sqlmodel import Session, col, select

from crm_app.access.audit import Action, record
from crm_app.admin.demo.names import person_name
from crm_app.admin.demo.words import words
from crm_app.admin.queries import get_role
from crm_app.admin.schemas import DemoAccount
from crm_app.core.pinyin import person_pinyin
from crm_app.models import Department, Role, User

COMPANY = "示例科技有限公司"
SALES = "销售中心"
ROLE_ACCOUNTS = (
    ("admin", "administrator", "信息部"),
    ("manager", "sales_manager", "华东销售部"),
    ("sales", "sales_rep", "华东销售部"),
    ("service_lead", "service_lead", "客服部"),
    ("service", "service_agent", "客服部"),
    ("marketing", "marketing_manager", "市场部"),
    ("finance", "finance", "财务部"),
)
"""Username, role, department."""
_FEWEST_REPS, _MOST_REPS = 6, 500
_CUSTOMERS_A_REP = 2000


@dataclass(frozen=True, slots=True)
class Team:
    """A sales department: who of it owns customers, and its manager."""

    department_id: int
    manager_id: int
    rep_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Office:
    """`teams` by the name of their department; `accounts` are all people, as the first run prints them."""

    teams: dict[str, Team]
    marketing_id: int
    accounts: tuple[DemoAccount, ...]
    hired: int


def open_office(session: Session, *, customers: int, rng: Random, password_hash: str, since: datetime) -> Office:
    """Make the departments and accounts that are not there yet; people who are there keep their password.

    All share one password, which is printed, so sharing its hash gives nothing away and spares seconds of hashing.
    """
    builder = _Builder(session, rng, password_hash, since)
    teams: dict[str, Team] = {}
    people = {username: builder.person(username, role, unit) for username, role, unit in ROLE_ACCOUNTS}
    wanted = max(_FEWEST_REPS, min(_MOST_REPS, customers // _CUSTOMERS_A_REP))
    for (name, _, _), reps in zip(words().sales_departments, _shares(wanted), strict=True):
        is_first = name == "华东销售部"
        manager = people["manager"] if is_first else builder.person("", "sales_manager", name)
        own = [people["sales"]] if is_first else []
        own += [builder.person("", "sales_rep", name) for _ in range(reps - len(own))]
        ids = tuple(person.id or 0 for person in own)
        teams[name] = Team(builder.department(name), manager.id or 0, ids)
    return Office(teams, people["marketing"].id or 0, tuple(builder.accounts), builder.hired)


def _shares(wanted: int) -> Iterator[int]:
    """How many reps each sales department has: by its share, at least one."""
    shares = [share for _, _, share in words().sales_departments]
    counts = [max(1, wanted * share // sum(shares)) for share in shares]
    counts[0] += max(0, wanted - sum(counts))
    return iter(counts)


class _Builder:
    def __init__(self, session: Session, rng: Random, password_hash: str, since: datetime) -> None:
        self._session, self._rng, self._password_hash, self._since = session, rng, password_hash, since
        self._departments = {d.name: d for d in session.exec(select(Department).order_by(col(Department.id).desc()))}
        self._roles: dict[str, Role] = {}
        self._taken = {username for username, _, _ in ROLE_ACCOUNTS}
        self.accounts: list[DemoAccount] = []
        self.hired = 0

    def department(self, name: str) -> int:
        """The id of a department, made with those above it when it is new."""
        found = self._departments.get(name)
        if found is None:
            above = None if name == COMPANY else self.department(SALES if name.endswith("销售部") else COMPANY)
            found = self._departments[name] = Department(name=name, parent_id=above)
            self._session.add(found)
            self._session.flush()
        return found.id or 0

    def person(self, username: str, role_code: str, department: str) -> User:
        """The account of that name; without a name, one that is made of the person's own."""
        name = person_name(self._rng)
        if not username:
            username = self._free_username(person_pinyin(name).full)
        found = self._session.exec(select(User).where(User.username == username)).one_or_none()
        if found is None:
            found = self._hire(username, name, role_code, department)
        self.accounts.append(DemoAccount(username, found.name, role_code, department))
        return found

    def _free_username(self, wanted: str) -> str:
        username, n = wanted, 1
        while username in self._taken:
            n += 1
            username = f"{wanted}{n}"
        self._taken.add(username)
        return username

    def _hire(self, username: str, name: str, role_code: str, department: str) -> User:
        role = self._roles.setdefault(role_code, get_role(self._session, role_code))
        user = User(
            username=username,
            name=name,
            password_hash=self._password_hash,
            role_id=role.id or 0,
            department_id=self.department(department),
            created_at=self._since,
        )
        self._session.add(user)
        self._session.flush()
        self.hired += 1
        record(
            self._session,
            Action.ACCOUNT_CREATED,
            username="(demo)",
            subject_kind="account",
            subject_id=user.id or 0,
            role=role_code,
        )
        return user

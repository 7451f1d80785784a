"""What is worth stealing: an office, its people's sessions, and records whose sensitive values are like no others.

A value that turns up where it may not is a leak by itself, whatever the screen looked like. Triggers write down which
rows were touched, so that a refusal that came after the deed is seen as well.
"""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event, text
from sqlmodel import Session, SQLModel, select

from crm_app.access import sessions
from crm_app.access.actor import Actor
from crm_app.access.permissions import PRESET_ROLES, Permission, Reach
from crm_app.anomalies.queries import get_measure
from crm_app.core import migrate
from crm_app.core.clock import format_local, utcnow
from crm_app.core.db import Database
from crm_app.core.settings import get_settings
from crm_app.core.vocabulary import TagKind
from crm_app.customers.search import index_customer
from crm_app.models import (
    Anomaly,
    BulkChange,
    BulkRow,
    Contact,
    ContactValue,
    Customer,
    CustomerMerge,
    DuplicateGroup,
    DuplicateMember,
    DuplicatePair,
    FollowUp,
    ImportRun,
    Job,
    LevelChange,
    MergedCustomer,
    OwnField,
    OwnValue,
    RecordCheck,
    Review,
    ReviewItem,
    RoleGrant,
    SavedView,
    Tag,
    Task,
    User,
)
from crm_app.options.service import seed_presets
from crm_app.review.rules import moment_of
from tests.factories import Office, make_office, make_user

MARK = "PWNED"
"""Stands in every text that is sent where only the server may write."""
MARK_NUMBER = 424_242
SERVER_ONLY = {
    "id": str(MARK_NUMBER),
    "customer_id": "1",
    "number": f"{MARK}-1",
    "name_key": MARK,
    "name_sort": MARK,
    "owner_id": "1",
    "department_id": "1",
    "created_by": str(MARK_NUMBER),
    "total_amount": str(MARK_NUMBER),
    "order_count": str(MARK_NUMBER),
    "expected_amount": str(MARK_NUMBER),
    "value_grade": MARK,
    "last_method": MARK,
    "deleted_at": "2020-01-01 00:00",
    "version": str(MARK_NUMBER),
    "password_hash": MARK,
    "role_id": "7",
    "must_change_password": "false",
}
"""Columns that no form has."""

STRANGERS = ("anonymous", "disabled", "signed_out")
"""Nobody, a dismissed colleague with his old cookie, and somebody whose cookie was taken before he signed out."""
NOT_BUSINESS = {"record_check", "receipt", "audit_entry", "user_session", "sign_in_try", "number_counter", "job"} | {
    "import_run",
    "import_edit",
    "import_memory",
}
"""Tables that are written by refusals too, by others' deeds, or later."""

FIRST_ID, IDS_APART = 1_000_000, 10_000
"""Ids of targets: none is also a count or a version, and there is room between them for rows made by the attack."""

CANARY = re.compile(r"CNR([A-Z])(\d{6})|(?<!\d)199(0\d{7})(?!\d)|cnr(\d{6})@|0755-7(\d{7})")
"""CNRN in a contact's name; CNRC, CNRT, CNRF, CNRK in a customer's name and texts, a follow-up, a task; CNRH in a field
that reps don't see."""

REVIEW_ID = 1
OPEN_FIELD, HIDDEN_FIELD, RETIRED_FIELD = 1, 2, 6
OPEN_OF_CONTACT, HIDDEN_OF_CONTACT = 7, 8
BLIND = ("sales_rep",)
"""The roles that don't see the hidden field."""


@dataclass(frozen=True, slots=True)
class Target:
    """One customer with everything on it, and who owns it; `{name}` in a payload stands for these."""

    no: int
    owner: str
    live: bool
    number: str
    customer_id: int
    version: int
    contact_id: int
    second_contact_id: int
    task_id: int
    task_version: int
    follow_up_id: int
    planned: str
    """The moment of its next follow-up, as its page shows it."""
    free_mobile: str = "13700000000"
    """A number that no customer has."""

    def values(self) -> dict[str, Any]:
        """For filling in payloads and addresses."""
        return {name: getattr(self, name) for name in self.__slots__}


MISSING = Target(
    no=999_999,
    owner="",
    live=False,
    number="MFG-1999-999",
    customer_id=99_999_999,
    version=1,
    contact_id=99_999_999,
    second_contact_id=99_999_998,
    task_id=99_999_999,
    task_version=1,
    follow_up_id=99_999_999,
    planned="",
)


@dataclass(frozen=True, slots=True)
class Touch:
    """A row that was written: `customer` is the customer it belongs to, or below zero the account that it is."""

    op: str
    table: str
    customer: int | None


@dataclass
class World:
    """The seeded database and what the attackers hold."""

    db: Database
    office: Office
    cookies: dict[str, str]
    user_ids: dict[str, int]
    tag_id: int = 0
    revealed: set[tuple[str, int]] = field(default_factory=set)
    """(actor, target) pairs where the actor asked for the contact in full and may have it."""
    targets: list[Target] = field(default_factory=list)
    """One living and one deleted customer of each person, there from the beginning."""
    _owners: dict[int, tuple[str, bool]] = field(default_factory=dict)
    _numbers: dict[int, int] = field(default_factory=dict)
    _no: int = 0
    _seen: int = 0

    @property
    def people(self) -> dict[str, Actor]:
        """Who works here, by name."""
        return self.office.everybody()

    def copy(self, db: Database) -> "World":
        """The same world in a copy of the database."""
        return World(
            db=db,
            office=self.office,
            cookies=dict(self.cookies),
            user_ids=dict(self.user_ids),
            tag_id=self.tag_id,
            targets=list(self.targets),
            _owners=dict(self._owners),
            _numbers=dict(self._numbers),
            _no=self._no,
        )

    def grants(self, name: str) -> dict[Permission, Reach]:
        """What the code says that this person's role may do; nothing for strangers."""
        return dict(PRESET_ROLES[self.people[name].role_code]) if name in self.people else {}

    def make_target(self, owner: str, *, live: bool = True) -> Target:
        """A new customer of this person, full of canaries."""
        with self.db.writing() as session:
            return self._make_target(session, owner, live=live)

    def _make_target(self, session: Session, owner: str, *, live: bool) -> Target:
        self._no += 1
        no, person, now = self._no, self.people[owner], utcnow()
        self._owners[no] = (owner, live)
        first = FIRST_ID + IDS_APART * no
        customer = Customer(
            id=first,
            number=f"MFG-2031-{no:04d}",
            name=f"CNRC{no:06d}有限公司",
            name_key=f"cnrc{no:06d}",
            industry="MFG",
            owner_id=person.user_id,
            department_id=person.department_id,
            note=f"CNRT{no:06d}",
            main_business=f"CNRT{no:06d}",
            next_follow_up_at=now + timedelta(days=2),
            deleted_at=None if live else now,
        )
        session.add(customer)
        session.flush()
        customer_id = customer.id or 0
        contacts = [
            Contact(
                id=first + 1 + place,
                customer_id=customer_id,
                name=f"CNRN{no:06d}",
                mobile=f"199{no * 10 + place:08d}",
                phone=f"0755-7{no * 10 + place:07d}",
                email=f"cnr{no:06d}@canary.example",
                is_main=place == 0,
            )
            for place in (0, 1)
        ]
        task = Task(
            id=first + 3,
            customer_id=customer_id,
            user_id=person.user_id,
            title=f"CNRK{no:06d}",
            due_at=now,
            created_by=person.user_id,
            at=now,
        )
        follow_up = FollowUp(
            id=first + 4,
            customer_id=customer_id,
            user_id=person.user_id,
            at=now,
            method="phone",
            content=f"CNRF{no:06d}",
            next_at=now + timedelta(days=2),
        )
        session.add_all([*contacts, task, follow_up])
        session.add(OwnValue(customer_id=customer_id, field_id=OPEN_FIELD, text=f"CNRT{no:06d}", key=f"cnrt{no:06d}"))
        session.add(OwnValue(customer_id=customer_id, field_id=HIDDEN_FIELD, text=f"CNRH{no:06d}", key=f"cnrh{no:06d}"))
        session.flush()
        for contact in contacts:
            for field_id, said in ((OPEN_OF_CONTACT, f"CNRT{no:06d}"), (HIDDEN_OF_CONTACT, f"CNRH{no:06d}")):
                value = ContactValue(contact_id=contact.id or 0, field_id=field_id, text=said, key=said.lower())
                session.add(value)
        session.add(
            LevelChange(
                customer_id=customer_id, at=now, user_id=person.user_id, from_level="potential", to_level="intent"
            )
        )
        session.flush()
        index_customer(session, customer_id)
        self._numbers[customer_id] = no
        self._make_duplicates(session, customer)
        self._add_to_review(session, customer, person)
        # Something that is wrong, with the customer's id, and that the record was judged already.
        session.add(Anomaly(id=first, customer_id=customer_id, code="no_amount", since=now))
        measure = get_measure(session).key
        planned = customer.next_follow_up_at
        session.add(RecordCheck(customer_id=customer_id, version=1, planned_at=planned, measure=measure))
        return Target(
            no=no,
            owner=owner,
            live=live,
            number=customer.number,
            customer_id=customer_id,
            version=customer.version,
            contact_id=contacts[0].id or 0,
            second_contact_id=contacts[1].id or 0,
            task_id=task.id or 0,
            task_version=task.version,
            follow_up_id=follow_up.id or 0,
            planned=format_local(now + timedelta(days=2), tz=get_settings().zone),
            free_mobile=f"137{no:08d}",
        )

    def _make_duplicates(self, session: Session, customer: Customer) -> None:
        """A group of this customer and another one, and one that was merged into it: all with the customer's id."""
        first = customer.id or 0
        for place in (5, 6):
            like = Customer(
                id=first + place,
                number=f"{customer.number}-{place}",
                name=f"像{place}有限公司",
                industry="MFG",
                owner_id=customer.owner_id,
                department_id=customer.department_id,
                deleted_at=utcnow() if place == 6 else None,
            )
            session.add(like)
            self._numbers[first + place] = self._no
        session.add(DuplicateGroup(id=first, verdict="same", score=95, found_at=utcnow()))
        kinds = ("follow_ups", "tasks", "levels", "history", "contacts", "joined", "dismissals")
        part: dict[str, list[int]] = {kind: [] for kind in kinds}
        taken = {"columns": {}, "members": {str(first + 6): part}, "tags": [], "people": [[], []], "bare": False}
        user_id = self.people["admin"].user_id
        session.add(CustomerMerge(id=first, survivor_id=first, user_id=user_id, at=utcnow(), taken=taken))
        session.flush()
        session.add_all(DuplicateMember(group_id=first, customer_id=first + place) for place in (0, 5))
        session.add(
            DuplicatePair(group_id=first, one_id=first, other_id=first + 5, score=95, reasons=[["mobile", 100]])
        )
        session.add(MergedCustomer(customer_id=first + 6, survivor_id=first, merge_id=first))
        owner, live = self._owners[self._no]
        session.flush()
        if live:  # A change is its maker's own whatever became of the customer since.
            session.add(_change_of(first, self.people[owner].user_id))
            session.flush()
            session.add(BulkRow(bulk_id=first, outcome="changed", customer_id=first, version=1))
            session.flush()
        index_customer(session, first)
        index_customer(session, first + 5)

    def _add_to_review(self, session: Session, customer: Customer, person: Actor) -> None:
        """It is to be confirmed; the live one like it was, by its owner, at a moment that its id names."""
        first = customer.id or 0
        item: dict[str, Any] = {"review_id": REVIEW_ID, "owner_id": person.user_id, "version": 1}
        session.add(ReviewItem(customer_id=first, **item))
        if customer.deleted_at is None:
            at = moment_of(first)
            session.add(ReviewItem(customer_id=first + 5, **item, confirmed_at=at, confirmed_by=person.user_id))
        session.flush()

    def ask_for_job(self, name: str) -> int:
        """A job of this person that has ended."""
        with self.db.writing() as session:
            job = Job(kind="customer_export", user_id=self.people[name].user_id, state="cancelled", ended_at=utcnow())
            session.add(job)
            session.flush()
            return job.id or 0

    def save_view(self, name: str, no: int) -> int:
        """A private view of this person."""
        with self.db.writing() as session:
            view = SavedView(kind="customers", name=f"自己的{no}", owner_id=self.people[name].user_id)
            session.add(view)
            session.flush()
            return view.id or 0

    def bring_file(self, name: str, *, done: bool) -> int:
        """An import of this person, its columns matched, or carried out already."""
        with self.db.writing() as session:
            run = ImportRun(
                user_id=self.people[name].user_id,
                file_name="客户.csv",
                file={"kind": "csv", "encoding": "utf-8", "delimiter": ","},
                headings={"names": ["客户名称", "手机"], "first": [["甲公司", "1"]], "rows": 2},
                state="done" if done else "checked",
                counts={"created": 1, "moment": 0},
                checked_revision=1,
                plan={"mapping": ["name", "contact.mobile"], "defaults": {"industry": "MFG"}},
            )
            session.add(run)
            session.flush()
            return run.id or 0

    def no_of(self, customer_id: int) -> int | None:
        """Which target a customer is; None for one that was made during the attack."""
        return self._numbers.get(customer_id)

    def sign_in(self, name: str) -> tuple[str, int]:
        """A new session of this person: the cookie's value and the session's id."""
        with self.db.writing() as session:
            token = _sign_in(session, self.people[name].user_id)
            session.flush()
            return token, _session_id(session, token)

    def reaches(self, name: str, permission: Permission, no: int) -> bool:
        """Whether this person's role covers that target: worked out here, without the code that is under attack."""
        owner, live = self._owners.get(no, ("", False))
        return live and self._covers(name, permission, owner)

    def brings_back(self, name: str, no: int) -> bool:
        """Whether that target lies in the recycle bin, within this person's reach of deleting."""
        owner, live = self._owners.get(no, ("", True))
        return not live and self._covers(name, Permission.CUSTOMER_DELETE, owner)

    def _covers(self, name: str, permission: Permission, owner: str) -> bool:
        reach = self.grants(name).get(permission)
        if reach is None:
            return False
        if reach is Reach.ALL or owner == name:
            return True
        return reach is Reach.DEPARTMENT and self.people[owner].department_id in self.people[name].department_ids

    def leaks(self, name: str, frames: Iterable[str]) -> set[str]:
        """The values among what this person was sent that he may not see."""
        found = set()
        for frame in frames:
            for match in CANARY.finditer(frame):
                kind, by_text, mobile, mail, phone = match.groups()
                no = int(by_text or mail or int(mobile or phone) // 10)
                # A masked name keeps its first letter only, so a whole name counts as a contact's data.
                is_contact = kind == "N" or not kind
                blind = kind == "H" and name in self.people and self.people[name].role_code in BLIND
                allowed = not blind and (
                    (name, no) in self.revealed
                    if is_contact
                    else self.reaches(name, Permission.CUSTOMER_VIEW, no) or self.brings_back(name, no)
                )
                if not allowed and no in self._owners:
                    found.add(match.group())
        return found

    def touched(self) -> list[Touch]:
        """Every business row written since the last call."""
        with self.db.reading() as session:
            rows = session.execute(
                text("SELECT seq, op, tbl, customer FROM _touch WHERE seq > :seen ORDER BY seq"), {"seen": self._seen}
            ).all()
        if rows:
            self._seen = rows[-1][0]
        return [Touch(op, tbl, customer) for _, op, tbl, customer in rows]

    def owner_of(self, customer_id: int) -> str:
        """Who owns a customer now, by the person's name here."""
        with self.db.reading() as session:
            owner_id = session.exec(select(Customer.owner_id).where(Customer.id == customer_id)).one_or_none()
        return next((name for name, actor in self.people.items() if actor.user_id == owner_id), "")


def open_database(path: Path) -> Database:
    """The database in this file, for the test: it never waits for the disk."""
    db = Database(f"sqlite:///{path}")

    @event.listens_for(db.engine, "connect")
    def hurry(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA synchronous=OFF")

    return db


def build(path: Path) -> World:
    """A migrated and seeded database in this file."""
    db = open_database(path)
    migrate.upgrade(db.engine)
    with db.writing() as session:
        office = make_office(session)
        seed_presets(session)
        cookies = {name: _sign_in(session, actor.user_id) for name, actor in office.everybody().items()}
        cookies |= {"anonymous": "", "signed_out": _sign_in(session, office.sales.user_id)}
        sessions.end_session(session, office.sales, _session_id(session, cookies["signed_out"]))
        role_id = session.get_one(User, office.manager.user_id).role_id
        former = make_user(session, username="former", role_id=role_id, department_id=office.south)
        cookies["disabled"] = _sign_in(session, former.id or 0)
        former.disabled_at = utcnow()
        tag = Tag(kind=TagKind.FREE, name="CNRTAG")
        session.add(tag)
        session.flush()
        world = World(
            db=db,
            office=office,
            cookies=cookies,
            user_ids={name: actor.user_id for name, actor in office.everybody().items()} | {"former": former.id or 0},
            tag_id=tag.id or 0,
        )
        _add_fields(session)
        # A search that never ends: a real one would put its own groups in the place of those of the targets.
        future = utcnow() + timedelta(days=365)
        session.add(Job(kind="find_duplicates", user_id=former.id or 0, state="running", seen_at=future))
        session.add(Review(id=REVIEW_ID, month="2099-12", opened_at=utcnow()))
        session.flush()
        for name in world.people:
            world.targets += [world._make_target(session, name, live=live) for live in (True, False)]
        _watch(session)
    return world


def _add_fields(session: Session) -> None:
    """An own field for everybody, one that reps don't see, and some to move about and to retire."""
    hidden = {HIDDEN_FIELD: ",".join(BLIND), HIDDEN_OF_CONTACT: ",".join(BLIND)}
    for field_id in range(1, 9):
        session.add(
            OwnField(
                id=field_id,
                record="contact" if field_id in (OPEN_OF_CONTACT, HIDDEN_OF_CONTACT) else "customer",
                kind="line",
                label_zh=f"自定义{field_id}",
                position=field_id,
                hidden_from=hidden.get(field_id, ""),
                retired_at=utcnow() if field_id == RETIRED_FIELD else None,
            )
        )
    session.flush()


def _sign_in(session: Session, user_id: int) -> str:
    return sessions.start_session(session, user=session.get_one(User, user_id), address="127.0.0.1", device="attack")


def _session_id(session: Session, token: str) -> int:
    actor = sessions.resolve(session, token)
    if actor is None:
        raise AssertionError("a fresh session must resolve")
    return actor.session_id


def _change_of(change_id: int, user_id: int) -> BulkChange:
    """A bulk change that this person made, and may take back."""
    action = {"what": "field", "field": "source", "value": ""}
    counts = {"rows": 1, "changed": 1}
    return BulkChange(id=change_id, user_id=user_id, what="field", action=action, state="done", counts=counts)


def _watch(session: Session) -> None:
    session.execute(
        text("CREATE TABLE _touch (seq INTEGER PRIMARY KEY, op TEXT NOT NULL, tbl TEXT NOT NULL, customer INTEGER)")
    )
    for table in SQLModel.metadata.sorted_tables:
        if table.name in NOT_BUSINESS:
            continue
        column = "id" if table.name == "customer" else "customer_id" if "customer_id" in table.columns else None
        for op, row in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
            # An account stands as its id below zero: people may touch their own.
            if table.name == "anomaly" and op != "UPDATE":
                continue  # The server itself finds them, and when they are put right; people put others in charge.
            # How complete a record is, is computed for everybody when a field is required from now on.
            when = "WHEN OLD.completeness IS NEW.completeness " if (table.name, op) == ("customer", "UPDATE") else ""
            customer = f'{row}."{column}"' if column else f"-{row}.id" if table.name == "account" else "NULL"
            session.execute(
                text(
                    f'CREATE TRIGGER "_touch_{table.name}_{op}" AFTER {op} ON "{table.name}" {when}BEGIN '  # noqa: S608 - names of our own tables.
                    f"INSERT INTO _touch (op, tbl, customer) VALUES ('{op}', '{table.name}', {customer}); END"
                )
            )


def server_set(world: World) -> list[str]:
    """What of a customer only the server may set, and holds what somebody sent."""
    wrong = []
    with world.db.reading() as session:
        for customer in session.exec(select(Customer)).all():
            sent = [name for name in SERVER_ONLY if MARK in str(getattr(customer, name, ""))]
            if sent or MARK_NUMBER in (customer.id, customer.created_by, customer.total_amount, customer.version):
                wrong.append(f"{customer.number}: {sent}")
            if customer.owner_id not in world.user_ids.values():
                wrong.append(f"{customer.number} belongs to nobody")
    return wrong


def remember_grants(world: World) -> set[tuple[str, str]]:
    """Every grant in the database, to compare after the attack."""
    with world.db.reading() as session:
        return {(str(g.role_id), f"{g.permission}={g.reach}") for g in session.exec(select(RoleGrant)).all()}


def unguessable() -> str:
    """A cookie's value that nobody was given."""
    return secrets.token_urlsafe(32)

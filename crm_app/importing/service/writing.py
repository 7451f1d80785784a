"""Writing the rows of an import: all of them or none, in one transaction, without an object a row (R4.2)."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session, SQLModel

from crm_app.access.actor import Actor
from crm_app.access.audit import Action, record
from crm_app.access.people import staff
from crm_app.core.bulk import BulkInsert, Row, reserve_ids
from crm_app.core.changes import Change, announce
from crm_app.core.clock import local_today, utcnow
from crm_app.core.settings import get_settings
from crm_app.core.vocabulary import Level
from crm_app.customers.queries import get_grade_thresholds
from crm_app.customers.rules import grade_of, grading_since
from crm_app.customers.search import Terms, index_terms, number_key
from crm_app.customers.service import take_numbers
from crm_app.fields.schemas import PREFIX, OwnFieldDef
from crm_app.importing.queries import changed_since
from crm_app.importing.rules import Marks
from crm_app.importing.schemas import CheckedRow
from crm_app.importing.service.checking import find_twins
from crm_app.importing.service.deals import part_contracts, settle
from crm_app.importing.service.decisions import Decisions
from crm_app.importing.service.updating import Updated, index_updated, update_customers
from crm_app.importing.store import Store
from crm_app.models import (
    Contact,
    ContactValue,
    Customer,
    CustomerTag,
    FieldChange,
    FollowUp,
    ImportedCustomer,
    LevelChange,
    OwnValue,
)
from crm_app.options.service import add_free_tag
from crm_app.timeline.entries import IMPORTED
from crm_app.timeline.rules import next_follow_up
from crm_app.timeline.schemas import Plan as NextContact
from crm_app.timeline.service import settle_contacts

_COLUMNS: dict[type[SQLModel], tuple[str, ...]] = {
    Customer: (
        *("id", "number", "name", "name_key", "name_sort", "number_sort", "industry", "source"),
        *("province", "city", "district", "address", "headcount", "revenue", "founded_on", "main_business"),
        *("credit_code", "note", "level", "customer_type", "status", "owner_id", "department_id", "assigned_at"),
        *("value_grade", "last_contact_at", "last_method", "next_follow_up_at", "first_order_on", "total_amount"),
        *("order_count", "expected_amount", "created_by", "created_at", "updated_at"),
    ),
    Contact: (
        *("id", "customer_id", "name", "position", "mobile", "phone", "email", "birthday", "preferred_channel"),
        *("is_main", "created_at"),
    ),
    FollowUp: (
        *("id", "customer_id", "user_id", "at", "method", "content", "feedback", "result", "next_at", "created_at"),
    ),
    LevelChange: (
        *("id", "customer_id", "at", "user_id", "owner_id", "from_level", "to_level", "deal_amount", "deal_on"),
        *("contract_number", "loss_reason"),
    ),
    FieldChange: ("id", "customer_id", "at", "user_id", "version", "field", "old", "new", "contact_id"),
    CustomerTag: ("customer_id", "tag_id"),
    OwnValue: ("customer_id", "field_id", "place", "text", "key", "sort", "number"),
    ContactValue: ("contact_id", "field_id", "place", "text", "key", "number"),
    ImportedCustomer: ("import_id", "customer_id", "version"),
}
"""In an order that keeps foreign keys."""


@dataclass(slots=True)
class Written:
    """What an import did."""

    created: int = 0
    updated: int = 0
    skipped: int = 0
    unchanged: int = 0
    """Customers of whom their rows say what stands there already."""
    contacts: int = 0
    follow_ups: int = 0


class Import:
    """One run within one transaction."""

    def __init__(self, session: Session, actor: Actor, *, import_id: int, file_name: str, decisions: Decisions) -> None:
        self._session, self._actor, self._import_id = session, actor, import_id
        self._file_name, self._decisions = file_name, decisions
        self._zone = get_settings().zone
        self._now, self._today = utcnow(), local_today(tz=self._zone)
        self._seconds = int(self._now.timestamp())
        self._thresholds = get_grade_thresholds(session)
        self._grading_since = grading_since(self._today)
        people = staff(session).people
        self._departments = {person.id: person.department_id for person in people.values()}
        self._inserts = {
            model: BulkInsert(session, model, columns, always={"by_hand": False} if model is FieldChange else {})
            for model, columns in _COLUMNS.items()
        }
        self._tags: dict[str, int] = {}
        self._fields: Mapping[int, OwnFieldDef] = {}
        self._changed = Marks()
        self.written = Written()

    def run(
        self,
        chunks: Iterable[list[CheckedRow]],
        *,
        known_tags: Mapping[str, int],
        fields: Mapping[int, OwnFieldDef],
        halt: Callable[[], None],
    ) -> None:
        """Write all chunks; `fields` are those that were added for it, `halt` raises when the work is to end."""
        self._tags, self._fields = dict(known_tags), fields
        for rows in chunks:
            halt()
            chosen = {row.row: self._decisions.about(row.row) for row in rows}
            counted = Counter(chosen.values())
            self.written.skipped += counted["skip"]
            self._create([row for row in rows if chosen[row.row] == "create"])
            self._update([row for row in rows if chosen[row.row] == "update"])
        if self.written.created or self.written.updated:
            announce(Change("customer", None, self._actor.user_id))

    @property
    def moment(self) -> int:
        """When all of it was written: what is younger was somebody else's doing."""
        return self._seconds

    def _create(self, rows: Sequence[CheckedRow]) -> None:
        if not rows:
            return
        made: dict[type[SQLModel], list[Row]] = {model: [] for model in _COLUMNS}
        ids = reserve_ids(self._session, Customer, len(rows))
        numbers = self._numbers(rows)
        part_contracts(self._session, rows, self._actor.language)
        for row, customer_id in zip(rows, ids, strict=True):
            self._add(made, row, customer_id, next(numbers[row.customer["industry"]]))
        self._write(made)
        entries = zip(ids, made[Customer], rows, strict=True)
        index_terms(self._session, ((key, line[1], Terms(*row.terms)) for key, line, row in entries))
        self.written.created += len(rows)
        self.written.contacts += len(made[Contact])
        self.written.follow_ups += len(made[FollowUp])

    def _update(self, rows: Sequence[CheckedRow]) -> None:
        by_customer: dict[int, CheckedRow] = {}
        for row in rows:
            customer_id = self._decisions.stand_of(row.row).customer_id
            if customer_id in by_customer or customer_id in self._changed:
                self.written.skipped += 1  # The first row of a customer says what it becomes.
            else:
                by_customer[customer_id] = row
        if not by_customer:
            return
        stands = {customer_id: self._decisions.stand_of(row.row) for customer_id, row in by_customer.items()}
        done, left = update_customers(
            self._session,
            self._actor,
            {customer_id: self._resolved(row) for customer_id, row in by_customer.items()},
            versions={customer_id: stand.version for customer_id, stand in stands.items() if stand.keyed},
            empty=self._decisions.plan.empty,
            now=self._now,
            tag_of=self._tag,
        )
        self._changed.update(by_customer)
        self._decisions.late.update(by_customer[customer_id].row for customer_id in left)
        self._hang_on(done)
        index_updated(self._session, done)
        self.written.updated += len(done)
        self.written.skipped += len(left)
        self.written.unchanged += len(by_customer) - len(done) - len(left)

    def _resolved(self, row: CheckedRow) -> CheckedRow:
        """With the fields that were added meanwhile."""
        if self._fields:
            keys = {f"{PREFIX}{before}": field.key for before, field in self._fields.items()}
            row.said = {keys.get(name, name): text for name, text in row.said.items()}
        return row

    def _hang_on(self, done: Sequence[Updated]) -> None:
        """Contacts, follow-ups, tags and history of customers that were there before."""
        made: dict[type[SQLModel], list[Row]] = {model: [] for model in _COLUMNS}
        for one in done:
            if contact := one.contact:
                self._add_contact(made, one.customer_id, contact, is_main=not one.has_contacts)
            made[FollowUp].extend(self._talk(one.customer_id, one.owner_id, talk) for talk in one.follow_ups)
            made[CustomerTag].extend((one.customer_id, tag) for tag in one.tags)
            whose = (one.customer_id, self._seconds, self._actor.user_id, one.version)
            if deal := one.deal:
                step = (one.customer_id, self._seconds, self._actor.user_id, one.owner_id, Level.WON, Level.WON)
                made[LevelChange].append((*step, deal.fen, deal.on, deal.contract, ""))
            lines = [(*whose, name, old, new, None) for name, old, new in one.edits]
            lines += [(*whose, *edit) for edit in one.told]
            made[FieldChange].extend(lines or [(*whose, IMPORTED, "", self._file_name, None)])
        self._write(made)
        self.written.contacts += len(made[Contact])
        self.written.follow_ups += len(made[FollowUp])
        added = {model: _ids_by_customer(made[model]) for model in (Contact, FollowUp, LevelChange)}
        self._session.add_all(
            ImportedCustomer(
                import_id=self._import_id,
                customer_id=one.customer_id,
                version=one.version,
                before={
                    "fields": {name: [old, new] for name, old, new in one.edits},
                    "contacts": added[Contact].get(one.customer_id, []),
                    "follow_ups": added[FollowUp].get(one.customer_id, []),
                    "deals": added[LevelChange].get(one.customer_id, []),
                    "tags": one.tags,
                    "changed_contact": one.former,
                },
            )
            for one in done
        )
        self._session.flush()
        for one in done:
            if one.follow_ups:
                settle_contacts(self._session, one.customer_id)
        settle(self._session, [one.customer_id for one in done if one.deal])

    def _write(self, made: dict[type[SQLModel], list[Row]]) -> None:
        for model in (Contact, FollowUp, LevelChange, FieldChange):
            some = made[model]
            keys = reserve_ids(self._session, model, len(some)) if some else ()
            made[model] = [(key, *one) for key, one in zip(keys, some, strict=True)]
        made[ContactValue] = [(made[Contact][place][0], *value) for place, *value in made[ContactValue]]
        for model, lines in made.items():
            if lines:
                self._inserts[model].write(lines)

    def _add_contact(
        self, made: dict[type[SQLModel], list[Row]], customer_id: int, contact: Mapping[str, Any], *, is_main: bool
    ) -> None:
        """Its own fields by its place among the new ones: it has no id yet."""
        place = len(made[Contact])
        made[Contact].append(
            (
                *(customer_id, contact["name"], contact["position"], contact["mobile"], contact["phone"]),
                *(contact["email"], _day(contact["birthday"]), contact["preferred_channel"], is_main, self._seconds),
            )
        )
        for field_id, at, text, key, _, number in contact["own"]:
            made[ContactValue].append((place, field_id, at, text, key, number))

    def _talk(self, customer_id: int, user_id: int, talk: Mapping[str, Any]) -> Row:
        return (
            *(customer_id, user_id, talk["at"], talk["method"], talk["content"], talk["feedback"]),
            *(talk["result"], talk["next_at"], self._seconds),
        )

    def _numbers(self, rows: Sequence[CheckedRow]) -> dict[str, Iterator[str]]:
        wanted = Counter(row.customer["industry"] for row in rows)
        return {
            industry: iter(take_numbers(self._session, industry=industry, on=self._today, count=count))
            for industry, count in wanted.items()
        }

    def _add(self, made: dict[type[SQLModel], list[Row]], row: CheckedRow, customer_id: int, number: str) -> None:
        seconds, user_id = self._seconds, self._actor.user_id
        made[Customer].append(self._customer(row, customer_id, number))
        if contact := row.contact:
            self._add_contact(made, customer_id, contact, is_main=True)
        made[FollowUp].extend(self._talk(customer_id, row.owner, one) for one in row.follow_ups)
        if row.deal:
            step = (customer_id, seconds, user_id, row.owner, Level.POTENTIAL, row.customer["level"])
            deal = row.deal
            facts = (deal.get("fen"), _day(deal.get("on")), deal.get("contract") or None, deal.get("loss_reason", ""))
            made[LevelChange].append((*step, *facts))
        made[FieldChange].append((customer_id, seconds, user_id, 1, IMPORTED, "", self._file_name, None))
        for field_id, *value in row.own:
            field = self._fields.get(field_id)
            made[OwnValue].append((customer_id, field.id if field else field_id, *value))
        made[CustomerTag].extend((customer_id, tag_id) for tag_id in dict.fromkeys(map(self._tag, row.tags)))
        made[ImportedCustomer].append((self._import_id, customer_id, 1))

    def _customer(self, row: CheckedRow, customer_id: int, number: str) -> Row:
        fields, seconds = row.customer, self._seconds
        last = row.follow_ups[-1] if row.follow_ups else {}
        deal = row.deal if row.deal and "fen" in row.deal else {}
        day = _day(deal.get("on"))
        recent = Decimal(deal["fen"]) / 100 if day and day >= self._grading_since else Decimal(0)
        return (
            *(customer_id, number, fields["name"], fields["name_key"], row.terms[3], number_key(number)),
            *(fields["industry"], fields["source"], fields["province"], fields["city"], fields["district"]),
            *(fields["address"], fields["headcount"], fields["revenue"], _day(fields["founded_on"])),
            *(fields["main_business"], fields["credit_code"], fields["note"], fields["level"]),
            *(fields["customer_type"], fields["status"], row.owner, self._departments.get(row.owner), seconds),
            *(grade_of(recent, self._thresholds), last.get("at"), last.get("method", ""), self._next(last)),
            *(day, deal.get("fen", 0), 1 if deal else 0, fields["expected_amount"]),
            *(self._actor.user_id, seconds, seconds),
        )

    def _next(self, last: Mapping[str, Any]) -> int | None:
        """When the next contact is due: as the timeline computes it (R1.6)."""
        if not last.get("next_at"):
            return None
        at, planned = (datetime.fromtimestamp(last[name], self._zone) for name in ("at", "next_at"))
        due = next_follow_up(last_contact_at=at, plan=NextContact(at, planned), tz=self._zone)
        return int(due.timestamp()) if due else None

    def _tag(self, name: str) -> int:
        if name not in self._tags:
            self._tags[name] = add_free_tag(self._session, name=name)
        return self._tags[name]


def _ids_by_customer(lines: Iterable[Row]) -> dict[int, list[int]]:
    """Of rows that begin with their id and their customer's."""
    found: dict[int, list[int]] = {}
    for key, customer_id, *_ in lines:
        found.setdefault(customer_id, []).append(key)
    return found


def find_late(session: Session, actor: Actor, store: Store, decisions: Decisions, *, since: datetime) -> set[int]:
    """Rows that would be created and whose customer somebody else made or changed since the check."""
    if not changed_since(session, since):
        return set()
    late: set[int] = set()
    for rows in store.read_rows():
        fresh = [row.keys() for row in rows if decisions.about(row.row) == "create" and not decisions.is_there(row.row)]
        late.update(find_twins(session, actor, fresh))
    return late


def note_import(session: Session, actor: Actor, *, import_id: int, file_name: str, written: Written) -> None:
    """The trace of it (R10.6)."""
    record(
        session,
        Action.CUSTOMERS_IMPORTED,
        actor=actor,
        subject_kind="import",
        subject_id=import_id,
        file=file_name,
        created=written.created,
        updated=written.updated,
        skipped=written.skipped,
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None

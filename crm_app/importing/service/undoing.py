"""Taking back a whole import (R4.2): what it made goes to the recycle bin, what it changed becomes what it was.

Whatever somebody changed since stays as it is, and is listed; so does what the person reaches no more.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from sqlalchemy import case, delete, select, update
from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.audit import Action, record
from crm_app.access.permissions import Permission
from crm_app.access.scope import customers_in_reach
from crm_app.catalogue import say
from crm_app.core.bulk import BulkInsert, reserve_ids
from crm_app.core.changes import Change, announce
from crm_app.core.clock import format_local, utcnow
from crm_app.core.errors import Refused
from crm_app.core.settings import get_settings
from crm_app.core.sql import table_of
from crm_app.customers.rules import CONTACT_FIELDS, as_text, mask_contact_value
from crm_app.customers.search import forget_entries, index_again
from crm_app.fields.queries import values_of
from crm_app.fields.schemas import PREFIX, RecordKind
from crm_app.importing import queries
from crm_app.importing.schemas import State
from crm_app.importing.service.deals import settle
from crm_app.importing.service.updating import columns_of, write_contacts, write_own
from crm_app.models import Contact, Customer, CustomerTag, FieldChange, FollowUp, ImportedCustomer, LevelChange, Task
from crm_app.timeline.entries import IMPORTED
from crm_app.timeline.service import settle_contacts

_CHUNK = 500
MOST_LISTED = 200
_customer, _made = table_of(Customer).c, table_of(ImportedCustomer).c
_talk, _task, _tag = table_of(FollowUp).c, table_of(Task).c, table_of(CustomerTag).c
_contact = table_of(Contact).c
_HISTORY = ("id", "customer_id", "at", "user_id", "version", "field", "old", "new", "contact_id")


@dataclass(slots=True)
class Undone:
    """What became of it."""

    removed: int = 0
    restored: int = 0
    kept: int = 0
    kept_ids: list[int] = field(default_factory=list)
    """The first of those that were changed since."""


def undo_import(session: Session, actor: Actor, *, import_id: int) -> Undone:
    """Take it back, once. Raises NotFound, Refused."""
    run = queries.lock_run(session, actor, import_id)
    if run.state == State.UNDONE:
        return Undone(**run.counts.get("undone", {}))
    if run.state != State.DONE:
        raise Refused("importing.refused.not_done")
    undoing = _Undoing(session, actor, datetime.fromtimestamp(int(run.counts["moment"]), UTC))
    rows = iter(queries.list_imported(session, import_id))
    while some := list(islice(rows, _CHUNK)):
        undoing.take_back(some)
    done = undoing.done
    run.state, run.changed_at = State.UNDONE, utcnow()
    run.counts = {**run.counts, "undone": {name: getattr(done, name) for name in Undone.__slots__}}
    record(
        session,
        Action.IMPORT_UNDONE,
        actor=actor,
        subject_kind="import",
        subject_id=import_id,
        removed=done.removed,
        restored=done.restored,
        kept=done.kept,
    )
    if done.removed or done.restored:
        announce(Change("customer", None, actor.user_id))
    return done


class _Undoing:
    def __init__(self, session: Session, actor: Actor, moment: datetime) -> None:
        self._session, self._actor, self._moment = session, actor, moment
        self._now = utcnow()
        self._history = BulkInsert(session, FieldChange, _HISTORY, always={"by_hand": False})
        self.done = Undone()

    def take_back(self, rows: list[Any]) -> None:
        """Some of the imported customers: (customer_id, version, before)."""
        ids = [row.customer_id for row in rows]
        there = {
            row.id: row
            for row in self._session.execute(
                select(_customer.id, _customer.version, _customer.deleted_at, *self._covered())
                .where(_customer.id.in_(ids))
                .order_by(_customer.id)
                .with_for_update(of=table_of(Customer), key_share=True)
            )
        }
        busy = self._touched(ids)
        same, lines = [], []
        for row in rows:
            now = there.get(row.customer_id)
            if now is None or now.deleted_at is not None:
                continue  # Somebody deleted it: gone already.
            if not (now.made if row.before is None else now.changed):
                self.done.kept += 1  # Counted, not listed: who is out of reach is told of by nothing else.
            elif now.version == row.version and row.customer_id not in busy:
                same.append(row)
            else:
                self.done.kept += 1
                if len(self.done.kept_ids) < MOST_LISTED:
                    self.done.kept_ids.append(row.customer_id)
        made = [row for row in same if row.before is None]
        lines += self._remove(made)
        lines += self._restore([row for row in same if row.before is not None])
        if lines:
            keys = reserve_ids(self._session, FieldChange, len(lines))
            # Of a contact a line says which one.
            whole = (line if len(line) == len(_HISTORY) - 1 else (*line, None) for line in lines)
            self._history.write((key, *line) for key, line in zip(keys, whole, strict=True))

    def _covered(self) -> tuple[Any, Any]:
        """Whether the person could still make, and still change, such a customer: his reach may have shrunk since."""
        made = customers_in_reach(self._actor, Permission.CUSTOMER_IMPORT)
        changed = customers_in_reach(self._actor, Permission.CUSTOMER_EDIT)
        return case((made, True), else_=False).label("made"), case((changed, True), else_=False).label("changed")

    def _touched(self, ids: list[int]) -> set[int]:
        """Customers with a follow-up or a task of after the import: those raise no version."""
        touched: set[int] = set()
        for column, at in ((_talk.customer_id, _talk.created_at), (_task.customer_id, _task.created_at)):
            found = select(column).where(column.in_(ids), at > self._moment)
            touched.update(self._session.execute(found).scalars())
        return touched

    def _remove(self, rows: list[Any]) -> list[tuple[Any, ...]]:
        if not rows:
            return []
        ids = [row.customer_id for row in rows]
        self._session.execute(
            update(table_of(Customer))
            .where(_customer.id.in_(ids))
            .values(
                deleted_at=self._now,
                deleted_by=self._actor.user_id,
                version=_customer.version + 1,
                updated_at=self._now,
            )
        )
        forget_entries(self._session, ids)
        self.done.removed += len(ids)
        at = format_local(self._now, tz=get_settings().zone)
        return [self._line(row.customer_id, row.version + 1, "deleted_at", "", at) for row in rows]

    def _restore(self, rows: list[Any]) -> list[tuple[Any, ...]]:
        """The former values; what was hung on the customers is taken off."""
        lines = []
        for row in rows:
            fields = row.before["fields"]
            columns = columns_of([(name, old) for name, (old, _) in fields.items()])
            self._session.execute(
                update(table_of(Customer))
                .where(_customer.id == row.customer_id)
                .values(**columns, version=row.version + 1, updated_at=self._now)
            )
            other = (
                {}
                if row.before.get("changed_contact")
                else {IMPORTED: ["", say(self._actor.language, "importing.state.undone")]}
            )
            taken = fields or other
            lines += [
                self._line(row.customer_id, row.version + 1, name, new, old) for name, (old, new) in taken.items()
            ]
        if rows:
            former = [(row.customer_id, name, old) for row in rows for name, (old, _) in row.before["fields"].items()]
            write_own(self._session, former)
            lines += self._renew_contacts(rows)
            self._take_off(rows)
            index_again(self._session, [row.customer_id for row in rows])
            self.done.restored += len(rows)
        return lines

    def _renew_contacts(self, rows: list[Any]) -> list[tuple[Any, ...]]:
        """What contacts were before; one that is gone since changed its customer's version, who is not among these."""
        changes = []
        for row in rows:
            former = dict(row.before.get("changed_contact", {}))
            if key := former.pop("id", None):
                changes.append((row, key, former))
        now = self._contacts([key for _, key, _ in changes], {name for _, _, former in changes for name in former})
        write_contacts(self._session, [(key, former) for _, key, former in changes])
        return [
            (*self._line(row.customer_id, row.version + 1, f"contact.{name}", *masked), key)
            for row, key, former in changes
            for name, old in former.items()
            if (masked := [mask_contact_value(name, text) for text in (as_text(now[key][name]), old)])
        ]

    def _contacts(self, ids: list[int], names: set[str]) -> dict[int, dict[str, Any]]:
        """What stands in these fields now."""
        asked = select(*(_contact[name] for name in ("id", *CONTACT_FIELDS))).where(_contact.id.in_(ids))
        own = sorted(name for name in names if name.startswith(PREFIX))
        values = values_of(self._session, ids, own, record=RecordKind.CONTACT)
        found = {one["id"]: dict(one) for one in self._session.execute(asked).mappings()}
        return {key: dict.fromkeys(own, "") | columns | dict(values.get(key, {})) for key, columns in found.items()}

    def _take_off(self, rows: list[Any]) -> None:
        for model, name in ((Contact, "contacts"), (FollowUp, "follow_ups")):
            if ids := [one for row in rows for one in row.before[name]]:
                self._session.execute(delete(table_of(model)).where(table_of(model).c.id.in_(ids)))
        # What an earlier version wrote has no deals.
        if steps := [one for row in rows for one in row.before.get("deals", ())]:
            self._session.execute(delete(table_of(LevelChange)).where(table_of(LevelChange).c.id.in_(steps)))
            settle(self._session, [row.customer_id for row in rows if row.before.get("deals")])
        for row in rows:
            if row.before["tags"]:
                self._session.execute(
                    delete(table_of(CustomerTag)).where(
                        _tag.customer_id == row.customer_id, _tag.tag_id.in_(row.before["tags"])
                    )
                )
            if row.before["follow_ups"]:
                settle_contacts(self._session, row.customer_id)

    def _line(self, customer_id: int, version: int, name: str, old: str, new: str) -> tuple[Any, ...]:
        return (customer_id, int(self._now.timestamp()), self._actor.user_id, version, name, old, new)

"""Which columns the demonstration fills, and the rows of one part of it until they are written."""

from dataclasses import dataclass, field

from sqlmodel import Session, SQLModel

from crm_app.core.bulk import BulkInsert, Row, next_id
from crm_app.models import (
    Collaborator,
    Contact,
    Customer,
    CustomerTag,
    FieldChange,
    FollowUp,
    LevelChange,
    Task,
)

COLUMNS: dict[type[SQLModel], tuple[str, ...]] = {
    Customer: (
        *("id", "number", "name", "name_key", "name_sort", "number_sort", "industry", "source"),
        *("province", "city", "district", "address", "headcount", "revenue", "founded_on", "main_business"),
        *("credit_code", "note", "level", "customer_type", "status", "owner_id", "department_id", "assigned_at"),
        *("value_grade", "last_contact_at", "last_method", "next_follow_up_at", "first_order_on", "total_amount"),
        *("order_count", "expected_amount", "created_by", "created_at", "updated_at", "version"),
    ),
    Contact: (
        *("id", "customer_id", "name", "position", "mobile", "phone", "email", "birthday", "preferred_channel"),
        *("is_main", "created_at"),
    ),
    Task: (
        *("id", "customer_id", "user_id", "title", "due_at", "at", "changed_by", "done_at", "done_by"),
        *("created_by", "created_at", "version"),
    ),
    FollowUp: (
        *("id", "customer_id", "user_id", "at", "method", "participants", "content", "feedback", "result"),
        *("next_at", "task_id", "created_at"),
    ),
    LevelChange: (
        *("id", "customer_id", "at", "user_id", "owner_id", "from_level", "to_level", "deal_amount", "deal_on"),
        *("contract_number", "loss_reason"),
    ),
    FieldChange: ("id", "customer_id", "at", "user_id", "version", "field", "old", "new"),
    CustomerTag: ("customer_id", "tag_id"),
    Collaborator: ("customer_id", "user_id"),
}
"""In an order that keeps foreign keys."""
INDEXED_LATE = (Customer, Task, FollowUp, LevelChange, FieldChange)
"""Contacts are looked up by customer while the search index is written."""
WITH_ID = (Customer, Contact, Task, FollowUp, LevelChange, FieldChange)


@dataclass(slots=True)
class Batch:
    """Rows by table, and the ids to give next."""

    ids: dict[type[SQLModel], int]
    rows: dict[type[SQLModel], list[Row]] = field(default_factory=lambda: {model: [] for model in COLUMNS})

    @classmethod
    def after(cls, session: Session) -> "Batch":
        """One whose ids go on after what is there."""
        return cls({model: next_id(session, model) for model in WITH_ID})

    def take_id(self, model: type[SQLModel]) -> int:
        """A new id."""
        taken = self.ids[model]
        self.ids[model] = taken + 1
        return taken

    def add(self, model: type[SQLModel], row: Row) -> None:
        """Keep a row for writing; in the order of COLUMNS."""
        self.rows[model].append(row)


class BatchWriter:
    """Writes batches into the session's transaction."""

    def __init__(self, session: Session) -> None:
        self._inserts = {model: BulkInsert(session, model, columns) for model, columns in COLUMNS.items()}

    def write(self, batch: Batch) -> None:
        """Write the rows and forget them."""
        for model, rows in batch.rows.items():
            self._inserts[model].write(rows)
            rows.clear()

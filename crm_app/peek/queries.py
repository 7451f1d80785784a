"""What the panel reads: the record and the timeline, as the customer's page has them."""

from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission
from crm_app.access.scope import get_customer
from crm_app.core.amounts import format_amount
from crm_app.core.clock import relative_days
from crm_app.core.vocabulary import CustomerType
from crm_app.customers.queries import record_of
from crm_app.customers.schemas import ContactRow, CustomerRecord
from crm_app.peek.schemas import PeekContact, PeekFact, PeekNote, PeekTask, PeekView
from crm_app.timeline.entries import Words, shown_value
from crm_app.timeline.queries import list_open_tasks, timeline_of, words_for
from crm_app.timeline.schemas import TaskLine, TimelineEntry

MOST_TASKS = 3
MOST_NOTES = 4
LONGEST_NOTE = 240
_FACTS = ("industry", "region", "source")


def get_peek(session: Session, actor: Actor, *, number: str) -> PeekView:
    """The essence of a customer. Raises Forbidden, and NotFound for a missing one and one out of reach alike."""
    customer = get_customer(session, actor, number, Permission.CUSTOMER_VIEW)
    record = record_of(session, actor, customer)
    words = words_for(session, actor)
    tasks = list_open_tasks(session, actor, customer, words=words)
    notes = timeline_of(session, actor, customer, kinds=("follow_up",), limit=MOST_NOTES, words=words).entries
    next_at = record.next_follow_up_at
    return PeekView(
        id=record.id,
        number=record.number,
        name=record.values["name"],
        is_key=record.values["customer_type"] == CustomerType.KEY,
        level=record.level,
        status=record.values["status"],
        customer_type=record.values["customer_type"],
        owner=" · ".join(filter(None, (record.owner_name, record.department_name))),
        next_at=words.moment(next_at),
        next_days=relative_days(next_at, tz=words.zone) if next_at else 0,
        facts=_facts(record, words),
        contact=_contact(next((one for one in record.contacts if one.is_main), None)),
        tasks=tuple(_task(task) for task in tasks[:MOST_TASKS]),
        more_tasks=max(0, len(tasks) - MOST_TASKS),
        notes=tuple(_note(entry) for entry in notes),
        own=tuple(
            PeekFact(field.label(actor.language), shown_value(field.key, value, words))
            for field in record.own
            if (value := record.values[field.key])
        ),
    )


def _facts(record: CustomerRecord, words: Words) -> tuple[PeekFact, ...]:
    amount = format_amount(record.total_amount, lang="en" if words.language == "en" else "zh")
    named = {f"customers.field.{name}": shown_value(name, record.values[name], words) for name in _FACTS}
    named |= {
        "directory.field.total": amount if record.total_amount else "",
        "directory.field.last_contact": words.moment(record.last_contact_at),
    }
    return tuple(PeekFact(words.say(key), value) for key, value in named.items() if value)


def _contact(row: ContactRow | None) -> PeekContact:
    return PeekContact(row.name, row.position, row.mobile, row.phone, row.email) if row else PeekContact()


def _task(task: TaskLine) -> PeekTask:
    return PeekTask(task.id, task.title, task.due_short, task.due_days, task.who)


def _note(entry: TimelineEntry) -> PeekNote:
    body = entry.body if len(entry.body) <= LONGEST_NOTE else f"{entry.body[:LONGEST_NOTE]}…"
    return PeekNote(entry.id, entry.at, entry.who, entry.action, body)

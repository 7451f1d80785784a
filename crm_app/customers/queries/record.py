"""The record itself, its contacts, history and deals; contacts come out masked, whoever asks (R10.3)."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import func, or_, select, text
from sqlmodel import Session, col

from crm_app.access.actor import Actor
from crm_app.access.audit import Action
from crm_app.access.people import staff
from crm_app.access.permissions import Permission
from crm_app.access.scope import customers_in_reach, deleted_in_reach, get_customer
from crm_app.core.errors import Forbidden, NotFound
from crm_app.core.sql import table_of
from crm_app.core.vocabulary import Level, ValueGrade
from crm_app.customers import rules
from crm_app.customers.schemas import ContactRow, CustomerRecord, HandGrade, PersonChoice, Since, TagChoice
from crm_app.fields.queries import fields_for, values_of
from crm_app.fields.schemas import OwnFieldDef, RecordKind
from crm_app.models import (
    Collaborator,
    Contact,
    Customer,
    CustomerTag,
    FieldChange,
    LevelChange,
    MergedCustomer,
    User,
)
from crm_app.options.queries import list_tags

_TAKEN = """
SELECT number FROM customer WHERE number IN (SELECT value FROM {each})
UNION SELECT subject_id FROM audit_entry
WHERE subject_kind = 'customer' AND action = :removed AND subject_id IN (SELECT value FROM {each})
"""
_TAKEN_SQLITE = text(_TAKEN.format(each="json_each(:numbers)"))
_TAKEN_POSTGRESQL = text(_TAKEN.format(each="jsonb_array_elements_text(CAST(:numbers AS jsonb)) AS made (value)"))


def lock_customer(session: Session, actor: Actor, number: str, permission: Permission) -> Customer:
    """As `scope.get_customer`, and nobody else changes the row until this transaction ends.

    Rows may come to refer to it meanwhile: whoever has an own field and writes values of all customers into another
    kind must not wait for whoever has a customer and waits for the field. SQLite's writers exclude each other anyway,
    and it ignores FOR UPDATE.
    """
    if not actor.may(permission):
        raise Forbidden
    statement = (
        select(Customer)
        .where(col(Customer.number) == number, customers_in_reach(actor, permission))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    found = session.execute(statement).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


def was_deleted(session: Session, actor: Actor, permission: Permission, *, number: str) -> bool:
    """Whether the customer lies in the recycle bin; False also for what `permission` does not cover."""
    where = (col(Customer.number) == number, deleted_in_reach(actor, permission))
    return session.execute(select(col(Customer.id)).where(*where)).first() is not None


def find_survivor(session: Session, actor: Actor, *, number: str) -> str:
    """The number of the customer in which a merged one lives on (R5.1); empty for any other and out of reach."""
    customer, merged = table_of(Customer).c, table_of(MergedCustomer).c
    step = select(merged.survivor_id)
    found = session.execute(
        step.join_from(table_of(MergedCustomer), table_of(Customer), merged.customer_id == customer.id).where(
            customer.number == number
        )
    ).scalar()
    survivor = None
    while found is not None:
        survivor, found = found, session.execute(step.where(merged.customer_id == found)).scalar()
    if survivor is None or not actor.may(Permission.CUSTOMER_VIEW):
        return ""
    reached = or_(customers_in_reach(actor), deleted_in_reach(actor, Permission.CUSTOMER_DELETE))
    return session.execute(select(customer.number).where(customer.id == survivor, reached)).scalar() or ""


def get_record(session: Session, actor: Actor, *, number: str) -> CustomerRecord:
    """The whole record. Raises Forbidden or NotFound as `scope.get_customer`."""
    return record_of(session, actor, get_customer(session, actor, number, Permission.CUSTOMER_VIEW))


def record_of(session: Session, actor: Actor, customer: Customer) -> CustomerRecord:
    """The whole record of a customer that the caller got within the actor's reach."""
    known = staff(session)
    customer_id = customer.id or 0
    return CustomerRecord(
        id=customer_id,
        number=customer.number,
        version=customer.version,
        values=record_texts(session, actor, customer),
        own=fields_for(session, actor),
        contact_own=fields_for(session, actor, record=RecordKind.CONTACT),
        level=customer.level,
        value_grade=customer.value_grade,
        hand_grade=HandGrade(
            customer.hand_grade, known.names.get(customer.hand_grade_by or 0, ""), customer.hand_grade_at
        ),
        owner_id=customer.owner_id,
        owner_name=known.names.get(customer.owner_id or 0, ""),
        department_name=known.departments.get(customer.department_id or 0, ""),
        collaborators=_collaborators(session, customer_id),
        tags=_tags(session, customer_id),
        contacts=_contacts(session, actor, customer_id),
        total_amount=customer.total_amount,
        order_count=customer.order_count,
        first_order_on=customer.first_order_on,
        expected_amount=customer.expected_amount,
        last_contact_at=customer.last_contact_at,
        last_method=customer.last_method,
        next_follow_up_at=customer.next_follow_up_at,
        created_at=customer.created_at,
        created_by_name=known.names.get(customer.created_by or 0, ""),
        updated_at=customer.updated_at,
    )


def field_texts(customer: Customer) -> dict[str, str]:
    """The editable fields as stored texts, by the names of `rules.CUSTOMER_FIELDS`."""
    texts = {name: rules.as_text(getattr(customer, name)) for name in rules.CUSTOMER_FIELDS if name != "region"}
    return texts | {"region": rules.region_of(customer.province, customer.city, customer.district)}


def record_texts(session: Session, actor: Actor, customer: Customer) -> dict[str, str]:
    """The same, and what stands in the own fields that the actor sees, '' in an empty one."""
    own, key = fields_for(session, actor), customer.id or 0
    filled = values_of(session, [key], [field.key for field in own]).get(key, {})
    return field_texts(customer) | {field.key: filled.get(field.key, "") for field in own}


def _collaborators(session: Session, customer_id: int) -> tuple[PersonChoice, ...]:
    helping = collaborator_ids_of(session, customer_id)
    people = staff(session).people.values()
    return tuple(PersonChoice(one.id, one.name, one.department) for one in people if one.id in helping)


def _tags(session: Session, customer_id: int) -> tuple[TagChoice, ...]:
    worn = tag_ids_of(session, customer_id)
    found = sorted((tag for tag in list_tags(session, include_retired=True) if tag.id in worn), key=lambda tag: tag.id)
    return tuple(TagChoice(tag.id, tag.kind, tag.name, tag.color) for tag in found)


def list_contacts(session: Session, actor: Actor, *, number: str) -> tuple[ContactRow, ...]:
    """The contacts, masked, the main one first. Raises as `get_record`."""
    customer = get_customer(session, actor, number, Permission.CUSTOMER_VIEW)
    return _contacts(session, actor, customer.id or 0)


def _contacts(session: Session, actor: Actor, customer_id: int) -> tuple[ContactRow, ...]:
    statement = (
        select(Contact)
        .where(col(Contact.customer_id) == customer_id)
        .order_by(col(Contact.is_main).desc(), col(Contact.id))
    )
    contacts, own = session.execute(statement).scalars().all(), fields_for(session, actor, record=RecordKind.CONTACT)
    keys = [field.key for field in own]
    values = values_of(session, [one.id or 0 for one in contacts], keys, record=RecordKind.CONTACT)
    return tuple(contact_row(contact, values.get(contact.id or 0)) for contact in contacts)


def contact_row(contact: Contact, own: Mapping[str, str] | None = None) -> ContactRow:
    """A contact as everybody sees it."""
    shown = {name: rules.mask_contact_value(name, getattr(contact, name)) for name in rules.CONTACT_FIELDS}
    return ContactRow(id=contact.id or 0, is_main=contact.is_main, own=own or {}, **shown)


def contact_texts(session: Session, contact: Contact, own: Iterable[OwnFieldDef]) -> dict[str, str]:
    """What stands in its fields in full, and in these own ones, '' in an empty one."""
    texts, key = {name: rules.as_text(getattr(contact, name)) for name in rules.CONTACT_FIELDS}, contact.id or 0
    keys = [field.key for field in own]
    filled = values_of(session, [key], keys, record=RecordKind.CONTACT).get(key, {})
    return texts | {name: filled.get(name, "") for name in keys}


def main_contact_values(session: Session, ids: Sequence[int], keys: Sequence[str]) -> dict[int, Mapping[str, str]]:
    """By customer and key what stands in these own fields of its main contact, for whoever reached the customers."""
    if not keys:
        return {}
    contact = table_of(Contact).c
    mains = select(contact.id, contact.customer_id).where(contact.customer_id.in_(ids), contact.is_main)
    whose = {key: customer_id for key, customer_id in session.execute(mains)}  # noqa: C416 - Rows, not pairs.
    values = values_of(session, list(whose), keys, record=RecordKind.CONTACT)
    return {whose[key]: texts for key, texts in values.items()}


def get_contact(session: Session, customer_id: int, contact_id: int) -> Contact:
    """A contact of this customer, for a service that has checked the customer. Raises NotFound."""
    statement = select(Contact).where(col(Contact.id) == contact_id, col(Contact.customer_id) == customer_id)
    found = session.execute(statement).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


def get_main_contact(session: Session, customer_id: int) -> Contact | None:
    """The main contact, for a service that has checked the customer."""
    statement = select(Contact).where(col(Contact.customer_id) == customer_id, col(Contact.is_main))
    return session.execute(statement).scalars().first()


def count_contacts(session: Session, customer_id: int) -> int:
    """How many contacts a customer has."""
    statement = select(func.count()).select_from(Contact).where(col(Contact.customer_id) == customer_id)
    return session.execute(statement).scalar_one()


def changes_since(
    session: Session, customer_id: int, *, version: int, fields: Iterable[str], contact_id: int | None = None
) -> dict[str, Since]:
    """What became of each of these fields after the customer's `version` (R2.3); unchanged ones are left out."""
    statement = (
        select(
            col(FieldChange.field),
            col(FieldChange.old),
            col(FieldChange.at),
            func.coalesce(col(User.name), ""),
            col(FieldChange.version),
        )
        .outerjoin(User, col(User.id) == col(FieldChange.user_id))
        .where(
            col(FieldChange.customer_id) == customer_id,
            col(FieldChange.version) > version,
            col(FieldChange.field).in_(tuple(fields)),
            col(FieldChange.contact_id) == contact_id if contact_id else col(FieldChange.contact_id).is_(None),
        )
        .order_by(col(FieldChange.version), col(FieldChange.id))
    )
    found: dict[str, Since] = {}
    for field, old, at, name, changed in session.execute(statement):
        first = found.get(field)
        found[field] = Since(first.before if first else old, at, name, changed)
    return found


def list_deals(session: Session, customer_id: int) -> list[tuple[date, Decimal]]:
    """Days and amounts of the deals of a customer."""
    statement = select(col(LevelChange.deal_on), col(LevelChange.deal_amount)).where(
        col(LevelChange.customer_id) == customer_id,
        col(LevelChange.to_level) == Level.WON,
        col(LevelChange.deal_on).is_not(None),
    )
    return [(day, amount) for day, amount in session.execute(statement) if day and amount is not None]


def list_graded(session: Session, *, since: date) -> list[tuple[int, str, Decimal]]:
    """Id, grade and the yuan of deals on or after `since`, of live customers whose grade is computed and may change."""
    recent = (
        select(col(LevelChange.customer_id), func.sum(col(LevelChange.deal_amount)).label("amount"))
        .where(col(LevelChange.to_level) == Level.WON, col(LevelChange.deal_on) >= since)
        .group_by(col(LevelChange.customer_id))
        .subquery()
    )
    statement = (
        select(col(Customer.id), col(Customer.value_grade), recent.c.amount)
        .outerjoin(recent, recent.c.customer_id == col(Customer.id))
        .where(
            or_(recent.c.amount.is_not(None), col(Customer.value_grade) != ValueGrade.C),
            col(Customer.hand_grade) == "",
            col(Customer.deleted_at).is_(None),
        )
    )
    return [(key or 0, grade, amount or Decimal(0)) for key, grade, amount in session.execute(statement)]


def is_contract_number_taken(session: Session, contract_number: str) -> bool:
    """Whether a deal of any customer has it, in reach or not."""
    statement = select(col(LevelChange.id)).where(col(LevelChange.contract_number) == contract_number)
    return session.execute(statement).first() is not None


def is_number_taken(session: Session, number: str) -> bool:
    """Whether any customer has or had it: in the recycle bin, or removed for good, which the audit log tells (R1.1)."""
    return bool(taken_of(session, (number,)))


def taken_of(session: Session, numbers: Sequence[str]) -> frozenset[str]:
    """Which of these numbers any customer has or had."""
    # One bound value, however many there are: naming thousands one by one takes longer than looking them up.
    asked = {"numbers": json.dumps(list(numbers)), "removed": Action.CUSTOMER_REMOVED.value}
    statement = _TAKEN_SQLITE if session.get_bind().dialect.name == "sqlite" else _TAKEN_POSTGRESQL
    return frozenset(session.execute(statement, asked).scalars())


def tag_ids_of(session: Session, customer_id: int) -> frozenset[int]:
    """The ids of a customer's tags."""
    link = table_of(CustomerTag).c
    return frozenset(session.scalars(select(link.tag_id).where(link.customer_id == customer_id)))


def collaborator_ids_of(session: Session, customer_id: int) -> frozenset[int]:
    """The ids of a customer's collaborators."""
    link = table_of(Collaborator).c
    return frozenset(session.scalars(select(link.user_id).where(link.customer_id == customer_id)))

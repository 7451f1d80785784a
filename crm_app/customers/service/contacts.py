"""The people at a customer (R1.3): add, edit, remove, which is the main one, and showing one in full (R10.3)."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import func, select
from sqlmodel import Session, col

from crm_app.access.actor import Actor
from crm_app.access.audit import Action, record
from crm_app.access.permissions import Permission
from crm_app.access.scope import get_customer
from crm_app.core.clock import utcnow
from crm_app.core.errors import Refused
from crm_app.core.problems import Invalid, Problem
from crm_app.customers import queries, rules
from crm_app.customers.schemas import Choices, ContactInput, Probe, RevealedContact, Saved
from crm_app.customers.service.checks import insist_on_confirmation
from crm_app.customers.service.writing import Edit, refuse_conflicts, save_changes
from crm_app.fields.schemas import OwnFieldDef
from crm_app.fields.service import insert_values, write_values
from crm_app.models import AuditEntry, Contact, User

REVEALS = 60
REVEAL_MINUTES = 10
_PREFIX = "contact."


def add_contact(
    session: Session, actor: Actor, *, number: str, contact: ContactInput, confirmed_duplicates: bool = False
) -> int:
    """Add a contact; its id. Raises Forbidden, NotFound, Invalid by the contact's field names, DuplicatesFound."""
    customer = queries.lock_customer(session, actor, number, Permission.CUSTOMER_EDIT)
    customer_id, choices = customer.id or 0, queries.get_choices(session, actor)
    values, problems = rules.check_contact(rules.contact_raws(contact), choices)
    if queries.count_contacts(session, customer_id) >= rules.MAX_CONTACTS:
        problems["contacts"] = Problem("customers.problem.too_many_contacts", {"max": rules.MAX_CONTACTS})
    if problems:
        raise Invalid(problems)
    insist_on_confirmation(session, actor, probe=_probe(values), confirmed=confirmed_duplicates, exclude_id=customer.id)
    main = queries.get_main_contact(session, customer_id)
    columns = rules.contact_columns(values)
    added = Contact(customer_id=customer_id, is_main=main is None, **columns)  # type: ignore[arg-type]
    session.add(added)
    session.flush()
    insert_values(session, own_rows(choices, added, values))
    edits = [Edit("contact.added", "", _masked_name(added), added.id)]
    if contact.is_main and main is not None:
        edits.append(_swap_main(main, added))
    save_changes(session, actor, customer, edits=edits)
    return added.id or 0


def update_contact(
    session: Session,
    actor: Actor,
    *,
    number: str,
    contact_id: int,
    changes: Mapping[str, str],
    version: int | None,
    confirmed_duplicates: bool = False,
    seen: Mapping[str, int] | None = None,
) -> Saved:
    """Change some fields of a contact against the customer's version that the person read.

    A masked value sent back is refused, since it would destroy the original. `seen`: as of `refuse_conflicts`. Raises
    Forbidden, NotFound, Invalid by the contact's field names, DuplicatesFound, Conflict or FormConflict with masked
    values, by the names of the history.
    """
    customer = queries.lock_customer(session, actor, number, Permission.CUSTOMER_EDIT)
    contact = queries.get_contact(session, customer.id or 0, contact_id)
    choices = queries.get_choices(session, actor)
    before = queries.contact_texts(session, contact, choices.contact_own)
    if unknown := changes.keys() - before.keys():
        raise Invalid(dict.fromkeys(sorted(unknown), Problem("customers.problem.unknown_field")))
    values, problems = rules.check_contact(changes, choices, current=before)
    if problems:
        raise Invalid(problems)
    changed = {name: value for name, value in values.items() if before[name] != rules.as_text(value)}
    if not changed:
        return Saved(customer.version)
    edits = [
        Edit(
            _PREFIX + name,
            rules.mask_contact_value(name, before[name]),
            rules.mask_contact_value(name, value),
            contact_id,
        )
        for name, value in changed.items()
    ]
    refuse_conflicts(session, customer, edits=edits, version=version, contact_id=contact_id, seen=seen)
    insist_on_confirmation(
        session, actor, probe=_probe(changed), confirmed=confirmed_duplicates, exclude_id=customer.id
    )
    for name, value in rules.contact_columns(changed).items():
        setattr(contact, name, value)
    write_values(session, contact_id, choices.contact_own, {key: rules.as_text(changed[key]) for key in changed})
    contact.version += 1
    session.flush()
    return Saved(save_changes(session, actor, customer, edits=edits))


def own_rows(
    choices: Choices, contact: Contact, values: Mapping[str, rules.Value]
) -> list[tuple[int, OwnFieldDef, str]]:
    """What of the checked values belongs into own fields of a new contact."""
    own = (field for field in choices.contact_own if field.key in values)
    return [(contact.id or 0, field, rules.as_text(values[field.key])) for field in own]


def remove_contact(session: Session, actor: Actor, *, number: str, contact_id: int) -> Saved:
    """Remove a contact for good. Raises Forbidden, NotFound, and Refused for the main one: each customer needs it."""
    customer = queries.lock_customer(session, actor, number, Permission.CUSTOMER_EDIT)
    contact = queries.get_contact(session, customer.id or 0, contact_id)
    if contact.is_main:
        raise Refused("customers.error.main_contact_stays")
    edits = [Edit("contact.removed", _masked_name(contact), "", contact_id)]
    session.delete(contact)
    session.flush()
    return Saved(save_changes(session, actor, customer, edits=edits))


def set_main_contact(session: Session, actor: Actor, *, number: str, contact_id: int) -> Saved:
    """Make a contact the main one. Raises Forbidden, NotFound."""
    customer = queries.lock_customer(session, actor, number, Permission.CUSTOMER_EDIT)
    contact = queries.get_contact(session, customer.id or 0, contact_id)
    if contact.is_main:
        return Saved(customer.version)
    edit = _swap_main(queries.get_main_contact(session, customer.id or 0), contact)
    session.flush()
    return Saved(save_changes(session, actor, customer, edits=[edit]))


def reveal_contact(session: Session, actor: Actor, *, number: str, contact_id: int) -> RevealedContact:
    """A contact in full, and the record of it in the same transaction (R10.3).

    Raises Forbidden, NotFound, and Refused after 60 in ten minutes, so that nobody walks off with the address book.
    """
    customer = get_customer(session, actor, number, Permission.CUSTOMER_REVEAL)
    contact = queries.get_contact(session, customer.id or 0, contact_id)
    _limit_reveals(session, actor)
    record(
        session,
        Action.CONTACT_REVEALED,
        actor=actor,
        subject_kind="contact",
        subject_id=contact_id,
        customer=customer.number,
    )
    session.flush()
    shown = {name: rules.as_text(getattr(contact, name)) for name in ("name", "mobile", "phone", "email", "birthday")}
    return RevealedContact(id=contact_id, **shown)


def _limit_reveals(session: Session, actor: Actor) -> None:
    """Count in the audit log itself; the person's row is locked, so that two clicks at once are counted one by one."""
    session.execute(select(col(User.id)).where(col(User.id) == actor.user_id).with_for_update())
    statement = (
        select(func.count())
        .select_from(AuditEntry)
        .where(
            col(AuditEntry.user_id) == actor.user_id,
            col(AuditEntry.at) > utcnow() - timedelta(minutes=REVEAL_MINUTES),
            col(AuditEntry.action) == Action.CONTACT_REVEALED,
        )
    )
    if session.execute(statement).scalar_one() >= REVEALS:
        raise Refused("customers.error.reveal_limit", minutes=REVEAL_MINUTES, most=REVEALS)


def _swap_main(old: Contact | None, new: Contact) -> Edit:
    if old is not None:
        old.is_main = False
    new.is_main = True
    return Edit("contact.is_main", _masked_name(old) if old else "", _masked_name(new), new.id)


def _masked_name(contact: Contact) -> str:
    return rules.mask_contact_value("name", contact.name)


def _probe(values: Mapping[str, rules.Value]) -> Probe:
    mobile, phone = rules.as_text(values.get("mobile")), rules.as_text(values.get("phone"))
    return Probe(mobiles=(mobile,) if mobile else (), phones=(phone,) if phone else ())

"""A form whose answer was lost and that its person changed before he sent it again (R2.2).

It is neither the form that was saved nor, without being asked about, another customer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, select

from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission
from crm_app.access.scope import reaches
from crm_app.core.errors import CrmError
from crm_app.core.problems import Problem
from crm_app.customers import queries, rules
from crm_app.customers.rules import CheckedContact
from crm_app.customers.schemas import CustomerRef, SavedBefore
from crm_app.models import Contact, Customer, User


@dataclass(frozen=True, slots=True)
class Examined:
    """A form that was looked at: what can be stored, and why it can't be stored."""

    values: Mapping[str, rules.Value]
    contacts: tuple[CheckedContact, ...]
    tag_ids: tuple[int, ...]
    owner: User | None
    people: tuple[int, ...]
    problems: Mapping[str, Problem]


class AlreadySaved(CrmError):
    """The form became a customer before its person changed it, and he did not say that he means another one."""

    code = "customers.error.already_saved"

    def __init__(self, before: SavedBefore) -> None:
        super().__init__(number=before.ref.number)
        self.before = before


def find_saved_before(session: Session, actor: Actor, customer_id: int | None, form: Examined) -> SavedBefore | None:
    """What the form became before it was changed, and what of it differs now; None once that customer is deleted."""
    customer = session.get(Customer, customer_id) if customer_id else None
    if customer is None or customer.deleted_at is not None:
        return None
    ref = CustomerRef(number=customer.number, id=customer.id or 0)
    if not reaches(session, actor, ref.id, Permission.CUSTOMER_EDIT):
        return SavedBefore(ref)
    stored = queries.record_texts(session, actor, customer)
    own = (field.key for field in queries.get_choices(session, actor).own)
    differs = tuple(
        name
        for name in (*rules.CUSTOMER_FIELDS, *own)
        if name not in form.values or rules.as_text(form.values[name]) != stored[name]
    )
    fields = tuple(name for name in differs if name != "level")
    others = tuple(name for name in differs if name == "level") + _others(session, actor, customer, form)
    # The form is another than was sent: where nothing is seen of that, it is hidden in a contact.
    return SavedBefore(ref, editable=True, fields=fields, others=others or (() if fields else ("contact",)))


def _others(session: Session, actor: Actor, customer: Customer, form: Examined) -> tuple[str, ...]:
    """What is no field of the record and differs."""
    customer_id = customer.id or 0
    rows = session.exec(select(Contact).where(Contact.customer_id == customer_id)).all()
    own = queries.get_choices(session, actor).contact_own
    stored = [CheckedContact(queries.contact_texts(session, row, own), row.is_main) for row in rows]
    names = (*rules.CONTACT_FIELDS, *(field.key for field in own))
    pairs = {
        "contact": tuple(sorted(_texts(one, names) for one in some) for some in (form.contacts, stored)),
        "tags": (frozenset(form.tag_ids), queries.tag_ids_of(session, customer_id)),
        "owner": (form.owner and form.owner.id, customer.owner_id),
        "collaborators": (frozenset(form.people), frozenset(queries.collaborator_ids_of(session, customer_id))),
    }
    return tuple(name for name, (typed, there) in pairs.items() if typed != there)


def _texts(contact: CheckedContact, names: Sequence[str]) -> tuple[str, ...]:
    """As everybody sees it: what a colleague entered since must not be found out by trying."""
    shown = (rules.mask_contact_value(name, contact.values.get(name, "")) for name in names)
    return (str(contact.is_main), *shown)

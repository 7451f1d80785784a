"""Creating a customer, and editing its own fields one by one or as a form (R1, R2)."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from sqlmodel import Session

from crm_app.access import receipts
from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission
from crm_app.access.receipts import Kind
from crm_app.core.clock import local_today, utcnow
from crm_app.core.errors import Forbidden, Refused
from crm_app.core.problems import Invalid, Problem
from crm_app.core.settings import get_settings
from crm_app.core.text import normalise_company_name
from crm_app.customers import queries, rules
from crm_app.customers.schemas import CreateCustomer, CustomerRef, Probe, Review, Saved, UpdateCustomer
from crm_app.customers.service.checks import check_duplicates, insist_on_confirmation
from crm_app.customers.service.contacts import own_rows
from crm_app.customers.service.numbering import take_numbers
from crm_app.customers.service.ownership import problem_with_collaborators
from crm_app.customers.service.repeats import AlreadySaved, Examined, find_saved_before
from crm_app.customers.service.tags import problem_with_tags
from crm_app.customers.service.writing import Edit, refuse_conflicts, save_changes, tell
from crm_app.fields.rules import check_value
from crm_app.fields.service import insert_values, write_values
from crm_app.models import Collaborator, Contact, Customer, CustomerTag, User

EDITABLE = rules.CUSTOMER_FIELDS.keys() - {"level"}
"""The fields of every company that are typed over; the level moves by steps that ask for facts (R6.5)."""


def _examine(session: Session, actor: Actor, cmd: CreateCustomer) -> Examined:
    if not actor.may(Permission.CUSTOMER_CREATE):
        raise Forbidden
    choices = queries.get_choices(session, actor)
    values, problems = rules.check_form(cmd.values, choices)
    contacts, wrong = rules.check_contacts(cmd.contacts, choices)
    owner = queries.get_owner_choice(session, actor, Permission.CUSTOMER_CREATE, cmd.owner_id or actor.user_id)
    people = tuple(dict.fromkeys(user_id for user_id in cmd.collaborator_ids if owner is None or user_id != owner.id))
    asides = {
        "owner": Problem("customers.problem.owner_out_of_reach") if owner is None else None,
        "collaborators": problem_with_collaborators(session, people),
        "tags": problem_with_tags(session, cmd.tag_ids),
    }
    problems |= wrong | {name: problem for name, problem in asides.items() if problem}
    return Examined(values, contacts, cmd.tag_ids, owner, people, problems)


def review_customer(
    session: Session, actor: Actor, *, cmd: CreateCustomer, probe: Probe | None, ticket: str = ""
) -> Review:
    """What `create_customer` would say to a form that is still being typed; writes nothing.

    `probe` None spares the search for duplicates. Raises Forbidden.
    """
    form = _examine(session, actor, cmd)
    slip = receipts.look(session, actor, Kind.CUSTOMER, ticket, content=_content(cmd))
    if slip.saved is not None:
        # No duplicate of itself: its person was only never told.
        return Review({}, (), _ref(session, slip.saved))
    before = find_saved_before(session, actor, slip.before, form)
    if probe is None:
        return Review(form.problems, before=before)
    try:
        hints = check_duplicates(session, actor, probe=probe, exclude_id=slip.before)
    except Refused:
        hints = ()
    return Review(form.problems, hints, before=before)


def create_customer(session: Session, actor: Actor, *, cmd: CreateCustomer, ticket: str = "") -> CustomerRef:
    """Save a new customer with its contacts, tags and people, under a number of its own.

    The same form sent again under its `ticket` is the customer that it became. Raises Forbidden, Invalid (keys: field
    names, `contacts.<n>.<field>`, owner, collaborators, tags), DuplicatesFound, and AlreadySaved when it became one
    before it was changed, unless it is `other_than` that.
    """
    form = _examine(session, actor, cmd)
    slip = receipts.take(session, actor, Kind.CUSTOMER, ticket, content=_content(cmd))
    if slip.saved is not None:
        return _ref(session, slip.saved)
    if form.problems or form.owner is None:
        raise Invalid(form.problems)
    before = find_saved_before(session, actor, slip.before, form)
    if before is not None and cmd.other_than != before.ref.number:
        raise AlreadySaved(before)
    probe = rules.probe_of(cmd.values, cmd.contacts)
    insist_on_confirmation(session, actor, probe=probe, confirmed=cmd.confirmed_duplicates, exclude_id=slip.before)
    customer = _insert(session, actor, form.values, form.owner)
    _write_own(session, actor, customer, form.values)
    _hang_on(session, actor, customer.id or 0, form, cmd.tag_ids)
    tell(session, actor, customer)
    slip.fill(session, customer.id or 0)
    return CustomerRef(number=customer.number, id=customer.id or 0)


def _content(cmd: CreateCustomer) -> dict[str, Any]:
    """What makes the form the same one: all that was typed, not the answers to what was asked about it."""
    typed = asdict(replace(cmd, confirmed_duplicates=False))
    del typed["other_than"]  # Receipts of before there was such a question stay good.
    for contact in typed["contacts"]:
        if not contact["own"]:
            del contact["own"]  # And those of before contacts had such fields.
    return typed


def _ref(session: Session, customer_id: int) -> CustomerRef:
    return CustomerRef(number=session.get_one(Customer, customer_id).number, id=customer_id)


def _insert(session: Session, actor: Actor, values: Mapping[str, rules.Value], owner: User) -> Customer:
    now = utcnow()
    number = take_numbers(session, industry=str(values["industry"]), on=local_today(tz=get_settings().zone))[0]
    customer = Customer(
        **columns_of(values),  # type: ignore[arg-type]
        number=number,
        owner_id=owner.id,
        department_id=owner.department_id,
        assigned_at=now,
        created_by=actor.user_id,
        created_at=now,
        updated_at=now,
    )
    session.add(customer)
    session.flush()
    return customer


def _hang_on(session: Session, actor: Actor, customer_id: int, form: Examined, tag_ids: tuple[int, ...]) -> None:
    contacts = [
        Contact(customer_id=customer_id, is_main=contact.is_main, **contact.columns)  # type: ignore[arg-type]
        for contact in form.contacts
    ]
    session.add_all(contacts)
    session.add_all(CustomerTag(customer_id=customer_id, tag_id=tag_id) for tag_id in dict.fromkeys(tag_ids))
    session.add_all(Collaborator(customer_id=customer_id, user_id=user_id) for user_id in form.people)
    session.flush()
    choices, pairs = queries.get_choices(session, actor), zip(contacts, form.contacts, strict=True)
    insert_values(session, [row for contact, checked in pairs for row in own_rows(choices, contact, checked.values)])


def columns_of(values: Mapping[str, rules.Value]) -> dict[str, rules.Value]:
    """The columns behind fields: a place is three, a name brings its key."""
    columns = {name: value for name, value in values.items() if name != "region" and name in rules.CUSTOMER_FIELDS}
    if "region" in values:
        columns |= rules.region_columns(str(values["region"] or ""))
    if "name" in values:
        columns["name_key"] = normalise_company_name(str(values["name"]))
    return columns


def _write_own(session: Session, actor: Actor, customer: Customer, values: Mapping[str, rules.Value]) -> None:
    """What belongs into the own fields that the actor may fill in."""
    own = queries.get_choices(session, actor).own
    write_values(session, customer.id or 0, own, {f.key: str(values[f.key]) for f in own if f.key in values})


def update_field(
    session: Session,
    actor: Actor,
    *,
    number: str,
    field: str,
    value: str,
    version: int,
    confirmed_duplicates: bool = False,
) -> Saved:
    """Change one field against the version that the person read (R2.3).

    Raises Forbidden, NotFound, Invalid for the field, DuplicatesFound (credit code), and Conflict when somebody changed
    the same field since; changes of other fields merge.
    """
    cmd = UpdateCustomer(number, version, {field: value}, confirmed_duplicates)
    new_version, stored = _update(session, actor, cmd)
    return Saved(version=new_version, value=stored[field])


def update_customer(session: Session, actor: Actor, *, cmd: UpdateCustomer) -> Saved:
    """Change several fields at once, all or none; as `update_field`, and FormConflict where several conflict."""
    return Saved(version=_update(session, actor, cmd)[0])


def _update(session: Session, actor: Actor, cmd: UpdateCustomer) -> tuple[int, dict[str, str]]:
    customer = queries.lock_customer(session, actor, cmd.number, Permission.CUSTOMER_EDIT)
    before = queries.record_texts(session, actor, customer)
    values, problems = check_changes(session, actor, customer, cmd.changes)
    if problems:
        raise Invalid(problems)
    after = before | {name: rules.as_text(value) for name, value in values.items()}
    edits = [Edit(name, before[name], after[name]) for name in values if before[name] != after[name]]
    if not edits:
        return customer.version, after
    refuse_conflicts(session, customer, edits=edits, version=cmd.version, seen=cmd.seen)
    if any(edit.field == "credit_code" for edit in edits):
        probe = Probe(credit_code=after["credit_code"])
        insist_on_confirmation(session, actor, probe=probe, confirmed=cmd.confirmed_duplicates, exclude_id=customer.id)
    _write_own(session, actor, customer, values)
    return save_changes(session, actor, customer, edits=edits, columns=columns_of(values)), after


def editable_by(session: Session, actor: Actor) -> tuple[str, ...]:
    """The names of all fields that the actor types over, in their order."""
    own = queries.get_choices(session, actor).own
    return (*(name for name in rules.CUSTOMER_FIELDS if name in EDITABLE), *(field.key for field in own))


def check_changes(
    session: Session, actor: Actor, customer: Customer, changes: Mapping[str, str]
) -> tuple[dict[str, rules.Value], dict[str, Problem]]:
    """The values that changes of a customer's own fields mean, and what is wrong with the others."""
    choices, before = queries.get_choices(session, actor), queries.record_texts(session, actor, customer)
    own = {field.key: field for field in choices.own}
    values: dict[str, rules.Value] = {}
    problems: dict[str, Problem] = {}
    for name, raw in changes.items():
        if name in own:
            known = {"people": choices.people, "language": choices.language}
            value = check_value(own[name], raw, current=before[name], **known)
        elif name in EDITABLE:
            value = rules.check_field(rules.CUSTOMER_FIELDS[name], raw, choices, current=before[name])
        else:
            problems[name] = Problem(f"customers.problem.{'level_by_step' if name == 'level' else 'unknown_field'}")
            continue
        if isinstance(value, Problem):
            problems[name] = value
        elif name == "status" and value not in rules.STATUSES_OF_LEVEL[customer.level]:
            problems[name] = Problem("customers.problem.status_of_level")
        else:
            values[name] = value
    return values, problems

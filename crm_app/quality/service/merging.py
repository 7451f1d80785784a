"""Merging customers into one of them, with all that belongs to them (R5.1).

What each gave is noted in the merge by the ids of rows, so that its undoing finds it again. What the survivor has
anyway (a tag, a collaborator, a contact of the same number) stays where it is, with the merged customer.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, update
from sqlmodel import Session, SQLModel

from crm_app.access.actor import Actor
from crm_app.access.audit import Action, record
from crm_app.core.changes import Change, announce
from crm_app.core.clock import utcnow
from crm_app.core.errors import Refused
from crm_app.core.sql import table_of
from crm_app.customers import queries as customer_queries
from crm_app.customers import rules as customer_rules
from crm_app.customers.search import index_customer
from crm_app.customers.service.ownership import MAX_COLLABORATORS
from crm_app.customers.service.tags import MAX_TAGS
from crm_app.customers.service.writing import Edit, save_changes
from crm_app.models import (
    Collaborator,
    Contact,
    Customer,
    CustomerMerge,
    CustomerTag,
    DuplicateDismissal,
    FieldChange,
    FollowUp,
    LevelChange,
    MergedCustomer,
    Task,
)
from crm_app.quality import queries
from crm_app.quality.rules import merging as rules
from crm_app.quality.schemas import Merged, MergeRequest
from crm_app.quality.service.own import fill_contact, take_own
from crm_app.timeline.service import settle

ROWS: Mapping[str, type[SQLModel]] = {"follow_ups": FollowUp, "tasks": Task, "levels": LevelChange}
"""What moves as it is; a slice above that hangs rows on customers adds its own."""
Taken = dict[str, Any]


def merge_customers(session: Session, actor: Actor, *, request: MergeRequest) -> Merged:
    """Make the members one. Raises Forbidden, and Refused: one is gone, was changed since it was read, or too much.

    One transaction, in which nobody else changes any of them.
    """
    survivor, losers = _members(session, actor, request)
    members = (survivor, *losers)
    columns, edits = _columns(members, _choices(session, survivor, members, request.choices))
    bare = not queries.contacts_of(session, survivor.id or 0)
    taken: Taken = {"columns": {}, "members": {}, "bare": bare}
    _take_people(session, survivor, losers, columns=columns, taken=taken, edits=edits)
    taken["own"] = take_own(session, actor, members, request.choices, edits)
    for loser in losers:
        taken["members"][str(loser.id)] = _take(session, survivor, loser, edits)
    merge = CustomerMerge(survivor_id=survivor.id or 0, user_id=actor.user_id, at=utcnow())
    session.add(merge)
    session.flush()
    for loser in losers:
        _retire(session, actor, survivor, loser, merge)
    _settle(session, actor, members, columns=columns, edits=edits, taken=taken)
    merge.taken = taken
    _tell(session, actor, survivor, losers, merge)
    return Merged(merge.id or 0, survivor.number, survivor.name, len(losers))


def _members(session: Session, actor: Actor, request: MergeRequest) -> tuple[Customer, list[Customer]]:
    numbers = request.versions.keys()
    found = {member.number: member for member in queries.lock_members(session, actor, numbers)}
    if numbers - found.keys():
        raise Refused("quality.error.gone")
    if len(found) < 2 or request.survivor not in found or not set(request.choices.values()) <= found.keys():
        raise Refused("error.bad_request")
    changed = [one.name for number, one in found.items() if one.version != request.versions[number]]
    if changed:
        raise Refused("quality.error.changed", names="、".join(changed))
    survivor = found.pop(request.survivor)
    return survivor, list(found.values())


# --- fields


def _choices(
    session: Session, survivor: Customer, members: Sequence[Customer], chosen: Mapping[str, str]
) -> dict[str, Customer]:
    """By field the member whose value stays."""
    by_number = {member.number: member for member in members}
    texts = {number: customer_queries.field_texts(member) for number, member in by_number.items()}
    deals = {number: member.order_count for number, member in by_number.items()}
    made = {}
    for name in rules.COLUMNS:
        if name == "level":
            default = rules.default_level({key: one.level for key, one in by_number.items()}, deals, survivor.number)
        elif name == "owner":
            default = survivor.number if survivor.owner_id else _first_owned(members, survivor)
        else:
            default = rules.default_choice({key: text[name] for key, text in texts.items()}, survivor.number)
        made[name] = by_number[chosen.get(name, default)]
    if any(deals.values()) and not rules.fits_deals(made["level"].level):
        raise Refused("quality.error.level_with_deals")
    return made


def _first_owned(members: Sequence[Customer], survivor: Customer) -> str:
    return next((member.number for member in members if member.owner_id), survivor.number)


def _columns(members: Sequence[Customer], made: Mapping[str, Customer]) -> tuple[dict[str, Any], list[Edit]]:
    """The columns that change at the survivor, and how its history tells of them."""
    survivor, columns, edits = members[0], {}, []
    for name, member in made.items():
        if member is survivor:
            continue
        if _text(survivor, name) != _text(member, name):
            edits.append(Edit(name, _text(survivor, name), _text(member, name)))
        columns |= {column: getattr(member, column) for column in rules.COLUMNS[name]}
    if columns.get("status", survivor.status) != survivor.status:
        edits.append(Edit("status", survivor.status, columns["status"]))
    plans = [member.next_follow_up_at for member in members if member.next_follow_up_at]
    columns["next_follow_up_at"] = min(plans, default=None)
    columns["expected_amount"] = max(member.expected_amount for member in members)
    return columns, edits


def _text(customer: Customer, name: str) -> str:
    if name == "owner":
        return str(customer.owner_id or "")
    return customer_queries.field_texts(customer)[name]


def _settle(
    session: Session,
    actor: Actor,
    members: Sequence[Customer],
    *,
    columns: dict[str, Any],
    edits: list[Edit],
    taken: Taken,
) -> None:
    """Write the fields, and compute anew what follows from deals and follow-ups."""
    survivor, *losers = members
    before = {column: rules.stored(getattr(survivor, column)) for column in columns}
    survivor.next_follow_up_at = columns.pop("next_follow_up_at")
    settle(session, survivor)
    edits += [Edit("merged", "", f"{loser.name} {loser.number}") for loser in losers]
    save_changes(session, actor, survivor, edits=edits, columns=columns | trade_columns(session, survivor))
    taken["columns"] = {name: [old, rules.stored(getattr(survivor, name))] for name, old in before.items()}


def trade_columns(session: Session, customer: Customer) -> dict[str, Any]:
    """What the deals of a customer add up to (R1.5)."""
    trade = customer_rules.trade_of(
        customer_queries.list_deals(session, customer.id or 0),
        today=customer_queries.get_choices(session).today,
        thresholds=customer_queries.get_grade_thresholds(session),
    )
    return {
        "total_amount": trade.total,
        "order_count": trade.orders,
        "first_order_on": trade.first_on,
        "value_grade": customer_rules.grade_in_force(customer.hand_grade, trade.grade),
    }


# --- what hangs on them


def _take_people(
    session: Session,
    survivor: Customer,
    losers: Sequence[Customer],
    *,
    columns: Mapping[str, Any],
    taken: Taken,
    edits: list[Edit],
) -> None:
    """Tags and collaborators of all; whoever was in charge of one goes on working on it."""
    survivor_id = survivor.id or 0
    worn = customer_queries.tag_ids_of(session, survivor_id)
    tags = frozenset().union(*(customer_queries.tag_ids_of(session, one.id or 0) for one in losers)) - worn
    if len(worn | tags) > MAX_TAGS:
        raise Refused("quality.error.too_many_tags", max=MAX_TAGS)
    session.add_all(CustomerTag(customer_id=survivor_id, tag_id=tag_id) for tag_id in sorted(tags))
    helping = customer_queries.collaborator_ids_of(session, survivor_id)
    owners = {one.owner_id for one in (survivor, *losers) if one.owner_id}
    owner = columns.get("owner_id", survivor.owner_id)
    helpers = frozenset().union(*(customer_queries.collaborator_ids_of(session, one.id or 0) for one in losers))
    wanted = (helping | helpers | customer_queries.active_ids(session, owners)) - {owner}
    if len(wanted) > MAX_COLLABORATORS:
        raise Refused("quality.error.too_many_people", max=MAX_COLLABORATORS)
    set_people(session, survivor_id, add=wanted - helping, remove=helping - wanted)
    taken["tags"], taken["people"] = sorted(tags), [sorted(wanted - helping), sorted(helping - wanted)]
    for name, before, after in (("tags", worn, worn | tags), ("collaborators", helping, wanted)):
        if before != after:
            edits.append(Edit(name, _listed(before), _listed(after)))


def set_people(session: Session, customer_id: int, *, add: Iterable[int], remove: Iterable[int]) -> None:
    """Put collaborators on and take others off."""
    link = table_of(Collaborator).c
    session.execute(delete(Collaborator).where(link.customer_id == customer_id, link.user_id.in_(tuple(remove))))
    session.add_all(Collaborator(customer_id=customer_id, user_id=user_id) for user_id in sorted(add))
    session.flush()


def _listed(ids: Iterable[int]) -> str:
    return ",".join(map(str, sorted(ids)))


def _take(session: Session, survivor: Customer, loser: Customer, edits: list[Edit]) -> Taken:
    """Move what belongs to one, and note what it was."""
    here, there = survivor.id or 0, loser.id or 0
    taken: Taken = {name: queries.ids_of(session, model, there) for name, model in ROWS.items()}
    for model in ROWS.values():
        move_rows(session, model, came=there, goes=here)
    taken["history"] = queries.history_of(session, there)
    # Versions count changes of one customer: of another one's a later save must not be told (R2.3).
    move_rows(session, FieldChange, came=there, goes=here, version=0)
    taken |= _take_contacts(session, here, there, edits)
    taken["dismissals"] = _take_dismissals(session, here, there)
    return taken


def move_rows(session: Session, model: type[SQLModel], *, came: int, goes: int, **values: Any) -> None:
    """Let all rows of a kind that hang on one customer hang on another."""
    table = table_of(model)
    session.execute(update(table).where(table.c.customer_id == came).values(customer_id=goes, **values))


def _take_contacts(session: Session, here: int, there: int, edits: list[Edit]) -> Taken:
    """A contact of the same number fills what is missing at the survivor's and stays behind; the others move."""
    known = queries.contacts_of(session, here)
    moved: list[list[int]] = []
    joined: list[list[Any]] = []
    for contact in queries.contacts_of(session, there):
        same = rules.find_same_person(_person(contact), [_person(one) for one in known])
        if same is not None:
            kept = next(one for one in known if one.id == same.id)
            filled = [*_fill(kept, contact, edits), *fill_contact(session, kept, contact, edits)]
            joined.append([contact.id, kept.id, filled])
            continue
        moved.append([contact.id or 0, int(contact.is_main)])
        contact.customer_id, contact.is_main = here, contact.is_main and not known
        known.append(contact)
    if len(known) > customer_rules.MAX_CONTACTS:
        raise Refused("quality.error.too_many_contacts", max=customer_rules.MAX_CONTACTS)
    session.flush()
    return {"contacts": moved, "joined": joined}


def _person(contact: Contact) -> rules.Person:
    return rules.Person(contact.id or 0, contact.name, contact.mobile, contact.phone, contact.email)


def _fill(kept: Contact, other: Contact, edits: list[Edit]) -> list[str]:
    filled = [name for name in rules.FILLED if not getattr(kept, name) and getattr(other, name)]
    for name in filled:
        setattr(kept, name, getattr(other, name))
        masked = customer_rules.mask_contact_value(name, getattr(other, name))
        edits.append(Edit(f"contact.{name}", "", masked, kept.id))
    return filled


def _take_dismissals(session: Session, here: int, there: int) -> list[int]:
    """Whoever was not the merged customer is not the survivor either."""
    gained = queries.dismissals_of(session, there) - queries.dismissals_of(session, here) - {here}
    for other in gained:
        one, two = min(here, other), max(here, other)
        known = session.get_one(DuplicateDismissal, (min(there, other), max(there, other)))
        session.add(DuplicateDismissal(one_id=one, other_id=two, user_id=known.user_id, at=known.at))
    session.flush()
    return sorted(gained)


# --- what becomes of the merged


def _retire(session: Session, actor: Actor, survivor: Customer, loser: Customer, merge: CustomerMerge) -> None:
    step = Edit("merged_into", "", f"{survivor.name} {survivor.number}")
    columns = {"deleted_at": merge.at, "deleted_by": actor.user_id}
    save_changes(session, actor, loser, edits=[step], columns=columns)
    index_customer(session, loser.id or 0)
    session.add(MergedCustomer(customer_id=loser.id or 0, survivor_id=survivor.id or 0, merge_id=merge.id or 0))
    session.flush()


def _tell(session: Session, actor: Actor, survivor: Customer, losers: Sequence[Customer], merge: CustomerMerge) -> None:
    index_customer(session, survivor.id or 0)
    about = {"subject_kind": "customer", "subject_id": survivor.number, "name": survivor.name, "merge": merge.id or 0}
    record(session, Action.CUSTOMER_MERGED, actor=actor, **about, merged=",".join(one.number for one in losers))
    announce_moves(actor, (survivor, *losers))


def announce_moves(actor: Actor, customers: Iterable[Customer]) -> None:
    """Let every page that shows anything of these look again."""
    for customer in customers:
        for kind in ("customer", "follow_up", "task"):
            announce(Change(kind, customer.id, actor.user_id))
    announce(Change("duplicate", actor_id=actor.user_id))

"""Taking a merge back: each gets what was its own; what was added since stays with the survivor (R5.1)."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, update
from sqlmodel import Session, SQLModel, col

from crm_app.access.actor import Actor
from crm_app.access.audit import Action, record
from crm_app.access.permissions import Permission
from crm_app.access.scope import reaches
from crm_app.catalogue import say
from crm_app.core.clock import utcnow
from crm_app.core.errors import CrmError, Forbidden, NotFound, Refused
from crm_app.core.sql import table_of
from crm_app.customers import queries as customer_queries
from crm_app.customers import rules as customer_rules
from crm_app.customers.search import index_customer
from crm_app.customers.service.writing import Edit, save_changes
from crm_app.fields.schemas import PREFIX
from crm_app.models import (
    Contact,
    Customer,
    CustomerMerge,
    CustomerTag,
    DuplicateDismissal,
    FieldChange,
    MergedCustomer,
)
from crm_app.quality import queries
from crm_app.quality.rules import merging as rules
from crm_app.quality.schemas import Unmerged
from crm_app.quality.service.merging import ROWS, announce_moves, set_people, trade_columns
from crm_app.quality.service.own import empty_contact, give_up_own
from crm_app.timeline.service import settle


class CannotUndo(CrmError):
    """The merge stays; `reasons` says why, each in the actor's language."""

    code = "quality.error.cannot_undo"

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__(reasons=";".join(reasons))
        self.reasons = tuple(reasons)


def undo_merge(session: Session, actor: Actor, *, merge_id: int) -> Unmerged:
    """Bring the merged customers back. Raises Forbidden, NotFound, Refused when it was taken back, CannotUndo."""
    merge, survivor, losers = _members(session, actor, merge_id)
    taken = merge.taken
    if reasons := _obstacles(session, actor, merge, survivor, losers):
        raise CannotUndo(reasons)
    edits = [Edit("unmerged", "", f"{loser.name} {loser.number}") for loser in losers]
    for loser in losers:
        _give_back(session, survivor, loser, taken["members"][str(loser.id)], edits)
    _give_up_people(session, survivor, taken, edits)
    kept = give_up_own(session, actor, survivor, taken.get("own", {}), edits)
    session.execute(delete(MergedCustomer).where(col(MergedCustomer.merge_id) == merge.id))
    kept = (*_put_back(session, actor, survivor, taken["columns"], edits), *kept)
    for loser in losers:
        _bring_back(session, actor, survivor, loser)
    merge.undone_at, merge.undone_by = utcnow(), actor.user_id
    index_customer(session, survivor.id or 0)
    about = {"subject_kind": "customer", "subject_id": survivor.number, "name": survivor.name, "merge": merge.id or 0}
    record(session, Action.CUSTOMER_UNMERGED, actor=actor, **about, merged=",".join(one.number for one in losers))
    announce_moves(actor, (survivor, *losers))
    return Unmerged(tuple(loser.name for loser in losers), survivor.number, kept)


def _members(session: Session, actor: Actor, merge_id: int) -> tuple[CustomerMerge, Customer, list[Customer]]:
    if not actor.may(Permission.CUSTOMER_MERGE):
        raise Forbidden
    merge = queries.lock_merge(session, merge_id)
    if merge is None:
        raise NotFound
    members = queries.lock_merged(session, {merge.survivor_id, *queries.merged_ids(session, merge_id)})
    survivor = next(member for member in members if member.id == merge.survivor_id)
    if not _may_know(session, actor, survivor) or not queries.may_reach_all(session, actor, merge_id):
        raise NotFound
    if merge.undone_at is not None:
        raise Refused("quality.error.undone")
    return merge, survivor, [member for member in members if member is not survivor]


def _may_know(session: Session, actor: Actor, survivor: Customer) -> bool:
    """Whether the merge is the actor's to take back, also where its survivor lives on elsewhere or lies in the bin."""
    if survivor.deleted_at is None:
        return reaches(session, actor, survivor.id or 0, Permission.CUSTOMER_MERGE)
    if customer_queries.was_deleted(session, actor, Permission.CUSTOMER_DELETE, number=survivor.number):
        return True
    return bool(customer_queries.find_survivor(session, actor, number=survivor.number))


def _obstacles(
    session: Session, actor: Actor, merge: CustomerMerge, survivor: Customer, losers: Sequence[Customer]
) -> list[str]:
    """Why the merge can't be taken back now; empty when it can."""

    def told(code: str, **params: str) -> str:
        return say(actor.language, f"quality.obstacle.{code}", **params)

    found = []
    if into := queries.survivor_of(session, survivor.id or 0):
        found.append(told("merged_on", name=survivor.name, into=into))
    elif survivor.deleted_at is not None:
        found.append(told("deleted", name=survivor.name))
    if queries.later_merge(session, merge):
        found.append(told("later", name=survivor.name))
    if found:
        return found  # What else there is shows when these are gone.
    leaving = {key for part in merge.taken["members"].values() for key, _ in part["contacts"]}
    there = queries.contacts_of(session, survivor.id or 0)
    if there and leaving.issuperset(contact.id or 0 for contact in there) and not _had_none(merge):
        found.append(told("no_contact", name=survivor.name))
    for loser in losers:
        part = merge.taken["members"][str(loser.id)]
        moved = {key for key, _ in part["contacts"]}
        if moved and not part["joined"] and not moved & {contact.id for contact in there}:
            found.append(told("no_contact", name=loser.name))
    return found


def _had_none(merge: CustomerMerge) -> bool:
    """Whether the survivor had no contact before: then it may be left with none."""
    return bool(merge.taken.get("bare"))


# --- what goes back


def _give_back(
    session: Session, survivor: Customer, loser: Customer, part: Mapping[str, Any], edits: list[Edit]
) -> None:
    here, there = survivor.id or 0, loser.id or 0
    for name, model in ROWS.items():
        _return_rows(session, model, part[name], came=here, goes=there)
    change = table_of(FieldChange)
    for version in {version for _, version in part["history"]}:
        ids = [key for key, of in part["history"] if of == version]
        session.execute(
            update(change)
            .where(change.c.id.in_(ids), change.c.customer_id == here)
            .values(customer_id=there, version=version)
        )
    _give_back_contacts(session, survivor, loser, part, edits)
    for other in part["dismissals"]:
        pair = session.get(DuplicateDismissal, (min(here, other), max(here, other)))
        if pair is not None:
            session.delete(pair)


def _return_rows(session: Session, model: type[SQLModel], ids: Sequence[int], *, came: int, goes: int) -> None:
    table = table_of(model)
    rows = update(table).where(table.c.id.in_(ids), table.c.customer_id == came)
    session.execute(rows.values(customer_id=goes))


def _give_back_contacts(
    session: Session, survivor: Customer, loser: Customer, part: Mapping[str, Any], edits: list[Edit]
) -> None:
    moved = queries.get_contacts(session, [key for key, _ in part["contacts"]])
    for key, was_main in part["contacts"]:
        if key in moved and moved[key].customer_id == survivor.id:
            moved[key].customer_id, moved[key].is_main = loser.id or 0, bool(was_main)
    pairs = queries.get_contacts(session, [key for one, other, _ in part["joined"] for key in (one, other)])
    for own, kept, filled in part["joined"]:
        if own in pairs and kept in pairs:
            _empty(pairs[kept], pairs[own], [name for name in filled if not name.startswith(PREFIX)], edits)
            empty_contact(session, kept, own, [name for name in filled if name.startswith(PREFIX)], edits)
    session.flush()
    for customer in (survivor, loser):
        _one_main(queries.contacts_of(session, customer.id or 0))
    session.flush()


def _empty(kept: Contact, own: Contact, filled: Sequence[str], edits: list[Edit]) -> None:
    """Take out what the merge filled in, unless somebody changed it since."""
    for name in filled:
        value = getattr(own, name)
        if getattr(kept, name) == value:
            setattr(kept, name, None if name == "birthday" else "")
            edits.append(Edit(f"contact.{name}", customer_rules.mask_contact_value(name, value), "", kept.id))


def _one_main(contacts: Sequence[Contact]) -> None:
    """A customer with contacts has exactly one main one, whatever was removed since."""
    mains = [contact for contact in contacts if contact.is_main]
    for extra in mains[1:]:
        extra.is_main = False
    if contacts and not mains:
        contacts[0].is_main = True


def _give_up_people(session: Session, survivor: Customer, taken: Mapping[str, Any], edits: list[Edit]) -> None:
    """Tags and collaborators that came with the merge; those of before that it took off."""
    survivor_id = survivor.id or 0
    worn, gone = customer_queries.tag_ids_of(session, survivor_id), frozenset(taken["tags"])
    link = table_of(CustomerTag).c
    session.execute(delete(CustomerTag).where(link.customer_id == survivor_id, link.tag_id.in_(tuple(gone))))
    if worn & gone:
        edits.append(Edit("tags", _listed(worn), _listed(worn - gone)))
    helping = customer_queries.collaborator_ids_of(session, survivor_id)
    added, removed = (frozenset(ids) for ids in taken["people"])
    known = customer_queries.active_ids(session, removed)
    after = (helping - added) | known
    set_people(session, survivor_id, add=after - helping, remove=helping - after)
    if helping != after:
        edits.append(Edit("collaborators", _listed(helping), _listed(after)))


def _listed(ids: frozenset[int]) -> str:
    return ",".join(map(str, sorted(ids)))


# --- fields


def _put_back(
    session: Session, actor: Actor, survivor: Customer, columns: Mapping[str, Sequence[Any]], edits: list[Edit]
) -> tuple[str, ...]:
    """The survivor's former values, where nobody changed the field since; the fields that stay as they are."""
    values: dict[str, Any] = {}
    kept: list[str] = []
    deals = trade_columns(session, survivor)
    for name, parts in {**rules.COLUMNS, **{figure: (figure,) for figure in rules.FIGURES}}.items():
        if parts[0] not in columns:
            continue
        before = {part: rules.unstored(part, columns[part][0]) for part in parts}
        if before == {part: getattr(survivor, part) for part in parts}:
            continue
        untouched = rules.stored(getattr(survivor, parts[0])) == columns[parts[0]][1]
        if name == "level" and deals["order_count"] and not rules.fits_deals(before["level"]):
            untouched = False
        if not untouched and name not in rules.FIGURES:
            kept.append(name)
        if untouched:
            values |= before
    if "level" in values and rules.stored(survivor.status) != columns["status"][1]:
        values["status"] = rules.status_with(values["level"], survivor.status, values["status"])
    edits += _told(survivor, values)
    if "next_follow_up_at" in values:
        survivor.next_follow_up_at = values.pop("next_follow_up_at")
    # Its follow-ups tell it anew: those of the others are gone.
    survivor.last_contact_at, survivor.last_method = None, ""
    settle(session, survivor)
    save_changes(session, actor, survivor, edits=edits, columns=values | deals)
    return tuple(kept)


def _told(survivor: Customer, values: Mapping[str, Any]) -> list[Edit]:
    """How the history tells of the columns."""
    texts = customer_queries.field_texts(survivor)
    former = Customer.model_validate(survivor.model_dump() | dict(values))
    before = customer_queries.field_texts(former)
    edits = [Edit(name, texts[name], before[name]) for name in texts if texts[name] != before[name]]
    if former.owner_id != survivor.owner_id:
        edits.append(Edit("owner", str(survivor.owner_id or ""), str(former.owner_id or "")))
    return edits


def _bring_back(session: Session, actor: Actor, survivor: Customer, loser: Customer) -> None:
    settle(session, loser)
    step = Edit("unmerged_from", "", f"{survivor.name} {survivor.number}")
    columns = {"deleted_at": None, "deleted_by": None} | trade_columns(session, loser)
    save_changes(session, actor, loser, edits=[step], columns=columns)
    index_customer(session, loser.id or 0)

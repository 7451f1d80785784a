"""What the merge screen shows: the members side by side, and what each brings along; contacts masked (R10.3)."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select
from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.people import staff
from crm_app.access.permissions import Permission
from crm_app.access.scope import customers_in_reach
from crm_app.core.clock import to_local
from crm_app.core.errors import NotFound
from crm_app.core.settings import get_settings
from crm_app.core.sql import table_of
from crm_app.customers import queries as customer_queries
from crm_app.customers import rules as customer_rules
from crm_app.fields.queries import list_fields, values_of
from crm_app.models import Contact, Customer, DuplicateGroup
from crm_app.options.queries import list_tags
from crm_app.quality.queries.groups import member_ids, reasons_of
from crm_app.quality.queries.merges import contacts_of, count_belongings
from crm_app.quality.rules import merging as rules
from crm_app.quality.schemas import Cell, ContactLine, FieldRow, MergeScreen, MergeView, Side
from crm_app.timeline.entries import Words, field_label, shown_value
from crm_app.timeline.queries import words_for

_c = table_of(Customer).c


def get_screen(
    session: Session, actor: Actor, *, group_id: int, survivor: str = "", without: Collection[str] = ()
) -> MergeScreen:
    """The members of a group but `without` some, with this survivor, or the one that knows most.

    Raises Forbidden, NotFound.
    """
    ids = member_ids(session, actor, group_id, lock=False)
    within = (_c.id.in_(ids), customers_in_reach(actor, Permission.CUSTOMER_MERGE))
    found = list(session.execute(select(Customer).where(*within).order_by(_c.id)).scalars())
    group = session.get(DuplicateGroup, group_id)
    if group is None or len(found) < 2:
        raise NotFound
    members = [one for one in found if one.number not in without]
    counts = {one.number: count_belongings(session, one.id or 0) for one in found}

    def knows(one: Customer) -> tuple[int, int, int]:
        return counts[one.number]["deals"], counts[one.number]["follow_ups"], -(one.id or 0)

    kept = next((one for one in members if one.number == survivor), max(members or found, key=knows))
    words = words_for(session, actor)
    members = members if len(members) > 1 else []
    rows, choices = _rows(members, kept, words)
    own, own_choices = _own_rows(session, actor, members, kept, words)
    rows, choices = [*rows, *own], choices | own_choices
    view = MergeView(
        group=group_id,
        verdict=group.verdict,
        score=group.score,
        reasons=reasons_of(session, actor, [group_id])[group_id],
        survivor=kept.number,
        sides=_sides(session, found, kept, counts=counts, without=without),
        differing=tuple(row for row in rows if len({cell.text for cell in row.cells}) > 1),
        equal=tuple(row for row in rows if len({cell.text for cell in row.cells}) == 1 and row.cells[0].text),
    )
    return MergeScreen(view, choices, {one.number: one.version for one in members})


def labels_of(session: Session, actor: Actor, names: Sequence[str]) -> tuple[str, ...]:
    """What the actor calls these fields."""
    words = words_for(session, actor)
    return tuple(field_label(name, words) for name in names)


def _rows(members: Sequence[Customer], kept: Customer, words: Words) -> tuple[list[FieldRow], dict[str, str]]:
    """The fields, and whose value stays unless somebody chooses."""
    rows: list[FieldRow] = []
    choices: dict[str, str] = {}
    texts = {one.number: customer_queries.field_texts(one) | {"owner": str(one.owner_id or "")} for one in members}
    deals = {one.number: one.order_count for one in members}
    for name in rules.COLUMNS if members else ():
        values = {number: text[name] for number, text in texts.items()}
        if name == "level":
            choices[name] = rules.default_level(values, deals, kept.number)
        else:
            choices[name] = rules.default_choice(values, kept.number)
        cells = tuple(Cell(number, shown_value(name, value, words)) for number, value in values.items())
        rows.append(FieldRow(name, field_label(name, words), cells))
    return rows, choices


def _own_rows(
    session: Session, actor: Actor, members: Sequence[Customer], kept: Customer, words: Words
) -> tuple[list[FieldRow], dict[str, str]]:
    """The company's own fields that the actor may change (R1.8)."""
    keys = [field.key for field in list_fields(session) if field.edited_by(actor.role_code)]
    values = values_of(session, [one.id or 0 for one in members], keys)
    rows: list[FieldRow] = []
    choices: dict[str, str] = {}
    for key in keys if members else ():
        texts = {one.number: values.get(one.id or 0, {}).get(key, "") for one in members}
        choices[key] = rules.default_choice(texts, kept.number)
        cells = tuple(Cell(number, shown_value(key, text, words) if text else "") for number, text in texts.items())
        rows.append(FieldRow(key, field_label(key, words), cells))
    return rows, choices


def _sides(
    session: Session,
    members: Sequence[Customer],
    kept: Customer,
    *,
    counts: Mapping[str, Mapping[str, int]],
    without: Collection[str],
) -> tuple[Side, ...]:
    names, zone = staff(session).names, get_settings().zone
    tags = {tag.id: tag.name for tag in list_tags(session, include_retired=True)}
    known = contacts_of(session, kept.id or 0)
    return tuple(
        Side(
            number=one.number,
            name=one.name,
            owner=names.get(one.owner_id or 0, ""),
            created=str(to_local(one.created_at, tz=zone).date()),
            left_out=one.number in without,
            follow_ups=counts[one.number]["follow_ups"],
            tasks=counts[one.number]["tasks"],
            deals=counts[one.number]["deals"],
            contacts=_contacts(session, one, known if one is not kept and one.number not in without else []),
            tags=tuple(tags.get(key, "") for key in sorted(customer_queries.tag_ids_of(session, one.id or 0))),
        )
        for one in members
    )


def _contacts(session: Session, customer: Customer, known: Sequence[Contact]) -> tuple[ContactLine, ...]:
    people = [_person(contact) for contact in known]
    lines = []
    for contact in contacts_of(session, customer.id or 0):
        shown = customer_queries.contact_row(contact)
        same = rules.find_same_person(_person(contact), people)
        reach = " · ".join(filter(None, (shown.mobile, shown.phone, shown.email)))
        joins = customer_rules.mask_contact_value("name", same.name) if same else ""
        lines.append(ContactLine(shown.name, reach, joins))
    return tuple(lines)


def _person(contact: Contact) -> rules.Person:
    return rules.Person(contact.id or 0, contact.name, contact.mobile, contact.phone, contact.email)

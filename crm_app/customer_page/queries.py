"""Reads the whole page of a customer in one session."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission
from crm_app.access.scope import covering, get_customer
from crm_app.anomalies.queries import list_reasons
from crm_app.core.amounts import format_amount
from crm_app.core.clock import relative_days
from crm_app.core.vocabulary import CustomerType, Level, OptionList
from crm_app.customer_page.schemas import ContactCard, ContactFact, CustomerView, Fact, OwnFact, PageData, Rights
from crm_app.customers import rules as record_rules
from crm_app.customers.queries import list_owners, list_people, record_of
from crm_app.customers.rules.own import own_options
from crm_app.customers.schemas import ContactRow, CustomerRecord, RevealedContact
from crm_app.fields.schemas import FieldKind, OwnFieldDef
from crm_app.options.queries import list_options, list_tags
from crm_app.timeline.entries import Words, shown_value
from crm_app.timeline.queries import list_assignees, list_methods, list_open_tasks, timeline_of, words_for
from crm_app.timeline.schemas import Choice, FormChoices

SELECTS = ("industry", "source", "headcount", "revenue")
_RIGHTS: Mapping[str, Permission] = {
    "edit": Permission.CUSTOMER_EDIT,
    "assign": Permission.CUSTOMER_ASSIGN,
    "reveal": Permission.CUSTOMER_REVEAL,
    "follow_up": Permission.FOLLOW_UP_CREATE,
    "delete": Permission.CUSTOMER_DELETE,
}


def get_page(
    session: Session,
    actor: Actor,
    *,
    number: str,
    kinds: Sequence[str] = (),
    limit: int = 50,
    revealed: Mapping[int, RevealedContact] | None = None,
) -> PageData:
    """The page; `revealed` are the contacts that the actor had shown to him here. Raises Forbidden, NotFound."""
    customer = get_customer(session, actor, number, Permission.CUSTOMER_VIEW)
    record = record_of(session, actor, customer)
    rights, covers_tasks = _rights_over(session, actor, record.id)
    words = replace(words_for(session, actor), can_edit_tasks=covers_tasks)
    shown = revealed if rights.reveal and revealed else {}
    return PageData(
        view=_view(actor, record, rights, words, shown),
        facts={name: Fact(raw, shown_value(name, raw, words)) for name, raw in record.values.items()}
        | {"owner": Fact(str(record.owner_id or ""), record.owner_name)},
        options=_options(session, actor, record, rights, words),
        tasks=list_open_tasks(session, actor, customer, words=words),
        timeline=timeline_of(session, actor, customer, kinds=kinds, limit=limit, words=words),
        form=FormChoices(list_methods(session, actor), list_assignees(session, customer)),
        reasons=list_reasons(session, actor, number=number),
        completeness=customer.completeness,
    )


def _rights_over(session: Session, actor: Actor, customer_id: int) -> tuple[Rights, bool]:
    """What the actor may do with this customer, and whether he may edit others' tasks there."""
    covered = covering(session, actor, customer_id, (*_RIGHTS.values(), Permission.TASK_EDIT))
    rights = {name: permission in covered for name, permission in _RIGHTS.items()}
    return Rights(**rights, task=actor.may(Permission.TASK_EDIT)), Permission.TASK_EDIT in covered


def _view(
    actor: Actor, record: CustomerRecord, rights: Rights, words: Words, revealed: Mapping[int, RevealedContact]
) -> CustomerView:
    values, next_at = record.values, record.next_follow_up_at
    money: Literal["zh", "en"] = "en" if words.language == "en" else "zh"
    return CustomerView(
        id=record.id,
        number=record.number,
        version=record.version,
        name=values["name"],
        is_key=values["customer_type"] == CustomerType.KEY,
        level=record.level,
        status=values["status"],
        customer_type=values["customer_type"],
        value_grade=record.value_grade,
        hand_grade=record.hand_grade.grade,
        graded_by=record.hand_grade.by if record.hand_grade.grade else "",
        graded=" · ".join(filter(None, (record.hand_grade.by, words.moment(record.hand_grade.at))))
        if record.hand_grade.grade
        else "",
        owner=record.owner_name,
        department=record.department_name,
        collaborators=record.collaborators,
        tags=record.tags,
        collaborator_ids=tuple(str(person.id) for person in record.collaborators),
        tag_ids=tuple(str(tag.id) for tag in record.tags),
        contacts=tuple(_card(row, revealed.get(row.id), words, record.contact_own) for row in record.contacts),
        steps=tuple(level for level in Level if record_rules.refused_step(record.level, level) is None),
        total_amount=format_amount(record.total_amount, lang=money),
        order_count=record.order_count,
        first_order_on=str(record.first_order_on or ""),
        expected_amount=format_amount(record.expected_amount, lang=money),
        last_contact=words.moment(record.last_contact_at),
        last_method=words.option(OptionList.METHOD, record.last_method),
        next_at=words.moment(next_at),
        next_days=relative_days(next_at, tz=words.zone) if next_at else 0,
        created=" · ".join(filter(None, (words.moment(record.created_at), record.created_by_name))),
        own=tuple(_own_fact(field, record, rights, actor) for field in record.own),
        rights=rights,
    )


_EDITED_AS = {
    FieldKind.TEXT: "area",
    FieldKind.DAY: "day",
    FieldKind.CHOICE: "select",
    FieldKind.FLAG: "select",
    FieldKind.PERSON: "select",
    FieldKind.CHOICES: "many",
}


def _own_fact(field: OwnFieldDef, record: CustomerRecord, rights: Rights, actor: Actor) -> OwnFact:
    return OwnFact(
        key=field.key,
        label=field.label(actor.language),
        kind=_EDITED_AS.get(field.kind, "line"),
        editable=rights.edit and field.edited_by(actor.role_code),
        link=record.values[field.key] if field.kind is FieldKind.URL else "",
    )


def _card(row: ContactRow, full: RevealedContact | None, words: Words, own: Sequence[OwnFieldDef]) -> ContactCard:
    shown = full or row
    return ContactCard(
        id=row.id,
        name=shown.name,
        position=row.position,
        mobile=shown.mobile,
        phone=shown.phone,
        email=shown.email,
        birthday=shown.birthday,
        channel=words.option(OptionList.CHANNEL, row.preferred_channel),
        channel_code=row.preferred_channel,
        is_main=row.is_main,
        revealed=full is not None,
        own=tuple(_contact_fact(field, text, words) for field in own if (text := row.own.get(field.key))),
    )


def _contact_fact(field: OwnFieldDef, text: str, words: Words) -> ContactFact:
    link = text if field.kind is FieldKind.URL else ""
    return ContactFact(field.key, field.label(words.language), text, shown_value(field.path, text, words), link)


def _options(
    session: Session, actor: Actor, record: CustomerRecord, rights: Rights, words: Words
) -> dict[str, tuple[Choice, ...]]:
    """What each field offers; a retired value that the record still has is offered to it (R1.9)."""
    found: dict[str, tuple[Choice, ...]] = {}
    if rights.assign:
        owners = list_owners(session, actor, Permission.CUSTOMER_ASSIGN)
        found["owner"] = tuple(Choice(str(p.id), f"{p.name} · {p.department}") for p in owners)
    if not rights.edit:
        return found
    for name in SELECTS:
        found[name] = _offered(session, OptionList(name), record.values[name], words)
    for list_code in (OptionList.CHANNEL, OptionList.LOSS_REASON):
        found[list_code] = _offered(session, list_code, "", words)
    codes = {"customer_type": tuple(CustomerType), "status": record_rules.STATUSES_OF_LEVEL[record.level]}
    for name, offered in codes.items():
        found[name] = tuple(Choice(str(code), words.say(f"{name}.{code}")) for code in offered)
    found["tags"] = tuple(Choice(str(tag.id), tag.name) for tag in list_tags(session))
    people = list_people(session)
    for field in record.own:
        offered = own_options(field, people, words.language, record.values[field.key], words.people)
        found[field.key] = tuple(Choice(one["value"], one["label"]) for one in offered)
    found["collaborators"] = tuple(Choice(str(p.id), p.name) for p in people if p.id != record.owner_id)
    return found


def _offered(session: Session, list_code: OptionList, present: str, words: Words) -> tuple[Choice, ...]:
    rows = list_options(session, list_code, include_retired=True)
    return tuple(Choice(row.code, row.label(words.language)) for row in rows if not row.retired or row.code == present)

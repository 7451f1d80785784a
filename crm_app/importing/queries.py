"""What an import reads: one's own imports, what the check must know, and customers that are there already."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, select
from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.people import staff
from crm_app.access.permissions import Permission
from crm_app.access.scope import customers_in_reach
from crm_app.catalogue import say
from crm_app.core.clock import utcnow
from crm_app.core.errors import NotFound
from crm_app.core.settings import get_settings
from crm_app.core.sql import table_of
from crm_app.core.vocabulary import CustomerType, Level, OptionList, Status
from crm_app.customers.queries import get_choices, list_owners, list_people, main_contact_values
from crm_app.customers.rules import CONTACT_FIELDS, CUSTOMER_FIELDS, as_text, region_of
from crm_app.customers.schemas import PersonChoice
from crm_app.fields.queries import fields_for, values_of
from crm_app.fields.rules import NO, YES
from crm_app.fields.schemas import CHOOSING, OF_CONTACT, PREFIX, FieldKind, OwnFieldDef, RecordKind, field_id_of
from crm_app.importing import rules
from crm_app.importing.schemas import Plan
from crm_app.models import (
    Contact,
    Customer,
    ImportedCustomer,
    ImportEdit,
    ImportMemory,
    ImportRun,
    MergedCustomer,
    OwnValue,
    User,
)
from crm_app.options.queries import list_options, list_tags, offered_codes

MOST_LISTED = 20
_run, _edit, _memory = table_of(ImportRun).c, table_of(ImportEdit).c, table_of(ImportMemory).c
_customer, _contact, _user = table_of(Customer).c, table_of(Contact).c, table_of(User).c
_made, _own, _merged = table_of(ImportedCustomer).c, table_of(OwnValue).c, table_of(MergedCustomer).c
_WORDS: Mapping[str, tuple[str, ...]] = {
    "level": tuple(Level),
    "customer_type": tuple(CustomerType),
    "status": tuple(Status),
}
LISTS: Mapping[str, OptionList] = {
    **{name: rule.list_code for name, rule in CUSTOMER_FIELDS.items() if rule.list_code},
    **{f"contact.{name}": rule.list_code for name, rule in CONTACT_FIELDS.items() if rule.list_code},
    "loss_reason": OptionList.LOSS_REASON,
    "follow.method": OptionList.METHOD,
}
"""The drop-down list behind a target."""


def get_run(session: Session, actor: Actor, import_id: int) -> ImportRun:
    """One of the actor's own imports. Raises NotFound for anybody else's, as for none at all."""
    found = session.execute(
        select(ImportRun).where(_run.id == import_id, _run.user_id == actor.user_id)
    ).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


def lock_run(session: Session, actor: Actor, import_id: int) -> ImportRun:
    """As `get_run`, and nobody else changes it until this transaction ends."""
    found = session.execute(
        select(ImportRun)
        .where(_run.id == import_id, _run.user_id == actor.user_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


def list_runs(session: Session, actor: Actor) -> Sequence[Any]:
    """The actor's imports, the newest first."""
    columns = (_run.id, _run.file_name, _run.state, _run.counts, _run.created_at)
    mine = select(*columns).where(_run.user_id == actor.user_id).order_by(_run.id.desc()).limit(MOST_LISTED)
    return session.execute(mine).all()


def list_edits(session: Session, import_id: int) -> dict[int, dict[int, str]]:
    """Corrected cells and decisions (column -1), by row and column."""
    edits: dict[int, dict[int, str]] = {}
    for row, column, value in session.execute(
        select(_edit.row, _edit.column, _edit.value).where(_edit.import_id == import_id)
    ):
        edits.setdefault(row, {})[column] = value
    return edits


def digest_of(headings: Sequence[str]) -> str:
    """What the headings of a file are remembered by."""
    return hashlib.sha256(rules.same_headings(headings).encode()).hexdigest()


def get_memory(session: Session, actor: Actor, headings: Sequence[str]) -> Plan | None:
    """What this person decided about the last file with these headings."""
    found = session.execute(
        select(_memory.plan).where(_memory.user_id == actor.user_id, _memory.digest == digest_of(headings))
    ).scalar_one_or_none()
    return Plan.of(found) if found else None


def rejected_name(run: ImportRun, language: str) -> str:
    """What the file of the rows that stayed out is called."""
    stem = run.file_name.rpartition(".")[0] or run.file_name
    return f"{stem}_{say(language, 'importing.rejected.sheet')}.xlsx"


# --- what the check must know


_Rows = tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Entries:
    """The entries behind each listed target: (code, Chinese label, English label)."""

    by_target: Mapping[str, _Rows]
    retired: Mapping[str, _Rows]
    """Understood where they stand already."""
    retired_tags: frozenset[str]
    tags: Mapping[str, int]
    methods: frozenset[str]
    own: tuple[OwnFieldDef, ...] = ()
    """The company's own fields that the person may fill in (R1.8)."""
    people: frozenset[str] = frozenset()

    def fingerprint(self) -> str:
        """Differs once anything differs that a check was made with."""
        own = [(field.key, field.version) for field in self.own]
        said = repr((sorted(self.by_target.items()), sorted(self.tags), sorted(self.retired_tags), own))
        return hashlib.sha256(said.encode()).hexdigest()[:16]


def list_own_fields(session: Session, actor: Actor) -> tuple[OwnFieldDef, ...]:
    """The company's own fields, of customers and of contacts, that the person may fill in."""
    return tuple(field for field in _seen(session, actor) if field.edited_by(actor.role_code))


def list_fixed_fields(session: Session, actor: Actor) -> tuple[OwnFieldDef, ...]:
    """Those that the person sees and doesn't change."""
    return tuple(field for field in _seen(session, actor) if not field.edited_by(actor.role_code))


def _seen(session: Session, actor: Actor) -> Iterable[OwnFieldDef]:
    return (field for kind in RecordKind for field in fields_for(session, actor, record=kind))


def load_entries(session: Session, actor: Actor) -> Entries:
    """Lists, words of the record, own fields, and people whom this actor may make owners."""
    found: dict[str, _Rows] = {}
    retired: dict[str, _Rows] = {}
    for target, code in LISTS.items():
        every = list_options(session, code, include_retired=True)
        found[target] = tuple((row.code, row.label_zh, row.label_en) for row in every if not row.retired)
        retired[target] = tuple((row.code, row.label_zh, row.label_en) for row in every if row.retired)
    for target, codes in _WORDS.items():
        found[target] = tuple((code, say("zh", f"{target}.{code}"), say("en", f"{target}.{code}")) for code in codes)
    owners = list_owners(session, actor, Permission.CUSTOMER_IMPORT)
    found["owner"] = _named(owners)
    own = list_own_fields(session, actor)
    for field in own:
        if field.kind in CHOOSING:
            every = field.options
            found[field.path] = tuple((row.code, row.label_zh, row.label_en) for row in every if not row.retired)
            retired[field.path] = tuple((row.code, row.label_zh, row.label_en) for row in every if row.retired)
        elif field.kind is FieldKind.FLAG:
            flags = ((word, f"fields.flag.{word}") for word in (YES, NO))
            found[field.path] = tuple((word, say("zh", key), say("en", key)) for word, key in flags)
        elif field.kind is FieldKind.PERSON:
            found[field.path] = _named(list_people(session))
    tags = list_tags(session, include_retired=True)
    return Entries(
        found,
        retired,
        retired_tags=frozenset(tag.name for tag in tags if tag.retired),
        tags={tag.name: tag.id for tag in reversed(tags) if not tag.retired},
        methods=offered_codes(session, OptionList.METHOD),
        own=own,
        people=frozenset(str(one.id) for one in list_people(session)),
    )


def _named(people: Iterable[PersonChoice]) -> _Rows:
    """Of two people of one name nobody knows who is meant: such a one is called by his department as well."""
    listed = list(people)
    namesakes = Counter(one.name for one in listed)
    return tuple(
        (str(one.id), one.name if namesakes[one.name] == 1 else f"{one.name} · {one.department}", "") for one in listed
    )


def load_known(
    session: Session, actor: Actor, plan: Plan, entries: Entries, *, added: tuple[OwnFieldDef, ...] = ()
) -> rules.Known:
    """What `rules.RowChecker` must know; `added` are the fields that this import adds."""
    sized = ("headcount", "revenue")
    owners = {code for code, _, _ in entries.by_target["owner"]}
    chosen = plan.defaults.get("owner") or str(actor.user_id)
    flags = {field.path for field in entries.own if field.kind is FieldKind.FLAG}
    return rules.Known(
        choices=get_choices(session),
        vocabularies={
            target: rules.vocabulary(
                rows,
                rules.SYNONYMS.get("own_flag" if target in flags else target),
                sizes=target in sized,
                retired=entries.retired.get(target, ()),
            )
            for target, rows in entries.by_target.items()
        },
        methods=entries.methods,
        owner=int(chosen) if chosen in owners else 0,
        tags=entries.tags,
        retired_tags=entries.retired_tags,
        now=utcnow(),
        zone=get_settings().zone,
        language=actor.language,
        own=(*entries.own, *added),
        people=entries.people,
        names=dict(staff(session).names),
    )


# --- customers that are there already


@dataclass(frozen=True, slots=True)
class Met:
    """A customer that a row may be, as far as the actor may know of it."""

    customer_id: int
    number: str
    name: str
    owner: str
    editable: bool


@dataclass(slots=True)
class Keys:
    """What customers are recognised by: each value with those that have it."""

    mobile: dict[str, list[int]]
    phone: dict[str, list[int]]
    credit_code: dict[str, list[int]]
    name_key: dict[str, list[int]]
    number: dict[str, list[int]]


def find_keys(
    session: Session, *, numbers: Iterable[str], codes: Iterable[str], names: Iterable[str], own: Iterable[str]
) -> Keys:
    """Customers with one of these phone numbers, credit codes or name keys, at most some hundreds of each.

    By phone also those deleted: without a join SQLite asks an index, and `meet` leaves them out.
    """
    found = Keys({}, {}, {}, {}, {})
    wanted = tuple(set(numbers) - {""})
    if wanted:
        live = select(_contact.customer_id, _contact.mobile, _contact.phone)
        for column, into in ((_contact.mobile, found.mobile), (_contact.phone, found.phone)):
            for customer_id, mobile, phone in session.execute(live.where(column.in_(wanted))):
                into.setdefault(mobile if into is found.mobile else phone, []).append(customer_id)
    for column, texts, into in (
        (_customer.credit_code, codes, found.credit_code),
        (_customer.name_key, names, found.name_key),
        (_customer.number, own, found.number),
    ):
        asked = tuple(set(texts) - {""})
        if asked:
            statement = select(_customer.id, column).where(column.in_(asked), _customer.deleted_at.is_(None))
            for customer_id, text in session.execute(statement):
                into.setdefault(text, []).append(customer_id)
    return found


def meet(session: Session, actor: Actor, ids: Iterable[int]) -> dict[int, Met]:
    """The live ones of these customers; of those out of reach only whose they are."""
    asked = tuple(set(ids))
    if not asked:
        return {}
    statement = (
        select(
            _customer.id,
            _customer.number,
            _customer.name,
            _user.name,
            case((customers_in_reach(actor), 1), else_=0),
            case((customers_in_reach(actor, Permission.CUSTOMER_EDIT), 1), else_=0),
        )
        .select_from(table_of(Customer).outerjoin(table_of(User), _user.id == _customer.owner_id))
        .where(_customer.id.in_(asked), _customer.deleted_at.is_(None))
    )
    return {
        key: Met(key, number if seen else "", name if seen else "", owner or "", bool(seen and editable))
        for key, number, name, owner, seen, editable in session.execute(statement)
    }


def changed_since(session: Session, moment: datetime) -> list[int]:
    """Customers that were made or changed after a moment."""
    return list(session.execute(select(_customer.id).where(_customer.updated_at > moment)).scalars())


def list_imported(session: Session, import_id: int) -> Sequence[Any]:
    """What an import made (`before` is None) and changed, by customer."""
    columns = (_made.customer_id, _made.version, _made.before)
    return session.execute(select(*columns).where(_made.import_id == import_id).order_by(_made.customer_id)).all()


def list_expired(session: Session, before: datetime) -> list[int]:
    """Imports that nobody touched since a moment and whose files are no longer needed."""
    return list(session.execute(select(_run.id).where(_run.changed_at < before)).scalars())


def list_ids(session: Session) -> list[int]:
    """All imports that are known."""
    return list(session.execute(select(_run.id)).scalars())


# --- customers that rows name by a key


def find_named(session: Session, key: str, texts: Iterable[str]) -> dict[str, list[int]]:
    """Live customers by what a row names them by, in its normal form; an old number leads to the survivor (R5.1)."""
    asked = tuple(set(texts) - {""})
    if not asked:
        return {}
    live = _customer.deleted_at.is_(None)
    match key:
        case rules.OLD_NUMBER:
            survivor = table_of(Customer).alias("survivor").c
            moved = (
                select(_customer.number, _merged.survivor_id)
                .join_from(table_of(Customer), table_of(MergedCustomer), _merged.customer_id == _customer.id)
                .join(survivor.id.table, survivor.id == _merged.survivor_id)
                .where(_customer.number.in_(asked), survivor.deleted_at.is_(None))
            )
            statements = [select(_customer.number, _customer.id).where(_customer.number.in_(asked), live), moved]
        case "credit_code":
            statements = [select(_customer.credit_code, _customer.id).where(_customer.credit_code.in_(asked), live)]
        case "name":
            statements = [select(_customer.name_key, _customer.id).where(_customer.name_key.in_(asked), live)]
        case _ if key.startswith(PREFIX):
            mine = (_own.field_id == field_id_of(key), _own.key.in_(asked))
            statements = [
                select(_own.key, _own.customer_id)
                .join_from(table_of(OwnValue), table_of(Customer), _customer.id == _own.customer_id)
                .where(*mine, live)
            ]
        case _:
            statements = [
                select(_contact.mobile, _contact.customer_id)
                .join_from(table_of(Contact), table_of(Customer), _customer.id == _contact.customer_id)
                .where(_contact.mobile.in_(asked), _contact.is_main, live)
            ]
    found: dict[str, list[int]] = {}
    for statement in statements:
        for text, customer_id in session.execute(statement):
            found.setdefault(text, []).append(customer_id)
    return found


_READ = tuple(name for name in CUSTOMER_FIELDS if name != "region")


def read_there(
    session: Session, actor: Actor, ids: Sequence[int], own: Sequence[OwnFieldDef]
) -> dict[int, rules.There]:
    """These customers as a row that names them is compared with; out of reach nothing but whose they are."""
    met = meet(session, actor, ids)
    reached = [key for key, one in met.items() if one.number]
    names = ("id", "version", "owner_id", *_READ, "province", "city", "district")
    rows = session.execute(select(*(_customer[name] for name in names)).where(_customer.id.in_(reached))).mappings()
    read = {row["id"]: row for row in rows}
    values = values_of(session, reached, [field.key for field in own if field.record is RecordKind.CUSTOMER])
    people = main_contact_values(session, reached, [one.key for one in own if one.record is RecordKind.CONTACT])
    found = {}
    for key, one in met.items():
        row = read.get(key)
        more: dict[str, Any] = {}
        if row is not None:
            fields = {name: as_text(row[name]) for name in _READ}
            fields["region"] = region_of(row["province"], row["city"], row["district"])
            more = {"level": row["level"], "owner_id": row["owner_id"] or 0, "fields": fields}
            of_contact = {OF_CONTACT + name: text for name, text in people.get(key, {}).items()}
            more["own"] = {**values.get(key, {}), **of_contact}
        found[key] = rules.There(
            key,
            version=row["version"] if row is not None else 0,
            number=one.number,
            name=one.name,
            owner=one.owner,
            editable=one.editable,
            **more,
        )
    return found

"""What the check of all rows must know of the system."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.people import staff
from crm_app.access.permissions import Permission
from crm_app.catalogue import say
from crm_app.core.clock import utcnow
from crm_app.core.settings import get_settings
from crm_app.core.sql import table_of
from crm_app.core.vocabulary import CustomerType, Level, OptionList, Status
from crm_app.customers.queries import get_choices, list_owners, list_people
from crm_app.customers.rules import CONTACT_FIELDS, CUSTOMER_FIELDS
from crm_app.customers.schemas import PersonChoice
from crm_app.fields.queries import fields_for
from crm_app.fields.rules import NO, YES
from crm_app.fields.schemas import CHOOSING, FieldKind, OwnFieldDef, RecordKind
from crm_app.importing import rules
from crm_app.importing.schemas import Plan
from crm_app.models import (
    User,
)
from crm_app.options.queries import list_options, list_tags, offered_codes

_user = table_of(User).c
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

"""What the dialog of a change offers, in the person's language: fields with their choices, owners, tags."""

from collections.abc import Iterable

from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission
from crm_app.bulk.schemas import ChoiceView, FieldOffer, What
from crm_app.catalogue import say
from crm_app.core import regions
from crm_app.core.vocabulary import CustomerType, Status
from crm_app.customers.queries import get_choices, list_owners, list_people
from crm_app.customers.rules import CUSTOMER_FIELDS, is_required
from crm_app.customers.rules.own import own_options
from crm_app.customers.rules.validation import FieldRule, Kind
from crm_app.fields.schemas import FieldKind
from crm_app.options.queries import list_options, list_tags

_KINDS = {
    Kind.TEXT: "area",
    Kind.DATE: "day",
    Kind.OPTION: "select",
    Kind.WORD: "select",
    Kind.REGION: "region",
}
_OWN_KINDS = {
    FieldKind.TEXT: "area",
    FieldKind.DAY: "day",
    FieldKind.CHOICE: "select",
    FieldKind.FLAG: "select",
    FieldKind.PERSON: "select",
    FieldKind.CHOICES: "many",
}
_ORDER = ("status", "customer_type", "industry", "source", "region")
"""What is changed for many most often stands first."""


def list_fields(session: Session, actor: Actor) -> tuple[FieldOffer, ...]:
    """The fields that the actor may change: those of one customer, own ones too; the level moves by steps (R6.5)."""
    names = [name for name in (*_ORDER, *CUSTOMER_FIELDS) if name != "level"]
    choices, people = get_choices(session, actor), list_people(session)
    built = [
        _offer(session, actor, rule, required=is_required(rule, choices))
        for rule in (CUSTOMER_FIELDS[name] for name in dict.fromkeys(names))
    ]
    own = [
        FieldOffer(
            key=field.key,
            label=field.label(actor.language),
            kind=_OWN_KINDS.get(field.kind, "line"),
            required=field.required,
            options=_views((one["value"], one["label"]) for one in own_options(field, people, actor.language, "", {})),
            help=field.help(actor.language),
        )
        for field in choices.own
    ]
    return (*built, *own)


def _offer(session: Session, actor: Actor, rule: FieldRule, *, required: bool) -> FieldOffer:
    words = {"customer_type": tuple(CustomerType), "status": tuple(Status)}.get(rule.name, ())
    options = [(code.value, say(actor.language, f"{rule.name}.{code}")) for code in words]
    if rule.list_code:
        options = [(row.code, row.label(actor.language)) for row in list_options(session, rule.list_code)]
    return FieldOffer(
        key=rule.name,
        label=say(actor.language, f"customers.field.{rule.name}"),
        kind=_KINDS.get(rule.kind, "line"),
        required=required,
        options=_views(options),
    )


def list_choices(session: Session, actor: Actor, what: What) -> tuple[ChoiceView, ...]:
    """Whom the actor may make owner, or which tags there are."""
    if what is What.OWNER:
        owners = list_owners(session, actor, Permission.CUSTOMER_ASSIGN)
        return _views((str(one.id), f"{one.name} · {one.department}" if one.department else one.name) for one in owners)
    if what is What.TAGS:
        # A retired one can still be taken off.
        return _views((str(tag.id), tag.name) for tag in list_tags(session, include_retired=True))
    return ()


def list_places(code: str) -> list[list[ChoiceView]]:
    """The provinces, and below each place on the way to `code` those within it."""
    steps = [regions.provinces(), *(regions.children(place.code) for place in regions.path(code))]
    return [list(_views((place.code, place.name) for place in places)) for places in steps if places]


def _views(pairs: Iterable[tuple[str, str]]) -> tuple[ChoiceView, ...]:
    return tuple(ChoiceView(value, label) for value, label in pairs)

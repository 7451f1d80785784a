"""What a form may offer and what validation needs to know: drop-down lists, people, settings."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from sqlalchemy import select
from sqlmodel import Session, col

from crm_app.access.actor import Actor
from crm_app.access.people import Person, staff
from crm_app.access.permissions import Permission, Reach
from crm_app.access.scope import get_customer
from crm_app.core.clock import local_today
from crm_app.core.problems import Problem
from crm_app.core.settings import get_settings
from crm_app.core.vocabulary import OptionList
from crm_app.customers import rules
from crm_app.customers.queries.record import record_texts
from crm_app.customers.schemas import Choices, FormChoices, OpenedForm, OptionCodes, OwnOffer, PersonChoice
from crm_app.fields.queries import fields_for, list_required
from crm_app.fields.schemas import OwnFieldDef, RecordKind
from crm_app.models import Setting, Tag, User
from crm_app.options.queries import list_options, list_tags, offered_codes

NUMBER_PATTERN_KEY = "customers.number_pattern"
VALUE_GRADE_KEY = "customers.value_grade"
_LISTS = (
    *dict.fromkeys(
        r.list_code for r in (*rules.CUSTOMER_FIELDS.values(), *rules.CONTACT_FIELDS.values()) if r.list_code
    ),
    OptionList.LOSS_REASON,
)


def get_choices(session: Session, actor: Actor | None = None) -> Choices:
    """Today where the people are, the codes of the drop-down lists, and what own fields the actor may fill in."""
    today, codes = local_today(tz=get_settings().zone), _codes(session)
    required = list_required(session)
    if actor is None:
        return Choices(today, codes, required=required)
    people = frozenset(str(person.id) for person in staff(session).people.values() if person.active)
    return Choices(
        today,
        codes,
        own=_edited(session, actor, RecordKind.CUSTOMER),
        contact_own=_edited(session, actor, RecordKind.CONTACT),
        people=people,
        language=actor.language,
        required=required,
    )


def _edited(session: Session, actor: Actor, record: RecordKind) -> tuple[OwnFieldDef, ...]:
    return tuple(field for field in fields_for(session, actor, record=record) if field.edited_by(actor.role_code))


def list_form_choices(session: Session, actor: Actor) -> FormChoices:
    """What the form of a new customer offers; owners are those that the actor may pick."""
    return FormChoices(
        options={list_code: list_options(session, list_code) for list_code in _LISTS},
        tags=list_tags(session),
        owners=list_owners(session, actor, Permission.CUSTOMER_CREATE),
        people=list_people(session),
        own=get_choices(session, actor).own,
        contact_own=get_choices(session, actor).contact_own,
        today=get_choices(session).today,
    )


def offer_contact_own(session: Session, actor: Actor) -> OwnOffer:
    """What the form of a contact asks beside what every contact has."""
    return OwnOffer(get_choices(session, actor).contact_own, list_people(session), dict(staff(session).names))


def open_form(session: Session, actor: Actor, *, number: str) -> OpenedForm:
    """A customer with what its form offers: a retired value that it still has as well (R1.9).

    Raises Forbidden, NotFound.
    """
    customer = get_customer(session, actor, number, Permission.CUSTOMER_EDIT)
    values = record_texts(session, actor, customer)
    return OpenedForm(
        customer_id=customer.id or 0,
        name=customer.name,
        version=customer.version,
        values=values,
        options={
            name: tuple(
                row
                for row in list_options(session, rule.list_code, include_retired=True)
                if not row.retired or row.code == values[name]
            )
            for name, rule in rules.CUSTOMER_FIELDS.items()
            if rule.list_code
        },
        statuses=tuple(rules.STATUSES_OF_LEVEL[customer.level]),
        own=get_choices(session, actor).own,
        people=list_people(session),
        names=dict(staff(session).names),
        today=get_choices(session).today,
    )


def _codes(session: Session) -> Mapping[str, OptionCodes]:
    return {
        list_code: OptionCodes(
            offered=offered_codes(session, list_code),
            retired=frozenset(
                row.code for row in list_options(session, list_code, include_retired=True) if row.retired
            ),
        )
        for list_code in _LISTS
    }


def get_number_pattern(session: Session) -> rules.NumberPattern:
    """The pattern of customer numbers in force (R1.1)."""
    found = session.get(Setting, NUMBER_PATTERN_KEY)
    pattern = rules.parse_pattern(str(found.value.get("pattern", ""))) if found else None
    if isinstance(pattern, rules.NumberPattern):
        return pattern
    default = rules.parse_pattern(rules.DEFAULT_PATTERN)
    if isinstance(default, Problem):
        raise ValueError(default.code)
    return default


def get_grade_thresholds(session: Session) -> Mapping[str, Decimal]:
    """The yuan from which a customer is graded A and B (R1.4)."""
    found = session.get(Setting, VALUE_GRADE_KEY)
    if found is None:
        return rules.THRESHOLDS
    return {grade: Decimal(str(found.value.get(grade, default))) for grade, default in rules.THRESHOLDS.items()}


def _may_own(actor: Actor, permission: Permission, user_id: int, department_id: int | None) -> bool:
    """Whether the function covers the customers of that person."""
    match actor.reach(permission):
        case None:
            return False
        case Reach.ALL:
            return True
        case Reach.DEPARTMENT if department_id in actor.department_ids:
            return True
        case _:
            return user_id == actor.user_id


def list_owners(session: Session, actor: Actor, permission: Permission) -> tuple[PersonChoice, ...]:
    """Whom the actor can make the owner: with `CUSTOMER_CREATE` of a new customer, with `CUSTOMER_ASSIGN` of any."""
    return tuple(
        _choice(person)
        for person in staff(session).people.values()
        if person.active and _may_own(actor, permission, person.id, person.department_id)
    )


def get_owner_choice(session: Session, actor: Actor, permission: Permission, user_id: int) -> User | None:
    """That active person, if the actor may make him an owner."""
    found = session.get(User, user_id)
    if found is None or found.disabled_at is not None:
        return None
    return found if _may_own(actor, permission, user_id, found.department_id) else None


def list_people(session: Session) -> tuple[PersonChoice, ...]:
    """All active people: colleagues' names are no secret, and any of them can help."""
    return tuple(_choice(person) for person in staff(session).people.values() if person.active)


def _choice(person: Person) -> PersonChoice:
    return PersonChoice(person.id, person.name, person.department)


def active_ids(session: Session, user_ids: Iterable[int]) -> frozenset[int]:
    """Which of these are active people."""
    statement = select(col(User.id)).where(col(User.id).in_(tuple(user_ids)), col(User.disabled_at).is_(None))
    return frozenset(session.execute(statement).scalars())


def known_tag_ids(session: Session, tag_ids: Iterable[int]) -> frozenset[int]:
    """Which of these tags exist."""
    return frozenset(session.execute(select(col(Tag.id)).where(col(Tag.id).in_(tuple(tag_ids)))).scalars())

"""The choices of the list's fields, and the list as one actor may use it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from types import MappingProxyType

from sqlmodel import Session, col, select

from crm_app.access.actor import Actor
from crm_app.access.people import Staff, staff
from crm_app.access.permissions import Permission
from crm_app.anomalies.schemas import Code
from crm_app.catalogue import texts
from crm_app.core.clock import to_local
from crm_app.core.pinyin import person_pinyin
from crm_app.core.reference import Reference
from crm_app.core.settings import get_settings
from crm_app.core.vocabulary import COLORS, CustomerType, Level, OptionList, Status, ValueGrade
from crm_app.directory.queries.own import list_own, own_choices
from crm_app.directory.schemas import CONTACT_FIELDS, DIRECTORY
from crm_app.listing.schemas import Choice, Known, ListDef
from crm_app.models import Customer, Department, Option, OwnField, RoleGrant, Tag, User
from crm_app.options.queries import list_options, list_tags

_FIXED = {"anomaly": Code, "level": Level, "customer_type": CustomerType, "status": Status, "value_grade": ValueGrade}
_LISTS = (OptionList.INDUSTRY, OptionList.SOURCE, OptionList.METHOD, OptionList.HEADCOUNT, OptionList.REVENUE)


def list_for(actor: Actor, known: Known) -> ListDef:
    """The list's definition for this actor.

    Contact data is no filter for those who never see it in full; own fields are there for the roles that see them.
    """
    own = {key: field for key, field in known.own.items() if actor.role_code not in field.hidden_from}
    reveals = actor.may(Permission.CUSTOMER_REVEAL)
    if reveals and not own:
        return DIRECTORY
    fields = {
        key: replace(field, filterable=reveals) if key in CONTACT_FIELDS else field
        for key, field in DIRECTORY.fields.items()
    }
    return replace(DIRECTORY, fields=fields | own)


def load_known(session: Session, *, today: date) -> Known:
    """Today, the first year and all choices: retired ones and people who left too, because old records name them."""
    return Known(today, _choices.get(session), _first_year.get(session), _own.get(session))


def _read_first_year(session: Session) -> int | None:
    """Of all customers, whoever asks: a year says nothing of anybody."""
    oldest = select(Customer.created_at).where(col(Customer.deleted_at).is_(None)).order_by(col(Customer.created_at))
    first = session.exec(oldest.limit(1)).first()
    return to_local(first, tz=get_settings().zone).year if first else None


def _read_choices(session: Session) -> Mapping[str, tuple[Choice, ...]]:
    choices = {name: _fixed(name, tuple(words)) for name, words in _FIXED.items()}
    for name in _LISTS:
        choices[name] = tuple(
            Choice(o.code, o.label_zh, o.label_en, o.color, o.retired)
            for o in list_options(session, name, include_retired=True)
        )
    choices["tag"] = tuple(
        Choice(str(tag.id), tag.name, "", tag.color, tag.retired) for tag in list_tags(session, include_retired=True)
    )
    known = staff(session)
    choices["person"] = _people(known)
    choices["department"] = tuple(Choice(str(key), name) for key, name in known.departments.items())
    return MappingProxyType({**choices, **own_choices(session)})


def _fixed(name: str, codes: tuple[str, ...]) -> tuple[Choice, ...]:
    return tuple(Choice(code, *texts()[f"{name}.{code}"], COLORS[name][code]) for code in codes)


def _people(known: Staff) -> tuple[Choice, ...]:
    """In the order of their names' pinyin; those who left after the others."""
    people = [Choice(str(person.id), person.name, "", "", not person.active) for person in known.people.values()]
    return tuple(sorted(people, key=lambda person: (person.retired, person_pinyin(person.zh).full, person.code)))


_first_year = Reference(_read_first_year)
"""Of no table that is watched: each save of a customer would have it read again, and it hardly ever changes."""
_choices = Reference(_read_choices, Option, OwnField, Tag, User, Department, RoleGrant)
_own = Reference(list_own, Option, OwnField)

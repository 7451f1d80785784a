"""The choices of the list's fields, and the list as one actor may use it."""

from dataclasses import replace
from datetime import date

from sqlmodel import Session, col, select

from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission
from crm_app.catalogue import texts
from crm_app.core.pinyin import person_pinyin
from crm_app.core.vocabulary import COLORS, CustomerType, Level, OptionList, Status, ValueGrade
from crm_app.directory.schemas import CONTACT_FIELDS, DIRECTORY
from crm_app.listing.schemas import Choice, Known, ListDef
from crm_app.models import Department, User
from crm_app.options.queries import list_options, list_tags

_FIXED = {"level": Level, "customer_type": CustomerType, "status": Status, "value_grade": ValueGrade}
_LISTS = (OptionList.INDUSTRY, OptionList.SOURCE, OptionList.METHOD, OptionList.HEADCOUNT, OptionList.REVENUE)


def list_for(actor: Actor) -> ListDef:
    """The list's definition for this actor: contact data is no filter for those who never see it in full."""
    if actor.may(Permission.CUSTOMER_REVEAL):
        return DIRECTORY
    fields = {
        key: replace(field, filterable=False) if key in CONTACT_FIELDS else field
        for key, field in DIRECTORY.fields.items()
    }
    return replace(DIRECTORY, fields=fields)


def load_known(session: Session, *, today: date) -> Known:
    """Today and all choices; retired ones and people who left are among them, because old records name them."""
    choices = {name: _fixed(name, tuple(words)) for name, words in _FIXED.items()}
    for name in _LISTS:
        choices[name] = tuple(
            Choice(o.code, o.label_zh, o.label_en, o.color, o.retired)
            for o in list_options(session, name, include_retired=True)
        )
    choices["tag"] = tuple(Choice(str(tag.id), tag.name, "", tag.color) for tag in list_tags(session))
    choices["person"] = _people(session)
    departments = session.exec(select(Department.id, Department.name).order_by(col(Department.id)))
    choices["department"] = tuple(Choice(str(department_id), name) for department_id, name in departments)
    return Known(today, choices)


def _fixed(name: str, codes: tuple[str, ...]) -> tuple[Choice, ...]:
    return tuple(Choice(code, *texts()[f"{name}.{code}"], COLORS[name][code]) for code in codes)


def _people(session: Session) -> tuple[Choice, ...]:
    """In the order of their names' pinyin; those who left after the others."""
    rows = session.exec(select(User.id, User.name, User.disabled_at))
    people = [Choice(str(user_id), name, "", "", left is not None) for user_id, name, left in rows]
    return tuple(sorted(people, key=lambda person: (person.retired, person_pinyin(person.zh).full, person.code)))

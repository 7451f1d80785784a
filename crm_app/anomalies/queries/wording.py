"""Anomalies in a person's words, and where they are put right; contacts' names as everybody sees them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.anomalies.schemas import Code
from crm_app.catalogue import say
from crm_app.core.masking import mask_name
from crm_app.core.sql import table_of
from crm_app.core.vocabulary import OptionList
from crm_app.fields.queries import list_fields
from crm_app.models import Contact
from crm_app.options.queries import list_options

_PLACES = {
    Code.NO_CONTACT: "contacts",
    Code.INDUSTRY: "fact-industry",
    Code.NO_CONTRACT_NUMBER: "level",
    Code.NO_AMOUNT: "level",
    Code.LATE: "coming",
}
"""The ids of elements of the customer's page; of the others the place is in the param."""


@dataclass(frozen=True, slots=True)
class Words:
    """What names the places of some anomalies."""

    language: str
    fields: Mapping[str, str]
    contacts: Mapping[str, str]
    industries: Mapping[str, str]

    def text(self, code: str, param: str) -> str:
        """Why it is one."""
        what, _, contact = param.partition(":")
        key = f"anomalies.reason.{code}"
        match code:
            case Code.FORMAT if contact:
                name = self.contacts.get(contact, "")
                return say(self.language, f"{key}.contact", contact=name, field=self._field(f"contact.{what}"))
            case Code.UNREACHABLE:
                return say(self.language, key, contact=self.contacts.get(param, ""))
            case Code.INDUSTRY:
                return say(self.language, key, industry=self.industries.get(param, param))
            case Code.MISSING | Code.FORMAT | Code.PERIOD:
                return say(self.language, key, field=self._field(what))
            case _:
                return say(self.language, key)

    def _field(self, name: str) -> str:
        return self.fields.get(name) or say(self.language, f"customers.field.{name}")


def place_of(code: str, param: str) -> str:
    """The id of the element of the customer's page where it is put right."""
    what, _, contact = param.partition(":")
    if code in _PLACES:
        return _PLACES[Code(code)]
    if code == Code.UNREACHABLE or contact:
        return f"contact-{contact or what}"
    return f"fact-{what}"


def words_for(session: Session, actor: Actor, params: Iterable[tuple[str, str]]) -> Words:
    """The words for these anomalies, each a code and a param."""
    contacts = {param.rpartition(":")[2] for code, param in params if code == Code.UNREACHABLE or ":" in param}
    return Words(
        language=actor.language,
        fields={field.key: field.label(actor.language) for field in list_fields(session)},
        contacts=_names(session, {int(key) for key in contacts}),
        industries={
            row.code: row.label(actor.language)
            for row in list_options(session, OptionList.INDUSTRY, include_retired=True)
        },
    )


def _names(session: Session, ids: set[int]) -> dict[str, str]:
    if not ids:
        return {}
    c: Any = table_of(Contact).c
    return {str(key): mask_name(name) for key, name in session.execute(select(c.id, c.name).where(c.id.in_(ids)))}

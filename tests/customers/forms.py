"""A new customer as a person types it, for the tests of this slice."""

from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.customers import service
from crm_app.customers.schemas import ContactInput, CreateCustomer, CustomerRef
from crm_app.options.service import seed_presets

CREDIT_CODE = "91350100M000100Y43"
OTHER_CREDIT_CODE = "91110000600037341L"


def a_contact(**changes: object) -> ContactInput:
    """张三 with a mobile number, unless told otherwise."""
    return ContactInput(**({"name": "张三", "mobile": "13800138000", "is_main": True} | changes))  # type: ignore[arg-type]


def a_form(*contacts: ContactInput, **changes: object) -> CreateCustomer:
    """A complete form. Keyword arguments are its fields; `owner_id`, `tag_ids`, … those of the command."""
    own = {"owner_id", "tag_ids", "collaborator_ids", "confirmed_duplicates"}
    values = {"name": "深圳市星河智造有限公司", "industry": "MFG"} | {k: v for k, v in changes.items() if k not in own}
    command = {k: v for k, v in changes.items() if k in own}
    return CreateCustomer(values=values, contacts=contacts or (a_contact(),), **command)  # type: ignore[arg-type]


def create(session: Session, actor: Actor, *contacts: ContactInput, **changes: object) -> CustomerRef:
    """Save such a form."""
    return service.create_customer(session, actor, cmd=a_form(*contacts, **({"confirmed_duplicates": True} | changes)))


def prepare(session: Session) -> None:
    """What a form needs to offer."""
    seed_presets(session)

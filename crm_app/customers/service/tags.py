"""Tags on a customer (R1.4)."""

from collections.abc import Iterable

from sqlalchemy import delete
from sqlmodel import Session, col

from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission
from crm_app.core.errors import Forbidden
from crm_app.core.problems import Invalid, Problem
from crm_app.customers import queries
from crm_app.customers.schemas import Saved
from crm_app.customers.service.writing import Edit, refuse_conflicts, save_changes
from crm_app.models import CustomerTag
from crm_app.options.queries import list_tags
from crm_app.options.service import add_free_tag

MAX_TAGS = 30


def set_tags(
    session: Session, actor: Actor, *, number: str, tag_ids: Iterable[int], version: int | None = None
) -> Saved:
    """Put exactly these tags on a customer. Raises Forbidden, NotFound, Invalid for `tags`, Conflict."""
    customer = queries.lock_customer(session, actor, number, Permission.CUSTOMER_EDIT)
    customer_id = customer.id or 0
    before, after = queries.tag_ids_of(session, customer_id), frozenset(tag_ids)
    if problem := problem_with_tags(session, after, worn=before):
        raise Invalid({"tags": problem})
    if before == after:
        return Saved(customer.version, _listed(after))
    edits = [Edit("tags", _listed(before), _listed(after))]
    refuse_conflicts(session, customer, edits=edits, version=version)
    gone = tuple(before - after)
    session.execute(
        delete(CustomerTag).where(col(CustomerTag.customer_id) == customer_id, col(CustomerTag.tag_id).in_(gone))
    )
    session.add_all(CustomerTag(customer_id=customer_id, tag_id=tag_id) for tag_id in after - before)
    return Saved(save_changes(session, actor, customer, edits=edits), _listed(after))


def create_tag(session: Session, actor: Actor, *, name: str) -> int:
    """The id of the free tag of that name, made when it is new. Raises Forbidden, or Invalid for `name`."""
    if not (actor.may(Permission.CUSTOMER_EDIT) or actor.may(Permission.CUSTOMER_CREATE)):
        raise Forbidden
    return add_free_tag(session, name=name)


def problem_with_tags(
    session: Session, tag_ids: Iterable[int], *, worn: frozenset[int] = frozenset()
) -> Problem | None:
    """Why these tags can't be put on; None when they can. Retired ones stay where they are worn (R1.9)."""
    wanted = frozenset(tag_ids)
    if len(wanted) > MAX_TAGS:
        return Problem("customers.problem.too_many_tags", {"max": MAX_TAGS})
    if wanted and wanted != queries.known_tag_ids(session, wanted):
        return Problem("customers.problem.unknown_tag")
    retired = (tag.name for tag in list_tags(session, include_retired=True) if tag.retired and tag.id in wanted - worn)
    name = next(retired, "")
    return Problem("error.tag.retired", {"name": name}) if name else None


def _listed(tag_ids: Iterable[int]) -> str:
    return ",".join(map(str, sorted(tag_ids)))

"""Who works on a customer: its owner, with whom the department goes, and collaborators (R1.7)."""

from collections.abc import Iterable

from sqlalchemy import delete
from sqlmodel import Session, col

from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission
from crm_app.core.clock import utcnow
from crm_app.core.problems import Invalid, Problem
from crm_app.customers import queries
from crm_app.customers.schemas import Saved
from crm_app.customers.service.writing import Edit, refuse_conflicts, save_changes
from crm_app.models import Collaborator

MAX_COLLABORATORS = 20


def assign_owner(session: Session, actor: Actor, *, number: str, owner_id: int, version: int | None = None) -> Saved:
    """Hand a customer over to an active person within reach; the department follows him.

    Raises Forbidden, NotFound, Invalid for `owner`, Conflict.
    """
    customer = queries.lock_customer(session, actor, number, Permission.CUSTOMER_ASSIGN)
    owner = queries.get_owner_choice(session, actor, Permission.CUSTOMER_ASSIGN, owner_id)
    if owner is None:
        raise Invalid({"owner": Problem("customers.problem.owner_out_of_reach")})
    if customer.owner_id == owner_id:
        return Saved(customer.version, str(owner_id))
    edits = [Edit("owner", str(customer.owner_id or ""), str(owner_id))]
    refuse_conflicts(session, customer, edits=edits, version=version)
    helping = queries.collaborator_ids_of(session, customer.id or 0)
    if owner_id in helping:
        edits.append(Edit("collaborators", _listed(helping), _listed(helping - {owner_id})))
        _remove(session, customer.id or 0, {owner_id})
    columns = {"owner_id": owner_id, "department_id": owner.department_id, "assigned_at": utcnow()}
    return Saved(save_changes(session, actor, customer, edits=edits, columns=columns), str(owner_id))


def set_collaborators(
    session: Session, actor: Actor, *, number: str, user_ids: Iterable[int], version: int | None = None
) -> Saved:
    """Say who else works on a customer. Raises Forbidden, NotFound, Invalid for `collaborators`, Conflict."""
    customer = queries.lock_customer(session, actor, number, Permission.CUSTOMER_EDIT)
    customer_id = customer.id or 0
    before = queries.collaborator_ids_of(session, customer_id)
    after = frozenset(user_ids) - {customer.owner_id or 0}
    # Who left the company may stay where he is until somebody takes him off.
    problem = problem_with_collaborators(session, after - before) or _too_many(after)
    if problem:
        raise Invalid({"collaborators": problem})
    if before == after:
        return Saved(customer.version, _listed(after))
    edits = [Edit("collaborators", _listed(before), _listed(after))]
    refuse_conflicts(session, customer, edits=edits, version=version)
    _remove(session, customer_id, before - after)
    session.add_all(Collaborator(customer_id=customer_id, user_id=user_id) for user_id in after - before)
    return Saved(save_changes(session, actor, customer, edits=edits), _listed(after))


def problem_with_collaborators(session: Session, user_ids: Iterable[int]) -> Problem | None:
    """Why these people can't be collaborators; None when they can."""
    wanted = frozenset(user_ids)
    if too_many := _too_many(wanted):
        return too_many
    if wanted and wanted != queries.active_ids(session, wanted):
        return Problem("customers.problem.unknown_person")
    return None


def _too_many(user_ids: frozenset[int]) -> Problem | None:
    if len(user_ids) > MAX_COLLABORATORS:
        return Problem("customers.problem.too_many_people", {"max": MAX_COLLABORATORS})
    return None


def _remove(session: Session, customer_id: int, user_ids: Iterable[int]) -> None:
    session.execute(
        delete(Collaborator).where(
            col(Collaborator.customer_id) == customer_id, col(Collaborator.user_id).in_(tuple(user_ids))
        )
    )


def _listed(user_ids: Iterable[int]) -> str:
    return ",".join(map(str, sorted(user_ids)))

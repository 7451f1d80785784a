"""Writing follow-ups and tasks; each call is a part of the caller's transaction (R6.2, R1.6)."""

from dataclasses import asdict, replace
from datetime import datetime

from sqlmodel import Session, select

from crm_app.access import receipts
from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission
from crm_app.access.receipts import Kind
from crm_app.access.scope import reaches
from crm_app.core.changes import Change, announce
from crm_app.core.clock import format_local, utcnow
from crm_app.core.errors import Conflict, Forbidden, NotFound
from crm_app.core.problems import Invalid, Problem
from crm_app.core.settings import get_settings
from crm_app.core.vocabulary import OptionList, Status
from crm_app.customers.queries import lock_customer
from crm_app.customers.service.writing import Edit, save_changes
from crm_app.models import Customer, FollowUp, Task, User
from crm_app.options.queries import offered_codes
from crm_app.timeline import queries, rules
from crm_app.timeline.rules import FollowUpDraft
from crm_app.timeline.schemas import FollowUpSaved, NewFollowUp, NewTask, TaskSaved


def add_follow_up(
    session: Session, actor: Actor, *, number: str, draft: FollowUpDraft, ticket: str = ""
) -> FollowUpSaved:
    """Save a follow-up, its next step as a task, and what they mean for the customer; no time means now.

    The same one sent again, because its answer was lost on the way, is not written twice: `ticket` names the form that
    it was typed in. Raises Invalid by field, NotFound.
    """
    customer = lock_customer(session, actor, number, Permission.FOLLOW_UP_CREATE)
    slip = receipts.take(session, actor, Kind.FOLLOW_UP, ticket, content=asdict(draft) | {"number": number})
    if slip.saved is not None:
        return FollowUpSaved(slip.saved, None, repeated=True)
    now, zone = utcnow(), get_settings().zone
    timed = draft if draft.at.strip() else replace(draft, at=format_local(now, tz=zone))
    new = rules.check_follow_up(timed, methods=offered_codes(session, OptionList.METHOD), now=now, tz=zone)
    earlier = queries.find_same_follow_up(session, actor, customer_id=customer.id or 0, new=new)
    if earlier is not None:
        return FollowUpSaved(earlier.id or 0, earlier.task_id, repeated=True)
    task = _make_task(session, actor, customer, new.task, field="next_user_id") if new.task else None
    row = _make_follow_up(session, actor, customer, new, task)
    settle(session, customer)
    if customer.status == Status.POTENTIAL:
        step = Edit("status", customer.status, Status.FOLLOWING)
        save_changes(session, actor, customer, edits=[step], columns={"status": step.new})
    announce(Change("follow_up", customer.id, actor.user_id, same_reach=True))
    slip.fill(session, row.id or 0)
    return FollowUpSaved(row.id or 0, row.task_id, also=slip.before is not None)


def postpone_follow_up(session: Session, actor: Actor, *, number: str, planned: str, to: str) -> datetime | None:
    """Move the customer's next follow-up, or drop it with `to` = "never"; returns the new moment.

    `planned` is the moment that the person saw, `YYYY-MM-DD HH:MM`. Raises Conflict when it is another by now, Invalid
    for `to`, NotFound.
    """
    customer = lock_customer(session, actor, number, Permission.FOLLOW_UP_CREATE)
    zone = get_settings().zone
    due_at = customer.next_follow_up_at
    shown = format_local(due_at, tz=zone) if due_at else ""
    if due_at is None or shown != planned:
        by, at = queries.last_planner(session, customer.id or 0)
        raise Conflict(field="next_follow_up_at", theirs=shown, mine=to, by=by, at=at, version=customer.version)
    moved: datetime | Problem | None = None
    if to != "never":
        moved = rules.postponed(to, due_at=due_at, now=utcnow(), tz=zone)
        if isinstance(moved, Problem):
            raise Invalid({"to": moved})
    _move_plans(session, customer, moved)
    step = Edit("next_follow_up_at", shown, format_local(moved, tz=zone) if moved else "")
    save_changes(session, actor, customer, edits=[step], columns={"next_follow_up_at": moved})
    announce(Change("follow_up", customer.id, actor.user_id, same_reach=True))
    return moved


def add_task(
    session: Session, actor: Actor, *, number: str, title: str, due_at: str, user_id: int = 0, ticket: str = ""
) -> TaskSaved:
    """A 「待办事项」 for a customer, or without a number one's own. `user_id` 0 is the actor; `ticket` as above.

    Raises Invalid by field, NotFound, Forbidden.
    """
    if not actor.may(Permission.TASK_EDIT):
        raise Forbidden
    # Locked, so that no task is left behind at a customer that is being merged (R5.1).
    customer = lock_customer(session, actor, number, Permission.CUSTOMER_VIEW) if number else None
    typed = {"number": number, "title": title, "due_at": due_at, "user_id": user_id}
    slip = receipts.take(session, actor, Kind.TASK, ticket, content=typed)
    if slip.saved is not None:
        return TaskSaved(slip.saved, 0, changed=False)
    new = rules.check_task(title=title, due_at=due_at, user_id=user_id, now=utcnow(), tz=get_settings().zone)
    task = _make_task(session, actor, customer, new, field="user_id")
    slip.fill(session, task.id or 0)
    return TaskSaved(task.id or 0, task.version, changed=True)


def complete_task(session: Session, actor: Actor, *, task_id: int, version: int) -> TaskSaved:
    """Mark a task done. Done already, by whomever: nothing changes and the answer tells. Raises Conflict, NotFound."""
    task = _get_task(session, actor, task_id)
    if task.done_at is not None:
        return _as_it_was(session, task)
    _check_version(session, task, version, mine="done")
    task.done_at, task.done_by = utcnow(), actor.user_id
    return _changed(actor, task)


def reopen_task(session: Session, actor: Actor, *, task_id: int, version: int) -> TaskSaved:
    """Take back that a task is done; open already: nothing changes. Raises Conflict, NotFound."""
    task = _get_task(session, actor, task_id)
    if task.done_at is None:
        return _as_it_was(session, task)
    _check_version(session, task, version, mine="open")
    task.done_at = task.done_by = None
    return _changed(actor, task)


def postpone_task(session: Session, actor: Actor, *, task_id: int, version: int, to: str) -> TaskSaved:
    """Give an open task another due date: "tomorrow", "next_week", a date or a moment.

    Done already: nothing changes and the answer tells. Raises Invalid for `to`, Conflict, NotFound.
    """
    task = _get_task(session, actor, task_id)
    if task.done_at is not None:
        return _as_it_was(session, task)
    _check_version(session, task, version, mine=to)
    moved = rules.postponed(to, due_at=task.due_at, now=utcnow(), tz=get_settings().zone)
    if isinstance(moved, Problem):
        raise Invalid({"to": moved})
    task.due_at = moved
    return _changed(actor, task)


def _make_task(session: Session, actor: Actor, customer: Customer | None, new: NewTask, *, field: str) -> Task:
    user_id = new.user_id or actor.user_id
    if user_id != actor.user_id and (customer is None or not queries.can_take_over(session, customer, user_id)):
        raise Invalid({field: Problem("error.timeline.assignee")})
    now = utcnow()
    task = Task(
        customer_id=customer.id if customer else None,
        user_id=user_id,
        title=new.title,
        due_at=new.due_at,
        at=now,
        created_at=now,
        created_by=actor.user_id,
        changed_by=actor.user_id,
    )
    session.add(task)
    session.flush()
    announce(Change("task", task.customer_id, actor.user_id, same_reach=True))
    return task


def _make_follow_up(
    session: Session, actor: Actor, customer: Customer, new: NewFollowUp, task: Task | None
) -> FollowUp:
    row = FollowUp(
        customer_id=customer.id or 0,
        user_id=actor.user_id,
        at=new.at,
        method=new.method,
        participants=new.participants,
        content=new.content,
        feedback=new.feedback,
        result=new.result,
        next_at=new.next_at,
        task_id=task.id if task else None,
    )
    session.add(row)
    session.flush()
    return row


def settle_contacts(session: Session, customer_id: int) -> None:
    """As a follow-up does it, for whoever wrote or removed some by other ways; the caller locked the customer."""
    customer = session.get_one(Customer, customer_id, populate_existing=True)
    customer.last_contact_at, customer.last_method = None, ""
    settle(session, customer)


def settle(session: Session, customer: Customer) -> None:
    """Compute the customer's last contact and next follow-up anew from the timeline (R1.6)."""
    last = queries.find_last_contact(session, customer.id or 0)
    if last is not None:
        customer.last_contact_at, customer.last_method = last
    plan = queries.plan_of(customer, queries.find_newest_plan(session, customer.id or 0))
    customer.next_follow_up_at = rules.next_follow_up(
        last_contact_at=customer.last_contact_at, plan=plan, tz=get_settings().zone
    )
    session.flush()


def _move_plans(session: Session, customer: Customer, moved: datetime | None) -> None:
    """Moving touches the plan in force; dropping it also those that it replaced, or they would come back."""
    if moved is not None:
        newest = queries.find_newest_plan(session, customer.id or 0)
        if newest is not None:
            newest.next_at = moved
    else:
        for row in queries.list_plans_from(session, customer.id or 0, customer.last_contact_at or customer.created_at):
            row.next_at = None


def _get_task(session: Session, actor: Actor, task_id: int) -> Task:
    """A task of the actor's own, or of a customer that his right to edit tasks covers; else NotFound.

    What belongs to a deleted customer reads like what never was, one's own tasks included.
    """
    if not actor.may(Permission.TASK_EDIT):
        raise Forbidden
    task = session.exec(select(Task).where(Task.id == task_id).with_for_update()).one_or_none()
    if task is None:
        raise NotFound
    customer = session.get(Customer, task.customer_id) if task.customer_id is not None else None
    if customer is not None and customer.deleted_at is not None:
        raise NotFound
    if task.user_id != actor.user_id and (
        task.customer_id is None or not reaches(session, actor, task.customer_id, Permission.TASK_EDIT)
    ):
        raise NotFound
    return task


def _check_version(session: Session, task: Task, version: int, *, mine: str) -> None:
    if task.version == version:
        return
    zone = get_settings().zone
    raise Conflict(
        field="task",
        theirs=format_local(task.due_at, tz=zone),
        mine=mine,
        by=_name(session, task.changed_by),
        at=format_local(task.at, tz=zone),
        version=task.version,
    )


def _as_it_was(session: Session, task: Task) -> TaskSaved:
    by = _name(session, task.done_by if task.done_at else task.changed_by)
    at = format_local(task.done_at or task.at, tz=get_settings().zone)
    return TaskSaved(task.id or 0, task.version, changed=False, by=by, at=at)


def _changed(actor: Actor, task: Task) -> TaskSaved:
    task.at, task.changed_by, task.version = utcnow(), actor.user_id, task.version + 1
    announce(Change("task", task.customer_id, actor.user_id, same_reach=True))
    return TaskSaved(task.id or 0, task.version, changed=True)


def _name(session: Session, user_id: int | None) -> str:
    found = session.get(User, user_id) if user_id else None
    return found.name if found else ""

"""Moving a customer along its life cycle, and what its deals add up to (R6.5, R1.4, R1.5)."""

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission
from crm_app.core.clock import utcnow
from crm_app.core.problems import Invalid, Problem
from crm_app.core.vocabulary import Level, ValueGrade
from crm_app.customers import queries, rules
from crm_app.customers.schemas import Saved
from crm_app.customers.service.writing import Edit, refuse_conflicts, save_changes
from crm_app.models import Customer, LevelChange


def change_level(
    session: Session,
    actor: Actor,
    *,
    number: str,
    to_level: str,
    deal_amount: str = "",
    deal_on: str = "",
    contract_number: str = "",
    loss_reason: str = "",
    note: str = "",
    version: int | None = None,
) -> Saved:
    """Take a step of the life cycle, or record a further deal of a won customer.

    Raises Forbidden, NotFound, Conflict (level changed since `version`), and Invalid: `level` for a step that does not
    exist, else by the arguments' names.
    """
    customer = queries.lock_customer(session, actor, number, Permission.CUSTOMER_EDIT)
    step = Edit("level", customer.level, to_level)
    refuse_conflicts(session, customer, edits=[step], version=version)
    if refused := rules.refused_step(customer.level, to_level):
        raise Invalid({"level": refused})
    choices = queries.get_choices(session)
    raws = {
        "deal_amount": deal_amount,
        "deal_on": deal_on,
        "contract_number": contract_number,
        "loss_reason": loss_reason,
        "note": note,
    }
    facts, problems = rules.check_level_change(to_level, raws, choices)
    if facts.contract_number and queries.is_contract_number_taken(session, facts.contract_number):
        problems["contract_number"] = _taken(facts.contract_number)
    if problems:
        raise Invalid(problems)
    _record_step(session, actor, customer, to_level, facts)
    columns = _after_step(session, customer, to_level)
    sides = [Edit(name, getattr(customer, name), str(columns[name])) for name in ("status", "customer_type")]
    edits = [edit for edit in (step, *sides) if edit.old != edit.new]
    return Saved(save_changes(session, actor, customer, edits=edits, columns=columns), to_level)


def _record_step(session: Session, actor: Actor, customer: Customer, to_level: str, facts: rules.DealFacts) -> None:
    step = LevelChange(
        customer_id=customer.id or 0,
        at=utcnow(),
        user_id=actor.user_id,
        owner_id=customer.owner_id,
        from_level=customer.level,
        to_level=to_level,
        deal_amount=facts.amount,
        deal_on=facts.deal_on,
        contract_number=facts.contract_number,
        loss_reason=facts.loss_reason,
        note=facts.note,
    )
    try:
        with session.begin_nested():
            session.add(step)
    except IntegrityError:
        # Somebody saved the same contract number between the look and the insert.
        raise Invalid({"contract_number": _taken(facts.contract_number or "")}) from None


def _taken(contract_number: str) -> Problem:
    return Problem("customers.problem.contract_number_taken", {"number": contract_number})


def _after_step(session: Session, customer: Customer, to_level: str) -> dict[str, object]:
    trade = rules.trade_of(
        queries.list_deals(session, customer.id or 0),
        today=queries.get_choices(session).today,
        thresholds=queries.get_grade_thresholds(session),
    )
    return {
        "level": to_level,
        "status": rules.status_after(to_level, customer.status),
        "customer_type": rules.type_after(customer.customer_type, trade.orders)
        if to_level == Level.WON
        else customer.customer_type,
        **_sums(customer, trade),
    }


def _sums(customer: Customer, trade: rules.Trade) -> dict[str, object]:
    return {
        "total_amount": trade.total,
        "order_count": trade.orders,
        "first_order_on": trade.first_on,
        "value_grade": rules.grade_in_force(customer.hand_grade, trade.grade),
    }


def settle_deals(session: Session, customer_id: int) -> None:
    """Bring what the deals add up to in line with them, after they were written or removed in bulk."""
    session.flush()
    customer = session.get_one(Customer, customer_id, populate_existing=True)
    trade = rules.trade_of(
        queries.list_deals(session, customer_id),
        today=queries.get_choices(session).today,
        thresholds=queries.get_grade_thresholds(session),
    )
    for name, value in _sums(customer, trade).items():
        setattr(customer, name, value)
    session.flush()


def set_grade(session: Session, actor: Actor, *, number: str, grade: str, version: int | None = None) -> Saved:
    """Grade by hand; "" goes back to what the deals add up to (R1.4).

    Raises Forbidden, NotFound, Invalid for `hand_grade`, Conflict.
    """
    customer = queries.lock_customer(session, actor, number, Permission.CUSTOMER_EDIT)
    if grade not in ("", *ValueGrade):
        raise Invalid({"hand_grade": Problem("customers.problem.unknown_option")})
    if grade == customer.hand_grade:
        return Saved(customer.version, grade)
    edit = Edit("hand_grade", customer.hand_grade, grade)
    refuse_conflicts(session, customer, edits=[edit], version=version)
    computed = rules.trade_of(
        queries.list_deals(session, customer.id or 0),
        today=queries.get_choices(session).today,
        thresholds=queries.get_grade_thresholds(session),
    ).grade
    columns = {
        "hand_grade": grade,
        "hand_grade_by": actor.user_id if grade else None,
        "hand_grade_at": utcnow() if grade else None,
        "value_grade": rules.grade_in_force(grade, computed),
    }
    return Saved(save_changes(session, actor, customer, edits=[edit], columns=columns), grade)

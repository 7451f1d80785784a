"""Editing a customer as a whole form (R2.3).

The form says on which version it was begun; what the person changed is what differs from the values of that version,
which the history knows. So nobody has to remember them, and a form that was typed before a restart is still judged by
what its person saw.
"""

from collections.abc import Mapping, Sequence

from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission
from crm_app.access.scope import get_customer
from crm_app.core.clock import format_local
from crm_app.core.errors import Conflict, Refused
from crm_app.core.settings import get_settings
from crm_app.core.text import clean_text
from crm_app.customers import queries, rules
from crm_app.customers.schemas import DuplicateHint, EditedForm, FormReview, Probe, Saved, Since, UpdateCustomer
from crm_app.customers.service.checks import check_duplicates
from crm_app.customers.service.records import check_changes, editable_by, update_customer
from crm_app.customers.service.writing import Edit, find_conflicts
from crm_app.fields.queries import list_required
from crm_app.models import Customer


def review_form(session: Session, actor: Actor, *, form: EditedForm, known: Probe | None = None) -> FormReview:
    """What `save_form` would say to a form that is still being typed; writes nothing.

    `known` is what duplicates were looked for by last time: the same again spares the search. Raises Forbidden,
    NotFound.
    """
    customer = get_customer(session, actor, form.number, Permission.CUSTOMER_EDIT)
    editable = editable_by(session, actor)
    since = queries.changes_since(session, customer.id or 0, version=form.version, fields=editable)
    now = queries.record_texts(session, actor, customer)
    before = now | {name: step.before for name, step in since.items()}
    changes = _changes(form, before, editable)
    values, problems = check_changes(session, actor, customer, changes | _missing(session, form, editable))
    edits = [
        Edit(name, now[name], text) for name, value in values.items() if (text := rules.as_text(value)) != now[name]
    ]
    probe = rules.probe_of({name: changes.get(name, "") for name in ("name", "credit_code")}, ())
    return FormReview(
        before=before,
        changed=frozenset(changes),
        problems=problems,
        conflicts=tuple(find_conflicts(session, customer, edits=edits, version=form.version)),
        merged=_merged(since, now, changes),
        probe=probe,
        hints=None if probe == known else _duplicates(session, actor, customer, probe),
    )


def save_form(session: Session, actor: Actor, *, form: EditedForm) -> Saved:
    """Save what the person changed, all or none.

    Raises as `update_customer`; FormConflict or Conflict for fields that others changed and that the person did not
    decide about after he saw their latest change.
    """
    customer = queries.lock_customer(session, actor, form.number, Permission.CUSTOMER_EDIT)
    editable = editable_by(session, actor)
    since = queries.changes_since(session, customer.id or 0, version=form.version, fields=editable)
    now = queries.record_texts(session, actor, customer)
    changes = _changes(form, now | {name: step.before for name, step in since.items()}, editable)
    changes |= _missing(session, form, editable)
    decided = {
        name: decision
        for name, decision in form.decisions.items()
        if name in since and decision.version >= since[name].version
    }
    cmd = UpdateCustomer(
        number=form.number,
        version=form.version,
        changes={name: raw for name, raw in changes.items() if name not in decided or decided[name].mine},
        confirmed_duplicates=form.confirmed_duplicates,
        seen={name: decision.version for name, decision in decided.items() if decision.mine},
    )
    return update_customer(session, actor, cmd=cmd)


def _changes(form: EditedForm, before: Mapping[str, str], editable: Sequence[str]) -> dict[str, str]:
    """What differs from what the person began with, but for blanks around it, in the order of the fields."""
    known = {name: form.values[name] for name in editable if name in form.values}
    return {name: raw for name, raw in known.items() if clean_text(raw) != clean_text(before[name])}


def _missing(session: Session, form: EditedForm, editable: Sequence[str]) -> dict[str, str]:
    """Fields that must be filled in by now and stand empty in the form, also where nobody touched them (R1.8).

    Whoever saves the whole form has them all before him; a single field is saved without.
    """
    return {
        name: ""
        for name in list_required(session)
        if name in editable and name in form.values and not clean_text(form.values[name])
    }


def _merged(since: Mapping[str, Since], now: Mapping[str, str], changes: Mapping[str, str]) -> tuple[Conflict, ...]:
    zone = get_settings().zone
    return tuple(
        Conflict(
            field=name,
            before=step.before,
            theirs=now[name],
            mine="",
            by=step.by,
            at=format_local(step.at, tz=zone),
            version=step.version,
        )
        for name, step in since.items()
        if name not in changes and step.before != now[name]
    )


def _duplicates(session: Session, actor: Actor, customer: Customer, probe: Probe) -> tuple[DuplicateHint, ...]:
    """Of what is new in the form only: who was alike before is no news to whoever edits."""
    try:
        return check_duplicates(session, actor, probe=probe, exclude_id=customer.id) if probe != Probe() else ()
    except Refused:
        return ()

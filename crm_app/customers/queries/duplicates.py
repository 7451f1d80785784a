"""Likely duplicates of what is being typed (R2.2).

This is an oracle on customers that the actor may not see, so out of reach it says only who is in charge and why the
two match: enough to go and ask, nothing to go and call.
"""

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import Select, case, or_, select
from sqlmodel import Session, col

from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission
from crm_app.access.scope import customers_in_reach
from crm_app.core.text import normalise_company_name, same_but_for_form, same_name, similarity
from crm_app.customers import rules
from crm_app.customers.schemas import DuplicateHint, Probe, Reason
from crm_app.customers.search import entries_with_any
from crm_app.models import Contact, Customer, User

ALIKE = 80
"""Names less alike than this percentage are no hint."""
EXACT = frozenset({"credit_code", "mobile", "phone"})
"""Reasons that need an explicit confirmation at save."""
_MOST_EXACT = 50
_NAMESAKE = 50
"""How likely a contact of the same name alone makes a duplicate, in percent: less than any name that is alike."""
_NOT_THE_SAME = 99
"""At most so alike, in percent, are names that differ in more than the legal form: one may leave out the place."""
_NAMES = frozenset({"same_name", "same_but_form", "name"})
_MOST_COMPARED = 120
"""Customers that share a part with what is typed; a part that more of them have tells little."""

_Found = dict[int, dict[str, int]]


def find_duplicates(
    session: Session, actor: Actor, *, probe: Probe, exclude_id: int | None = None, exact_only: bool = False
) -> tuple[DuplicateHint, ...]:
    """The likeliest live duplicates first, exact ones before all others, whether in reach or not."""
    found: _Found = defaultdict(dict)
    _same_contact_data(session, probe, found)
    _same_credit_code(session, probe, found)
    if not exact_only:
        _like_name(session, probe, found)
        _same_contact_name(session, actor, probe, found)
    if exact_only:
        found = {key: reasons for key, reasons in found.items() if EXACT & reasons.keys()}
    found.pop(exclude_id or 0, None)
    return _hints(session, actor, found)


def _weight(reasons: dict[str, int]) -> int:
    return max(reasons.values()) + 100 * len(EXACT & reasons.keys()) + len(reasons)


def _same_contact_data(session: Session, probe: Probe, found: _Found) -> None:
    numbers = tuple({*probe.mobiles, *probe.phones})
    if not numbers and not probe.emails:
        return
    # Without a join, with which SQLite walks all customers instead of asking three indices; `_hints` drops the deleted.
    statement = (
        select(col(Contact.customer_id), col(Contact.mobile), col(Contact.phone), col(Contact.email))
        .where(
            or_(
                col(Contact.mobile).in_(numbers),
                col(Contact.phone).in_(numbers),
                col(Contact.email).in_(probe.emails),
            )
        )
        .limit(_MOST_EXACT)
    )
    for customer_id, mobile, phone, email in session.execute(statement):
        if mobile in numbers:
            found[customer_id]["mobile"] = 100
        if phone in numbers:
            found[customer_id]["phone"] = 100
        if email in probe.emails:
            found[customer_id]["email"] = 100


def _same_credit_code(session: Session, probe: Probe, found: _Found) -> None:
    if not probe.credit_code:
        return
    statement = _live(select(col(Customer.id))).where(col(Customer.credit_code) == probe.credit_code)
    for customer_id in session.execute(statement.limit(_MOST_EXACT)).scalars():
        found[customer_id or 0]["credit_code"] = 100


def _like_name(session: Session, probe: Probe, found: _Found) -> None:
    """Names are compared for those that share the key or a telling part, and for those that match anyway."""
    key = normalise_company_name(probe.name)
    if not key:
        return
    same_key = _live(select(col(Customer.id), col(Customer.name))).where(col(Customer.name_key) == key)
    names: dict[int, str] = dict(session.execute(same_key.limit(_MOST_EXACT)).all())
    names |= _names(session, found.keys() - names.keys())
    parts = rules.telling_parts(probe.name)
    similar = entries_with_any(parts, dialect=session.get_bind().dialect.name) if parts else None
    if similar is not None:
        ids = session.execute(similar.limit(_MOST_COMPARED)).scalars().all()
        names |= _names(session, set(ids) - names.keys())
    for customer_id, name in names.items():
        if (percent := similarity(probe.name, name)) >= ALIKE:
            found[customer_id] |= _name_reason(probe.name, name, percent)


def _name_reason(typed: str, name: str, percent: int) -> dict[str, int]:
    """100 % is said in words: what is the same, or that only the legal form differs; all else differs somewhere."""
    if percent == 100 and same_name(typed, name):
        return {"same_name": 100}
    if percent == 100 and same_but_for_form(typed, name):
        return {"same_but_form": 100}
    return {"name": min(percent, _NOT_THE_SAME)}


def _same_contact_name(session: Session, actor: Actor, probe: Probe, found: _Found) -> None:
    """A namesake is little evidence: only where the actor may see the contact in full, and last of all hints."""
    dialect = session.get_bind().dialect.name
    likely = entries_with_any(probe.contacts, dialect=dialect, closed=True) if probe.contacts else None
    if likely is None:
        return
    # Two steps, because PostgreSQL would read all contacts for the names rather than begin with the few customers.
    readable = customers_in_reach(actor, Permission.CUSTOMER_REVEAL)
    ids = session.execute(select(col(Customer.id)).where(col(Customer.id).in_(likely), readable).limit(_MOST_COMPARED))
    namesakes = select(col(Contact.customer_id)).where(
        col(Contact.customer_id).in_(tuple(ids.scalars())), col(Contact.name).in_(probe.contacts)
    )
    for customer_id in session.execute(namesakes).scalars():
        found[customer_id]["contact"] = _NAMESAKE


def _names(session: Session, ids: Iterable[int]) -> dict[int, str]:
    statement = select(col(Customer.id), col(Customer.name)).where(col(Customer.id).in_(tuple(ids)))
    return {customer_id or 0: name for customer_id, name in session.execute(statement)}


def _live(statement: Select) -> Select:
    return statement.where(col(Customer.deleted_at).is_(None))


def _hints(session: Session, actor: Actor, found: _Found) -> tuple[DuplicateHint, ...]:
    if not found:
        return ()
    statement = (
        select(
            col(Customer.id),
            col(Customer.number),
            col(Customer.name),
            col(User.name),
            case((customers_in_reach(actor), 1), else_=0),
        )
        .outerjoin(User, col(User.id) == col(Customer.owner_id))
        .where(col(Customer.id).in_(tuple(found)), col(Customer.deleted_at).is_(None))
    )
    rows = {row[0]: row for row in session.execute(statement)}
    likeliest = sorted(rows, key=lambda key: (-_weight(found[key]), key))
    return tuple(_hint(found[key], *rows[key][1:]) for key in likeliest)


def _hint(reasons: dict[str, int], number: str, name: str, owner: str | None, openable: int) -> DuplicateHint:
    told = (Reason(code, percent) for code, percent in reasons.items())
    return DuplicateHint(
        reasons=tuple(told if openable else map(_veiled, told)),
        owner=owner or "",
        openable=bool(openable),
        number=number if openable else "",
        name=name if openable else "",
        exact=bool(EXACT & reasons.keys()),
    )


def _veiled(reason: Reason) -> Reason:
    """Of a name out of reach only that it is alike: by the percentage it could be typed out letter by letter."""
    return Reason("alike_name", ALIKE) if reason.code in _NAMES else reason

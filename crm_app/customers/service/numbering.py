"""Customer numbers, made in the transaction of the row that gets them (R1.1)."""

from datetime import date

from sqlalchemy import text
from sqlmodel import Session

from crm_app.customers import queries

_TAKE = text(
    "INSERT INTO number_counter (prefix, last) VALUES (:prefix, :count)"
    " ON CONFLICT (prefix) DO UPDATE SET last = number_counter.last + :count RETURNING last"
)
"""One statement on both engines: the row lock that it takes makes others wait until this transaction ends, so that a
rollback gives the number back and two never get the same."""


def take_numbers(session: Session, *, industry: str, on: date, count: int = 1) -> tuple[str, ...]:
    """The next `count` numbers of an industry on a local day; the counter only grows, whatever is deleted later."""
    pattern = queries.get_number_pattern(session)
    prefix = pattern.prefix(industry=industry, on=on)
    taken: list[str] = []
    while len(taken) < count:
        wanted = count - len(taken)
        last = session.execute(_TAKE, {"prefix": prefix, "count": wanted}).scalar_one()
        made = pattern.format_all(industry=industry, on=on, counted=range(last - wanted + 1, last + 1))
        # An imported customer may have brought a number of this form along.
        used = queries.taken_of(session, made)
        taken.extend(number for number in made if number not in used)
    return tuple(taken)

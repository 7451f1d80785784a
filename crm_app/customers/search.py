"""The full-text index of customers: what is written into it, and the condition that asks it.

Each live customer has one entry with two columns: `open` (name, number, pinyin) for everybody who sees the customer,
and `closed` (contacts, credit code) for those who may see its contact data in full: whoever may not, must not find a
customer by typing a number either (R10.3). The table is made by a migration and named here by hand, because SQLModel
has no word for it.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    cast,
    column,
    delete,
    func,
    insert,
    or_,
    select,
    table,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR
from sqlmodel import Session, col

from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission, Reach
from crm_app.access.scope import customers_in_reach
from crm_app.core.pinyin import Pinyin, company_pinyin, fts5_query, person_pinyin, search_terms, tsquery
from crm_app.core.sql import table_of
from crm_app.models import Contact, Customer, MergedCustomer, Setting

MAX_WORDS = 8
TERMS = 2
"""Counts up when the same text gets other terms: the index is then made anew by the next start."""
_TERMS_KEY = "customers.search_terms"
FEW = 300
"""So many found customers are named one by one in what else is asked of them."""
_BATCH = 1000
_NUMBER_RUN = re.compile(r"0*(\d+)")
_WIDTH: dict[Reach | None, int] = {None: 0, Reach.OWN: 1, Reach.DEPARTMENT: 2, Reach.ALL: 3}

_fts5 = table("customer_search", column("rowid"), column("open"), column("closed"))
_fts5_match: ColumnElement[Any] = column("customer_search")
"""FTS5 is asked through a hidden column that has the table's own name."""
_tsvectors = table("customer_search", column("id"), column("open", TSVECTOR), column("closed", TSVECTOR))


def index_customer(session: Session, customer_id: int) -> None:
    """Bring one customer's entry and sort keys up to date.

    To be called in the same transaction after a change of name, number, credit code or contacts, and after a deletion
    or its undoing.
    """
    session.flush()
    source, key = (_fts5, _fts5.c.rowid) if _on_sqlite(session) else (_tsvectors, _tsvectors.c.id)
    session.execute(delete(source).where(key == customer_id))
    _write(session, [customer_id])


def index_new(session: Session, ids: Sequence[int]) -> None:
    """Add the entries of customers that have none yet: for loaders that write rows in bulk."""
    _write(session, ids)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a customer is found and ordered by, but for its number: made before there is one, where many are written."""

    name: str
    pinyin: str
    closed: str
    name_sort: str


def terms_of(name: str, credit_code: str, contacts: Iterable[tuple[str, str, str, str]]) -> Terms:
    """The terms of a customer; `contacts` are names, mobiles, phones and e-mail addresses."""
    read = _company(name)
    closed: list[str] = []
    for person, *numbers in contacts:
        closed += [_person_terms(person), *map(search_terms, filter(None, numbers))]
    closed.append(search_terms(credit_code) if credit_code else "")
    return Terms(
        search_terms(name), _joined((read.full, read.initials)), " ".join(filter(None, closed)), read.full[:60]
    )


def number_key(number: str) -> str:
    """`number_sort` of a customer."""
    return _NUMBER_RUN.sub(_with_length, number)[:80]


def index_terms(session: Session, entries: Iterable[tuple[int, str, Terms]]) -> None:
    """Add the entries of customers that have none yet, by id and number, from terms that were made before."""
    made = [
        (customer_id, f"{terms.name} {search_terms(number)} {terms.pinyin}", terms.closed)
        for customer_id, number, terms in entries
    ]
    if _on_sqlite(session):
        driver: Any = session.connection().connection.driver_connection
        driver.executemany("INSERT INTO customer_search (rowid, open, closed) VALUES (?, ?, ?)", made)
    else:
        rows = [{"id": key, "open": _as_vector(opened), "closed": _as_vector(closed)} for key, opened, closed in made]
        session.execute(insert(_tsvectors), rows)


def set_index_pace(session: Session, *, merge: int = 4, kept: int = 1 << 20) -> None:
    """How soon SQLite's index joins its pieces, 0: later, and how many bytes it gathers for one; else as it comes."""
    for name, value in (("automerge", merge), ("hashsize", kept)):
        session.execute(text(f"INSERT INTO customer_search (customer_search, rank) VALUES ('{name}', {value:d})"))  # noqa: S608 - our own words.


def forget_entries(session: Session, ids: Sequence[int]) -> None:
    """Remove the entries of customers that were deleted, where many are."""
    source, key = (_fts5, _fts5.c.rowid) if _on_sqlite(session) else (_tsvectors, _tsvectors.c.id)
    session.execute(delete(source).where(key.in_(ids)))


def index_again(session: Session, ids: Sequence[int]) -> None:
    """Bring the entries of customers up to date whose rows are written already."""
    forget_entries(session, ids)
    _write(session, ids)


def index_all(session: Session) -> int:
    """Make the whole index anew, after a bulk load or a restore; returns the number of entries."""
    session.flush()
    session.execute(delete(_fts5 if _on_sqlite(session) else _tsvectors))
    live = select(col(Customer.id)).where(col(Customer.deleted_at).is_(None)).order_by(col(Customer.id))
    ids = [found for found in session.execute(live).scalars() if found is not None]
    for start in range(0, len(ids), _BATCH):
        _write(session, ids[start : start + _BATCH])
    return len(ids)


def is_index_current(session: Session) -> bool:
    """Whether the whole index was made with the terms of this version."""
    found = session.get(Setting, _TERMS_KEY)
    return found is not None and found.value.get("version") == TERMS


def fill_index(session: Session) -> None:
    """Make the whole index with this version's terms, unless somebody did meanwhile; kept together with saying so."""
    if not _on_sqlite(session):
        # Others may go on searching; who saves a customer waits, and is indexed after it.
        session.execute(text("LOCK TABLE customer_search IN SHARE ROW EXCLUSIVE MODE"))
    if not is_index_current(session):
        index_all(session)
        session.merge(Setting(key=_TERMS_KEY, value={"version": TERMS}))


def list_misindexed(session: Session) -> list[int]:
    """Ids of live customers without an entry, and of entries without a live customer."""
    key = _fts5.c.rowid if _on_sqlite(session) else _tsvectors.c.id
    live = set(session.execute(select(col(Customer.id)).where(col(Customer.deleted_at).is_(None))).scalars())
    return sorted(found or 0 for found in live ^ set(session.execute(select(key)).scalars()))


def sort_keys(name: str, number: str) -> dict[str, str]:
    """`name_sort` and `number_sort` of a customer, for loaders that write rows in bulk."""
    return {"name_sort": _company(name).full[:60], "number_sort": number_key(number)}


def matches(actor: Actor, text: str, *, dialect: str) -> ColumnElement[bool] | None:
    """The condition on Customer that each word of a text is found; None when nothing in it can be searched.

    It does not scope: combine it with `customers_in_reach`.
    """
    words = _words(text)
    if not words:
        return None
    view, reveal = (_WIDTH[actor.reach(p)] for p in (Permission.CUSTOMER_VIEW, Permission.CUSTOMER_REVEAL))
    in_open = col(Customer.id).in_(_entries(words, dialect, closed=False))
    if not reveal:
        return in_open
    anywhere = col(Customer.id).in_(_entries(words, dialect, closed=True))
    if reveal >= view:
        return anywhere
    return or_(in_open, and_(anywhere, customers_in_reach(actor, Permission.CUSTOMER_REVEAL)))


def few_matches(session: Session, actor: Actor, text: str) -> tuple[int, ...] | None:
    """The ids that `matches` would look up, where they are at most `FEW`: one pass of the index serves for all.

    None where there are more, where nothing can be searched, and where it depends on the customer whether contacts may
    be searched. It does not scope either.
    """
    words = _words(text)
    view, reveal = (_WIDTH[actor.reach(p)] for p in (Permission.CUSTOMER_VIEW, Permission.CUSTOMER_REVEAL))
    if not words or 0 < reveal < view:
        return None
    entries = _entries(words, session.get_bind().dialect.name, closed=bool(reveal))
    found = tuple(session.execute(entries.limit(FEW + 1)).scalars())
    return found if len(found) <= FEW else None


def candidates(text: str, *, dialect: str, closed: bool = False) -> ColumnElement[bool] | None:
    """The customers that have this text, blanks left out, in their entry: a quick first sieve for an exact test.

    None when nothing in the text can be searched. Combine a `closed` one with the reach of CUSTOMER_REVEAL.
    """
    word = "".join(text.split())
    return col(Customer.id).in_(_entries([word], dialect, closed=closed)) if tsquery(word) else None


def count_entries(session: Session, actor: Actor, text: str) -> int | None:
    """How many customers `matches` finds in the whole database, for somebody who sees all of them; else None.

    The index holds live customers only and counts without reading them, ten to thirty times as fast as a join.
    """
    words = _words(text)
    reveal = actor.reach(Permission.CUSTOMER_REVEAL)
    if not words or actor.reach(Permission.CUSTOMER_VIEW) is not Reach.ALL or reveal not in (None, Reach.ALL):
        return None
    entries = _entries(words, session.get_bind().dialect.name, closed=reveal is Reach.ALL)
    return session.execute(entries.with_only_columns(func.count(), maintain_column_froms=True)).scalar_one()


def entries_with_any(texts: Iterable[str], *, dialect: str, closed: bool = False) -> Select[Any] | None:
    """The ids of live customers that have one of these texts in name, number or pinyin; `closed`: in contacts or code.

    None when none of them can be searched.

    It does not scope: for comparing names in the search for duplicates, which says nothing of those out of reach.
    """
    words = [text for text in texts if tsquery(text)]
    if not words:
        return None
    if dialect == "sqlite":
        asked = f"{'closed' if closed else 'open'} : ({' OR '.join(map(fts5_query, words))})"
        return select(_fts5.c.rowid).where(_fts5_match.op("MATCH")(asked))
    asked = " | ".join(f"({tsquery(word)})" for word in words)
    there = _tsvectors.c.closed if closed else _tsvectors.c.open
    return select(_tsvectors.c.id).where(there.op("@@")(cast(asked, TSQUERY)))


def _words(text: str) -> list[str]:
    return [word for word in text.split() if tsquery(word)][:MAX_WORDS]


def _entries(words: Sequence[str], dialect: str, *, closed: bool) -> Select[Any]:
    """The ids of the entries that have all words."""
    if dialect == "sqlite":
        asked = " AND ".join(map(fts5_query, words))
        return select(_fts5.c.rowid).where(_fts5_match.op("MATCH")(asked if closed else f"open : ({asked})"))
    columns = (_tsvectors.c.open, _tsvectors.c.closed) if closed else (_tsvectors.c.open,)
    found = [or_(*(there.op("@@")(cast(tsquery(word), TSQUERY)) for there in columns)) for word in words]
    return select(_tsvectors.c.id).where(*found)


def _write(session: Session, ids: Sequence[int]) -> None:
    """Add the entries of those of these customers that are live, and refresh their sort keys."""
    rows = session.execute(
        select(
            col(Customer.id),
            col(Customer.name),
            col(Customer.number),
            col(Customer.credit_code),
            col(Customer.name_sort),
            col(Customer.number_sort),
        ).where(col(Customer.id).in_(ids), col(Customer.deleted_at).is_(None))
    ).all()
    contacts, former = _contact_terms(session, ids), _former_numbers(session, ids)
    entries, stale = [], []
    for customer_id, name, number, credit_code, *sorted_by in rows:
        read = _company(name)
        opened = (name, number, read.full, read.initials, *former[customer_id])
        entries.append((customer_id, opened, (*contacts[customer_id], credit_code)))
        keys = sort_keys(name, number)
        if list(keys.values()) != sorted_by:
            stale.append({"id": customer_id, **keys})
    if stale:
        session.execute(update(Customer), stale)
    if entries:
        _insert(session, entries)


def _former_numbers(session: Session, ids: Sequence[int]) -> dict[int, list[str]]:
    """The numbers of those that were merged into these customers, and into those before (R5.1)."""
    merged, further = table_of(MergedCustomer), table_of(MergedCustomer).alias()
    lives_in = (
        select(merged.c.customer_id, merged.c.survivor_id.label("top"))
        .where(merged.c.survivor_id.in_(ids))
        .cte("lives_in", recursive=True)
    )
    lives_in = lives_in.union_all(
        select(further.c.customer_id, lives_in.c.top).where(further.c.survivor_id == lives_in.c.customer_id)
    )
    numbers: dict[int, list[str]] = defaultdict(list)
    customer = table_of(Customer).c
    for top, number in session.execute(
        select(lives_in.c.top, customer.number).where(customer.id == lives_in.c.customer_id)
    ):
        numbers[top].append(number)
    return numbers


def _contact_terms(session: Session, ids: Sequence[int]) -> dict[int, list[str]]:
    terms: dict[int, list[str]] = defaultdict(list)
    found = session.execute(
        select(
            col(Contact.customer_id), col(Contact.name), col(Contact.mobile), col(Contact.phone), col(Contact.email)
        ).where(col(Contact.customer_id).in_(ids))
    )
    for customer_id, name, *numbers in found:
        read = _person(name)
        terms[customer_id] += [name, read.full, read.initials, *numbers]
    return terms


def _insert(session: Session, entries: Iterable[tuple[int, Iterable[str], Iterable[str]]]) -> None:
    if _on_sqlite(session):
        made = [
            {"rowid": customer_id, "open": _joined(opened), "closed": _joined(closed)}
            for customer_id, opened, closed in entries
        ]
        session.execute(insert(_fts5), made)
        return
    made = [
        {"id": customer_id, "open": _tsvector(opened), "closed": _tsvector(closed)}
        for customer_id, opened, closed in entries
    ]
    session.execute(insert(_tsvectors), made)


def _joined(values: Iterable[str]) -> str:
    return " ".join(filter(None, map(search_terms, values)))


def _tsvector(values: Iterable[str]) -> str:
    """The literal form, because PostgreSQL's parser would read some terms as numbers or hosts and change them."""
    return _as_vector(_joined(values))


def _as_vector(terms: str) -> str:
    return " ".join(f"'{term}':{place}" for place, term in enumerate(terms.split(), start=1))


def _with_length(run: re.Match[str]) -> str:
    return f"{len(run[1]):02}{run[1]}"


def _on_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


@lru_cache(maxsize=4096)
def _company(name: str) -> Pinyin:
    return company_pinyin(name)


@lru_cache(maxsize=16384)
def _person_terms(name: str) -> str:
    spoken = _person(name)
    return _joined((name, spoken.full, spoken.initials))


@lru_cache(maxsize=16384)
def _person(name: str) -> Pinyin:
    return person_pinyin(name)

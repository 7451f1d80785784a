"""What is wrong in a few records, as in every company: so that anomalies and duplicates have something to show."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, delete, func, select, update
from sqlmodel import Session

from crm_app.anomalies.queries import get_measure, list_facts
from crm_app.anomalies.service import judge_all, keep_unchanged
from crm_app.core.sql import table_of
from crm_app.core.text import normalise_company_name
from crm_app.core.vocabulary import Level, ValueGrade
from crm_app.customers.search import index_again, sort_keys
from crm_app.models import Contact, Customer, LevelChange

LEAST, MOST = 200, 2_000
"""Fewer customers have no room for it, and more take seconds to judge: these stay as they are."""
_TIMES = 3
_customers, _contacts, _steps = table_of(Customer), table_of(Contact), table_of(LevelChange)
_c = _customers.c
_FORM = "有限公司"
_OTHER_TRADE = {"MFG": "软件开发、系统集成", "ITS": "设备制造、零部件加工", "RET": "职业培训、语言培训"}


def add_flaws(session: Session, *, after: int, customers: int) -> None:
    """Spoil some of the customers whose ids are above `after`, and judge them all, as the server would do soon."""
    if not LEAST <= customers <= MOST:
        return
    owned = select(_c.id).where(_c.id > after, _c.owner_id.is_not(None)).order_by(_c.id)
    won = owned.where(_c.level == Level.WON, _c.order_count == 1)
    pools: Mapping[Callable[[Session, Sequence[int]], None], Select[Any]] = {
        _lose_contacts: owned.where(_c.level == Level.POTENTIAL),
        _lose_numbers: owned.where(_c.level == Level.INTENT),
        _mistype_mobile: owned.where(_c.level == Level.POTENTIAL),
        _mistype_code: owned.where(_c.credit_code != ""),
        _mistake_trade: owned.where(_c.industry.in_(_OTHER_TRADE)),
        _lose_contract: won,
        _lose_amount: won,
    }
    spoilt: list[int] = []
    for spoil, pool in pools.items():
        ids = session.execute(pool.where(_c.id.not_in(spoilt))).scalars().all()
        some = ids[:: max(1, len(ids) // _TIMES)][:_TIMES]
        spoil(session, some)
        spoilt += some
    named = owned.where(_c.id.not_in(spoilt), _c.name.like(f"%{_FORM}"), ~_c.name.like(f"%股份{_FORM}"))
    spoilt += _enter_twice(session, session.execute(named.where(_c.level == Level.POTENTIAL)).scalars().all())
    index_again(session, spoilt)
    _judge(session, session.execute(select(_c.id).where(_c.id > after)).scalars().all())


def _judge(session: Session, ids: Sequence[int]) -> None:
    session.flush()
    measure = get_measure(session)
    keep_unchanged(session, judge_all(list_facts(session, ids, measure), measure), measure)


def _enter_twice(session: Session, ids: Sequence[int]) -> list[int]:
    """Some customers whom somebody else entered again: the form of the name otherwise, the same phone number."""
    half = len(ids) // 2
    pairs = list(zip(ids[:half], ids[half:], strict=False))[:: max(1, half // _TIMES)][:_TIMES]
    firsts, seconds = [one for one, _ in pairs], [again for _, again in pairs]
    names = {row.id: row.name for row in session.execute(select(_c.id, _c.name).where(_c.id.in_(firsts)))}
    numbers = {row.id: row.number for row in session.execute(select(_c.id, _c.number).where(_c.id.in_(seconds)))}
    of_them = _contacts.c.customer_id.in_(firsts), _contacts.c.is_main
    main = session.execute(select(_contacts.c.customer_id, _contacts.c.mobile).where(*of_them))
    mobiles = {row.customer_id: row.mobile for row in main}
    for one, again in pairs:
        name = names[one].removesuffix(_FORM) + "有限责任公司"
        keys = {"name": name, "name_key": normalise_company_name(name), **sort_keys(name, numbers[again])}
        session.execute(update(_customers).where(_c.id == again).values(credit_code="", **keys))
        of_it = _contacts.c.customer_id == again, _contacts.c.is_main
        session.execute(update(_contacts).where(*of_it).values(mobile=mobiles.get(one, "")))
    return seconds


def _lose_contacts(session: Session, ids: Sequence[int]) -> None:
    session.execute(delete(_contacts).where(_contacts.c.customer_id.in_(ids)))


def _lose_numbers(session: Session, ids: Sequence[int]) -> None:
    of_them = _contacts.c.customer_id.in_(ids)
    session.execute(update(_contacts).where(of_them).values(mobile="", phone="", email=""))


def _mistype_mobile(session: Session, ids: Sequence[int]) -> None:
    main = _contacts.c.customer_id.in_(ids), _contacts.c.is_main, _contacts.c.mobile != ""
    session.execute(update(_contacts).where(*main).values(mobile=func.substr(_contacts.c.mobile, 1, 10)))


def _mistype_code(session: Session, ids: Sequence[int]) -> None:
    shorter = func.substr(_c.credit_code, 1, 17)
    session.execute(update(_customers).where(_c.id.in_(ids)).values(credit_code=shorter))


def _mistake_trade(session: Session, ids: Sequence[int]) -> None:
    for industry, business in _OTHER_TRADE.items():
        these = _c.id.in_(ids), _c.industry == industry
        session.execute(update(_customers).where(*these).values(main_business=business))


def _lose_contract(session: Session, ids: Sequence[int]) -> None:
    won = _steps.c.customer_id.in_(ids), _steps.c.to_level == Level.WON
    session.execute(update(_steps).where(*won).values(contract_number=None))


def _lose_amount(session: Session, ids: Sequence[int]) -> None:
    won = _steps.c.customer_id.in_(ids), _steps.c.to_level == Level.WON
    session.execute(update(_steps).where(*won).values(deal_amount=None))
    session.execute(update(_customers).where(_c.id.in_(ids)).values(total_amount=0, value_grade=ValueGrade.C))

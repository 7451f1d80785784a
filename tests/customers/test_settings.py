"""The settings of the record: how new numbers look, from when on a grade is A or B, who may say so (R1.1, R1.4)."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import select

from crm_app.core.clock import local_today
from crm_app.core.errors import Forbidden, Refused
from crm_app.core.problems import Invalid
from crm_app.core.settings import get_settings
from crm_app.customers import queries, service
from crm_app.customers.state import RecordSettings
from crm_app.models import AuditEntry, Customer, Setting
from crm_app.ui import routes
from tests.customers.forms import a_contact, create
from tests.factories import Office
from tests.tabs import Tab, Tabs

Run = Callable[..., Any]
PATH = routes.RECORD_SETTINGS


def problems(write: Run, desk: Office, **raws: str) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        write(service.set_grade_thresholds, desk.admin, raws=raws)
    return {key: problem.code for key, problem in caught.value.problems.items()}


def test_thresholds_are_amounts_in_their_order(desk: Office, write: Run, read: Run) -> None:
    nothing = "customers.settings.above_zero"
    assert problems(write, desk) == {"A": nothing, "B": nothing}
    assert problems(write, desk, A="很多", B="-5") == {"A": nothing, "B": nothing}
    assert problems(write, desk, A="5万", B="5万") == {"A": "customers.settings.a_above_b"}
    write(service.set_grade_thresholds, desk.admin, raws={"A": "1,000,000", "B": "20万"})
    assert read(queries.get_grade_thresholds) == {"A": Decimal(1_000_000), "B": Decimal(200_000)}


def test_only_the_administrator_decides_and_it_is_recorded(desk: Office, write: Run, read: Run) -> None:
    for actor in (desk.sales, desk.manager, desk.finance):
        with pytest.raises(Forbidden):
            write(service.set_grade_thresholds, actor, raws={"A": "2", "B": "1"})
        with pytest.raises(Forbidden):
            write(service.set_number_pattern, actor, pattern="{seq}")
    write(service.set_number_pattern, desk.admin, pattern="K{seq}")
    write(service.set_number_pattern, desk.admin, pattern="K{seq}")
    entries = read(lambda s: [e.detail for e in s.exec(select(AuditEntry)) if e.action == "setting:changed"])
    assert entries == [{"old": "{industry}-{yyyy}-{seq:03d}", "new": "K{seq}"}], "the same again is no change"


def test_two_administrators_do_not_overwrite_each_other(desk: Office, write: Run) -> None:
    seen = "{industry}-{yyyy}-{seq:03d}"
    write(service.set_number_pattern, desk.admin, pattern="K{seq}", before=seen)
    with pytest.raises(Refused):
        write(service.set_number_pattern, desk.admin, pattern="M{seq}", before=seen)


@pytest.fixture
async def tab(sqlite_desk: Office, tabs: Tabs) -> Tab:
    opened = await tabs.open(sqlite_desk.admin)
    await opened.fire(RecordSettings.load, PATH)
    return opened


async def shown(tab: Tab, *events: Any) -> RecordSettings:
    for event in events:
        await tab.fire(event, PATH)
    return await tab.state(RecordSettings)


async def test_the_page_shows_what_numbers_will_be(tab: Tab, read: Run) -> None:
    year = local_today(tz=get_settings().zone).year
    assert (await shown(tab)).examples == [f"MFG-{year}-001", f"ITS-{year}-027", f"RET-{year}-1000"]
    assert (await shown(tab, RecordSettings.type_pattern("C{seq:04d}"))).examples == ["C0001", "C0027", "C1000"]
    state = await shown(tab, RecordSettings.type_pattern("{industry}{seq}"), RecordSettings.save_pattern)
    assert (state.pattern, state.examples) == ("{industry}{seq}", []), "what was typed stays"
    assert "分隔" in state.problems["pattern"]
    assert read(lambda s: s.exec(select(Setting)).all()) == []
    state = await shown(tab, RecordSettings.use_default)
    assert (state.pattern, state.problems) == ("{industry}-{yyyy}-{seq:03d}", {})


async def test_other_amounts_grade_everybody_at_once(tab: Tab, sqlite_desk: Office, write: Run, read: Run) -> None:
    ref, by_hand = write(create, sqlite_desk.sales), write(create, sqlite_desk.sales, a_contact(mobile="13911112222"))
    today = str(local_today(tz=get_settings().zone))
    for number, contract in ((ref.number, "HT-1"), (by_hand.number, "HT-2")):
        deal = {"deal_amount": "12万", "deal_on": today, "contract_number": contract}
        write(service.change_level, sqlite_desk.sales, number=number, to_level="won", **deal)
    write(service.set_grade, sqlite_desk.sales, number=by_hand.number, grade="C")
    typed = (RecordSettings.type_amount("A", "10万"), RecordSettings.type_amount("B", "5万"))
    await shown(tab, *typed, RecordSettings.save_grades)
    grades = read(lambda s: {c.number: c.value_grade for c in s.exec(select(Customer))})
    assert grades == {ref.number: "A", by_hand.number: "C"}
    assert (await shown(tab)).amounts == {"A": "100,000", "B": "50,000"}

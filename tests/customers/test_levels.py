import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import Session, col, select

from crm_app.core.clock import frozen
from crm_app.core.errors import Conflict, CrmError, Forbidden, NotFound
from crm_app.core.problems import Invalid
from crm_app.customers import jobs, queries, service
from crm_app.customers.schemas import CustomerRef, Saved
from crm_app.models import Customer, FieldChange, LevelChange, Setting
from tests.customers.forms import create
from tests.factories import Office

Run = Callable[..., Any]
NOW = datetime(2024, 5, 1, 4, tzinfo=UTC)
DEAL = {"deal_amount": "12万", "deal_on": "2024-04-30", "contract_number": "HT-001"}


@pytest.fixture
def ref(desk: Office, write: Run) -> CustomerRef:
    with frozen(NOW):
        return write(create, desk.sales)


@pytest.fixture
def sqlite_ref(sqlite_desk: Office, write: Run) -> CustomerRef:
    with frozen(NOW):
        return write(create, sqlite_desk.sales)


def step(write: Run, actor: object, ref: CustomerRef, to: str, **facts: Any) -> Saved:
    with frozen(NOW):
        return write(service.change_level, actor, number=ref.number, to_level=to, **facts)


def refused(write: Run, actor: object, ref: CustomerRef, to: str, **facts: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        step(write, actor, ref, to, **facts)
    return {key: problem.code for key, problem in caught.value.problems.items()}


def steps(session: Session) -> list[tuple[str, str]]:
    return [(row.from_level, row.to_level) for row in session.exec(select(LevelChange).order_by(col(LevelChange.id)))]


def test_the_way_from_potential_to_a_regular_customer(desk: Office, ref: CustomerRef, write: Run, read: Run) -> None:
    def now() -> tuple[Any, ...]:
        record = read(queries.get_record, desk.sales, number=ref.number)
        return (
            record.level, record.values["status"], record.values["customer_type"], record.value_grade,
            record.total_amount, record.order_count, record.first_order_on,
        )  # fmt: skip

    step(write, desk.sales, ref, "intent")
    assert now() == ("intent", "following", "new", "C", Decimal(0), 0, None)
    step(write, desk.sales, ref, "won", **DEAL)
    assert now() == ("won", "won", "new", "B", Decimal(120_000), 1, date(2024, 4, 30))
    more = {"deal_amount": "400,000.50", "deal_on": "2024-03-01", "contract_number": "HT-002"}
    step(write, desk.sales, ref, "won", **more)
    assert now() == ("won", "won", "regular", "A", Decimal("520000.50"), 2, date(2024, 3, 1))
    step(write, desk.sales, ref, "lost", loss_reason="price", note="转向竞争对手")
    assert now()[:2] == ("lost", "lost")
    step(write, desk.sales, ref, "intent")
    assert now()[:3] == ("intent", "following", "regular")
    assert read(steps) == [
        ("potential", "intent"), ("intent", "won"), ("won", "won"), ("won", "lost"), ("lost", "intent"),
    ]  # fmt: skip
    fields = read(
        lambda s: [(r.field, r.old, r.new) for r in s.exec(select(FieldChange).order_by(col(FieldChange.id)))]
    )
    assert fields == [
        ("level", "potential", "intent"), ("status", "potential", "following"),
        ("level", "intent", "won"), ("status", "following", "won"),
        ("customer_type", "new", "regular"),
        ("level", "won", "lost"), ("status", "won", "lost"),
        ("level", "lost", "intent"), ("status", "lost", "following"),
    ]  # fmt: skip


def test_a_deal_belongs_to_the_owner_of_its_day(
    sqlite_desk: Office, sqlite_ref: CustomerRef, write: Run, read: Run
) -> None:
    step(write, sqlite_desk.manager, sqlite_ref, "won", **DEAL)
    (deal,) = read(lambda s: s.exec(select(LevelChange)).all())
    assert (deal.user_id, deal.owner_id) == (sqlite_desk.manager.user_id, sqlite_desk.sales.user_id)
    assert (deal.deal_amount, deal.deal_on, deal.contract_number) == (Decimal(120_000), date(2024, 4, 30), "HT-001")


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"deal_amount": ""}, {"deal_amount": "customers.required.deal_amount"}),
        ({"deal_amount": "0"}, {"deal_amount": "customers.problem.amount_positive"}),
        ({"deal_on": ""}, {"deal_on": "customers.required.deal_on"}),
        ({"deal_on": "2024-05-02"}, {"deal_on": "customers.problem.date_in_future"}),
        ({"contract_number": " "}, {"contract_number": "customers.required.contract_number"}),
    ],
)
def test_a_deal_without_its_facts_is_refused(
    sqlite_desk: Office,
    sqlite_ref: CustomerRef,
    write: Run,
    read: Run,
    *,
    facts: dict[str, str],
    expected: dict[str, str],
) -> None:
    assert refused(write, sqlite_desk.sales, sqlite_ref, "won", **(DEAL | facts)) == expected
    assert read(steps) == []
    assert read(queries.get_record, sqlite_desk.sales, number=sqlite_ref.number).version == 1


def test_steps_that_do_not_exist_are_refused(sqlite_desk: Office, sqlite_ref: CustomerRef, write: Run) -> None:
    actor = sqlite_desk.sales
    assert refused(write, actor, sqlite_ref, "potential") == {"level": "customers.step.same"}
    assert refused(write, actor, sqlite_ref, "gold") == {"level": "customers.problem.unknown_option"}
    assert refused(write, actor, sqlite_ref, "lost") == {"loss_reason": "customers.required.loss_reason"}
    step(write, actor, sqlite_ref, "won", **DEAL)
    assert refused(write, actor, sqlite_ref, "intent") == {"level": "customers.step.from_won"}
    step(write, actor, sqlite_ref, "lost", loss_reason="price")
    again = DEAL | {"contract_number": "HT-9"}
    assert refused(write, actor, sqlite_ref, "won", **again) == {"level": "customers.step.from_lost"}


def test_a_contract_number_is_used_once_in_the_whole_house(desk: Office, ref: CustomerRef, write: Run) -> None:
    step(write, desk.sales, ref, "won", **DEAL)
    other = write(create, desk.outsider)
    typed = DEAL | {"contract_number": "ｈｔ-001 "}
    assert refused(write, desk.outsider, other, "won", **typed) == {
        "contract_number": "customers.problem.contract_number_taken"
    }


def test_of_two_deals_with_one_contract_number_at_once_one_is_refused(desk: Office, write: Run, read: Run) -> None:
    refs = [write(create, desk.sales) for _ in range(8)]
    barrier = threading.Barrier(len(refs))

    def win(ref: CustomerRef) -> bool:
        barrier.wait()
        try:
            step(write, desk.sales, ref, "won", **DEAL)
        except Invalid as error:
            assert set(error.problems) == {"contract_number"}
            return False
        return True

    with ThreadPoolExecutor(len(refs)) as pool:
        assert sorted(pool.map(win, refs)) == [False] * 7 + [True]
    assert read(steps) == [("potential", "won")]
    levels = read(lambda s: sorted(s.exec(select(Customer.level)).all()))
    assert levels == ["potential"] * 7 + ["won"]


def test_two_people_changing_the_level_are_told(desk: Office, ref: CustomerRef, write: Run) -> None:
    step(write, desk.manager, ref, "intent", version=1)
    with pytest.raises(Conflict) as caught:
        step(write, desk.sales, ref, "lost", loss_reason="price", version=1)
    assert (caught.value.field, caught.value.theirs, caught.value.mine) == ("level", "intent", "lost")


@pytest.mark.parametrize(("who", "error"), [("sales2", NotFound), ("service", Forbidden), ("finance", Forbidden)])
def test_who_may_not_change_a_level(
    sqlite_desk: Office, sqlite_ref: CustomerRef, write: Run, read: Run, *, who: str, error: type[CrmError]
) -> None:
    with pytest.raises(error):
        step(write, sqlite_desk.everybody()[who], sqlite_ref, "won", **DEAL)
    assert read(steps) == []


def test_other_thresholds_give_other_grades(
    sqlite_desk: Office, sqlite_ref: CustomerRef, write: Run, read: Run
) -> None:
    write(lambda s: s.merge(Setting(key=queries.VALUE_GRADE_KEY, value={"A": "100000", "B": 5000})))
    step(write, sqlite_desk.sales, sqlite_ref, "won", **DEAL)
    assert read(queries.get_record, sqlite_desk.sales, number=sqlite_ref.number).value_grade == "A"


def test_a_grade_fades_when_its_deals_grow_old(desk: Office, ref: CustomerRef, write: Run, read: Run) -> None:
    step(write, desk.sales, ref, "won", **(DEAL | {"deal_amount": "50万", "deal_on": "2024-01-10"}))
    step(write, desk.sales, ref, "won", **(DEAL | {"deal_amount": "10万", "contract_number": "HT-2"}))

    def grade_after(days: int) -> str:
        write(jobs.refresh_value_grades, NOW + timedelta(days=days))
        return read(queries.get_record, desk.sales, number=ref.number).value_grade

    assert [grade_after(days) for days in (0, 250, 260, 363, 364, 365)] == ["A", "A", "B", "B", "C", "C"]
    assert write(jobs.refresh_value_grades, NOW + timedelta(days=366)) == 0


def test_a_grade_by_hand_counts_until_it_is_taken_back(desk: Office, ref: CustomerRef, write: Run, read: Run) -> None:
    def grade() -> tuple[str, str, str]:
        record = read(queries.get_record, desk.sales, number=ref.number)
        return record.value_grade, record.hand_grade.grade, record.hand_grade.by

    write(service.set_grade, desk.manager, number=ref.number, grade="A")
    assert grade() == ("A", "A", "陈经理")
    step(write, desk.sales, ref, "won", **DEAL)
    with frozen(NOW):
        write(jobs.refresh_value_grades, NOW)
    assert grade() == ("A", "A", "陈经理"), "neither a deal nor the daily grading takes it away"
    with frozen(NOW):
        write(service.set_grade, desk.sales, number=ref.number, grade="")
    assert grade() == ("B", "", "")
    told = read(lambda s: [(c.old, c.new) for c in s.exec(select(FieldChange)) if c.field == "hand_grade"])
    assert told == [("", "A"), ("A", "")]


def test_who_may_grade_and_what(desk: Office, ref: CustomerRef, write: Run) -> None:
    with pytest.raises(Invalid) as caught:
        write(service.set_grade, desk.sales, number=ref.number, grade="D")
    assert caught.value.problems.keys() == {"hand_grade"}
    with pytest.raises(Forbidden):
        write(service.set_grade, desk.finance, number=ref.number, grade="A")
    with pytest.raises(NotFound):
        write(service.set_grade, desk.outsider, number=ref.number, grade="A")


def test_two_who_grade_are_told(desk: Office, ref: CustomerRef, write: Run) -> None:
    write(service.set_grade, desk.manager, number=ref.number, grade="A", version=1)
    with pytest.raises(Conflict) as caught:
        write(service.set_grade, desk.sales, number=ref.number, grade="B", version=1)
    assert (caught.value.before, caught.value.theirs, caught.value.mine) == ("", "A", "B")
    before = write(service.set_grade, desk.manager, number=ref.number, grade="A", version=1).version
    assert before == 2, "the same grade again is no change"

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlmodel import Session, col, select

from crm_app.access.actor import Actor
from crm_app.core import changes
from crm_app.core.changes import Change
from crm_app.core.errors import Conflict, CrmError, Forbidden, NotFound
from crm_app.core.problems import Invalid
from crm_app.customers import queries, service
from crm_app.customers.schemas import CustomerRecord, CustomerRef, Saved, UpdateCustomer
from crm_app.customers.service import DuplicatesFound, FormConflict
from crm_app.models import Customer, FieldChange, Option
from tests.customers.forms import CREDIT_CODE, OTHER_CREDIT_CODE, a_contact, create
from tests.factories import Office

Run = Callable[..., Any]


@pytest.fixture
def ref(desk: Office, write: Run) -> CustomerRef:
    return write(create, desk.sales)


@pytest.fixture
def sqlite_ref(sqlite_desk: Office, write: Run) -> CustomerRef:
    return write(create, sqlite_desk.sales)


def history(session: Session, customer_id: int) -> list[tuple[str, str, str, int]]:
    rows = session.exec(select(FieldChange).where(FieldChange.customer_id == customer_id).order_by(col(FieldChange.id)))
    return [(row.field, row.old, row.new, row.version) for row in rows]


def edit(write: Run, actor: Actor, ref: CustomerRef, version: int, /, **change: str) -> Saved:
    ((field, value),) = change.items()
    return write(service.update_field, actor, number=ref.number, field=field, value=value, version=version)


def record_of(read: Run, actor: Actor, ref: CustomerRef) -> CustomerRecord:
    return read(queries.get_record, actor, number=ref.number)


def test_a_field_is_changed_and_its_history_kept(desk: Office, ref: CustomerRef, write: Run, read: Run) -> None:
    saved = edit(write, desk.sales, ref, 1, address="  科技园　南路１号 ")
    assert saved == Saved(2, "科技园 南路1号")
    saved = edit(write, desk.sales, ref, 2, address="科技园北路2号")
    assert read(history, ref.id) == [
        ("address", "", "科技园 南路1号", 2),
        ("address", "科技园 南路1号", "科技园北路2号", 3),
    ]
    record = record_of(read, desk.sales, ref)
    assert (record.version, record.values["address"]) == (3, "科技园北路2号")
    assert record.updated_at > record.created_at
    assert record.number == ref.number


@pytest.mark.parametrize(
    ("field", "value", "stored"),
    [
        ("name", "广州云图科技有限公司", "广州云图科技有限公司"),
        ("industry", "RET", "RET"),
        ("source", "website", "website"),
        ("region", "110105", "110105"),
        ("headcount", "20-99", "20-99"),
        ("revenue", "0-5m", "0-5m"),
        ("founded_on", "2015年3月15日", "2015-03-15"),
        ("main_business", "软件\r\n集成", "软件\n集成"),
        ("credit_code", CREDIT_CODE.lower(), CREDIT_CODE),
        ("customer_type", "key", "key"),
        ("status", "following", "following"),
        ("note", "<b>备注</b>😀", "<b>备注</b>😀"),
    ],
)
def test_each_field_can_be_edited_and_emptied_where_it_is_optional(
    sqlite_desk: Office, sqlite_ref: CustomerRef, write: Run, read: Run, *, field: str, value: str, stored: str
) -> None:
    actor = sqlite_desk.sales
    saved = edit(write, actor, sqlite_ref, 1, **{field: value})
    assert saved == Saved(2, stored)
    assert record_of(read, actor, sqlite_ref).values[field] == stored
    if field in ("name", "industry", "customer_type", "status"):
        with pytest.raises(Invalid):
            edit(write, actor, sqlite_ref, 2, **{field: ""})
    else:
        assert edit(write, actor, sqlite_ref, 2, **{field: ""}) == Saved(3, "")
        assert record_of(read, actor, sqlite_ref).values[field] == ""


def test_a_new_name_is_found_and_compared_under_its_new_form(
    desk: Office, ref: CustomerRef, write: Run, read: Run
) -> None:
    from crm_app.customers.search import matches
    from tests.customers.test_create import customer_of

    edit(write, desk.sales, ref, 1, name="广州云图科技有限公司")
    assert read(customer_of, ref.number).name_key == "云图科技"
    condition = matches(desk.sales, "云图", dialect=read(lambda s: s.get_bind().dialect.name))
    assert condition is not None
    assert read(lambda s: s.exec(select(Customer.id).where(condition)).all()) == [ref.id]


def test_saving_what_is_there_changes_nothing(
    sqlite_desk: Office, sqlite_ref: CustomerRef, write: Run, read: Run
) -> None:
    heard: list[Change] = []
    stop = changes.listen(heard.extend)
    assert edit(write, sqlite_desk.sales, sqlite_ref, 1, name=" 深圳市星河智造有限公司 ").version == 1
    stop()
    assert (read(history, sqlite_ref.id), heard) == ([], [])


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("name", "", "customers.required.name"),
        ("industry", "NOPE", "customers.problem.unknown_option"),
        ("founded_on", "2999-01-01", "customers.problem.date_in_future"),
        ("status", "won", "customers.problem.status_of_level"),
        ("level", "won", "customers.problem.level_by_step"),
        ("number", "X-1", "customers.problem.unknown_field"),
        ("owner_id", "1", "customers.problem.unknown_field"),
        ("total_amount", "1", "customers.problem.unknown_field"),
        ("version", "1", "customers.problem.unknown_field"),
        ("__class__", "x", "customers.problem.unknown_field"),
    ],
)
def test_what_can_not_be_saved_is_named_and_leaves_nothing(
    sqlite_desk: Office, sqlite_ref: CustomerRef, write: Run, read: Run, *, field: str, value: str, reason: str
) -> None:
    with pytest.raises(Invalid) as caught:
        edit(write, sqlite_desk.admin, sqlite_ref, 1, **{field: value})
    assert {key: problem.code for key, problem in caught.value.problems.items()} == {field: reason}
    assert (read(history, sqlite_ref.id), record_of(read, sqlite_desk.admin, sqlite_ref).version) == ([], 1)


def test_a_retired_option_stays_but_is_not_taken_anew(sqlite_desk: Office, sqlite_ref: CustomerRef, write: Run) -> None:
    from crm_app.core.clock import utcnow

    def retire(session: Session) -> None:
        for code in ("MFG", "RET"):
            found = session.exec(select(Option).where(Option.list_code == "industry", Option.code == code)).one()
            found.retired_at = utcnow()

    write(retire)
    actor = sqlite_desk.sales
    assert edit(write, actor, sqlite_ref, 1, industry="MFG").version == 1
    with pytest.raises(Invalid) as caught:
        edit(write, actor, sqlite_ref, 1, industry="RET")
    assert caught.value.problems["industry"].code == "customers.problem.retired_option"


# --- two people at once (R2.3)


def test_the_later_save_of_the_same_field_is_told_and_nothing_is_overwritten(
    desk: Office, ref: CustomerRef, write: Run, read: Run
) -> None:
    edit(write, desk.manager, ref, 1, address="经理写的地址")
    with pytest.raises(Conflict) as caught:
        edit(write, desk.sales, ref, 1, address="销售写的地址")
    conflict = caught.value
    assert (conflict.field, conflict.theirs, conflict.mine) == ("address", "经理写的地址", "销售写的地址")
    assert (conflict.by, conflict.version) == ("陈经理", 2)
    assert record_of(read, desk.sales, ref).values["address"] == "经理写的地址"
    edit(write, desk.sales, ref, conflict.version, address="销售写的地址")
    assert record_of(read, desk.sales, ref).values["address"] == "销售写的地址"


def test_other_fields_merge(desk: Office, ref: CustomerRef, write: Run, read: Run) -> None:
    edit(write, desk.manager, ref, 1, address="经理写的地址")
    assert edit(write, desk.sales, ref, 1, note="销售写的备注").version == 3
    record = record_of(read, desk.sales, ref)
    assert (record.values["address"], record.values["note"]) == ("经理写的地址", "销售写的备注")


def test_both_meaning_the_same_is_no_conflict(sqlite_desk: Office, sqlite_ref: CustomerRef, write: Run) -> None:
    edit(write, sqlite_desk.manager, sqlite_ref, 1, address="同一地址")
    assert edit(write, sqlite_desk.sales, sqlite_ref, 1, address="同一地址 ").version == 2


def test_a_field_changed_and_changed_back_is_still_a_conflict(
    sqlite_desk: Office, sqlite_ref: CustomerRef, write: Run
) -> None:
    edit(write, sqlite_desk.manager, sqlite_ref, 1, note="甲")
    edit(write, sqlite_desk.manager, sqlite_ref, 2, note="")
    with pytest.raises(Conflict):
        edit(write, sqlite_desk.sales, sqlite_ref, 1, note="乙")


def test_a_whole_form_writes_all_or_nothing(desk: Office, ref: CustomerRef, write: Run, read: Run) -> None:
    cmd = UpdateCustomer(ref.number, 1, {"name": "新名称有限公司", "note": "备注", "region": "440300"})
    assert write(service.update_customer, desk.sales, cmd=cmd).version == 2
    assert [(field, version) for field, _, _, version in read(history, ref.id)] == [
        ("name", 2), ("note", 2), ("region", 2),
    ]  # fmt: skip
    stale = UpdateCustomer(ref.number, 1, {"address": "新地址", "note": "别的备注", "region": "440305"})
    with pytest.raises(FormConflict) as caught:
        write(service.update_customer, desk.manager, cmd=stale)
    assert [conflict.field for conflict in caught.value.conflicts] == ["note", "region"]
    assert record_of(read, desk.sales, ref).values["address"] == ""
    wrong = UpdateCustomer(ref.number, 2, {"address": "新地址", "credit_code": "1"})
    with pytest.raises(Invalid):
        write(service.update_customer, desk.sales, cmd=wrong)
    assert record_of(read, desk.sales, ref).version == 2


def _at_once(*works: Callable[[], object]) -> list[object]:
    barrier = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> object:
        barrier.wait()
        try:
            return work()
        except CrmError as error:
            return error

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def test_of_a_hundred_pairs_on_the_same_field_one_wins_and_one_is_told(
    desk: Office, ref: CustomerRef, write: Run, read: Run
) -> None:
    for n in range(100):
        version = record_of(read, desk.sales, ref).version
        first, second = _at_once(
            lambda v=version, n=n: edit(write, desk.sales, ref, v, note=f"甲{n}"),
            lambda v=version, n=n: edit(write, desk.manager, ref, v, note=f"乙{n}"),
        )
        assert sorted(type(result).__name__ for result in (first, second)) == ["Conflict", "Saved"]
        winner = f"甲{n}" if isinstance(first, Saved) else f"乙{n}"
        assert record_of(read, desk.sales, ref).values["note"] == winner


def test_of_pairs_on_different_fields_both_win(desk: Office, ref: CustomerRef, write: Run, read: Run) -> None:
    for n in range(30):
        version = record_of(read, desk.sales, ref).version
        results = _at_once(
            lambda v=version, n=n: edit(write, desk.sales, ref, v, note=f"备注{n}"),
            lambda v=version, n=n: edit(write, desk.manager, ref, v, address=f"地址{n}"),
        )
        assert all(isinstance(result, Saved) for result in results)
        values = record_of(read, desk.sales, ref).values
        assert (values["note"], values["address"]) == (f"备注{n}", f"地址{n}")
    assert record_of(read, desk.sales, ref).version == 61


# --- duplicates and reach


def test_a_credit_code_that_another_customer_has_needs_a_confirmation(
    sqlite_desk: Office, sqlite_ref: CustomerRef, write: Run
) -> None:
    actor = sqlite_desk.sales
    write(create, sqlite_desk.outsider, a_contact(mobile="13900139000"), credit_code=CREDIT_CODE)
    with pytest.raises(DuplicatesFound):
        edit(write, actor, sqlite_ref, 1, credit_code=CREDIT_CODE)
    assert edit(write, actor, sqlite_ref, 1, credit_code=OTHER_CREDIT_CODE).version == 2
    kwargs = {"number": sqlite_ref.number, "field": "credit_code", "value": CREDIT_CODE, "version": 2}
    assert write(service.update_field, actor, **kwargs, confirmed_duplicates=True).version == 3


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("sales", None),
        ("sales2", NotFound),
        ("outsider", NotFound),
        ("manager", None),
        ("admin", None),
        ("service_lead", Forbidden),
        ("service", Forbidden),
        ("marketing", Forbidden),
        ("finance", Forbidden),
    ],
)
def test_who_may_edit_whose(
    desk: Office, ref: CustomerRef, write: Run, read: Run, *, who: str, error: type[CrmError] | None
) -> None:
    actor = desk.everybody()[who]
    if error is None:
        assert edit(write, actor, ref, 1, note="改").version == 2
        return
    with pytest.raises(error):
        edit(write, actor, ref, 1, note="改")
    assert (read(history, ref.id), record_of(read, desk.admin, ref).version) == ([], 1)


def test_missing_foreign_and_deleted_read_the_same(sqlite_desk: Office, sqlite_ref: CustomerRef, write: Run) -> None:
    from crm_app.core.clock import utcnow

    said: list[str] = []
    for actor, number in ((sqlite_desk.outsider, sqlite_ref.number), (sqlite_desk.sales, "MFG-1999-001")):
        with pytest.raises(NotFound) as caught:
            write(service.update_field, actor, number=number, field="note", value="改", version=1)
        said.append(caught.value.code)

    def delete(session: Session) -> None:
        session.get_one(Customer, sqlite_ref.id).deleted_at = utcnow()

    write(delete)
    with pytest.raises(NotFound) as caught:
        edit(write, sqlite_desk.sales, sqlite_ref, 1, note="改")
    assert {*said, caught.value.code} == {"error.not_found"}


def test_a_collaborator_edits_as_the_owner_does(sqlite_desk: Office, write: Run) -> None:
    shared = write(create, sqlite_desk.sales, collaborator_ids=(sqlite_desk.outsider.user_id,))
    assert edit(write, sqlite_desk.outsider, shared, 1, note="一起").version == 2

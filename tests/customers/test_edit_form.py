"""Editing a customer as a whole form: judged by the version on which it was begun (R2.3)."""

from collections.abc import Callable
from typing import Any

import pytest

from crm_app.access.actor import Actor
from crm_app.core.errors import Conflict, Forbidden, NotFound
from crm_app.core.problems import Invalid
from crm_app.customers import queries, service
from crm_app.customers.schemas import CustomerRef, Decision, EditedForm, FormReview, Probe
from crm_app.customers.service import DuplicatesFound, FormConflict
from tests.customers.forms import CREDIT_CODE, create
from tests.factories import Office

Run = Callable[..., Any]


@pytest.fixture
def ref(desk: Office, write: Run) -> CustomerRef:
    return write(create, desk.sales, address="旧地址", note="旧备注")


@pytest.fixture
def sqlite_ref(sqlite_desk: Office, write: Run) -> CustomerRef:
    return write(create, sqlite_desk.sales, address="旧地址", note="旧备注")


def values_of(read: Run, actor: Actor, ref: CustomerRef) -> dict[str, str]:
    return dict(read(queries.open_form, actor, number=ref.number).values)


def form(ref: CustomerRef, version: int = 1, /, **values: str) -> EditedForm:
    return EditedForm(ref.number, version, values)


def decided(ref: CustomerRef, version: int, decisions: dict[str, Decision], **values: str) -> EditedForm:
    return EditedForm(ref.number, version, values, decisions)


def by_manager(write: Run, office: Office, ref: CustomerRef, version: int, /, **changes: str) -> None:
    write(service.save_form, office.manager, form=form(ref, version, **changes))


def review(read: Run, actor: Actor, edited: EditedForm, known: Probe | None = None) -> FormReview:
    return read(service.review_form, actor, form=edited, known=known)


def test_only_what_the_person_changed_is_written(desk: Office, ref: CustomerRef, write: Run, read: Run) -> None:
    opened = values_of(read, desk.sales, ref)
    by_manager(write, desk, ref, 1, address="经理写的地址")
    saved = write(service.save_form, desk.sales, form=form(ref, 1, **{**opened, "note": "新备注"}))
    now = values_of(read, desk.sales, ref)
    assert (saved.version, now["address"], now["note"]) == (3, "经理写的地址", "新备注")
    told = review(read, desk.sales, form(ref, 1, **{**opened, "source": "website"}))
    assert (told.changed, [one.field for one in told.conflicts]) == (frozenset({"source"}), [])
    assert sorted((one.field, one.before, one.theirs, one.by) for one in told.merged) == [
        ("address", "旧地址", "经理写的地址", "陈经理"),
        ("note", "旧备注", "新备注", "李销售"),
    ]


def test_the_same_form_sent_twice_is_one_change(desk: Office, ref: CustomerRef, write: Run) -> None:
    edited = form(ref, 1, note="新备注")
    assert [write(service.save_form, desk.sales, form=edited).version for _ in range(2)] == [2, 2]


def test_fields_that_two_people_changed_are_told_one_by_one(
    desk: Office, ref: CustomerRef, write: Run, read: Run
) -> None:
    by_manager(write, desk, ref, 1, address="甲路", note="经理")
    by_manager(write, desk, ref, 2, address="乙路")
    mine = {"address": "丙路", "note": "销售", "source": "website"}
    with pytest.raises(FormConflict):
        write(service.save_form, desk.sales, form=form(ref, 1, **mine))
    assert values_of(read, desk.sales, ref)["source"] == "", "all or none"
    told = review(read, desk.sales, form(ref, 1, **mine))
    assert [(one.field, one.before, one.theirs, one.mine, one.version) for one in told.conflicts] == [
        ("address", "旧地址", "乙路", "丙路", 3),
        ("note", "旧备注", "经理", "销售", 2),
    ]
    choice = {"address": Decision(mine=True, version=3), "note": Decision(mine=False, version=2)}
    write(service.save_form, desk.sales, form=decided(ref, 1, choice, **mine))
    now = values_of(read, desk.sales, ref)
    assert (now["address"], now["note"], now["source"]) == ("丙路", "经理", "website")


@pytest.mark.parametrize("mine", [True, False])
def test_a_decision_holds_for_the_change_that_was_seen(
    desk: Office, ref: CustomerRef, write: Run, read: Run, *, mine: bool
) -> None:
    by_manager(write, desk, ref, 1, address="甲路")
    choice = {"address": Decision(mine=mine, version=2)}
    by_manager(write, desk, ref, 2, address="乙路")
    with pytest.raises(Conflict):
        write(service.save_form, desk.sales, form=decided(ref, 1, choice, address="丙路"))
    assert values_of(read, desk.sales, ref)["address"] == "乙路"


def test_a_decision_about_what_nobody_else_changed_drops_nothing(
    sqlite_desk: Office, sqlite_ref: CustomerRef, write: Run, read: Run
) -> None:
    choice = {"address": Decision(mine=False, version=99)}
    write(service.save_form, sqlite_desk.sales, form=decided(sqlite_ref, 1, choice, address="丙路"))
    assert values_of(read, sqlite_desk.sales, sqlite_ref)["address"] == "丙路"


def test_what_is_wrong_stands_at_its_field_and_nothing_is_saved(
    sqlite_desk: Office, sqlite_ref: CustomerRef, write: Run, read: Run
) -> None:
    edited = form(sqlite_ref, 1, name="", status="won", founded_on="2999-01-01", note="新备注", level="won", owner="1")
    told = review(read, sqlite_desk.sales, edited)
    assert told.problems.keys() == {"name", "status", "founded_on"}
    assert told.changed == {"name", "status", "founded_on", "note"}, "the level and the owner are not typed over"
    with pytest.raises(Invalid):
        write(service.save_form, sqlite_desk.sales, form=edited)
    assert values_of(read, sqlite_desk.sales, sqlite_ref)["note"] == "旧备注"


def test_a_form_left_as_it_was_writes_nothing(
    sqlite_desk: Office, sqlite_ref: CustomerRef, write: Run, read: Run
) -> None:
    opened = values_of(read, sqlite_desk.sales, sqlite_ref)
    told = review(read, sqlite_desk.sales, form(sqlite_ref, 1, **{**opened, "address": " 旧地址\r\n"}))
    assert (told.changed, told.problems, told.hints) == (frozenset(), {}, ())
    assert write(service.save_form, sqlite_desk.sales, form=form(sqlite_ref, 1, **opened)).version == 1


def test_duplicates_are_looked_for_by_what_is_new_and_never_found_in_itself(
    desk: Office, ref: CustomerRef, write: Run, read: Run
) -> None:
    other = write(create, desk.sales, name="广州云图科技有限公司", credit_code=CREDIT_CODE)
    opened = values_of(read, desk.sales, ref)
    renamed = review(read, desk.sales, form(ref, 1, **{**opened, "name": "深圳星河智造有限公司"}))
    assert renamed.hints == ()
    alike = review(read, desk.sales, form(ref, 1, name="广州云图科技公司"))
    assert alike.hints is not None
    assert [hint.number for hint in alike.hints] == [other.number]
    assert review(read, desk.sales, form(ref, 1, name="广州云图科技公司"), alike.probe).hints is None
    exact = form(ref, 1, credit_code=CREDIT_CODE)
    with pytest.raises(DuplicatesFound):
        write(service.save_form, desk.sales, form=exact)
    confirmed = EditedForm(ref.number, 1, {"credit_code": CREDIT_CODE}, confirmed_duplicates=True)
    assert write(service.save_form, desk.sales, form=confirmed).version == 2


def test_who_may_not_edit_is_refused_and_out_of_reach_is_missing(
    desk: Office, ref: CustomerRef, write: Run, read: Run
) -> None:
    edited = form(ref, 1, note="新备注")
    for run, use_case in ((read, service.review_form), (write, service.save_form)):
        with pytest.raises(NotFound):
            run(use_case, desk.outsider, form=edited)
        with pytest.raises(Forbidden):
            run(use_case, desk.finance, form=edited)
    with pytest.raises(NotFound):
        read(queries.open_form, desk.outsider, number=ref.number)
    with pytest.raises(Forbidden):
        read(queries.open_form, desk.finance, number=ref.number)

"""Opening, confirming, taking back; what counts as corrected; merging, deleting, handing on. On both engines."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, func, select, update
from sqlmodel import Session, col

from crm_app.access.audit import Action
from crm_app.access.permissions import Permission
from crm_app.core.clock import frozen, utcnow
from crm_app.core.errors import Forbidden, NotFound, Refused
from crm_app.customers.service import assign_owner
from crm_app.models import AuditEntry, Collaborator, Customer, FieldChange, Job, Review, ReviewItem
from crm_app.quality import service as quality
from crm_app.quality.schemas import MergeRequest
from crm_app.recycle_bin import jobs as bin_jobs
from crm_app.recycle_bin import service as bin_service
from crm_app.review import service
from crm_app.review.jobs import OPEN
from crm_app.review.schemas import Shown, Standing
from tests.review.conftest import Desk


def items(session: Session) -> int:
    return session.execute(select(func.count()).select_from(ReviewItem)).scalar_one()


# --- opening


def test_a_review_holds_whom_somebody_is_in_charge_of_as_they_are(desk: Desk) -> None:
    office = desk.office
    desk.add("删了的", office.sales, deleted_at=utcnow())
    desk.edit(office.sales, "甲")
    assert desk.open(by=office.manager) == 4
    with desk.db.reading() as session:
        review = session.execute(select(Review)).scalar_one()
        held = session.execute(select(ReviewItem).order_by(col(ReviewItem.customer_id))).scalars().all()
        (entry,) = session.execute(select(AuditEntry).where(col(AuditEntry.action) == Action.REVIEW_OPENED)).scalars()
    assert (review.month, review.opened_by) == ("2026-11", office.manager.user_id)
    assert [(one.customer_id, one.owner_id, one.version) for one in held] == [
        (desk.row(name).id, desk.row(name).owner_id, desk.row(name).version) for name in "甲乙丙丁"
    ]
    assert {one.confirmed_at for one in held} == {None}
    assert (entry.subject_id, entry.detail) == ("2026-11", {"customers": 4})


def test_a_month_is_opened_once(desk: Desk) -> None:
    desk.open()
    with pytest.raises(Refused):
        desk.open()
    assert desk.read(items) == 4
    assert desk.open("2026-12") == 4
    assert desk.read(items) == 8


def test_asking_takes_the_function_and_happens_once(desk: Desk) -> None:
    office = desk.office
    with pytest.raises(Forbidden):
        desk.write(service.request_opening, office.sales, kind=OPEN)
    with frozen(datetime(2026, 11, 20, 4, tzinfo=UTC)):
        desk.write(service.request_opening, office.manager, kind=OPEN)
        with pytest.raises(Refused):
            desk.write(service.request_opening, office.admin, kind=OPEN)
        job = desk.read(lambda s: s.execute(select(Job)).scalar_one())
        assert (job.kind, job.parameters) == ("open_review", {"month": "2026-11"})
        desk.write(lambda s: s.execute(delete(Job)))
        desk.open()
        with pytest.raises(Refused):
            desk.write(service.request_opening, office.admin, kind=OPEN)


# --- confirming


def test_an_owner_confirms_one_several_and_all(desk: Desk) -> None:
    sales = desk.office.sales
    desk.add("戊", sales)
    desk.open()
    assert desk.confirm(sales, "甲").done == 1
    assert desk.done(sales) == {"甲": "confirmed"}
    assert desk.confirm(sales, "甲", "乙").done == 1, "the one that is confirmed stays as it is"
    assert desk.names(sales) == ["戊"]
    done = desk.write(service.confirm_all, sales, review_id=desk.review().id, owner_id=sales.user_id)
    assert done.done == 1
    assert desk.page(sales).standing == Standing(3, 3, 0, 0, 100)
    assert desk.names(desk.office.sales2) == ["丙"]
    with pytest.raises(Refused):
        desk.write(service.confirm_all, sales, review_id=desk.review().id, owner_id=sales.user_id)
    with pytest.raises(Refused):
        desk.confirm(sales, "甲")


def test_a_confirmation_says_who_and_when(desk: Desk) -> None:
    desk.open()
    with frozen(datetime(2026, 11, 29, 1, 30, tzinfo=UTC)):
        desk.confirm(desk.office.manager, "甲")
    (line,) = desk.page(desk.office.sales, shown=Shown.DONE).lines
    assert (line.state, line.by, line.at, line.may_confirm) == ("confirmed", "陈经理", "2026-11-29 09:30", False)


def test_taking_back_opens_what_that_click_confirmed_and_nothing_else(desk: Desk) -> None:
    sales, manager = desk.office.sales, desk.office.manager
    desk.open()
    with frozen(datetime(2026, 11, 29, 1, 30, 0, 123456, tzinfo=UTC)):
        first = desk.confirm(sales, "甲")
    with frozen(datetime(2026, 11, 29, 1, 31, tzinfo=UTC)):
        second = desk.confirm(sales, "乙")
    for who in (manager, desk.office.outsider):
        with pytest.raises(Refused):
            desk.write(service.take_back, who, review_id=first.review_id, moment=first.moment)
    assert desk.write(service.take_back, sales, review_id=first.review_id, moment=first.moment) == 1
    assert desk.names(sales) == ["甲"]
    with pytest.raises(Refused):
        desk.write(service.take_back, sales, review_id=first.review_id, moment=first.moment)
    with pytest.raises(Refused):
        desk.write(service.take_back, sales, review_id=second.review_id, moment=10**17)
    assert desk.write(service.take_back, sales, review_id=second.review_id, moment=second.moment) == 1


def test_what_went_out_of_reach_is_not_taken_back(desk: Desk) -> None:
    sales, sales2 = desk.office.sales, desk.office.sales2
    desk.open()
    done = desk.confirm(sales, "甲", "乙")
    desk.write(assign_owner, desk.office.admin, number=desk.numbers["甲"], owner_id=sales2.user_id, version=1)
    with desk.db.writing() as session:
        session.execute(delete(Collaborator))
    assert desk.write(service.take_back, sales, review_id=done.review_id, moment=done.moment) == 1
    assert desk.done(sales2) == {"甲": "confirmed"}


def test_out_of_reach_reads_as_not_found(desk: Desk) -> None:
    office = desk.office
    desk.open()
    desk.add("后来的", office.sales)
    for who, name in (
        (office.sales, "丙"),
        (office.manager, "丁"),
        (office.sales, "nonsense"),
        (office.sales, "无主"),
        (office.sales, "后来的"),
    ):
        with pytest.raises(NotFound):
            desk.confirm(who, name)
    with pytest.raises(NotFound):
        desk.confirm(office.sales)
    with pytest.raises(Forbidden):
        desk.confirm(office.service, "甲")
    with pytest.raises(Forbidden):
        desk.write(service.take_back, office.service, review_id=1, moment=1)
    assert desk.confirm(office.sales, "甲", "丙").done == 1
    # Whose list it is is no way around the reach.
    with pytest.raises(Refused):
        review_id, other = desk.review().id, office.sales2.user_id
        desk.write(service.confirm_all, office.sales, review_id=review_id, owner_id=other)
    assert desk.names(office.sales2) == ["丙"]


def test_a_manager_confirms_for_his_department_only(desk: Desk) -> None:
    office = desk.office
    desk.open()
    review_id = desk.review().id
    done = desk.write(service.confirm_all, office.manager, review_id=review_id, owner_id=office.sales.user_id)
    assert done.done == 2
    with pytest.raises(Refused):
        desk.write(service.confirm_all, office.manager, review_id=review_id, owner_id=office.outsider.user_id)
    looking = replace(office.manager, grants={**office.manager.grants, Permission.CUSTOMER_EDIT: "own"})
    with pytest.raises(Refused):
        desk.write(service.confirm_all, looking, review_id=review_id, owner_id=office.sales2.user_id)
    assert [line.may_confirm for line in desk.page(looking, office.sales2).lines] == [False]


def test_a_review_is_over_when_the_next_one_is_open(desk: Desk) -> None:
    sales = desk.office.sales
    desk.open()
    old = desk.confirm(sales, "甲")
    desk.open("2026-12")
    for call, asked in (
        (service.confirm_customers, {"numbers": [desk.numbers["乙"]]}),
        (service.confirm_all, {"owner_id": sales.user_id}),
        (service.take_back, {"moment": old.moment}),
    ):
        with pytest.raises(Refused) as error:
            desk.write(call, sales, review_id=old.review_id, **asked)
        assert error.value.code == "review.error.over"
    assert [line.may_confirm for line in desk.page(sales, month="2026-11").lines] == [False]
    assert desk.done(sales, month="2026-11") == {"甲": "confirmed"}
    assert set(desk.names(sales)) == {"甲", "乙"}


# --- what counts as corrected


def test_a_record_changed_by_hand_counts_as_corrected_and_can_still_be_confirmed(desk: Desk) -> None:
    sales = desk.office.sales
    desk.edit(sales, "乙")
    desk.open()
    desk.edit(desk.office.manager, "甲")
    assert desk.done(sales) == {"甲": "corrected"}
    assert desk.page(sales).standing == Standing(2, 0, 1, 1, 50)
    all_open = desk.write(service.confirm_all, sales, review_id=desk.review().id, owner_id=sales.user_id)
    assert all_open.done == 1, "what is corrected is not open"
    assert desk.confirm(sales, "甲").done == 1
    assert desk.page(sales).standing == Standing(2, 2, 0, 0, 100)


@pytest.mark.parametrize(
    ("field", "old", "new"),
    [("next_follow_up_at", "", "2026-12-01 09:00"), ("owner", "1", "2"), ("status", "potential", "following")],
)
def test_moves_of_plans_and_people_correct_nothing(desk: Desk, field: str, old: str, new: str) -> None:
    sales = desk.office.sales
    desk.open()
    _step(desk, "甲", field=field, old=old, new=new, user_id=sales.user_id)
    assert desk.done(sales) == {}


def test_only_people_correct_and_only_one_by_one(desk: Desk) -> None:
    sales = desk.office.sales
    desk.open()
    _step(desk, "甲", field="note", old="", new="x", user_id=None)
    _step(desk, "乙", field="note", old="", new="x", user_id=sales.user_id, by_hand=False)
    assert desk.done(sales) == {}
    _step(desk, "甲", field="status", old="following", new="dormant", user_id=sales.user_id)
    assert desk.done(sales) == {"甲": "corrected"}


def test_corrections_belong_to_the_review_that_was_open(desk: Desk) -> None:
    sales = desk.office.sales
    desk.open()
    desk.open("2026-12")
    desk.edit(sales, "甲")
    assert desk.done(sales) == {"甲": "corrected"}
    assert desk.done(sales, month="2026-11") == {}


def _step(desk: Desk, name: str, **line: object) -> None:
    """A step of the history, as whatever writes such lines leaves it."""
    with desk.db.writing() as session:
        customer = session.execute(select(Customer).where(col(Customer.name) == name)).scalar_one()
        customer.version += 1
        values = {"customer_id": customer.id, "at": utcnow(), "version": customer.version} | line
        session.add(FieldChange.model_validate(values))


# --- what becomes of a customer


def test_handing_on_moves_it_to_the_new_owners_list(desk: Desk) -> None:
    office = desk.office
    desk.open()
    desk.write(assign_owner, office.admin, number=desk.numbers["甲"], owner_id=office.sales2.user_id, version=1)
    assert desk.names(office.sales) == ["乙"]
    assert sorted(desk.names(office.sales2)) == ["丙", "甲"]
    assert desk.confirm(office.sales2, "甲").done == 1


def test_a_deleted_customer_leaves_the_count_comes_back_and_goes_for_good(desk: Desk) -> None:
    office = desk.office
    desk.open()
    number = desk.numbers["甲"]
    desk.write(bin_service.delete_customer, office.admin, number=number)
    assert desk.page(office.sales).standing.total == 1
    with pytest.raises(NotFound):
        desk.confirm(office.sales, "甲")
    desk.write(bin_service.restore_customers, office.admin, numbers=[number])
    assert sorted(desk.names(office.sales)) == ["乙", "甲"], "bringing back corrects nothing"
    desk.write(bin_service.delete_customer, office.admin, number=number)
    key = desk.row("甲").id or 0
    assert desk.write(bin_jobs.remove_expired, utcnow() + timedelta(days=31), key)
    assert desk.read(items) == 3


def test_a_merged_customer_leaves_the_count_and_an_undone_merge_brings_it_back(desk: Desk) -> None:
    office = desk.office
    desk.open()
    desk.confirm(office.sales, "乙")
    versions = {desk.numbers[name]: desk.row(name).version for name in "甲乙丙"}
    request = MergeRequest(desk.numbers["甲"], versions, {})
    merged = desk.write(quality.merge_customers, office.manager, request=request)
    assert desk.team(office.admin).standing.total == 2
    assert desk.page(office.sales).standing == Standing(1, 0, 0, 1, 0)
    assert desk.read(items) == 4
    desk.write(quality.undo_merge, office.manager, merge_id=merged.id)
    assert desk.done(office.sales) == {"乙": "confirmed"}
    assert desk.names(office.sales) == ["甲"]
    assert desk.names(office.sales2) == ["丙"]


def test_rows_of_the_merged_go_with_the_review(desk: Desk) -> None:
    desk.open()
    with desk.db.writing() as session:
        session.execute(update(ReviewItem).values(confirmed_at=utcnow(), confirmed_by=desk.office.sales.user_id))
        session.execute(delete(Review))
    assert desk.read(items) == 0

"""Changing many customers: what a preview says is what happens, and what happened can be taken back (R3.6)."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update
from sqlmodel import Session, col

from crm_app.access.audit import Action as Audit
from crm_app.access.permissions import Permission, Reach
from crm_app.access.scope import customers_in_reach
from crm_app.access.sessions import forget_rights
from crm_app.background import runner
from crm_app.background.schemas import State as JobState
from crm_app.background.service import cancel_job
from crm_app.bulk import jobs, queries, service
from crm_app.bulk.schemas import Action, Outcome, State, Verdict, What
from crm_app.core import changes
from crm_app.core.clock import utcnow
from crm_app.core.errors import Forbidden, NotFound, Refused
from crm_app.core.problems import Invalid
from crm_app.core.text import normalise_company_name
from crm_app.customers.queries import get_choices, tag_ids_of
from crm_app.customers.search import list_misindexed, matches
from crm_app.customers.service import assign_owner, set_collaborators, update_field
from crm_app.fields.queries import values_of
from crm_app.fields.schemas import BuiltInInput, FieldInput
from crm_app.fields.service import add_field, change_built_in, retire_field
from crm_app.models import AuditEntry, Collaborator, Customer, FieldChange, Job, RoleGrant
from crm_app.recycle_bin import service as recycle_bin
from crm_app.timeline.queries import list_timeline
from tests.bulk.conftest import Desk, with_grant


def field(name: str, value: str) -> Action:
    return Action(What.FIELD, name, value)


async def test_a_field_of_many_is_changed_with_history_version_and_one_announcement(desk: Desk) -> None:
    first, second, third = desk.customer(source=""), desk.customer(source="website"), desk.customer(source="exhibition")
    heard: list[changes.Change] = []
    deaf = changes.listen(lambda batch: heard.extend(one for one in batch if one.kind == "customer"))
    plan = desk.preview(desk.office.sales, field("source", "exhibition"), first, second, third)
    assert [plan.count(verdict) for verdict in Verdict] == [2, 1, 0]
    change_id = desk.ask(desk.office.sales, plan)
    assert desk.get(first).source == ""
    assert await runner.run_next(desk.db)
    deaf()
    assert [desk.get(number).source for number in (first, second, third)] == ["exhibition"] * 3
    assert [desk.get(number).version for number in (first, second, third)] == [2, 2, 1]
    assert desk.history(first) == [("source", "", "exhibition", 2, desk.office.sales.user_id)]
    assert desk.history(second) == [("source", "website", "exhibition", 2, desk.office.sales.user_id)]
    assert desk.history(third) == []
    assert len(heard) == 1
    assert desk.counts(change_id) == {"rows": 3, "changed": 2, "same": 1, "refused": 0}
    assert (desk.stored(change_id).state, desk.stored(change_id).rows) == (State.DONE, b"")
    page = desk.read(list_timeline, desk.office.sales, number=second)
    assert "展会" in str(page)


async def test_undo_puts_back_each_rows_own_value_and_lists_what_changed_since(desk: Desk) -> None:
    sales = desk.office.sales
    first, second, third = desk.customer(source=""), desk.customer(source="website"), desk.customer(source="partner")
    change_id = await desk.change(sales, field("source", "exhibition"), first, second, third)
    desk.write(update_field, sales, number=second, field="source", value="other", version=2)
    desk.write(update_field, sales, number=third, field="note", value="另一个字段", version=2)
    await desk.undo(sales, change_id)
    assert [desk.get(number).source for number in (first, second, third)] == ["", "other", "partner"]
    assert desk.history(first)[-1] == ("source", "exhibition", "", 3, sales.user_id)
    assert desk.stored(change_id).state == State.UNDONE
    assert desk.counts(change_id) == {"rows": 3, "changed": 3, "same": 0, "refused": 0, "undone": 2, "kept": 1}
    kept = desk.read(queries.list_outcomes, change_id, Outcome.KEPT, 1)
    assert [(row.customer_id, row.why) for row in kept] == [(desk.get(second).id, "touched")]


async def test_no_step_of_a_bulk_change_or_of_its_undoing_was_made_by_hand(desk: Desk) -> None:
    sales = desk.office.sales
    first, second = desk.customer(source=""), desk.customer(source="website")
    await desk.undo(sales, await desk.change(sales, field("source", "exhibition"), first, second))
    desk.write(update_field, sales, number=first, field="note", value="看过了", version=3)
    with desk.db.reading() as session:
        steps = session.execute(select(FieldChange).order_by(col(FieldChange.id))).scalars().all()
    assert [(step.field, step.by_hand) for step in steps] == [*[("source", False)] * 4, ("note", True)]


def test_what_must_be_filled_in_is_not_emptied(desk: Desk) -> None:
    sales, number = desk.office.sales, desk.customer(source="website")
    desk.write(change_built_in, desk.office.admin, name="source", version=0, entry=BuiltInInput(required=True))
    with pytest.raises(Invalid) as refused:
        desk.preview(sales, field("source", ""), number)
    assert refused.value.problems["value"].code == "customers.required.source"
    offers = {offer.key: offer.required for offer in desk.read(queries.list_fields, sales)}
    assert (offers["source"], offers["note"], offers["industry"]) == (True, False, True)


async def test_undone_twice_is_refused(desk: Desk) -> None:
    sales, number = desk.office.sales, desk.customer(source="")
    change_id = await desk.change(sales, field("source", "exhibition"), number)
    await desk.undo(sales, change_id)
    with pytest.raises(Refused) as refused:
        desk.write(service.request_undo, sales, kind=jobs.UNDO, change_id=change_id)
    assert refused.value.code == "bulk.refused.undone"
    assert desk.get(number).version == 3


async def test_undo_waits_for_the_change_to_end(desk: Desk) -> None:
    sales = desk.office.sales
    change_id = desk.ask(sales, desk.preview(sales, field("source", "exhibition"), desk.customer()))
    with pytest.raises(Refused) as refused:
        desk.write(service.request_undo, sales, kind=jobs.UNDO, change_id=change_id)
    assert refused.value.code == "bulk.refused.busy"


async def test_what_somebody_else_did_to_the_same_field_after_the_preview_stays(desk: Desk) -> None:
    sales, manager = desk.office.sales, desk.office.manager
    touched, other, alike = desk.customer(source=""), desk.customer(source=""), desk.customer(source="")
    change_id = desk.ask(sales, desk.preview(sales, field("source", "exhibition"), touched, other, alike))
    desk.write(update_field, manager, number=touched, field="source", value="partner", version=1)
    desk.write(update_field, manager, number=other, field="note", value="备注", version=1)
    desk.write(update_field, manager, number=alike, field="source", value="exhibition", version=1)
    assert await runner.run_next(desk.db)
    assert [desk.get(number).source for number in (touched, other, alike)] == ["partner", "exhibition", "exhibition"]
    assert desk.counts(change_id) == {"rows": 3, "changed": 1, "same": 1, "refused": 1}
    refused = desk.read(queries.list_outcomes, change_id, Outcome.REFUSED, 1)
    assert [(row.customer_id, row.why) for row in refused] == [(desk.get(touched).id, "touched")]


def test_rows_that_the_person_sees_and_may_not_edit_are_refused_and_others_are_unseen(desk: Desk) -> None:
    looks = with_grant(desk.office.sales, Permission.CUSTOMER_VIEW, Reach.DEPARTMENT)
    mine, colleague, foreign = desk.customer(), desk.customer(desk.office.sales2), desk.customer(desk.office.outsider)
    asked = field("source", "exhibition")
    assert desk.verdicts(looks, asked, mine, colleague, foreign) == ["CHANGE", "out_of_reach", "unseen"]
    narrow = with_grant(desk.office.admin, Permission.CUSTOMER_BULK, Reach.OWN)
    assert desk.verdicts(narrow, asked, mine) == ["out_of_reach"]


def test_what_the_rules_of_one_customer_refuse_is_refused_for_many(desk: Desk) -> None:
    sales, won, lead = desk.office.sales, desk.customer(level="won", status="won"), desk.customer()
    assert desk.verdicts(sales, field("status", "pending"), won, lead) == ["CHANGE", "CHANGE"]
    assert desk.verdicts(sales, field("status", "potential"), won, lead) == ["status", "SAME"]
    assert desk.verdicts(sales, field("name", "同名有限公司"), won, lead) == ["duplicate", "duplicate"]
    for name, value in (
        ("industry", ""),
        ("source", "nonsense"),
        ("founded_on", "2999-01-01"),
        ("level", "won"),
        ("owner_id", "1"),
        ("number", "X"),
        ("credit_code", "123"),
        ("note", "长" * 1001),
    ):
        with pytest.raises(Invalid) as invalid:
            desk.preview(sales, field(name, value), won, lead)
        assert set(invalid.value.problems) == {"value"}


def test_a_credit_code_that_another_customer_has_makes_a_duplicate(desk: Desk) -> None:
    code = "91350100M000100Y43"
    desk.customer(desk.office.outsider, credit_code=code)
    number = desk.customer()
    assert desk.verdicts(desk.office.sales, field("credit_code", code), number) == ["duplicate"]
    assert desk.verdicts(desk.office.sales, field("credit_code", ""), number) == ["SAME"]


def test_roles_without_the_function_are_refused(desk: Desk) -> None:
    number = desk.customer()
    office = desk.office
    for actor, action in (
        (office.service_lead, field("source", "exhibition")),
        (office.marketing, field("source", "exhibition")),
        (office.finance, Action(What.TAGS, add=(1,))),
        (office.sales, Action(What.OWNER, value=str(office.sales2.user_id))),
        (office.sales, Action(What.DELETE)),
        (office.manager, Action(What.DELETE)),
    ):
        with pytest.raises(Forbidden):
            desk.preview(actor, action, number)


def test_nobody_elses_change_is_found(desk: Desk) -> None:
    sales, number = desk.office.sales, desk.customer()
    change_id = desk.ask(sales, desk.preview(sales, field("source", "exhibition"), number))
    with pytest.raises(NotFound):
        desk.write(service.request_undo, desk.office.manager, kind=jobs.UNDO, change_id=change_id)
    with pytest.raises(NotFound):
        desk.read(queries.get_change, desk.office.admin, change_id)


async def test_a_place_a_day_and_a_name_fill_all_their_columns_and_come_back(desk: Desk) -> None:
    sales = desk.office.sales
    one = desk.customer(
        province="440000",
        founded_on=date(2001, 2, 3),
        name="老名字有限公司",
        name_key=normalise_company_name("老名字有限公司"),
    )
    for action, read, new in (
        (field("region", "440305"), lambda c: (c.province, c.city, c.district), ("440000", "440300", "440305")),
        (field("founded_on", "2010-5-6"), lambda c: c.founded_on, date(2010, 5, 6)),
        (
            field("name", "崭新科技有限公司"),
            lambda c: (c.name, c.name_key),
            ("崭新科技有限公司", normalise_company_name("崭新科技有限公司")),
        ),
    ):
        before = read(desk.get(one))
        change_id = await desk.change(sales, action, one)
        assert read(desk.get(one)) == new
        await desk.undo(sales, change_id)
        assert read(desk.get(one)) == before
    assert desk.read(list_misindexed) == []


async def test_a_renamed_customer_is_found_by_its_name_of_now(desk: Desk) -> None:
    sales, number = desk.office.sales, desk.customer(name="老名字有限公司")

    def found(text: str) -> bool:
        def look(session: Session) -> bool:
            where = matches(sales, text, dialect=session.get_bind().dialect.name)
            return where is not None and session.execute(select(Customer.id).where(where)).first() is not None  # type: ignore[call-overload]

        return desk.read(look)

    change_id = await desk.change(sales, field("name", "崭新科技"), number)
    assert (found("崭新"), found("老名字")) == (True, False)
    await desk.undo(sales, change_id)
    assert (found("崭新"), found("老名字")) == (False, True)


async def test_own_fields_are_changed_within_what_the_role_may_and_come_back(desk: Desk) -> None:
    admin, sales = desk.office.admin, desk.office.sales
    entry = FieldInput(kind="choices", label_zh="兴趣", options="羽毛球\n足球\n围棋")
    field_id = desk.write(add_field, admin, entry=entry)
    fixed = FieldInput(kind="line", label_zh="内部编码", fixed_for=("sales_rep",))
    fixed_id = desk.write(add_field, admin, entry=fixed)
    key = f"own_{field_id}"
    options = desk.read(lambda s: next(f for f in get_choices(s, admin).own if f.key == key).options)
    football, chess = options[1].code, options[2].code
    one, two = desk.customer(), desk.customer()
    desk.write(update_field, sales, number=one, field=key, value=football, version=1)
    change_id = await desk.change(sales, field(key, f"{chess},{football}"), one, two)

    def worn(number: str) -> str:
        return (
            desk.read(lambda s: values_of(s, [desk.get(number).id or 0], [key]))
            .get(desk.get(number).id or 0, {})
            .get(key, "")
        )

    assert worn(one) == worn(two) == f"{football},{chess}"
    await desk.undo(sales, change_id)
    assert (worn(one), worn(two)) == (football, "")
    with pytest.raises(Invalid):
        desk.preview(sales, field(f"own_{fixed_id}", "x"), one)
    assert desk.verdicts(admin, field(f"own_{fixed_id}", "x"), one) == ["CHANGE"]


async def test_tags_are_added_and_removed_and_each_gets_its_own_back(desk: Desk) -> None:
    sales = desk.office.sales
    one, two, three = desk.customer(), desk.customer(), desk.customer()
    red, blue = desk.tag(one, "红", "蓝")
    (green,) = desk.tag(two, "绿")
    action = Action(What.TAGS, add=(green,), remove=(red,))
    assert desk.verdicts(sales, action, one, two, three) == ["CHANGE", "SAME", "CHANGE"]
    change_id = await desk.change(sales, action, one, two, three)

    def there(number: str) -> set[int]:
        return set(desk.read(tag_ids_of, desk.get(number).id))

    assert [there(number) for number in (one, two, three)] == [{blue, green}, {green}, {green}]
    assert desk.history(one)[-1][:3] == ("tags", f"{red},{blue}", f"{blue},{green}")
    await desk.undo(sales, change_id)
    assert [there(number) for number in (one, two, three)] == [{red, blue}, {green}, set()]


def test_no_more_tags_than_one_customer_may_have(desk: Desk) -> None:
    number = desk.customer()
    desk.tag(number, *(f"标签{n}" for n in range(30)))
    (more,) = desk.tag(desk.customer(), "多一个")
    assert desk.verdicts(desk.office.sales, Action(What.TAGS, add=(more,)), number) == ["tags"]
    for wrong in (Action(What.TAGS), Action(What.TAGS, add=(more,), remove=(more,)), Action(What.TAGS, add=(99999,))):
        with pytest.raises(Invalid):
            desk.preview(desk.office.sales, wrong, number)


async def test_an_owner_takes_the_department_along_and_helps_no_more(desk: Desk) -> None:
    office = desk.office
    one, nobodys = desk.customer(office.sales), desk.customer(office.sales, owner_id=None)
    desk.write(set_collaborators, office.sales, number=one, user_ids=[office.sales2.user_id])
    action = Action(What.OWNER, value=str(office.sales2.user_id))
    change_id = await desk.change(office.manager, action, one, nobodys)
    assert [desk.get(n).owner_id for n in (one, nobodys)] == [office.sales2.user_id] * 2
    assert ("collaborators", str(office.sales2.user_id), "", 3, office.manager.user_id) in desk.history(one)
    await desk.undo(office.manager, change_id)
    assert [desk.get(n).owner_id for n in (one, nobodys)] == [office.sales.user_id, None]
    helping = desk.read(lambda s: list(s.execute(select(Collaborator.user_id)).scalars()))  # type: ignore[call-overload]
    assert helping == [office.sales2.user_id]
    with pytest.raises(Invalid):
        desk.preview(office.manager, Action(What.OWNER, value=str(office.outsider.user_id)), one)


async def test_a_later_owner_stays(desk: Desk) -> None:
    office, number = desk.office, desk.customer(desk.office.sales)
    change_id = await desk.change(office.manager, Action(What.OWNER, value=str(office.sales2.user_id)), number)
    desk.write(assign_owner, office.manager, number=number, owner_id=office.manager.user_id)
    await desk.undo(office.manager, change_id)
    assert desk.get(number).owner_id == office.manager.user_id
    assert desk.counts(change_id)["kept"] == 1


async def test_deleted_ones_lie_in_the_bin_each_with_its_trace_and_come_back(desk: Desk) -> None:
    admin = desk.office.admin
    one, two, three = desk.customer(), desk.customer(), desk.customer()
    change_id = await desk.change(admin, Action(What.DELETE), one, two, three)
    assert desk.read(lambda s: s.execute(select(Customer.id).where(customers_in_reach(admin))).all()) == []  # type: ignore[call-overload]
    traced = desk.read(lambda s: list(s.execute(select(AuditEntry).order_by(AuditEntry.id)).scalars()))  # type: ignore[arg-type]
    deleted = [entry for entry in traced if entry.action == Audit.CUSTOMER_DELETED]
    assert {entry.subject_id for entry in deleted} == {one, two, three}
    assert deleted[0].detail["name"] == desk.get(deleted[0].subject_id).name
    assert desk.read(list_misindexed) == []
    desk.write(recycle_bin.restore_customers, admin, numbers=[two])
    await desk.undo(admin, change_id)
    assert [desk.get(n).deleted_at for n in (one, two, three)] == [None] * 3
    assert [desk.get(n).version for n in (one, two, three)] == [3, 3, 3]
    assert desk.counts(change_id) | {"rows": 3} == {
        "rows": 3, "changed": 3, "same": 0, "refused": 0, "undone": 2, "kept": 1,
    }  # fmt: skip
    assert desk.read(list_misindexed) == []


async def test_cancelled_in_the_middle_it_tells_what_was_done_and_takes_back_just_that(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "CHUNKS", dict.fromkeys(What, 2))
    monkeypatch.setattr("crm_app.background.kinds.PROGRESS_SECONDS", 0)
    sales = desk.office.sales
    numbers = [desk.customer(source="") for _ in range(5)]
    change_id = desk.ask(sales, desk.preview(sales, field("source", "exhibition"), *numbers))
    job_id, step = desk.stored(change_id).job_id or 0, service.apply_next

    def once_then_cancel(session: Session, *args: object, **kwargs: object) -> int:
        done = step(session, *args, **kwargs)  # type: ignore[arg-type]
        cancel_job(session, sales, job_id=job_id)
        return done

    monkeypatch.setattr(service, "apply_next", once_then_cancel)
    assert await runner.run_next(desk.db)
    assert desk.job(sales, change_id).state is JobState.CANCELLED
    assert sorted(desk.get(n).source for n in numbers) == ["", "", "", "exhibition", "exhibition"]
    assert desk.counts(change_id) == {"rows": 5, "changed": 2, "same": 0, "refused": 0}
    await desk.undo(sales, change_id)
    assert [desk.get(n).source for n in numbers] == [""] * 5
    assert desk.counts(change_id)["undone"] == 2


async def test_a_change_whose_runner_died_goes_on_where_it_was(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "CHUNKS", dict.fromkeys(What, 2))
    sales = desk.office.sales
    numbers = [desk.customer(source="") for _ in range(5)]
    change_id = desk.ask(sales, desk.preview(sales, field("source", "exhibition"), *numbers))
    step, left = service.apply_next, [2]

    def dies(session: Session, *args: object, **kwargs: object) -> int:
        if not left[0]:
            raise SystemExit  # Nobody writes that it failed: as when the process is gone.
        left[0] -= 1
        return step(session, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(service, "apply_next", dies)
    with pytest.raises(SystemExit):
        await runner.run_next(desk.db)
    assert desk.counts(change_id)["changed"] == 4
    desk.write(lambda s: s.execute(update(Job).values(seen_at=None)))
    monkeypatch.setattr(service, "apply_next", step)
    assert await runner.run_next(desk.db)
    assert desk.counts(change_id)["changed"] == 5
    assert [len(desk.history(n)) for n in numbers] == [1] * 5
    assert desk.stored(change_id).state == State.DONE


async def test_who_loses_the_function_in_the_middle_changes_nothing_more(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "CHUNKS", dict.fromkeys(What, 1))
    sales = desk.office.sales
    numbers = [desk.customer(source="") for _ in range(3)]
    change_id = desk.ask(sales, desk.preview(sales, field("source", "exhibition"), *numbers))
    step = service.apply_next

    def demotes(session: Session, *args: object, **kwargs: object) -> int:
        done = step(session, *args, **kwargs)  # type: ignore[arg-type]
        session.execute(
            update(RoleGrant).where(col(RoleGrant.permission) == Permission.CUSTOMER_BULK).values(permission="x")
        )  # type: ignore[arg-type]
        forget_rights()
        return done

    monkeypatch.setattr(service, "apply_next", demotes)
    heard: list[changes.Change] = []
    deaf = changes.listen(lambda batch: heard.extend(one for one in batch if one.kind == "customer"))
    assert await runner.run_next(desk.db)
    deaf()
    assert desk.job(sales, change_id).state is JobState.FAILED
    assert desk.counts(change_id)["changed"] == 1
    assert len(heard) == 1, "the pages hear of what was done before"


def changed_entries(session: Session) -> list[AuditEntry]:
    noted = select(AuditEntry).where(col(AuditEntry.action) == Audit.CUSTOMERS_CHANGED)
    return list(session.execute(noted).scalars())


async def test_a_field_that_is_retired_in_the_middle_gets_no_more_values(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "CHUNKS", dict.fromkeys(What, 1))
    sales, admin = desk.office.sales, desk.office.admin
    entry = FieldInput(kind="line", label_zh="车型")
    field_id = desk.write(add_field, admin, entry=entry)
    numbers = [desk.customer() for _ in range(3)]
    change_id = desk.ask(sales, desk.preview(sales, field(f"own_{field_id}", "轿车"), *numbers))
    step = service.apply_next

    def retires(session: Session, *args: object, **kwargs: object) -> int:
        done = step(session, *args, **kwargs)  # type: ignore[arg-type]
        if done == 1:
            retire_field(session, admin, field_id=field_id, version=1)
        return done

    monkeypatch.setattr(service, "apply_next", retires)
    assert await runner.run_next(desk.db)
    assert desk.job(sales, change_id).state is JobState.FAILED
    assert desk.counts(change_id)["changed"] == 1
    filled = desk.read(values_of, [desk.get(n).id or 0 for n in numbers], [f"own_{field_id}"])
    assert len(filled) == 1
    noted = [one.detail for one in desk.read(changed_entries)]
    assert [(one["changed"], one["ended"]) for one in noted] == [(1, "interrupted")], "the records say how far it came"


def test_a_preview_that_changes_nothing_is_not_confirmed(desk: Desk) -> None:
    sales = desk.office.sales
    plan = desk.preview(sales, field("source", "exhibition"), desk.customer(source="exhibition"))
    with pytest.raises(Refused) as refused:
        desk.ask(sales, plan)
    assert refused.value.code == "bulk.refused.nothing"


def test_a_filter_is_all_of_its_pages_and_nonsense_is_no_filter(desk: Desk) -> None:
    for _ in range(3):
        desk.customer(level="intent")
    desk.customer(level="potential")
    today = date(2026, 11, 23)
    assert len(desk.read(queries.find_filtered, desk.office.sales, "f=level.in.intent&page=9", today)) == 3
    assert len(desk.read(queries.find_filtered, desk.office.outsider, "f=level.in.intent", today)) == 0
    with pytest.raises(Refused) as refused:
        desk.read(queries.find_filtered, desk.office.sales, "f=nonsense.in.x", today)
    assert refused.value.code == "bulk.refused.nonsense"


async def test_what_is_too_old_to_be_taken_back_is_forgotten(desk: Desk) -> None:
    sales = desk.office.sales
    change_id = await desk.change(sales, field("source", "exhibition"), desk.customer())
    now = utcnow()
    assert desk.read(queries.list_expired, now + timedelta(days=29)) == []
    assert desk.read(queries.list_expired, now + timedelta(days=31)) == [change_id]
    desk.write(jobs.forget_change, now, change_id)
    with pytest.raises(NotFound):
        desk.read(queries.get_change, sales, change_id)

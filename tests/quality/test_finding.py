"""The search over the whole database, what it leaves, and who sees it; on both engines."""

import threading
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import Session, func, select

from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission, Reach
from crm_app.background import files, kinds, runner
from crm_app.background.kinds import JobContext, Stopped
from crm_app.background.queries import get_job
from crm_app.background.service import cancel_job
from crm_app.core.clock import utcnow
from crm_app.core.errors import Forbidden, NotFound, Refused
from crm_app.models import Contact, Customer, DuplicateGroup
from crm_app.quality import jobs, queries, service
from crm_app.quality.schemas import Profile, Verdict
from crm_app.recycle_bin.service import delete_customer, restore_customers
from tests.plans import analyse, plans
from tests.quality.conftest import Desk
from tests.quality.labelled import make_labelled


@pytest.fixture(autouse=True)
def of_the_app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kind is known, and files go into a folder of the test's own."""
    monkeypatch.setattr(files, "folder", lambda: tmp_path / "jobs")
    monkeypatch.setitem(kinds.KINDS, jobs.FIND.code, jobs.FIND)


def search(desk: Desk, *, told: list[tuple[int, int]] | None = None) -> None:
    """One search to its end."""
    told = [] if told is None else told
    outcome = jobs.find_duplicates(context(desk, told))
    assert outcome.record is not None
    desk.write(outcome.record)


def context(desk: Desk, told: list[tuple[int, int]], *, holds: bool = True) -> JobContext:
    def tell(done: int, total: int) -> bool:
        told.append((done, total))
        return holds

    return JobContext(
        actor=desk.office.admin,
        parameters={},
        file=Path(),
        snapshot=desk.db.snapshot,
        writing=desk.db.writing,
        tell=tell,
        stop=threading.Event(),
    )


def fill(desk: Desk, profiles: Iterable[Profile]) -> None:
    """Customers of `sales` that are like these, with their ids."""

    def make(session: Session) -> None:
        owner = {"owner_id": desk.office.sales.user_id, "department_id": desk.office.south}
        for one in profiles:
            place = {"province": f"{one.place[:2]}0000", "city": one.place} if one.place else {}
            told = {"id": one.id, "name": one.name[:100], "address": one.address, "credit_code": one.credit_code}
            values = {"number": f"C-{one.id:05d}", "industry": "MFG"} | told | place | owner
            session.add(Customer.model_validate(values))
        session.flush()
        for one in profiles:
            several = {"mobile": one.mobiles, "phone": one.phones, "email": one.emails, "name": one.people}
            known = {name: next(iter(found), "") for name, found in several.items()}
            session.add(Contact.model_validate({"customer_id": one.id, "is_main": True} | known))

    desk.write(make)


def shown(desk: Desk, actor: Actor | None = None, verdict: Verdict = Verdict.SAME) -> list[set[str]]:
    page = desk.read(queries.list_groups, actor or desk.office.manager, verdict=verdict)
    return [{line.number for line in group.members} for group in page.lines]


def test_the_database_gives_what_the_rules_promise(desk: Desk) -> None:
    labelled = make_labelled(3, doubles=60, singles=150, traps=15)
    fill(desk, labelled.profiles)
    told: list[tuple[int, int]] = []
    search(desk, told=told)
    assert told
    assert all(0 <= done <= total == len(labelled.profiles) for done, total in told)
    numbers = {frozenset({f"C-{a:05d}", f"C-{b:05d}"}) for a, b in labelled.same}
    found: set[frozenset[str]] = set()
    for page in range(1, 10):
        lines = desk.read(queries.list_groups, desk.office.admin, verdict=Verdict.SAME, page=page)
        found |= {frozenset(line.number for line in group.members) for group in lines.lines}
    assert len(found & numbers) / len(found) >= 0.95
    assert len(found & numbers) / len(numbers) >= 0.90


def twins(desk: Desk, owner: Actor | None = None, name: str = "深圳市恒信达科技") -> tuple[str, str]:
    return desk.customer(owner, name=f"{name}有限公司"), desk.customer(owner, name=f"{name}有限责任公司")


def test_a_group_goes_with_its_members_and_comes_back_with_them(desk: Desk) -> None:
    one, other = twins(desk)
    search(desk)
    assert shown(desk) == [{one, other}]
    desk.write(delete_customer, desk.office.admin, number=other)
    assert shown(desk) == []
    desk.write(restore_customers, desk.office.admin, numbers=(other,))
    assert shown(desk) == [{one, other}]
    merged = desk.merge(one, other)
    assert shown(desk) == []
    desk.undo(merged)
    assert shown(desk) == [{one, other}]


def test_no_duplicate_is_remembered_by_the_pair_and_survives_the_next_search(desk: Desk) -> None:
    one, other = twins(desk)
    search(desk)
    (group,) = desk.read(queries.list_groups, desk.office.manager, verdict=Verdict.SAME).lines
    desk.write(service.dismiss_group, desk.office.manager, group_id=group.id)
    assert shown(desk) == []
    desk.write(service.recall_group, desk.office.manager, group_id=group.id)
    assert shown(desk) == [{one, other}]
    desk.write(service.dismiss_group, desk.office.manager, group_id=group.id)
    search(desk)
    assert shown(desk) == []
    third = desk.customer(name="深圳恒信达科技股份有限公司")
    search(desk)
    assert len(shown(desk)) == 1
    assert third in shown(desk)[0]
    with pytest.raises(NotFound):
        desk.write(service.recall_group, desk.office.manager, group_id=group.id)


def test_what_is_dismissed_while_a_search_runs_stays_dismissed(desk: Desk) -> None:
    twins(desk)
    search(desk)
    (group,) = desk.read(queries.list_groups, desk.office.manager, verdict=Verdict.SAME).lines
    outcome = jobs.find_duplicates(context(desk, []))
    desk.write(service.dismiss_group, desk.office.manager, group_id=group.id)
    assert outcome.record is not None
    desk.write(outcome.record)
    assert shown(desk) == []


def test_a_cancelled_search_leaves_what_was_found_before(desk: Desk) -> None:
    one, other = twins(desk)
    search(desk)
    twins(desk, name="北京市华瑞通贸易")
    with pytest.raises(Stopped):
        jobs.find_duplicates(context(desk, [], holds=False))
    assert shown(desk) == [{one, other}]


async def test_it_runs_in_the_background_once_at_a_time_and_again_after_a_crash(desk: Desk) -> None:
    twins(desk)
    admin = desk.office.admin
    with pytest.raises(Forbidden):
        desk.write(service.request_search, desk.office.sales, kind=jobs.FIND)
    first = desk.write(service.request_search, desk.office.manager, kind=jobs.FIND)
    with pytest.raises(Refused, match=r"quality\.refused\.running"):
        desk.write(service.request_search, admin, kind=jobs.FIND)
    assert desk.read(queries.get_standing, admin).running
    desk.write(cancel_job, desk.office.manager, job_id=first)
    second = desk.write(service.request_search, admin, kind=jobs.FIND)
    assert await runner.run_next(desk.db)
    job = desk.read(get_job, admin, second)
    assert (job.state, job.done) == ("done", 2)
    standing = desk.read(queries.get_standing, desk.office.manager)
    assert (standing.same, standing.possibly, standing.running) == (1, 0, False)
    assert standing.found_at[:4].isdigit()


def test_a_group_shows_to_whoever_reaches_all_of_it(desk: Desk) -> None:
    far = desk.customer(desk.office.outsider, name="深圳市恒信达科技有限公司")
    near = desk.customer(name="深圳市恒信达科技有限责任公司")
    desk.group(far, near)
    assert shown(desk, desk.office.admin) == [{far, near}]
    assert shown(desk, desk.office.manager) == []
    own = replace(desk.office.sales, grants={**desk.office.sales.grants, Permission.CUSTOMER_MERGE: Reach.OWN})
    assert shown(desk, own) == []
    (group,) = desk.read(queries.list_groups, desk.office.admin, verdict=Verdict.SAME).lines
    for by in (desk.office.manager, own):
        with pytest.raises(NotFound):
            desk.write(service.dismiss_group, by, group_id=group.id)
    for act in (service.dismiss_group, service.recall_group):
        with pytest.raises(Forbidden):
            desk.write(act, desk.office.sales, group_id=group.id)
    with pytest.raises(Forbidden):
        desk.read(queries.list_groups, desk.office.sales, verdict=Verdict.SAME)
    desk.group(near, desk.customer())
    assert len(shown(desk, own)) == 1


def test_the_likeliest_come_first_and_pages_join(desk: Desk) -> None:
    numbers = [desk.customer() for _ in range(46)]
    desk.groups(*(((numbers[n], numbers[n + 23]), Verdict.SAME, 90 + n % 10) for n in range(23)))
    pages = [desk.read(queries.list_groups, desk.office.admin, verdict=Verdict.SAME, page=n) for n in (1, 2, 9)]
    assert [(page.total, page.page, len(page.lines)) for page in pages] == [(23, 1, 20), (23, 2, 3), (23, 2, 3)]
    scores = [group.score for page in pages[:2] for group in page.lines]
    assert scores == sorted(scores, reverse=True)
    assert pages[0].lines[0].reasons == ("名称相同", "手机相同")


def test_what_is_removed_for_good_meanwhile_is_no_group(desk: Desk) -> None:
    one, other = twins(desk)
    outcome = jobs.find_duplicates(context(desk, []))
    gone = desk.row(other)
    desk.write(lambda session: session.delete(session.get_one(Customer, gone.id)))
    assert outcome.record is not None
    desk.write(outcome.record)
    assert desk.read(lambda s: s.scalar(select(func.count()).select_from(DuplicateGroup))) == 0
    assert desk.row(one).deleted_at is None


@pytest.mark.parametrize("reach", list(Reach))
def test_groups_and_merges_are_read_by_their_indices(desk: Desk, reach: Reach) -> None:
    numbers = [desk.customer() for _ in range(60)]
    desk.groups(*(((numbers[n], numbers[n + 30]), Verdict.SAME, 95) for n in range(30)))
    desk.merge(numbers[0], numbers[30], by=desk.office.admin)
    analyse(desk.db)
    manager = desk.office.manager
    actor = replace(manager, grants={**manager.grants, Permission.CUSTOMER_MERGE: reach})
    found = plans(desk.db, lambda session: queries.list_groups(session, actor, verdict=Verdict.SAME))
    found |= plans(desk.db, lambda session: queries.list_merges(session, actor))
    own = {sql: plan for sql, plan in found.items() if "duplicate_" in sql or "customer_merge" in sql}
    assert len(own) == 5
    for sql, plan in own.items():
        assert "SCAN customer" not in plan.replace("SCAN customer_merge USING", ""), (sql, plan)
        assert "Seq Scan" not in plan, (sql, plan)
    assert any("ix_duplicate_group_verdict_score" in plan for plan in own.values())


def test_when_it_was_searched_is_told(desk: Desk) -> None:
    assert desk.read(queries.get_standing, desk.office.admin).found_at == ""
    search(desk)
    standing = desk.read(queries.get_standing, desk.office.admin)
    assert standing.found_at[:4] == str(utcnow().year)

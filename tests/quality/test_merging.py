"""Merging customers and taking it back, on both engines (R5.1)."""

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select as plain
from sqlmodel import Session, col, select

from crm_app.access.permissions import Permission
from crm_app.admin.verify import verify
from crm_app.core import changes
from crm_app.core.clock import utcnow
from crm_app.core.errors import Forbidden, NotFound, Refused
from crm_app.core.settings import get_settings
from crm_app.core.sql import table_of
from crm_app.customer_page.queries import get_page
from crm_app.customers.queries import find_survivor, is_number_taken
from crm_app.customers.schemas import ContactInput
from crm_app.customers.search import list_misindexed, matches
from crm_app.customers.service import add_contact, change_level, remove_contact, set_tags, update_field
from crm_app.fields import service as fields
from crm_app.fields.queries import list_fields, values_of
from crm_app.fields.schemas import FieldInput, RecordKind
from crm_app.models import (
    AuditEntry,
    Collaborator,
    Contact,
    Customer,
    CustomerTag,
    DuplicateDismissal,
    FieldChange,
    FollowUp,
    LevelChange,
    Tag,
    Task,
)
from crm_app.quality import queries, service
from crm_app.quality.schemas import MergeRequest, Verdict
from crm_app.quality.service import CannotUndo
from crm_app.recycle_bin.jobs import remove_expired
from crm_app.recycle_bin.queries import list_bin, list_expired
from crm_app.recycle_bin.service import delete_customer, restore_customers
from crm_app.timeline.rules import FollowUpDraft
from crm_app.timeline.service import add_follow_up, add_task
from tests.quality.conftest import Desk

BELONGING = (Contact, CustomerTag, Collaborator, FollowUp, Task, LevelChange, FieldChange)


def busy(desk: Desk, contract: str, *, owner: Any = None, **fields: object) -> str:
    """A customer with a contact, a follow-up with its plan, an open task and a deal."""
    owner = owner or desk.office.sales
    number = desk.customer(owner, **fields)
    draft = FollowUpDraft("phone", "", f"电话沟通 {contract}", next_at="2031-05-01 10:00", next_step="寄样品")
    desk.write(add_follow_up, owner, number=number, draft=draft)
    desk.write(add_task, owner, number=number, title=f"回访 {contract}", due_at="2031-05-02 10:00")
    desk.write(change_level, owner, number=number, to_level="intent")
    deal = {"deal_amount": "12万", "deal_on": str(date.today()), "contract_number": contract}  # noqa: DTZ011
    desk.write(change_level, owner, number=number, to_level="won", **deal)
    return number


def everything(desk: Desk) -> dict[str, list[dict[str, Any]]]:
    """All that belongs to customers, but what each change leaves: versions, moments, the telling of merges."""

    def look(session: Session) -> dict[str, list[dict[str, Any]]]:
        found = {}
        for model in (Customer, *BELONGING):
            table = table_of(model)
            rows = [dict(row) for row in session.execute(plain(table).order_by(*table.primary_key)).mappings()]
            found[table.name] = rows
        told = {"merged", "unmerged", "merged_into", "unmerged_from"}
        merges = {(row["customer_id"], row["version"]) for row in found["field_change"] if row["field"] in told}
        found["field_change"] = [
            row for row in found["field_change"] if (row["customer_id"], row["version"]) not in merges
        ]
        for row in found["customer"]:
            del row["version"], row["updated_at"]
        return found

    return desk.read(look)


def differences(before: dict[str, list[dict[str, Any]]], after: dict[str, list[dict[str, Any]]]) -> list[Any]:
    """Rows that are not in both."""
    return [
        (name, row, "was" if row in before[name] else "is")
        for name in before
        for row in [*before[name], *after[name]]
        if (row in before[name]) != (row in after[name])
    ]


def check(desk: Desk, tmp_path: Path) -> dict[str, tuple[str, ...]]:
    found = verify(desk.db, tmp_path, zone=get_settings().zone)
    # Customers of tests have numbers of no counter, and their names no keys.
    wrong = {finding.check: finding.wrong for finding in found if finding.wrong}
    return {check: left for check, left in wrong.items() if check not in ("files", "names", "counters")}


def tag(desk: Desk, name: str) -> int:
    def make(session: Session) -> int:
        made = Tag(kind="free", name=name, color="blue")
        session.add(made)
        session.flush()
        return made.id or 0

    return desk.write(make)


def rows(desk: Desk, model: Any, number: str) -> list[Any]:
    customer_id = desk.row(number).id
    return desk.read(lambda s: list(s.exec(select(model).where(model.customer_id == customer_id))))


def test_all_that_belongs_to_them_goes_to_the_survivor(desk: Desk, tmp_path: Path) -> None:
    kept, gone = busy(desk, "HT-1"), busy(desk, "HT-2", owner=desk.office.sales2)
    tags = [tag(desk, "甲"), tag(desk, "乙")]
    desk.write(set_tags, desk.office.sales, number=kept, tag_ids=tags[:1])
    desk.write(set_tags, desk.office.sales2, number=gone, tag_ids=tags)
    merged = desk.merge(kept, gone)
    assert (merged.survivor, merged.count) == (kept, 1)
    assert [len(rows(desk, model, kept)) for model in (Contact, FollowUp, Task, LevelChange)] == [2, 2, 4, 4]
    assert [len(rows(desk, model, gone)) for model in (Contact, FollowUp, Task, LevelChange)] == [0, 0, 0, 0]
    assert {one.tag_id for one in rows(desk, CustomerTag, kept)} == set(tags)
    assert [one.user_id for one in rows(desk, Collaborator, kept)] == [desk.office.sales2.user_id]
    assert sum(one.is_main for one in rows(desk, Contact, kept)) == 1
    survivor = desk.row(kept)
    assert (survivor.total_amount, survivor.order_count, survivor.value_grade) == (Decimal(240_000), 2, "B")
    page = desk.read(get_page, desk.office.sales, number=kept, kinds=("field",))
    assert any(desk.row(gone).name in entry.action and gone in entry.action for entry in page.timeline.entries)
    assert check(desk, tmp_path) == {}
    assert desk.read(list_misindexed) == []


def test_it_leaves_its_trace(desk: Desk) -> None:
    kept, gone = desk.customer(), desk.customer()
    heard: list[changes.Change] = []
    deaf = changes.listen(heard.extend)
    try:
        merged = desk.merge(kept, gone)
    finally:
        deaf()
    told = {(one.kind, one.customer_id) for one in heard}
    assert {("customer", desk.row(kept).id), ("customer", desk.row(gone).id), ("duplicate", None)} <= told
    desk.undo(merged)

    def look(session: Session) -> list[tuple[str, str, Any]]:
        entries = select(AuditEntry).where(col(AuditEntry.action).in_(("customer:merged", "customer:unmerged")))
        return [(one.action, one.subject_id, one.detail["merged"]) for one in session.exec(entries)]

    assert desk.read(look) == [("customer:merged", kept, gone), ("customer:unmerged", kept, gone)]


@pytest.mark.parametrize("choices", [{}, {"name": "other", "level": "other", "owner": "other", "region": "other"}])
def test_its_undoing_puts_everything_back_exactly(desk: Desk, tmp_path: Path, choices: Mapping[str, str]) -> None:
    kept = desk.customer(name="深圳恒信达科技有限公司", province="440000", city="440300", address="旧址")
    gone = busy(desk, "HT-2", owner=desk.office.sales2, name="恒信达科技(深圳)有限公司", founded_on=date(2010, 3, 4))
    third = busy(desk, "HT-3", source="exhibition", expected_amount=Decimal(5))
    common, own = tag(desk, "甲"), tag(desk, "乙")
    desk.write(set_tags, desk.office.sales, number=kept, tag_ids=[common])
    desk.write(set_tags, desk.office.sales2, number=gone, tag_ids=[common, own])
    mobile = rows(desk, Contact, kept)[0].mobile
    desk.contact(gone, mobile=mobile, position="采购", birthday=date(1990, 1, 2))
    before = everything(desk)
    merged = desk.merge(kept, gone, third, choices=dict.fromkeys(choices, gone))
    assert everything(desk) != before
    if choices:
        assert desk.row(kept).owner_id == desk.office.sales2.user_id
        assert desk.row(kept).name == "恒信达科技(深圳)有限公司"
    assert check(desk, tmp_path) == {}
    undone = desk.undo(merged)
    assert set(undone.names) == {desk.row(gone).name, desk.row(third).name}
    assert undone.kept == ()
    after = everything(desk)
    assert differences(before, after) == []
    assert check(desk, tmp_path) == {}
    assert desk.read(list_misindexed) == []
    with pytest.raises(Refused, match=r"quality\.error\.undone"):
        desk.undo(merged)


def own_fields(desk: Desk) -> tuple[str, str, str]:
    """The keys of three fields that the company added."""
    kinds = {"原编码": FieldInput("line", "原编码"), "规模": FieldInput("choice", "规模", options="大\n小")}
    kinds["年采购额"] = FieldInput("amount", "年采购额")
    code, size, amount = (
        f"own_{desk.write(fields.add_field, desk.office.admin, entry=entry)}" for entry in kinds.values()
    )
    return code, size, amount


def own_values(desk: Desk, number: str) -> Mapping[str, str]:
    keys = [field.key for field in desk.read(list_fields)]
    customer_id = desk.row(number).id or 0
    return dict(desk.read(values_of, [customer_id], keys).get(customer_id, {}))


def the_group(desk: Desk) -> int:
    """The only one that was found."""
    (line,) = desk.read(queries.list_groups, desk.office.manager, verdict=Verdict.SAME, page=1).lines
    return int(line.id)


def fill(desk: Desk, number: str, **values: str) -> None:
    for field, value in values.items():
        version = desk.row(number).version
        desk.write(update_field, desk.office.manager, number=number, field=field, value=value, version=version)


def test_own_fields_that_the_survivor_lacks_are_filled_and_emptied_again(desk: Desk) -> None:
    code, size, amount = own_fields(desk)
    kept, gone = desk.customer(), desk.customer()
    fill(desk, kept, **{code: "C-1"})
    fill(desk, gone, **{code: "C-2", size: "v1", amount: "50万"})
    before = own_values(desk, gone)
    merged = desk.merge(kept, gone)
    assert own_values(desk, kept) == {code: "C-1", size: "v1", amount: "500000"}
    told = {one.field: (one.old, one.new) for one in rows(desk, FieldChange, kept) if one.field.startswith("own_")}
    assert told[size] == ("", "v1")
    fill(desk, kept, **{amount: "60万"})
    desk.undo(merged)
    assert own_values(desk, kept) == {code: "C-1", amount: "600000"}, "what was changed since stays"
    assert own_values(desk, gone) == before


def test_own_fields_are_chosen_one_by_one_and_go_back(desk: Desk) -> None:
    code, size, amount = own_fields(desk)
    kept, gone = desk.customer(), desk.customer()
    fill(desk, kept, **{code: "C-1", size: "v2", amount: "1万"})
    fill(desk, gone, **{code: "C-2", size: "v1"})
    desk.group(kept, gone)
    screen = desk.read(queries.get_screen, desk.office.manager, group_id=the_group(desk), survivor=kept)
    shown = {row.label: [cell.text for cell in row.cells] for row in screen.view.differing}
    assert {label: shown[label] for label in ("原编码", "规模", "年采购额")} == {
        "原编码": ["C-1", "C-2"],
        "规模": ["小", "大"],
        "年采购额": ["10,000", ""],
    }
    assert [screen.choices[key] for key in (code, size, amount)] == [kept] * 3
    merged = desk.merge(kept, gone, choices={code: gone, amount: gone})
    assert own_values(desk, kept) == {code: "C-2", size: "v2"}
    told = {one.field: (one.old, one.new) for one in rows(desk, FieldChange, kept) if one.field.startswith("own_")}
    assert (told[code], told[amount]) == (("C-1", "C-2"), ("10000", ""))
    fill(desk, kept, **{code: "C-3"})
    undone = desk.undo(merged)
    assert undone.kept == (code,)
    assert desk.read(queries.labels_of, desk.office.manager, undone.kept) == ("原编码",)
    assert own_values(desk, kept) == {code: "C-3", size: "v2", amount: "10000"}
    assert own_values(desk, gone) == {code: "C-2", size: "v1"}


def test_a_field_that_the_role_may_not_change_is_no_choice(desk: Desk) -> None:
    code, size, _ = own_fields(desk)
    for key, entry in (
        (code, FieldInput("line", "原编码", hidden_from=("sales_manager",))),
        (size, FieldInput("choice", "规模", options="大\n小", fixed_for=("sales_manager",))),
    ):
        field = next(one for one in desk.read(list_fields) if one.key == key)
        desk.write(fields.change_field, desk.office.admin, field_id=field.id, version=field.version, entry=entry)
    kept, gone, third = desk.customer(), desk.customer(), desk.customer()
    known = desk.read(list_fields)
    desk.write(fields.write_values, desk.row(kept).id, known, {code: "C-1", size: "v2"})
    desk.write(fields.write_values, desk.row(gone).id, known, {code: "C-2", size: "v1"})
    desk.group(kept, gone, third)
    screen = desk.read(queries.get_screen, desk.office.manager, group_id=the_group(desk))
    names = {row.name for row in (*screen.view.differing, *screen.view.equal)}
    assert not names & {code, size}
    merged = desk.merge(kept, gone, choices={code: gone, size: gone})
    assert own_values(desk, kept) == {code: "C-1", size: "v2"}
    desk.merge(third, kept)
    assert own_values(desk, third) == {code: "C-1", size: "v2"}, "what nobody chose is not lost"
    assert merged.count == 1


def test_a_contact_of_the_same_number_is_joined_and_fills_what_is_missing(desk: Desk) -> None:
    kept, gone = desk.customer(), desk.customer()
    (main,) = rows(desk, Contact, kept)
    desk.contact(gone, name="张总", mobile=main.mobile, position="总经理", phone="0755-1234567")
    desk.merge(kept, gone)
    people = {one.id: one for one in rows(desk, Contact, kept)}
    assert len(people) == 2
    joined = people[main.id]
    assert (joined.name, joined.position, joined.phone, joined.is_main) == (main.name, "总经理", "0755-1234567", True)
    told = {one.field: one.new for one in rows(desk, FieldChange, kept)}
    assert told["contact.phone"] != "0755-1234567"


def contact_values(desk: Desk, contact_id: int) -> Mapping[str, str]:
    keys = [field.key for field in desk.read(list_fields, record=RecordKind.CONTACT)]
    return dict(desk.read(values_of, [contact_id], keys, record=RecordKind.CONTACT).get(contact_id, {}))


def test_contacts_bring_their_own_fields_and_take_them_back(desk: Desk, tmp_path: Path) -> None:
    entries = (FieldInput("line", "角色"), FieldInput("choices", "爱好", options="茶\n棋"), FieldInput("day", "入职"))
    role, liked, since = (
        f"own_{desk.write(fields.add_field, desk.office.admin, entry=entry, record=RecordKind.CONTACT)}"
        for entry in entries
    )
    known = desk.read(list_fields, record=RecordKind.CONTACT)
    kept, gone = desk.customer(), desk.customer()
    (main,), (theirs,) = rows(desk, Contact, kept), rows(desk, Contact, gone)
    same = desk.contact(gone, name="张总", mobile=main.mobile)
    for contact_id, values in (
        (main.id, {role: "决策者"}),
        (theirs.id, {role: "使用者"}),
        (same, {role: "影响者", liked: "v1,v2", since: "2020-01-02"}),
    ):
        desk.write(fields.write_values, contact_id, known, values)
    merged = desk.merge(kept, gone)
    # Who is somebody else moves with what he has; who is the same person fills what is missing.
    assert {one.id for one in rows(desk, Contact, kept)} == {main.id, theirs.id}
    assert contact_values(desk, theirs.id or 0) == {role: "使用者"}
    assert contact_values(desk, main.id or 0) == {role: "决策者", liked: "v1,v2", since: "2020-01-02"}
    told = {one.field: (one.new, one.contact_id) for one in rows(desk, FieldChange, kept)}
    assert told[f"contact.{liked}"] == ("v1,v2", main.id)
    desk.write(fields.write_values, main.id, known, {since: "2021-03-04"})
    desk.undo(merged)
    assert {one.id for one in rows(desk, Contact, gone)} == {theirs.id, same}
    assert contact_values(desk, main.id or 0) == {role: "决策者", since: "2021-03-04"}, "changed since, it stays"
    assert contact_values(desk, same) == {role: "影响者", liked: "v1,v2", since: "2020-01-02"}
    assert contact_values(desk, theirs.id or 0) == {role: "使用者"}
    assert check(desk, tmp_path) == {}


def test_what_was_added_since_stays_with_the_survivor(desk: Desk, tmp_path: Path) -> None:
    kept, gone = desk.customer(address="旧址"), desk.customer(address="新址", main_business="阀门")
    sales = desk.office.sales
    merged = desk.merge(kept, gone, choices={"address": gone})
    assert (desk.row(kept).address, desk.row(kept).main_business) == ("新址", "阀门")
    desk.write(add_follow_up, sales, number=kept, draft=FollowUpDraft("phone", "", "合并后"))
    desk.write(add_contact, sales, number=kept, contact=ContactInput(name="新人", mobile="13912345678"))
    desk.write(update_field, sales, number=kept, field="address", value="又一处", version=desk.row(kept).version)
    undone = desk.undo(merged)
    assert undone.kept == ("address",)
    assert (desk.row(kept).address, desk.row(kept).main_business) == ("又一处", "")
    assert [one.content for one in rows(desk, FollowUp, kept)] == ["合并后"]
    assert len(rows(desk, Contact, kept)) == 2
    assert (len(rows(desk, Contact, gone)), len(rows(desk, FollowUp, gone))) == (1, 0)
    assert check(desk, tmp_path) == {}


def test_a_deal_of_since_keeps_the_level_that_it_needs(desk: Desk, tmp_path: Path) -> None:
    kept, gone = desk.customer(), busy(desk, "HT-1")
    merged = desk.merge(kept, gone)
    assert desk.row(kept).level == "won"
    deal = {"deal_amount": "1万", "deal_on": "2026-01-05", "contract_number": "HT-9"}
    desk.write(change_level, desk.office.sales, number=kept, to_level="won", **deal)
    assert desk.undo(merged).kept == ("level",)
    assert (desk.row(kept).level, desk.row(kept).order_count, desk.row(gone).order_count) == ("won", 1, 1)
    assert check(desk, tmp_path) == {}


def test_where_it_cant_be_undone_the_reasons_are_told_and_nothing_happens(desk: Desk) -> None:
    a, b, c, d = (desk.customer() for _ in range(4))
    first, second = desk.merge(b, a), desk.merge(b, d)
    third = desk.merge(c, b)
    before = everything(desk)
    with pytest.raises(CannotUndo) as told:
        desk.undo(first, by=desk.office.admin)
    assert len(told.value.reasons) == 2
    assert desk.row(c).name in told.value.reasons[0]
    assert everything(desk) == before
    for merge in (third, second, first):
        desk.undo(merge)
    assert all(desk.row(number).deleted_at is None for number in (a, b, c, d))
    one = desk.merge(a, b)
    desk.write(delete_customer, desk.office.admin, number=a)
    with pytest.raises(CannotUndo):
        desk.undo(one, by=desk.office.admin)
    with pytest.raises(NotFound):
        desk.undo(one)  # Managers know nothing of what lies in the bin.
    desk.write(restore_customers, desk.office.admin, numbers=(a,))
    desk.undo(one)


def test_a_customer_whose_contacts_were_removed_since_does_not_come_back_without_one(desk: Desk) -> None:
    kept, gone = desk.customer(), desk.customer()
    (moving,) = rows(desk, Contact, gone)
    merged = desk.merge(kept, gone)
    desk.write(remove_contact, desk.office.sales, number=kept, contact_id=moving.id)
    with pytest.raises(CannotUndo) as told:
        desk.undo(merged)
    assert desk.row(gone).name in told.value.reasons[0]


def test_numbers_and_addresses_of_the_merged_lead_on(desk: Desk) -> None:
    a, b, c = desk.customer(), desk.customer(), desk.customer()
    assert desk.read(find_survivor, desk.office.sales, number=a) == ""
    desk.merge(b, a)
    last = desk.merge(c, b)
    for number in (a, b):
        assert desk.read(find_survivor, desk.office.sales, number=number) == c
        assert desk.read(find_survivor, desk.office.outsider, number=number) == ""
        assert desk.read(is_number_taken, number)
        assert searched(desk, number) == [c]
    desk.undo(last)
    assert searched(desk, a) == [b]
    assert searched(desk, c) == [c]


def searched(desk: Desk, text: str) -> list[str]:
    def look(session: Session) -> list[str]:
        condition = matches(desk.office.admin, text, dialect=session.get_bind().dialect.name)
        assert condition is not None
        return list(session.scalars(plain(col(Customer.number)).where(condition)))

    return desk.read(look)


def test_a_merged_customer_is_not_in_the_recycle_bin_and_never_removed_from_it(desk: Desk) -> None:
    kept, gone = desk.customer(), desk.customer()
    desk.merge(kept, gone)
    assert desk.read(list_bin, desk.office.admin).lines == ()
    later = utcnow().replace(year=utcnow().year + 1)
    assert desk.read(list_expired, later) == []
    assert desk.write(restore_customers, desk.office.admin, numbers=(gone,)) == ()


def test_with_the_survivor_the_merged_ones_are_removed_in_the_end(desk: Desk) -> None:
    kept, gone = desk.customer(), desk.customer()
    ids = {desk.row(number).id for number in (kept, gone)}
    desk.merge(kept, gone)
    desk.write(delete_customer, desk.office.admin, number=kept)
    later = utcnow().replace(year=utcnow().year + 1)
    for _ in range(2):
        for customer_id in desk.read(list_expired, later):
            desk.write(remove_expired, later, customer_id)
    left = desk.read(lambda s: list(s.scalars(plain(col(Customer.id)).where(col(Customer.id).in_(ids)))))
    assert left == []
    assert all(desk.read(is_number_taken, number) for number in (kept, gone))


def test_somebody_changed_one_meanwhile(desk: Desk) -> None:
    kept, gone = desk.customer(), desk.customer()
    versions = {number: desk.row(number).version for number in (kept, gone)}
    desk.write(update_field, desk.office.sales, number=gone, field="address", value="新址", version=1)
    before = everything(desk)
    request = MergeRequest(kept, versions, {})
    with pytest.raises(Refused, match=r"quality\.error\.changed") as told:
        desk.write(service.merge_customers, desk.office.manager, request=request)
    assert told.value.params["names"] == desk.row(gone).name
    assert everything(desk) == before


def test_a_member_that_is_gone_or_out_of_reach_reads_the_same(desk: Desk) -> None:
    kept, far = desk.customer(), desk.customer(desk.office.outsider)
    for other in (far, "MFG-1999-001"):
        with pytest.raises(Refused, match=r"quality\.error\.gone"):
            desk.write(
                service.merge_customers, desk.office.manager, request=MergeRequest(kept, {kept: 1, other: 1}, {})
            )
    with pytest.raises(Forbidden):
        desk.merge(kept, far, by=desk.office.sales)
    assert desk.merge(kept, far, by=desk.office.admin).count == 1


@pytest.mark.parametrize("survivor", ["kept", "nobody"])
def test_a_merge_of_one_or_into_somebody_else_is_refused(desk: Desk, survivor: str) -> None:
    kept, other = desk.customer(), desk.customer()
    into = {"kept": kept, "nobody": "MFG-1999-001"}[survivor]
    versions = {kept: 1} if survivor == "kept" else {kept: 1, other: 1}
    with pytest.raises(Refused, match=r"error\.bad_request"):
        desk.write(service.merge_customers, desk.office.manager, request=MergeRequest(into, versions, {}))


def test_with_deals_no_level_stays_that_has_none(desk: Desk) -> None:
    kept, gone = desk.customer(), busy(desk, "HT-1")
    with pytest.raises(Refused, match=r"quality\.error\.level_with_deals"):
        desk.merge(kept, gone, choices={"level": kept})
    desk.merge(kept, gone)
    assert (desk.row(kept).level, desk.row(kept).status) == ("won", "won")


def test_too_many_contacts_are_refused_before_anything_happens(desk: Desk) -> None:
    kept, gone = desk.customer(), desk.customer()
    for n in range(19):
        desk.contact(gone, mobile=f"139000000{n:02d}", name=f"人{n}")
    before = everything(desk)
    with pytest.raises(Refused, match=r"quality\.error\.too_many_contacts"):
        desk.merge(kept, gone)
    assert everything(desk) == before


def test_only_who_may_merge_the_survivor_takes_it_back(desk: Desk) -> None:
    far, too = desk.customer(desk.office.outsider), desk.customer(desk.office.outsider)
    merged = desk.merge(far, too, by=desk.office.admin)
    with pytest.raises(NotFound):
        desk.undo(merged)
    with pytest.raises(Forbidden):
        desk.undo(merged, by=desk.office.sales)
    with pytest.raises(NotFound):
        desk.undo(replace(merged, id=merged.id + 1000), by=desk.office.admin)
    assert desk.read(queries.list_merges, desk.office.manager) == ()
    (line,) = desk.read(queries.list_merges, desk.office.admin)
    assert (line.survivor_number, line.by) == (far, desk.office.admin.name)
    assert too in line.merged[0]


@pytest.mark.parametrize("has_owner", [True, False])
def test_only_who_may_merge_all_of_them_takes_it_back_and_reads_their_names(desk: Desk, *, has_owner: bool) -> None:
    near = desk.customer(desk.office.sales)
    far = desk.customer(desk.office.outsider) if has_owner else desk.customer(owner_id=None, department_id=None)
    merged = desk.merge(near, far, by=desk.office.admin)
    assert desk.read(queries.list_merges, desk.office.manager) == ()
    with pytest.raises(NotFound):
        desk.undo(merged)
    (line,) = desk.read(queries.list_merges, desk.office.admin)
    assert far in line.merged[0]
    desk.undo(merged, by=desk.office.admin)


def test_what_is_known_not_to_be_the_merged_is_not_the_survivor(desk: Desk) -> None:
    kept, gone, other = desk.customer(), desk.customer(), desk.customer()
    ids = [desk.row(number).id or 0 for number in (kept, gone, other)]
    pair = DuplicateDismissal(one_id=ids[1], other_id=ids[2], user_id=desk.office.admin.user_id, at=utcnow())
    desk.write(lambda session: session.add(pair))
    merged = desk.merge(kept, gone)
    assert (ids[0], ids[2]) in desk.read(queries.list_dismissals)
    desk.undo(merged)
    assert desk.read(queries.list_dismissals) == {(ids[1], ids[2])}


def test_a_save_of_before_the_merge_meets_no_change_of_the_other_customer(desk: Desk) -> None:
    kept, gone = desk.customer(), desk.customer()
    for n in range(5):
        desk.write(update_field, desk.office.sales, number=gone, field="note", value=f"{n}", version=n + 1)
    read_at = desk.row(kept).version
    desk.merge(kept, gone, choices={"note": kept})
    saved = desk.write(update_field, desk.office.sales, number=kept, field="note", value="我的", version=read_at)
    assert saved.value == "我的"


def test_the_managers_of_the_preset_may_merge_and_reps_may_not(desk: Desk) -> None:
    may = {name for name, actor in desk.office.everybody().items() if actor.may(Permission.CUSTOMER_MERGE)}
    assert may == {"manager", "admin"}


def test_of_two_who_merge_the_same_one_wins_and_the_other_is_told(desk: Desk) -> None:
    a, b, c = desk.customer(), desk.customer(), desk.customer()
    versions = {number: desk.row(number).version for number in (a, b, c)}
    start = threading.Barrier(2)

    def merge(survivor: str, loser: str) -> str:
        request = MergeRequest(survivor, {key: versions[key] for key in (survivor, loser)})
        start.wait()
        try:
            desk.write(service.merge_customers, desk.office.manager, request=request)
        except Refused as refused:
            return refused.code
        return "merged"

    with ThreadPoolExecutor(2) as pool:
        done = {one.result() for one in [pool.submit(merge, a, b), pool.submit(merge, c, b)]}
    assert "merged" in done
    assert done - {"merged"} <= {"quality.error.gone", "quality.error.changed"}
    assert len(done) == 2
    kept = [number for number in (a, c) if len(rows(desk, Contact, number)) == 2]
    assert len(kept) == 1

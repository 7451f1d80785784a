"""Drop-down lists and tags on both engines."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import col, func, select

from crm_app.catalogue import LANGUAGES, texts
from crm_app.core.clock import utcnow
from crm_app.core.db import Database
from crm_app.core.errors import Conflict, Forbidden, NotFound, Refused
from crm_app.core.problems import Invalid
from crm_app.core.vocabulary import OptionList, TagKind
from crm_app.models import AuditEntry, Option, Tag
from crm_app.options import presets, queries, service
from crm_app.options.queries import labels, list_options, list_tags, offered_codes
from crm_app.options.schemas import EntryInput
from crm_app.options.service import add_free_tag, seed_presets
from tests.factories import Office


def test_every_list_has_presets_with_both_labels_and_a_name():
    assert set(presets.OPTIONS) == set(OptionList)
    for list_code, entries in presets.OPTIONS.items():
        assert f"option_list.{list_code}" in texts()
        assert len({code for code, _, _ in entries}) == len(entries)
        assert all(zh and en for _, zh, en in entries)


def test_seeding_twice_adds_nothing_and_keeps_what_the_administrator_changed(db: Database):
    with db.writing() as session:
        seed_presets(session)
        renamed = session.exec(select(Option).where(Option.code == "MFG")).one()
        renamed.label_zh = "智能制造"
        retired = session.exec(select(Option).where(Option.code == "telesales")).one()
        retired.retired_at = utcnow()
    with db.reading() as session:
        before = session.exec(select(func.count()).select_from(Option)).one()
    with db.writing() as session:
        seed_presets(session)
    with db.reading() as session:
        assert session.exec(select(func.count()).select_from(Option)).one() == before
        assert list_options(session, OptionList.INDUSTRY)[0].label_zh == "智能制造"
        assert "telesales" not in offered_codes(session, OptionList.SOURCE)


def test_retired_entries_are_read_but_not_offered(db: Database):
    with db.writing() as session:
        seed_presets(session)
        session.exec(select(Option).where(Option.code == "AGR")).one().retired_at = utcnow()
    with db.reading() as session:
        offered = [o.code for o in list_options(session, OptionList.INDUSTRY)]
        everything = {o.code: o.retired for o in list_options(session, OptionList.INDUSTRY, include_retired=True)}
        assert offered[:2] == ["MFG", "RET"]
        assert "AGR" not in offered
        assert everything["AGR"] is True
        assert labels(session, "zh")["industry", "AGR"] == "农业"


def test_labels_follow_a_change_and_stay_cached_without_one(db: Database):
    with db.writing() as session:
        seed_presets(session)
    with db.reading() as session:
        first = labels(session, "en")
        assert first["industry", "MFG"] == "Manufacturing"
        assert labels(session, "en") is first
        assert {labels(session, language)["method", "visit"] for language in LANGUAGES} == {"上门拜访", "Visit"}
    with db.writing() as session:
        session.exec(select(Option).where(Option.code == "MFG")).one().label_en = "Making things"
    with db.reading() as session:
        assert labels(session, "en")["industry", "MFG"] == "Making things"


def test_tags_come_by_kind_and_a_free_tag_is_made_once(db: Database):
    with db.writing() as session:
        seed_presets(session)
        first = add_free_tag(session, name=" 华东\t重点 ")
        assert add_free_tag(session, name="华东 重点") == first
    with db.reading() as session:
        kinds = [tag.kind for tag in list_tags(session)]
        assert kinds == sorted(kinds, key=list(TagKind).index)
        assert [tag.name for tag in list_tags(session, kind=TagKind.FREE)] == ["华东 重点"]
        assert session.exec(select(func.count()).where(col(Tag.kind) == "risk")).one() == len(
            presets.TAGS[TagKind.RISK]
        )


@pytest.mark.parametrize(("name", "code"), [("  ", "error.tag.empty"), ("长" * 31, "error.tag.long")])
def test_a_free_tag_needs_a_name_of_sensible_length(db: Database, name: str, code: str):
    with db.writing() as session, pytest.raises(Invalid) as refused:
        add_free_tag(session, name=name)
    assert refused.value.problems["name"].code == code


SOURCE = OptionList.SOURCE
Write = Callable[..., Any]


@pytest.fixture
def write(db: Database, office: Office) -> Write:
    """Runs a use case in a transaction of its own, on lists as they are at the start."""

    def run(use_case: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        with db.writing() as session:
            return use_case(session, *args, **kwargs)

    run(seed_presets)
    return run


def ref_of(write: Write, list_code: str, code: str) -> int:
    found = select(Option).where(Option.list_code == list_code, Option.code == code)
    return write(lambda session: session.exec(found).one().id)


def tag_ref(write: Write, name: str) -> int:
    return -write(lambda session: session.exec(select(Tag).where(Tag.name == name)).one().id)


def labels_of(write: Write, name: OptionList) -> list[str]:
    return [row.label_zh for row in write(list_options, name)]


def trace(write: Write) -> list[tuple[str, str, dict[str, Any]]]:
    """The audit entries of list entries, oldest first."""
    entries = select(AuditEntry).where(col(AuditEntry.action).startswith("list_entry:")).order_by(col(AuditEntry.id))
    rows = write(lambda session: [(e.action, e.subject_kind, dict(e.detail)) for e in session.exec(entries)])
    return [(action.removeprefix("list_entry:"), kind, detail) for action, kind, detail in rows]


def test_a_new_entry_stands_last_under_a_code_of_its_own(office: Office, write: Write) -> None:
    for label in ("抖音", "小红书"):
        write(service.add_entry, office.admin, name=SOURCE, entry=EntryInput(label, label_en=""))
    rows = write(list_options, SOURCE)
    assert [(row.code, row.label_zh) for row in rows[-2:]] == [("v1", "抖音"), ("v2", "小红书")]
    assert trace(write)[0] == ("added", "list_option", {"list": "source", "code": "v1", "new": "抖音"})


def test_a_new_industry_has_the_code_that_its_person_chose(office: Office, write: Write) -> None:
    entry = EntryInput("半导体", "Chips", code="ic")
    ref = write(service.add_entry, office.admin, name=OptionList.INDUSTRY, entry=entry)
    assert "IC" in write(offered_codes, OptionList.INDUSTRY)
    write(service.change_entry, office.admin, ref=ref, version=1, entry=EntryInput("集成电路", "Chips", code="XX"))
    row = write(list_options, OptionList.INDUSTRY)[-1]
    assert (row.code, row.label_zh) == ("IC", "集成电路")


def test_a_new_name_is_everywhere_at_once_and_traced_with_the_old_one(office: Office, write: Write) -> None:
    ref = ref_of(write, SOURCE, "exhibition")
    write(service.change_entry, office.admin, ref=ref, version=1, entry=EntryInput("展会推广", "Trade fair"))
    assert write(labels, "zh")["source", "exhibition"] == "展会推广"
    assert write(labels, "en")["source", "exhibition"] == "Trade fair"
    assert trace(write) == [
        (
            "changed",
            "list_option",
            {
                "list": "source",
                "code": "exhibition",
                "label_zh.old": "展会",
                "label_zh.new": "展会推广",
                "label_en.old": "Exhibition",
                "label_en.new": "Trade fair",
            },
        )
    ]


def test_saving_what_stands_there_already_leaves_no_trace(office: Office, write: Write) -> None:
    ref = ref_of(write, SOURCE, "exhibition")
    write(service.change_entry, office.admin, ref=ref, version=7, entry=EntryInput("展会", "Exhibition"))
    assert trace(write) == []


def test_the_later_of_two_is_told_by_whom_and_what(office: Office, write: Write) -> None:
    ref = ref_of(write, SOURCE, "website")
    write(service.change_entry, office.admin, ref=ref, version=1, entry=EntryInput("公司官网", "Site"))
    with pytest.raises(Conflict) as told:
        write(service.change_entry, office.admin, ref=ref, version=1, entry=EntryInput("网站", "Web"))
    conflict = told.value
    assert (conflict.by, conflict.theirs, conflict.version) == ("管理员", "公司官网 / Site", 2)
    write(service.change_entry, office.admin, ref=ref, version=conflict.version, entry=EntryInput("网站", "Web"))
    assert write(labels, "zh")["source", "website"] == "网站"


def test_entries_change_places_with_their_offered_neighbours(office: Office, write: Write) -> None:
    exhibition, ads = ref_of(write, SOURCE, "exhibition"), ref_of(write, SOURCE, "online_ads")
    partner = ref_of(write, SOURCE, "partner")
    write(service.retire_entry, office.admin, ref=partner, version=1)
    assert write(service.move_entry, office.admin, ref=ads, step=-1) == 1
    assert labels_of(write, SOURCE)[:3] == ["线上广告", "展会", "官网"]
    assert write(service.move_entry, office.admin, ref=ads, step=-1) == 1
    write(service.restore_entry, office.admin, ref=partner, version=2)
    assert labels_of(write, SOURCE)[:3] == ["线上广告", "展会", "合作伙伴转介绍"]
    assert write(service.move_entry, office.admin, ref=exhibition, step=1) == 3
    moved = [detail for action, _, detail in trace(write) if action == "moved"]
    assert [(one["code"], one["old"], one["new"]) for one in moved] == [("online_ads", 2, 1), ("exhibition", 2, 3)]


def test_a_retired_entry_keeps_its_name_and_comes_back(office: Office, write: Write) -> None:
    ref = ref_of(write, SOURCE, "telesales")
    version = write(service.retire_entry, office.admin, ref=ref, version=1)
    assert "telesales" not in write(offered_codes, SOURCE)
    assert write(labels, "zh")["source", "telesales"] == "电话营销"
    assert write(service.retire_entry, office.admin, ref=ref, version=version) == version
    write(service.restore_entry, office.admin, ref=ref, version=version)
    assert "telesales" in write(offered_codes, SOURCE)
    assert [action for action, _, _ in trace(write)] == ["retired", "restored"]


def test_what_somebody_renamed_meanwhile_is_not_retired_unseen(office: Office, write: Write) -> None:
    ref = ref_of(write, SOURCE, "telesales")
    write(service.change_entry, office.admin, ref=ref, version=1, entry=EntryInput("电销", "Telesales"))
    with pytest.raises(Refused) as told:
        write(service.retire_entry, office.admin, ref=ref, version=1)
    assert (told.value.code, told.value.params["by"]) == ("options.problem.changed", "管理员")


def test_a_list_never_ends_up_with_nothing_to_choose(office: Office, write: Write) -> None:
    refs = [ref_of(write, SOURCE, row.code) for row in write(list_options, SOURCE)]
    for ref in refs[1:]:
        write(service.retire_entry, office.admin, ref=ref, version=1)
    with pytest.raises(Refused) as told:
        write(service.retire_entry, office.admin, ref=refs[0], version=1)
    assert told.value.code == "options.problem.last"


def test_tags_are_renamed_coloured_and_retired(office: Office, write: Write) -> None:
    ref = tag_ref(write, "付款延迟")
    write(service.change_entry, office.admin, ref=ref, version=1, entry=EntryInput("回款延迟", color="amber"))
    version = write(service.retire_entry, office.admin, ref=ref, version=2)
    everything = {tag.name: tag for tag in write(list_tags, kind=TagKind.RISK, include_retired=True)}
    assert (everything["回款延迟"].color, everything["回款延迟"].retired) == ("amber", True)
    assert "回款延迟" not in {tag.name for tag in write(list_tags)}
    write(service.restore_entry, office.admin, ref=ref, version=version)
    assert "回款延迟" in {tag.name for tag in write(list_tags)}
    assert trace(write)[0][2] | {"code": ""} == {
        "list": "risk",
        "code": "",
        "label_zh.old": "付款延迟",
        "label_zh.new": "回款延迟",
        "color.old": "orange",
        "color.new": "amber",
    }


def test_a_new_tag_of_a_kind_and_no_second_of_its_name(office: Office, write: Write) -> None:
    new = EntryInput("急需交付", color="red")
    write(service.add_entry, office.admin, name=TagKind.REQUIREMENT, entry=new)
    with pytest.raises(Invalid) as told:
        write(service.add_entry, office.admin, name=TagKind.REQUIREMENT, entry=new)
    assert told.value.problems["label_zh"].code == "options.problem.twin"
    write(service.add_entry, office.admin, name=TagKind.RISK, entry=new)


def test_a_tag_that_was_made_since_the_look_is_no_crash(office: Office, write: Write, monkeypatch: Any) -> None:
    write(add_free_tag, name="华东")
    monkeypatch.setattr(queries, "lock_entries", lambda session, name: [])
    with pytest.raises(Invalid) as told:
        write(service.add_entry, office.admin, name=TagKind.FREE, entry=EntryInput("华东", color="gray"))
    assert told.value.problems["label_zh"].code == "options.problem.twin"


def test_a_retired_tag_is_not_made_anew_on_a_customer(office: Office, write: Write) -> None:
    write(add_free_tag, name="华东")
    write(service.retire_entry, office.admin, ref=tag_ref(write, "华东"), version=1)
    with pytest.raises(Invalid) as told:
        write(add_free_tag, name="华东")
    assert told.value.problems["name"].code == "error.tag.retired"


def test_script_in_a_label_stays_the_text_that_it_is(office: Office, write: Write) -> None:
    script = "<script>alert(1)</script>"
    write(service.add_entry, office.admin, name=SOURCE, entry=EntryInput(script))
    assert labels_of(write, SOURCE)[-1] == script


@pytest.mark.parametrize("ref", [0, 99_999, -99_999, 10**12, -(10**12)])
def test_what_is_not_there_is_not_found(office: Office, write: Write, ref: int) -> None:
    with pytest.raises(NotFound):
        write(service.retire_entry, office.admin, ref=ref, version=1)


def test_tags_and_retired_options_have_no_place(office: Office, write: Write) -> None:
    with pytest.raises(NotFound):
        write(service.move_entry, office.admin, ref=tag_ref(write, "付款延迟"), step=1)
    ref = ref_of(write, SOURCE, "other")
    write(service.retire_entry, office.admin, ref=ref, version=1)
    with pytest.raises(NotFound):
        write(service.move_entry, office.admin, ref=ref, step=1)


@pytest.mark.parametrize("who", ["sales", "manager", "service_lead", "service", "marketing", "finance"])
def test_nobody_else_edits_lists(office: Office, write: Write, who: str) -> None:
    actor, ref = getattr(office, who), ref_of(write, SOURCE, "other")
    entry = EntryInput("改名")
    for use_case, arguments in (
        (service.add_entry, {"name": SOURCE, "entry": entry}),
        (service.change_entry, {"ref": ref, "version": 1, "entry": entry}),
        (service.move_entry, {"ref": ref, "step": -1}),
        (service.retire_entry, {"ref": ref, "version": 1}),
        (service.restore_entry, {"ref": ref, "version": 1}),
        (queries.list_entries, {"name": SOURCE}),
    ):
        with pytest.raises(Forbidden):
            write(use_case, actor, **arguments)
    assert trace(write) == []

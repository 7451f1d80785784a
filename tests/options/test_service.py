"""Drop-down lists and tags on both engines."""

import pytest
from sqlmodel import col, func, select

from crm_app.catalogue import LANGUAGES, texts
from crm_app.core.clock import utcnow
from crm_app.core.db import Database
from crm_app.core.problems import Invalid
from crm_app.core.vocabulary import OptionList, TagKind
from crm_app.models import Option, Tag
from crm_app.options import presets
from crm_app.options.queries import labels, list_options, list_tags, offered_codes
from crm_app.options.service import add_free_tag, seed_presets


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

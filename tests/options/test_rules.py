"""What an entry may be called, found by the form's field."""

import pytest

from crm_app.core.problems import Invalid
from crm_app.core.vocabulary import OptionList, TagKind
from crm_app.options import rules
from crm_app.options.schemas import EntryInput, EntryRow

KNOWN = (
    EntryRow(1, "MFG", "制造业", "Manufacturing", "", False, 1),
    EntryRow(2, "AGR", "农业", "", "", True, 1),
)


def refused(entry: EntryInput, *, name: OptionList | TagKind = OptionList.INDUSTRY, new: bool = True) -> dict[str, str]:
    with pytest.raises(Invalid) as found:
        rules.check_entry(name, entry, KNOWN, new=new)
    return {field: problem.code.removeprefix("options.problem.") for field, problem in found.value.problems.items()}


@pytest.mark.parametrize(
    ("entry", "problems"),
    [
        (EntryInput("", code="ABC"), {"label_zh": "empty"}),
        (EntryInput("\u3164 \u200b", code="ABC"), {"label_zh": "empty"}),
        (EntryInput("长" * 31, code="ABC"), {"label_zh": "long"}),
        (EntryInput("芯片", label_en="x" * 61, code="ABC"), {"label_en": "long"}),
        (EntryInput(" 制造业 ", code="ABC"), {"label_zh": "twin"}),
        (EntryInput("农业", code="ABC"), {"label_zh": "retired_twin"}),
        (EntryInput("芯片", label_en="MANUFACTURING", code="ABC"), {"label_en": "twin"}),
        (EntryInput("芯片"), {"code": "code"}),
        (EntryInput("芯片", code="A"), {"code": "code"}),
        (EntryInput("芯片", code="TOOLONG"), {"code": "code"}),
        (EntryInput("芯片", code="A-B"), {"code": "code"}),
        (EntryInput("芯片", code="芯片"), {"code": "code"}),
        (EntryInput("芯片", code="mfg"), {"code": "code_taken"}),
        (EntryInput("芯片", code="AGR"), {"code": "code_taken"}),
        (EntryInput("", label_en="x" * 61), {"label_zh": "empty", "label_en": "long", "code": "code"}),
    ],
)
def test_what_is_wrong_is_said_at_its_field(entry: EntryInput, problems: dict[str, str]) -> None:
    assert refused(entry) == problems


def test_width_and_case_of_codes_and_blanks_of_labels_are_mended() -> None:
    typed = EntryInput(" 集成\t电路\u200b ", label_en="  Chips ", code=" ic2 ", color="red")
    assert rules.check_entry(OptionList.INDUSTRY, typed, KNOWN, new=True) == EntryInput("集成 电路", "Chips", "", "IC2")


def test_a_code_is_only_taken_of_a_new_industry() -> None:
    typed = EntryInput("芯片", code="IC")
    assert rules.check_entry(OptionList.INDUSTRY, typed, KNOWN, new=False).code == ""
    assert rules.check_entry(OptionList.SOURCE, typed, KNOWN, new=True).code == ""


def test_a_tag_has_a_name_and_one_of_the_colours() -> None:
    typed = EntryInput("老板重视", label_en="ignored", color="teal")
    assert rules.check_entry(TagKind.FREE, typed, (), new=True) == EntryInput("老板重视", "", "teal")
    assert refused(EntryInput("老板重视", color="url(x)"), name=TagKind.FREE) == {"color": "color"}


def test_made_codes_never_come_again() -> None:
    assert rules.make_code(()) == "v1"
    assert rules.make_code(("phone", "v1", "v9", "v", "vip")) == "v10"


def test_an_entry_is_found_by_each_of_its_labels_and_an_option_by_its_code() -> None:
    page = rules.make_page(KNOWN, "MANU ", "en")
    assert ([line.called for line in page.offered], page.retired, page.total) == (["Manufacturing"], (), 2)
    assert [line.code for line in rules.make_page(KNOWN, "agr", "zh").retired] == ["AGR"]
    tag = EntryRow(-7, "7", "华东", "", "gray", False, 1)
    assert rules.make_page((tag,), "7", "zh").offered == ()


def test_of_a_long_list_the_first_are_shown_and_the_rest_is_counted() -> None:
    rows = [EntryRow(-n, str(n), f"标签{n}", "", "gray", False, 1) for n in range(1, rules.MOST_SHOWN + 4)]
    page = rules.make_page(rows, "", "zh")
    assert (len(page.offered), page.hidden) == (rules.MOST_SHOWN, 3)
    assert (page.offered[0].first, page.offered[-1].last) == (True, False)

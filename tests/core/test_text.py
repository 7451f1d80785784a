import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_app.core.text import clean_line, clean_text, fold_width, normalise_company_name, similarity, split_company_name

COMPANY_LETTERS = "华为中兴北京上海深圳市科技有限公司（）() ABCabc股份集团１2"


@pytest.mark.parametrize(
    ("typed", "cleaned"),
    [
        ("\u3000 华为技术 \t", "华为技术"),
        ("ＡＢＣ１２３", "ABC123"),
        ("华为（深圳），好。：！", "华为（深圳），好。：！"),
        ("张\u200b三\ufeff", "张三"),
        ("evil\u202egnp.exe", "evilgnp.exe"),
        ("a\x00b\x07c\x7f", "abc"),
        ("a\ud800b", "ab"),
        ("a\ufffeb", "ab"),
        ("\u3164", ""),
        ("𠮷野家 😀", "𠮷野家 😀"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("张\u200d三", "张三"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("a\r\nb\u00a0\u2003 c", "a b c"),
    ],
)
def test_clean_line(typed: str, cleaned: str):
    assert clean_line(typed) == cleaned


def test_clean_text_keeps_lines_and_indentation():
    assert clean_text(" 一\r\n  二 \r三\u2028\n\n四\n ") == "一\n  二\n三\n\n\n四"


def test_max_length_cuts_without_leaving_a_loose_end():
    assert clean_line("ab cd", max_length=3) == "ab"
    assert clean_line("👨\u200d👩", max_length=2) == "👨"


def test_fold_width_takes_punctuation_too():
    assert fold_width("＋８６（１）＠") == "+86(1)@"


@given(st.text())
def test_cleaning_twice_changes_nothing_and_leaves_nothing_invisible(text: str):
    for clean in (clean_line, clean_text):
        cleaned = clean(text)
        assert clean(cleaned) == cleaned
        assert cleaned == cleaned.strip()
        cleaned.encode()
        hidden = {c for c in cleaned if unicodedata.category(c) in {"Cc", "Cf", "Cs"}}
        assert hidden <= {"\n", "\u200d"}
    assert "\n" not in clean_line(text)


@given(st.text(), st.integers(0, 20))
def test_cut_text_is_never_longer(text: str, length: int):
    assert len(clean_text(text, max_length=length)) <= length


@pytest.mark.parametrize(
    ("name", "normalised"),
    [
        ("华为技术有限公司", "华为技术"),
        ("华为技术股份有限公司", "华为技术"),
        ("华为技术有限责任公司", "华为技术"),
        ("深圳市华为技术有限公司", "华为技术"),
        ("广东省深圳市华为技术有限公司", "华为技术"),
        ("华为技术（深圳）有限公司", "华为技术"),
        ("华为 技术(中国)有限公司", "华为技术"),
        ("ＡＢＣ Technology Co., Ltd.", "abctechnology"),
        ("abc technology", "abctechnology"),
        ("美的集团股份有限公司", "美的"),
        ("北京银行股份有限公司", "北京银行"),
        ("阿里巴巴网络技术有限公司", "阿里巴巴网络技术"),
        ("三明治食品有限公司", "三明治食品"),
        ("中国移动北京分公司", "中国移动北京分公司"),
        ("公司", "公司"),
        ("", ""),
        ("！", ""),
    ],
)
def test_normalise_company_name(name: str, normalised: str):
    assert normalise_company_name(name) == normalised


@pytest.mark.parametrize(
    ("a", "b", "least"),
    [
        ("华为技术有限公司", "华为技术公司", 90),
        ("深圳市腾讯计算机系统有限公司", "腾讯计算机系统有限公司", 90),
        ("宁德时代新能源科技股份有限公司", "宁德时代新能源科技有限公司", 90),
        ("上海汽车集团股份有限公司", "上海汽车集团", 90),
        ("华为公司", "华为技术有限公司", 80),
        ("北京小米科技有限公司", "上海小米科技有限公司", 80),
    ],
)
def test_the_same_company_written_otherwise_is_alike(a: str, b: str, least: int):
    assert similarity(a, b) >= least


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("大华科技有限公司", "新华科技有限公司"),
        ("北京大华信息技术有限公司", "北京新华信息技术有限公司"),
        ("东方科技有限公司", "东方红科技有限公司"),
        ("北京银行股份有限公司", "上海银行股份有限公司"),
        ("华为技术有限公司", "中兴通讯股份有限公司"),
        ("三一重工股份有限公司", "三一学院"),
        ("", "华为"),
        ("公司", "集团"),
    ],
)
def test_different_companies_with_the_same_generic_words_are_not(a: str, b: str):
    assert similarity(a, b) < 80


def test_two_places_of_one_brand_are_less_alike_than_one_inside_the_other():
    assert similarity("北京小米科技", "上海小米科技") < similarity("广东小米科技", "深圳小米科技") == 100


@given(st.text(COMPANY_LETTERS, max_size=20), st.text(COMPANY_LETTERS, max_size=20))
def test_similarity_is_symmetric_and_bounded(a: str, b: str):
    assert similarity(a, b) == similarity(b, a)
    assert 0 <= similarity(a, b) <= 100
    if normalise_company_name(a):
        assert similarity(a, a) == 100


@given(st.text())
def test_any_text_can_be_a_name(name: str):
    assert split_company_name(name).normalised.isalnum() or not split_company_name(name).normalised

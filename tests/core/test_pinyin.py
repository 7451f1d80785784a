import sqlite3
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypinyin import Style, lazy_pinyin

from crm_app.core.pinyin import company_pinyin, fts5_query, match_query, person_pinyin, search_terms, tsquery

NAMES = st.text(st.one_of(st.characters(), st.sampled_from("华为技术公司深圳市138Aa é（）-'\"*&|!")), max_size=20)


@pytest.mark.parametrize(
    ("name", "full", "initials"),
    [
        ("华为公司", "huaweigongsi", "hwgs"),
        ("重庆长安汽车", "chongqingchanganqiche", "cqcaqc"),
        ("长沙银行", "changshayinhang", "csyh"),
        ("招商银行深圳分行", "zhaoshangyinhangshenzhenfenhang", "zsyhszfh"),
        ("三一重工", "sanyizhonggong", "syzg"),
        ("朝阳", "chaoyang", "cy"),
        ("厦门", "xiamen", "xm"),
        ("绿源", "lvyuan", "ly"),
        ("ＡＢＣ（中国）123", "abczhongguo123", "abczg123"),
        ("", "", ""),
        ("！？", "", ""),
    ],
)
def test_company_pinyin(name: str, full: str, initials: str):
    pinyin = company_pinyin(name)
    assert (pinyin.full, pinyin.initials) == (full, initials)


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("张三", "zhangsan"),
        ("单田芳", "shantianfang"),
        ("曾国藩", "zengguofan"),
        ("仇英", "qiuying"),
        ("尉迟恭", "yuchigong"),
        ("欧阳修", "ouyangxiu"),
        ("Li Lei", "lilei"),
    ],
)
def test_a_surname_is_read_as_one(name: str, full: str):
    assert person_pinyin(name).full == full


@given(st.text())
def test_pinyin_of_anything_is_plain(text: str):
    pinyin = company_pinyin(text)
    assert (pinyin.full + pinyin.initials).isascii()
    assert not pinyin.full or pinyin.full.isalnum()


PARTS = (
    "重庆",
    "长",
    "行",
    "农商",
    "商行",
    "朝阳",
    "中国人",
    "民",
    "银",
    "机工",
    "一心",
    "一意",
    "一",
    "Ab",
    "1-",
    "〇",
    " ",
)
WORDS = st.lists(st.sampled_from(PARTS), max_size=9)


@given(st.one_of(st.text(), WORDS.map("".join), st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF))))
def test_names_are_cut_into_words_as_the_dictionary_reads_them(text: str):
    folded = unicodedata.normalize("NFKC", text).casefold()
    read = " ".join(lazy_pinyin(folded, style=Style.NORMAL, errors=" ".join)).split()
    assert company_pinyin(text).full == "".join(c for c in "".join(read) if c.isascii() and c.isalnum())


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("华为技术", "华为 为技 技术 术"),
        ("华", "华"),
        ("华为（深圳）", "华为 为深 深圳 圳"),
        ("138-1234", "138 381 812 123 234 34 4"),
        ("ＡＢc É", "abc bce ce e"),
        ("华为ABC技术", "华为 为a abc bc c技 技术 术"),
        ("—", ""),
    ],
)
def test_search_terms(text: str, terms: str):
    assert search_terms(text) == terms


def test_queries_for_both_engines():
    assert match_query("为技术") == ("为技", "技术")
    assert fts5_query("为技术") == '"为技 技术"'
    assert tsquery("为技术") == "'为技' <-> '技术'"
    assert match_query("hwjs") == ("hwj", "wjs")
    assert (fts5_query("hwjs"), tsquery("hwjs")) == ('"hwj wjs"', "'hwj' <-> 'wjs'")
    assert (fts5_query("华"), tsquery("华")) == ('"华" *', "'华':*")
    assert (fts5_query("hw"), tsquery("hw")) == ('"hw" *', "'hw':*"), "two letters begin three"
    assert (fts5_query("为ab"), tsquery("为ab")) == ('"为a ab" *', "'为a' <-> 'ab':*")
    assert (fts5_query("'\"*"), tsquery("'&|")) == ("", "")


@given(NAMES)
def test_terms_hold_letters_and_digits_only(text: str):
    for term in (*match_query(text), *search_terms(text).split(" ")):
        assert term == "" or term.isalnum()


@pytest.fixture(scope="module")
def index():
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE found USING fts5(terms, tokenize = 'unicode61')")
    yield connection
    connection.close()


@given(NAMES, st.integers(0, 20), st.integers(1, 20))
def test_any_part_of_an_indexed_text_is_found(index: sqlite3.Connection, text: str, start: int, length: int):
    query = fts5_query(text[start : start + length])
    if not query:
        return
    index.execute("DELETE FROM found")
    index.execute("INSERT INTO found VALUES (?)", (search_terms(text),))
    assert index.execute("SELECT count(*) FROM found WHERE found MATCH ?", (query,)).fetchone() == (1,)


@pytest.mark.parametrize("query", ["为华", "华技", "1383", "公司", "39", "381234568"])
def test_what_is_not_in_a_text_is_not_found(index: sqlite3.Connection, query: str):
    index.execute("DELETE FROM found")
    index.execute("INSERT INTO found VALUES (?)", (f"{search_terms('华为技术')} {search_terms('13812345678')}",))
    assert index.execute("SELECT count(*) FROM found WHERE found MATCH ?", (fts5_query(query),)).fetchone() == (0,)

"""Pinyin of names, and the overlapping pairs of characters that full-text search indexes."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from operator import add

from pypinyin import Style, lazy_pinyin, load_phrases_dict
from pypinyin.constants import PHRASES_DICT, RE_HANS

# Places and words in company names whose usual reading in them is not the dictionary's first.
load_phrases_dict(
    {
        "朝阳": [["cháo"], ["yáng"]],
        "长兴": [["cháng"], ["xīng"]],
        "长盛": [["cháng"], ["shèng"]],
        "重工": [["zhòng"], ["gōng"]],
        "重机": [["zhòng"], ["jī"]],
        "重汽": [["zhòng"], ["qì"]],
        "商行": [["shāng"], ["háng"]],
        "分行": [["fēn"], ["háng"]],
        "支行": [["zhī"], ["háng"]],
        "农商行": [["nóng"], ["shāng"], ["háng"]],
    }
)
# Surnames read otherwise than the same character in words.
_SURNAMES = {
    "单于": "chan yu", "尉迟": "yu chi", "万俟": "mo qi", "长孙": "zhang sun", "澹台": "tan tai",
    "单": "shan", "曾": "zeng", "仇": "qiu", "解": "xie", "区": "ou", "查": "zha", "盖": "ge", "朴": "piao",
    "任": "ren", "华": "hua", "尉": "wei", "乐": "yue", "翟": "zhai", "折": "she", "种": "chong", "员": "yun",
    "缪": "miao", "隗": "wei", "逄": "pang", "覃": "qin", "重": "chong", "冼": "xian", "幺": "yao", "召": "shao",
    "宓": "mi", "繁": "po", "晟": "cheng", "黑": "he", "秘": "bi", "洗": "xian", "燕": "yan", "宁": "ning",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pinyin:
    """华为公司 → full `huaweigongsi`, initials `hwgs`; Latin letters and digits stay in both."""

    full: str
    initials: str


_WORDS = frozenset(PHRASES_DICT)
_BEGINNINGS = frozenset(word[:length] for word in _WORDS for length in range(1, len(word) + 1))
_APART = " ".join


@lru_cache(maxsize=16384)
def _is_han(char: str) -> bool:
    return RE_HANS.match(char) is not None


def _words(text: str) -> Iterator[str]:
    """The words of a run of Chinese characters as pypinyin's own reader cuts them, several times as fast."""
    start, length = 0, len(text)
    while start < length:
        end, valid = start + 1, 0
        while end <= length and (piece := text[start:end]) in _BEGINNINGS:
            if piece in _WORDS:
                valid = end
            end += 1
        if not valid and end > length:
            # Nothing but the beginning of a word: the reader looks for no shorter ones in it.
            yield from text[start:]
            return
        valid = valid or start + 1
        yield text[start:valid]
        start = valid


@lru_cache(maxsize=16384)
def _reading(word: str) -> tuple[str, ...]:
    """Worked out once: company names are made of the same few thousand words."""
    # What has no reading comes back in one piece; apart, each of its characters is an initial.
    return tuple(" ".join(lazy_pinyin(word, style=Style.NORMAL, errors=_APART)).split())


def _syllables(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKC", text).casefold()
    syllables: list[str] = []
    for is_han, run in groupby(folded, _is_han):
        if is_han:
            for word in _words("".join(run)):
                syllables += _reading(word)
        else:
            syllables += filter(None, map(str.strip, run))
    together = "".join(syllables)
    if together.isascii() and together.isalnum():
        return syllables
    return [kept for syllable in syllables if (kept := "".join(c for c in syllable if c.isascii() and c.isalnum()))]


def _join(syllables: list[str]) -> Pinyin:
    return Pinyin(full="".join(syllables), initials="".join(syllable[0] for syllable in syllables))


def company_pinyin(name: str) -> Pinyin:
    return _join(_syllables(name))


def person_pinyin(name: str) -> Pinyin:
    """As `company_pinyin`, but the first characters are read as a surname: 单, 曾, 仇, 尉迟."""
    stripped = name.strip()
    for length in (2, 1):
        if len(stripped) > length and (surname := _SURNAMES.get(stripped[:length])):
            return _join(surname.split() + _syllables(stripped[length:]))
    return _join(_syllables(stripped))


@lru_cache(maxsize=16384)
def _fold(char: str) -> str:
    """Letters and digits only, so that no search syntax survives.

    One character at a time: what is next to it must not change it, or a part would not be found in the whole.
    """
    bare = "".join(c for c in unicodedata.normalize("NFKD", char) if c.isalnum())
    folded = unicodedata.normalize("NFC", bare).casefold()
    return "".join(c for c in folded if unicodedata.category(c)[0] in "LN")


_LATIN = re.compile("[0-9a-z]{3}")


_SQUEEZED = re.compile("[0-9a-z\u4e00-\u9fff]*")
"""Folds to itself."""


def _squeeze(text: str) -> str:
    if _SQUEEZED.fullmatch(text):
        return text
    if text.isascii():
        lower = text.lower()
        return lower if lower.isalnum() else "".join(filter(str.isalnum, lower))
    return "".join(map(_fold, text))


def search_terms(text: str) -> str:
    """What to index: one term for each character, with the next one, or where they are Latin or digits the next two.

    华为技术 → `华为 为技 技术 术`; hwjs → `hwj wjs js s`. Words written apart are found together and apart. The closing
    single character lets a one-character query be answered by prefix, and keeps values apart that are indexed one after
    the other. Most Chinese words have two characters; of pairs of letters and digits there are so few that each is in
    one of ten texts.
    """
    squeezed = _squeeze(text)
    if squeezed.isascii():
        terms = [squeezed[i : i + 3] for i in range(len(squeezed))]
    elif _LATIN.search(squeezed):
        threes = [squeezed[i : i + 3] for i in range(len(squeezed))]
        terms = [three if three.isascii() else three[:2] for three in threes]
    else:
        terms = [*map(add, squeezed, squeezed[1:]), squeezed[-1:]]
    return " ".join(terms)


def _term(squeezed: str, i: int) -> str:
    three = squeezed[i : i + 3]
    return three if three.isascii() else three[:2]


def match_query(text: str) -> tuple[str, ...]:
    """The terms that must stand in this order, one after the other; an incomplete last one must begin a term."""
    squeezed = _squeeze(text)
    if len(squeezed) < 2:
        return (squeezed,) if squeezed else ()
    terms = tuple(_term(squeezed, i) for i in range(len(squeezed) - 1))
    # The last of two letters may be the beginning of three; where the term before holds them, nothing is missed.
    return terms[:-1] if len(squeezed) > 2 and squeezed[-3:].isascii() else terms


def _is_prefix(terms: tuple[str, ...]) -> bool:
    return len(terms[-1]) < (3 if terms[-1].isascii() else 2)


def fts5_query(text: str) -> str:
    """The FTS5 expression for `match_query`; empty if nothing can be searched."""
    terms = match_query(text)
    if not terms:
        return ""
    return f'"{" ".join(terms)}"{" *" if _is_prefix(terms) else ""}'


def tsquery(text: str) -> str:
    """The tsquery literal for `match_query`; empty if nothing can be searched."""
    terms = match_query(text)
    if not terms:
        return ""
    return " <-> ".join(f"'{term}'" for term in terms) + (":*" if _is_prefix(terms) else "")

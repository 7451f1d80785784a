"""Cleaning of typed text, and the comparison of company names for duplicate finding."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import Levenshtein

from crm_app.core import regions

_FULL_WIDTH_OFFSET = 0xFEE0
_FOLD_ALL = {code + _FULL_WIDTH_OFFSET: code for code in range(0x21, 0x7F)} | {0x3000: 0x20}
_FOLD_ALPHANUMERIC = {full: half for full, half in _FOLD_ALL.items() if chr(half).isalnum() or half == 0x20}

_ZERO_WIDTH_JOINER = "\u200d"
_EMOJI = "[\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff\ufe0f]"
_JOINER_OUTSIDE_EMOJI = re.compile(f"(?<!{_EMOJI})\u200d|\u200d(?!{_EMOJI})")
# These count as letters or symbols, but show as nothing: a name made of them would look empty.
_BLANK_LOOKING = frozenset("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


def fold_width(text: str) -> str:
    """Full-width ASCII, punctuation too, to half width: for codes, numbers and comparison, not for prose."""
    return text.translate(_FOLD_ALL)


# Nothing to clean in it: printable ASCII and the Chinese characters of everyday use, none of which has another form.
_PLAIN = re.compile("[ -~\u4e00-\u9fff]*")


@lru_cache(maxsize=8192)
def _visible(char: str) -> str:
    if char in "\n\u200d":
        return char
    category = unicodedata.category(char)
    if category == "Zs" or char == "\t":
        return " "
    code = ord(char)
    noncharacter = code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
    return "" if category in {"Cc", "Cf", "Cs"} or noncharacter or char in _BLANK_LOOKING else char


def _cut(text: str, max_length: int | None) -> str:
    return text if max_length is None else text[:max_length].rstrip(f" \n{_ZERO_WIDTH_JOINER}")


def clean_text(text: str, *, max_length: int | None = None) -> str:
    """Typed prose without what can't be seen; line ends become LF and emoji stay whole.

    `max_length` cuts silently: where lost text matters, check the length of the result instead.
    """
    if _PLAIN.fullmatch(text):
        return _cut(text.strip(), max_length)
    lines = re.sub("\r\n?|[\u2028\u2029\x0b\x0c\x85]", "\n", text)
    seen = "".join(map(_visible, lines.translate(_FOLD_ALPHANUMERIC)))
    whole = _JOINER_OUTSIDE_EMOJI.sub("", unicodedata.normalize("NFC", seen))
    return _cut("\n".join(line.rstrip(" ") for line in whole.split("\n")).strip(), max_length)


def clean_line(text: str, *, max_length: int | None = None) -> str:
    """As `clean_text`, on one line: a run of blanks and line ends becomes one blank."""
    if text.isalnum() and _PLAIN.fullmatch(text):
        return text if max_length is None else text[:max_length]
    cleaned = clean_text(text)
    return _cut(cleaned if cleaned.isalnum() else " ".join(cleaned.split()), max_length)


_LEGAL_FORM = re.compile(
    r"(?:(?:股份)?有限责任公司|股份有限公司|集团有限公司|有限公司|(?<![分子])公司|集团|股份"
    r"|(?:company|co)?(?:limited|ltd)|(?<=\w{2})(?:incorporated|inc|llc|corporation|corp|company|gmbh))$"
)
_BRACKETED = re.compile(r"[(\[（【〔]([^()\[\]（）【】〔〕]*)[)\]）】〕]")
# Words that say what a company does, not which one it is: they weigh little when names are compared.
_GENERIC = re.compile(
    "电子商务|信息技术|进出口|计算机|房地产|新能源|新材料|供应链|人工智能|互联网|研究院|"
    "科技|技术|信息|网络|软件|电子|贸易|商贸|商务|实业|投资|发展|国际|工程|建设|建筑|制造|机械|设备|装备|汽车|食品|"
    "医药|医疗|药业|制药|教育|咨询|管理|服务|文化|传媒|传播|广告|物流|运输|能源|环保|环境|材料|智能|数据|控股|产业|工业|"
    "农业|大学|学院|医院|生物|化工|电气|电器|电力|自动化|置业|餐饮|酒店|酒业|服饰|服装|纺织|家居|家具|印刷|包装|通信|通讯|系统|银行|保险|"
    "证券|金融|基金|资产|租赁|集团|股份|中心|企业|商业|百货|超市|精密|五金|塑料|橡胶|钢铁|金属|创新|开发|"
    "china|technologies|technology|tech|trading|international|industries|industry|group|holdings|services|solutions|systems"
)
_BRAND_WEIGHT = 0.85
_LONGEST_NAME = 200
_ELSEWHERE_PENALTY = 15


@dataclass(frozen=True, slots=True)
class CompanyName:
    """The parts of a company's name: 深圳市 / 华为 / 技术; `normalised` is brand and trade as they stand."""

    region: str
    brand: str
    trade: str
    normalised: str


def _without_legal_form(name: str) -> str:
    while (shorter := _LEGAL_FORM.sub("", name)) and shorter != name:
        name = shorter
    return name


def _take_bracketed_place(name: str) -> tuple[str, str]:
    """华为（深圳）有限公司 → its code and 华为有限公司."""
    if name.isalnum():
        return "", name
    for match in _BRACKETED.finditer(name):
        without = name[: match.start()] + name[match.end() :]
        if match[1] == "中国":
            return "", without
        if places := regions.find(match[1]):
            return places[0].code, without
    return "", name


@lru_cache(maxsize=8192)
def split_company_name(name: str) -> CompanyName:
    place, rest = _place_and_rest(name)
    brand = _GENERIC.sub("", rest)
    trade = "".join(_GENERIC.findall(rest)) if brand else ""
    return CompanyName(region=place, brand=brand or rest, trade=trade, normalised=rest)


@lru_cache(maxsize=8192)
def _place_and_rest(name: str) -> tuple[str, str]:
    place, rest = _take_bracketed_place(fold_width(clean_line(name, max_length=_LONGEST_NAME)).casefold())
    rest = _without_legal_form(rest if rest.isalnum() else "".join(char for char in rest if char.isalnum()))
    if leading := regions.leading_place(rest):
        length, region = leading
        # 北京银行 or 三明治食品 would keep nothing of their own: there the place is part of the name.
        if len(_GENERIC.sub("", rest[length:])) >= 2:
            place, rest = place or region.code, rest[length:]
    return place, rest


def normalise_company_name(name: str) -> str:
    """The name without case, width, brackets, blanks, legal form and place: equal ones are likely the same company."""
    return _place_and_rest(name)[1]


def same_but_for_form(a: str, b: str) -> bool:
    """Whether two names say the same, of the same place, but for the legal form and how it is written."""
    one, other = split_company_name(a), split_company_name(b)
    return (one.region, one.normalised) == (other.region, other.normalised)


def same_name(a: str, b: str) -> bool:
    """Whether two names say the same but for brackets, blanks, width and case."""
    return _characters(a) == _characters(b)


@lru_cache(maxsize=8192)
def _characters(name: str) -> str:
    folded = fold_width(clean_line(name, max_length=_LONGEST_NAME)).casefold()
    return "".join(char for char in folded if char.isalnum())


def _elsewhere(one: str, other: str) -> bool:
    return bool(one and other) and not (regions.is_within(one, other) or regions.is_within(other, one))


def similarity(a: str, b: str) -> int:
    """How alike two company names are, 0 to 100.

    The distinctive part counts 85 %, the line of business 15 %; two different places take 15 points away.
    """
    one, other = split_company_name(a), split_company_name(b)
    if not one.brand or not other.brand:
        return 0
    brand = Levenshtein.normalized_similarity(one.brand, other.brand)
    trade = Levenshtein.normalized_similarity(one.trade, other.trade)
    score = 100 * brand * (_BRAND_WEIGHT + (1 - _BRAND_WEIGHT) * trade)
    if _elsewhere(one.region, other.region):
        score -= _ELSEWHERE_PENALTY
    return max(0, round(score))


def row_id(text: str) -> int:
    """The id that a page's choice names; 0, which no row has, for anything else, such as "²" or a number too large."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0

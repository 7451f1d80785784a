"""What people write into cells, as the record's own vocabulary: entries of lists, people, days, amounts, places."""

import re
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal

from rapidfuzz.distance import Levenshtein

from crm_app.core import regions
from crm_app.core.amounts import parse_amount
from crm_app.core.clock import parse_local
from crm_app.core.credit_code import parse_credit_code
from crm_app.core.phone import parse_mobile
from crm_app.core.problems import Problem
from crm_app.core.text import clean_line, fold_width, normalise_company_name
from crm_app.core.vocabulary import CustomerType, Level
from crm_app.fields.rules import folded

_ALIKE = 0.75
_DROPPED = re.compile(r"[\s()\[\]（）【】/、,，.·_\-]+")
SYNONYMS: Mapping[str, Mapping[str, str]] = {
    "level": {"潜在": "potential", "意向": "intent", "成交": "won", "已成交": "won", "流失": "lost", "已流失": "lost"},
    "customer_type": {
        "长期客户": CustomerType.REGULAR, "长期合作": CustomerType.REGULAR, "老": CustomerType.REGULAR,
        "普通客户": CustomerType.REGULAR, "重点": CustomerType.KEY, "大客户": CustomerType.KEY,
        "重要客户": CustomerType.KEY, "贵宾": CustomerType.VIP, "新": CustomerType.NEW,
    },
    "status": {
        "潜在客户": "potential", "跟进": "following", "正在跟进": "following", "待定": "pending", "确认中": "pending",
        "成交": "won", "流失": "lost", "沉睡": "dormant", "沉默": "dormant",
    },
    "source": {
        "转介绍": "partner", "合作伙伴": "partner", "广告": "online_ads", "网络推广": "online_ads",
        "百度推广": "online_ads", "网站": "website", "公司官网": "website", "电销": "telesales", "陌拜": "telesales",
        "老客户介绍": "customer_referral", "客户介绍": "customer_referral", "朋友介绍": "customer_referral",
    },
    "industry": {
        "it": "ITS", "软件": "ITS", "信息技术": "ITS", "信息服务": "ITS", "工业": "MFG", "生产制造": "MFG",
        "制造": "MFG", "零售": "RET", "电商": "INT", "电子商务": "INT", "银行": "FIN", "保险": "FIN", "证券": "FIN",
        "培训": "EDU", "学校": "EDU", "医药": "MED", "健康": "MED", "医院": "MED", "运输": "LOG", "快递": "LOG",
        "房地产": "CON", "工程": "CON", "电力": "ENE", "石油": "ENE", "农林牧渔": "AGR", "餐饮": "SER", "酒店": "SER",
    },
    "follow.method": {
        "电话": "phone", "拜访": "visit", "面谈": "visit", "邮件": "email", "会议": "meeting", "短信": "other",
    },
    "contact.preferred_channel": {"电话": "mobile", "固话": "landline", "面谈": "visit"},
    "own_flag": {
        **dict.fromkeys(("有", "对", "√", "✓", "y", "true", "1", "t"), "yes"),
        **dict.fromkeys(("无", "没有", "错", "×", "n", "false", "0", "f"), "no"),
    },
}  # fmt: skip
"""Words that are no label; only codes that a list still offers count."""


def normal_word(text: str) -> str:
    """A word without what people write differently."""
    return _DROPPED.sub("", fold_width(clean_line(text, max_length=200))).casefold()


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The entries that one column can mean: labels in both languages and codes, each to its code."""

    words: Mapping[str, str]
    """By `normal_word`; exact."""
    labels: Sequence[tuple[str, str]] = ()
    """(normal Chinese label, code), for what is only alike."""
    bands: Sequence[tuple[float, float, str]] = ()
    """From, to, code, of a list of sizes."""
    retired: frozenset[str] = frozenset()
    """Codes that are understood where they stay, and are not offered."""

    def guess(self, text: str) -> str:
        """The code that a text means without any doubt; empty when somebody must choose."""
        word = normal_word(text)
        if word in self.words:
            return self.words[word]
        inside = {
            code
            for label, code in self.labels
            if len(label) > 1 and (label in word or (len(word) > 1 and word in label))
        }
        if len(inside) == 1:
            return inside.pop()
        if self.bands and (found := _band_of(text, self.bands)):
            return found
        alike = [
            (score, code)
            for label, code in self.labels
            if len(label) > 2 and (score := Levenshtein.normalized_similarity(label, word)) >= _ALIKE
        ]
        return max(alike)[1] if alike and not inside else ""


def _within(short: str, long: str) -> bool:
    return len(short) > 1 and short in long


def vocabulary(
    entries: Iterable[tuple[str, str, str]],
    synonyms: Mapping[str, str] | None = None,
    *,
    sizes: bool = False,
    retired: Iterable[tuple[str, str, str]] = (),
) -> Vocabulary:
    """Of (code, Chinese label, English label)."""
    listed = list(entries)
    codes = {code for code, _, _ in listed}
    words: dict[str, str] = {}
    for code, zh, en in listed:
        for word in (zh, en, code):
            words.setdefault(normal_word(word), code)
    labels = [(normal_word(zh), code) for code, zh, _ in listed]
    for word, code in (synonyms or {}).items():
        if code in codes:
            words.setdefault(normal_word(word), code)
    past = list(retired)
    for code, zh, en in past:
        for word in (zh, en):
            words.setdefault(normal_word(word), code)
    words.pop("", None)
    bands = [(*found, code) for code, zh, _ in listed if sizes and (found := _span_of(zh))]
    return Vocabulary(words, labels, bands, frozenset(code for code, _, _ in past))


_NUMBER = re.compile(r"(\d+(?:\.\d+)?)\s*(亿|千万|百万|万|千|k|m)?")
_SIZES = {"": 1, "千": 10**3, "k": 10**3, "万": 10**4, "百万": 10**6, "m": 10**6, "千万": 10**7, "亿": 10**8}


def _span_of(text: str) -> tuple[float, float] | None:
    """100-500人 → (100, 500); 500万以下, 5000人以上, 2000万-1亿, 300."""
    folded = fold_width(text).replace(",", "").casefold()
    found = [float(number) * _SIZES[unit] for number, unit in _NUMBER.findall(folded)]
    if not found or len(found) > 2:
        return None
    if len(found) == 2:
        # The unit of the second stands for both: 500-2000万.
        first, second = _NUMBER.findall(folded)
        if not first[1] and second[1] and float(first[0]) < float(second[0]):
            found[0] *= _SIZES[second[1]]
        return (found[0], found[1]) if found[0] <= found[1] else None
    if re.search("以下|以内|不足|少于|小于|<|under|below|less", folded):
        return 0, found[0]
    if re.search(r"以上|超过|大于|>|\+|more|over|above", folded):
        return found[0], float("inf")
    return found[0], found[0]


def _band_of(text: str, bands: Sequence[tuple[float, float, str]]) -> str:
    """The band that a text lies in, or shares most with."""
    span = _span_of(text)
    if span is None:
        return ""
    low, high = span
    if low == high:
        return next((code for start, end, code in bands if start <= low <= end), "")
    top = max((end for _, end, _ in bands if end != float("inf")), default=low) * 10

    def shared(start: float, end: float) -> float:
        return (min(high, end, top) - max(low, start)) / max(min(high, top) - low, min(end, top) - start, 1)

    best, code = max((shared(start, end), code) for start, end, code in bands)
    return code if best > 0 else ""


# --- days and moments

_SERIAL_FIRST, _SERIAL_LAST = 10_000, 80_000
"""Excel's numbers of days: 1927 to 2119. Anything else is not meant as one."""
_DAY_ZERO = date(1899, 12, 30)
_SERIAL = re.compile(r"\d{5}(\.\d+)?")
_DAY = re.compile(r"(\d{4})(?:[-/.](\d{1,2})[-/.](\d{1,2})|年(\d{1,2})月(\d{1,2})[日号]?)")
_MONTH = re.compile(r"(\d{4})(?:[-/.](\d{1,2})|年(\d{1,2})月?)")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_AMERICAN = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_CLOCK = re.compile(r"(.*?)[T ]*(\d{1,2})[:时点](\d{1,2})?(?:[:分](\d{1,2})?(?:\.\d+)?)?秒?")


def read_day(text: str) -> str:
    """A day in any usual spelling as YYYY-MM-DD; what is none is given back for whoever says so."""
    folded = re.sub(r"\s+", " ", fold_width(clean_line(text, max_length=60)))
    if _SERIAL.fullmatch(folded) and _SERIAL_FIRST <= float(folded) <= _SERIAL_LAST:
        return (_DAY_ZERO + timedelta(days=int(float(folded)))).isoformat()
    # A time says nothing of the day.
    if ":" in folded and (found := _CLOCK.fullmatch(folded)):
        folded = found[1].strip()
    bare = folded.replace(" ", "")
    if found := _DAY.fullmatch(bare):
        return _joined(found[1], found[2] or found[4], found[3] or found[5])
    if found := _COMPACT.fullmatch(bare):
        return _joined(found[1], found[2], found[3])
    if found := _MONTH.fullmatch(bare):
        return _joined(found[1], found[2] or found[3], "1")
    if found := _AMERICAN.fullmatch(bare):
        first, second = int(found[1]), int(found[2])
        # 3/5/2024 is March here and May there: only what can be one day is read.
        if first > 12 or second > 12 or first == second:
            month, day = (second, first) if first > 12 else (first, second)
            return _joined(found[3], str(month), str(day))
    return text


def _joined(year: str, month: str, day: str) -> str:
    return f"{int(year):04}-{int(month):02}-{int(day):02}"


def read_moment(text: str, *, tz: tzinfo) -> datetime | Problem:
    """A moment in UTC; a day alone is its beginning. The problem is that of a day."""
    folded = fold_width(clean_line(text, max_length=60))
    clock = "00:00"
    if _SERIAL.fullmatch(folded) and "." in folded:
        minutes = round(float(folded) % 1 * 1440) % 1440
        clock = f"{minutes // 60:02}:{minutes % 60:02}"
    elif (found := _CLOCK.fullmatch(folded)) and found[1].strip():
        clock = f"{int(found[2]):02}:{int(found[3] or 0):02}"
        folded = found[1].strip()
    day = read_day(folded)
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", day):
        return Problem("customers.problem.date_format")
    moment = parse_local(f"{day} {clock}", tz=tz)
    return Problem("customers.problem.date_impossible") if isinstance(moment, Problem) else moment


# --- amounts, places, people


def read_amount(text: str, *, unit: int = 1) -> Decimal | Problem:
    """Yuan; `unit` is what a bare number counts, such as 10,000 in a column of 万元."""
    bare = clean_line(text)
    if unit != 1 and not re.search(r"[万亿千百十元wkm]", fold_width(bare).casefold()):
        amount = parse_amount(f"{bare}万" if unit == 10_000 else bare)
    else:
        amount = parse_amount(bare)
    return amount


def read_region(text: str) -> str:
    """The code of a place: 北京市朝阳区, 广东 深圳, or a code itself; what is none or several is given back."""
    bare = clean_line(text, max_length=80)
    if regions.region(bare):
        return bare
    found = regions.find(bare)
    return found[0].code if len(found) == 1 else bare


_MOST_CUTS = 4
"""Into so many parts the name of a known tag may seem to fall."""
_PARTING = re.compile(r"[,，;；、/|\n]+")


def split_tags(text: str, known: Container[str] = ()) -> tuple[str, ...]:
    """The tags of a cell: parted by commas, semicolons, strokes or lines, but where a known one has one within."""
    if not _PARTING.search(text):
        return (whole,) if (whole := clean_line(text)) else ()
    cuts = [(0, 0), *(found.span() for found in _PARTING.finditer(text)), (len(text), len(text))]
    parts: list[str] = []
    at, last = 0, len(cuts) - 1
    while at < last:
        begin = cuts[at][1]
        wholes = ((end, clean_line(text[begin : cuts[end][0]])) for end in range(min(last, at + _MOST_CUTS), at, -1))
        end, part = next(((end, whole) for end, whole in wholes if end == at + 1 or whole in known), (at + 1, ""))
        parts.append(part)
        at = end
    return tuple(dict.fromkeys(filter(None, parts)))


@dataclass(slots=True)
class Remembered:
    """What a column's texts mean, looked up once each: most columns say few things many times."""

    read: Callable[[str], str]
    known: dict[str, str] = field(default_factory=dict)
    most: int = 20_000

    def __call__(self, text: str) -> str:
        found = self.known.get(text)
        if found is None:
            found = self.read(text)
            if len(self.known) < self.most:
                self.known[text] = found
        return found


def level_in_type(text: str) -> str:
    """The level that some people write into the column of the customer's type: 潜在客户, 意向客户."""
    word = normal_word(text)
    return {"潜在客户": Level.POTENTIAL, "意向客户": Level.INTENT, "成交客户": Level.WON}.get(word, "")


def read_key(key: str, text: str) -> str:
    """The normal form of that by which a row names its customer; empty for what names nobody."""
    line = clean_line(text, max_length=200)
    match key:
        case "old_number":
            return line
        case "name":
            return normalise_company_name(line)
        case "credit_code":
            code = parse_credit_code(line)
            return "" if isinstance(code, Problem) else str(code)
        case "contact.mobile" | "contact.any":
            mobile = parse_mobile(line)
            return "" if isinstance(mobile, Problem) else str(mobile)
        case _:
            return folded(line)

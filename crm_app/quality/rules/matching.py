"""Whether two customers are likely one (R5.1): from names, places, codes and what their contacts share."""

import re
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

from crm_app.core import regions
from crm_app.core.pinyin import company_pinyin
from crm_app.core.text import CompanyName, same_name, similarity, split_company_name
from crm_app.quality.schemas import Likeness, Profile, Verdict

ALIKE = 80
"""Names less alike than this percentage are different ones."""
_STRONG, _WEAK = 2, 1
"""What a shared mobile or e-mail says, and what a shared landline, address or namesake does."""
_LONG = 4
"""A name without place and form that is shorter belongs to several companies of the country."""
_LONG_ADDRESS = 6
_BRANCH = re.compile(
    r"分公司|子公司|分店|分行|支行|分部|分校|分院|分厂|办事处|营业部|门店|旗舰店|专卖店|(?:路|街|巷|广场|城|站)店$"
)
_ORDINAL = frozenset("0123456789一二三四五六七八九十甲乙丙丁东南西北上下")


@dataclass(frozen=True, slots=True)
class _Names:
    """How two names relate. `kind`: same, form, slip (likely mistyped), near (one character else), alike, other."""

    kind: str
    percent: int = 0


def compare(one: Profile, other: Profile) -> Likeness | None:
    """The likeness of two customers; None when nothing worth a look speaks for it."""
    names = _names(one.name, other.name)
    shared, weight = _shared(one, other)
    reasons = (*_name_reason(names), *shared)
    if one.credit_code and one.credit_code == other.credit_code:
        return _same_code(one, other, (("credit_code", 100), *reasons))
    against = _against(one, other)
    if against:
        return _doubtful(names, weight, (*reasons, (against, 0)))
    return _judged(names, weight, near=_near_by(one, other), named=_says_where(one, other), reasons=reasons)


def _same_code(one: Profile, other: Profile, reasons: tuple[tuple[str, int], ...]) -> Likeness:
    """One legal entity, but for branches that were entered with the code of their company."""
    if _is_branch(one.name) != _is_branch(other.name) or (_is_branch(one.name) and not same_name(one.name, other.name)):
        return Likeness(Verdict.POSSIBLY, 84, (*reasons, ("branch", 0)))
    return Likeness(Verdict.SAME, 99, reasons)


def _against(one: Profile, other: Profile) -> str:
    """What says that they are two: the code of a reason; empty when nothing does."""
    if one.credit_code and other.credit_code:
        return "other_code"
    if (_is_branch(one.name) or _is_branch(other.name)) and not same_name(one.name, other.name):
        return "branch"
    here, there = split_company_name(one.name), split_company_name(other.name)
    if _elsewhere(here.region, there.region):
        return "other_place"
    return ""


def _doubtful(names: _Names, weight: int, reasons: tuple[tuple[str, int], ...]) -> Likeness | None:
    """Something says that they are two companies; a look is worth it only where much says the contrary."""
    if names.kind == "same" or (names.kind in ("form", "slip") and weight >= _STRONG):
        return Likeness(Verdict.POSSIBLY, 70, reasons)
    return None


def _judged(
    names: _Names, weight: int, *, near: bool, named: bool, reasons: tuple[tuple[str, int], ...]
) -> Likeness | None:
    """`near`: no record says another place; `named`: a place in one of the names, so that the name is one company's."""
    score: int = 0
    match names.kind:
        case "same" | "form" if weight >= _STRONG:
            score = 97
        case "same" if near or named:
            score = 96
        case "form" if near or named:
            score = 94 if names.percent or weight else 79
        case "same" | "form":
            score = 76
        case "slip" if weight >= _STRONG or (weight and near):
            score = 92
        case "slip":
            score = 79 if near else 0
        case "near" if weight > _STRONG and near:
            score = 78
        case "alike" | "near" if weight >= _STRONG:
            score = 74
        case _ if weight >= _STRONG:
            score = 62
    if not score:
        return None
    return Likeness(Verdict.SAME if score >= 90 else Verdict.POSSIBLY, min(99, score + min(weight, 2)), reasons)


def _shared(one: Profile, other: Profile) -> tuple[tuple[tuple[str, int], ...], int]:
    """What their contacts and addresses share, and how much it says."""
    found = {
        "mobile": _STRONG if one.mobiles & other.mobiles else 0,
        "email": _STRONG if one.emails & other.emails else 0,
        "phone": _WEAK if one.phones & other.phones else 0,
        "contact": _WEAK if one.people & other.people else 0,
        "address": _WEAK if len(one.address) >= _LONG_ADDRESS and one.address == other.address else 0,
    }
    return tuple((code, 100) for code, weight in found.items() if weight), sum(found.values())


def _name_reason(names: _Names) -> tuple[tuple[str, int], ...]:
    codes = {"same": "same_name", "form": "same_but_form", "slip": "one_char", "near": "one_char", "alike": "name"}
    return ((codes[names.kind], names.percent),) if names.kind in codes else ()


def _names(a: str, b: str) -> _Names:
    if same_name(a, b):
        return _Names("same", 100)
    one, other = split_company_name(a), split_company_name(b)
    if one.normalised == other.normalised:
        # A short one is not enough without more: percent 0 says so.
        return _Names("form", 100 if len(one.normalised) >= _LONG or one.region == other.region != "" else 0)
    percent = min(99, similarity(a, b))
    kind = _slip(one, other)
    if kind == "other" and percent >= ALIKE and one.trade == other.trade:
        kind = "alike"
    return _Names(kind, percent)


def _slip(one: CompanyName, other: CompanyName) -> str:
    """Whether one character makes the difference, and whether it is likely a slip of who typed it."""
    a, b = one.normalised, other.normalised
    if abs(len(a) - len(b)) > 1 or min(len(a), len(b)) < 3 or OSA.distance(a, b, score_cutoff=1) > 1:
        return "other"
    if len(a) != len(b):
        longer, shorter = (a, b) if len(a) > len(b) else (b, a)
        return "near" if _ORDINAL & (set(longer) - set(shorter)) else "slip"
    places = [i for i, (x, y) in enumerate(zip(a, b, strict=True)) if x != y]
    if len(places) == 2:
        return "slip"
    x, y = a[places[0]], b[places[0]]
    if x in _ORDINAL or y in _ORDINAL:
        return "near"
    # A homophone is what an input method offers in its place; another sound makes another brand.
    in_brand = one.trade == other.trade
    return "slip" if not in_brand or _sound(x) == _sound(y) else "near"


@lru_cache(maxsize=4096)
def _sound(char: str) -> str:
    return company_pinyin(char).full


def _is_branch(name: str) -> bool:
    return _BRANCH.search(name) is not None


def _elsewhere(one: str, other: str) -> bool:
    return bool(one and other) and not (regions.is_within(one, other) or regions.is_within(other, one))


def _near_by(one: Profile, other: Profile) -> bool:
    return not _elsewhere(_city(one.place), _city(other.place))


def _city(code: str) -> str:
    """Offices of one company lie in several districts of a city."""
    return code if len(code) < 6 or code.endswith("00") else f"{code[:4]}00"


def _says_where(one: Profile, other: Profile) -> bool:
    here, there = split_company_name(one.name).region, split_company_name(other.name).region
    return bool(here and there)

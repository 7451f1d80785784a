"""The official three-level list of places (province, city, district), arranged as people pick and write them.

The list has levels that only its bookkeeping needs. Here the 市辖区 of a municipality is a city of the same name, with
all of its districts and counties; a county run directly by its province (仙桃市) stands among the cities.
"""

import json
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal

Level = Literal["province", "city", "district"]
_RANK: dict[Level, int] = {"province": 0, "city": 1, "district": 2}

_MUNICIPALITIES = frozenset({"11", "12", "31", "50"})
_CHONGQING_COUNTIES = "5002"
_DIRECTLY_RUN = frozenset({"4190", "4290", "4690", "6590"})

AREAS: dict[str, tuple[str, ...]] = {
    "华北": ("110000", "120000", "130000", "140000", "150000"),
    "东北": ("210000", "220000", "230000"),
    "华东": ("310000", "320000", "330000", "340000", "350000", "360000", "370000"),
    "华中": ("410000", "420000", "430000"),
    "华南": ("440000", "450000", "460000"),
    "西南": ("500000", "510000", "520000", "530000", "540000"),
    "西北": ("610000", "620000", "630000", "640000", "650000"),
    "港澳台": ("710000", "810000", "820000"),
}

_PEOPLES = (
    "蒙古|回|藏|维吾尔|苗|彝|壮|布依|朝鲜|满|侗|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|畲|高山|拉祜|水|东乡|纳西|景颇|柯尔克孜|土|"
    "达斡尔|仫佬|羌|布朗|撒拉|毛南|仡佬|锡伯|阿昌|普米|塔吉克|怒|乌孜别克|俄罗斯|鄂温克|德昂|保安|裕固|京|塔塔尔|独龙|鄂伦春|赫哲|门巴|珞巴|基诺|各"
)
_SUFFIX = re.compile(
    rf"(?:(?:(?:{_PEOPLES})族)+|(?<!内)蒙古|哈萨克|柯尔克孜|塔吉克|锡伯|维吾尔)?自治[区州县旗]$"
    "|特别行政区$|地区$|林区$|矿区$|新区$|[省市区县旗盟]$"
)
# Other short city names begin words that are no places: 阿里巴巴, 三明治, 宁德时代.
_CITIES_SAID_SHORT = frozenset({
    "广州", "深圳", "东莞", "佛山", "珠海", "中山", "惠州", "南京", "苏州", "无锡", "常州", "南通",
    "徐州", "杭州", "宁波", "温州", "绍兴", "嘉兴", "金华", "合肥", "芜湖", "福州", "厦门", "泉州",
    "济南", "青岛", "烟台", "潍坊", "武汉", "长沙", "郑州", "洛阳", "南昌", "石家庄", "太原", "沈阳",
    "大连", "长春", "哈尔滨", "成都", "贵阳", "昆明", "南宁", "海口", "西安", "兰州", "银川", "西宁",
    "乌鲁木齐", "呼和浩特", "拉萨",
})  # fmt: skip
_BETWEEN = re.compile(r"[\s/\\\-,，、·>|]+")


@dataclass(frozen=True, slots=True)
class Region:
    """`level` is the place in the cascade; `parent` is empty for a province."""

    code: str
    name: str
    level: Level
    parent: str


@dataclass(frozen=True, slots=True)
class _Tree:
    by_code: dict[str, Region]
    children: dict[str, tuple[Region, ...]]


def _arrange(code: str, name: str, names: dict[str, str]) -> Region | None:
    province = f"{code[:2]}0000"
    if code == province:
        return Region(code, name, "province", "")
    if code[:4] in _DIRECTLY_RUN:
        return None if code.endswith("00") else Region(code, name, "city", province)
    if code.endswith("00"):
        if code[:4] == _CHONGQING_COUNTIES:
            return None
        return Region(code, names[province] if code[:2] in _MUNICIPALITIES else name, "city", province)
    if code[:2] in {"81", "82"}:
        return Region(code, name, "district", province)
    city = f"{code[:2]}0100" if code[:2] in _MUNICIPALITIES else f"{code[:4]}00"
    # 嘉峪关 has no districts: the list repeats the city itself below it.
    return None if names[city] == name else Region(code, name, "district", city)


@cache
def _tree() -> _Tree:
    names: dict[str, str] = json.loads(files("crm_app.core.data").joinpath("regions.json").read_text("utf-8"))
    arranged = [region for code, name in names.items() if (region := _arrange(code, name, names))]
    children: dict[str, list[Region]] = {}
    for region in arranged:
        children.setdefault(region.parent, []).append(region)
    return _Tree(
        by_code={region.code: region for region in arranged},
        children={code: tuple(below) for code, below in children.items()},
    )


def provinces() -> tuple[Region, ...]:
    return _tree().children[""]


def children(code: str) -> tuple[Region, ...]:
    """What can be picked below a place; empty for a leaf and for an unknown code."""
    return _tree().children.get(code, ()) if code else ()


def region(code: str) -> Region | None:
    return _tree().by_code.get(code)


def path(code: str) -> tuple[Region, ...]:
    """From the province down to the place itself; empty for an unknown code."""
    found = region(code)
    return (*path(found.parent), found) if found else ()


def full_name(code: str) -> str:
    """广东省深圳市南山区; a municipality is said once: 北京市朝阳区."""
    return "".join(dict.fromkeys(place.name for place in path(code)))


def is_within(code: str, ancestor: str) -> bool:
    """Whether a place is the other one or lies in it."""
    return any(place.code == ancestor for place in path(code))


def code_prefixes(code: str) -> tuple[str, ...]:
    """Prefixes that the codes of a place and of all within it have, and no others: a query can use them on an index."""
    found = region(code)
    if not found:
        return ()
    if found.level == "province":
        return (code[:2],)
    if found.level == "city" and code.endswith("00"):
        return (code[:4], _CHONGQING_COUNTIES) if code == "500100" else (code[:4],)
    return (code,)


def short_name(name: str) -> str:
    """广东省 → 广东, 恩施土家族苗族自治州 → 恩施; a name of two characters stays (易县)."""
    shorter = _SUFFIX.sub("", name)
    return shorter if len(shorter) >= 2 else name


def area_provinces(name: str) -> tuple[Region, ...]:
    """The provinces of a big area such as 华东 or 华东地区; empty if there is no such area."""
    codes = AREAS.get(name.strip().removesuffix("地区").removesuffix("区"), ())
    return tuple(place for code in codes if (place := region(code)))


@cache
def _aliases() -> dict[str, tuple[Region, ...]]:
    found: dict[str, list[Region]] = {}
    for place in _tree().by_code.values():
        for alias in {place.name, short_name(place.name)}:
            found.setdefault(alias, []).append(place)
    return {alias: tuple(places) for alias, places in found.items()}


@cache
def _longest_alias() -> int:
    return max(map(len, _aliases()))


def _readings(text: str, within: str) -> list[tuple[Region, int]]:
    """All places that a whole text can mean, with how many of its names are written in full."""
    found: list[tuple[Region, int]] = []
    if within[:2] in _MUNICIPALITIES and text.startswith("市辖区") and len(text) > 3:
        return _readings(text[3:], within)
    for end in range(2, min(len(text), _longest_alias()) + 1):
        for place in _aliases().get(text[:end], ()):
            if within and (place.code == within or not is_within(place.code, within)):
                continue
            in_full = int(place.name == text[:end])
            if end == len(text):
                found.append((place, in_full))
            else:
                found.extend((deeper, in_full + rest) for deeper, rest in _readings(text[end:], place.code))
    return found


@lru_cache(maxsize=4096)
def find(text: str) -> tuple[Region, ...]:
    """The places that a text means: 广东, 深圳市, 北京市朝阳区, 江苏 南京 鼓楼.

    Names in full come before short ones, then the higher level wins; more than one result means it is ambiguous
    (鼓楼区), none that there is no such place.
    """
    readings = _readings(_BETWEEN.sub("", text)[:60], "")
    if not readings:
        return ()
    best = max((in_full, -_RANK[place.level]) for place, in_full in readings)
    chosen = {place.code: place for place, in_full in readings if (in_full, -_RANK[place.level]) == best}
    return tuple(chosen.values())


@cache
def _leading_names() -> dict[str, Region]:
    names: dict[str, Region] = {}
    for place in _tree().by_code.values():
        short = short_name(place.name)
        if place.level == "province" or (place.level == "city" and short in _CITIES_SAID_SHORT):
            names.setdefault(short, place)
        if place.level != "district":
            names.setdefault(place.name, place)
    return names


@cache
def _leading_reach() -> dict[str, int]:
    """By their first two characters, how long the longest of those names is."""
    reach: dict[str, int] = {}
    for name in _leading_names():
        reach[name[:2]] = max(reach.get(name[:2], 0), len(name))
    return reach


def leading_place(text: str) -> tuple[int, Region] | None:
    """How much of a company's name is its place, as 广东省深圳市 or 深圳, and which place that is."""
    taken, place = 0, None
    end = min(len(text), _leading_reach().get(text[:2], 0))
    while end > taken + 1:
        found = _leading_names().get(text[taken:end])
        if found and (place is None or is_within(found.code, place.code)):
            taken, place = end, found
            end = min(len(text), taken + _leading_reach().get(text[taken : taken + 2], 0))
        else:
            end -= 1
    return (taken, place) if place else None

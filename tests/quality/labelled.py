"""Customers of which is known who is who: the same ones entered twice, and those that only look alike."""
# ruff: noqa: E501 - tables of characters, each to be read as one.

import random
from dataclasses import dataclass, replace

from crm_app.quality.schemas import Profile

_CITIES = (
    ("北京", "110100"), ("上海", "310100"), ("广州", "440100"), ("深圳", "440300"), ("杭州", "330100"),
    ("南京", "320100"), ("苏州", "320500"), ("成都", "510100"), ("武汉", "420100"), ("西安", "610100"),
    ("青岛", "370200"), ("厦门", "350200"), ("长沙", "430100"), ("合肥", "340100"), ("郑州", "410100"),
)  # fmt: skip
_CHARS = "华瑞恒信达通利源丰泰和盛隆昌兴宏伟佳美嘉康宁安平顺捷迅飞腾龙凤鹏鑫金银铭德仁义礼智诚博学文思远景明辉光耀星云海天宇航"
_TRADES = (
    "科技",
    "信息技术",
    "贸易",
    "商贸",
    "机械设备",
    "建筑工程",
    "物流",
    "文化传媒",
    "网络科技",
    "新材料",
    "食品",
    "医疗器械",
    "环保科技",
    "电子商务",
)
_FORMS = ("有限公司", "有限责任公司", "股份有限公司", "集团有限公司")
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华建国志红文玉兰"
_HOMOPHONES = {
    "华": "化", "达": "答", "通": "同", "利": "力", "源": "元", "丰": "峰", "泰": "太", "盛": "胜", "兴": "星", "宏": "弘",
    "伟": "维", "佳": "家", "美": "每", "康": "糠", "安": "桉", "捷": "杰", "迅": "讯", "飞": "非", "鑫": "新", "金": "今",
    "德": "得", "仁": "人", "诚": "成", "博": "伯", "文": "闻", "远": "院", "明": "名", "辉": "晖", "光": "广", "星": "兴",
    "海": "亥", "天": "添", "技": "计", "贸": "茂", "设": "社", "程": "成", "流": "留", "化": "华", "材": "才", "品": "拼",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Labelled:
    """The customers, and the pairs of ids that are one customer, the smaller id first."""

    profiles: tuple[Profile, ...]
    same: frozenset[tuple[int, int]]


class _Maker:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - test data, the same with each run.
        self.profiles: list[Profile] = []
        self.same: set[tuple[int, int]] = set()
        self._mobiles = 0

    def brand(self) -> str:
        return "".join(self.random.sample(_CHARS, self.random.choice((2, 3, 3, 4))))

    def mobile(self) -> str:
        self._mobiles += 1
        return f"13{self._mobiles * 7919 % 10**9:09d}"

    def person(self) -> str:
        return self.random.choice(_SURNAMES) + "".join(self.random.sample(_GIVEN, self.random.choice((1, 2))))

    def code(self) -> str:
        return "91" + "".join(self.random.choices("0123456789ABCDEFGHJKLMNPQRTUWXY", k=16))

    def company(self, *, brand: str = "", trade: str = "", city: tuple[str, str] | None = None) -> Profile:
        """A company of its own."""
        name, code = city or self.random.choice(_CITIES)
        brand, trade = brand or self.brand(), trade or self.random.choice(_TRADES)
        form = self.random.choices(_FORMS, (80, 8, 8, 4))[0]
        shapes = (
            f"{name}{brand}{trade}{form}",
            f"{name}市{brand}{trade}{form}",
            f"{brand}{trade}（{name}）{form}",
            f"{brand}{trade}{form}",
        )
        mobile = self.mobile()
        return Profile(
            id=0,
            name=self.random.choices(shapes, (50, 15, 15, 20))[0],
            place=code,
            credit_code=self.code() if self.random.random() < 0.4 else "",
            address=f"{self.random.choice('中山人民解放建设')}路{self.random.randint(1, 999)}号{self.random.randint(1, 30)}楼" if self.random.random() < 0.6 else "",
            mobiles=frozenset({mobile}) if self.random.random() < 0.9 else frozenset(),
            phones=frozenset({f"0755-{self.random.randint(10**7, 10**8)}"}) if self.random.random() < 0.3 else frozenset(),
            emails=frozenset({f"a{mobile}@example.com"}) if self.random.random() < 0.5 else frozenset(),
            people=frozenset({self.person()}),
        )  # fmt: skip

    def add(self, profile: Profile) -> int:
        self.profiles.append(replace(profile, id=len(self.profiles) + 1))
        return len(self.profiles)

    def twice(self, first: Profile, second: Profile) -> None:
        one, other = self.add(first), self.add(second)
        self.same.add((one, other))

    # --- how the same customer is entered another time

    def other_form(self, one: Profile) -> Profile:
        for form in sorted(_FORMS, key=len, reverse=True):
            if one.name.endswith(form):
                bare = one.name.removesuffix(form)
                return replace(one, name=bare + self.random.choice([*[f for f in _FORMS if f != form], "公司", ""]))
        return one

    def other_brackets(self, one: Profile) -> Profile:
        pairs = {"（": "(", "）": ")", "(": "（", ")": "）"}
        if any(char in one.name for char in pairs):
            return replace(one, name="".join(pairs.get(char, char) for char in one.name))
        wide = one.name.replace("有限公司", "（有限公司）", 1)
        return replace(one, name=wide if self.random.random() < 0.3 else f" {one.name} ")

    def mistyped(self, one: Profile) -> Profile:
        name = one.name
        body = next((i for i in range(len(name)) if name[i:].startswith(_FORMS)), len(name))
        slips = [i for i in range(2, body) if name[i] in _HOMOPHONES]
        way = self.random.random()
        if way < 0.55 and slips:
            i = self.random.choice(slips)
            return replace(one, name=name[:i] + _HOMOPHONES[name[i]] + name[i + 1 :])
        i = self.random.randrange(2, max(3, body - 1))
        if way < 0.7:
            # Not by sound: what was read wrongly, or typed by its shape.
            return replace(one, name=name[:i] + self.random.choice(_CHARS) + name[i + 1 :])
        if way < 0.8:
            return replace(one, name=name[:i] + name[i + 1] + name[i] + name[i + 2 :] if i + 1 < body else name)
        return replace(one, name=name[:i] + name[i + 1 :] if way < 0.9 else name[: i + 1] + name[i:])

    def moved_phone(self, one: Profile) -> Profile:
        """Another mobile; who answers it may be another too."""
        people = one.people if self.random.random() < 0.6 else frozenset({self.person()})
        return replace(one, mobiles=frozenset({self.mobile()}), phones=frozenset(), people=people)

    def sparse(self, one: Profile) -> Profile:
        """Entered in a hurry."""
        changes: dict[str, object] = {"credit_code": "", "address": ""}
        if self.random.random() < 0.5:
            changes["emails"] = frozenset()
        if self.random.random() < 0.3:
            changes["place"] = ""
        return replace(one, **changes)  # type: ignore[arg-type]


def make_labelled(seed: int = 7, *, doubles: int = 600, singles: int = 1500, traps: int = 120) -> Labelled:
    """Doubles of every kind, customers of their own, and of each trap so many."""
    maker = _Maker(seed)
    ways = (maker.other_form, maker.other_brackets, maker.mistyped, maker.moved_phone)
    for n in range(doubles):
        first = maker.company()
        second = ways[n % 4](first)
        if maker.random.random() < 0.25:
            second = maker.random.choice(ways)(second)
        maker.twice(first, maker.sparse(second) if maker.random.random() < 0.6 else second)
    for _ in range(singles):
        maker.add(maker.company())
    for _ in range(traps):
        _branches(maker)
        _two_firms_of_one(maker)
        _one_switchboard(maker)
        _alike_by_chance(maker)
    return Labelled(tuple(maker.profiles), frozenset(maker.same))


def _branches(maker: _Maker) -> None:
    """Companies of one group in two cities, with the group's e-mail; or a company and its branch."""
    brand, trade = maker.brand(), maker.random.choice(_TRADES)
    here, there = maker.random.sample(_CITIES, 2)
    shared = frozenset({f"info@{maker.mobile()}.example"})
    if maker.random.random() < 0.3:
        head = maker.company(brand=brand, trade=trade, city=here)
        maker.add(replace(head, emails=shared))
        maker.add(
            replace(maker.company(city=there), name=f"{head.name}{there[0]}分公司", emails=shared, credit_code="")
        )
        return
    for name, code in (here, there):
        one = maker.company(brand=brand, trade=trade, city=(name, code))
        maker.add(replace(one, name=f"{name}{brand}{trade}有限公司", emails=shared))


def _two_firms_of_one(maker: _Maker) -> None:
    """One owner, one mobile, two firms: another trade, another brand, or a sister's name."""
    city = maker.random.choice(_CITIES)
    one_trade, other_trade = maker.random.sample(_TRADES, 2)
    brand, owner = maker.brand(), maker.company(city=city)
    shared = {"mobiles": owner.mobiles or frozenset({maker.mobile()}), "people": owner.people, "address": owner.address}
    kind = maker.random.random()
    sister = brand[:-1] + maker.random.choice([char for char in _CHARS if char not in brand])
    other_brand = brand if kind < 0.4 else maker.brand() if kind < 0.75 else sister
    maker.add(replace(maker.company(brand=brand, trade=one_trade, city=city), **shared))
    trade = one_trade if other_brand == sister else other_trade
    maker.add(replace(maker.company(brand=other_brand, trade=trade, city=city), **shared))


def _one_switchboard(maker: _Maker) -> None:
    """Several firms of one office building."""
    city = maker.random.choice(_CITIES)
    phones = frozenset({f"021-{maker.random.randint(10**7, 10**8)}"})
    for _ in range(maker.random.choice((2, 3, 5, 9))):
        maker.add(replace(maker.company(city=city), phones=phones))


def _alike_by_chance(maker: _Maker) -> None:
    """The same name in two cities, or one character apart in one city, and nothing in common."""
    brand, trade = maker.brand(), maker.random.choice(_TRADES)
    here, there = maker.random.sample(_CITIES, 2)
    if maker.random.random() < 0.5:
        for city in (here, there):
            maker.add(replace(maker.company(brand=brand, trade=trade, city=city), name=f"{brand}{trade}有限公司"))
        return
    sister = maker.random.choice([char for char in _CHARS if char not in brand]) + brand[1:]
    for one in (brand, sister):
        maker.add(maker.company(brand=one, trade=trade, city=here))

"""Which customers are compared, whether two are one, and what goes together."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_app.quality.rules import LARGEST, Blocks, compare, group_pairs, twos_of, unpack
from crm_app.quality.rules.merging import Person, default_choice, default_level, find_same_person, stored, unstored
from crm_app.quality.schemas import FoundGroup, FoundPair, Likeness, Profile, Verdict
from tests.quality.labelled import Labelled, make_labelled

SHENZHEN, BEIJING = "440300", "110100"


def found_in(labelled: Labelled) -> tuple[FoundGroup, ...]:
    """What the finder makes of them."""
    by_id = {profile.id: profile for profile in labelled.profiles}
    blocks = Blocks()
    for profile in labelled.profiles:
        blocks.add(profile)
    pairs = [unpack(pair) for part in blocks.pairs() for pair in part]
    likes = ((a, b, compare(blocks.telling(by_id[a]), blocks.telling(by_id[b]))) for a, b in pairs)
    return group_pairs([FoundPair(a, b, like) for a, b, like in likes if like], apart=())


def offered(groups: tuple[FoundGroup, ...], *verdicts: Verdict) -> frozenset[tuple[int, int]]:
    return frozenset(pair for group in groups if group.verdict in verdicts for pair in twos_of(group.members))


@pytest.mark.parametrize("seed", range(1, 7))
def test_what_is_offered_as_the_same_is_right_and_nearly_all(seed: int) -> None:
    labelled = make_labelled(seed)
    groups = found_in(labelled)
    same = offered(groups, Verdict.SAME)
    right = len(same & labelled.same)
    assert right / len(same) >= 0.95
    assert right / len(labelled.same) >= 0.90
    assert len(offered(groups, *Verdict) & labelled.same) / len(labelled.same) >= 0.98


def company(name: str, place: str = SHENZHEN, **fields: object) -> Profile:
    return replace(Profile(id=1, name=name, place=place), **fields)  # type: ignore[arg-type]


BASE = company("深圳市恒信达科技有限公司", mobiles=frozenset({"13800000001"}), people=frozenset({"张三"}))


@pytest.mark.parametrize(
    "other",
    [
        company("深圳市恒信达科技有限责任公司"),
        company("深圳恒信达科技股份有限公司"),
        company("恒信达科技（深圳）有限公司"),
        company("恒信达科技(深圳)有限公司"),
        company(" 深圳市恒信达科技 有限公司"),
        company("深圳市恒信大科技有限公司", mobiles=BASE.mobiles),
        company("深圳市恒达信科技有限公司", mobiles=BASE.mobiles),
    ],
    ids=lambda profile: profile.name,
)
def test_the_same_company_written_otherwise(other: Profile) -> None:
    like = compare(BASE, other)
    assert like is not None
    assert like.verdict is Verdict.SAME


@pytest.mark.parametrize(
    "other",
    [
        company("北京恒信达科技有限公司", BEIJING),
        company("北京恒信达科技有限公司", BEIJING, mobiles=BASE.mobiles),
        company("深圳市恒信达科技有限公司龙岗分公司"),
        company("深圳市恒信达科技有限公司龙岗分公司", mobiles=BASE.mobiles),
        company("深圳市恒信达贸易有限公司", mobiles=BASE.mobiles, people=BASE.people),
        company("深圳市金源物流有限公司", mobiles=BASE.mobiles),
        company("深圳市恒信隆科技有限公司", mobiles=BASE.mobiles, people=BASE.people),
    ],
    ids=lambda profile: profile.name,
)
def test_branches_sisters_and_other_firms_of_one_owner_are_not_the_same(other: Profile) -> None:
    like = compare(BASE, other)
    assert like is None or like.verdict is Verdict.POSSIBLY


def test_codes_decide() -> None:
    code, other = "91440300MA5EYUWP5E", "91440300MA5DYUWP5D"
    one = replace(BASE, credit_code=code)
    renamed = compare(one, company("深圳市新名字有限公司", credit_code=code))
    assert renamed is not None
    assert (renamed.verdict, renamed.reasons[0][0]) == (Verdict.SAME, "credit_code")
    differing = compare(one, replace(one, credit_code=other))
    assert differing is not None
    assert differing.verdict is Verdict.POSSIBLY
    assert ("other_code", 0) in differing.reasons
    branch = compare(one, company("深圳市恒信达科技有限公司龙岗分公司", credit_code=code))
    assert branch is not None
    assert branch.verdict is Verdict.POSSIBLY


def test_the_number_of_a_switchboard_proves_nothing() -> None:
    shared = frozenset({"0755-12345678"})
    blocks = Blocks()
    for n in range(1, 12):
        blocks.add(Profile(id=n, name=f"第{n}家{'甲乙丙丁戊己庚辛壬癸子'[n - 1]}{n}公司", phones=shared))
    assert list(blocks.pairs()) == []
    assert blocks.telling(replace(BASE, phones=shared)).phones == frozenset()
    assert blocks.telling(BASE) == BASE


names = st.text(st.sampled_from("深圳市北京恒信达科技贸易有限公司分（）()ABc 12第一"), max_size=14)
few = st.frozensets(st.sampled_from(["1", "2", "3"]), max_size=2)
profiles = st.builds(
    Profile,
    id=st.integers(1, 2**31 - 1),
    name=names,
    place=st.sampled_from(["", SHENZHEN, BEIJING, "440305"]),
    credit_code=st.sampled_from(["", "A", "B"]),
    address=st.sampled_from(["", "科技园北路一号楼"]),
    mobiles=few,
    phones=few,
    emails=few,
    people=few,
)


@given(profiles, profiles)
@settings(max_examples=300, deadline=None)
def test_whoever_is_named_first_makes_no_difference(one: Profile, other: Profile) -> None:
    assert compare(one, other) == compare(other, one)


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(1, 30), st.integers(60, 99)), max_size=60), st.data())
def test_groups_are_apart_small_and_hold_whoever_was_found(
    drawn: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    pairs = [
        FoundPair(min(a, b), max(a, b), Likeness(Verdict.SAME if score >= 90 else Verdict.POSSIBLY, score))
        for a, b, score in {(a, b): (a, b, score) for a, b, score in drawn if a != b}.values()
    ]
    twos = sorted({(pair.one, pair.other) for pair in pairs})
    apart = frozenset(data.draw(st.lists(st.sampled_from(twos), max_size=5))) if twos else frozenset()
    groups = group_pairs(pairs, apart=apart)
    for group in groups:
        assert 2 <= len(group.members) <= LARGEST
        assert apart.isdisjoint(twos_of(group.members))
        assert group.pairs
        assert all({pair.one, pair.other} <= set(group.members) for pair in group.pairs)
    for verdict in Verdict:
        placed = [member for group in groups if group.verdict is verdict for member in group.members]
        assert len(placed) == len(set(placed))


def test_an_empty_value_gives_way_and_another_does_not() -> None:
    assert default_choice({"a": "x", "b": "y"}, "a") == "a"
    assert default_choice({"a": "", "b": "", "c": "z"}, "a") == "c"
    assert default_choice({"a": "", "b": ""}, "a") == "a"
    assert default_level({"a": "intent", "b": "lost"}, {"a": 0, "b": 2}, "a") == "b"
    assert default_level({"a": "intent", "b": "potential"}, {"a": 0, "b": 0}, "a") == "a"


def test_who_is_the_same_person() -> None:
    one = Person(1, "张三", mobile="13800000001", email="a@b.cn")
    assert find_same_person(Person(2, "老张", mobile="13800000001"), [one]) is one
    assert find_same_person(Person(2, "张三", email="a@b.cn"), [one]) is one
    assert find_same_person(Person(2, "张三", mobile="13900000001", email="a@b.cn"), [one]) is None
    assert find_same_person(Person(2, "李四", email="a@b.cn"), [one]) is None
    assert find_same_person(Person(2, "张三"), [Person(1, "张三")]) is None


@given(st.dates(), st.datetimes(), st.decimals(allow_nan=False, allow_infinity=False), st.integers(), st.text())
def test_columns_come_back_as_they_were(day, moment, amount, number, text) -> None:  # type: ignore[no-untyped-def]
    for column, value in {
        "founded_on": day,
        "assigned_at": moment,
        "expected_amount": amount,
        "owner_id": number,
        "name": text,
        "department_id": None,
    }.items():
        assert unstored(column, stored(value)) == value

"""Groups of conditions joined with OR: their form in addresses, and how they come and go (R3.2)."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_app.directory.schemas import DIRECTORY
from crm_app.listing.rules.address import format_conditions, format_query, format_view, parse_query, parse_view
from crm_app.listing.rules.conditions import MAX_CONDITIONS, put_member, start_group
from crm_app.listing.rules.views import make_chips
from crm_app.listing.schemas import Based, Choice, Condition, Known, ListQuery, Operator

KNOWN = Known(
    date(2026, 11, 22),
    {
        "level": (Choice("intent", "意向客户"), Choice("won", "成交客户")),
        "industry": (Choice("MFG", "制造业"), Choice("RET", "零售业")),
        "person": (),
    },
)
LEVEL = Condition("level", Operator.IN, ("won",))
TOTAL = Condition("total", Operator.AT_LEAST, ("500000",))
NAME = Condition("name", Operator.CONTAINS, ("a|b;(c),d!",))


def ask(f: str) -> tuple[ListQuery, list[str]]:
    asked = parse_query(DIRECTORY, {"f": f}, KNOWN)
    return asked.query, [problem.code for _, problem in asked.ignored]


def test_a_group_stands_in_the_address_in_brackets() -> None:
    query, ignored = ask("industry.in.MFG;(level.in.won|total.gte.50万)")
    assert ignored == []
    assert query.conditions == (Condition("industry", Operator.IN, ("MFG",)),)
    assert query.groups == ((LEVEL, TOTAL),)
    assert format_conditions(query.conditions, query.groups) == "industry.in.MFG;(level.in.won|total.gte.500000)"


@given(st.lists(st.text(min_size=1, max_size=20).filter(lambda text: text.strip()), min_size=2, max_size=4))
def test_whatever_text_stands_in_a_group_comes_back(texts: list[str]) -> None:
    members = ";".join(f"name.contains.{''.join(f'!{c}' if c in '!,;|()' else c for c in text)}" for text in texts)
    first, _ = ask(f"({members.replace(';name.', '|name.')})")
    again, ignored = ask(format_conditions(first.conditions, first.groups))
    assert (again.conditions, again.groups, ignored) == (first.conditions, first.groups, [])


def test_signs_in_values_are_no_signs_of_groups() -> None:
    said = format_conditions((NAME,), ((NAME, LEVEL),))
    query, ignored = ask(said)
    assert (query.conditions, query.groups, ignored) == ((NAME,), ((NAME, LEVEL),), [])


@pytest.mark.parametrize(
    ("f", "conditions", "groups", "ignored"),
    [
        ("(level.in.won)", 1, 0, []),
        ("(level.in.won|level.in.won)", 1, 0, []),
        ("(level.in.won|nonsense.is.x)", 1, 0, ["listing.problem.field"]),
        ("(level.in.won|nonsense.is.x|total.gte.5)", 0, 1, ["listing.problem.field"]),
        ("(nonsense|more)", 0, 0, ["listing.problem.field", "listing.problem.field"]),
        ("(level.in.won|total.gte.5);(level.in.won|total.gte.5)", 0, 1, []),
        ("level.in.intent;(level.in.won|(total.gte.5|orders.gte.1))", 1, 0, ["listing.problem.group"]),
    ],
)
def test_what_makes_sense_of_a_group_is_kept(f: str, conditions: int, groups: int, ignored: list[str]) -> None:
    query, said = ask(f)
    assert (len(query.conditions), len(query.groups), said) == (conditions, groups, ignored)


def test_members_count_among_all_conditions() -> None:
    many = "|".join(f"orders.eq.{n}" for n in range(MAX_CONDITIONS + 3))
    query, ignored = ask(f"level.in.won;({many})")
    assert len(query.groups[0]) == MAX_CONDITIONS - 1
    assert ignored == ["listing.problem.many"] * 4


def test_a_view_keeps_its_groups_and_says_what_differs() -> None:
    query = ask("(level.in.won|total.gte.5)")[0]
    assert parse_view(DIRECTORY, format_view(query), KNOWN).query == query
    based = Based(7, query)
    assert format_query(DIRECTORY, query, based) == "view=7"
    without = format_query(DIRECTORY, query.change(groups=()), based)
    assert without == "view=7&without=f"
    assert parse_query(DIRECTORY, {"without": "f"}, KNOWN, query).query.groups == ()
    assert parse_query(DIRECTORY, {}, KNOWN, query).query.groups == query.groups


def test_groups_begin_grow_shrink_and_end() -> None:
    conditions, groups = start_group((LEVEL, NAME), (), 0, TOTAL)
    assert (conditions, groups) == ((NAME,), ((LEVEL, TOTAL),))
    assert start_group((LEVEL,), (), 0, LEVEL) == ((LEVEL,), ())
    assert put_member(conditions, groups, 0, 2, NAME)[1] == ((LEVEL, TOTAL, NAME),)
    other = Condition("level", Operator.IN, ("intent", "won"))
    assert put_member(conditions, groups, 0, 0, other)[1] == ((other, TOTAL),)
    assert put_member(conditions, groups, 0, 0, None) == ((NAME, TOTAL), ())
    assert put_member((TOTAL,), groups, 0, 0, None) == ((TOTAL,), ()), "no condition stands there twice"


def test_chips_say_which_group_they_belong_to() -> None:
    chips = make_chips(DIRECTORY, ListQuery((NAME,), ((LEVEL, TOTAL),)), KNOWN, "zh")
    assert [(chip.field, chip.group, chip.member) for chip in chips] == [
        ("name", -1, -1),
        ("level", 0, 0),
        ("total", 0, 1),
    ]

"""The condition that a cell stands for finds its own customer again, whatever the field, on both engines (R3.2)."""

import pytest

from crm_app.core.clock import frozen
from crm_app.core.errors import NotFound
from crm_app.directory.queries import find_page, list_for, list_rows, load_known, read_cell
from crm_app.directory.schemas import CONTACT_FIELDS, DIRECTORY
from crm_app.listing.rules.address import format_conditions, parse_query
from crm_app.listing.rules.conditions import narrow_to
from crm_app.listing.schemas import Condition, Operator
from tests.directory.test_queries import NOW, TODAY, Shop, shop

__all__ = ["shop"]
SHOWN = tuple(key for key, field in DIRECTORY.fields.items() if field.shown and key not in CONTACT_FIELDS)


@pytest.mark.parametrize("key", SHOWN)
def test_a_cell_finds_those_that_have_the_same(shop: Shop, key: str) -> None:
    actor = shop.office.admin
    with frozen(NOW), shop.db.reading() as session:
        known = load_known(session, today=TODAY)
        everybody = parse_query(list_for(actor, known), {}, known).query
        ids = find_page(session, actor, everybody, known).ids
        rows = list_rows(session, actor, ids, ("name", key), known)
        for customer_id, row in zip(ids, rows, strict=True):
            found = read_cell(session, actor, number=row.key, key=key, code="")
            if found is None:
                assert not DIRECTORY.fields[key].optional
                continue
            asked = parse_query(list_for(actor, known), {"f": format_conditions([found])}, known)
            assert asked.ignored == ()
            assert asked.query.conditions == (found,), "it stands in the address as it is"
            same = find_page(session, actor, asked.query, known).ids
            assert customer_id in same, (row.name, found)
            if found.operator is Operator.EMPTY:
                shown = list_rows(session, actor, same, ("name", key), known)
                assert {one.cells[0] for one in shown} == {""}


def test_one_of_several_tags_is_chosen(shop: Shop) -> None:
    actor = shop.office.admin
    with shop.db.reading() as session:
        known = load_known(session, today=TODAY)
        tagged = parse_query(list_for(actor, known), {"f": "tags.filled"}, known).query
        (first, *_) = list_rows(session, actor, find_page(session, actor, tagged, known).ids, ("name", "tags"), known)
        codes = first.cells[0].split(",")
        for code in codes:
            found = read_cell(session, actor, number=first.key, key="tags", code=code)
            assert found == Condition("tags", Operator.ANY, (code,))
        for nothing in ("", "999", "x"):
            found = read_cell(session, actor, number=first.key, key="tags", code=nothing)
            assert found is not None
            assert set(found.values) == set(codes)


def test_contact_data_is_nothing_to_filter_by_from_the_list(shop: Shop) -> None:
    with shop.db.reading() as session:
        known = load_known(session, today=TODAY)
        query = parse_query(list_for(shop.office.admin, known), {}, known).query
        rows = list_rows(
            session, shop.office.admin, find_page(session, shop.office.admin, query, known).ids, ("name",), known
        )
        for key in (*CONTACT_FIELDS, "followed", "nothing", ""):
            assert read_cell(session, shop.office.admin, number=rows[0].key, key=key, code="") is None


def test_whose_customer_is_out_of_reach_learns_nothing_of_its_cells(shop: Shop) -> None:
    with shop.db.reading() as session:
        known = load_known(session, today=TODAY)
        every = parse_query(list_for(shop.office.admin, known), {}, known).query
        page = find_page(session, shop.office.admin, every, known)
        numbers = {row.key for row in list_rows(session, shop.office.admin, page.ids, ("name",), known)}
        mine = find_page(session, shop.office.sales2, every, known)
        own = {row.key for row in list_rows(session, shop.office.sales2, mine.ids, ("name",), known)}
        assert numbers - own
        for number in (*(numbers - own), "MFG-1999-999", ""):
            with pytest.raises(NotFound):
                read_cell(session, shop.office.sales2, number=number, key="industry", code="")


def test_a_value_takes_the_place_of_others_of_its_field() -> None:
    both = Condition("industry", Operator.IN, ("MFG", "RET"))
    out = Condition("industry", Operator.NOT_IN, ("FIN",))
    level = Condition("level", Operator.IN, ("won",))
    one = Condition("industry", Operator.IN, ("MFG",))
    assert narrow_to((both, out, level), one) == (out, level, one)
    assert narrow_to((both, level), Condition("industry", Operator.EMPTY)) == (
        level,
        Condition("industry", Operator.EMPTY),
    )

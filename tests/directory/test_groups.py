"""Conditions joined with OR find what each of them finds, for everybody and on both engines (R3.2)."""

from itertools import pairwise

import pytest

from crm_app.core.db import Database
from crm_app.directory.queries import find_page, list_for, load_known
from crm_app.directory.rules import recorded_filter
from crm_app.listing.rules.address import parse_query
from tests.directory.test_queries import TODAY, Shop, shop
from tests.factories import Office
from tests.plans import plans

__all__ = ["shop"]
CONDITIONS = (
    "industry.in.MFG", "industry.out.MFG", "level.in.won,intent", "total.gte.100000", "name.contains.华",
    "owner.in.me", "owner.empty", "collaborator.in.me", "tags.empty", "silent.gt.30", "region.in.440000",
    "created.within.2024Q1", "next_follow_up.before.today", "followed.within.this-year", "followed_method.in.phone",
    "deal.within.this-year", "mobile.contains.138", "number.starts.MFG",
)  # fmt: skip


@pytest.mark.parametrize("who", ["admin", "sales", "manager", "service"])
def test_a_group_finds_what_any_of_its_conditions_finds(shop: Shop, who: str) -> None:
    actor = getattr(shop.office, who)
    closed = {"mobile.contains.138"} if who == "service" else set()
    alone = {one: set(shop.find(actor, f"f={one}")) for one in CONDITIONS if one not in closed}
    keys = list(alone)
    for one, other in [*pairwise(keys), *zip(keys, keys[7:], strict=False)]:
        found = shop.find(actor, f"f=({one}|{other})&sort=name&size=20")
        assert set(found) == alone[one] | alone[other], (one, other)
        assert len(found) == len(set(found)) == shop.total(actor, f"f=({one}|{other})")
    for narrow in ("industry.in.MFG", "created.within.2024Q1"):
        group = "(level.in.won|silent.gt.30)"
        wanted = alone[narrow] & (alone["silent.gt.30"] | set(shop.find(actor, "f=level.in.won")))
        assert set(shop.find(actor, f"f={narrow};{group}&sort=-created")) == wanted


def test_who_sees_contacts_masked_finds_nobody_by_them_in_a_group_either(shop: Shop) -> None:
    with shop.db.reading() as session:
        known = load_known(session, today=TODAY)
        for actor in (shop.office.service, shop.office.marketing):
            asked = parse_query(list_for(actor, known), {"f": "(mobile.contains.138|level.in.lost)"}, known)
            assert asked.query.groups == ()
            assert [problem.code for _, problem in asked.ignored] == ["listing.problem.closed"]
            forced = parse_query(list_for(shop.office.admin, known), {"f": "(mobile.contains.138|email.filled)"}, known)
            assert find_page(session, actor, forced.query, known).total == 0


def test_the_record_of_an_export_names_groups_without_contact_data(shop: Shop) -> None:
    with shop.db.reading() as session:
        known = load_known(session, today=TODAY)
        query = parse_query(
            list_for(shop.office.admin, known), {"f": "(mobile.contains.13812345678|level.in.won)"}, known
        )
    assert recorded_filter(query.query) == "(mobile.contains.…|level.in.won)"


def test_each_condition_of_a_group_is_counted_by_its_own_index(sqlite_db: Database, sqlite_office: Office) -> None:
    with sqlite_db.reading() as session:
        known = load_known(session, today=TODAY)
        query = parse_query(list_for(sqlite_office.admin, known), {"f": "(level.in.won|total.gte.500000)"}, known).query
    found = plans(sqlite_db, lambda session: find_page(session, sqlite_office.admin, query, known))
    counted = next(plan for sql, plan in found.items() if "count(" in sql and " OR " in sql)
    assert "ix_customer_level_created_at_id" in counted
    assert "ix_customer_total_amount_id" in counted

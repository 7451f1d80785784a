"""Saving, sharing, pinning and deleting views, on both engines (R3.5)."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import Session, select

import crm_app.crm_app  # noqa: F401 - Registers the lists that have views.
from crm_app.access.actor import Actor
from crm_app.core.db import Database
from crm_app.core.errors import Forbidden, NotFound, Refused
from crm_app.models import SavedView, ViewPin
from crm_app.views import queries, service
from crm_app.views.rules import MOST_PINS, MOST_VIEWS
from crm_app.views.schemas import View
from tests.factories import Office
from tests.plans import plan

QUERY = "f=level.in.intent&sort=-created&size=50&cols=name,level"


def make(db: Database, actor: Actor, **more: Any) -> int:
    given = {"kind": "customers", "name": "意向", "query": QUERY, "audience": "private", "pinned": True} | more
    with db.writing() as session:
        return service.create_view(session, actor, **given)


def seen(db: Database, actor: Actor) -> list[View]:
    with db.reading() as session:
        return list(queries.list_views(session, actor))


def did(db: Database, what: Callable[..., Any], actor: Actor, **given: Any) -> Any:
    with db.writing() as session:
        return what(session, actor, **given)


def test_a_view_keeps_its_query_and_stands_in_the_sidebar_of_whoever_saved_it(db: Database, office: Office) -> None:
    key = make(db, office.sales)
    (view,) = seen(db, office.sales)
    assert (view.id, view.name, view.query, view.pin, view.owner) == (key, "意向", QUERY, 0, "李销售")
    with db.reading() as session:
        assert queries.get_kept(session, office.sales, kind="customers", view_id=key).query == QUERY


def test_a_private_view_is_nobody_elses_and_reads_like_none(db: Database, office: Office) -> None:
    key = make(db, office.manager)
    for name, other in office.everybody().items():
        if name == "manager":
            continue
        assert seen(db, other) == []
        for what, given in (
            (service.rename_view, {"name": "我的"}),
            (service.share_view, {"audience": "all"}),
            (service.delete_view, {}),
            (service.pin_view, {"on": True}),
        ):
            with pytest.raises(NotFound):
                did(db, what, other, view_id=key, **given)
        with pytest.raises(NotFound):
            did(db, service.save_query, other, view_id=key, kind="customers", query="", version=1)
        with pytest.raises(NotFound):
            did(db, service.set_default, other, kind="customers", view_id=key)
        with db.reading() as session, pytest.raises(NotFound):
            queries.get_kept(session, other, kind="customers", view_id=key)


@pytest.mark.parametrize(
    ("audience", "reached"),
    [
        ("role:sales_rep", {"manager", "sales", "sales2", "outsider"}),
        ("role:finance", {"manager", "finance"}),
        (
            "all",
            {"manager", "sales", "sales2", "outsider", "service_lead", "service", "marketing", "finance", "admin"},
        ),
    ],
)
def test_a_shared_view_reaches_whom_it_was_shared_with(
    db: Database, office: Office, audience: str, reached: set[str]
) -> None:
    make(db, office.manager, audience=audience)
    assert {name for name, actor in office.everybody().items() if seen(db, actor)} == reached
    assert [view.pin for view in seen(db, office.manager)] == [0], "only whoever saved it has it pinned"


def test_sharing_takes_the_function(db: Database, office: Office) -> None:
    for name, actor in office.everybody().items():
        if name in ("admin", "manager", "marketing", "service_lead"):
            key = make(db, actor, audience="all", name=name)
            did(db, service.share_view, actor, view_id=key, audience="role:finance")
            continue
        with pytest.raises(Forbidden):
            make(db, actor, audience="all", name=name)
        key = make(db, actor, name=name)
        with pytest.raises(Forbidden):
            did(db, service.share_view, actor, view_id=key, audience="all")


def test_others_shared_views_are_changed_by_administrators_only(db: Database, office: Office) -> None:
    key = make(db, office.manager, audience="all")
    for other in (office.sales, office.marketing):
        for what, given in (
            (service.rename_view, {"name": "别的"}),
            (service.share_view, {"audience": "private"}),
            (service.share_view, {"audience": "role:finance"}),
            (service.delete_view, {}),
            (service.save_query, {"kind": "customers", "query": "", "version": 1}),
        ):
            with pytest.raises(Forbidden):
                did(db, what, other, view_id=key, **given)
    did(db, service.rename_view, office.admin, view_id=key, name="公司视图")
    assert seen(db, office.sales)[0].name == "公司视图"


def test_who_lost_the_function_may_take_back_but_not_change_what_all_see(db: Database, office: Office) -> None:
    key = make(db, office.manager, audience="all")
    with db.writing() as session:
        view = session.get_one(SavedView, key)
        view.owner_id = office.sales.user_id
    with pytest.raises(Forbidden):
        did(db, service.save_query, office.sales, view_id=key, kind="customers", query="", version=1)
    did(db, service.pin_view, office.outsider, view_id=key, on=True)
    did(db, service.pin_view, office.sales, view_id=key, on=True)
    did(db, service.share_view, office.sales, view_id=key, audience="private")
    assert seen(db, office.outsider) == []
    with db.reading() as session:
        assert [pin.user_id for pin in session.exec(select(ViewPin))] == [office.sales.user_id]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("f=mobile.contains.138", "views.problem.personal"),
        ("f=level.in.intent;contact.is.张三", "views.problem.personal"),
        ("f=(level.in.intent|email.filled)", "views.problem.personal"),
        ("q=13812345678", "views.problem.search"),
        ("q=li@example.com", "views.problem.search"),
        ("q=0755-26998888", "views.problem.search"),
    ],
)
def test_a_view_that_names_contact_data_is_not_shared(db: Database, office: Office, query: str, code: str) -> None:
    with pytest.raises(Refused, match=re.escape(code)):
        make(db, office.manager, query=query, audience="all")
    key = make(db, office.manager, query=query)
    with pytest.raises(Refused, match=re.escape(code)):
        did(db, service.share_view, office.manager, view_id=key, audience="all")
    shared = make(db, office.manager, name="共享", audience="all")
    with pytest.raises(Refused, match=re.escape(code)):
        did(db, service.save_query, office.manager, view_id=shared, kind="customers", query=query, version=1)


def test_a_save_over_somebody_elses_save_is_refused(db: Database, office: Office) -> None:
    key = make(db, office.manager, audience="all")
    did(db, service.save_query, office.manager, view_id=key, kind="customers", query="f=level.in.won", version=1)
    with pytest.raises(Refused, match=r"views.problem.changed"):
        did(db, service.save_query, office.admin, view_id=key, kind="customers", query="f=level.in.lost", version=1)


def test_names_are_one_persons_own_and_say_something(db: Database, office: Office) -> None:
    make(db, office.sales)
    make(db, office.sales2)
    for name in ("意向", " 意向 "):
        with pytest.raises(Refused, match=r"views.problem.taken"):
            make(db, office.sales, name=name)
    for name, code in (("  ", "no_name"), ("长" * 41, "long_name")):
        with pytest.raises(Refused, match=rf"views.problem.{code}"):
            make(db, office.sales, name=name)
    other = make(db, office.sales, name="另一个")
    with pytest.raises(Refused, match=r"views.problem.taken"):
        did(db, service.rename_view, office.sales, view_id=other, name="意向")
    did(db, service.rename_view, office.sales, view_id=other, name="另一个")


def test_nobody_shares_with_a_role_that_is_not_there(db: Database, office: Office) -> None:
    for audience in ("role:", "role:nobody", "everyone", "ROLE"):
        with pytest.raises(Refused, match=r"views.problem.audience"):
            make(db, office.admin, audience=audience)


def test_pins_stand_in_the_order_that_a_person_gives_them(db: Database, office: Office) -> None:
    keys = [make(db, office.sales, name=name) for name in "一二三"]
    did(db, service.arrange_pins, office.sales, view_ids=[keys[2], keys[0], 99, keys[2]])
    assert [view.name for view in seen(db, office.sales)] == ["三", "一", "二"]
    did(db, service.pin_view, office.sales, view_id=keys[2], on=False)
    did(db, service.pin_view, office.sales, view_id=keys[2], on=True)
    did(db, service.pin_view, office.sales, view_id=keys[2], on=True)
    assert [view.name for view in seen(db, office.sales)] == ["一", "二", "三"]


def test_there_is_an_end_to_views_and_to_pins(db: Database, office: Office) -> None:
    for n in range(MOST_VIEWS):
        make(db, office.sales, name=f"视图{n}", pinned=n < MOST_PINS)
    with pytest.raises(Refused, match=r"views.problem.many"):
        make(db, office.sales, name="多一个")
    last = seen(db, office.sales)[-1]
    with pytest.raises(Refused, match=r"views.problem.many_pins"):
        did(db, service.pin_view, office.sales, view_id=last.id, on=True)


def test_a_deleted_view_takes_pins_and_defaults_with_it(db: Database, office: Office) -> None:
    key = make(db, office.manager, audience="all")
    did(db, service.pin_view, office.sales, view_id=key, on=True)
    did(db, service.set_default, office.sales, kind="customers", view_id=key)
    with db.reading() as session:
        assert queries.get_default(session, office.sales, "customers") == key
    assert did(db, service.delete_view, office.manager, view_id=key) == "意向"
    with db.reading() as session:
        assert queries.get_default(session, office.sales, "customers") == 0
        assert session.exec(select(ViewPin)).all() == []


def test_a_default_is_chosen_and_dropped(db: Database, office: Office) -> None:
    key = make(db, office.sales)

    def default(session: Session) -> int:
        return queries.get_default(session, office.sales, "customers")

    did(db, service.set_default, office.sales, kind="customers", view_id=key)
    with db.reading() as session:
        assert default(session) == key
    did(db, service.set_default, office.sales, kind="customers", view_id=0)
    with db.reading() as session:
        assert default(session) == 0
    with pytest.raises(NotFound):
        did(db, service.set_default, office.sales, kind="contracts", view_id=key)


def test_views_in_reach_are_found_by_indices(db: Database, office: Office) -> None:
    found = plan(db, queries.select_views(office.sales))
    if db.engine.dialect.name == "sqlite":
        assert "SCAN saved_view" not in found, found
    else:
        assert "Seq Scan on saved_view" not in found, found

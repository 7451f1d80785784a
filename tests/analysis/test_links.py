"""Each figure and each mark opens the customer list with just the customers that it counted."""

from urllib.parse import parse_qs, urlsplit

import pytest
from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.analysis import queries
from crm_app.analysis.rules import charts
from crm_app.analysis.rules.tiles import make_tiles
from crm_app.analysis.rules.wording import Wording
from crm_app.analysis.schemas import Figures, Filters
from crm_app.core import clock
from crm_app.core.db import Database
from crm_app.directory.queries import find_page, list_for, load_known
from crm_app.listing.rules.address import parse_query
from crm_app.options.queries import labels
from crm_app.options.service import seed_presets
from crm_app.ui.figures import Chart
from tests.analysis.world import NOW, TODAY, World, ask, fill, happened_on, period_of, reached
from tests.factories import Office

FILTERS = (
    ("this-month", "", False),
    ("last-month", "MFG", False),
    ("this-year", "", True),
    ("2023", "RET", True),
    ("last-30-days", "", False),
)
DEPARTMENTS = ("last-90-days", "MFG")
"""A period and an industry that are asked of departments as well."""


def behind(session: Session, actor: Actor, href: str) -> int:
    """How many rows the customer list has at this address; nothing of it may be ignored."""
    parts = urlsplit(href)
    assert parts.path == "/customers"
    known = load_known(session, today=TODAY)
    asked = parse_query(list_for(actor, known), {k: v[0] for k, v in parse_qs(parts.query).items()}, known)
    assert asked.ignored == ()
    return find_page(session, actor, asked.query, known).total


def marks(chart: Chart, trace: int = 0) -> list[tuple[float, str]]:
    """Size and address of each mark as the browser gets them."""
    drawn = chart.figure["data"][trace]
    sizes = drawn["values"] if drawn["type"] == "pie" else drawn["x" if drawn.get("orientation") == "h" else "y"]
    addresses = [mark if isinstance(mark, str) else mark[0] for mark in drawn["customdata"]]
    return list(zip(sizes, addresses, strict=True))


def look(  # noqa: PLR0917 - The filters in the order of the address.
    session: Session, actor: Actor, key: str, industry: str, owner: int, departments: tuple[int, ...] = ()
) -> tuple[Figures, Wording, dict[str, tuple[int, str]]]:
    """The figures, and what each tile counts and opens."""
    filters = Filters(period_of(key), owner, industry)
    question = ask(key, owner=owner, industry=industry, departments=departments)
    figures = queries.measure(session, actor, question)
    words = Wording("zh", labels(session, "zh"), filters, question, TODAY)
    tiles = {tile.key: tile for tile in make_tiles(figures, queries.measure_before(session, actor, question), words)}
    now, stock = figures.totals, figures.stock
    counted = {
        "customers": stock.customers,
        "created": now.created,
        "follow_ups": now.followed,
        "deals": now.won,
        "amount": now.won,
        "conversion": now.converted,
        "overdue": stock.overdue,
    }
    return figures, words, {key: (counted[key], tile.href) for key, tile in tiles.items()}


@pytest.mark.parametrize(("key", "industry", "of_owner"), FILTERS)
def test_lists_behind_the_figures_have_as_many_rows(
    db: Database, office: Office, key: str, industry: str, of_owner: bool
) -> None:
    with db.writing() as session:
        seed_presets(session)
        world = fill(session, office, seed=7, count=200)
    owner = office.sales.user_id if of_owner else 0
    for actor in (office.sales, office.manager, office.admin):
        with db.reading() as session, clock.frozen(NOW):
            figures, words, tiles = look(session, actor, key, industry, owner)
            wrong = {n: c for n, c in tiles.items() if behind(session, actor, c[1]) != c[0]}
            assert wrong == {}
            check_charts(session, actor, figures, words)
            check_sales(session, actor, world, figures, words)
            check_follow_ups(session, actor, world, figures, words)


def test_lists_behind_a_department_have_as_many_rows(db: Database, office: Office) -> None:
    key, industry = DEPARTMENTS
    with db.writing() as session:
        seed_presets(session)
        world = fill(session, office, seed=9, count=200)
    for actor in (office.manager, office.admin):
        for departments in ((office.south,), (office.south, office.north)):
            with db.reading() as session, clock.frozen(NOW):
                figures, words, tiles = look(session, actor, key, industry, 0, departments)
                assert "department.in." in tiles["customers"][1]
                assert {n: c for n, c in tiles.items() if behind(session, actor, c[1]) != c[0]} == {}
                check_charts(session, actor, figures, words)
                check_sales(session, actor, world, figures, words)


def check_charts(session: Session, actor: Actor, figures: Figures, words: Wording) -> None:
    growth = charts.growth_chart(figures, words)
    of_customers = (
        charts.source_chart(figures, words),
        charts.industry_chart(figures, words),
        charts.level_chart(figures, words),
        growth,
    )
    for chart in of_customers:
        for size, href in marks(chart):
            assert behind(session, actor, href) == size
    for size, href in marks(growth, 1):
        assert behind(session, actor, href) == size


def check_sales(session: Session, actor: Actor, world: World, figures: Figures, words: Wording) -> None:
    mine = reached(world, actor, words.question)
    period = words.filters.period
    assert period.start and period.end_exclusive
    deals = [d for d in world.deals if d.customer_id in mine and d.deal_on]
    deals = [d for d in deals if d.deal_on and period.start <= d.deal_on < period.end_exclusive]
    for person, row in zip(figures.by_person, charts.sales_chart(figures, words).rows, strict=True):
        customers = {d.customer_id for d in deals if (d.owner_id or 0) == person.user_id}
        assert behind(session, actor, row.href) == len(customers)


def check_follow_ups(session: Session, actor: Actor, world: World, figures: Figures, words: Wording) -> None:
    mine = reached(world, actor, words.question)
    period = words.filters.period
    contacts = [f for f in world.follow_ups if f.customer_id in mine and happened_on(f.at, period)]
    for tally, (_, href) in zip(figures.by_method, marks(charts.method_chart(figures, words)), strict=True):
        customers = {f.customer_id for f in contacts if f.method == tally.code}
        assert behind(session, actor, href) == len(customers)
    for step, (_, href) in zip(words.question.steps, marks(charts.activity_chart(figures, words)), strict=True):
        customers = {f.customer_id for f in contacts if happened_on(f.at, step.period)}
        assert behind(session, actor, href) == len(customers)


def test_rows_of_the_table_open_what_the_marks_open(db: Database, office: Office) -> None:
    with db.writing() as session:
        seed_presets(session)
        fill(session, office, seed=8, count=200)
    with db.reading() as session:
        figures, words, _ = look(session, office.admin, "this-year", "", 0)
    for make in (
        charts.growth_chart,
        charts.source_chart,
        charts.industry_chart,
        charts.level_chart,
        charts.method_chart,
        charts.activity_chart,
        charts.sales_chart,
    ):
        chart = make(figures, words)
        assert [row.href for row in chart.rows] == [href for _, href in marks(chart)]
        assert all(len(row.cells) == len(chart.heads) for row in chart.rows)
        assert chart.summary

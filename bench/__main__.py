"""`make bench`: measure everything, print the table, keep the figures. `ARGS="list load"` measures a part."""

import sqlite3
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench import alone, beside, bulk, data, imports, load, own_fields, queries, report
from bench import browser as chrome
from bench.server import Server, build, running

SIZE = (100_000, 400_000)
LARGE = (1_000_000, 4_000_000)
PARTS = (
    "queries",
    "own",
    "import",
    "export",
    "duplicates",
    "bulk",
    "list",
    "customer",
    "save",
    "dashboard",
    "load",
    "beside",
    "large",
)
ALONE = {"queries", "own", "import", "export", "duplicates", "bulk", "large"}
"""The parts that need no server."""


def main() -> int:
    """Exit code 1 when a target was missed or a part did not come through."""
    wanted = sys.argv[1:] or list(PARTS)
    if unknown := set(wanted) - set(PARTS):
        print(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
        return 2
    made = data.prepare(*SIZE)
    figures: dict[str, Any] = {"demo_load_s": made.seconds}
    if "queries" in wanted or "large" in wanted:
        figures["queries_ms"] = queries.measure(made)
    parts = {
        "own": own_fields.measure,
        "import": imports.measure,
        "export": alone.measure_exports,
        "duplicates": alone.measure_duplicates,
        "bulk": bulk.measure,
    }
    for name, measure in parts.items():
        if name in wanted:
            figures |= measure(made)
    if set(wanted) - ALONE:
        build()
        folder = data.copy(made)
        with running(folder) as server:
            figures |= measure_server(server, made, wanted, folder)
    if "large" in wanted:
        figures |= measure_large(figures["queries_ms"])
    report.write(figures, size={"customers": SIZE[0], "follow_ups": SIZE[1]})
    report.show(figures)
    return 1 if report.missed(figures) or figures.get("failed_parts") else 0


def measure_server(server: Server, made: data.Data, wanted: list[str], folder: Path) -> dict[str, Any]:
    """Everything that needs the running server: first what one person sees, then the crowd."""
    figures: dict[str, Any] = {
        "second_start_s": round(server.start_s, 1),
        "memory_idle_mb": round(server.memory_mb(), 1),
    }
    database = made.folder / "crm.db"
    with chrome.chromium() as browser:
        parts = {
            "list": lambda: chrome.list_cold(browser, server.url) | chrome.listing(browser, server.url),
            "customer": lambda: chrome.customer(browser, server.url, busy_customer(database)),
            "save": lambda: chrome.save(browser, server.url),
            "dashboard": lambda: chrome.dashboard(browser, server.url),
        }
        samples, failed = chrome.run({name: part for name, part in parts.items() if name in wanted})
        script = load.record(browser, server.url) if {"load", "beside"} & set(wanted) else None
    figures |= {key: report.summary(values) for key, values in samples.items()}
    figures["failed_parts"] = failed
    if script and "load" in wanted:
        server.forget_blocks()
        figures |= measure_load(server, script, people_of(database))
    if script and "beside" in wanted:
        figures |= beside.measure(server, script, people_of(database), folder=folder)
    return figures


def measure_load(server: Server, script: load.Script, people: list[load.Somebody]) -> dict[str, Any]:
    """Fifty people at once."""
    before = server.processor_seconds()
    outcome, peak = load.run(server, script, people)
    blocks = server.longest_block()
    for error in outcome.errors[:5]:
        print(error)
    return {
        "load_p95_ms": round(outcome.percentile(0.95), 1),
        "load_p50_ms": round(outcome.percentile(0.5), 1),
        "load_errors": len(outcome.errors),
        "load_actions": len(outcome.all_ms()),
        "load_by_action_ms": {name: report.summary([1000 * s for s in took]) for name, took in outcome.seconds.items()},
        "load_processor_ms_an_action": round(
            1000 * (server.processor_seconds() - before) / max(1, len(outcome.all_ms())), 2
        ),
        "memory_peak_mb": round(peak, 1),
        "loop_block_ms": blocks["wall"],
        "loop_block_processor_ms": blocks["processor"],
        "loop_blocks_over_50": blocks["over_50"],
    }


def measure_large(small: Mapping[str, float]) -> dict[str, Any]:
    """The same queries at ten times the size, and how much the slowest of the indexed ones grew."""
    large = queries.measure(data.prepare(*LARGE))
    growth = {name: round(large[name] / small[name], 2) for name in queries.INDEXED}
    return {"queries_ms_at_1000000": large, "growth": growth, "growth_factor": max(growth.values())}


def busy_customer(database: Path) -> str:
    """The number of a customer with about fifty contacts."""
    statement = (
        "SELECT number FROM customer JOIN follow_up ON customer_id = customer.id "
        "GROUP BY customer.id HAVING count(*) >= 50 ORDER BY count(*), customer.id LIMIT 1"
    )
    return str(_ask(database, statement)[0][0])


def people_of(database: Path) -> list[load.Somebody]:
    """Those who may make customers, with some of their own."""
    statement = (
        "SELECT username, customer.number FROM account JOIN customer ON owner_id = account.id "
        "WHERE customer.id % 37 = 0 ORDER BY account.id, customer.id"
    )
    numbers: dict[str, list[str]] = {}
    for username, number in _ask(database, statement):
        numbers.setdefault(username, []).append(number)
    return [load.Somebody(username, tuple(own[:60])) for username, own in numbers.items()]


def _ask(database: Path, statement: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())

"""One computation serves all who ask the same of the same data."""

import asyncio

import pytest

from crm_app.core import changes
from crm_app.core.changes import Change
from crm_app.core.shared import Latest, Shared


class Sum:
    """A computation that counts its runs and waits for the test."""

    def __init__(self) -> None:
        self.runs = 0
        self.go = asyncio.Event()
        self.go.set()

    async def __call__(self) -> int:
        self.runs += 1
        mine = self.runs
        await self.go.wait()
        return mine


async def test_who_asks_at_the_same_time_shares_one_computation() -> None:
    shared: Shared[str, int] = Shared()
    compute = Sum()
    compute.go.clear()
    asked = [asyncio.create_task(shared.get("k", compute)) for _ in range(50)]
    await asyncio.sleep(0)
    compute.go.set()
    assert await asyncio.gather(*asked) == [1] * 50
    assert await shared.get("k", compute) == 1
    assert await shared.get("other", compute) == 2
    shared.close()


async def test_who_asks_after_a_change_never_gets_what_was_begun_before() -> None:
    shared: Shared[str, int] = Shared()
    compute = Sum()
    compute.go.clear()
    early = asyncio.create_task(shared.get("k", compute))
    await asyncio.sleep(0)
    with changes.collected() as announced:
        changes.announce(Change("customer", 1))
    changes.publish(announced)
    late = asyncio.create_task(shared.get("k", compute))
    await asyncio.sleep(0)
    compute.go.set()
    assert (await early, await late) == (1, 2)
    assert await shared.get("k", compute) == 2
    shared.close()


async def test_an_asker_that_goes_away_does_not_stop_the_others() -> None:
    shared: Shared[str, int] = Shared()
    compute = Sum()
    compute.go.clear()
    first, second = (asyncio.create_task(shared.get("k", compute)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    compute.go.set()
    assert await second == 1
    shared.close()


async def test_a_failure_is_not_kept() -> None:
    shared: Shared[str, int] = Shared()

    async def fail() -> int:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await shared.get("k", fail)
    assert await shared.get("k", Sum()) == 1
    shared.close()


async def test_only_the_latest_results_are_kept() -> None:
    shared: Shared[int, int] = Shared(most=3)
    compute = Sum()
    for key in range(5):
        await shared.get(key, compute)
    assert await shared.get(4, compute) == 5
    assert await shared.get(0, compute) == 6
    shared.close()


async def test_amid_changes_one_computation_runs_at_a_time() -> None:
    """A save between any two of fifty askers must not make fifty computations of the same."""
    shared: Shared[str, int] = Shared()
    compute = Sum()
    compute.go.clear()
    asked = []
    for _ in range(50):
        asked.append(asyncio.create_task(shared.get("k", compute)))
        await asyncio.sleep(0)
        shared.expire()
    assert compute.runs == 1
    compute.go.set()
    assert await asyncio.gather(*asked) == [1] + [2] * 49
    # The second was begun after the last change.
    assert await shared.get("k", compute) == 2
    shared.close()


def tell(customer_id: int) -> None:
    with changes.collected() as announced:
        changes.announce(Change("customer", customer_id))
    changes.publish(announced)


async def test_a_change_that_touches_nothing_of_a_result_leaves_it() -> None:
    shared: Shared[str, int] = Shared()
    compute = Sum()
    seen: list[list[int | None]] = []

    async def is_not_seven(batch: tuple[Change, ...]) -> bool:
        seen.append([change.customer_id for change in batch])
        return 7 not in seen[-1]

    async def look() -> int:
        return await shared.get("k", compute, untouched=is_not_seven)

    assert await look() == 1
    tell(1)
    tell(2)
    assert await look() == 1
    tell(3)
    assert await look() == 1
    tell(7)
    assert await look() == 2
    assert seen == [[1, 2], [3], [7]]
    shared.expire()
    assert await look() == 3
    for _ in range(300):
        tell(1)
    # More than is remembered.
    assert await look() == 4
    shared.close()


def test_the_latest_of_what_is_asked_for_is_kept_and_the_oldest_forgotten() -> None:
    latest: Latest[str, int] = Latest(most=2)
    latest.put("a", 1)
    latest.put("b", 2)
    assert latest.get("a") == 1
    latest.put("c", 3)
    assert (latest.get("a"), latest.get("b"), latest.get("c")) == (1, None, 3)
    latest.put("a", 4)
    assert latest.get("a") == 4

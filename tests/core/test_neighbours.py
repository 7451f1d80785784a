"""What a command line changes beside the running server, the server hears of."""

import asyncio
import json
import os
import socket
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from crm_app.core import changes, neighbours
from crm_app.core.changes import Change
from crm_app.core.settings import Settings
from tests.tabs import eventually


@pytest.fixture(params=["short", "a" * 90])
def folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder; the longer one's socket has an address that no socket can have."""
    made = tmp_path / request.param
    made.mkdir()
    settings = Settings(data_dir=made)
    monkeypatch.setattr(neighbours, "get_settings", lambda: settings)
    return made


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Change]]:
    """What is published while nobody else listens: commands of other tests have left their own listener behind."""
    monkeypatch.setattr(changes, "_listeners", [])
    found: list[Change] = []
    stop = changes.listen(found.extend)
    yield found
    stop()


async def test_each_change_arrives_as_it_was_told(folder: Path, heard: list[Change]) -> None:
    told = tuple(Change("customer", number, 7, same_reach=bool(number % 2)) for number in range(450))
    async with neighbours.heard():
        assert stat.S_IMODE((folder / neighbours.NAME).stat().st_mode) == 0o600
        await asyncio.to_thread(neighbours.tell, told)

        async def arrived() -> bool:
            return len(heard) == len(told)

        await eventually(arrived)
    assert tuple(heard) == told
    assert not (folder / neighbours.NAME).exists()


@pytest.mark.skipif(sys.platform != "linux", reason="Elsewhere a socket has no mode before it has a name.")
async def test_it_is_never_open_to_others(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modes: list[int] = []
    monkeypatch.setattr(Path, "chmod", lambda path, _mode: modes.append(stat.S_IMODE(path.stat().st_mode)))
    before = os.umask(0)
    try:
        async with neighbours.heard():
            pass
    finally:
        os.umask(before)
    assert modes == [0o600]


async def test_what_is_no_change_is_dropped_and_the_next_one_heard(folder: Path, heard: list[Change]) -> None:
    async with neighbours.heard():
        with neighbours._address(folder) as address, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            wrong = (["customer", 1, 2, False, "more"], [7, 1, 2, False], ["a", "1", 2, False], [["a"], 1, 2, False])
            for content in (b"", b"nonsense", b"7", b"[" * 50_000, *(json.dumps([one]).encode() for one in wrong)):
                sender.sendto(content, address)
        neighbours.tell((Change("customer"),))

        async def arrived() -> bool:
            return heard == [Change("customer")]

        await eventually(arrived)


async def test_a_server_that_was_killed_leaves_the_way_free(folder: Path, heard: list[Change]) -> None:
    neighbours.tell((Change("nobody listens"),))
    (folder / neighbours.NAME).touch()
    async with neighbours.heard():
        neighbours.tell((Change("customer"),))

        async def arrived() -> bool:
            return heard == [Change("customer")]

        await eventually(arrived)


async def test_who_hears_and_tells_does_not_tell_himself_for_ever(folder: Path, heard: list[Change]) -> None:
    stop = changes.listen(neighbours.tell)
    try:
        async with neighbours.heard():
            changes.publish([Change("customer", 1)])
            await asyncio.to_thread(neighbours.tell, (Change("customer", 2),))

            async def second_arrived() -> bool:
                return Change("customer", 2) in heard

            await eventually(second_arrived)
    finally:
        stop()
    # The first was told by the one that made it, and came back once.
    assert heard == [Change("customer", 1), Change("customer", 1), Change("customer", 2)]

"""Rows are read by two, and nobody can tell by which one."""

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from crm_app.admin.verify import verify
from crm_app.core import helping
from crm_app.core.helping import Gone
from crm_app.core.settings import get_settings
from crm_app.customers.queries.totals import miscounted
from crm_app.importing.schemas import ReadRow, RowKeys
from crm_app.importing.service.reader import Line, Readers
from tests.factories import make_customer
from tests.importing.conftest import Desk

PIECES: list[list[Line]] = [[(number, [f"{number}"], None, None)] for number in range(12)]


class Here:
    """Reads in this process, and remembers what."""

    def __init__(self) -> None:
        self.read: list[int] = []

    def __call__(self, lines: list[Line]) -> list[ReadRow]:
        self.read += [line[0] for line in lines]
        return read(lines)


class There:
    """A helper that is as quick as `ready` says, and dies after so many answers."""

    def __init__(self, *, ready: bool, answers: int = 1000) -> None:
        self.waiting: list[list[Line]] = []
        self.read: list[int] = []
        self._ready, self._answers = ready, answers

    def send(self, lines: list[Line]) -> None:
        if not self._answers:
            raise Gone
        self.waiting.append(lines)
        assert len(self.waiting) <= 2

    def has_answer(self) -> bool:
        return self._ready

    def receive(self) -> list[ReadRow]:
        if not self._answers:
            raise Gone
        self._answers -= 1
        lines = self.waiting.pop(0)
        self.read += [line[0] for line in lines]
        return read(lines)


def readers(here: Any, there: Any) -> Readers:
    return Readers(here, there)


def read(lines: list[Line]) -> list[ReadRow]:
    return [ReadRow(RowKeys(number, *cells * 6), True, (), (), "", "") for number, cells, _, _ in lines]


@pytest.mark.parametrize(
    "there", [None, There(ready=True), There(ready=False), There(ready=False, answers=3), There(ready=True, answers=0)]
)
def test_every_row_is_read_once_and_in_its_order(there: Any) -> None:
    here = Here()
    came = list(readers(here, there).read(iter(PIECES)))
    assert [lines for lines, _ in came] == PIECES
    assert [row.keys.row for _, rows in came for row in rows] == list(range(12))
    assert sorted([*here.read, *(there.read if there else [])]) == list(range(12))


def test_both_read_where_the_helper_takes_its_time() -> None:
    here, there = Here(), There(ready=False)
    list(readers(here, there).read(iter(PIECES)))
    assert here.read
    assert there.read


def test_what_is_read_ahead_is_bounded() -> None:
    taken = 0

    def pieces() -> Iterator[list[Line]]:
        nonlocal taken
        for piece in PIECES:
            taken += 1
            yield piece

    work = readers(Here(), There(ready=False)).read(pieces())
    next(work)
    assert taken <= 10


class InThread:
    """Makes helpers that are threads: what they say is the same."""

    def start(self) -> helping.Helper:
        here, there = socket.socketpair()
        threading.Thread(target=helping.help_at, args=(there,), daemon=True).start()
        return helping.Helper(here)


@pytest.mark.parametrize("is_helped", [False, True])
async def test_a_large_file_comes_in_the_same(desk: Desk, *, is_helped: bool) -> None:
    rows = [(f"客户{n}号公司", "制造业", "张三", f"138{n:08}") for n in range(1700)]
    rows[3] = ("错号公司", "制造业", "张三", "12300000000")
    rows[1400] = ("再来公司", "制造业", "张三", "13800000007")
    rows[1500] = ("行业公司", "无此行业", "张三", "13900000001")
    key = desk.bring(rows)
    helping.provide(InThread() if is_helped else None)  # type: ignore[arg-type]
    try:
        counts = await desk.check(key)
    finally:
        helping.provide(None)
    assert {name: counts[name] for name in ("rows", "problems", "ready", "twins_inside")} == {
        "rows": 1700,
        "problems": 2,
        "ready": 1698,
        "twins_inside": 1,
    }
    assert [twin.other for twin in desk.store_of(key).list_twins()] == [9]
    assert [text for _, text, _ in desk.store_of(key).list_words()] == ["无此行业"]
    assert (await desk.confirm(key))["created"] == 1697
    assert wrong(desk) == {}
    with desk.db.writing() as session:
        make_customer(session)
    with desk.db.reading() as session:
        assert miscounted(session) is None, "customers are counted one by one again"


def wrong(desk: Desk) -> dict[str, tuple[str, ...]]:
    found = verify(desk.db, get_settings().data_dir, zone=get_settings().zone)
    return {one.check: one.wrong for one in found if one.wrong and one.check not in ("administrator", "files")}

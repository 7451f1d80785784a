"""Run as a script: a server's reading with a process beside it, told as JSON.

A fork wants a process without threads, which no test runner has.
"""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import uvloop
from sqlalchemy import select
from sqlmodel import Session, col

from crm_app.access.people import staff
from crm_app.core import reading as core_reading
from crm_app.core.db import close_database, get_database
from crm_app.core.errors import Conflict, NotFound
from crm_app.core.problems import Invalid, Problem
from crm_app.core.reading import ReadingProcess
from crm_app.models import Department


def where(_session: Session) -> int:
    return os.getpid()


def echo(_session: Session, value: Any) -> Any:
    return value


def refuse(_session: Session, kind: str) -> None:
    if kind == "conflict":
        raise Conflict(field="name", theirs="a", mine="b", by="c", at="d", version=2)
    if kind == "invalid":
        raise Invalid({"name": Problem("error.name", {"text": "x"})})
    if kind == "odd":

        class Odd(Exception):
            pass

        raise Odd("no way to send it")
    if kind == "exit":
        raise SystemExit(3)
    raise NotFound("error.not_found", number="MFG-1")


def name_of(session: Session, department_id: int) -> str:
    return staff(session).departments[department_id]


def numbers(_session: Session) -> Iterator[int]:
    return iter(n * n for n in range(3))


def wait_long(_session: Session, path: str) -> None:
    """Leave a mark, and take a while."""
    with Path(path).open("a", encoding="utf-8") as marks:
        marks.write("x")
    time.sleep(0.3)


def add(session: Session, name: str) -> int:
    session.add(Department(name=name))
    session.flush()
    return session.execute(select(col(Department.id)).where(col(Department.name) == name)).scalar_one() or 0


def rename(session: Session, department_id: int, name: str) -> None:
    session.get_one(Department, department_id).name = name


def say(told: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


async def refused(kind: str) -> dict[str, Any]:
    try:
        await get_database().read(refuse, kind)
    except Exception as error:
        told = {"type": type(error).__name__, **getattr(error, "params", {}), "code": getattr(error, "code", "")}
        if isinstance(error, Invalid):
            told["problems"] = list(error.problems)
        return told | ({"says": str(error)} if kind == "odd" else {})
    return {}


async def tell(reading: ReadingProcess) -> dict[str, Any]:
    await reading.open()
    database = get_database()
    database.read_beside(reading)
    told: dict[str, Any] = {"server": os.getpid(), "beside": reading.pid, "where": await database.read(where)}
    told["here"] = await database.read_here(where)

    def closure(session: Session) -> int:
        return where(session)

    told["closure"] = await database.read(closure)
    told["large"] = len(await database.read(echo, "客" * 1_000_000))
    told["many"] = await asyncio.gather(*(database.read(echo, n) for n in range(200))) == list(range(200))
    for kind in ("missing", "conflict", "invalid", "odd", "exit"):
        told[kind] = await refused(kind)
    told["numbers"] = list(await database.read(numbers))
    told["after"] = await database.read(where)
    department = await database.write(add, "华东")
    told["named"] = await database.read(name_of, department)
    await database.write(rename, department, "华南")
    told["renamed"] = await database.read(name_of, department)
    return told


async def outlive(reading: ReadingProcess) -> dict[str, Any]:
    """What is asked of a process that ends is read here."""
    await reading.open()
    database = get_database()
    database.read_beside(reading)
    os.kill(reading.pid, signal.SIGKILL)
    return {"server": os.getpid(), "where": [await database.read(where) for _ in range(3)]}


async def hang(reading: ReadingProcess) -> dict[str, Any]:
    """A process that doesn't answer is ended, and all is read here."""
    core_reading._ANSWER_SECONDS = 0.5
    await reading.open()
    database = get_database()
    database.read_beside(reading)
    os.kill(reading.pid, signal.SIGSTOP)
    return {"server": os.getpid(), "where": await asyncio.gather(*(database.read(where) for _ in range(3)))}


async def give_up(reading: ReadingProcess) -> dict[str, Any]:
    """Of what nobody waits for any more, only what was begun is done."""
    await reading.open()
    database = get_database()
    database.read_beside(reading)
    marks = Path(os.environ["MARKS"])
    asked = [asyncio.create_task(database.read(wait_long, str(marks))) for _ in range(40)]
    while not marks.exists():  # noqa: ASYNC110, ASYNC240 - what is waited for is told to no one here.
        await asyncio.sleep(0.01)
    for task in asked:
        task.cancel()
    await asyncio.gather(*asked, return_exceptions=True)
    return {"after": await database.read(where), "beside": reading.pid}


async def wait(reading: ReadingProcess) -> dict[str, Any]:
    """Say who is there, and wait to be killed."""
    await reading.open()
    get_database().read_beside(reading)
    say({"beside": await get_database().read(where)})
    await asyncio.sleep(600)
    return {}


if __name__ == "__main__":
    close_database()
    scenarios = {"tell": tell, "outlive": outlive, "hang": hang, "give_up": give_up, "wait": wait}
    scenario = scenarios[sys.argv[1]]
    say(uvloop.run(scenario(ReadingProcess.fork(get_database, threads=4))))

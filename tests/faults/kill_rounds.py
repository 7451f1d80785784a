"""Run as a script: saves customers in a child process, kills it with SIGKILL at random moments, and reports as JSON.

A child tells a number through a pipe only after its unit of work has returned, as a page would show it.
"""

import json
import os
import random
import select
import signal
import sys
import time
from pathlib import Path
from typing import NoReturn

from crm_app.core.db import Database
from crm_app.customers.schemas import ContactInput, CreateCustomer
from crm_app.customers.service import create_customer
from crm_app.options.service import seed_presets
from tests.factories import Office, make_office

LONGEST_SECONDS = 0.12


def child(url: str, office: Office, round_number: int, pipe: int) -> NoReturn:
    """Save customers until killed."""
    database = Database(url)
    for n in range(1_000_000):
        contact = ContactInput(name="张三", email=f"kill{round_number}-{n}@example.com", is_main=True)
        command = CreateCustomer(
            values={"name": f"第{round_number}轮{n}号公司", "industry": "MFG"}, contacts=(contact,)
        )
        with database.writing() as session:
            reference = create_customer(session, office.sales, cmd=command)
        os.write(pipe, f"{reference.number}\n".encode())
    raise SystemExit(1)


def one_round(url: str, office: Office, round_number: int, wait: float) -> list[str]:
    """Kill one child after `wait` seconds of saving; the numbers that it acknowledged."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        child(url, office, round_number, writing)
    os.close(writing)
    told = os.read(reading, 65_536)
    if not told:
        raise RuntimeError("the child ended by itself")
    deadline = time.monotonic() + wait
    while (left := deadline - time.monotonic()) > 0:
        if select.select([reading], [], [], left)[0]:
            told += os.read(reading, 65_536)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    while rest := os.read(reading, 65_536):
        told += rest
    os.close(reading)
    # A line without its end was cut by the kill inside the pipe, not acknowledged.
    return told.decode().rpartition("\n")[0].splitlines()


def main(path: Path, rounds: int, seed: int) -> None:
    """Report acknowledged and lost numbers, halves of records, and SQLite's own opinion."""
    url = f"sqlite:///{path}"
    setup = Database(url)
    with setup.writing() as session:
        seed_presets(session)
        office = make_office(session)
    setup.close()
    chance = random.Random(seed)  # noqa: S311 - moments, not secrets.
    acknowledged: list[str] = []
    for round_number in range(rounds):
        acknowledged += one_round(url, office, round_number, chance.uniform(0, LONGEST_SECONDS))
    sys.stdout.write(json.dumps({"acknowledged": acknowledged, "rounds": rounds}) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))

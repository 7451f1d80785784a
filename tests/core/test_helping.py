"""Long work is helped by a process beside the server, and done without it where there is none."""

import json
import subprocess
import sys
from typing import Any

import psutil
import pytest

from crm_app.build import ROOT
from crm_app.core import helping


def command(scenario: str) -> list[str]:
    return [sys.executable, "-m", "tests.core.helps_beside", scenario]


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    done = subprocess.run(command("tell"), cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    return json.loads(done.stdout)


pytestmark = pytest.mark.skipif(not helping.is_worthwhile(), reason="there is one processor only, or no fork")


def test_each_helper_answers_in_order_and_is_a_process_of_its_own(told: dict[str, Any]) -> None:
    assert told["threes"] == [0, 3, 6, 9]
    assert told["fives"] == [0, 5, 10, 15]
    assert len({told["server"], *told["pids"]}) == 3


def test_it_stands_behind_whoever_serves_clicks(told: dict[str, Any]) -> None:
    assert told["nice"] > 0


def test_more_is_sent_than_a_socket_holds_and_nobody_waits_for_ever(told: dict[str, Any]) -> None:
    assert told["large"]


def test_whoever_asks_hears_when_it_cannot(told: dict[str, Any]) -> None:
    assert told["failed"]
    assert told["goes_on"] == 21
    assert told["unsendable"]
    assert told["died"]
    assert told["unmade"]


def test_without_any_the_work_is_done_alone(told: dict[str, Any]) -> None:
    assert told["without"]


def test_a_command_lets_them_go_before_its_end(told: dict[str, Any]) -> None:
    assert (told["children"], told["let_go"]) == ([], True)


def test_all_end_when_the_server_is_killed() -> None:
    with subprocess.Popen(command("linger"), cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        helper = psutil.Process(json.loads(server.stdout.readline())["helper"])
        waiting = psutil.Process(helper.ppid())
        assert waiting.ppid() == server.pid
        server.kill()
    _, alive = psutil.wait_procs([helper, waiting], timeout=30)
    assert not alive


def test_it_is_not_forked_beside_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("threading.active_count", lambda: 2)
    with pytest.raises(RuntimeError):
        helping.Helpers.fork()

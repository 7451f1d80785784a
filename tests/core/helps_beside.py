"""Run as a script: a command with helpers beside it, told as JSON.

A fork wants a process without threads, which no test runner has.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

import psutil

from crm_app.core.helping import Gone, helper, helping


def multiplier(factor: int) -> Callable[[Any], Any]:
    def work(value: Any) -> Any:
        match value:
            case "pid":
                return os.getpid()
            case "nice":
                return os.nice(0)
            case "fail":
                raise ValueError("it can't")
            case "die":
                os.kill(os.getpid(), signal.SIGKILL)
            case int():
                return factor * value
        return value

    return work


def no_maker() -> Callable[[Any], Any]:
    raise ValueError("it can't even begin")


def gone(ask: Callable[[], Any]) -> bool:
    try:
        ask()
    except Gone:
        return True
    return False


def tell() -> dict[str, Any]:
    told: dict[str, Any] = {"server": os.getpid()}
    with helping() as let_go:
        with helper(multiplier, 3) as one, helper(multiplier, 5) as other:
            assert one
            assert other
            for number in range(4):
                one.send(number)
                other.send(number)
            told["threes"] = [one.receive() for _ in range(4)]
            told["fives"] = [other.receive() for _ in range(4)]
            one.send("pid")
            one.send("nice")
            other.send("pid")
            told["pids"] = [one.receive(), other.receive()]
            told["nice"] = one.receive()
            large = "x" * 5_000_000
            for _ in range(3):  # More than a socket holds, and nobody reads meanwhile.
                one.send(large)
            told["large"] = all(one.receive() == large for _ in range(3))
            one.send("fail")
            told["failed"] = gone(one.receive)
            one.send(7)
            told["goes_on"] = one.receive()
            told["unsendable"] = gone(lambda: one.send(lambda: None))
            other.send("die")
            told["died"] = gone(other.receive)
        with helper(no_maker) as unmade:
            assert unmade
            unmade.send(1)
            told["unmade"] = gone(unmade.receive)
        let_go()
        told["children"] = [child.status() for child in psutil.Process().children()]
        with helper(multiplier, 3) as none:
            told["let_go"] = none is None
    with helper(multiplier, 3) as late:
        told["without"] = late is None
    return told


def main() -> None:
    if sys.argv[1] == "tell":
        sys.stdout.write(json.dumps(tell()))
        return
    with helping(), helper(multiplier, 3) as found:  # "linger": until somebody kills it.
        assert found
        found.send("pid")
        sys.stdout.write(json.dumps({"helper": found.receive()}) + "\n")
        sys.stdout.flush()
        while True:
            time.sleep(60)


if __name__ == "__main__":
    main()

"""Imports without server and browser, each in a process of its own: `python -m bench.imports FOLDER xlsx 10000`.

Prints one JSON object: seconds on the clock and of the processor for reading the file's head, the check and the
writing, and how much memory this process took above what it had before, in MB.
"""

import csv
import gc
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from bench.data import ROOT, Data, copy

HEADINGS = (
    *("客户名称", "所属行业", "客户来源", "所在地区", "企业地址", "企业规模"),
    *("联系人", "职位", "手机", "邮箱", "标签", "备注"),
)
_INDUSTRIES = ("制造业", "零售业", "信息技术服务业", "互联网", "金融", "教育")
_SOURCES = ("展会", "线上广告", "官网", "电话营销", "老客户推荐")
_PLACES = ("广东省深圳市南山区", "北京市朝阳区", "上海市浦东新区", "江苏省南京市", "浙江省杭州市西湖区")
_SIZES = ("100-499人", "50-99人", "500-999人")
_SURNAMES, _GIVEN = "王李张刘陈杨赵黄周吴", "伟芳娜敏静强磊洋勇艳杰涛明超霞平刚"
_SYLLABLES = "华盛鑫瑞恒达信泰隆昌宏远博雅智创联合中天海润德正光明金玉东方新世纪国泰民安"
_WORK = ("精密机械", "电子科技", "信息技术", "贸易", "食品", "建材", "物流", "医疗器械")


def rows(count: int, *, first: int = 0) -> Iterator[list[str]]:
    """Customers that nobody has, the same ones each time; `first` is the number of the first."""
    dice = random.Random(count + first)
    for n in range(first, first + count):
        name = "".join(dice.choices(_SYLLABLES, k=4))
        yield [
            f"{dice.choice(('深圳', '北京', '南京', '上海', '杭州'))}{name}{n}{dice.choice(_WORK)}有限公司",
            *(dice.choice(_INDUSTRIES), dice.choice(_SOURCES), dice.choice(_PLACES), f"科技路{n}号{n % 30}栋"),
            *(dice.choice(_SIZES), dice.choice(_SURNAMES) + "".join(dice.choices(_GIVEN, k=2)), "采购经理"),
            *(f"17{dice.choice('0135')}{n + 60_000_000}", f"buyer{n}@example.com", dice.choice(("重点", "老客户", ""))),
            f"第{n}行的备注,去年询价",
        ]


def write_file(path: Path, kind: str, count: int, *, first: int = 0) -> None:
    """The file to be brought in."""
    if kind == "csv":
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows(chain([HEADINGS], rows(count, first=first)))
        return
    from xlsxwriter import Workbook  # noqa: PLC0415 - needed for this kind only.

    book = Workbook(str(path), {"constant_memory": True})
    sheet = book.add_worksheet()
    for place, row in enumerate(chain([list(HEADINGS)], rows(count, first=first))):
        sheet.write_row(place, 0, row)
    book.close()


def measure(made: Data) -> dict[str, Any]:
    """Both sizes into a copy of the kept database."""
    figures: dict[str, Any] = {}
    for kind, count, name in (("xlsx", 10_000, "import_10k"), ("csv", 100_000, "import_100k")):
        env = os.environ | {"CRM_DATA_DIR": str(copy(made)), "CRM_DATABASE_URL": ""}
        command = [sys.executable, "-m", "bench.imports", kind, str(count)]
        done = subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True, text=True)
        found = json.loads(done.stdout.splitlines()[-1])
        figures |= {f"{name}_{key}": value for key, value in found.items()}
    return figures


class Clock:
    """Times by name, on the clock and of the processor (this process and those it ended)."""

    def __init__(self) -> None:
        self.times: dict[str, float] = {}

    def __call__(self, name: str, work: Callable[[], Any]) -> Any:
        began, processor = time.monotonic(), sum(os.times()[:4])
        result = work()
        self.times[f"{name}_s"] = round(time.monotonic() - began, 2)
        self.times[f"{name}_processor_s"] = round(sum(os.times()[:4]) - processor, 2)
        return result


def memory_mb() -> float:
    """What this process has in memory now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


class Peak(threading.Thread):
    """The most memory that the process had."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most, self._ended = 0.0, threading.Event()

    def run(self) -> None:
        while not self._ended.wait(0.02):
            self.most = max(self.most, memory_mb())

    def end(self) -> float:
        self._ended.set()
        self.join()
        return self.most


def run(kind: str, count: int) -> dict[str, float]:
    """One import, as the jobs of the page do it."""
    # So that the process that measures does not load the application itself.
    from crm_app.background.kinds import JobContext  # noqa: PLC0415
    from crm_app.core.db import get_database  # noqa: PLC0415
    from crm_app.importing import files, service  # noqa: PLC0415
    from crm_app.importing.command import _person  # noqa: PLC0415
    from crm_app.importing.jobs import carry_out, check_import  # noqa: PLC0415
    from crm_app.importing.service.receiving import look_into  # noqa: PLC0415

    database, clock = get_database(), Clock()
    with database.reading() as session:
        actor = _person(session, "admin")
    inbox = files.make_inbox()
    write_file(inbox / "source", kind, count)
    before, peak = memory_mb(), Peak()
    peak.start()
    headed = clock("read", lambda: look_into(inbox / "source"))
    with database.writing() as session:
        import_id = service.begin_import(session, actor, file_name=f"bench.{kind}", headed=headed)
        files.keep(inbox, import_id)

    def context(folder: str) -> JobContext:
        return JobContext(
            actor=actor,
            parameters={"import_id": import_id, "revision": 1, "most": 10**6},
            file=Path(folder) / "rejected.xlsx",
            snapshot=database.snapshot,
            writing=partial(database.writing, much=True),
            tell=lambda _done, _total: True,
            stop=threading.Event(),
        )

    with tempfile.TemporaryDirectory() as folder:
        checked = clock("check", lambda: check_import(context(folder)))
        with database.writing() as session:
            checked.record(session)
        written = clock("commit", lambda: carry_out(context(folder)))
    if written.rows != count:
        raise SystemExit(f"{written.rows:,} of {count:,} rows came in")
    times = clock.times
    total = {
        f"total{unit}": round(sum(times[f"{part}{unit}"] for part in ("read", "check", "commit")), 2)
        for unit in ("_s", "_processor_s")
    }
    return times | total | {"memory_mb": round(peak.end() - before, 1)}


def main() -> None:
    # As the server does it: everything loaded, then the process that helps.
    import crm_app.importing.jobs  # noqa: F401, PLC0415
    from crm_app.core.helping import helping  # noqa: PLC0415

    gc.collect()
    gc.freeze()
    with helping():
        print(json.dumps(run(sys.argv[1], int(sys.argv[2]))))


if __name__ == "__main__":
    main()

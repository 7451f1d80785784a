"""The files that jobs make, in the data folder: each attempt has a folder of its own, open to the server only."""

import re
import shutil
from collections.abc import Collection
from pathlib import Path

from crm_app.core.settings import get_settings

_NAME = re.compile(r"(\d+)-(\d+)")


def folder() -> Path:
    """Where they all are."""
    return get_settings().data_dir / "jobs"


def file_of(job_id: int, attempt: int) -> Path:
    """The file of one attempt."""
    return folder() / f"{job_id}-{attempt}" / "file"


def make_room(job_id: int, attempt: int) -> Path:
    """An empty file for an attempt, which nobody else may read."""
    file = file_of(job_id, attempt)
    remove(job_id, attempt)
    file.parent.mkdir(mode=0o700, parents=True)
    folder().chmod(0o700)
    file.touch(mode=0o600)
    return file


def remove(job_id: int, attempt: int) -> None:
    """Remove what an attempt left, if it did."""
    shutil.rmtree(file_of(job_id, attempt).parent, ignore_errors=True)


def list_kept() -> frozenset[tuple[int, int]]:
    """Jobs and attempts of which there are files."""
    if not folder().is_dir():
        return frozenset()
    names = (_NAME.fullmatch(one.name) for one in folder().iterdir())
    return frozenset((int(name[1]), int(name[2])) for name in names if name)


def remove_all(those: Collection[tuple[int, int]]) -> None:
    """Remove what several attempts left."""
    for job_id, attempt in those:
        remove(job_id, attempt)

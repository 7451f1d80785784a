"""The files of imports, in the data folder: each import has a folder of its own, open to the server only."""

import re
import shutil
import tempfile
from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path

from crm_app.core.errors import Refused
from crm_app.core.settings import get_settings
from crm_app.core.tables import rows_file

_NAME = re.compile(r"\d+")


def folder() -> Path:
    """Where they all are."""
    return get_settings().data_dir / "imports"


def folder_of(import_id: int) -> Path:
    """Where one import's are."""
    return folder() / str(import_id)


def source_of(import_id: int) -> Path:
    """The file that somebody brought."""
    return folder_of(import_id) / "source"


def make_inbox() -> Path:
    """A new folder for a file that is still arriving."""
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    folder().chmod(0o700)
    return Path(tempfile.mkdtemp(prefix="inbox-", dir=folder()))


def keep(inbox: Path, import_id: int) -> None:
    """Let what arrived be this import's."""
    inbox.rename(folder_of(import_id))


def open_again(import_id: int) -> Path:
    """A folder like an inbox, with the file of an import in it: what is read of it there changes nothing here.

    Raises Refused when it is gone.
    """
    source = source_of(import_id).absolute()
    if not source.is_file():
        raise Refused("importing.refused.gone")
    inbox = make_inbox()
    (inbox / source.name).symlink_to(source)
    return inbox


def take_rows(inbox: Path, import_id: int) -> None:
    """Let the rows that were read there be this import's."""
    rows_file(inbox / "source").replace(rows_file(source_of(import_id)))


def drop(inbox: Path) -> None:
    """Forget what arrived."""
    shutil.rmtree(inbox, ignore_errors=True)


def drop_old_inboxes(now: datetime) -> None:
    """Forget what never finished arriving: a server died meanwhile."""
    for inbox in folder().glob("inbox-*") if folder().is_dir() else ():
        if inbox.stat().st_mtime < (now - timedelta(days=1)).timestamp():
            drop(inbox)


def remove(import_id: int) -> None:
    """Remove an import's files."""
    shutil.rmtree(folder_of(import_id), ignore_errors=True)


def list_kept() -> frozenset[int]:
    """Imports of which there are files."""
    if not folder().is_dir():
        return frozenset()
    return frozenset(int(one.name) for one in folder().iterdir() if _NAME.fullmatch(one.name))


def remove_all(ids: Collection[int]) -> None:
    """Remove the files of several."""
    for import_id in ids:
        remove(import_id)

"""Whether this server can do its work right now; what `/healthz` answers."""

import logging
import shutil
import tempfile

from sqlalchemy.exc import SQLAlchemyError

from crm_app.core import migrate
from crm_app.core.db import get_database
from crm_app.core.settings import get_settings

FREE_BYTES = 64 * 1024 * 1024
"""With less room than this on the disk of the data folder, the next commit may fail."""

log = logging.getLogger(__name__)


async def check() -> dict[str, bool]:
    """Ask the database and the disk; False for each that fails."""
    return await get_database().call(_check)


def _check() -> dict[str, bool]:
    answers, is_current = True, False
    try:
        is_current = migrate.is_current(get_database().engine)
    except SQLAlchemyError:
        log.exception("The database does not answer")
        answers = False
    return {"database": answers, "schema": is_current, "disk": _is_disk_writable()}


def _is_disk_writable() -> bool:
    folder = get_settings().data_dir
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"x")
            file.flush()
        return shutil.disk_usage(folder).free >= FREE_BYTES
    except OSError:
        log.exception("The data folder can't be written to")
        return False

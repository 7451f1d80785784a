"""The server process: one event loop until a signal stops it, and beside it the process that reads for it.

Granian runs inside this process, not as its child: whoever stops or kills the process has stopped the server.
"""

import asyncio
import contextlib
import ctypes
import gc
import importlib
import logging
import os
import signal
import sys
import threading
from typing import Any, NoReturn

import uvloop
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server

from crm_app.core.db import close_database, get_database
from crm_app.core.helping import Helpers, is_worthwhile, provide
from crm_app.core.reading import ReadingProcess
from crm_app.core.settings import get_settings

log = logging.getLogger(__name__)

_M_ARENA_MAX = -8
"""Of glibc's malloc.h."""
SWITCH_SECONDS = 0.001
STOP_SECONDS = 1.5
"""Work that has not ended this long after the signal is dropped."""


def prepare() -> Any:
    """The app, in an interpreter that suits it."""
    app = importlib.import_module("crm_app.crm_app").app()
    # What is loaded now stays: out of the garbage collector's sight it makes no pauses, and a fork can share it.
    gc.collect()
    gc.freeze()
    # An event makes some thousand objects and hardly a cycle: to look for those each 700 objects took a twentieth of
    # the time, and to look through all that fifty tabs hold stops everybody.
    gc.set_threshold(10_000, 10, 100)
    # What a query needs of a second is little, but it steps in and out of SQLite for each row, and waits this long for
    # its turn whenever another thread computes: at Python's 5 ms a click among many took half as long again.
    sys.setswitchinterval(SWITCH_SECONDS)
    return app


def start_reading() -> ReadingProcess | None:
    """The process that reads for clicks, where it is worth its memory."""
    settings = get_settings()
    if not (settings.reading_process and is_worthwhile()):
        return None
    close_database()  # A connection must not be in two processes.
    try:
        return ReadingProcess.fork(get_database, threads=settings.database_threads)
    except (RuntimeError, OSError):
        log.exception("no reading process could be made; the server reads by itself, slower with many people")
        return None


def start_helpers(reading: ReadingProcess | None) -> Helpers | None:
    """The process that makes others for long work, where a second processor can do it."""
    if not (get_settings().helping_process and is_worthwhile()):
        return None
    close_database()
    try:
        return Helpers.fork(closing=(reading.descriptor,) if reading else ())
    except (RuntimeError, OSError):
        log.exception("no helping process could be made; long work takes longer")
        return None


async def serve(app: Any, reading: ReadingProcess | None) -> None:
    """Serve the app until SIGTERM or SIGINT, then end the process."""
    settings = get_settings()
    if reading:
        await reading.open()
        get_database().read_beside(reading)
    server = Server(
        app,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        log_level=LogLevels.error,
    )
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop, server)
    await server.serve()
    # The server has stopped and the app's own shutdown has run. What is left are the tasks of open sockets, which
    # don't end when they are cancelled, and Python would wait for them.
    end()


def end() -> NoReturn:
    """End the process without waiting for tasks and threads; what was not committed did not happen."""
    logging.shutdown()
    sys.stdout.flush()
    os._exit(0)


def stop(server: Server) -> None:
    """Let the server end by itself, and end it anyhow when that takes too long."""
    deadline = threading.Timer(STOP_SECONDS, end)
    deadline.daemon = True
    deadline.start()
    server.signal_handler_interrupt()


def _share_memory() -> None:
    """Let all threads allocate from two pools: with one for each, what one frees is of no use to the others."""
    with contextlib.suppress(OSError, AttributeError):  # Another C library has no such setting.
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)


def main() -> None:
    _share_memory()
    app = prepare()
    # An event costs a tenth less on it than on asyncio's own loop.
    reading = start_reading()
    provide(start_helpers(reading))
    uvloop.run(serve(app, reading))

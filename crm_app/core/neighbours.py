"""Changes made by another process on the same data: a command line that runs beside the server.

Each batch is a datagram to a socket in the data folder, which only the account that runs the server may open. What
cannot be delivered is dropped: pages then show it at their next event, as without this.
"""

import asyncio
import contextlib
import dataclasses
import json
import logging
import os
import socket
from collections.abc import AsyncIterator, Iterator
from contextvars import ContextVar
from pathlib import Path

from pydantic import ConfigDict, TypeAdapter

from crm_app.core.changes import Change, publish
from crm_app.core.settings import get_settings

log = logging.getLogger(__name__)

NAME = "changes.sock"
MOST = 200
"""So many changes a datagram: some 20 KB, which every system takes."""
LARGEST = 128 * 1024
SECONDS = 1
"""So long a command waits for a server that is behind with reading."""
_passes_on: ContextVar[bool] = ContextVar("passes_on", default=False)
"""Whether what is published now was heard here: to tell it as well would go round for ever."""
_BATCH = TypeAdapter(list[tuple[str, int | None, int | None, bool]], config=ConfigDict(strict=True))
"""The fields of a `Change`. A command of another version may send others, which pages would stumble over much later."""


def tell(batch: tuple[Change, ...]) -> None:
    """Tell the server, if one runs; a listener for `changes.listen`. What came from there is not told back."""
    if _passes_on.get():
        return
    with contextlib.suppress(OSError), _address(get_settings().data_dir) as address, _socket() as sender:
        sender.settimeout(SECONDS)
        for start in range(0, len(batch), MOST):
            content = [dataclasses.astuple(change) for change in batch[start : start + MOST]]
            sender.sendto(json.dumps(content).encode(), address)


@contextlib.asynccontextmanager
async def heard() -> AsyncIterator[None]:
    """Publish here what other processes tell; a lifespan task."""
    folder = get_settings().data_dir
    loop = asyncio.get_running_loop()
    with contextlib.ExitStack() as stack:
        try:
            receiver = stack.enter_context(_socket())
            (folder / NAME).unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                # Before it has a name, so that it never is open to others; where the system knows such a thing.
                os.fchmod(receiver.fileno(), 0o600)
            receiver.bind(stack.enter_context(_address(folder)))
            (folder / NAME).chmod(0o600)
        except OSError as error:
            log.warning("changes made by the command line show at the next event only: %s", error)
            yield
            return
        own = (folder / NAME).stat().st_ino
        # Not a datagram endpoint: uvloop has none for sockets of this family.
        loop.add_reader(receiver.fileno(), _receive, receiver)
        try:
            yield
        finally:
            loop.remove_reader(receiver.fileno())
            with contextlib.suppress(OSError):
                if (folder / NAME).stat().st_ino == own:
                    (folder / NAME).unlink()


def _receive(receiver: socket.socket) -> None:
    try:
        batch = _BATCH.validate_json(receiver.recv(LARGEST))
    except BlockingIOError:
        return
    except (OSError, ValueError):
        log.warning("something that is no change came over %s", NAME)
        return
    before = _passes_on.set(True)
    try:
        publish([Change(*change) for change in batch])
    finally:
        _passes_on.reset(before)


def _socket() -> socket.socket:
    made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    made.setblocking(False)
    return made


@contextlib.contextmanager
def _address(folder: Path) -> Iterator[str]:
    """The socket's address; by way of the open folder where its own would be too long for one (108 bytes)."""
    direct = str(folder / NAME)
    if len(os.fsencode(direct)) < 100:
        yield direct
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        yield f"/proc/self/fd/{opened}/{NAME}"
    finally:
        os.close(opened)

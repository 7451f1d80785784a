"""Processes that compute beside the server for as long as one long work takes.

A fork of the server, made before any thread and any connection, waits and does nothing; asked for a helper, it forks
once more. So a helper has the program loaded at once, shares its memory, takes no turns from the event loop, and may
use the second processor. Without one, whoever asked does the work alone.
"""

import contextlib
import logging
import os
import pickle
import queue
import select
import signal
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

log = logging.getLogger(__name__)

_HEAD = struct.Struct("<I")
_YIELDS = 10
"""Steps behind whoever serves clicks."""
_SILENT_SECONDS = 60.0
"""A piece of work takes less than one second: whoever has no answer by then has a helper that hangs."""


class Gone(Exception):
    """The helper has ended, or can't do it; the work is to be done without one."""


class Helper:
    """The end of whoever asked for it. It belongs to one thread."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        end.settimeout(_SILENT_SECONDS)

    def send(self, value: Any) -> None:
        """Ask for the answer to one piece of work. Raises Gone."""
        try:
            packed = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
            self._end.sendall(_HEAD.pack(len(packed)) + packed)
        except (OSError, pickle.PicklingError, TypeError, AttributeError) as error:
            raise Gone from error

    def has_answer(self) -> bool:
        """Whether the next answer is there, or at least its beginning."""
        return bool(select.select([self._end], [], [], 0)[0])

    def receive(self) -> Any:
        """The next answer, in the order of what was sent. Raises Gone."""
        try:
            fine, value = pickle.loads(_read(self._end))  # noqa: S301 - From the process that this one made.
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            raise Gone from error
        if not fine:
            raise Gone(value)
        return value

    def end(self) -> None:
        """Let it go; what it is computing nobody waits for."""
        self._end.close()


class Helpers:
    """The server's hold on the process that makes them. Any thread may ask."""

    def __init__(self, end: socket.socket, pid: int) -> None:
        self.pid = pid
        self._end = end
        self._turn = threading.Lock()

    @classmethod
    def fork(cls, *, closing: Sequence[int] = ()) -> "Helpers":
        """Make the process that waits; only the server returns from here. `closing` are descriptors not meant for it.

        Raises RuntimeError when a thread runs already: its locks would stay locked in the fork for ever.
        """
        if threading.active_count() > 1:
            raise RuntimeError("forked beside a thread")
        here, there = socket.socketpair()
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            here.close()
            for descriptor in closing:
                os.close(descriptor)
            _wait(there)
        there.close()
        return cls(here, pid)

    def start(self) -> Helper | None:
        """A helper; None when none can be made."""
        here, there = socket.socketpair()
        try:
            with self._turn, there:
                socket.send_fds(self._end, [b"."], [there.fileno()])
        except OSError:
            here.close()
            return None
        return Helper(here)

    def end(self) -> None:
        """Make no more; those that are at work end by themselves."""
        self._end.close()


_present: Helpers | None = None


def provide(helpers: Helpers | None) -> None:
    """Let `helper` find them, in this process."""
    global _present  # noqa: PLW0603 - One a process, as it is forked once.
    _present = helpers


@contextmanager
def helping() -> Iterator[Callable[[], None]]:
    """With helpers, for a command that is a process of its own; without any where that can't be.

    Gives what lets them go before the end: a hundred megabytes, where little else is shared any more.
    """
    made: Helpers | None = None
    if is_worthwhile() and threading.active_count() == 1:
        with contextlib.suppress(OSError):
            made = Helpers.fork()
    provide(made)

    def end() -> None:
        provide(None)
        if made:
            made.end()
            with contextlib.suppress(ChildProcessError):
                os.waitpid(made.pid, 0)

    try:
        yield end
    finally:
        end()


def is_worthwhile() -> bool:
    """Whether there is a second processor for it, and a system on which a program may be forked."""
    return sys.platform == "linux" and len(os.sched_getaffinity(0)) > 1


@contextmanager
def helper(make: Callable[..., Callable[[Any], Any]], *args: Any) -> Iterator[Helper | None]:
    """A helper that answers each piece with what `make(*args)` says of it; None where there is none."""
    found = _present.start() if _present else None
    try:
        if found:
            found.send((make, args))
    except Gone:
        log.warning("no helper can be told of %s.%s", make.__module__, make.__qualname__, exc_info=True)
        if found:
            found.end()
        found = None
    try:
        yield found
    finally:
        if found:
            found.end()


# --- there


def _wait(end: socket.socket) -> NoReturn:
    """Fork whenever one is asked for, until the server has gone."""
    try:
        for sign in (signal.SIGINT, signal.SIGTERM):  # Ctrl-C goes to all: the server says when it is over.
            signal.signal(sign, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # Nobody asks what became of one.
        while True:
            asked, descriptors, _, _ = socket.recv_fds(end, 1, 1)
            if not asked:
                break
            if os.fork() == 0:
                end.close()
                with contextlib.suppress(OSError):
                    os.nice(_YIELDS)
                help_at(socket.socket(fileno=descriptors[0]))
                break
            for descriptor in descriptors:
                os.close(descriptor)
    except OSError:
        pass  # The server has gone.
    except BaseException:
        log.exception("helpers can't be made any more")
    finally:
        os._exit(0)


def help_at(end: socket.socket) -> None:
    """Answer until nobody is there any more."""
    asked: queue.SimpleQueue[Any] = queue.SimpleQueue()
    # Reading goes on while something is computed, so that neither end ever waits for the other to read.
    threading.Thread(target=_listen, args=(end, asked), daemon=True).start()
    work: Callable[[Any], Any] | None = None
    while (packed := asked.get()) is not None:
        try:
            value = pickle.loads(packed)  # noqa: S301 - From the server, whose fork this is.
            if work is None:
                make, args = value
                work = make(*args)
                continue
            answer = pickle.dumps((True, work(value)), pickle.HIGHEST_PROTOCOL)
        except Exception as error:
            # Whoever asked does it again without a helper, and meets the error where it can be told.
            answer = pickle.dumps((False, type(error).__name__))
        try:
            end.sendall(_HEAD.pack(len(answer)) + answer)
        except OSError:
            return


def _listen(end: socket.socket, asked: "queue.SimpleQueue[Any]") -> None:
    try:
        while True:
            asked.put(_read(end))
    except (OSError, EOFError):
        asked.put(None)


def _read(end: socket.socket) -> bytes:
    (size,) = _HEAD.unpack(_exactly(end, _HEAD.size))
    return _exactly(end, size)


def _exactly(end: socket.socket, size: int) -> bytes:
    parts: list[bytes] = []
    while size:
        part = end.recv(min(size, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        size -= len(part)
    return b"".join(parts)

"""A second process for what clicks read, so that rows are made beside the event loop and not in its time.

Python computes in one thread at a time: with fifty people at work the loop and the readers waited for each other more
than for the database. The process is a fork of the server made before any thread and any connection, so that both hold
the program in the same memory. It ends when the server does; if it ends before, the server reads by itself.
"""

import asyncio
import contextlib
import copyreg
import itertools
import logging
import os
import pickle
import signal
import socket
import struct
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType
from typing import Any, NoReturn, Protocol

from crm_app.core import reference
from crm_app.core.errors import Portable

log = logging.getLogger(__name__)

_HEAD = struct.Struct("<IQ")
"""Bytes that follow, number of the question."""
_MOST_BYTES = 1 << 26
_ANSWER_SECONDS = 30.0
"""A click's reading takes some milliseconds: whoever has no answer by then has a process that hangs."""


class Gone(Exception):
    """The process has ended; what was asked is to be read another way."""


class Unsendable(Exception):
    """The question or its answer can't be sent, such as a closure or an iterator; it is to be read another way."""


class ReadingDatabase(Protocol):
    """What the process needs of `core.db.Database`."""

    def read_now(self, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any: ...


def _frozen_mapping(items: dict[Any, Any]) -> Mapping[Any, Any]:
    return MappingProxyType(items)


copyreg.pickle(MappingProxyType, lambda frozen: (_frozen_mapping, (dict(frozen),)))  # type: ignore[arg-type]


class ReadingProcess:
    """The server's end. All but `fork` belongs to the event loop."""

    def __init__(self, end: socket.socket, pid: int) -> None:
        self.pid = pid
        self._end = end
        self._numbers = itertools.count()
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._writer: asyncio.StreamWriter | None = None
        self._listening: asyncio.Task[None] | None = None

    @property
    def descriptor(self) -> int:
        """Of the server's end, which no other process may keep open: the process lives as long as it is."""
        return self._end.fileno()

    @classmethod
    def fork(cls, open_database: Callable[[], ReadingDatabase], *, threads: int) -> "ReadingProcess":
        """Make the process; only the server returns from here.

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
            _serve(there, open_database, threads)
        there.close()
        here.setblocking(False)
        return cls(here, pid)

    async def open(self) -> None:
        """Be ready for questions on this loop."""
        reader, self._writer = await asyncio.open_connection(sock=self._end, limit=_MOST_BYTES)
        self._listening = asyncio.create_task(self._listen(reader), name="reading-process")

    async def run(self, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """What `fn(session, …)` returns or raises there. Raises Gone, Unsendable."""
        if self._writer is None:
            raise Gone
        try:
            question = pickle.dumps((reference.generation(), fn, args, kwargs), pickle.HIGHEST_PROTOCOL)
        except (pickle.PicklingError, TypeError, AttributeError, NotImplementedError) as error:
            log.warning("%s.%s can't be read by the other process: %s", fn.__module__, fn.__qualname__, error)
            raise Unsendable from error
        number = next(self._numbers)
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        self._writer.write(_HEAD.pack(len(question), number) + question)
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                return await answer
        except asyncio.CancelledError:
            if self._asked.pop(number, None) and self._writer:
                self._writer.write(_HEAD.pack(0, number))  # Nobody waits for it any more.
            raise
        except TimeoutError:
            log.error("the reading process doesn't answer: %s.%s", fn.__module__, fn.__qualname__)
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            raise Gone from None

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        try:
            while True:
                size, number = _HEAD.unpack(await reader.readexactly(_HEAD.size))
                came = await reader.readexactly(size)
                answer = self._asked.pop(number, None)
                if answer and not answer.done():  # Whoever asked may have gone away.
                    _give(answer, came)
        except (asyncio.IncompleteReadError, ConnectionError):
            log.error("the reading process has ended; the server reads by itself, slower with many people")
        except Exception:
            log.exception("the reading process can't be heard; the server reads by itself, slower with many people")
        finally:
            if self._writer:
                self._writer.close()
            self._writer = None
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self.pid, os.WNOHANG)  # noqa: ASYNC222 - It doesn't wait.
            for answer in self._asked.values():
                if not answer.done():
                    answer.set_exception(Gone())
            self._asked.clear()


def _give(answer: asyncio.Future[Any], came: bytes) -> None:
    """Set what the process sent."""
    try:
        fine, value = pickle.loads(came)  # noqa: S301 - From the process that this one made.
        (answer.set_result if fine else answer.set_exception)(value)
    except Exception:
        log.exception("an answer of the reading process can't be read")
        answer.set_exception(Unsendable())


def _serve(end: socket.socket, open_database: Callable[[], ReadingDatabase], threads: int) -> NoReturn:
    """Answer until the server has gone; what is still being read then, nobody waits for."""
    try:
        for sign in (signal.SIGINT, signal.SIGTERM):  # Ctrl-C goes to both: the server says when it is over.
            signal.signal(sign, signal.SIG_IGN)
        desk = _Desk(end, open_database())
        readers = ThreadPoolExecutor(threads, thread_name_prefix="crm-read")
        with end.makefile("rb") as questions:
            while len(head := questions.read(_HEAD.size)) == _HEAD.size:
                size, number = _HEAD.unpack(head)
                if size:
                    desk.expected.add(number)
                    readers.submit(desk.answer, number, questions.read(size))
                else:
                    desk.expected.discard(number)
    except ConnectionError:
        pass  # The server has gone with answers that it hadn't read.
    except BaseException:
        log.exception("the reading process failed")
    finally:
        os._exit(0)


class _Desk:
    """Answers questions, in any thread."""

    def __init__(self, end: socket.socket, database: ReadingDatabase) -> None:
        self.expected: set[int] = set()
        """The questions that somebody waits for and no thread has begun."""
        self._end, self._database = end, database
        self._turn = threading.Lock()

    def answer(self, number: int, question: bytes) -> None:
        if number not in self.expected:
            return
        self.expected.discard(number)
        came = _LOST
        try:
            came = self._answer(question)
        finally:  # Whatever happened, whoever asked must hear.
            with self._turn, contextlib.suppress(OSError):  # The server has gone.
                self._end.sendall(_HEAD.pack(len(came), number) + came)

    def _answer(self, question: bytes) -> bytes:
        generation, fn, args, kwargs = pickle.loads(question)  # noqa: S301 - From the server that made this process.
        reference.catch_up(generation)
        try:
            result = self._database.read_now(fn, args, kwargs)
        except Exception as error:
            return _refusal(error)
        try:
            return pickle.dumps((True, result), pickle.HIGHEST_PROTOCOL)
        except Exception as error:
            log.warning("%s.%s can't be read by the other process: %s", fn.__module__, fn.__qualname__, error)
            return pickle.dumps((False, Unsendable()))


_LOST = pickle.dumps((False, RuntimeError("the reading process couldn't answer")))


def _refusal(error: Exception) -> bytes:
    """The error, or where it can't be sent, its kind; one that nobody foresaw stands in the log with its place."""
    if not isinstance(error, Portable):
        log.error("reading failed", exc_info=error)
    with contextlib.suppress(Exception):
        came = pickle.dumps((False, error), pickle.HIGHEST_PROTOCOL)
        pickle.loads(came)  # noqa: S301 - Made in the line before: many an error goes and can't be made again.
        return came
    return pickle.dumps((False, RuntimeError(type(error).__name__)))

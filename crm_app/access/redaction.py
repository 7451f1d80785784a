"""Keep out of every log what a log must not hold: cookies, tab tokens, what clients sent, people's numbers and mails.

Reflex logs the values of arguments that don't fit, whole events with their Cookie header, and tab tokens, which are
bearer keys of what a tab shows. Databases quote the row that breaks a rule. Logs are read, copied and kept by more
people than the data is.
"""

import logging
import re
import time
import traceback
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from crm_app.access.sessions import COOKIE

FRAMEWORK = ("reflex", "reflex_base", "socketio", "engineio", "asyncio")
"""Loggers whose messages quote what clients sent; of these only the words before the first quotation are kept."""

QUOTING = ("psycopg.", "sqlite3.", "pydantic_core.")
"""Where errors come from whose text quotes rows or input; of these only the kind is kept."""

MAX_MESSAGE = 2_000
MAX_REASON = 300

_QUOTATION = re.compile(r"[:'\"{\[(|<=`]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_SECRETS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(rf"({COOKIE}\s*[=:]\s*)[^\s;,'\"]+"), r"\1…"),
    (re.compile(r"((?:^|[?&;\s])token=)[^\s&;'\"]+", re.IGNORECASE), r"\1…"),
    (
        re.compile(r"(['\"]?\b(?:set-)?cookie['\"]?\s*[:=,]\s*)(?:b?'[^']*'|b?\"[^\"]*\"|\S[^\n]*)", re.IGNORECASE),
        r"\1…",
    ),
    (re.compile(r"(['\"]?\b\w*password\w*['\"]?\s*[:=]\s*)(?:'[^']*'|\"[^\"]*\"|[^\s,;)}]+)", re.IGNORECASE), r"\1…"),
    (re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)"), r"\1****\2"),
    (re.compile(r"[\w.+-]+@((?:[\w-]+\.)+[A-Za-z]{2,})"), r"***@\1"),
)


def scrub(text: str) -> str:
    """A text without secrets and personal data, and without anything that would forge another line of the log."""
    text = _CONTROL.sub("?", text)
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


def one_line(text: str, *, limit: int = MAX_MESSAGE) -> str:
    """As `scrub`, on one line."""
    text = scrub(text.replace("\r", "\\r").replace("\n", "\\n"))
    return text if len(text) <= limit else text[:limit] + "…"


def describe(error: BaseException) -> str:
    """The traceback without what the error quotes: of a database's error its kind only, of others one scrubbed line."""
    lines: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        lines += [line.rstrip("\n") for line in traceback.format_list(traceback.extract_tb(current.__traceback__))]
        lines.append(_reason(current))
        following = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
        if following is not None:
            lines.append("caused by:" if current.__cause__ else "while handling:")
        current = following
    return "\n".join(lines)


def _reason(error: BaseException) -> str:
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    if isinstance(error, SQLAlchemyError) or kind.startswith(QUOTING):
        return kind
    if _is_framework_made(error):
        return f"{kind}: {_first_words(str(error))}"
    return f"{kind}: {one_line(str(error), limit=MAX_REASON)}"


def _is_framework_made(error: BaseException) -> bool:
    """Whether the error was raised while the framework handled what a client sent, so that its text quotes that."""
    frames = traceback.extract_tb(error.__traceback__)
    where = frames[-1].filename if frames else ""
    return any(f"/{name}/" in where for name in FRAMEWORK) or "/json/" in where


def _first_words(text: str) -> str:
    return one_line(_QUOTATION.split(text, maxsplit=1)[0].strip(), limit=120)


class Record(logging.LogRecord):
    """A log record that holds no secret from the moment that it exists, whoever handles it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        try:
            text = super().getMessage()
        except (TypeError, ValueError):
            # A message that doesn't fit its arguments must not break the work that it tells of.
            text = str(self.msg)
        from_framework = self.name.partition(".")[0] in FRAMEWORK
        self.msg, self.args = (_first_words(text) if from_framework else one_line(text)), None
        if self.exc_info and self.exc_info[1] is not None:
            # Formatters print this text when it is there, and never look at the error itself.
            self.exc_text = describe(self.exc_info[1])
        self.stack_info = None


class Sparse(logging.Filter):
    """Lets what one place of the code says through once every few seconds, with the number of those held back.

    For what any client can cause as often as it likes: a flood must not fill the disk, nor drown everything else.
    """

    def __init__(self, seconds: float = 10) -> None:
        super().__init__()
        self.seconds = seconds
        self._said: dict[tuple[str, int], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        place, now = (record.pathname, record.lineno), time.monotonic()
        at, held_back = self._said.get(place, (-self.seconds, 0))
        if now - at < self.seconds:
            self._said[place] = (at, held_back + 1)
            return False
        if held_back:
            record.msg = f"{record.msg} ({held_back} more before)"
        self._said[place] = (now, 0)
        return True


CAUSED_BY_CLIENTS = (
    "asyncio",
    "crm_app.access.refused",
    "engineio.server",
    "reflex.app",
    "reflex_base.event.processor.base_state_processor",
    "reflex_base.event.processor.event_processor",
    "socketio.server",
    __name__,
)
"""Loggers that speak of what clients sent."""


def install() -> None:
    """From now on every log record of this process is scrubbed, and floods of them are thinned out."""
    logging.setLogRecordFactory(Record)
    for name in CAUSED_BY_CLIENTS:
        logger = logging.getLogger(name)
        if not any(isinstance(present, Sparse) for present in logger.filters):
            logger.addFilter(Sparse())


def report_backend_error(exception: Exception) -> None:
    """What Reflex calls when an event fails outside of a handler of ours; nothing reaches the browser."""
    logging.getLogger(__name__).error("an event failed", exc_info=exception)


def report_frontend_error(exception: Exception) -> None:
    """What Reflex calls with a browser's own report; anybody can send one, so it is short and of one line."""
    logging.getLogger(__name__).warning("a browser reports: %s", one_line(str(exception), limit=MAX_REASON))

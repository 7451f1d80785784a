"""No log record holds a secret or personal data, whatever wrote it and whoever handles it."""

import logging
from collections.abc import Iterator
from io import StringIO

import pytest
import reflex as rx
from pydantic import BaseModel
from sqlalchemy import create_engine, text

from crm_app.access import redaction
from crm_app.account.state import Sessions
from tests.factories import Office
from tests.tabs import Tabs


@pytest.fixture
def log() -> Iterator[StringIO]:
    """What a plain handler writes, as the server's own does."""
    former, written = logging.getLogRecordFactory(), StringIO()
    for name in redaction.CAUSED_BY_CLIENTS:
        # What other tests said a moment ago must not hold back what is said here.
        logging.getLogger(name).filters.clear()
    redaction.install()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield written
    finally:
        root.removeHandler(handler)
        logging.setLogRecordFactory(former)


@pytest.mark.parametrize(
    ("said", "kept", "gone"),
    [
        ("cookie: crm_session=s3cr3t; a=b", "", "s3cr3t"),
        ("{'cookie': 'crm_session=s3cr3t'}", "", "s3cr3t"),
        ("(b'cookie', b'theme=x; crm_session=s3cr3t')", "", "s3cr3t"),
        ("Set-Cookie: crm_session=s3cr3t; HttpOnly", "", "s3cr3t"),
        ("GET /_event/?EIO=4&token=s3cr3t&x=1", "EIO=4", "s3cr3t"),
        ("password='s3cr3t with spaces'", "password", "with spaces"),
        ('{"new_password": "s3cr3t"}', "", "s3cr3t"),
        ("call 13812345678 now", "138****5678", "13812345678"),
        ("id=138123456780000", "138123456780000", "****"),
        ("write to li.si@company.com", "@company.com", "li.si"),
        ("first\nERROR forged line", "first", "\nERROR"),
        ("first\r\nERROR forged line", "first", "\r"),
        ("a\x1b[2Jb\x00c\u2028d", "a", "\x1b"),
        ("half \ud800 pair", "half", "\ud800"),
        ("x" * 10_000, "xxx", "x" * 5_000),
    ],
)
def test_messages(log: StringIO, said: str, kept: str, gone: str) -> None:
    logging.getLogger("crm_app.test").warning("%s", said)
    assert kept in log.getvalue()
    assert gone not in log.getvalue()
    assert log.getvalue().count("\n") == 1


@pytest.mark.parametrize(
    ("logger", "said"),
    [
        ("reflex_base.event.processor", "Error transforming event argument 'x' with value 's3cr3t'"),
        ("reflex.app", "Received event from session abc with no associated token. Event data: s3cr3t"),
        ("reflex.app", "Attempting to send delta to disconnected client 's3cr3t'"),
        ("reflex_base.event", "Error in reflex_event|state.handler|s3cr3t|tx [txid=1]:"),
        ("asyncio", "Task exception was never retrieved\nfuture: <Task s3cr3t>"),
        ("engineio.server", "Received packet MESSAGE data 2/_event,[s3cr3t]"),
    ],
)
def test_of_the_framework_only_the_words_before_a_quotation(log: StringIO, logger: str, said: str) -> None:
    logging.getLogger(logger).error(said)
    assert "s3cr3t" not in log.getvalue()
    assert log.getvalue().strip()


def test_a_message_that_does_not_fit_its_arguments_breaks_nothing(log: StringIO) -> None:
    logging.getLogger("crm_app.test").warning("%d apples", "s3cr3t")
    assert "%d apples" in log.getvalue()


def test_of_a_databases_error_its_kind_only(log: StringIO) -> None:
    engine = create_engine("sqlite://")
    statement, row = text("INSERT INTO nowhere VALUES (:name)"), {"name": "王芳 13812345678"}
    try:
        with engine.connect() as connection:
            connection.execute(statement, row)
    except Exception:
        logging.getLogger("crm_app.test").exception("saving failed")
    assert "OperationalError" in log.getvalue()
    assert "test_redaction.py" in log.getvalue()
    assert "王芳" not in log.getvalue()
    assert "nowhere" not in log.getvalue()


def test_of_an_inputs_error_its_kind_only(log: StringIO) -> None:
    class Form(BaseModel):
        amount: int

    typed = {"amount": "s3cr3t"}
    try:
        Form.model_validate(typed)
    except Exception:
        logging.getLogger("crm_app.test").exception("reading failed")
    assert "ValidationError" in log.getvalue()
    assert "s3cr3t" not in log.getvalue()


def test_causes_are_told_and_scrubbed_too(log: StringIO) -> None:
    try:
        try:
            raise ValueError("number 13812345678")
        except ValueError as cause:
            raise LookupError("mail li.si@company.com") from cause
    except LookupError:
        logging.getLogger("crm_app.test").exception("failed")
    written = log.getvalue()
    assert "LookupError: mail ***@company.com" in written
    assert "caused by:" in written
    assert "ValueError: number 138****5678" in written


async def test_what_a_client_sends_never_reaches_the_log(sqlite_office: Office, tabs: Tabs, log: StringIO) -> None:
    tab = await tabs.open(sqlite_office.sales)
    assert tabs.app.event_namespace is not None
    cookie = tabs.app.event_namespace._static_router_data["sid-" + tab.token]["headers"]["cookie"]
    name = rx.event.Event.from_event_type([Sessions.end(1)])[0].name
    for event_name, payload in (
        (name, {"session_id": "s3cr3t-value"}),
        (name, {"s3cr3t-value": 1}),
        (name, {"self": "s3cr3t-value"}),
        (name, ["s3cr3t-value"]),
        (name, "s3cr3t-value"),
        ("reflex___state____state.set_is_hydrated", {"s3cr3t-value": True}),
        ("reflex___state____state.hydrate_and_load", {"vars": "s3cr3t-value", "hashes": 7}),
    ):
        try:
            await tab.fire_event(rx.event.Event(name=event_name, payload=payload))  # type: ignore[arg-type]
        except Exception as error:
            # The future of a failed event carries its error; only what was logged matters here.
            assert error is not None
    written = log.getvalue()
    assert "s3cr3t-value" not in written
    assert cookie.partition("=")[2] not in written
    assert tab.token not in written


def test_a_flood_of_one_message_is_thinned_out_and_counted(log: StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(redaction.time, "monotonic", lambda: now[0])
    logger = logging.getLogger("crm_app.test.flood")
    logger.addFilter(redaction.Sparse(seconds=10))
    for _ in range(1000):
        logger.warning("again")
    logger.warning("something else")
    now[0] = 11.0
    for _ in range(2):
        logger.warning("elsewhere")
    assert log.getvalue().count("again") == 1
    assert log.getvalue().count("something else") == 1


def test_a_browsers_own_report_is_one_short_line(log: StringIO) -> None:
    redaction.report_frontend_error(Exception("TypeError: x\nERROR forged " + "y" * 1000))
    assert log.getvalue().count("\n") == 1
    assert len(log.getvalue()) < 500


def test_a_failed_event_sends_nothing_to_the_browser(log: StringIO) -> None:
    assert redaction.report_backend_error(RuntimeError("boom")) is None
    assert "RuntimeError: boom" in log.getvalue()

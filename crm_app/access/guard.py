"""The guard: every state handler declares what it requires, and a middleware refuses whatever declares nothing.

Any client can send any event with any payload. `@requires` resolves the actor anew from the cookie, checks the role,
validates the arguments strictly and hands a typed call to the handler; `Gate` denies by default, empties a tab's state
when its cookie changes, and limits the rate. Row scope is the queries' part.
"""

import functools
import hashlib
import inspect
import logging
import secrets
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any, get_type_hints
from urllib.parse import quote

import reflex as rx
from pydantic import ConfigDict, TypeAdapter, ValidationError, create_model
from reflex.state import StateUpdate
from reflex_base.event import Event
from reflex_base.registry import RegistrationContext

from crm_app.access import sessions
from crm_app.access.actor import Actor
from crm_app.access.audit import Action, record
from crm_app.access.permissions import Permission
from crm_app.access.state import Frame, Toast
from crm_app.core.db import get_database
from crm_app.core.errors import CrmError, Forbidden, NotFound
from crm_app.core.problems import Invalid
from crm_app.core.settings import get_settings

log = logging.getLogger(__name__)

MAX_TEXT = 20_000
MAX_ITEMS = 1_000
SIGN_IN = "/login"
NEW_PASSWORD = "/account/password"  # noqa: S105 - a path.

_ROOT = "reflex___state____state."
FRAMEWORK_EVENTS = frozenset(
    {
        _ROOT + "hydrate",
        _ROOT + "hydrate_and_load",
        _ROOT + "set_is_hydrated",
        _ROOT + "reflex___state____on_load_internal_state.on_load_internal",
        _ROOT + "reflex___state____on_load_internal_state.set_is_hydrated",
        _ROOT + "reflex___state____update_vars_internal_state.update_vars_internal",
    }
)
"""What Reflex itself sends and no page needs to declare."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What a handler declared. `permission` is None for a public one."""

    name: str
    permission: Permission | None
    loads_page: bool = False
    while_password_expired: bool = False

    @property
    def public(self) -> bool:
        """Whether anybody may send it, signed in or not."""
        return self.permission is None


class BadRequest(CrmError):
    """The payload does not fit the handler's arguments: no page of ours sends that."""

    code = "error.bad_request"


def requires(
    permission: Permission,
    *,
    loads_page: bool = False,
    background: bool = False,
    supersedes: bool = False,
    while_password_expired: bool = False,
) -> Callable[[Callable[..., Any]], Any]:
    """Make `async def handler(self, actor, …)` an event handler for actors whose role holds `permission`.

    `loads_page`: it fills a page; a refusal shows the designed 403 or 404 instead of a toast. `supersedes`: a newer
    call cancels the older. A background handler gets the proxy as `self` and changes state inside `async with self`.
    """
    return _declare(
        permission, loads_page=loads_page, background=background, supersedes=supersedes, expired=while_password_expired
    )


def public(fn: Callable[..., Any]) -> Any:
    """Make `async def handler(self, …)` an event handler that anybody may call, signed in or not."""
    return _declare(None)(fn)


def _declare(
    permission: Permission | None,
    *,
    loads_page: bool = False,
    background: bool = False,
    supersedes: bool = False,
    expired: bool = False,
) -> Callable[[Callable[..., Any]], Any]:
    def decorate(fn: Callable[..., Any]) -> Any:
        policy = Policy(
            name=fn.__qualname__, permission=permission, loads_page=loads_page, while_password_expired=expired
        )
        check = _argument_check(fn, skip=1 if permission is None else 2)
        run = _background(fn, policy, check) if background else _foreground(fn, policy, check)
        _describe(run, fn, policy)
        # Reflex types a handler by its arguments, which `_describe` has just rewritten.
        as_event: Any = rx.event(background=background or None, supersedes=supersedes or None)
        return as_event(run)

    return decorate


def _foreground(fn: Callable[..., Any], policy: Policy, check: Callable[..., dict[str, Any]]) -> Callable[..., Any]:
    async def run(self: rx.State, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        frame = await self.get_state(Frame)
        if frame.toast.id:
            frame.toast = Toast()
        admitted = await _admit(self, frame, policy)
        if not isinstance(admitted, Actor | _Anybody):
            yield admitted
            return
        try:
            checked = check(args, kwargs)
            given = () if policy.public else (admitted,)
            result = fn(self, *given, **checked)
            if inspect.isasyncgen(result):
                async for event in result:
                    yield event
            else:
                event = await result
                if policy.loads_page:
                    frame._open("open")
                if event is not None:
                    yield event
                return
            if policy.loads_page and frame.gate == "wait":
                frame._open("open")
        except Exception as error:
            yield _answer(frame, policy, error)

    return run


def _background(fn: Callable[..., Any], policy: Policy, check: Callable[..., dict[str, Any]]) -> Callable[..., Any]:
    async def run(self: Any, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        async with self:
            frame = await self.get_state(Frame)
            admitted = await _admit(self, frame, policy)
        if not isinstance(admitted, Actor | _Anybody):
            yield admitted
            return
        try:
            checked = check(args, kwargs)
            given = () if policy.public else (admitted,)
            result = fn(self, *given, **checked)
            if inspect.isasyncgen(result):
                async for event in result:
                    yield event
            else:
                event = await result
                if event is not None:
                    yield event
        except Exception as error:
            async with self:
                event = _answer(await self.get_state(Frame), policy, error)
            yield event

    return run


class _Anybody:
    """Stands for an actor where none is needed."""


async def _admit(state: rx.State, frame: Frame, policy: Policy) -> Any:
    """The actor; or the event that sends the person where he can become one; or None when refused."""
    if policy.public:
        return _Anybody()
    actor = await current_actor(state)
    if actor is None:
        frame._open("wait")
        return _to_sign_in(state)
    frame._show(actor)
    if actor.must_change_password and not policy.while_password_expired:
        return rx.redirect(NEW_PASSWORD)
    if policy.permission is not None and not actor.may(policy.permission):
        await get_database().write(_record_denial, actor, policy.name)
        _refuse(frame, policy, Forbidden())
        return None
    return actor


async def current_actor(state: rx.State) -> Actor | None:
    """The actor behind this tab's cookie, read anew from the database; None without a living session."""
    token = session_token(state.router.headers.cookie)
    if not token:
        return None
    actor = await get_database().read(sessions.resolve, token, address=state.router.session.client_ip)
    if actor is not None:
        await _touch(actor.session_id)
    return actor


def session_token(cookie_header: str) -> str:
    """Our cookie's value in a Cookie header; empty when it isn't there."""
    try:
        jar = SimpleCookie(cookie_header)
    except CookieError:
        return ""
    return jar[sessions.COOKIE].value if sessions.COOKIE in jar else ""


_touched: OrderedDict[int, float] = OrderedDict()


async def _touch(session_id: int) -> None:
    now = time.monotonic()
    if now - _touched.get(session_id, -1e9) < sessions.SEEN_EVERY.total_seconds():
        return
    _touched[session_id] = now
    _touched.move_to_end(session_id)
    while len(_touched) > 10_000:
        _touched.popitem(last=False)
    await get_database().write(sessions.touch, session_id)


def _to_sign_in(state: rx.State) -> Any:
    url = state.router.url
    here = url.path + (f"?{url.query}" if url.query else "")
    return rx.redirect(SIGN_IN if here in ("", "/", SIGN_IN) else f"{SIGN_IN}?next={quote(here)}")


def _record_denial(session: Any, actor: Actor, handler: str) -> None:
    record(session, Action.ACCESS_DENIED, actor=actor, subject_kind="handler", subject_id=handler[:60])


def _refuse(frame: Frame, policy: Policy, error: CrmError) -> None:
    if policy.loads_page and isinstance(error, Forbidden | NotFound):
        frame._open("forbidden" if isinstance(error, Forbidden) else "missing")
    else:
        frame._say(error.code, error.params, kind="error")


def _answer(frame: Frame, policy: Policy, error: Exception) -> None:
    """Tell the person what happened. An unforeseen error gets a reference that leads to the log."""
    if isinstance(error, CrmError):
        _refuse(frame, policy, error)
        return
    if isinstance(error, Invalid):
        first = next(iter(error.problems.values()))
        frame._say(first.code, first.params, kind="error")
        return
    reference = secrets.token_hex(4)
    log.error("handler %s failed, reference %s", policy.name, reference, exc_info=error)
    if policy.loads_page:
        frame.reference = reference
        frame._open("broken")
    else:
        frame._say("error.unexpected", {"ref": reference}, kind="error")


def _argument_check(fn: Callable[..., Any], *, skip: int) -> Callable[..., dict[str, Any]]:
    """A function that turns a payload into the handler's arguments, strictly; raises BadRequest."""
    parameters = list(inspect.signature(fn).parameters.values())[skip:]
    hints = get_type_hints(fn)
    missing = [p.name for p in parameters if p.name not in hints]
    if missing:
        raise TypeError(f"{fn.__qualname__}: no type for {missing}")
    fields: dict[str, Any] = {p.name: (hints[p.name], ... if p.default is p.empty else p.default) for p in parameters}
    config = ConfigDict(extra="forbid", strict=True, str_max_length=MAX_TEXT)
    adapter = TypeAdapter(create_model(f"{fn.__name__}_arguments", __config__=config, **fields))
    names = [p.name for p in parameters]

    def check(args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        if len(args) > len(names):
            raise BadRequest
        given = dict(zip(names, args, strict=False)) | kwargs
        if not _is_bounded(given):
            raise BadRequest
        try:
            model = adapter.validate_python(given)
        except ValidationError:
            raise BadRequest from None
        return {name: getattr(model, name) for name in names}

    return check


def _is_bounded(value: Any, depth: int = 0) -> bool:
    """Whether a payload is of a size and depth that a page of ours could send."""
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, list | tuple):
        return depth < 4 and len(value) <= 2 * MAX_ITEMS and all(_is_bounded(v, depth + 1) for v in value)
    if isinstance(value, str):
        return len(value) <= MAX_TEXT and "\x00" not in value
    if isinstance(value, int | float):
        return abs(value) < 1e15
    return True


def _describe(run: Callable[..., Any], fn: Callable[..., Any], policy: Policy) -> None:
    """Let Reflex see the handler's own name and arguments, without the actor."""
    functools.update_wrapper(run, fn)
    del run.__wrapped__  # type: ignore[attr-defined]
    signature = inspect.signature(fn)
    hidden = () if policy.public else (list(signature.parameters)[1],)
    shown = [p for n, p in signature.parameters.items() if n not in hidden]
    run.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]
    run.__annotations__ = {n: a for n, a in fn.__annotations__.items() if n not in (*hidden, "return")}
    run.crm_policy = policy  # type: ignore[attr-defined]


class _Buckets:
    """A token bucket a tab; bounded, the longest unused ones go first."""

    def __init__(self, *, rate: float, burst: float, size: int = 20_000) -> None:
        self.rate, self.burst, self.size = rate, burst, size
        self.levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> bool:
        now = time.monotonic()
        level, since = self.levels.pop(key, (self.burst, now))
        level = min(self.burst, level + (now - since) * self.rate)
        allowed = level >= 1
        self.levels[key] = (level - 1 if allowed else level, now)
        while len(self.levels) > self.size:
            self.levels.popitem(last=False)
        return allowed


class Gate(rx.Middleware):
    """Sees every event, uploads, chained and background ones included, before its handler."""

    def __init__(self) -> None:
        rate = get_settings().events_per_second
        self._buckets = _Buckets(rate=rate, burst=rate * 2)

    async def preprocess(self, app: rx.App, state: Any, event: Event) -> StateUpdate | None:
        """Deny by default; an empty update ends the event without an answer."""
        root = state._get_root_state()
        frame = await root.get_state(Frame)
        token = session_token(root.router.headers.cookie)
        seal = hashlib.sha256(token.encode()).hexdigest()
        if frame._seal != seal:
            if frame._seal:
                root.reset()
            frame._seal = seal
        if event.name in FRAMEWORK_EVENTS:
            return None
        if policy_of(event.name) is None:
            log.warning("undeclared event refused")
            return StateUpdate()
        if not self._buckets.take(root.router.session.client_token):
            return StateUpdate()
        return None


def policy_of(event_name: str) -> Policy | None:
    """What the handler behind an event declared; None when it declared nothing."""
    registered = RegistrationContext.get().event_handlers.get(event_name)
    return getattr(registered.handler.fn, "crm_policy", None) if registered else None

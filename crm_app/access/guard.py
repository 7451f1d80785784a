"""The guard: every state handler declares what it requires; `access.gate` refuses whatever declares nothing.

Any client can send any event with any payload. `@requires` resolves the actor anew from the cookie, checks the role,
validates the arguments strictly and hands a typed call to the handler. A tab is told when its session has ended, and
then shows nothing more. Row scope is the queries' part.
"""

import functools
import inspect
import logging
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, get_type_hints
from urllib.parse import quote, urlencode

import reflex as rx

from crm_app.access import sessions
from crm_app.access.actor import Actor
from crm_app.access.arguments import argument_check, is_address
from crm_app.access.audit import Action, record
from crm_app.access.permissions import Permission
from crm_app.access.state import Frame
from crm_app.access.tabs import seal_of, session_token
from crm_app.core.db import get_database
from crm_app.core.errors import CrmError, Forbidden, NotFound
from crm_app.core.limits import Once
from crm_app.core.live import HUB, Interest
from crm_app.core.problems import Invalid

log = logging.getLogger(__name__)

MAX_PATH = 1_000
RECHECK_SECONDS = 5
"""A handler that runs longer than this is checked again each time it hands out something."""
DENIAL_SECONDS = 60
_SESSION_LANE = "session"
_NAMED = "own_field"
"""The kind of change after which a field may be called something else, which each page's frame says."""
SIGN_IN = "/login"
NEW_PASSWORD = "/account/password"  # noqa: S105 - a path.


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
        check = argument_check(fn, skip=1 if permission is None else 2)
        run = _background(fn, policy, check) if background else _foreground(fn, policy, check)
        _describe(run, fn, policy)
        # Reflex types a handler by its arguments, which `_describe` has just rewritten.
        as_event: Any = rx.event(background=background or None, supersedes=supersedes or None)
        return as_event(run)

    return decorate


def _foreground(fn: Callable[..., Any], policy: Policy, check: Callable[..., dict[str, Any]]) -> Callable[..., Any]:
    async def run(self: rx.State, /, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
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
                watch = _Watch(self, policy)
                async with aclosing(result):
                    async for event in result:
                        if policy.loads_page and frame.gate == "wait":
                            frame._open("open")
                        yield event
                        await watch.look()
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
            yield _answer(self, frame, policy, error)

    return run


def _background(fn: Callable[..., Any], policy: Policy, check: Callable[..., dict[str, Any]]) -> Callable[..., Any]:
    async def run(self: Any, /, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        async with self:
            frame = await self.get_state(Frame)
            admitted = await _admit(self, frame, policy)
            seal = frame._seal
        if not isinstance(admitted, Actor | _Anybody):
            yield admitted
            return
        try:
            checked = check(args, kwargs)
            given = () if policy.public else (admitted,)
            result = fn(_Guarded(self, policy, seal), *given, **checked)
            if inspect.isasyncgen(result):
                async for event in result:
                    yield event
            else:
                event = await result
                if event is not None:
                    yield event
        except _SessionEnded:
            # The tab may be somebody else's by now: its next event finds out what became of it.
            return
        except Exception as error:
            async with self:
                event = _answer(self, await self.get_state(Frame), policy, error)
            yield event

    return run


class _SessionEnded(Exception):
    """The session ended, or its role lost the function, while a handler was at work."""


class _Watch:
    """Looks again whether a handler that takes long may go on."""

    def __init__(self, state: rx.State, policy: Policy) -> None:
        self.state, self.policy = state, policy
        self.seen_at = time.monotonic()

    async def look(self) -> None:
        """Raises _SessionEnded; asks the database every few seconds only."""
        if self.policy.permission is None or time.monotonic() - self.seen_at < RECHECK_SECONDS:
            return
        actor = await current_actor(self.state)
        if actor is None or not actor.may(self.policy.permission):
            raise _SessionEnded
        self.seen_at = time.monotonic()


class _Guarded:
    """What a background handler gets as `self`: entering it fails once the tab or the session is somebody else's."""

    def __init__(self, proxy: Any, policy: Policy, seal: str) -> None:
        object.__setattr__(self, "_inner", (proxy, _Watch(proxy, policy), seal))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner[0], name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._inner[0], name, value)

    async def __aenter__(self) -> "_Guarded":
        proxy, watch, seal = self._inner
        await proxy.__aenter__()
        try:
            if (await proxy.get_state(Frame))._seal != seal:
                raise _SessionEnded
            await watch.look()
        except BaseException as error:
            await proxy.__aexit__(type(error), error, error.__traceback__)
            raise
        return self

    async def __aexit__(self, *exc_info: Any) -> None:
        await self._inner[0].__aexit__(*exc_info)


class _Anybody:
    """Stands for an actor where none is needed."""


async def _admit(state: rx.State, frame: Frame, policy: Policy) -> Any:
    """The actor; or the event that sends the person where he can become one; or None when refused."""
    if policy.public:
        return _Anybody()
    actor = await _watched_actor(state)
    if actor is None:
        return _dismiss(state, frame)
    frame._show(actor)
    if actor.must_change_password and not policy.while_password_expired:
        return rx.redirect(NEW_PASSWORD)
    if policy.permission is not None and not actor.may(policy.permission):
        if _denials.first((actor.session_id, policy.name)):
            await get_database().write(_record_denial, actor, policy.name)
        _refuse(frame, policy, Forbidden())
        return None
    if not is_address(str(state.router.url), state.rx_router_page.params):
        _refuse(frame, policy, NotFound())
        return None
    return actor


async def _watched_actor(state: rx.State) -> Actor | None:
    """The actor, on a tab that is told when his session ends (R10.5)."""
    actor = await current_actor(state)
    tab = state.router.session.client_token
    if actor is None or HUB.is_watching(tab, _SESSION_LANE):
        return actor
    kind = sessions.ended(seal_of(state.router.headers.cookie))
    HUB.watch(tab, _SESSION_LANE, Interest(frozenset({kind, _NAMED})), Presence.look)
    # It may have ended between the look and the watch.
    return await current_actor(state)


async def current_actor(state: rx.State) -> Actor | None:
    """The actor behind this tab's cookie, read anew from the database; None without a living session."""
    token = session_token(state.router.headers.cookie)
    if not token:
        return None
    actor = await get_database().read_here(sessions.resolve, token, address=state.router.session.client_ip)
    if actor is not None and sent_by_client.get() and _touches.first(actor.session_id):
        await get_database().write(sessions.touch, actor.session_id)
    return actor


sent_by_client: ContextVar[bool] = ContextVar("sent_by_client", default=False)
"""False for what the server itself started, such as bringing a page up to date: that keeps no session alive."""


_touches = Once(sessions.SEEN_EVERY.total_seconds())
_leaving = Once(sessions.SEEN_EVERY.total_seconds())
"""Sessions that their person ends himself, by the digest of the cookie: long enough for each of their tabs to hear."""
_denials = Once(DENIAL_SECONDS)
"""A denial costs a commit and a row that is kept: the same one again within a minute tells nothing new."""


def forget_recent() -> None:
    """Forget what was written lately and what roles grant; for a process that turns to another database."""
    _touches.clear()
    _leaving.clear()
    _denials.clear()
    sessions.forget_rights()


def expect_sign_out(seal: str) -> None:
    """The person behind this cookie is about to sign out: his tabs need not be told why they close."""
    _leaving.first(seal)


def _dismiss(state: rx.State, frame: Frame) -> Any:
    """Without a session: nothing of what was loaded stays, and the way leads to the sign-in page.

    What else was to be told to the tab is forgotten; what was on its way already is sent the same way again.
    """
    HUB.forget(state.router.session.client_token)
    url = state.router.url
    here = (url.path + (f"?{url.query}" if url.query else ""))[:MAX_PATH]
    left = _leaving.was(frame._seal)
    query = {} if left or url.path in ("", "/", SIGN_IN) else {"next": here}
    if frame.username:
        empty_tab(state._get_root_state(), frame._seal)
        frame._ended = not left
    if frame._ended:
        query["ended"] = "1"
    frame._open("wait")
    return rx.redirect(f"{SIGN_IN}?{urlencode(query, quote_via=quote, safe='/')}" if query else SIGN_IN)


def empty_tab(root: Any, seal: str) -> None:
    """Forget all that was loaded on this tab; the page in the browser stays as alive as it was."""
    hydrated = root.is_hydrated
    root.reset()
    root.is_hydrated = hydrated
    root.get_substate(Frame.get_full_name().split("."))._seal = seal


def _record_denial(session: Any, actor: Actor, handler: str) -> None:
    record(session, Action.ACCESS_DENIED, actor=actor, subject_kind="handler", subject_id=handler[:60])


def _refuse(frame: Frame, policy: Policy, error: CrmError) -> None:
    if policy.loads_page and isinstance(error, Forbidden | NotFound):
        frame._open("forbidden" if isinstance(error, Forbidden) else "missing")
    else:
        frame._say(error.code, error.params, kind="error")


def _answer(state: rx.State, frame: Frame, policy: Policy, error: Exception) -> Any:
    """Tell the person what happened. An unforeseen error gets a reference that leads to the log."""
    if isinstance(error, _SessionEnded):
        return _dismiss(state, frame)
    if isinstance(error, CrmError):
        _refuse(frame, policy, error)
        return None
    if isinstance(error, Invalid):
        first = next(iter(error.problems.values()))
        frame._say(first.code, first.params, kind="error")
        return None
    reference = secrets.token_hex(4)
    log.error("handler %s failed, reference %s", policy.name, reference, exc_info=error)
    if policy.loads_page:
        frame.reference = reference
        frame._open("broken")
    else:
        frame._say("error.unexpected", {"ref": reference}, kind="error")
    return None


def _describe(run: Callable[..., Any], fn: Callable[..., Any], policy: Policy) -> None:
    """Let Reflex see the handler's own name and arguments, without the actor."""
    functools.update_wrapper(run, fn)
    del run.__wrapped__  # type: ignore[attr-defined]
    signature = inspect.signature(fn)
    hidden = () if policy.public else (list(signature.parameters)[1],)
    hints = get_type_hints(fn)
    shown = [p.replace(annotation=hints.get(n, p.empty)) for n, p in signature.parameters.items() if n not in hidden]
    run.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]
    run.__annotations__ = {n: a for n, a in hints.items() if n not in (*hidden, "return")}
    run.crm_policy = policy  # type: ignore[attr-defined]


class Presence(rx.State):
    """How a tab is told that its session has ended, or that fields are called something else."""

    @requires(Permission.PROFILE_EDIT, while_password_expired=True)
    async def look(self, actor: Actor):
        """Nothing by itself: the guard sends away whoever has no session, and shows the others the frame of now."""

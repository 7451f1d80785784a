"""Signing in and out over HTTP: only an HTTP answer can set an HttpOnly cookie, and passwords stay out of events."""

from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from crm_app.access import sessions
from crm_app.access.actor import Actor
from crm_app.access.guard import expect_sign_out
from crm_app.access.passwords import check_new_password, hash_password, hashing
from crm_app.catalogue import LANGUAGES, say
from crm_app.core import origins
from crm_app.core.db import get_database
from crm_app.core.errors import CrmError, Refused
from crm_app.core.limits import SlidingLimit
from crm_app.core.problems import Invalid, Problem
from crm_app.core.settings import get_settings

REQUESTS, REQUEST_SECONDS = 120, 60
_requests = SlidingLimit(most=REQUESTS, seconds=REQUEST_SECONDS)
"""An address' requests in a minute: an office that signs in at nine, and too few to keep others from the database."""


class TooMany(CrmError):
    """The address asks faster than people do."""

    code = "error.too_many_requests"


class SignIn(BaseModel):
    """What the sign-in form sends."""

    model_config = ConfigDict(extra="forbid", strict=True)
    username: str = Field(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")
    password: str = Field(max_length=256)


class NewPassword(BaseModel):
    """What the form for the own password sends."""

    model_config = ConfigDict(extra="forbid", strict=True)
    current: str = Field(max_length=256)
    new: str = Field(max_length=256)


def _message(request: Request, code: str, **params: object) -> str:
    language = request.headers.get("x-crm-language", "zh")
    return say(language if language in LANGUAGES else "zh", code, **params)


def same_origin(request: Request) -> bool:
    """Whether a browser sent this from one of our own pages; other sites' forms and scripts are refused."""
    return origins.is_own(
        request.headers.get("origin", ""),
        scheme=request.url.scheme,
        host=request.headers.get("host", ""),
        allowed=get_settings().allowed_origins,
    )


def guarded(handler: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """Answer refusals as JSON in the person's language; nothing of an error but its message leaves the server."""

    async def answer(request: Request) -> Response:
        if not same_origin(request):
            return JSONResponse({"code": "error.forbidden", "text": _message(request, "error.forbidden")}, 403)
        try:
            if not _requests.take(client_address(request)):
                raise TooMany
            response = await handler(request)
        except Invalid as invalid:
            fields = {name: _message(request, p.code, **p.params) for name, p in invalid.problems.items()}
            response = JSONResponse({"code": "error.invalid", "fields": fields}, 422)
        except CrmError as error:
            text = _message(request, error.code, **error.params)
            is_early = isinstance(error, TooMany) or "locked" in error.code
            response = JSONResponse({"code": error.code, "text": text}, 429 if is_early else 401)
        except ValidationError:
            response = JSONResponse({"code": "error.bad_request", "text": _message(request, "error.bad_request")}, 400)
        response.headers["cache-control"] = "no-store"
        return response

    return answer


def client_address(request: Request) -> str:
    """The peer's address; behind a trusted proxy the server has already put the client's there."""
    return request.client.host if request.client else ""


async def request_actor(request: Request) -> Actor | None:
    """The actor behind the request's cookie."""
    token = request.cookies.get(sessions.COOKIE, "")
    return await get_database().read_here(sessions.resolve, token, address=client_address(request)) if token else None


def set_cookie(request: Request, response: Response, token: str) -> None:
    """Hand the session to the browser: not for scripts, not for other sites, over TLS only where TLS is."""
    response.set_cookie(
        sessions.COOKIE,
        token,
        max_age=get_settings().session_days * 86_400,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
        path="/",
    )


@guarded
async def sign_in(request: Request) -> Response:
    """Start a session; an earlier one of this browser ends."""
    form = SignIn.model_validate_json(await request.body())
    database = get_database()
    attempt = await database.write(sessions.begin_attempt, username=form.username, address=client_address(request))
    fits = await hashing(attempt.fits, form.password)
    device = request.headers.get("user-agent", "")
    token = await database.write(sessions.finish_sign_in, attempt, fits=fits, device=device)
    if token is None:
        raise Refused("error.sign_in.wrong")
    await _end_former(request)
    response = JSONResponse({"ok": True})
    set_cookie(request, response, token)
    return response


async def _end_former(request: Request) -> None:
    former = await request_actor(request)
    if former is not None:
        await get_database().write(sessions.end_session, former, former.session_id)


@guarded
async def sign_out(request: Request) -> Response:
    """End this browser's session."""
    if cookie := request.cookies.get(sessions.COOKIE):
        expect_sign_out(sessions.digest(cookie))
    await _end_former(request)
    response = JSONResponse({"ok": True})
    response.delete_cookie(sessions.COOKIE, path="/")
    return response


@guarded
async def change_password(request: Request) -> Response:
    """Set the own password; all sessions of the person end, and this browser gets a new one.

    Tries at the present one count like tries to sign in: a borrowed browser must not be able to guess it.
    """
    form = NewPassword.model_validate_json(await request.body())
    actor = await request_actor(request)
    if actor is None:
        raise Refused("error.sign_in.again")
    database = get_database()
    attempt = await database.write(sessions.begin_attempt, username=actor.username, address=client_address(request))
    if not await hashing(attempt.fits, form.current):
        await database.write(sessions.note_failure, attempt)
        raise Invalid({"current": Problem("error.password.wrong")})
    problem = check_new_password(form.new, username=actor.username, name=actor.name)
    if problem is None and form.new == form.current:
        problem = Problem("error.password.same")
    if problem:
        await database.write(sessions.forget_tries, attempt)
        raise Invalid({"new": problem})
    new_hash = await hashing(hash_password, form.new)
    device = request.headers.get("user-agent", "")
    token = await database.write(sessions.change_password, actor, attempt, new_hash=new_hash, device=device)
    response = JSONResponse({"ok": True})
    set_cookie(request, response, token)
    return response


def routes() -> list[Route]:
    """The HTTP routes of this slice."""
    endpoints: dict[str, Any] = {"sign-in": sign_in, "sign-out": sign_out, "password": change_password}
    return [Route(f"/api/auth/{name}", endpoint, methods=["POST"]) for name, endpoint in endpoints.items()]

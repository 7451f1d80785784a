"""HTTP: the first administrator, who then is signed in."""

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from crm_app.access import sessions
from crm_app.access.api import client_address, guarded, set_cookie
from crm_app.access.passwords import hash_password, hashing
from crm_app.admin.first_run import check_setup, create_first_administrator
from crm_app.core.db import get_database
from crm_app.core.errors import Refused
from crm_app.models import User


class Setup(BaseModel):
    """What the setup form sends."""

    model_config = ConfigDict(extra="forbid", strict=True)
    code: str = Field(max_length=100)
    username: str = Field(max_length=100)
    name: str = Field(max_length=100)
    password: str = Field(max_length=256)


def _check(session: Session, form: Setup, address: str) -> Refused | None:
    """A refusal is returned instead of raised, so that the wrong code is counted."""
    try:
        check_setup(session, address=address, **form.model_dump())
    except Refused as refused:
        return refused
    return None


def _create(session: Session, form: Setup, password_hash: str, address: str, device: str) -> str:
    """The new session's cookie."""
    user_id = create_first_administrator(session, address=address, password_hash=password_hash, **form.model_dump())
    return sessions.start_session(session, user=session.get_one(User, user_id), address=address, device=device)


@guarded
async def setup(request: Request) -> Response:
    """Create the first administrator with the code from the log.

    Only who has the code makes the server hash, and no transaction waits for that.
    """
    form = Setup.model_validate_json(await request.body())
    address, device = client_address(request), request.headers.get("user-agent", "")
    refused = await get_database().write(_check, form, address)
    if refused is not None:
        raise refused
    password_hash = await hashing(hash_password, form.password)
    token = await get_database().write(_create, form, password_hash, address, device)
    response = JSONResponse({"ok": True})
    set_cookie(request, response, token)
    return response


def routes() -> list[Route]:
    """The HTTP routes of this slice."""
    return [Route("/api/auth/setup", setup, methods=["POST"])]

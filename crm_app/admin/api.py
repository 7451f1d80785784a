"""HTTP: the first administrator, who then is signed in."""

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from crm_app.access import sessions
from crm_app.access.api import client_address, guarded, set_cookie
from crm_app.admin.first_run import create_first_administrator
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


def _create(session: Session, form: Setup, address: str, device: str) -> str | Refused:
    """The new session's cookie; a refusal is returned instead of raised, so that the wrong code is counted."""
    try:
        user_id = create_first_administrator(session, address=address, **form.model_dump())
    except Refused as refused:
        return refused
    return sessions.start_session(session, user=session.get_one(User, user_id), address=address, device=device)


@guarded
async def setup(request: Request) -> Response:
    """Create the first administrator with the code from the log."""
    form = Setup.model_validate_json(await request.body())
    device = request.headers.get("user-agent", "")
    result = await get_database().write(_create, form, client_address(request), device)
    if isinstance(result, Refused):
        raise result
    response = JSONResponse({"ok": True})
    set_cookie(request, response, result)
    return response


def routes() -> list[Route]:
    """The HTTP routes of this slice."""
    return [Route("/api/auth/setup", setup, methods=["POST"])]

"""HTTP: the way in of a file, streamed into a private folder; only an HTTP request can carry one (R4.1)."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, unquote

from sqlmodel import Session
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from crm_app.access.actor import Actor
from crm_app.access.api import request_actor, same_origin
from crm_app.access.permissions import Permission
from crm_app.catalogue import say
from crm_app.core.db import get_database
from crm_app.core.errors import CrmError, Forbidden, Refused
from crm_app.core.limits import SlidingLimit
from crm_app.core.text import clean_line
from crm_app.importing import files, service
from crm_app.importing.schemas import MOST_BYTES
from crm_app.importing.service.receiving import look_into
from crm_app.importing.service.runs import Headed
from crm_app.importing.service.template import make_template

PATH = "/api/imports"
TEMPLATE = "/api/imports/template"
UPLOADS, UPLOAD_SECONDS = 30, 600
_uploads = SlidingLimit(most=UPLOADS, seconds=UPLOAD_SECONDS)
"""A person's files in ten minutes: more than anybody brings, too few to fill the disk."""
RECEIVE_SECONDS = 600
_arriving = asyncio.Semaphore(4)
"""So many files arrive at a time; each takes room and, once it is here, a reader of its own."""
_MOST_OF_ONE = 2
_bringing: Counter[int] = Counter()
"""How many files of each person are arriving: nobody holds all places by sending slowly."""


async def upload(request: Request) -> Response:
    """Take a file in: its bytes are the body, its name a header. Answers the number of the import."""
    actor = await request_actor(request) if same_origin(request) else None
    refused = _why_not(request, actor)
    if actor is None or refused:
        code, status = refused or ("error.sign_in.again", 401)
        return _refusal(code, status, actor.language if actor else "zh")
    _bringing[actor.user_id] += 1
    try:
        async with _arriving:
            import_id = await _take_in(request, actor)
    except CrmError as error:
        status = 413 if error.code == "error.file.large" else 403 if isinstance(error, Forbidden) else 422
        text = say(actor.language, error.code, **error.params)
        return JSONResponse({"code": error.code, "text": text}, status, headers={"cache-control": "no-store"})
    except (TimeoutError, ClientDisconnect):
        return _refusal("error.file.broken_off", 408, actor.language)
    finally:
        _bringing[actor.user_id] -= 1
        if not _bringing[actor.user_id]:
            del _bringing[actor.user_id]
    return JSONResponse({"id": import_id}, 201, headers={"cache-control": "no-store"})


def _why_not(request: Request, actor: Actor | None) -> tuple[str, int] | None:
    """Why no byte of this request is read; None when it is welcome."""
    if not same_origin(request):
        return "error.forbidden", 403
    if actor is None or actor.must_change_password:
        return "error.sign_in.again", 401
    if not actor.may(Permission.CUSTOMER_IMPORT):
        return "error.forbidden", 403
    if _bringing[actor.user_id] >= _MOST_OF_ONE or _arriving.locked() or not _uploads.take(actor.user_id):
        return "error.too_many_requests", 429
    return None


async def _take_in(request: Request, actor: Actor) -> int:
    database = get_database()
    await database.read_here(service.check_room, actor)
    inbox = await database.call(files.make_inbox)
    try:
        async with asyncio.timeout(RECEIVE_SECONDS):
            await _receive(request, inbox / "source")
        headed = await asyncio.to_thread(look_into, inbox / "source")
        return await database.write(_begin, actor, _name_of(request), headed, inbox)
    finally:
        await database.call(files.drop, inbox)


def _begin(session: Session, actor: Actor, name: str, headed: Headed, inbox: Path) -> int:
    import_id = service.begin_import(session, actor, file_name=name, headed=headed)
    # Before the commit: an import without its file would be worse than a file without its import, which is swept up.
    files.keep(inbox, import_id)
    return import_id


async def _receive(request: Request, target: Path) -> None:
    """Write the body to a file that nobody else may read. Raises Refused when it is too large or empty."""
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > MOST_BYTES:
        raise Refused("error.file.large", most=MOST_BYTES >> 20)
    size = 0
    with await asyncio.to_thread(_open, target) as file:
        async for chunk in request.stream():
            size += len(chunk)
            if size > MOST_BYTES:
                raise Refused("error.file.large", most=MOST_BYTES >> 20)
            await asyncio.to_thread(file.write, chunk)
    if not size:
        raise Refused("error.file.empty")


async def template(request: Request) -> Response:
    """An empty table with every heading that is understood, for whoever may import."""
    actor = await request_actor(request)
    if actor is None or actor.must_change_password:
        return _refusal("error.sign_in.again", 401)
    if not actor.may(Permission.CUSTOMER_IMPORT):
        return _refusal("error.forbidden", 403, actor.language)
    content = await get_database().read_here(make_template, actor)
    name = quote(f"{say(actor.language, 'importing.template.file')}.xlsx", safe="")
    return Response(
        content,
        media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers={
            "content-disposition": f"attachment; filename=\"template.xlsx\"; filename*=UTF-8''{name}",
            "cache-control": "no-store",
        },
    )


def _open(target: Path) -> BinaryIO:
    target.touch(mode=0o600)
    return target.open("wb")


def _name_of(request: Request) -> str:
    """The file's name as the person knows it: nothing is ever opened by it."""
    name = clean_line(unquote(request.headers.get("x-file-name", "")), max_length=400)
    return name.replace("\\", "/").rpartition("/")[2][-200:] or "—"


def _refusal(code: str, status: int, language: str = "zh") -> Response:
    return JSONResponse({"code": code, "text": say(language, code)}, status, headers={"cache-control": "no-store"})


def routes() -> list[Route]:
    """The HTTP routes of this slice."""
    return [Route(PATH, upload, methods=["POST"]), Route(TEMPLATE, template, methods=["GET"])]

"""HTTP: the file of a job, for its owner, as long as it is kept."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from crm_app.access.api import client_address, request_actor
from crm_app.background import files, queries
from crm_app.background.kinds import KINDS
from crm_app.catalogue import say
from crm_app.core.clock import utcnow
from crm_app.core.db import get_database
from crm_app.core.limits import SlidingLimit

DOWNLOADS, DOWNLOAD_SECONDS = 60, 60
_downloads = SlidingLimit(most=DOWNLOADS, seconds=DOWNLOAD_SECONDS)
"""An address' downloads in a minute: more than an office clicks, and too few to guess numbers with."""
_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


async def download(request: Request) -> Response:
    """The file. What is somebody else's, too old, cancelled or never was reads alike: not found."""
    if not _downloads.take(client_address(request)):
        return _refusal("error.too_many_requests", 429)
    actor = await request_actor(request)
    if actor is None or actor.must_change_password:
        return _refusal("error.sign_in.again", 401)
    job_id = request.path_params["job_id"]
    found = None
    if job_id < 1 << 31:
        found = await get_database().read(queries.get_download, actor, job_id, utcnow())
    kind = KINDS.get(found[0]) if found else None
    if found is None or kind is None or not actor.may(kind.permission):
        return _refusal("background.gone", 404, actor.language)
    file = files.file_of(found[1].job_id, found[1].attempt)
    if not await get_database().call(file.is_file):
        return _refusal("background.gone", 404, actor.language)
    name = found[1].name
    suffix = name.rpartition(".")[2]
    return FileResponse(
        file,
        media_type=_TYPES.get(suffix, "application/octet-stream"),
        headers={
            # The first is for programs that don't know the second (RFC 6266).
            "content-disposition": f"attachment; filename=\"export.{suffix}\"; filename*=UTF-8''{quote(name, safe='')}",
            "cache-control": "no-store",
        },
    )


def _refusal(code: str, status: int, language: str = "zh") -> Response:
    return JSONResponse({"code": code, "text": say(language, code)}, status, headers={"cache-control": "no-store"})


def routes() -> list[Route]:
    """The HTTP routes of this slice."""
    return [Route("/api/jobs/{job_id:int}/file", download, methods=["GET"])]

"""How a job reads to its owner."""

from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo
from typing import Any

from crm_app.background.kinds import KINDS
from crm_app.background.schemas import FILE_KEPT, OPEN, JobRow, JobView, State
from crm_app.catalogue import say
from crm_app.core.clock import format_local

_COLORS = {
    State.WAITING: "gray",
    State.RUNNING: "blue",
    State.DONE: "green",
    State.FAILED: "red",
    State.CANCELLED: "gray",
}


def changed(user_id: int) -> str:
    """The kind of the change that says that a job of this person went on."""
    return f"job:{user_id}"


def has_file(row: JobRow, now: datetime) -> bool:
    """Whether its file can still be fetched."""
    kept = row.ended_at is not None and row.ended_at > now - FILE_KEPT
    return row.state is State.DONE and bool(row.file_name) and kept


def view_of(row: JobRow, *, language: str, tz: tzinfo, now: datetime) -> JobView:
    """The job in a language, at this moment."""
    fetchable = has_file(row, now)
    return JobView(
        id=row.id,
        title=say(language, f"background.kind.{row.kind}"),
        state=row.state,
        label=say(language, f"background.state.{row.state}"),
        color=_COLORS[row.state],
        open=row.state in OPEN,
        done=row.done,
        total=row.total,
        percent=min(100, 100 * row.done // row.total) if row.total else 0,
        counted=_counted(row, language),
        message=say(language, row.message, **row.message_params) if row.message else "",
        created=format_local(row.created_at, tz=tz),
        href=f"/api/jobs/{row.id}/file" if fetchable else "",
        page=page(row.parameters) if (page := _page_of(row)) else "",
        file_name=row.file_name,
        until=format_local(row.ended_at + FILE_KEPT, tz=tz) if fetchable and row.ended_at else "",
    )


def _page_of(row: JobRow) -> Callable[[Mapping[str, Any]], str] | None:
    kind = KINDS.get(row.kind)
    return kind.page if kind else None


def _counted(row: JobRow, language: str) -> str:
    if row.state is State.WAITING or not row.total:
        return ""
    if row.state is State.DONE:
        return say(language, "background.rows", n=f"{row.total:,}")
    return say(language, "background.rows_of", done=f"{row.done:,}", total=f"{row.total:,}")

"""Opening reviews: by a person's wish, and by itself at the end of a month (R5.3)."""

from datetime import datetime
from functools import partial
from typing import Any

from sqlmodel import Session

from crm_app.access.permissions import Permission
from crm_app.background.kinds import JobContext, JobKind, Outcome
from crm_app.review import queries, service
from crm_app.ui import routes


def open_asked(job: JobContext) -> Outcome:
    """Open the review that somebody asked for, in the transaction that ends the job."""
    month = str(job.parameters["month"])
    with job.snapshot() as session:
        count = queries.count_reviewable(session)
    return Outcome(rows=count, record=partial(service.open_review, month=month, actor=job.actor))


def page_of(_parameters: Any) -> str:
    """Where the review is worked at."""
    return routes.REVIEW


OPEN = JobKind(queries.KIND, Permission.REVIEW_OPEN, open_asked, page_of)


def open_due(session: Session, _now: datetime, month: int) -> None:
    """Open the review of a month such as 202611; nothing when somebody was quicker."""
    try:
        service.open_review(session, month=f"{month // 100}-{month % 100:02d}")
    except service.AlreadyOpen:
        return

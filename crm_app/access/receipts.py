"""A form that was saved but whose answer was lost is sent again, by the browser or by its person: it is saved once.

The browser names each form it fills by a ticket and keeps the name with what is typed; the receipt says what the form
became, in the same transaction as the deed. So it holds through a lost connection, a restart and a crash.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from crm_app.access.actor import Actor
from crm_app.core.clock import utcnow
from crm_app.models import Receipt

KEPT = timedelta(days=30)
"""Nobody sends a form again after that long: a draft ends with its tab."""
LONGEST = 60


class Kind(StrEnum):
    """What a form becomes."""

    CUSTOMER = "customer"
    FOLLOW_UP = "follow_up"
    TASK = "task"


@dataclass(slots=True)
class Slip:
    """One ticket in the running transaction.

    `saved`: what the same form became before, None if nothing. `before`: what it became before its person changed it.
    """

    saved: int | None = None
    before: int | None = None
    _row: Receipt | None = None
    _digest: str = ""

    def fill(self, session: Session, row_id: int) -> None:
        """Note what the form becomes."""
        if self._row is not None:
            self._row.row_id, self._row.digest, self._row.at = row_id, self._digest, utcnow()
            session.flush()


def take(session: Session, actor: Actor, kind: Kind, ticket: str, *, content: Mapping[str, Any]) -> Slip:
    """What was saved under the ticket before; others that send it wait until this transaction ends.

    Without a ticket nothing is remembered. `content` is what the person typed, not what was made of it: the same form
    means another moment when it is sent again.
    """
    if not ticket:
        return Slip()
    digest = _digest(content)
    key = (actor.user_id, kind.value, ticket[:LONGEST])
    row = session.get(Receipt, key)
    if row is None:
        row = Receipt(user_id=key[0], kind=key[1], ticket=key[2], digest=digest)
        try:
            with session.begin_nested():
                session.add(row)
        except IntegrityError:
            # Sent twice at once: the other one was faster.
            row = session.get_one(Receipt, key)
    if row.row_id is None:
        return Slip(None, None, row, digest)
    same = row.digest == digest
    return Slip(row.row_id if same else None, None if same else row.row_id, row, digest)


def look(session: Session, actor: Actor, kind: Kind, ticket: str, *, content: Mapping[str, Any]) -> Slip:
    """What a form became already, to tell whoever looks at it still; takes nothing, and nobody waits."""
    row = session.get(Receipt, (actor.user_id, kind.value, ticket[:LONGEST])) if ticket else None
    if row is None:
        return Slip()
    return Slip(saved=row.row_id) if row.digest == _digest(content) else Slip(before=row.row_id)


def _digest(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def forget_old_receipts(session: Session, now: datetime) -> int:
    """Remove what nobody will ask for again; how many. Once a day."""
    done = session.execute(delete(Receipt).where(col(Receipt.at) < now - KEPT))
    return int(done.rowcount)  # type: ignore[attr-defined]

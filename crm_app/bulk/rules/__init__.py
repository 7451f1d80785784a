"""Pure decisions of a change: `judging` what becomes of a row, `wording` how it reads."""

from crm_app.bulk.rules.judging import (
    IDENTIFYING,
    Task,
    added,
    identifies,
    ids_in,
    judge,
    listed,
    next_size,
    packed,
    unpacked,
)

__all__ = ["IDENTIFYING", "Task", "added", "identifies", "ids_in", "judge", "listed", "next_size", "packed", "unpacked"]

"""Editing a cell in its place (R3.7)."""

import dataclasses

from crm_app.access.actor import Actor
from crm_app.access.arguments import Moment
from crm_app.access.state import notify, notify_undoable
from crm_app.catalogue import say
from crm_app.core.db import get_database
from crm_app.core.errors import NotFound
from crm_app.listing.editing import CellAnswer, CellSaved
from crm_app.listing.rules.wording import label_of
from crm_app.listing.schemas import Known
from crm_app.listing.state.shown import Shown

UNDO_CELL = "cell"
"""What the messages take back that tell of a changed cell."""
MOST_UNDONE = 20
"""Messages are gone after seconds; more than these nobody can still take back."""


class CellActions(Shown, mixin=True):
    """Editing a cell in its place. Nobody may, until `list_state` says what it takes."""

    _edited: dict[tuple[int, int], tuple[str, str, str]] = {}
    """By record and version after it: the cell that was changed, and what stood there."""

    async def edit_cell(self, actor: Actor, number: str, column: str, asked: Moment):
        """Open a cell: what stands there now, what can stand there, or why it can't be edited."""
        found = await get_database().read(self.source.open_cell, actor, number[:60], column[:40])
        self.cell = dataclasses.replace(found, asked=asked)

    async def save_cell(  # noqa: PLR0917 - Events pass their arguments by place.
        self, actor: Actor, number: str, column: str, value: str, version: int, confirmed: bool, asked: Moment
    ):
        """Save what was typed; what stands against it is answered to the cell, which keeps the text."""
        known = await self._choices(actor)
        given = (number[:60], column[:40], value, version, confirmed)
        try:
            saved = await get_database().write(self.source.save_cell, actor, *given)
        except Exception as error:
            answer = self.source.answer_to(error, known, actor.language)
            # The guard tells what happened; the cell must not wait for a save that will not come.
            lost = CellAnswer(problem=say(actor.language, "listing.cell.not_saved"))
            self.cell_answer = dataclasses.replace(answer or lost, asked=asked)
            if answer is None:
                raise
            if answer.by:
                await self._show(actor)  # Theirs stands in the table while the person decides.
            return
        await self._show_row(actor, number, saved.record_id)
        self.cell_answer = CellAnswer(asked=asked, saved=True)
        await self._offer_undo(actor, number[:60], column[:40], saved, known)

    async def undo_cell(self, actor: Actor, record_id: int, version: int):
        """Put back what stood in a cell, from the message that told of its change; not over a later change of it."""
        done = self._edited.get((record_id, version))
        if done is None:
            raise NotFound
        number, column, former = done
        saved = await get_database().write(self.source.save_cell, actor, number, column, former, version, True)
        self._edited = {key: one for key, one in self._edited.items() if key != (record_id, version)}
        await self._show_row(actor, number, saved.record_id)
        label = label_of(self.source.define(actor, await self._choices(actor)).fields[column], actor.language)
        await notify(self, "listing.cell.undone", record=number, name=label)

    async def _offer_undo(self, actor: Actor, number: str, column: str, saved: CellSaved, known: Known) -> None:
        kept = list(self._edited.items())[-MOST_UNDONE + 1 :]
        self._edited = {**dict(kept), (saved.record_id, saved.version): (number, column, saved.former)}
        label = label_of(self.source.define(actor, known).fields[column], actor.language)
        undo = (saved.record_id, saved.version)
        await notify_undoable(self, "listing.cell.done", undo=undo, of=UNDO_CELL, record=number, name=label)

    async def _show_row(self, actor: Actor, number: str, record_id: int) -> None:
        """Draw one row anew where it stands: it does not jump away while one works in it.

        One that this person reaches no more is gone at once.
        """
        known, columns = await self._choices(actor), self._memory.query.columns
        fresh = await get_database().read(self.source.list_rows, actor, (record_id,), columns, known)
        self.rows = [one for row in self.rows for one in (fresh if row.key == number else (row,))]

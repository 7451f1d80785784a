"""Editing a cell in its place (R3.7)."""

import dataclasses

from crm_app.access.actor import Actor
from crm_app.catalogue import say
from crm_app.core.db import get_database
from crm_app.listing.editing import CellAnswer
from crm_app.listing.state.shown import Shown


class CellActions(Shown, mixin=True):
    """Editing a cell in its place. Nobody may, until `list_state` says what it takes."""

    async def edit_cell(self, actor: Actor, number: str, column: str, asked: int):
        """Open a cell: what stands there now, what can stand there, or why it can't be edited."""
        found = await get_database().read(self.source.open_cell, actor, number[:60], column[:40])
        self.cell = dataclasses.replace(found, asked=asked)

    async def save_cell(  # noqa: PLR0917 - Events pass their arguments by place.
        self, actor: Actor, number: str, column: str, value: str, version: int, confirmed: bool, asked: int
    ):
        """Save what was typed; what stands against it is answered to the cell, which keeps the text."""
        known = await self._choices(actor)
        given = (number[:60], column[:40], value, version, confirmed)
        try:
            record_id = await get_database().write(self.source.save_cell, actor, *given)
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
        await self._show_row(actor, number, record_id)
        self.cell_answer = CellAnswer(asked=asked, saved=True)

    async def _show_row(self, actor: Actor, number: str, record_id: int) -> None:
        """Draw one row anew where it stands: it does not jump away while one works in it.

        One that this person reaches no more is gone at once.
        """
        known, columns = await self._choices(actor), self._memory.query.columns
        fresh = await get_database().read(self.source.list_rows, actor, (record_id,), columns, known)
        self.rows = [one for row in self.rows for one in (fresh if row.key == number else (row,))]

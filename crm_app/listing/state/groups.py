"""Groups of conditions joined with OR (R3.2)."""

from crm_app.access.actor import Actor
from crm_app.listing.rules.conditions import (
    put_member,
    start_group,
)
from crm_app.listing.schemas import (
    VALUELESS,
    Condition,
)
from crm_app.listing.state.actions import Actions


class GroupActions(Actions, mixin=True):
    """What people do with groups."""

    async def start_group(self, actor: Actor, index: int, field: str, operator: str, values: list[str]):
        """Join the condition at a place with a new one by OR: one of both is enough (R3.2)."""
        query, checked = self._memory.query, await self._check(actor, field, operator, values)
        if isinstance(checked, Condition) and 0 <= index < len(query.conditions) and self._has_room():
            conditions, groups = start_group(query.conditions, query.groups, index, checked)
            await self._change(actor, conditions=conditions, groups=groups)

    async def put_member(  # noqa: PLR0917 - Events pass their arguments by place.
        self, actor: Actor, group: int, member: int, field: str, operator: str, values: list[str]
    ):
        """Set the condition at a place of a group, or add one at its end; without values it is removed."""
        query = self._memory.query
        if not 0 <= group < len(query.groups):
            return
        members = query.groups[group]
        if member < 0 or member >= len(members) or members[member].field != field:
            member = len(members)
        checked = None
        if values or member == len(members) or operator in VALUELESS:
            checked = await self._check(actor, field, operator, values)
            if checked is None or (member == len(members) and not self._has_room()):
                return
        conditions, groups = put_member(query.conditions, query.groups, group, member, checked)
        await self._change(actor, conditions=conditions, groups=groups)

    async def remove_member(self, actor: Actor, group: int, member: int):
        """Remove the condition at a place of a group; the whole group for a place below zero."""
        query = self._memory.query
        if not 0 <= group < len(query.groups) or member >= len(query.groups[group]):
            return
        if member < 0:
            await self._change(actor, groups=(*query.groups[:group], *query.groups[group + 1 :]))
            return
        conditions, groups = put_member(query.conditions, query.groups, group, member, None)
        await self._change(actor, conditions=conditions, groups=groups)

"""Editing the record in its place (R2.3)."""

import reflex as rx

from crm_app.access.actor import Actor
from crm_app.access.guard import requires
from crm_app.access.permissions import Permission
from crm_app.catalogue import say
from crm_app.core import regions
from crm_app.core.db import get_database
from crm_app.core.errors import Conflict
from crm_app.core.problems import Invalid
from crm_app.core.text import row_id
from crm_app.customer_page import rules, service
from crm_app.customer_page.schemas import Clash, Refusal
from crm_app.customer_page.state.record import CustomerPage, here, of_one_customer
from crm_app.customers import service as record
from crm_app.customers.service import DuplicatesFound
from crm_app.timeline.schemas import Choice


@of_one_customer
class Facts(rx.State):
    """Editing the record in its place (R2.3)."""

    saves: int = 0
    """Raised by each save that is in; the field that waits for it closes."""
    problem: Refusal = Refusal()
    clash: Clash = Clash()
    region_levels: list[list[Choice]] = []
    region_path: list[str] = []

    @requires(Permission.CUSTOMER_EDIT)
    async def save(self, actor: Actor, field: str, value: str, version: int):
        """Save one field against the version that the person saw when he began to edit it."""
        await self._save(actor, field, value, version=version)

    @requires(Permission.CUSTOMER_EDIT)
    async def keep_mine(self, actor: Actor):
        """Save mine over theirs, which the person has seen; or confirm that a duplicate is another customer."""
        clash, self.clash = self.clash, Clash()
        if clash.field:
            await self._save(actor, clash.field, clash.raw, version=clash.version, confirmed=clash.duplicate)

    @requires(Permission.CUSTOMER_EDIT)
    async def take_theirs(self, actor: Actor):
        """Leave the record as it is."""
        self.clash = Clash()
        self.saves += 1

    @requires(Permission.CUSTOMER_EDIT)
    async def dismiss(self, actor: Actor, is_open: bool):
        """The question was closed by Esc: as with theirs, nothing is saved."""
        if not is_open and self.clash.field:
            self.clash = Clash()
            self.saves += 1

    @requires(Permission.CUSTOMER_EDIT)
    async def begin(self, actor: Actor, field: str):
        """Offer the places around the customer's own."""
        page = await self.get_state(CustomerPage)
        if field == "region" and "region" in page.facts:
            self._offer_places(page.facts["region"].raw)

    @requires(Permission.CUSTOMER_EDIT)
    async def pick_place(self, actor: Actor, code: str):
        """One step down or up the cascade of places."""
        self._offer_places(code if regions.region(code) else "")

    @requires(Permission.CUSTOMER_EDIT)
    async def put_tag(self, actor: Actor, tag_id: int, on: bool):
        """Put a tag on, or take it off."""
        await self._try(actor, "tags", "", service.put_tag, tag_id=tag_id, on=on)

    @requires(Permission.CUSTOMER_EDIT)
    async def put_new_tag(self, actor: Actor, form: dict[str, str]):
        """Put on the tag that `form` names, made when it is new."""
        await self._try(actor, "tags", "", service.put_new_tag, name=form.get("name", ""))

    @requires(Permission.CUSTOMER_EDIT)
    async def put_collaborator(self, actor: Actor, user_id: int, on: bool):
        """Let somebody work on the customer too, or no longer."""
        await self._try(actor, "collaborators", "", service.put_collaborator, user_id=user_id, on=on)

    async def _save(self, actor: Actor, field: str, value: str, *, version: int, confirmed: bool = False) -> None:
        if field == "owner":
            owner_id = row_id(value)
            await self._try(actor, field, value, record.assign_owner, owner_id=owner_id, version=version)
            return
        if field == "hand_grade":
            await self._try(actor, field, value, record.set_grade, grade=value, version=version)
            return
        asked = {"field": field, "value": value, "version": version, "confirmed_duplicates": confirmed}
        await self._try(actor, field, value, record.update_field, **asked)

    async def _try(self, actor: Actor, field: str, value: str, use_case: object, /, **arguments: object) -> None:
        """Run a use case of the record; what stands against it is shown where the person can decide."""
        page = await self.get_state(CustomerPage)
        try:
            await get_database().write(use_case, actor, number=here(self), **arguments)  # type: ignore[arg-type]
        except Invalid as invalid:
            problem = next(iter(invalid.problems.values()))
            self._refuse(field, say(actor.language, problem.code, **problem.params))
            return
        except Conflict as conflict:
            own = {fact.key: fact.label for fact in page.view.own}
            asked = {"raw": value, "options": page.options, "own": own}
            self.clash = rules.clash_of(conflict, **asked, language=actor.language)
            await page._refresh(actor)
            return
        except DuplicatesFound as found:
            self.clash = rules.duplicate_of(
                found.hints, field=field, raw=value, version=page.view.version, language=actor.language
            )
            return
        except Exception:
            # The guard tells what happened; the field must not wait for a save that will not come.
            self._refuse(field, say(actor.language, "error.unknown"))
            raise
        self.saves += 1
        await page._refresh(actor)

    def _refuse(self, field: str, text: str) -> None:
        self.problem = Refusal(field=field, text=text, no=self.problem.no + 1)

    def _offer_places(self, code: str) -> None:
        path = [place.code for place in regions.path(code)]
        lists = [regions.provinces(), *(regions.children(above) for above in path)]
        self.region_path = path
        self.region_levels = [[Choice(place.code, place.name) for place in places] for places in lists]

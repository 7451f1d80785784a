"""What the frame remembers for the person: language, sidebar."""

import reflex as rx
from reflex.state import OnLoadInternalState
from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.guard import requires
from crm_app.access.permissions import Permission
from crm_app.access.state import Frame
from crm_app.catalogue import say, texts
from crm_app.core.db import get_database
from crm_app.models import User


def save_language(session: Session, actor: Actor, *, language: str) -> None:
    """Keep the person's language for his next session."""
    session.get_one(User, actor.user_id).language = language


class Shell(rx.State):
    """The frame's own controls."""

    narrow: bool = False

    @rx.var(initial_value="")
    async def role_name(self) -> str:
        """The role in the person's language."""
        frame = await self.get_state(Frame)
        key = f"role.{frame.role_code}"
        return say(frame.language, key) if key in texts() else frame.role_code

    @requires(Permission.PROFILE_EDIT, while_password_expired=True)
    async def switch_language(self, actor: Actor):
        """Chinese to English and back; what the server words is loaded again, nothing typed is touched."""
        language = "zh" if actor.language == "en" else "en"
        await get_database().write(save_language, actor, language=language)
        frame = await self.get_state(Frame)
        frame.language = language
        return OnLoadInternalState.on_load_internal

    @requires(Permission.PROFILE_EDIT)
    async def toggle_sidebar(self, actor: Actor):
        """Icons only, or icons and words."""
        self.narrow = not self.narrow

    @requires(Permission.PROFILE_EDIT)
    async def reload(self, actor: Actor):
        """Load the page's data once more."""
        return OnLoadInternalState.on_load_internal

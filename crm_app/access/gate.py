"""The gate: a middleware that refuses every event whose handler declares nothing.

It denies by default, bounds what arrives before Reflex looks into it, empties a tab's state when its cookie changes or
its session has ended, and limits the rate. `access.tabs` guards the socket before it, `access.guard` each handler
after it.
"""

from typing import Any

import reflex as rx
from reflex.state import StateUpdate
from reflex_base.event import Event
from reflex_base.registry import RegistrationContext

from crm_app.access.arguments import is_bounded
from crm_app.access.guard import Policy, current_actor, empty_tab, sent_by_client
from crm_app.access.state import Frame
from crm_app.access.tabs import Allowances, refused, seal_of
from crm_app.core.settings import get_settings

ADDRESS_FACTOR = 10
"""How many busy tabs' worth of events one address may send."""

_ROOT = "reflex___state____state."
SNAPSHOT_EVENTS = frozenset({_ROOT + "hydrate", _ROOT + "hydrate_and_load"})
"""These send everything that the tab's state holds."""
FRAMEWORK_EVENTS = frozenset(
    {
        *SNAPSHOT_EVENTS,
        _ROOT + "set_is_hydrated",
        _ROOT + "reflex___state____on_load_internal_state.on_load_internal",
        _ROOT + "reflex___state____on_load_internal_state.set_is_hydrated",
        _ROOT + "reflex___state____update_vars_internal_state.update_vars_internal",
    }
)
"""What Reflex itself sends and no page needs to declare."""


class Gate(rx.Middleware):
    """Sees every event, uploads, chained and background ones included, before its handler."""

    def __init__(self) -> None:
        rate = get_settings().events_per_second
        self._tabs = Allowances(rate=rate, burst=rate * 2)
        self._addresses = Allowances(rate=rate * ADDRESS_FACTOR, burst=rate * ADDRESS_FACTOR * 2)

    async def preprocess(self, app: rx.App, state: Any, event: Event) -> StateUpdate | None:
        """Deny by default; an empty update ends the event without an answer."""
        root = state._get_root_state()
        frame = await root.get_state(Frame)
        sent_by_client.set(bool(event.router_data))
        seal = seal_of(root.router.headers.cookie)
        if frame._seal != seal:
            if frame._seal:
                root.reset()
            frame._seal = seal
        if not self._is_welcome(root, event):
            return StateUpdate()
        if event.name in SNAPSHOT_EVENTS and frame.username and await current_actor(root) is None:
            empty_tab(root, seal)
        return None

    def _is_welcome(self, root: Any, event: Event) -> bool:
        if event.name not in FRAMEWORK_EVENTS and policy_of(event.name) is None:
            refused.warning("undeclared event refused")
            return False
        if not isinstance(event.payload, dict) or not is_bounded(event.payload):
            refused.warning("malformed event refused")
            return False
        if not sent_by_client.get():
            return True
        session = root.router.session
        return self._addresses.take(session.client_ip) and self._tabs.take(session.client_token)


def policy_of(event_name: str) -> Policy | None:
    """What the handler behind an event declared; None when it declared nothing."""
    registered = RegistrationContext.get().event_handlers.get(event_name)
    return getattr(registered.handler.fn, "crm_policy", None) if registered else None

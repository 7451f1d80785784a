"""Live pages: a tab that watches is sent its page's own handler when something of interest changes (R9.1).

The handler runs under its own guard as that tab's person, so that a push can't show more than a click, and watches
again for as long as its page is open: see `core.live`.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import reflex as rx
from reflex_base.event import Event

from crm_app.core.live import HUB, MINUTE, Interest


def shows(state: rx.State, page: str) -> bool:
    """Whether this tab shows the page at the address `page`: who left before he was told need not look again."""
    return bool(state.router.url.path.rstrip("/") == page.rstrip("/"))


def watch(state: rx.State, page: str, *, kinds: frozenset[str], then: Any, customer_id: int | None = None) -> None:
    """Send `then`, a handler of `state`'s page at the address `page`, to this tab at the next change of interest.

    Call it in the handler that fills the page and in `then` itself. Does nothing once the tab shows another page, so
    that the watch ends there; without a page it is about what all pages show, and ends with the tab's session.
    `kinds` are those of `core.changes.Change`; MINUTE among them for what time changes.
    """
    if page and not shows(state, page):
        return
    lane = then.fn.__qualname__ if hasattr(then, "fn") else str(then)
    HUB.watch(state.router.session.client_token, lane, Interest(kinds, customer_id), then)


@contextlib.asynccontextmanager
async def live_pages(app: rx.App) -> AsyncIterator[None]:
    """Serve the watchers while the application runs; a lifespan task."""

    async def tell(token: str, handler: Any) -> None:
        if not await app.event_namespace._token_manager.is_token_connected(token):
            return
        for event in Event.from_event_type([handler()]):
            future = await app.event_processor.enqueue(token, event)
            await future.wait_all()

    serving = asyncio.create_task(HUB.run(tell), name="live-pages")
    try:
        yield
    finally:
        serving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await serving


__all__ = ["HUB", "MINUTE", "live_pages", "shows", "watch"]

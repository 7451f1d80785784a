"""Start the real server, and broken variants of it: `python -m tests.attack.launch SPEC`.

SPEC is a JSON file: for each variant its environment, its log file and where to write what is registered. The app is
imported once and the process forked for each variant, because importing takes longer than all the rest.
"""

import asyncio
import contextlib
import inspect
import json
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, get_type_hints

from tests.attack.mutants import MUTANTS


def describe_handlers(app: Any) -> dict[str, dict[str, Any]]:
    """Every event that Reflex would run, by its name: what it declares and which arguments it takes."""
    from reflex_base.registry import RegistrationContext

    from crm_app.access.gate import FRAMEWORK_EVENTS, policy_of

    found = {}
    for name, registered in RegistrationContext.get().event_handlers.items():
        fn, policy = registered.handler.fn, policy_of(name)
        try:
            hints = get_type_hints(fn)
        except (NameError, TypeError):
            hints = {}
        parameters = list(inspect.signature(fn).parameters.values())[1:]
        found[name] = {
            "short": getattr(fn, "__qualname__", name),
            "module": registered.states[0].__module__ if registered.states else "",
            "state": registered.states[0].__name__ if registered.states else "",
            "declared": policy is not None,
            "permission": policy.permission if policy else None,
            "loads_page": bool(policy and policy.loads_page),
            "framework": name in FRAMEWORK_EVENTS,
            "supersedes": registered.handler.supersedes,
            "parameters": {p.name: str(hints.get(p.name, "")) for p in parameters},
        }
    return found


def describe_routes(app: Any) -> list[str]:
    """Every HTTP route, ours and Reflex' own."""
    own = [route for part in app.api_transformer if hasattr(part, "routes") for route in part.routes]
    return sorted({getattr(route, "path", "") for route in [*own, *app._api.routes]} - {""})


def write_dump(app: Any, path: Path) -> None:
    """What the process has registered, for the test to enumerate."""
    content = {"handlers": describe_handlers(app), "routes": describe_routes(app)}
    path.write_text(json.dumps(content), encoding="utf-8")


def die_with(parent: int) -> None:
    """End this process when the one that started it is gone: a killed test must leave no servers behind."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def spare_the_disk() -> None:
    """Nobody pulls the plug on these databases; waiting for the disk would be most of the time."""
    from crm_app.core import db

    db.SQLITE_PRAGMAS = tuple(pragma for pragma in db.SQLITE_PRAGMAS if "synchronous" not in pragma)
    db.SQLITE_PRAGMAS += ("PRAGMA synchronous=OFF",)


def run_variant(name: str, variant: dict[str, Any]) -> None:
    """Serve until a signal; the process' output goes to the variant's log."""
    log = os.open(variant["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.environ |= variant["env"]
    starter = os.getppid()
    spare_the_disk()
    from crm_app import server
    from crm_app.background.kinds import KINDS
    from crm_app.core.settings import get_settings
    from crm_app.crm_app import app

    get_settings.cache_clear()
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    if name in MUTANTS:
        make_hole, _ = MUTANTS[name]
        make_hole()

    @contextlib.asynccontextmanager
    async def dump() -> AsyncIterator[None]:
        write_dump(app, Path(variant["dump"]))
        yield

    app.register_lifespan_task(dump)
    for late in ("bulk_change", "bulk_undo"):
        # What they write later would be blamed on whoever attacks by then; tests/bulk runs them as every role.
        KINDS.pop(late)
    served, reading = server.prepare(), server.start_reading()
    die_with(starter)
    asyncio.run(server.serve(served, reading))


def main() -> None:
    spec = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    os.environ |= spec["env"]
    from crm_app.crm_app import app

    # Once, before the processes part: pages have states of their own, which exist only when they are made.
    for route in list(app._unevaluated_pages):
        app._compile_page(route)
    children = []
    for name, variant in spec["variants"].items():
        child = os.fork()
        if not child:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            run_variant(name, variant)
            os._exit(1)
        children.append(child)

    def stop(*_: object) -> None:
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)

    signal.signal(signal.SIGTERM, stop)
    die_with(os.getppid())
    for child in children:
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()

"""The attack and its oracles: what must never happen, checked after every single attempt."""

import asyncio
import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from crm_app.access.permissions import Permission
from tests.attack.findings import Case, Enough, Findings
from tests.attack.good import GOOD, Step
from tests.attack.outcome import Outcome, first_difference, read_outcome, without
from tests.attack.payloads import ODD_EVENTS, ODD_TEXTS, filled, hostile, hostile_steps
from tests.attack.wire import WAIT_SECONDS, Server, Wire
from tests.attack.world import MARK, MISSING, STRANGERS, Target, World

GATE = '"gate_rx_state_": '
"""In what holds all of a tab's state."""
OPENED = '"open"'
"""What a page is when it was decided that this person may see it."""

OWN = {"own_session_id": 1, "own_job_id": 1, "own_view_id": 1}
"""What a person's own things are called where a payload is only to have the right form."""
NARROWEST, WIDEST = "sales", "admin"
"""Whose rights the malformed payloads are tried with: the narrowest that can do much, and the widest."""


@dataclass(frozen=True, slots=True)
class Handler:
    """A registered event of the running server."""

    event: str
    key: str
    """`State.method`, as `good.GOOD` names it."""
    module: str
    declared: bool
    permission: Permission | None
    loads_page: bool
    framework: bool
    supersedes: bool
    """Whether a newer call cancels an older one."""
    chains: bool
    """Whether it sets off other events, which have to be waited for as well."""
    parameters: dict[str, str]

    @property
    def is_ours(self) -> bool:
        """Written here rather than by Reflex; `setvar` comes with every state and is refused by name.

        Classes that are made inside of a function Reflex files under a module of its own.
        """
        theirs = self.module.startswith(("reflex.", "reflex_")) and self.module != "reflex.istate.dynamic"
        return not theirs and not self.event.endswith(".setvar")


def read_handlers(dump: dict[str, Any]) -> dict[str, Handler]:
    """By key, from what the server wrote down of itself."""
    found = {}
    for event, entry in dump["handlers"].items():
        key = f"{entry['state']}.{event.rpartition('.')[2]}"
        found[key if key not in found else event] = Handler(
            event=event,
            key=key,
            module=entry["module"],
            declared=entry["declared"],
            permission=Permission(entry["permission"]) if entry["permission"] else None,
            loads_page=entry["loads_page"],
            framework=entry["framework"],
            supersedes=entry["supersedes"],
            chains=event.endswith((".reload", ".switch_language")),
            parameters=entry["parameters"],
        )
    return found


@dataclass
class Campaign:
    """One server under attack."""

    server: Server
    world: World
    handlers: dict[str, Handler]
    found: Findings = field(default_factory=Findings)
    own_import_id: int = 1
    """An import of whoever attacks."""

    # --- bookkeeping

    @property
    def ours(self) -> list[Handler]:
        """The declared handlers."""
        return [handler for handler in self.handlers.values() if handler.declared]

    def may(self, who: str, handler: Handler) -> bool:
        """Whether the role table says so."""
        return handler.permission is None or handler.permission in self.world.grants(who)

    def extras(self) -> dict[str, Any]:
        """What payloads may name besides a target."""
        return {"tag_id": self.world.tag_id, "colleague_id": self.world.user_ids["service"]} | {
            "own_import_id": self.own_import_id
        }

    # --- one attempt

    async def prepare(self, tab: Wire, handler: Handler, target: Target, steps: Iterable[Step] | None = None) -> None:
        """Do what a person does on the page before."""
        good = GOOD[handler.key]
        path, route = filled(good.path, target, {}), filled(good.route, target, {})
        for step, arguments in good.before if steps is None else steps:
            await tab.send(self.handlers[step].event, filled(arguments, target, self.extras()), path=path, **route)

    async def send(self, tab: Wire, handler: Handler, target: Target, payload: Any) -> None:
        """Send a payload as the page would."""
        good = GOOD[handler.key]
        path, route = filled(good.path, target, {}), filled(good.route, target, {})
        self.found.attempts += 1
        await tab.send(handler.event, payload, path=path, **route)

    async def attempt(self, tab: Wire, handler: Handler, target: Target, case: Case) -> Outcome:
        """Send the case's payload, and look at what holds for everybody and everything."""
        await self.send(tab, handler, target, case.payload)
        return await self.look(tab, handler, case)

    async def look(self, tab: Wire, handler: Handler, case: Case) -> Outcome:
        """What came of everything that was sent, after what holds for everybody and everything was checked."""
        outcome = read_outcome(await tab.settled(rounds=1 + handler.chains))
        if tab.closed.is_set():
            self.found.blame(case, "the socket was closed")
        leaks = self.world.leaks(case.who, outcome.frames)
        if leaks:
            frame = next(f for f in outcome.frames if any(leak in f for leak in leaks))
            place = frame.find(next(iter(leaks)))
            self.found.blame(case, f"was sent {sorted(leaks)[:5]}", frame[max(0, place - 200) :])
        if any(cookie and cookie in frame for frame in outcome.frames for cookie in self.world.cookies.values()):
            self.found.blame(case, "was sent a cookie's value")
        if outcome.broke:
            self.found.blame(case, f"an unforeseen error: {outcome.gate} {outcome.text}", outcome.broke)
        return outcome

    def check_touches(self, handler: Handler, case: Case, *, nothing: bool = False) -> set[str]:
        """Only rows of customers within reach, and the person's own account; returns the tables."""
        touches = self.world.touched()
        for touch in touches:
            if nothing or not self._is_own_deed(case.who, handler, touch.customer):
                self.found.blame(case, f"touched {touch}")
                break
        return {touch.table for touch in touches}

    def _is_own_deed(self, who: str, handler: Handler, customer: int | None) -> bool:
        permission = _deciding(handler)
        if customer is None or permission is None:
            return True
        if customer < 0:
            return -customer == self.world.user_ids.get(who)
        no = self.world.no_of(customer)
        if no is None:
            # Made during the attack: a person with his own reach only makes his own.
            return self.world.owner_of(customer) == who or self.world.grants(who)[permission] != "own"
        return self.world.reaches(who, permission, no) or self.world.brings_back(who, no)

    # --- phases

    def everything_is_declared(self) -> None:
        """Nothing of ours can be called that declares no policy, and each declared handler is known here."""
        for handler in self.handlers.values():
            case = Case("declared", "-", handler.key)
            if handler.is_ours and not handler.declared:
                self.found.blame(case, f"{handler.event} declares no policy")
            if handler.declared and handler.key not in GOOD:
                self.found.blame(case, "has no entry in tests/attack/good.py")
        unknown = GOOD.keys() - {handler.key for handler in self.ours}
        if unknown:
            self.found.blame(
                Case("declared", "-", ", ".join(sorted(unknown))), "in tests/attack/good.py but not registered"
            )

    async def refused(self, who: str) -> None:
        """Whoever lacks the function gets nowhere, whatever he sends, and can't tell good payloads from bad."""
        target = next(t for t in self.world.targets if t.owner == "sales" and t.live)
        async with self.server.tab(self.world.cookies[who]) as tab:
            await tab.settled()
            for handler in self.ours:
                if handler.key in GOOD and not self.may(who, handler):
                    await self._refused(who, handler, target, tab)

    async def _refused(self, who: str, handler: Handler, target: Target, tab: Wire) -> None:
        best = filled(GOOD[handler.key].args, target, self.extras() | OWN)
        self.found.matrix.setdefault((who, handler.key), ".")
        if who not in STRANGERS:
            await self.prepare(tab, handler, target)
            await tab.settled(rounds=1)
        answers = set()
        for payload in (best, {**best, "actor": {"user_id": 1}}, dict.fromkeys(best, "x")):
            case = Case("refused", who, handler.key, payload)
            outcome = await self.attempt(tab, handler, target, case)
            if not outcome.is_refusal:
                self.found.blame(case, "no refusal", outcome.frames[-1])
            answers.add((outcome.toast, outcome.text, outcome.gate, outcome.redirects))
        case = Case("refused", who, handler.key, best)
        self.check_touches(handler, case, nothing=True)
        if len(answers) > 1:
            self.found.blame(case, f"answers tell payloads apart: {sorted(answers)[:3]}")

    async def works(self, who: str) -> None:
        """Whoever has the function can use it on what is his, and sees by it nothing but what he may."""
        for handler in self.ours:
            if handler.key in GOOD and self.may(who, handler):
                await self._works(who, handler)

    async def _works(self, who: str, handler: Handler) -> None:
        good = GOOD[handler.key]
        is_person = who in self.world.people
        target = self.world.make_target(who if is_person else "sales", live=not good.deleted)
        self.world.touched()
        if good.reveals:
            self.world.revealed.add((who, target.no))
        cookie, extra = self.world.cookies[who], self.extras()
        if "{own_session_id}" in str(good.args):
            extra |= {"own_session_id": self.world.sign_in(who)[1]}
        if "{own_import_id}" in str(good):
            self.own_import_id = self.world.bring_file(who, done=handler.key.endswith(".undo"))
            extra |= {"own_import_id": self.own_import_id}
        if "{own_job_id}" in str(good.args):
            extra |= {"own_job_id": self.world.ask_for_job(who)}
        if "{own_view_id}" in str(good.args):
            extra |= {"own_view_id": self.world.save_view(who, target.no)}
        case = Case("works", who, handler.key, filled(good.args, target, extra))
        async with self.server.tab(cookie) as tab:
            await tab.settled(rounds=1)
            await self.prepare(tab, handler, target)
            outcome = await self.attempt(tab, handler, target, case)
        missing = set(good.writes) - self.check_touches(handler, case)
        sent_away = outcome.is_sent_away and not good.leads
        if sent_away or outcome.toast == "error" or outcome.gate in ("forbidden", "missing", "broken"):
            problem = f"a good call failed: {outcome.gate} {outcome.text} {outcome.redirects}"
            self.found.blame(case, problem, outcome.frames[-1])
        elif missing:
            self.found.blame(case, f"left no trace in {missing}", outcome.frames[-1])
        else:
            self.found.matrix.setdefault((who, handler.key), "o")
        if good.ends_session and is_person:
            self.world.cookies[who], _ = self.world.sign_in(who)

    async def out_of_reach(self, who: str) -> None:
        """What is somebody else's or deleted reads like what never was, and stays as it is."""
        for handler in self.ours:
            good = GOOD.get(handler.key)
            permission = _deciding(handler) if good is not None and good.is_about_target else None
            if permission and self.may(who, handler):
                await self._out_of_reach(who, handler, permission)

    async def _out_of_reach(self, who: str, handler: Handler, permission: Permission) -> None:
        beyond = [t for t in self.world.targets if not self.world.reaches(who, permission, t.no)]
        chosen = [t for t in beyond if not t.live][:1] + [t for t in beyond if t.live][:2]
        expected = ""
        for target in (MISSING, *chosen):
            payload = filled(GOOD[handler.key].args, target, self.extras())
            case = Case("out of reach", who, handler.key, payload)
            async with self.server.tab(self.world.cookies[who]) as tab:
                await tab.settled(rounds=1)
                await self.prepare(tab, handler, target)
                outcome = await self.attempt(tab, handler, target, case)
            self.check_touches(handler, case, nothing=True)
            if outcome.is_sent_away:
                self.found.blame(case, "the attacker's own session has ended: this proves nothing")
            answer = without(outcome.frames, target)
            if target is MISSING:
                expected = answer
            elif self.world.brings_back(who, target.no):
                # He is told that it lies in the recycle bin.
                continue
            elif self.world.reaches(who, Permission.CUSTOMER_VIEW, target.no):
                # He may see it, so it need not read like a missing one; what he asked for was refused all the same.
                continue
            elif answer != expected:
                self.found.blame(case, "reads unlike a missing one", first_difference(expected, answer))

    async def fuzzed(self, who: str) -> None:
        """Malformed payloads of those who have the function break nothing and reach nothing more."""
        for handler in self.ours:
            good = GOOD.get(handler.key)
            if good is None or not self.may(who, handler) or good.ends_session:
                continue
            target = self.world.make_target(who, live=not good.deleted)
            self.world.touched()
            if good.reveals:
                self.world.revealed.add((who, target.no))
            best = filled(good.args, target, self.extras() | OWN)
            payloads = [self._unsaved(payload, best, n) for n, payload in enumerate(hostile(best, handler.parameters))]
            # Many at once: what they must not do shows afterwards as well, and looking costs the most. But of calls
            # that cancel each other, each has to have its time.
            at_once = 1 if handler.supersedes else 20
            async with self.server.tab(self.world.cookies[who]) as tab:
                await tab.settled(rounds=1)
                await self.prepare(tab, handler, target)
                for some in batched(payloads, at_once):
                    for payload in some:
                        await self.send(tab, handler, target, payload)
                    await self._look_at_fuzz(tab, handler, Case("fuzzed", who, handler.key, list(some)))
                for some in batched(list(hostile_steps(good.before)), at_once):
                    for steps in some:
                        await self.prepare(tab, handler, target, steps)
                        await self.send(tab, handler, target, best)
                    await self._look_at_fuzz(tab, handler, Case("fuzzed", who, handler.key, list(some)))

    async def _look_at_fuzz(self, tab: Wire, handler: Handler, case: Case) -> None:
        outcome = await self.look(tab, handler, case)
        self.check_touches(handler, case)
        if outcome.is_sent_away and not GOOD[handler.key].leads:
            self.found.blame(case, "the attacker's own session has ended: this proves nothing")

    def _unsaved(self, payload: Any, best: dict[str, Any], no: int) -> Any:
        """A form that was saved under its ticket is not saved again, which would spare all that comes after."""
        if isinstance(payload, dict) and "ticket" in best and payload.get("ticket") == best["ticket"]:
            return {**payload, "ticket": f"{best['ticket']}-{no}"}
        return payload

    async def undeclared(self, who: str) -> None:
        """What declares nothing does nothing: `setvar`, Reflex' own handlers, and events that don't exist."""
        async with self.server.tab(self.world.cookies[who]) as tab:
            await tab.settled()
            before = without(await tab.settled(rounds=1), MISSING)
            for handler in self.handlers.values():
                if handler.declared or handler.framework:
                    continue
                setter = {"var_name": "functions", "value": ["system:admin"]}
                for payload in (setter, {}, dict.fromkeys(handler.parameters, "x")):
                    self.found.attempts += 1
                    await tab.send(handler.event, payload)
                await self._same_as(before, tab, Case("undeclared", who, handler.event))
            for event in ODD_EVENTS:
                self.found.attempts += 1
                await tab.send_raw(event)
                await self._same_as(before, tab, Case("undeclared", who, str(event)[:80]))

    async def _same_as(self, before: str, tab: Wire, case: Case) -> None:
        after = await self._whole(tab)
        if tab.closed.is_set():
            self.found.blame(case, "the socket was closed")
        elif after != before:
            self.found.blame(case, "changed the state", first_difference(before, after))
        if self.world.touched():
            self.found.blame(case, "touched a row")

    async def spoofed(self, who: str) -> None:
        """Vars that Reflex would take from the browser's storage can't be set, whichever var is named."""
        async with self.server.tab(self.world.cookies[who]) as tab:
            for event in ("update_vars_internal_state.update_vars_internal", "hydrate_and_load"):
                name = next(n for n in (h.event for h in self.handlers.values()) if n.endswith(event))
                # What the event does by itself, such as loading the page, is no spoof.
                loads = event == "hydrate_and_load" and who not in STRANGERS
                before = await self._begun(tab, name, loads=loads)
                snapshot = json.loads(before)[1]["delta"]
                names = {f"{state}.{var}": MARK for state, values in snapshot.items() for var in values}
                for spoof in (*({one: MARK} for one in names), names):
                    self.found.attempts += 1
                    await tab.send(name, {"vars": spoof})
                    # A newer call cancels an older one, which must have had its time.
                    await tab.settled(rounds=1)
                await self._same_as(before, tab, Case("spoofed", who, name))

    async def _begun(self, tab: Wire, name: str, *, loads: bool) -> str:
        """The state after that event; where it loads the page, once it has: what is sent meanwhile would cut it off."""
        await tab.settled()
        await tab.send(name, {"vars": {}})
        if loads:
            await tab.heard(OPENED)
        await tab.settled()
        return await self._whole(tab)

    async def _whole(self, tab: Wire) -> str:
        """All of the tab's state; what a load still sends may come after it and says only what it changed."""
        async with asyncio.timeout(WAIT_SECONDS):
            while True:
                last = without((await tab.settled(rounds=1))[-1:], MISSING)
                if GATE in last or tab.closed.is_set():
                    return last

    async def garbage(self) -> None:
        """Whatever is sent in place of a message, the next tab is served."""
        for text in ODD_TEXTS:
            self.found.attempts += 1
            async with self.server.tab(self.world.cookies["sales"]) as tab:
                await tab.send_text(text)
            async with self.server.tab(self.world.cookies["sales"]) as tab:
                if not await tab.settled(rounds=1):
                    self.found.blame(Case("garbage", "sales", text[:80]), "the server does not answer any more")

    async def run(self, phase: Callable[..., Any], *people: str) -> None:
        """A phase for each of these people, or once; with `first_only`, until something was found."""
        if self.found.first_only and self.found.violations:
            return
        since = time.monotonic()
        try:
            for who in people or (None,):
                result = phase(who) if who else phase()
                if result is not None:
                    await result
        except Enough:
            return
        finally:
            self.found.seconds[phase.__name__] += time.monotonic() - since


def _deciding(handler: Handler) -> Permission | None:
    """The function whose reach says which customers it is good for; None for what anybody may do."""
    return GOOD[handler.key].within or handler.permission


def batched(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """The items in their order, so many at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]

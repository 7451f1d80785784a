"""The attack and its oracles: what must never happen, checked after every single attempt."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from crm_app.access.permissions import Permission
from crm_app.catalogue import texts
from tests.attack.good import GOOD, Step
from tests.attack.payloads import ODD_EVENTS, ODD_TEXTS, filled, hostile, hostile_steps
from tests.attack.wire import Server, Wire
from tests.attack.world import MARK, MISSING, STRANGERS, Target, World

FUZZERS = ("sales", "admin")
"""Whose rights the malformed payloads are tried with: the narrowest that can do much, and the widest."""
_EVENT = re.compile(r"^42/_event,")
_BROKEN = tuple(text.partition("{")[0] for text in texts()["error.unexpected"])


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
            chains=event.endswith((".reload", ".switch_language")),
            parameters=entry["parameters"],
        )
    return found


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a person would have noticed of an attempt."""

    frames: tuple[str, ...]
    toast: str = ""
    text: str = ""
    gate: str = ""
    redirects: tuple[str, ...] = ()
    broke: str = ""
    """The frame that tells of an unforeseen error: a defect even when nothing leaked by it."""

    @property
    def is_sent_away(self) -> bool:
        """To the sign-in page."""
        return any(path.startswith("/login") for path in self.redirects)

    @property
    def is_refusal(self) -> bool:
        """Sent away, or told that it is forbidden."""
        return self.is_sent_away or self.gate == "forbidden" or (self.toast == "error" and not self.broke)


def read_outcome(frames: list[str]) -> Outcome:
    """From the raw frames since the last barrier."""
    toast, gate, broke, redirects = {}, "", "", []
    for frame in frames:
        name, *arguments = content_of(frame) if _EVENT.match(frame) else ("",)
        update = arguments[0] if name == "event" and arguments and isinstance(arguments[0], dict) else {}
        for state, changed in (update.get("delta") or {}).items():
            if state.endswith("access___state____frame"):
                toast = changed.get("toast_rx_state_", toast)
                gate = changed.get("gate_rx_state_", gate)
                if gate == "broken" or any(word in toast.get("text", "") for word in _BROKEN):
                    broke = frame
        redirects += [e["payload"]["path"] for e in update.get("events") or [] if e["name"] == "_redirect"]
    kind = toast.get("kind", "") if toast.get("id") else ""
    return Outcome(tuple(frames), kind, toast.get("text", "") if kind else "", gate, tuple(redirects), broke)


@dataclass(frozen=True, slots=True)
class Violation:
    """Something that must not happen, and how to make it happen again."""

    phase: str
    who: str
    handler: str
    payload: str
    problem: str
    frame: str = ""

    def __str__(self) -> str:
        return f"[{self.phase}] {self.who} → {self.handler}({self.payload[:300]}): {self.problem}" + (
            f"\n    {self.frame[:600]}" if self.frame else ""
        )


@dataclass(frozen=True, slots=True)
class Case:
    """Who tries what, in which phase of the attack."""

    phase: str
    who: str
    handler: str
    payload: Any = field(default_factory=dict)


class Enough(Exception):
    """One violation was all that was asked for."""


@dataclass
class Campaign:
    """One server under attack. `violations` stays empty, or the server has a hole."""

    server: Server
    world: World
    handlers: dict[str, Handler]
    first_only: bool = False
    violations: list[Violation] = field(default_factory=list)
    attempts: int = 0
    matrix: dict[tuple[str, str], str] = field(default_factory=dict)

    # --- bookkeeping

    def blame(self, case: Case, problem: str, frame: str = "") -> None:
        """Note a violation."""
        payload = json.dumps(case.payload, default=str)
        self.violations.append(Violation(case.phase, case.who, case.handler, payload, problem, frame))
        self.matrix[case.who, case.handler] = "!"
        if self.first_only:
            raise Enough

    def report(self) -> str:
        """The violations, and who could do what: `.` refused, `o` done, `!` wrong."""
        keys = sorted({key for _, key in self.matrix})
        people = [*self.world.people, *STRANGERS]
        lines = [f"{len(self.violations)} violations in {self.attempts} attempts"]
        lines += [str(violation) for violation in self.violations[:30]]
        lines.append("  ".join(["handler".ljust(36), *(name[:8].ljust(8) for name in people)]))
        for key in keys:
            marks = [self.matrix.get((name, key), " ").ljust(8) for name in people]
            lines.append("  ".join([key.ljust(36), *marks]))
        return "\n".join(lines)

    @property
    def ours(self) -> list[Handler]:
        """The declared handlers."""
        return [handler for handler in self.handlers.values() if handler.declared]

    def may(self, who: str, handler: Handler) -> bool:
        """Whether the role table says so."""
        return handler.permission is None or handler.permission in self.world.grants(who)

    def extras(self) -> dict[str, Any]:
        """What payloads may name besides a target."""
        return {"tag_id": self.world.tag_id, "colleague_id": self.world.user_ids["service"]}

    # --- one attempt

    async def prepare(self, tab: Wire, handler: Handler, target: Target, steps: Iterable[Step] | None = None) -> None:
        """Do what a person does on the page before."""
        good = GOOD[handler.key]
        path, route = filled(good.path, target, {}), filled(good.route, target, {})
        for step, arguments in good.before if steps is None else steps:
            await tab.send(self.handlers[step].event, filled(arguments, target, self.extras()), path=path, **route)

    async def attempt(self, tab: Wire, handler: Handler, target: Target, case: Case, *payloads: Any) -> Outcome:
        """Send the case's payload, or all of these, and look at what holds for everybody and everything."""
        good = GOOD[handler.key]
        path, route = filled(good.path, target, {}), filled(good.route, target, {})
        for payload in payloads or (case.payload,):
            self.attempts += 1
            await tab.send(handler.event, payload, path=path, **route)
        outcome = read_outcome(await tab.settled(rounds=1 + handler.chains))
        if tab.closed.is_set():
            self.blame(case, "the socket was closed")
        leaks = self.world.leaks(case.who, outcome.frames)
        if leaks:
            frame = next(f for f in outcome.frames if any(leak in f for leak in leaks))
            place = frame.find(next(iter(leaks)))
            self.blame(case, f"was sent {sorted(leaks)[:5]}", frame[max(0, place - 200) :])
        if any(cookie and cookie in frame for frame in outcome.frames for cookie in self.world.cookies.values()):
            self.blame(case, "was sent a cookie's value")
        if outcome.broke:
            self.blame(case, f"an unforeseen error: {outcome.gate} {outcome.text}", outcome.broke)
        return outcome

    def check_touches(self, handler: Handler, case: Case, *, nothing: bool = False) -> set[str]:
        """Only rows of customers within reach, and the person's own account; returns the tables."""
        touches = self.world.touched()
        for touch in touches:
            if nothing or not self._is_own_deed(case.who, handler, touch.customer):
                self.blame(case, f"touched {touch}")
                break
        return {touch.table for touch in touches}

    def _is_own_deed(self, who: str, handler: Handler, customer: int | None) -> bool:
        if customer is None or handler.permission is None:
            return True
        if customer < 0:
            return -customer == self.world.user_ids.get(who)
        no = self.world.no_of(customer)
        if no is None:
            # Made during the attack: a person with his own reach only makes his own.
            return self.world.owner_of(customer) == who or self.world.grants(who)[handler.permission] != "own"
        return self.world.reaches(who, handler.permission, no)

    # --- phases

    def everything_is_declared(self) -> None:
        """Nothing of ours can be called that declares no policy, and each declared handler is known here."""
        for handler in self.handlers.values():
            case = Case("declared", "-", handler.key)
            if handler.is_ours and not handler.declared:
                self.blame(case, f"{handler.event} declares no policy")
            if handler.declared and handler.key not in GOOD:
                self.blame(case, "has no entry in tests/attack/good.py")
        unknown = GOOD.keys() - {handler.key for handler in self.ours}
        if unknown:
            self.blame(Case("declared", "-", ", ".join(sorted(unknown))), "in tests/attack/good.py but not registered")

    async def refused(self, who: str) -> None:
        """Whoever lacks the function gets nowhere, whatever he sends, and can't tell good payloads from bad."""
        target = next(t for t in self.world.targets if t.owner == "sales" and t.live)
        async with self.server.tab(self.world.cookies[who]) as tab:
            await tab.settled()
            for handler in self.ours:
                if handler.key in GOOD and not self.may(who, handler):
                    await self._refused(who, handler, target, tab)

    async def _refused(self, who: str, handler: Handler, target: Target, tab: Wire) -> None:
        best = filled(GOOD[handler.key].args, target, self.extras() | {"own_session_id": 1})
        self.matrix.setdefault((who, handler.key), ".")
        if who not in STRANGERS:
            await self.prepare(tab, handler, target)
            await tab.settled(rounds=1)
        answers = set()
        for payload in (best, {**best, "actor": {"user_id": 1}}, dict.fromkeys(best, "x")):
            case = Case("refused", who, handler.key, payload)
            outcome = await self.attempt(tab, handler, target, case)
            if not outcome.is_refusal:
                self.blame(case, "no refusal", outcome.frames[-1])
            answers.add((outcome.toast, outcome.text, outcome.gate, outcome.redirects))
        case = Case("refused", who, handler.key, best)
        self.check_touches(handler, case, nothing=True)
        if len(answers) > 1:
            self.blame(case, f"answers tell payloads apart: {sorted(answers)[:3]}")

    async def works(self, who: str) -> None:
        """Whoever has the function can use it on what is his, and sees by it nothing but what he may."""
        for handler in self.ours:
            if handler.key in GOOD and self.may(who, handler):
                await self._works(who, handler)

    async def _works(self, who: str, handler: Handler) -> None:
        good = GOOD[handler.key]
        is_person = who in self.world.people
        target = self.world.make_target(who if is_person else "sales")
        self.world.touched()
        if good.reveals:
            self.world.revealed.add((who, target.no))
        cookie, extra = self.world.cookies[who], self.extras()
        if "{own_session_id}" in str(good.args):
            extra |= {"own_session_id": self.world.sign_in(who)[1]}
        case = Case("works", who, handler.key, filled(good.args, target, extra))
        async with self.server.tab(cookie) as tab:
            await tab.settled(rounds=1)
            await self.prepare(tab, handler, target)
            outcome = await self.attempt(tab, handler, target, case)
        missing = set(good.writes) - self.check_touches(handler, case)
        sent_away = outcome.is_sent_away and not good.leads
        if sent_away or outcome.toast == "error" or outcome.gate in ("forbidden", "missing", "broken"):
            problem = f"a good call failed: {outcome.gate} {outcome.text} {outcome.redirects}"
            self.blame(case, problem, outcome.frames[-1])
        elif missing:
            self.blame(case, f"left no trace in {missing}", outcome.frames[-1])
        else:
            self.matrix.setdefault((who, handler.key), "o")
        if good.ends_session and is_person:
            self.world.cookies[who], _ = self.world.sign_in(who)

    async def out_of_reach(self, who: str) -> None:
        """What is somebody else's or deleted reads like what never was, and stays as it is."""
        for handler in self.ours:
            good = GOOD.get(handler.key)
            if good is not None and good.is_about_target and handler.permission and self.may(who, handler):
                await self._out_of_reach(who, handler, handler.permission)

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
                self.blame(case, "the attacker's own session has ended: this proves nothing")
            answer = _without(outcome.frames, target)
            if target is MISSING:
                expected = answer
            elif self.world.reaches(who, Permission.CUSTOMER_VIEW, target.no):
                # He may see it, so it need not read like a missing one; what he asked for was refused all the same.
                continue
            elif answer != expected:
                self.blame(case, "reads unlike a missing one", _first_difference(expected, answer))

    async def fuzzed(self, who: str) -> None:
        """Malformed payloads of those who have the function break nothing and reach nothing more."""
        for handler in self.ours:
            good = GOOD.get(handler.key)
            if good is None or not self.may(who, handler) or good.ends_session:
                continue
            target = self.world.make_target(who)
            self.world.touched()
            if good.reveals:
                self.world.revealed.add((who, target.no))
            best = filled(good.args, target, self.extras() | {"own_session_id": 1})
            payloads = [self._unsaved(payload, best, n) for n, payload in enumerate(hostile(best, handler.parameters))]
            async with self.server.tab(self.world.cookies[who]) as tab:
                await tab.settled(rounds=1)
                await self.prepare(tab, handler, target)
                # Many at once: what they must not do shows afterwards as well, and the barrier costs the most.
                for some in batched(payloads, 10):
                    await self._fuzz(tab, handler, target, Case("fuzzed", who, handler.key, list(some)), *some)
                for steps in hostile_steps(good.before):
                    await self.prepare(tab, handler, target, steps)
                    await self._fuzz(tab, handler, target, Case("fuzzed", who, handler.key, steps), best)

    async def _fuzz(self, tab: Wire, handler: Handler, target: Target, case: Case, *payloads: Any) -> None:
        outcome = await self.attempt(tab, handler, target, case, *payloads)
        self.check_touches(handler, case)
        if outcome.is_sent_away and not GOOD[handler.key].leads:
            self.blame(case, "the attacker's own session has ended: this proves nothing")

    def _unsaved(self, payload: Any, best: dict[str, Any], no: int) -> Any:
        """A form that was saved under its ticket is not saved again, which would spare all that comes after."""
        if isinstance(payload, dict) and "ticket" in best and payload.get("ticket") == best["ticket"]:
            return {**payload, "ticket": f"{best['ticket']}-{no}"}
        return payload

    async def undeclared(self, who: str) -> None:
        """What declares nothing does nothing: `setvar`, Reflex' own handlers, and events that don't exist."""
        async with self.server.tab(self.world.cookies[who]) as tab:
            await tab.settled()
            before = _without(await tab.settled(rounds=1), MISSING)
            for handler in self.handlers.values():
                if handler.declared or handler.framework:
                    continue
                setter = {"var_name": "functions", "value": ["system:admin"]}
                for payload in (setter, {}, dict.fromkeys(handler.parameters, "x")):
                    self.attempts += 1
                    await tab.send(handler.event, payload)
                await self._same_as(before, tab, Case("undeclared", who, handler.event))
            for event in ODD_EVENTS:
                self.attempts += 1
                await tab.send_raw(event)
                await self._same_as(before, tab, Case("undeclared", who, str(event)[:80]))

    async def _same_as(self, before: str, tab: Wire, case: Case) -> None:
        after = _without((await tab.settled(rounds=1))[-1:], MISSING)
        if tab.closed.is_set():
            self.blame(case, "the socket was closed")
        elif after != before:
            self.blame(case, "changed the state", _first_difference(before, after))
        if self.world.touched():
            self.blame(case, "touched a row")

    async def spoofed(self, who: str) -> None:
        """Vars that Reflex would take from the browser's storage can't be set, whichever var is named."""
        async with self.server.tab(self.world.cookies[who]) as tab:
            before = _without((await tab.settled())[-1:], MISSING)
            snapshot = json.loads(before)[1]["delta"]
            names = {f"{state}.{var}": MARK for state, values in snapshot.items() for var in values}
            for event in ("update_vars_internal_state.update_vars_internal", "hydrate_and_load"):
                name = next(n for n in (h.event for h in self.handlers.values()) if n.endswith(event))
                for spoof in (*({one: MARK} for one in names), names):
                    self.attempts += 1
                    await tab.send(name, {"vars": spoof})
                await self._same_as(before, tab, Case("spoofed", who, name))

    async def garbage(self) -> None:
        """Whatever is sent in place of a message, the next tab is served."""
        for text in ODD_TEXTS:
            self.attempts += 1
            async with self.server.tab(self.world.cookies["sales"]) as tab:
                await tab.send_text(text)
            async with self.server.tab(self.world.cookies["sales"]) as tab:
                if not await tab.settled(rounds=1):
                    self.blame(Case("garbage", "sales", text[:80]), "the server does not answer any more")

    async def run(self, *phases: Callable[[], Any]) -> None:
        """Each phase in turn; with `first_only`, until one finds something."""
        try:
            for phase in phases:
                result = phase()
                if result is not None:
                    await result
        except Enough:
            return


def batched(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """The items in their order, so many at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _without(frames: Iterable[str], target: Target) -> str:
    """The frames without what is different each time or stands for the target itself."""
    text = "\n".join(json.dumps(_lasting(content_of(frame)), sort_keys=True, ensure_ascii=False) for frame in frames)
    for value in (target.number, target.customer_id, target.contact_id, target.task_id):
        # Only where it stands alone: the 5 of a page size of 50 is no id.
        text = re.sub(rf"(?<![\w-]){re.escape(str(value))}(?![\w-])", "…", text)
    return text


def content_of(frame: str) -> Any:
    """What a frame says; on the wire all but ASCII is escaped."""
    return json.loads(_EVENT.sub("", frame)) if _EVENT.match(frame) else frame


def _lasting(content: Any) -> Any:
    """Without addresses, which the client chooses, and the numbers of messages."""
    if isinstance(content, list):
        return [_lasting(item) for item in content]
    if not isinstance(content, dict):
        return content
    kept = {key: _lasting(value) for key, value in content.items() if not key.startswith("rx_router_")}
    return {**kept, "id": 0} if {"id", "kind", "text", "href"} <= kept.keys() else kept


def _first_difference(expected: str, got: str) -> str:
    pairs = enumerate(zip(expected, got, strict=False))
    place = next((n for n, (a, b) in pairs if a != b), min(len(expected), len(got)))
    around = slice(max(0, place - 60), place + 120)
    return f"expected …{expected[around]}…\n    but got  …{got[around]}…"


__all__ = ["FUZZERS", "Campaign", "Handler", "content_of", "read_handlers"]

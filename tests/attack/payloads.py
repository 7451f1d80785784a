"""What attackers send instead of what a page sends."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlmodel import SQLModel

from tests.attack.world import MARK, SERVER_ONLY, Target

TEXTS = (
    "' OR '1'='1' --",
    "'; UPDATE customer SET owner_id=1; --",
    "%' UNION SELECT password_hash FROM account --",
    "<script>fetch('//evil.example')</script><img src=x onerror=alert(1)>",
    '=HYPERLINK("http://evil.example","x")',
    "{{7*7}}${7*7}%(password)s{0.__class__}",
    "../../../../etc/passwd",
    "\u202e\u200b\ufeff\u2028",
    "²",
    "１２３",
    "-1",
    "99999999999999999999999999",
    "NaN",
    "9999-99-99 99:99",
    "0001-01-01 00:00",
    "x" * 5_000,
)
WRONG = (None, True, 1.5, -1, 0, 2**53, 2**70, float("inf"), float("nan"), [], ["x"], {}, {"$gt": ""}, "")
BEYOND = ("x" * 20_001, "a\x00b", "\ud800", [[[[[[1]]]]]], ["x"] * 5_000, {str(n): n for n in range(3_000)})


def columns_as_fields() -> dict[str, str]:
    """Every column of every table as a form would send it: only what the form knows may be taken from it."""
    names = {column.name for table in SQLModel.metadata.sorted_tables for column in table.columns}
    return {name: f"{MARK}{name}" for name in sorted(names)}


def filled(template: Any, target: Target, extra: Mapping[str, Any]) -> Any:
    """A payload with `{name}` replaced by what it stands for; alone in a text, it keeps its type."""
    values = target.values() | dict(extra)
    if isinstance(template, dict):
        return {key: filled(value, target, extra) for key, value in template.items()}
    if isinstance(template, list):
        return [filled(value, target, extra) for value in template]
    if not isinstance(template, str) or "{" not in template:
        return template
    if template[1:-1] in values and template[0] == "{" and template[-1] == "}":
        return values[template[1:-1]]
    for name, value in values.items():
        template = template.replace("{" + name + "}", str(value))
    return template


def hostile(good: Mapping[str, Any], parameters: Mapping[str, str]) -> Iterator[Any]:
    """Variations of a good payload, one thing wrong in each; some are not even payloads."""
    for name, hint in parameters.items():
        for value in (*WRONG, *BEYOND):
            yield {**good, name: value}
        if "str" in hint:
            for value in TEXTS:
                given = good.get(name)
                yield {**good, name: dict.fromkeys(given, value) if isinstance(given, dict) else value}
        if "dict" in hint:
            yield {**good, name: {**(good.get(name) or {}), **columns_as_fields()}}
            yield {**good, name: {**(good.get(name) or {}), **SERVER_ONLY}}
            yield {**good, name: {"__class__": MARK, "__proto__": MARK, "constructor": MARK}}
        yield {key: value for key, value in good.items() if key != name}
    for key in ("actor", "self", "_", "session", "permission", "__init__", MARK):
        yield {**good, key: {"user_id": 1, "grants": {"system:admin": "all"}}}
    yield from ([], [good], "x", 7, None, {"": ""})


def hostile_steps(steps: Sequence[tuple[str, dict[str, Any]]]) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """Variations of what was typed before a form is saved: one text replaced in each."""
    for place, (step, arguments) in enumerate(steps):
        for name, given in arguments.items():
            # The name of a field is an argument of its own handler, and tried there.
            if isinstance(given, str) and name not in ("field", "number"):
                for value in TEXTS:
                    yield [*steps[:place], (step, {**arguments, name: value}), *steps[place + 1 :]]


ODD_EVENTS: tuple[Any, ...] = (
    None,
    7,
    "x",
    "{",
    json.dumps({"name": "reflex___state____state.hydrate", "payload": {}}),
    [],
    {},
    {"name": 5, "payload": {}},
    {"name": ["reflex___state____state.hydrate"], "payload": {}},
    {"name": "reflex___state____state.hydrate", "payload": {}, "router_data": []},
    {"name": "reflex___state____state.hydrate", "payload": {}, "router_data": {"pathname": {"a": 1}, "query": 7}},
    {"name": "x" * 50_000, "payload": {}},
    {"name": "__class__", "payload": {}},
    {"name": "reflex___state____state.__init__", "payload": {}},
    {"name": "reflex___state____state.reset", "payload": {}},
    {"name": "reflex___state____state.get_state", "payload": {"state_cls": "x"}},
    {"name": "_redirect", "payload": {"path": "https://evil.example"}},
)
"""What is no event, as an event's content."""

ODD_TEXTS: tuple[str, ...] = (
    '42/_event,["event",' + "[" * 50_000,
    '42/_event,["event",{"name":"x","payload":' + "9" * 5_000 + "}]",
    '42/_event,["event",NaN]',
    '42/_event,["no_such_event",{}]',
    '42/_event,["client_error",{"error_type":"x","message":"a\\nERROR forged ' + MARK + '"}]',
    '42/_event,["client_error",' + '"x"' + "]",
    '42/_event,["link_token_to_sid","a","b"]',
    '42/_event,["connect"]',
    '42/_event,["disconnect"]',
    "42/other,[]",
    "451-/_event,[]",
    "9",
    "",
    "\x00",
)
"""What is not even a message of the protocol; the server may end the socket, and nothing else may happen."""

"""What a client may send to a handler: arguments of the declared types, of a size that a page of ours could send."""

import inspect
from collections.abc import Callable, Mapping
from typing import Annotated, Any, get_type_hints
from urllib.parse import unquote_plus

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, create_model

from crm_app.core.errors import CrmError

MAX_TEXT = 20_000
MAX_ITEMS = 1_000
Moment = Annotated[int, "milliseconds since 1970"]
"""An argument by this name may be larger than what a database keeps as an id, a version, a count."""
_Integer = Annotated[int, Field(ge=-(1 << 31), lt=1 << 31)]
_NARROW: dict[Any, Any] = {int: _Integer, list[int]: list[_Integer]}  # type: ignore[valid-type]


class BadRequest(CrmError):
    """The payload does not fit the handler's arguments: no page of ours sends that."""

    code = "error.bad_request"


def argument_check(fn: Callable[..., Any], *, skip: int) -> Callable[..., dict[str, Any]]:
    """A function that turns a payload into the handler's arguments, strictly; raises BadRequest."""
    parameters = list(inspect.signature(fn).parameters.values())[skip:]
    hints = {name: _NARROW.get(hint, hint) for name, hint in get_type_hints(fn, include_extras=True).items()}
    missing = [p.name for p in parameters if p.name not in hints]
    if missing:
        raise TypeError(f"{fn.__qualname__}: no type for {missing}")
    fields: dict[str, Any] = {p.name: (hints[p.name], ... if p.default is p.empty else p.default) for p in parameters}
    config = ConfigDict(extra="forbid", strict=True, str_max_length=MAX_TEXT)
    adapter = TypeAdapter(create_model(f"{fn.__name__}_arguments", __config__=config, **fields))
    names = [p.name for p in parameters]

    def check(args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        if len(args) > len(names):
            raise BadRequest
        given = dict(zip(names, args, strict=False)) | kwargs
        if not is_bounded(given):
            raise BadRequest
        try:
            model = adapter.validate_python(given)
        except ValidationError:
            raise BadRequest from None
        return {name: getattr(model, name) for name in names}

    return check


def is_bounded(value: Any, depth: int = 0) -> bool:
    """Whether a payload is of a size, depth and text that a page of ours could send."""
    if isinstance(value, str):
        return len(value) <= MAX_TEXT and _is_sound(value)
    if isinstance(value, bool) or value is None:
        return True
    if isinstance(value, int | float):
        return abs(value) < 1e15
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, list | tuple):
        return depth < 4 and len(value) <= 2 * MAX_ITEMS and all(is_bounded(v, depth + 1) for v in value)
    return True


def is_address(url: str, parts: Mapping[str, Any]) -> bool:
    """Whether a page of ours could have this address, with these dynamic parts: the browser says both."""
    return is_bounded(unquote_plus(url)) and is_bounded(dict(parts))


def _is_sound(text: str) -> bool:
    """Whether both databases can store the text: no NUL, no half of a surrogate pair."""
    if "\x00" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True

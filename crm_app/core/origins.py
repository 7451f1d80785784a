"""Whether a page of ours sent a request: what its Origin header names, compared with the address that was asked."""

from collections.abc import Collection
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}
_OVER_TLS = frozenset({"https", "wss"})


def parse(text: str) -> str:
    """An origin as browsers send it: scheme, host and, unless it is the scheme's own, port. Raises ValueError."""
    parts = urlsplit(text.strip().rstrip("/"))
    if parts.scheme not in _PORTS or not parts.hostname or parts.path or parts.query or parts.fragment:
        raise ValueError("an origin is https://host or http://host:port")
    if "@" in parts.netloc:
        raise ValueError("an origin names no user")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port not in (None, _PORTS[parts.scheme]) else "")


def is_own(origin: str, *, scheme: str, host: str, allowed: Collection[str] = ()) -> bool:
    """Whether the origin is this very server, asked by `scheme` as `host`, or one of those that the settings allow.

    Asked over TLS, a page that came without it is a stranger: anybody on the way may have written it. The other way
    round it is let through, because a proxy that ends TLS and isn't named as trusted looks just like that.
    """
    try:
        source = parse(origin)
        target = parse(f"{source.partition('://')[0]}://{host}")
    except ValueError:
        return False
    if source in allowed:
        return True
    return source == target and (source.startswith("https:") or scheme not in _OVER_TLS)

"""Which customers are compared at all: those that share a key, so that nobody is compared with everybody.

A key is 64 bits: 33 of a hash and the id of a customer, so that the keys of a million customers fit in some dozen
megabytes and come together by sorting. Two different texts of one hash cost a comparison and nothing else.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from hashlib import blake2b

from crm_app.core.text import split_company_name
from crm_app.quality.schemas import Profile

_ID_BITS = 31
_ID = (1 << _ID_BITS) - 1
SHARED = {"mobile": 4, "email": 4, "phone": 4, "code": 20, "name": 40, "slip": 40}
"""More customers than this share a switchboard's number, or a name that says nothing: they are not compared for it."""
_CONTACT = ("mobile", "phone", "email")
_SHORTEST = 3
_PARTS, _PART_SHIFT = 64, 58
_NEIGHBOURS = 4096
"""Ids that lie so near are compared together, so that a profile is read few times."""


def keys_of(profile: Profile) -> Iterator[tuple[str, str]]:
    """(kind, text) of all that a customer may share with a duplicate of itself."""
    for kind, values in (("mobile", profile.mobiles), ("phone", profile.phones), ("email", profile.emails)):
        yield from ((kind, value) for value in values)
    if profile.credit_code:
        yield "code", profile.credit_code
    name = split_company_name(profile.name)
    yield "name", name.normalised
    if len(name.normalised) >= _SHORTEST:
        city = (name.region or profile.place)[:4]
        # With one character left out, two names are the same that differ in one, or in the order of two.
        for text in {name.normalised[:i] + name.normalised[i + 1 :] for i in range(len(name.normalised))}:
            yield "slip", f"{text}@{city}"
        yield "slip", f"{name.normalised}@{city}"


def packed(kind: str, text: str, customer_id: int) -> int:
    """The key of a customer."""
    digest = blake2b(f"{kind}:{text}".encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> _ID_BITS) << _ID_BITS | customer_id


class Blocks:
    """Keys of all customers, and the pairs that they make.

    They lie in parts: to sort all at once would stop every other thread of the process for a second.
    """

    def __init__(self) -> None:
        self._keys = {kind: [array("Q") for _ in range(_PARTS)] for kind in SHARED}
        self._common: set[int] = set()

    def add(self, profile: Profile) -> None:
        """Note the keys of one customer."""
        for kind, text in keys_of(profile):
            key = packed(kind, text, profile.id)
            self._keys[kind][key >> _PART_SHIFT].append(key)

    def pairs(self) -> "Iterator[array[int]]":
        """The pairs to compare, each once, as `unpack` reads them: in parts, each in order and of customers of its own.

        The keys are gone after it.
        """
        found: defaultdict[int, set[int]] = defaultdict(set)
        for kind, most in SHARED.items():
            for part in self._keys.pop(kind):
                for key, block in _blocks(part):
                    if len(block) <= most:
                        for one, other in _twos(block):
                            found[one // _NEIGHBOURS].add(one << 32 | other)
                    elif kind in _CONTACT:
                        self._common.add(key)
        for place in sorted(found):
            yield array("Q", sorted(found.pop(place)))

    def telling(self, profile: Profile) -> Profile:
        """The profile without numbers and addresses that too many share, as a switchboard's: they prove nothing."""

        def kept(kind: str, values: frozenset[str]) -> frozenset[str]:
            return frozenset(one for one in values if packed(kind, one, 0) not in self._common)

        if not self._common:
            return profile
        return replace(
            profile,
            mobiles=kept("mobile", profile.mobiles),
            phones=kept("phone", profile.phones),
            emails=kept("email", profile.emails),
        )


def unpack(pair: int) -> tuple[int, int]:
    """The two ids of a pair, the smaller one first."""
    return pair >> 32, pair & 0xFFFFFFFF


def _blocks(keys: "array[int]") -> Iterator[tuple[int, list[int]]]:
    """Each key that several customers have, without an id, and their ids in order."""
    block: list[int] = []
    before = -1
    for key in sorted(keys):
        if key & ~_ID != before:
            if len(block) > 1:
                yield before, block
            block, before = [], key & ~_ID
        if not block or block[-1] != key & _ID:
            block.append(key & _ID)
    if len(block) > 1:
        yield before, block


def _twos(block: list[int]) -> Iterator[tuple[int, int]]:
    for i, one in enumerate(block):
        for other in block[i + 1 :]:
            yield one, other

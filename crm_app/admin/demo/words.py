"""The material of the demonstration data, read from `words.json`; all of it is made up."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TypeAlias

Weighted: TypeAlias = Sequence[tuple[str, int]]
ByIndustry: TypeAlias = Mapping[str, Sequence[str]]
ByMethod: TypeAlias = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Words:
    """`*_contents` are follow-ups with places for {product}, {topic}, {role} and {n}.

    The first contact, those before a deal, and those with a client read differently.
    """

    surnames: str
    given_first: str
    given_second: str
    given_single: str
    brand_first: str
    brand_second: str
    legal_forms: Weighted
    trades: ByIndustry
    businesses: ByIndustry
    products: ByIndustry
    topics: Sequence[str]
    roles: Sequence[str]
    first_contents: ByMethod
    open_contents: ByMethod
    client_contents: ByMethod
    open_feedback: Sequence[str]
    client_feedback: Sequence[str]
    open_results: Sequence[str]
    client_results: Sequence[str]
    participants: Sequence[str]
    tasks: Sequence[str]
    notes: Sequence[str]
    positions: Weighted
    free_tags: Sequence[tuple[str, str]]
    """Name and colour."""
    roads: Sequence[str]
    places: Sequence[str]
    sales_departments: Sequence[tuple[str, Sequence[str], int]]
    """Name, big areas as `core.regions` names them, share of the customers."""
    cities: Weighted
    area_codes: Mapping[str, str]
    """Cities whose fixed lines have eight digits; the others get no fixed line here."""


@cache
def words() -> Words:
    """The material, read once."""
    return Words(**json.loads(files("crm_app.admin.demo").joinpath("words.json").read_text("utf-8")))

"""What each person keeps of a list: columns, widths, row height, page size, whether the filters are open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.listing.rules.address import arrange_columns
from crm_app.listing.rules.views import fit_width
from crm_app.listing.schemas import ListDef
from crm_app.models import User

DENSITIES = ("normal", "compact")
FACETS = ("", "open", "closed")
"""Whether the rows of filters are shown; before a person chose, the width of his window decides."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A person's own way to see a list."""

    columns: tuple[str, ...]
    size: int
    widths: Mapping[str, int] = field(default_factory=dict)
    density: str = "normal"
    facets: str = ""


def read_layout(session: Session, actor: Actor, *, name: str, definition: ListDef) -> Layout:
    """The layout that the person kept of the list of that name; the list's own for what he never changed."""
    kept = session.get_one(User, actor.user_id).preferences.get(name)
    return _sound(definition, kept if isinstance(kept, dict) else {})


def save_layout(session: Session, actor: Actor, *, name: str, definition: ListDef, layout: Layout) -> Layout:
    """Keep a layout; returns it as far as it makes sense."""
    user = session.get_one(User, actor.user_id)
    sound = _sound(
        definition,
        {
            "columns": layout.columns, "size": layout.size, "widths": layout.widths,
            "density": layout.density, "facets": layout.facets,
        },
    )  # fmt: skip
    user.preferences = {
        **user.preferences,
        name: {
            "columns": list(sound.columns), "size": sound.size, "widths": dict(sound.widths),
            "density": sound.density, "facets": sound.facets,
        },
    }  # fmt: skip
    return sound


def _sound(definition: ListDef, kept: Mapping[str, Any]) -> Layout:
    columns, widths = kept.get("columns"), kept.get("widths")
    names = [str(name) for name in columns] if isinstance(columns, Sequence) and not isinstance(columns, str) else []
    return Layout(
        columns=arrange_columns(definition, names) if names else definition.columns,
        size=kept["size"] if kept.get("size") in definition.sizes else definition.size,
        widths={
            str(key): fit_width(width)
            for key, width in (widths.items() if isinstance(widths, Mapping) else ())
            if key in definition.fields and isinstance(width, int)
        },
        density=kept["density"] if kept.get("density") in DENSITIES else DENSITIES[0],
        facets=kept["facets"] if kept.get("facets") in FACETS else FACETS[0],
    )

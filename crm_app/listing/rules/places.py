"""Places to choose from while one types their name."""

from functools import cache

from crm_app.core import regions
from crm_app.listing.schemas import ChoiceView

MAX_PLACES = 30


def suggest_places(text: str) -> tuple[ChoiceView, ...]:
    """Big areas and provinces for no text; else the places whose name begins with it, then those that contain it."""
    said = text.strip()[:20]
    if not said:
        return tuple(ChoiceView(name, name) for name in regions.AREAS) + tuple(
            ChoiceView(place.code, place.name) for place in regions.provinces()
        )
    areas = [ChoiceView(name, name) for name in regions.AREAS if said in name]
    found = [place for place in _all() if said in place.name]
    found.sort(key=lambda place: (not place.name.startswith(said), place.level != "province", place.level != "city"))
    exact = [place for place in regions.find(said) if place not in found]
    places = [ChoiceView(place.code, regions.full_name(place.code)) for place in [*exact, *found]]
    return tuple([*areas, *places][:MAX_PLACES])


@cache
def _all() -> tuple[regions.Region, ...]:
    """Every place, provinces before their cities before their districts."""
    cities = [city for province in regions.provinces() for city in regions.children(province.code)]
    districts = [district for city in cities for district in regions.children(city.code)]
    return (*regions.provinces(), *cities, *districts)

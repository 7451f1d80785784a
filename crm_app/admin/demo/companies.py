"""The customers' companies: name, place, size, age, and their contacts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from random import Random

from crm_app.admin.demo.names import Weighted, credit_code_of, email_of, landline_of, mobile_of, person_name, pick
from crm_app.admin.demo.words import words
from crm_app.core import regions

_ANYWHERE = 0.12
"""Share of the companies that lie in a city of no list."""
_HEADCOUNT = Weighted({"1-19": 18, "20-99": 34, "100-499": 30, "500-999": 10, "1000-4999": 6, "5000+": 2})
_REVENUES = ("0-5m", "5-20m", "20-100m", "100-500m", "500m-2b", "2b+")
_CHANNELS = Weighted({"mobile": 42, "wechat": 34, "email": 14, "landline": 5, "visit": 5})


@dataclass(frozen=True, slots=True)
class Place:
    """A city with its districts; `said` is how company names begin with it."""

    province: str
    city: str
    districts: tuple[str, ...]
    said: str
    area_code: str
    team: str


@dataclass(slots=True)
class Company:
    """What a customer's own fields hold."""

    name: str
    brand: str
    place: Place
    district: str
    address: str
    headcount: str
    revenue: str
    founded_on: date | None
    main_business: str
    credit_code: str


def _team_of(province: str) -> str:
    for name, areas, _ in words().sales_departments:
        if any(place.code == province for area in areas for place in regions.area_provinces(area)):
            return name
    raise LookupError(province)


def _place(city: regions.Region, teams: dict[str, str]) -> Place:
    said = regions.short_name(city.name)
    return Place(
        province=city.parent,
        city=city.code,
        districts=tuple(below.code for below in regions.children(city.code)),
        said=said,
        area_code=words().area_codes.get(said, ""),
        team=teams[city.parent],
    )


class CompanyMaker:
    """Makes companies with names that don't repeat."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        teams = {province.code: _team_of(province.code) for province in regions.provinces()}
        cities = [city for province in regions.provinces() for city in regions.children(province.code)]
        everywhere = {city.code: _place(city, teams) for city in cities if city.level == "city"}
        by_name = {place.said: place for place in everywhere.values()}
        self._anywhere = tuple(everywhere.values())
        self._cities = Weighted(dict(words().cities))
        self._known = {said: by_name[said] for said in self._cities.values}
        self._legal_forms = Weighted(dict(words().legal_forms))
        self._positions = Weighted(dict(words().positions))
        self._names: set[str] = set()

    def make(self, industry: str, created: date) -> Company:
        """A company that was there when it became a customer."""
        rng, material = self._rng, words()
        place = pick(rng, self._anywhere) if rng.random() < _ANYWHERE else self._known[self._cities.pick(rng)]
        name, brand = self._name(place, industry)
        district = pick(rng, place.districts) if place.districts else ""
        size = _HEADCOUNT.values.index(headcount := _HEADCOUNT.pick(rng))
        revenue = _REVENUES[min(5, max(0, size + int(rng.random() * 3) - 1))]
        spot = pick(rng, material.places).format(n=1 + int(rng.random() * 28))
        founded = date.fromordinal(created.toordinal() - 200 - int(rng.random() ** 1.6 * 9000))
        return Company(
            name=name,
            brand=brand,
            place=place,
            district=district,
            address=f"{pick(rng, material.roads)}{1 + int(rng.random() * 880)}号{spot}" if rng.random() < 0.85 else "",
            headcount=headcount if rng.random() < 0.9 else "",
            revenue=revenue if rng.random() < 0.8 else "",
            founded_on=founded if rng.random() < 0.85 else None,
            main_business=pick(rng, material.businesses[industry]) if rng.random() < 0.8 else "",
            credit_code=credit_code_of(rng, district or place.city) if rng.random() < 0.7 else "",
        )

    def _name(self, place: Place, industry: str) -> tuple[str, str]:
        """杭州云启精密机械有限公司, now and then 云启(杭州)精密机械有限公司; and the 云启 of it."""
        rng, material = self._rng, words()
        while True:
            brand = pick(rng, material.brand_first) + pick(rng, material.brand_second)
            rest = pick(rng, material.trades[industry]) + self._legal_forms.pick(rng)
            name = (
                f"{brand}({place.said}){rest}"
                if rng.random() < 0.07 and "(" not in rest
                else f"{place.said}{brand}{rest}"
            )
            if name not in self._names:
                self._names.add(name)
                return name, brand

    def contacts(self, company: Company, first_id: int) -> Iterator[tuple[object, ...]]:
        """Name, position, mobile, phone, e-mail, birthday, channel of one to three people."""
        rng = self._rng
        for n in range(1 + (rng.random() < 0.38) + (rng.random() < 0.1)):
            name = person_name(rng)
            has_mobile = rng.random() < 0.93
            born = date(1962 + int(rng.random() * 38), 1 + int(rng.random() * 12), 1 + int(rng.random() * 28))
            phone = company.place.area_code and rng.random() < 0.3
            yield (
                name,
                self._positions.pick(rng),
                mobile_of(first_id + n) if has_mobile else "",
                landline_of(rng, company.place.area_code) if phone else "",
                email_of(rng, name, company.brand) if not has_mobile or rng.random() < 0.6 else "",
                born if rng.random() < 0.4 else None,
                _CHANNELS.pick(rng) if rng.random() < 0.7 else "",
            )

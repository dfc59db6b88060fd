"""Where a case lies: a country of ISO 3166-1 or the European Union, and a region of NUTS 2021."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from . import Item, Note, Source, places
from .mapping import Mapper, given, slug, tidy
from .places import Country, Region


@dataclass(frozen=True)
class Place:
    """Where a case lies, as far as it is told in a way that can be relied on."""

    country: Country | None
    region: Region | None

    @property
    def code(self) -> str:
        """Code of the country, or of the Union."""
        return self.country.alpha2 if self.country else "EU"

    @property
    def ids(self) -> list[str]:
        """Ids of the country and of the region."""
        found = [_country_id(self.country)]
        if self.region is not None and self.region.parent:
            found.append(_region_id(self.region))
        return found


def placed(country_told: str, nuts_told: str, mapper: Mapper) -> Place:
    """The country told, and the region where it is one of NUTS 2021 and of that country.

    Raises ValueError where the name is that of no country.
    """
    options = mapper.source.options
    name = tidy(country_told)
    code = options["country_names"].get(name)
    known = places.countries()
    country = next((c for c in known.values() if c.alpha2 == code), known.get(slug(name)))
    if country is None and name != options["union"]["en"]:
        raise ValueError(f"{name!r} is the name of no country")
    written = country.en if country else name
    if written != country_told:
        rule = "spaces" if written == name else "country-name"
        mapper.changed("country", country_told, written, rule)
    nuts = tidy(nuts_told)
    region = places.regions().get(nuts)
    if region is None:
        mapper.notes.append(Note("nuts", nuts, None, "not-in-nuts-2021"))
    elif country is None or country.eu != nuts[:2]:
        mapper.notes.append(Note("nuts", nuts, None, "of-another-country"))
        region = None
    return Place(country, region)


def identifier(local: str, scheme: str, code: str) -> dict[str, str]:
    """An identifier, named after what it identifies and by which list: a country has two."""
    key = f"identifier/{local.replace('/', '-')}-{scheme}"
    return {"id": key, "type": "Identifier", "scheme": scheme, "code": code}


def _country_id(country: Country | None) -> str:
    return f"location/iso-{country.alpha2.lower()}" if country else "location/european-union"


def _region_id(region: Region) -> str:
    return f"location/nuts-{region.code.lower()}"


def locations(place: Place, source: Source) -> Iterator[Item]:
    """The place of a case and those around it."""
    licence = source.options["places_licence"]
    country, region = place.country, place.region
    if country is None:
        union = source.options["union"]
        data: dict[str, Any] = {
            "id": _country_id(None),
            "type": "Location",
            "names": {"en": union["en"], "fr": union["fr"]},
            "level": "union",
            "eu": union["eu"],
            "wikidata": union["item"],
        }
        yield Item("location", "union", data, licence=licence)
        return
    local = _country_id(country)
    codes = [identifier(local, "iso", country.alpha2)]
    nuts = country.eu if country.eu in places.regions() else None
    if nuts:
        codes.append(identifier(local, "nuts", nuts))
    data = {
        "id": local,
        "type": "Location",
        "names": {"en": country.en, "fr": country.fr},
        "level": "country",
        "identifiers": codes,
        "nuts": nuts,
        "ramon": nuts,
        "eu": country.alpha3,
        "wikidata": country.wikidata,
    }
    yield Item("location", f"country/{country.alpha2}", given(data), licence=licence)
    while region is not None and region.parent:
        above = places.regions()[region.parent]
        local = _region_id(region)
        data = {
            "id": local,
            "type": "Location",
            "name": region.name,
            "level": f"nuts-{len(region.code) - 2}",
            "within": _region_id(above) if above.parent else _country_id(country),
            "identifiers": [identifier(local, "nuts", region.code)],
            "nuts": region.code,
            "ramon": region.code,
        }
        yield Item("location", f"nuts/{region.code}", data, licence=licence)
        region = above

"""Invented dossiers in any number, as the product would publish them: N-Quads, same N, same bytes.

    python benchmarks/synthetic.py 2100 small.nq

Heavy tails as in life: few bodies take up a lot, few innovations spread far. Beside each dossier
stand what `graph/meta` tells of it and the shortcuts of `graph/derived`; the default graph holds
each triple once. Left out are the graphs of the ontology and of the vocabularies.
"""

import argparse
import random
from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path

from innograph import vocab
from innograph.naming import dossier_iri

BASE = "https://example.org"
LICENCE = "https://creativecommons.org/licenses/by/4.0/"
SIZES = {"small": 2_100, "large": 17_000}  # innovations; some 0.4 and 3 million quads
# All times told lie before it: what is current is the same on each later day.
_ACCEPTED = datetime(2026, 1, 1, tzinfo=UTC)
_COUNTRIES, _REGIONS, _DEPARTMENTS, _AGENTS = 27, 148, 361, 500
SPREADS = 3  # the innovation that spreads furthest, into _FAR adoptions
_FAR = 400
_FR = (
    "mobilité partagée santé quartier école numérique énergie habitat inclusion emploi jeunesse "
    "culture eau déchets participation budget citoyen guichet accueil simplification données "
    "ouvertes tiers-lieu insertion logement autonomie alimentation circuit court handicap "
    "prévention médiation formation coopération territoire rural urbain transition laboratoire "
    "essaimage"
).split()
_EN = (
    "mobility shared health neighbourhood school digital energy housing inclusion employment youth "
    "culture water waste participation budget citizen desk welcome simplification data open "
    "third-place insertion home autonomy food circuit short disability prevention mediation "
    "training cooperation territory rural urban transition laboratory scaling"
).split()
_ACTORS = "central-administration hospital local-authority association cooperative agency".split()

Triple = tuple[str, str, str]  # terms as N-Triples writes them


@dataclass
class Dossier:
    """What one contributor says of one thing, and what the product derives from it.

    What is `listed` belongs to the graph of a list, and nobody in particular says it.
    """

    contributor: str
    local: str
    thing: str
    told: list[Triple] = field(default_factory=list)
    derived: list[Triple] = field(default_factory=list)
    listed: bool = False

    @property
    def graph(self) -> str:
        name = f"{BASE}/graph/communes"
        return name if self.listed else dossier_iri(BASE, self.contributor, self.local)

    def say(self, subject: str, *more: tuple[str, str]) -> None:
        """Add statements about a subject: pairs of a property and a value."""
        self.told += [(subject, term(predicate), value) for predicate, value in more]


@cache
def term(short: str) -> str:
    """`inno:adopts` as N-Triples write it; prefixes are those of the ontology."""
    prefix, _, name = short.partition(":")
    return f"<{vocab.prefixes()[prefix]}{name}>"


def named(kind: str, key: object) -> str:
    return f"<{BASE}/id/{kind}/{key}>"


def text(words: str, lang: str) -> str:
    return f'"{words}"@{lang}'


def typed(value: object, kind: str) -> str:
    return f'"{value}"^^{term(f"xsd:{kind}")}'


def date(told: str) -> str:
    """A year, a month or a day, as told."""
    return typed(told, {4: "gYear", 7: "gYearMonth", 10: "date"}[len(told)])


def bounds(told: str) -> tuple[str, str]:
    """The first and the last day of a year, a month or a day."""
    if len(told) == 4:
        return f"{told}-01-01", f"{told}-12-31"
    if len(told) == 7:
        return f"{told}-01", f"{told}-{monthrange(int(told[:4]), int(told[5:]))[1]:02}"
    return told, told


def dossiers(number: int) -> Iterator[Dossier]:
    """All dossiers of `number` innovations; what one points at stands in an earlier one."""
    return _World(number).dossiers()


class _World:
    def __init__(self, number: int) -> None:
        self.number = number
        self.random = random.Random(2015)
        self.communes = 2 * number
        self.bodies = max(100, 3 * number // 10)
        self.themes: list[str] = []

    def dossiers(self) -> Iterator[Dossier]:
        yield from self._territories()
        for root in range(8):
            yield from self._theme(str(root), None, 4)
        for body in range(self.bodies):
            yield self._organisation(body)
        for key in range(self.number):
            yield from self._innovation(key)

    def _new(self, kind: str, key: object, types: str, contributor: str = "") -> Dossier:
        thing = named(kind, key)
        dossier = Dossier(contributor or self._contributor(), f"{kind}-{key}", thing)
        dossier.say(thing, ("rdf:type", term(types)))
        return dossier

    def _contributor(self) -> str:
        return f"contributor/{int(_AGENTS * self.random.random() ** 2)}"

    def _territories(self) -> Iterator[Dossier]:
        for key in range(_COUNTRIES):
            yield self._territory(f"country-{key}", f"Pays {key}", "national")
        for key in range(_REGIONS):  # the first country is large
            country = 0 if key < 18 else 1 + key % (_COUNTRIES - 1)
            yield self._territory(
                f"region-{key}", f"Région {key}", "regional", f"country-{country}"
            )
        for key in range(_DEPARTMENTS):
            region = key % 18 if key < 101 else 18 + key % (_REGIONS - 18)
            yield self._territory(
                f"department-{key}", f"Département {key}", "county", f"region-{region}"
            )
        for key in range(self.communes):
            few = self.random.randrange(101, _DEPARTMENTS)
            department = self.random.randrange(101) if key % 5 else few
            name = f"{_FR[key % 40].capitalize()}-{key}"
            within = f"department-{department}"
            yield self._territory(f"commune-{key}", name, "municipal", within, listed=True)

    def _territory(
        self, key: str, name: str, level: str, within: str = "", listed: bool = False
    ) -> Dossier:
        dossier = self._new("location", key, "dcterms:Location", "source/territories")
        dossier.listed = listed
        dossier.say(
            dossier.thing,
            ("skos:prefLabel", text(name, "fr")),
            ("inno:territoryLevel", term(f"territory:{level}")),
        )
        if within:
            dossier.say(dossier.thing, ("dcterms:isPartOf", named("location", within)))
        return dossier

    def _theme(self, key: str, broader: str | None, depth: int) -> Iterator[Dossier]:
        dossier = self._new("concept", f"theme-{key}", "skos:Concept", "source/themes")
        self.themes.append(dossier.thing)
        labels = text(f"Thème {key}", "fr"), text(f"Theme {key}", "en")
        dossier.say(dossier.thing, *(("skos:prefLabel", label) for label in labels))
        if broader:
            dossier.say(dossier.thing, ("skos:broader", broader))
        yield dossier
        for child in range(4 if depth > 1 else 0):
            yield from self._theme(f"{key}.{child}", dossier.thing, depth - 1)

    def _organisation(self, key: int) -> Dossier:
        dossier = self._new("organisation", key, "cv:PublicOrganisation", "source/bodies")
        commune = self.random.randrange(self.communes)
        dossier.say(
            dossier.thing,
            ("skos:prefLabel", text(f"Organisme {_FR[key % 40]} {key}", "fr")),
            ("inno:territoryLevel", term("territory:municipal")),
            ("org:classification", term(f"actor:{_ACTORS[key % 6]}")),
            ("dcterms:spatial", named("location", f"commune-{commune}")),
        )
        return dossier

    def _body(self, power: float = 1) -> str:
        """Some organisation; the higher the power, the more often the same ones."""
        return named("organisation", int(self.bodies * self.random.random() ** power))

    def _day(self, year: int) -> str:
        """A day, month or year of that year, as sources tell it."""
        day = f"{year}-{self.random.randrange(1, 13):02}-{self.random.randrange(1, 29):02}"
        return day[: self.random.choice((4, 7, 10, 10))]

    def _innovation(self, key: int) -> Iterator[Dossier]:
        year = 2003 + int(15 * self.random.random() ** 0.6)
        dossier, lead = self._described(key, year)
        yield dossier
        if key % 21 == 0:
            yield self._second_voice(key, dossier)
        adopters = [lead]
        for adoption, adopter in self._adoptions(key, lead, year):
            adopters.append(adopter)
            yield adoption
        for number in range(self.random.choice((0, 0, 0, 1, 1, 2))):
            yield self._evaluation(f"{key}-{number}", dossier.thing, adopters, year)

    def _described(self, key: int, year: int) -> tuple[Dossier, str]:
        dossier = self._new("innovation", key, "inno:Innovation")
        first, second, third = (self.random.randrange(40) for _ in range(3))
        for words, lang in ((_FR, "fr"), (_EN, "en")):
            title = f"{words[first].capitalize()} {words[second]} {words[third]} {key}"
            dossier.say(dossier.thing, ("dcterms:title", text(title, lang)))
        about = " ".join(_FR[(first * n + second + n) % 40] for n in range(1, 19))
        role, lead = named("attribution", key), self._body()
        dossier.say(
            dossier.thing,
            ("dcterms:description", text(about, "fr")),
            *(("dcterms:subject", theme) for theme in sorted(self._themes())),
            ("prov:qualifiedAttribution", role),
        )
        dossier.say(
            role,
            ("rdf:type", term("prov:Attribution")),
            ("prov:agent", lead),
            ("dcat:hadRole", term("role:lead")),
        )
        chance = self.random.random()
        stages = ["stage:piloting" if chance < 0.8 else "stage:generating-ideas"]
        stages += [f"stage:{'implementing' if chance < 0.4 else 'diffusing'}"] * (chance < 0.6)
        standings = ["standing:ended"] * (chance < 0.1)
        self._periods(dossier, f"{key}", year, stages + standings)
        shortcuts = {"inno:currentStage": stages[-1]} if not standings else {}
        shortcuts["inno:currentStanding"] = standings[0] if standings else "standing:active"
        dossier.derived += [
            (dossier.thing, term(name), term(value)) for name, value in shortcuts.items()
        ]
        return dossier, lead

    def _themes(self) -> set[str]:
        return {self.random.choice(self.themes), self.random.choice(self.themes)}

    def _second_voice(self, key: int, first: Dossier) -> Dossier:
        """Another contributor tells some of the same again, and a little more."""
        dossier = Dossier(f"{first.contributor}-bis", f"innovation-{key}", first.thing)
        dossier.told += first.told[:2]  # what it is, and its title in French
        dossier.say(first.thing, ("dcterms:subject", self.random.choice(self.themes)))
        dossier.say(first.thing, ("dcterms:description", text(f"Innovation {key}", "en")))
        return dossier

    def _periods(
        self, dossier: Dossier, key: str, year: int, statuses: Sequence[str]
    ) -> Sequence[str]:
        """One status after the other, a year or two each; a later one ends the one before.

        The bounds of the first start are told.
        """
        starts = []
        for number, status in enumerate(statuses):
            period, told = named("status-period", f"{key}-{number}"), self._day(year)
            starts.append((period, *bounds(told)))
            dossier.say(dossier.thing, ("inno:hasStatus", period))
            dossier.say(
                period,
                ("rdf:type", term("inno:StatusPeriod")),
                ("inno:status", term(status)),
                ("schema:startDate", date(told)),
            )
            year += self.random.randrange(1, 3)
        open_end = ("", "9999-12-31", "9999-12-31")
        for (period, *start), (_, *end) in pairwise([*starts, open_end]):
            self._bounds(dossier, period, [*start, *end])
        return starts[0][1:]

    def _bounds(self, dossier: Dossier, dated: str, days: Sequence[str]) -> None:
        names = "startEarliest", "startLatest", "endEarliest", "endLatest"
        dossier.derived += [
            (dated, term(f"inno:{name}"), date(day)) for name, day in zip(names, days, strict=False)
        ]

    def _adoptions(self, key: int, lead: str, year: int) -> Iterator[tuple[Dossier, str]]:
        number = min(_FAR, int(0.45 / max(1e-4, self.random.random()) ** 0.8))
        earlier: list[tuple[str, int]] = []
        for n in range(_FAR if key == SPREADS else number):
            dossier = self._new("adoption", f"{key}-{n}", "inno:Adoption")
            adopter = lead if n == 0 else self._body(3)
            follows = bool(earlier) and self.random.random() < 0.75
            model, since = self.random.choice(earlier) if follows else ("", year)
            since = min(2022, since + int(2 * self.random.random() ** 2) + (n > 0))
            dossier.say(
                dossier.thing,
                ("inno:adopts", named("innovation", key)),
                ("inno:adopter", adopter),
                ("inno:evidence", f"<https://www.example.org/adoption/{key}/{n}>"),
                *([("inno:modelledOn", model)] if model else []),
                *([("inno:fidelity", term("fidelity:original"))] if n == 0 else []),
            )
            uptakes = ["uptake:trial"] * (self.random.random() < 0.2) + ["uptake:in-use"]
            began = self._periods(dossier, f"adoption-{key}-{n}", since, uptakes)
            self._bounds(dossier, dossier.thing, began)
            dossier.derived.append((named("innovation", key), term("inno:adoptedBy"), adopter))
            earlier.append((dossier.thing, since))
            yield dossier, adopter

    def _evaluation(self, key: str, thing: str, adopters: Sequence[str], year: int) -> Dossier:
        dossier = self._new("evaluation", key, "inno:Evaluation")
        itself = self.random.random() < 0.3
        assessor = adopters[0] if itself else self._body()
        involved, finding = assessor in adopters, named("finding", key)
        told = self._day(year + 1 + self.random.randrange(4))
        dossier.say(
            dossier.thing,
            ("dcterms:type", term(f"evaluation:{'self' if itself else 'third-party'}")),
            ("inno:assesses", thing),
            ("inno:assessor", assessor),
            ("inno:method", term(f"method:{self.random.choice(('survey', 'before-after'))}")),
            ("inno:independence", typed(str(not involved).lower(), "boolean")),
            ("schema:startDate", date(told)),
            ("inno:hasFinding", finding),
        )
        dossier.say(
            finding,
            ("rdf:type", term("inno:Finding")),
            ("inno:onCriterion", term("grid-self-evaluation:users-reached")),
            ("schema:value", typed(self.random.randrange(10_000), "integer")),
        )
        self._bounds(dossier, dossier.thing, [*bounds(told), "9999-12-31", "9999-12-31"])
        if involved:
            dossier.derived.append((dossier.thing, term("inno:involvedAssessor"), assessor))
        return dossier


def quads(number: int) -> Iterator[str]:
    """Lines of N-Quads: named graphs, and each triple once in the default graph."""
    meta, derived = f"<{BASE}/graph/meta>", f"<{BASE}/graph/derived>"
    seen: set[Triple] = set()
    for revision, dossier in enumerate(dossiers(number), 1):
        if dossier.local.startswith("innovation-") and not dossier.contributor.endswith("-bis"):
            seen.clear()  # nothing that was told of earlier innovations is told again
        parts = [(f"<{dossier.graph}>", dossier.told)]
        if not dossier.listed:
            parts += [(meta, _meta(dossier, revision)), (derived, dossier.derived)]
        for graph, triples in parts:
            for triple in triples:
                line = " ".join(triple)
                if graph != derived or triple not in seen:
                    yield f"{line} {graph} .\n"
                if triple not in seen:
                    seen.add(triple)
                    yield f"{line} .\n"


def _meta(dossier: Dossier, revision: int) -> list[Triple]:
    graph = f"<{dossier.graph}>"
    accepted = _ACCEPTED + timedelta(minutes=revision)
    told = {
        "rdf:type": term("inno:Dossier"),
        "foaf:primaryTopic": dossier.thing,
        "prov:wasAttributedTo": f"<{BASE}/id/{dossier.contributor}>",
        "dcterms:license": f"<{LICENCE}>",
        "prov:generatedAtTime": typed(accepted.strftime("%Y-%m-%dT%H:%M:%SZ"), "dateTime"),
        "schema:version": typed(revision, "integer"),
    }
    return [(graph, term(name), value) for name, value in told.items()]


def write(number: int, path: Path) -> int:
    """Write the N-Quads of `number` innovations; return how many they are."""
    written = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for line in quads(number):
            file.write(line)
            written += 1
    return written


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("number", type=int, help="how many innovations")
    parser.add_argument("output", type=Path, help="N-Quads file to write")
    given = parser.parse_args()
    print(f"{write(given.number, given.output)} quads in {given.output}")

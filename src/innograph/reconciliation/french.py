"""French local authorities by name: communes, their groupings, départements, régions."""

import re
from functools import cache

from ..sources import territories
from ..sources.mapping import folded, slug, tidy
from ..sources.territories import Territory, core
from .gazetteers import former_communes
from .likeness import most_alike
from .matches import BELOW, Code, Match, by_rule

_BRACKETS = re.compile(r"\(([^)]*)\)")
_OF = r"(?P<of>du |des |de l'|de la |d'|de )"
_COMMUNE = re.compile(rf"(?:la |l')?(?:ville|commune|mairie|municipalite) {_OF}(?P<place>.+)")
_ENGLISH = re.compile(r"(?:city|municipality|town) of (?P<place>.+)|(?P<before>.+) municipality")
# What the place is called when "of" has taken its article: "Ville du Havre" is of Le Havre.
_ARTICLES = {"du ": "le ", "des ": "les ", "de l'": "l'", "de la ": "la "}
_GROUPING = re.compile(
    r"\b(communaute|agglomeration|agglo|agglopole|metropole|eurometropole)\b|^(cc|ca|cu) "
)
_DEPARTEMENT = re.compile(
    rf"(?:le )?(?:departement|conseil (?:departemental|general)|dept|cd)\.? {_OF}?(?P<place>.+)"
)
_REGION = re.compile(
    rf"(?:la )?(?:region|conseil regional) {_OF}?(?P<place>.+)|(?P<before>.+) regional council"
)
# Bodies that are named after a place, and are not its authority.
_OTHER_BODY = re.compile(
    r"(syndicat|agence|direction|prefecture|academie|universite|chambre|office|service|caisse|cour"
    r"|tribunal|ministere|etablissement|centre|ecole|regie|societe|association|pole|parc)\b"
)
# The legal form of a grouping, as its official name begins with it.
_FORMS = {
    "cc": re.compile(r"\bcommunaute (de|des) communes\b|^cc "),
    "ca": re.compile(r"\bcommunaute d'agglomeration\b|^ca "),
    "cu": re.compile(r"\bcommunaute urbaine\b|^cu "),
}
_FORM = re.compile(r"\bcommunaute (des? communes|d'agglomeration|urbaine)\b")
_NAMESAKE = 3  # a namesake so many times as populous makes a short name doubtful
_ALIKE, _SHOWN = 82, 3
_KINDS = {
    "municipal": "commune",
    "intermunicipal": "epci",
    "county": "departement",
    "regional": "region",
}


def authority(name: str, level: str = "") -> Match | None:
    """The authority that a name stands for; None when it is not that of a local authority.

    `level` is the notation of the concept of the list territory that is told of the body, if any.
    """
    hints = [folded(hint) for hint in _BRACKETS.findall(name)]
    text = tidy(folded(_BRACKETS.sub(" ", name)).replace("`", "'"))
    if not text or _OTHER_BODY.match(text):
        return None
    if match := _REGION.fullmatch(text):
        return _one("region", match["place"] or match["before"], hints)
    if match := _DEPARTEMENT.fullmatch(text):
        return _one("departement", match["place"], hints)
    kind = _KINDS.get(level, "")
    if match := _COMMUNE.fullmatch(text):
        return _commune(_ARTICLES.get(match["of"], "") + match["place"], hints)
    if match := _ENGLISH.fullmatch(text):
        return _commune(match["place"] or match["before"], hints)
    if _GROUPING.search(text) or kind == "epci":
        return _grouping(text, hints)
    if kind == "commune":
        return _commune(text, hints)
    return _one(kind, text, hints) if kind else None


def _one(kind: str, place: str, hints: list[str]) -> Match:
    """A département or région, by its number or its name."""
    if numbered := territories.table().get((kind, place.upper())):
        return by_rule("code", code_of(numbered))
    found = territories.alike(kind, place)
    return _told("name", found) if found else _similar(kind, place, hints)


def _commune(place: str, hints: list[str]) -> Match:
    place = re.sub(r"\b(ste?)[ .-]+", lambda m: f"saint{'e' * (m[1] == 'ste')} ", place)
    if found := _within(territories.named("commune", place), hints):
        return _told("name", found) if hints else _unless_namesake("name", found, slug(place))
    if found := _within(list(former_communes().get(slug(place), ())), hints):
        return _told("former-name", found)
    if found := _within(territories.alike("commune", place), hints):
        return _unless_namesake("name-but-small-words", found, slug(place))
    return _similar("commune", place, hints)


def _within(places: list[Territory], hints: list[str]) -> list[Territory]:
    """Those in the département that is told in brackets, by number, postcode or name."""
    if not hints:
        return places
    around = [(place, territories.around(place)) for place in places]
    return [
        place
        for place, over in around
        if any(hint.startswith(place.parent.lower()) for hint in hints)
        or (over and slug(over.name) in map(slug, hints))
    ]


def _unless_namesake(rule: str, found: list[Territory], place: str) -> Match:
    """A short name may stand for a longer one: Fontenay for Fontenay-sous-Bois."""
    if len(found) == 1:
        longer = [
            other
            for other in _longer().get(place.split("-")[0], ())
            if slug(other.name).startswith(f"{place}-")
            and _people(other) > _NAMESAKE * _people(found[0])
        ]
        if longer:
            return by_rule("larger-namesake", *map(code_of, [*found, *longer][:_SHOWN]))
    return _told(rule, found)


@cache
def _longer() -> dict[str, list[Territory]]:
    """Communes by the first word of their names, the most populous first."""
    found: dict[str, list[Territory]] = {}
    for place in sorted(territories.table().values(), key=_people, reverse=True):
        if place.kind == "commune":
            found.setdefault(slug(place.name).split("-")[0], []).append(place)
    return found


def _people(place: Territory) -> int:
    return int(place.population or 0)


def _grouping(text: str, hints: list[str]) -> Match:
    if found := territories.named("epci", text):
        return _told("name", found)
    found = territories.alike("epci", _FORM.sub(" ", text))
    if len(found) > 1:
        forms = [form for form, pattern in _FORMS.items() if pattern.search(text)]
        found = [g for g in found if slug(g.name).split("-")[0] in forms] or found
    return _told("name-but-form", found) if found else _similar("epci", _FORM.sub(" ", text), hints)


def _told(rule: str, found: list[Territory]) -> Match:
    if len(found) == 1:
        return by_rule(rule, code_of(found[0]))
    most = sorted(found, key=_people, reverse=True)
    return by_rule("several", *map(code_of, most[: 2 * _SHOWN]))


def _similar(kind: str, place: str, hints: list[str]) -> Match:
    """Those whose names are most like it, for a person."""
    choices = _cores(kind)
    scored = most_alike(core(place), list(choices), _ALIKE, _SHOWN)
    found = [place for name, _ in scored for place in choices[name]]
    best = scored[0][1] if scored else 0.0
    # However alike, a name that is not the same is never certain.
    codes = map(code_of, (_within(found, hints) or found)[: 2 * _SHOWN])
    return Match("similar", min(best, BELOW), tuple(codes))


@cache
def _cores(kind: str) -> dict[str, list[Territory]]:
    found: dict[str, list[Territory]] = {}
    for place in territories.table().values():
        if place.kind == kind and len(core(place.name)) > _SHOWN:
            found.setdefault(core(place.name), []).append(place)
    return found


def code_of(place: Territory) -> Code:
    """The number of a territory's authority: its SIREN, or the territory's code where none is."""
    scheme = "siren" if place.siren else f"insee-{place.kind}"
    return Code(scheme, place.siren or place.code, place.name)

"""Which organisations are the same: those of one code, told by a source or found by name."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..sources.mapping import slug
from . import french, italian, states
from .italian import Municipality
from .likeness import most_alike
from .matches import BELOW, RULES, Code, Link, Match, Reason
from .told import Told

# Codes that tell who an actor is; a key of a source is its own affair.
_OFFICIAL = ("siren", "insee-commune", "insee-departement", "insee-region", "nuts")
_ALIKE, _MOST_ALIKE, _SHOWN, _BUCKET = 90, 93, 3, 6


@dataclass(frozen=True)
class _Named:
    """An actor, and what its name stands for."""

    actor: Told
    name: str
    match: Match


def links(actors: Iterable[Told], base: str) -> list[Link]:
    """Links of actors to codes, and candidates: codes and pairs that a person decides on."""
    by_code: dict[str, list[tuple[Told, Link]]] = defaultdict(list)
    named: list[_Named] = []
    others: list[tuple[Told, str]] = []
    municipal: list[tuple[Told, Municipality]] = []
    for actor in actors:
        if actor.all("unit"):  # a unit may bear the name of what it is a unit of
            others.append((actor, "unit"))
            continue
        codes = [code for code in map(_told_code, actor.all("code")) if code]
        for code in codes:
            by_code[code.key].append((actor, _to_code(actor, code, "code", 1.0, code.code, base)))
        if codes:
            continue
        if found := _municipality(actor):
            municipal.append((actor, found))
        elif match := _match(actor):
            named.append(match)
        else:
            others.append((actor, ""))
    candidates: list[Link] = []
    for one in named:
        made = [
            _to_code(one.actor, code, one.match.rule, one.match.sure, one.name, base)
            for code in one.match.codes
        ]
        if one.match.certain:
            by_code[made[0].other].append((one.actor, made[0]))
        else:
            # What only we have a key for is better asked as a pair of actors: `_alike`.
            candidates += [link for link in made if link.code and link.code.scheme in _OFFICIAL]
        if one.match.codes[0].scheme not in _OFFICIAL:
            others.append((one.actor, made[0].other if one.match.certain else ""))
    for key, of_code in _municipal_codes(municipal, base).items():
        by_code[key] += of_code
    candidates += _municipal_pairs(municipal, base)
    candidates += _alike(others, base)
    return [*_worth_telling(by_code), *candidates]


def _worth_telling(by_code: dict[str, list[tuple[Told, Link]]]) -> Iterator[Link]:
    """A link that tells something: an official code that was not told, or that two share one."""
    for told in by_code.values():
        several = len({actor.iri for actor, _ in told}) > 1
        for _, link in told:
            assert link.code is not None
            new = link.rule != "code" and link.code.scheme in _OFFICIAL
            if several or new:
                yield link


def _told_code(key: str) -> Code | None:
    scheme, _, code = key.partition(":")
    return Code(scheme, code, code) if scheme in _OFFICIAL else None


def _to_code(actor: Told, code: Code, rule: str, sure: float, name: str, base: str) -> Link:
    tail = actor.iri.removeprefix(f"{base}/id/")
    reason = Reason("code" if rule == "code" else "name", name, code.name, rule)
    label = actor.label("name")
    names = (label, code.name)
    return Link(f"code/{tail}/{code.key}", actor.iri, code.key, names, rule, sure, code, (reason,))


def _match(actor: Told) -> _Named | None:
    """What the names of an actor stand for: the surest match, in the country that it is of."""
    countries = set(actor.all("country"))
    # A body that acts in several countries is no authority of one.
    is_french = countries == {"FR"} or ("fr" in actor.languages("name") and not countries)
    level = next(iter(actor.all("level")), "")
    found = []
    for name in actor.all("name"):
        tried = [italian.province(name)] if countries in (set(), {"IT"}) else []
        if is_french:
            tried += [french.authority(name, level), states.body(name)]
        told = [_Named(actor, name, match) for match in tried if match and match.codes]
        # The first that is certain: an authority that is known is no other body.
        found += [named for named in told if named.match.certain][:1] or told
    certain = {named.match.codes[0].key for named in found if named.match.certain}
    if len(certain) > 1:  # names that contradict each other prove nothing
        return None
    return max(found, key=lambda named: (named.match.certain, named.match.sure), default=None)


def _municipality(actor: Told) -> Municipality | None:
    if actor.all("country") not in ([], ["IT"]):
        return None
    return next(
        (found for name in actor.all("name") if (found := italian.municipality(name))), None
    )


def _municipal_codes(
    municipal: list[tuple[Told, Municipality]], base: str
) -> dict[str, list[tuple[Told, Link]]]:
    groups: dict[Code, list[tuple[Told, Municipality]]] = defaultdict(list)
    provinces: dict[Code, set[str]] = defaultdict(set)
    for actor, name in municipal:
        if not name.homonym:
            groups[italian.key(name)].append((actor, name))
            provinces[italian.key(name)] |= {name.province} - {""}
    found = {}
    for code, members in groups.items():
        if len(provinces[code]) < 2:  # told in two provinces, it is a homonym that we did not know
            rule = "name" if len({n.exact for _, n in members}) == 1 else "name-but-small-words"
            found[code.key] = [
                (actor, _to_code(actor, code, rule, RULES[rule], actor.label("name"), base))
                for actor, _ in members
            ]
    return found


def _municipal_pairs(municipal: list[tuple[Told, Municipality]], base: str) -> Iterator[Link]:
    """Spellings that may name one municipality: but for accents, of homonyms, or much alike."""
    by_plain: dict[str, list[tuple[Told, Municipality]]] = defaultdict(list)
    for actor, spelt in municipal:
        by_plain[spelt.plain].append((actor, spelt))
    for group in by_plain.values():
        firsts: list[tuple[Told, Municipality]] = []
        for actor, spelt in group:
            for other, known in firsts:
                match = italian.same(spelt, known)
                if match and match.sure < BELOW:
                    yield pair(actor, other, match.rule, match.sure, base)
            if spelt.homonym or spelt.main not in {known.main for _, known in firsts}:
                firsts.append((actor, spelt))
    names = sorted(by_plain)
    for name in names:
        for like, score in most_alike(name, names, _MOST_ALIKE, _SHOWN):
            if name < like:
                sure = min(score, BELOW)
                yield pair(by_plain[name][0][0], by_plain[like][0][0], "similar", sure, base)


def _alike(actors: list[tuple[Told, str]], base: str) -> Iterator[Link]:
    """Other bodies that bear one name, or names much alike that begin alike.

    Each with the code that it is linked to already, or "unit": those of one code need no pair, and
    a unit is never the same as what is none.
    """
    buckets: dict[tuple[bool, str], dict[str, list[tuple[Told, str]]]]
    buckets = defaultdict(lambda: defaultdict(list))
    for actor, code in actors:
        name = slug(actor.label("name"))
        buckets[code == "unit", name[:_BUCKET]][name].append((actor, code))
    for bucket in buckets.values():
        names = sorted(bucket)
        for name in names:
            (first, code), *others = bucket[name]
            for other, its in others:
                if _may_be_one((first, code), (other, its)):
                    yield pair(first, other, "same-name", RULES["same-name"], base)
            for like, score in most_alike(name, names, _ALIKE, _SHOWN + 1):
                other, its = bucket[like][0]
                if name < like and _may_be_one((first, code), (other, its)):
                    yield pair(first, other, "similar", min(score, BELOW), base)


def _may_be_one(one: tuple[Told, str], other: tuple[Told, str]) -> bool:
    """Not known to be one already, by its code, and not in two countries."""
    places = [set(actor.all("country")) for actor, _ in (one, other)]
    apart = all(places) and not places[0] & places[1]
    return not apart and (one[1] in ("", "unit") or one[1] != other[1])


def pair(
    one: Told,
    other: Told,
    rule: str,
    sure: float,
    base: str,
    *,
    field: str = "name",
    reasons: tuple[Reason, ...] = (),
) -> Link:
    """A candidate: two things that may be the same; the lower address stands first, for ever."""
    one, other = sorted((one, other), key=lambda told: told.iri)
    tails = [told.iri.removeprefix(f"{base}/id/") for told in (one, other)]
    names = (one.label(field), other.label(field))
    reasons = reasons or (Reason(field, *names, rule),)
    return Link(f"pair/{'/'.join(tails)}", one.iri, other.iri, names, rule, sure, None, reasons)

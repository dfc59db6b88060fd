"""Italian municipalities and provinces by name.

There is no official list of the municipalities here: spellings are told to name the same one, and
only a province has a code.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from ..sources.mapping import folded, slug, tidy
from .gazetteers import italian_homonyms, provinces
from .matches import Code, Match, by_rule

_INVISIBLE = re.compile(r"[\u200b-\u200f\u2060\ufeff]")
_APOSTROPHES = re.compile("[’‘`´ʼ]")
_PROVINCE_CODE = re.compile(r"\s*[(\[-]\s*([A-Z]{2})\s*[)\]]?\s*$")
_OF = r"(?:di |del |della |dello |dei |degli |delle |dell'|d'|de )"
_MUNICIPALITY = re.compile(
    rf"(?:il |la )?(?:comune|citta\^?|municipio|municipalita\^?) {_OF}?(?P<place>.+)"
)
_PROVINCE = re.compile(
    rf"(?:la )?(?:provincia(?: autonoma)?|citta\^? metropolitana|libero consorzio comunale) {_OF}?"
    r"(?P<place>.+)"
)
_SMALL_WORDS = frozenset(
    "a ad ai al all alla alle allo con d da dal dall de dei del dell della delle dello degli di e "
    "ed gli i il in l la le lo nei nel nell nella nelle sul sull sulla su".split()
)
_ACCENTED = frozenset("\u0300\u0301")


@dataclass(frozen=True)
class Municipality:
    """A name of an Italian municipality, as it is compared.

    `exact` are its words, an accent marked by a sign; `main` those that are not small; `plain` the
    same without accents. `province` is the car code told with it.
    """

    exact: str
    main: str
    plain: str
    province: str

    @property
    def homonym(self) -> bool:
        """Whether several municipalities bear the name, and no province tells which."""
        return not self.province and slug(self.plain) in italian_homonyms()


@cache
def municipality(name: str) -> Municipality | None:
    """The municipality that a name such as "Comune di Cefalù" speaks of; None for other names."""
    text = _tidy(name)
    province = _PROVINCE_CODE.search(text)
    marked = _marked(_PROVINCE_CODE.sub("", text))
    if _PROVINCE.fullmatch(marked) or not (match := _MUNICIPALITY.fullmatch(marked)):
        return None
    words = _words(match["place"])
    main = [word for word in words if word.rstrip("^") not in _SMALL_WORDS] or words
    exact, weighty = " ".join(words), " ".join(main)
    return Municipality(exact, weighty, weighty.replace("^", ""), province[1] if province else "")


def same(one: Municipality, other: Municipality) -> Match | None:
    """By which rule two names are those of one municipality; None when by none."""
    if one.plain != other.plain or (
        one.province and other.province and one.province != other.province
    ):
        return None
    if one.homonym or other.homonym:
        return by_rule("several")
    if one.exact == other.exact:
        return by_rule("name")
    return by_rule("name-but-small-words" if one.main == other.main else "accents")


def key(name: Municipality) -> Code:
    """What we call a municipality, for want of an official code: its name, put plainly.

    An underscore stands for an accent: Paternò is not Paterno.
    """
    place = name.main.replace("^", "_").replace(" ", "-")
    homonym = slug(name.plain) in italian_homonyms()
    told = f"-({name.province.lower()})" if homonym else ""
    return Code("source-record", f"it-comune:{place}{told}", name.main.replace("^", "").title())


def province(name: str) -> Match | None:
    """The NUTS region of a province or metropolitan city, where the name is just its own."""
    marked = _marked(_PROVINCE_CODE.sub("", _tidy(name)))
    if not (match := _PROVINCE.fullmatch(marked)):
        return None
    found = [code for place, code in _regions() if place == _plain(match["place"])]
    return by_rule("name", *found) if len(found) == 1 else None


@cache
def _regions() -> tuple[tuple[str, Code], ...]:
    names = provinces().items()
    return tuple((_plain(_marked(name)), Code("nuts", code, name)) for code, name in names)


def _plain(place: str) -> str:
    words = (word.rstrip("^") for word in _words(place))
    return " ".join(word for word in words if word not in _SMALL_WORDS | {"capitale"})


def _tidy(name: str) -> str:
    return tidy(_APOSTROPHES.sub("'", _INVISIBLE.sub("", name)))


def _marked(text: str) -> str:
    """Small letters; a vowel with an accent, or with an apostrophe for one, is followed by ^."""
    spelt = unicodedata.normalize("NFKD", text)
    kept = "".join("^" if letter in _ACCENTED else letter for letter in spelt)
    return re.sub(r"([aeiou])'(?=\W|$)", r"\1^", folded(kept))


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9^]+", text)

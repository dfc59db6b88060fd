"""The figures of the pages of diffusion: of each its table, its drawing, and what it is called."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask_babel import gettext
from rdflib import RDFS, SKOS, URIRef

from .. import vocab
from ..diffusion import listing, measures
from ..diffusion.drawing import Caption, Drawing, Words, maps
from ..diffusion.drawing import measures as drawn
from ..diffusion.study import Study, Table
from ..errors import Sentence
from ..validation.shapes import in_language, texts
from .studies import Asked

Draw = Callable[[Asked, Table, Caption], Drawing]


@dataclass(frozen=True)
class Figure:
    """What computes a table of what is asked, and what draws it, where anything does."""

    table: Callable[[Asked], Table]
    draw: Draw | None


def _measure(name: str) -> Figure:
    compute = measures.MEASURES[name].compute
    draw = drawn.DRAWN[name]
    return Figure(
        lambda asked: compute(asked.matrix),
        lambda asked, table, caption: draw(asked.matrix, table, caption),
    )


def _lags(asked: Asked) -> Table:
    """Lags behind the origin of all who adopted; of the adopters that are asked about."""
    asked.whole.dated(Sentence("The lag"))  # of first listings it would be that of the list
    made = measures.MEASURES["lags"].compute(asked.whole)
    wanted = {event.adopter for event in asked.study.told.told}
    return Table(made.columns, [row for row in made.rows if row[1] in wanted], made.notes)


FIGURES: Mapping[str, Figure] = {
    "curve": _measure("curve"),
    "uptake": Figure(
        lambda asked: listing.uptake(asked.study),
        lambda asked, table, caption: drawn.uptake(asked.study, table, caption),
    ),
    "map": Figure(
        lambda asked: listing.whereabouts(asked.study, asked.places, asked.scheme),
        lambda asked, _, caption: maps.state(asked.study, asked.places, asked.scheme, caption),
    ),
    "maps": Figure(
        lambda asked: listing.whereabouts(asked.study, asked.places, asked.scheme),
        lambda asked, _, caption: maps.over_time(asked.study, asked.places, asked.scheme, caption),
    ),
    "scores": _measure("scores"),
    "lags": Figure(_lags, lambda asked, table, caption: drawn.lags(asked.whole, table, caption)),
    "network": Figure(
        lambda asked: measures.MEASURES["network"].compute(asked.study),
        lambda asked, table, caption: drawn.ties(asked.study, table, caption),
    ),
    "categories": _measure("categories"),
    "hazard": _measure("hazard"),
    "survival": _measure("survival"),
    "bass": _measure("bass"),
    "adoptions": Figure(lambda asked: listing.adoptions(asked.study), None),
}


def titles() -> dict[str, tuple[str, str]]:
    """What each figure is called, and how to read it."""
    return {
        "curve": (
            gettext("Adoption curve"),
            gettext("How many had adopted by each period. The band is what the dates leave open."),
        ),
        "uptake": (
            gettext("Adoptions over time"),
            gettext("All innovations together: how many adoptions there were by each period."),
        ),
        "map": (
            gettext("Map: the first adoption in each territory"),
            gettext(
                "One square a territory, about where it lies. Where several adopted in one, it is "
                "their number. ≤ says: by then at the latest."
            ),
        ),
        "maps": (
            gettext("Map over time"),
            gettext("Territories in which somebody had adopted by then, and their number."),
        ),
        "scores": (
            gettext("Leaders"),
            gettext(
                "Adoptions made for each opportunity to adopt (rate score): who adopts early over "
                "many innovations. Of those compared, not of all."
            ),
        ),
        "lags": (
            gettext("Lags behind the origin"),
            gettext(
                "Time from the first use to each other one, at least and at most, by level. Only "
                "who adopted has a lag."
            ),
        ),
        "network": (
            gettext("Who followed whom, as told"),
            gettext(
                "An arrow leads from whose example was followed to who followed. Who tells no "
                "model looks like an origin."
            ),
        ),
        "categories": (
            gettext("Early and late adopters"),
            gettext(
                "Rogers’ five categories, by the mean and the standard deviation of the times. "
                "They shift for as long as diffusion goes on."
            ),
        ),
        "hazard": (
            gettext("Hazard"),
            gettext(
                "The chance that one who has not adopted does so in the period, of the innovation "
                "with most adoptions."
            ),
        ),
        "survival": (
            gettext("Time without adoption"),
            gettext(
                "The share that has not adopted so long after the first adoption (Kaplan–Meier), "
                "of the innovation with most adoptions."
            ),
        ),
        "bass": (
            gettext("Bass model"),
            gettext(
                "The curve of few who start by themselves (p) and many who imitate (q) that fits "
                "best. A shape, and no proof of imitation."
            ),
        ),
        "adoptions": (
            gettext("All adoptions"),
            gettext("What is told of each adoption, by the latest day on which it had begun."),
        ),
    }


def columns() -> dict[str, str]:
    """What the columns of tables are called; what is not here goes by its own name."""
    return {
        "innovation": gettext("innovation"),
        "adopter": gettext("adopter"),
        "group": gettext("level"),
        "known": gettext("how the date is known"),
        "fidelity": gettext("fidelity"),
        "model": gettext("on the model of"),
        "period": gettext("period"),
        "new": gettext("new"),
        "cumulative": gettext("so far"),
        "members": gettext("who could adopt"),
        "share": gettext("share"),
        "rate": gettext("growth"),
        "innovations": gettext("innovations"),
        "code": gettext("code"),
        "name": gettext("name"),
        "adopters": gettext("adopters"),
        "first": gettext("first"),
        "from": gettext("whose example"),
        "to": gettext("who followed"),
        "weight": gettext("how often"),
        "fewest": gettext("at least"),
        "most": gettext("at most"),
        "adoptions": gettext("adoptions"),
        "firsts": gettext("times first"),
        "rank": gettext("rank"),
        "rate_score": gettext("rate score"),
        "within": gettext("within 5 periods"),
        "time": gettext("time"),
        "category": gettext("category"),
        "hazard": gettext("hazard"),
        "lower": gettext("lower bound"),
        "upper": gettext("upper bound"),
        "since": gettext("since"),
        "until": gettext("until"),
        "events": gettext("adoptions"),
        "survival": gettext("share without"),
        "error": gettext("standard error"),
        "median": gettext("median"),
        "parameter": gettext("parameter"),
        "value": gettext("value"),
        "residual_error": gettext("residual error"),
        "periods": gettext("periods"),
        "date_kind": gettext("kind of date"),
        "not_before": gettext("not before"),
        "not_after": gettext("not after"),
        "source": gettext("source"),
        "n_at_risk": gettext("number at risk"),
    }


def terms(lang: str) -> dict[str, str]:
    """Words that stand in tables: categories, ways of knowing, and concepts by their notation."""
    told = {
        "innovators": gettext("innovators"),
        "early adopters": gettext("early adopters"),
        "early majority": gettext("early majority"),
        "late majority": gettext("late majority"),
        "laggards": gettext("laggards"),
        "exact": gettext("to the period"),
        "interval": gettext("between two"),
        "left": gettext("by then at the latest"),
        "right": gettext("after then"),
        "unknown": gettext("not at all"),
    }
    graph = vocab.vocabularies()
    for scheme in ("territory", "date-kind", "fidelity"):
        for concept in graph.subjects(SKOS.inScheme, URIRef(f"{vocab.VOCABULARIES}{scheme}")):
            names = texts(graph, concept, (SKOS.prefLabel, RDFS.label))
            for notation in graph.objects(concept, SKOS.notation):
                told[str(notation)] = in_language(names, lang)
    return told


def concepts(scheme: str, lang: str) -> list[tuple[str, str]]:
    """The concepts of a list of ours, by name, with their addresses."""
    graph, found = vocab.vocabularies(), []
    for concept in graph.subjects(SKOS.inScheme, URIRef(f"{vocab.VOCABULARIES}{scheme}")):
        names = texts(graph, concept, (SKOS.prefLabel, RDFS.label))
        found.append((in_language(names, lang), str(concept)))
    return sorted(found)


def caption(name: str, subject: str, study: Study, lang: str) -> Caption:
    """What a figure about a subject is called, what it shows, and the words in it."""
    title, reading = titles()[name]
    text = " ".join([reading, *grounds(study)])
    words = Words(
        nothing=gettext("Nothing to draw."),
        by_then=gettext("only known to have begun by then"),
        after=gettext("only known to begin after"),
        possible=gettext("possible, as dates are not exact"),
        at_least=gettext("at least"),
        at_most=gettext("at most"),
        not_adopted=gettext("no adoption told"),
        adopted=gettext("adopted"),
        left_out=gettext("not on the drawing:"),
        adopters=gettext("adopters"),
        adoptions=gettext("adoptions"),
        members=gettext("who could adopt"),
        fitted=gettext("fitted"),
        bounds=gettext("95 % bounds"),
        hazard=gettext("hazard"),
        survival=gettext("share without"),
        year=gettext("years"),
        month=gettext("months"),
        day=gettext("days"),
        terms=terms(lang),
    )
    return Caption(f"{title}: {subject}" if subject else title, text, lang, name, words)


def grounds(study: Study) -> list[str]:
    """What whoever reads a figure must know: among whom, and how surely dates are known."""
    number, told = len(study.events), len(study.told)
    listed = int(study.events.only_listed().sum())
    said = []
    if study.population is None and len(study.people.members) != 1:
        said.append(
            gettext(
                "Population: only the %(number)s that adopted anything here, so shares and "
                "hazards are too high.",
                number=len(study.people.members),
            )
        )
    elif study.population is not None:
        said.append(
            gettext(
                "Population: the %(number)s members that the graph knows, each for as long as it "
                "existed.",
                number=len(study.people.members),
            )
        )
    if number:
        share = round(100 * listed / number)
        said.append(
            gettext(
                "Of %(number)s adoptions, %(listed)s (%(share)s %%) are dated by when a list first "
                "named them, not by a declared date: they may be much older.",
                number=number,
                listed=listed,
                share=share,
            )
            if listed
            else gettext(
                "Dates of %(number)s adoptions are told; none is that of a first listing.",
                number=number,
            )
        )
    if left := told - number:
        said.append(
            gettext(
                "%(left)s adoptions are left out: later, or without a date of that kind.", left=left
            )
        )
    if study.anyway and listed * 2 > number:
        said.append(gettext("It was asked to go on although most dates are of a first listing."))
    return said

"""What a platform that harvests will get, and how it will judge it: shapes, and points of 405."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from rdflib import DCAT, RDF, SH, SKOS, Graph, URIRef

from .. import assets, media
from ..validation import engines

_KINDS = {"Dataset": DCAT.Dataset, "Distribution": DCAT.Distribution}


@dataclass(frozen=True)
class Points:
    """What one metric gives: so many of so many."""

    name: Mapping[str, str]
    given: float
    of: float


@dataclass(frozen=True)
class Verdict:
    """What the shapes complain of, a sentence each, and the points of each metric."""

    faults: list[str]
    points: list[Points]

    @property
    def given(self) -> float:
        return round(sum(p.given for p in self.points), 1)

    @property
    def most(self) -> float:
        return sum(p.of for p in self.points)

    @property
    def band(self) -> str:
        """In which band of the method that is."""
        bands = ("excellent", "good", "sufficient")
        return next((band for band in bands if self.given >= _metrics()[band]), "bad")


def judge(graph: Graph, files: Iterable[str]) -> Verdict:
    """Judge a whole catalogue; `files` are the addresses that are known to answer.

    The metrics are those of data.europa.eu (MQA methodology), as `data/mqa.toml` tells them.
    """
    faults, there = _faults(graph), {URIRef(file) for file in files}
    points = []
    for metric in _metrics()["metric"]:
        share = float(not faults) if metric.get("shapes") else _share(graph, metric, there)
        points.append(Points(metric["name"], metric["weight"] * share, metric["weight"]))
    return Verdict(faults, points)


def _share(graph: Graph, metric: Mapping[str, Any], there: set[URIRef]) -> float:
    """The share of what is judged that has a value as the metric asks for it."""
    judged = list(graph.subjects(RDF.type, _KINDS[metric["of"]]))
    fulfilled = 0
    for node in judged:
        for value in graph.objects(node, URIRef(metric["property"])):
            scheme = metric.get("scheme")
            in_scheme = not scheme or (value, SKOS.inScheme, URIRef(scheme)) in graph
            starts = str(value).startswith(metric.get("starts", ""))
            if in_scheme and starts and (value in there or not metric.get("answers")):
                fulfilled += 1
                break
    return fulfilled / len(judged) if judged else 0.0


def _faults(graph: Graph) -> list[str]:
    report = engines.run(engines.best(), _shapes())(graph, ())
    told = []
    for result in report.objects(None, SH.result):
        node, path = report.value(result, SH.focusNode), report.value(result, SH.resultPath)
        told.append(f"{node} {path}: {report.value(result, SH.resultMessage)}")
    return sorted(told)


@cache
def _metrics() -> dict[str, Any]:
    return tomllib.loads((assets.data() / "mqa.toml").read_text("utf-8"))


@cache
def _shapes() -> Graph:
    return media.read_file(assets.data() / "harvest.shapes.ttl")

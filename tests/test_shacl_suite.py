"""The W3C's own tests of SHACL Core and SHACL-SPARQL, on both engines, through our door."""

from collections import Counter
from pathlib import Path

import pytest
from rdflib import RDF, SH, BNode, Graph, URIRef
from rdflib.extras.shacl import parse_shacl_path
from rdflib.namespace import Namespace
from rdflib.paths import Path as PropertyPath
from rdflib.term import Node

from innograph.validation import Engine, Shapes, Validator

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
SHT = Namespace("http://www.w3.org/ns/shacl-test#")
CORE = ["complex", "misc", "node", "path", "property", "targets", "validation-reports"]
SPARQL = ["component", "node", "pre-binding", "property"]
GROUPS = [*(f"core/{name}" for name in CORE), *(f"sparql/{name}" for name in SPARQL)]
REFUSED = Counter({("refused",): 1})
# What both engines do otherwise, and why that is no matter here.
EXCEPTIONS = {
    "uniqueLang-002": 'sh:uniqueLang "1"^^xsd:boolean is taken for true; our shapes write true',
}
PYSHACL_ONLY = {
    "prefixes-001": "prefixes are declared on a node that the constraint names from afar",
    "shapesGraph-001": "$shapesGraph is not implemented; no constraint of ours asks for it",
}


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("engine", ["turbo", "pyshacl"])
def test_the_engine_passes_the_suite(engine: Engine, group: str, shared: Path) -> None:
    folder = shared / "suites" / "w3c-shacl" / group
    tests = [(path, test) for path in sorted(folder.glob("*.ttl")) for test in entries(path)]
    assert tests
    failed = {test for path, test in tests if results(engine, path) != expected(path)}
    names = {str(test).rpartition("/")[2] for test in failed}
    excepted = EXCEPTIONS if engine == "turbo" else EXCEPTIONS | PYSHACL_ONLY
    assert names == excepted.keys() & {path.stem for path, _ in tests}


def read(path: Path) -> Graph:
    return Graph().parse(path, format="turtle", publicID=path.as_uri())


def entries(path: Path) -> list[Node]:
    return list(read(path).subjects(RDF.type, SHT.Validate))


def results(engine: Engine, path: Path) -> Counter[tuple[str, ...]]:
    manifest = read(path)
    [(data, shapes)] = [
        [read(Path(str(manifest.value(action, kind)).removeprefix("file://"))) for kind in kinds]
        for action in manifest.objects(None, MF.action)
        for kinds in [(SHT.dataGraph, SHT.shapesGraph)]
    ]
    try:
        found = Validator(Shapes(shapes, Graph()), engine).validate(data)
    except Exception:  # each engine has its own words for shapes that it must refuse
        return REFUSED
    return Counter(row(r.focus, r.path, r.value, r.severity, r.component) for r in found)


def expected(path: Path) -> Counter[tuple[str, ...]]:
    manifest = read(path)
    if (None, MF.result, SHT.Failure) in manifest:
        return REFUSED
    told = [dict(manifest.predicate_objects(r)) for r in manifest.objects(None, SH.result)]
    return Counter(
        row(
            result[SH.focusNode],
            parse_shacl_path(manifest, result[SH.resultPath]) if SH.resultPath in result else None,
            result.get(SH.value),
            result[SH.resultSeverity],
            result[SH.sourceConstraintComponent],
        )
        for result in told
    )


def row(*terms: Node | URIRef | PropertyPath | None) -> tuple[str, ...]:
    # Blank nodes have other names in the report than in the test.
    return tuple(
        "" if term is None else "_:" if isinstance(term, BNode) else term.n3() for term in terms
    )

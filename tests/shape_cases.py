"""The cases that the shapes are tested by: `cases/shapes/<class>/{pass,fail}-<what>.ttl`.

Each file is a whole dossier with what it points at. Its head says exactly what is to be found, one
result a line: `# expect: <focus> <path> <component> <severity>`, terms and paths as in SPARQL.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path as File

from rdflib import Graph
from rdflib.namespace import NamespaceManager
from rdflib.paths import Path
from rdflib.term import Identifier, Node

from innograph import media, validation, vocab

FOLDER = File(__file__).parent / "cases" / "shapes"
_EXPECT = re.compile(r"^# expect: (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Case:
    path: File

    @cached_property
    def name(self) -> str:
        return f"{self.path.parent.name}/{self.path.stem}"

    @cached_property
    def expected(self) -> Counter[str]:
        return Counter(_EXPECT.findall(self.path.read_text("utf-8")))

    @cached_property
    def graph(self) -> Graph:
        return media.read_file(self.path)

    @cached_property
    def surroundings(self) -> Graph:
        """What the vocabularies say of the concepts that it names."""
        facts = media.bare()
        for target in validation.targets(self.graph):
            for predicate in validation.paths():
                facts += vocab.vocabularies().triples((target, predicate, None))
        return facts


@cache
def cases() -> list[Case]:
    """All cases, each read once in a process. Nobody may change them."""
    return [Case(path) for path in sorted(FOLDER.glob("*/*.ttl"))]


def told(results: Iterable[validation.Result]) -> Counter[str]:
    """Results, in the words of the expectations."""
    return Counter(
        " ".join(map(named, (result.focus, result.path, result.component, result.severity)))
        for result in results
    )


def named(term: Node | Path | None) -> str:
    """A term or a path as SPARQL writes it, with prefixes."""
    return term.n3(_names()) if isinstance(term, Identifier | Path) else "-"


@cache
def _names() -> NamespaceManager:
    names = NamespaceManager(Graph(), bind_namespaces="none")
    others = {
        "ex": "https://example.org/id/",
        "ish": vocab.SHAPES,
        "vcard": "http://www.w3.org/2006/vcard/ns#",
    }
    for prefix, namespace in (vocab.prefixes() | others).items():
        names.bind(prefix, namespace)
    return names

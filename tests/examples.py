"""The worked examples of `data/examples`: invented dossiers, one a named graph."""

from collections.abc import Iterator
from pathlib import Path

import pyoxigraph
from rdflib import Graph

from innograph import assets, contributions, media
from innograph.contributions import Receipt, Submission
from innograph.instance import Instance

FOLDER = assets.data() / "examples"
LICENCE = "https://creativecommons.org/licenses/by/4.0/"


def files() -> list[Path]:
    return sorted(FOLDER.glob("*.trig"))


def dossiers() -> Iterator[tuple[str, str, Graph]]:
    """(contributor, local id, graph) of each; the second voice is another contributor."""
    for path in files():
        named: dict[str, list[bytes]] = {}
        quads = pyoxigraph.parse(path=str(path), format=pyoxigraph.RdfFormat.TRIG)
        for quad in quads:
            line = f"{quad.subject} {quad.predicate} {quad.object} .\n".encode()
            named.setdefault(quad.graph_name.value, []).append(line)
        contributor = "source/other-voice" if "disagreement" in path.name else "source/examples"
        for name, lines in named.items():
            yield contributor, name.rsplit("/", 1)[-1], media.read(b"".join(lines))


def load(instance: Instance) -> list[Receipt]:
    """Publish all of them, as a trusted source does."""
    given = [
        Submission(local=local, graph=graph, contributor=contributor, licence=LICENCE)
        for contributor, local, graph in dossiers()
    ]
    first = [s for s in given if s.contributor == "source/examples"]
    second = [s for s in given if s.contributor != "source/examples"]
    receipts = []
    # Evaluations are checked against what is public, so they come last.
    last = [s for s in first if s.local.startswith("evaluation-")]
    for batch in ([s for s in first if s not in last], second, last):
        receipts += contributions.submit_trusted(instance, batch)
    return receipts

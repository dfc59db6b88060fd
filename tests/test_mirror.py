"""Whoever follows the mirror API has what the graph has: the client of the documentation does."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyoxigraph
import pytest
from changing import Changing
from running import free_port, running

from innograph import exchange, media
from innograph.instance import Instance
from innograph.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
CLIENT = ROOT / "docs" / "how-to" / "mirror.py"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Instance]]:
    """A server, and the instance through which its ledger is changed meanwhile."""
    home, port = tmp_path_factory.mktemp("home"), free_port()
    with running(home, port, query_workers=1, web_workers=2, cache_bytes=0) as server:
        instance = Instance.open(Settings(home=home, base=server.url))
        yield server.url, instance
        instance.ledger.close()


def mirror(server: str, folder: Path) -> int:
    """Run the client until it has all; the revision that it reached."""
    words = [sys.executable, str(CLIENT), server, str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return int(done.stdout.split()[-1])


def copied(folder: Path) -> dict[str, dict[str, Any]]:
    files = [json.loads(path.read_text("utf-8")) for path in folder.glob("*.json")]
    return {told["dossier"]: told for told in files if told["kind"] == "accepted"}


def graphs(instance: Instance) -> dict[str, bytes]:
    """The canonical N-Triples of each dossier, read from the dump of the graph."""
    instance.follow()
    found: dict[str, list[str]] = {}
    quads = pyoxigraph.parse(b"".join(instance.store.dump()), pyoxigraph.RdfFormat.N_QUADS)
    for quad in quads:
        name = getattr(quad.graph_name, "value", "")
        if "/id/dossier/" in name:
            found.setdefault(name, []).append(f"{quad.triple} .\n")
    return {name: "".join(sorted(lines)).encode() for name, lines in found.items()}


def assert_same(folder: Path, instance: Instance) -> None:
    """The copy is the graph: no dossier more or less, each says the same, under the same terms."""
    expected, found = graphs(instance), copied(folder)
    assert found.keys() == expected.keys()
    for iri, told in found.items():
        read = exchange.read(
            json.dumps(told["content"]).encode(), "application/json", instance.base
        )
        assert media.canonical(read) == expected[iri]
        assert told["sha256"] == media.content_hash(expected[iri])


def test_a_mirror_is_the_graph_after_each_hundred_of_five_hundred_changes(
    served: tuple[str, Instance], tmp_path: Path
) -> None:
    server, instance = served
    changing = Changing(instance)
    sizes = []
    for _ in range(5):
        changing.change(100)
        assert mirror(server, tmp_path / "copy") == instance.ledger.revision()
        assert_same(tmp_path / "copy", instance)
        sizes.append(len(copied(tmp_path / "copy")))
    counts = instance.ledger.counts()
    assert counts["accepted"] > 300 and counts["withdrawn"] > 20 and counts["erased"] > 5
    assert len(set(sizes)) > 1
    assert mirror(server, tmp_path / "again") == instance.ledger.revision()
    assert copied(tmp_path / "again") == copied(tmp_path / "copy")

"""The W3C's own tests of the SPARQL 1.1 Protocol, put to a running server."""

from pathlib import Path

import pytest
from invented import LICENCE, turtle

from innograph import contributions, media
from innograph.errors import BadSetting
from innograph.instance import Instance
from innograph.settings import Settings

# What the suite's tests say that they need to be there before they run.
DATA = Path(__file__).parent / "cases" / "w3c-protocol" / "data.nq"
INNOVATION = '[] a inno:Innovation ; dcterms:title "Essai"@fr .'
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"


def fixed(home: Path, file: Path) -> Instance:
    return Instance.open(Settings(home=home, base="https://example.org", store_fixture=str(file)))


def test_a_fixture_is_served_in_place_of_the_graph(tmp_path: Path) -> None:
    instance = fixed(tmp_path, DATA)
    assert b"".join(instance.store.dump()) == DATA.read_bytes()
    assert b"".join(instance.ask(COUNT, "text/csv").body) == b"n\r\n3\r\n"


def test_a_fixture_is_refused_when_the_ledger_holds_anything(settings: Settings) -> None:
    fixed(settings.home, DATA)
    instance = Instance.open(settings)
    graph = media.parse(turtle(INNOVATION, instance.base), "text/turtle", instance.base)
    contributions.submit(instance, graph, "contributor/test", LICENCE)  # only received
    with pytest.raises(BadSetting, match="the ledger is not empty"):
        fixed(settings.home, DATA)


@pytest.mark.parametrize("content", [None, "no N-Quads"])
def test_a_fixture_that_cannot_be_read_is_told(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "fixture.nq"
    if content is not None:
        file.write_text(content, "utf-8")
    with pytest.raises(BadSetting, match="fixture.nq"):
        fixed(tmp_path / "home", file)

"""What is exported for netdiffuseR is all of it: read back, it gives the same measures."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from innograph.cli import main
from innograph.diffusion import netdiffuser
from innograph.diffusion.events import Event, Events, Population
from innograph.diffusion.measures import MEASURES
from innograph.diffusion.networks import Edge, Network
from innograph.diffusion.reading import events_file, network_file
from innograph.diffusion.study import Study
from innograph.diffusion.writing import to_csv
from innograph.errors import NotDefined

YEU = 'Île-d\'Yeu, "la belle"'
QUOTED = '"' + YEU.replace('"', '""') + '"'
EVENTS = f"""innovation,adopter,time,source
bus,{QUOTED},2001,survey
bus,Bar <&>,2003,survey
bus,Cher 🚲,2004,survey
fair,Bar <&>,2010,law
fair,{QUOTED},2013,law
"""
EDGES = f"""from,to,weight,time
{QUOTED},Bar <&>,2,
Bar <&>,Cher 🚲,1,
{QUOTED},Cher 🚲,3,2004
Dax,{QUOTED},1,
Dax,{QUOTED},0.5,
"""


def study() -> Study:
    return Study(
        events_file(EVENTS.encode(), "e.csv", "year"),
        network=network_file(EDGES.encode(), "n.csv", "year"),
    )


def rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    for name, text in (("events.csv", EVENTS), ("network.csv", EDGES)):
        (tmp_path / name).write_text(text, "utf-8")
    files = ["--events", str(tmp_path / "events.csv"), "--network", str(tmp_path / "network.csv")]
    folder = tmp_path / "for-r"
    words = ["diffusion", "export", *files, "-o", str(folder)]
    assert CliRunner().invoke(main, words).exit_code == 0
    again = CliRunner().invoke(main, words)
    assert again.exit_code == 2 and "Nothing is written over" in again.stderr
    return folder


def test_the_export_reads_back_to_the_same_measures(exported: Path) -> None:
    nodes = list(rows(exported / "nodes.csv"))
    # Each innovation has all four, whoever adopted it: netdiffuseR takes NA for who did not.
    assert [(n["innovation"], n["id"], n["toa"]) for n in nodes] == [
        ("bus", "Bar <&>", "2003"),
        ("bus", "Cher 🚲", "2004"),
        ("bus", "Dax", ""),
        ("bus", YEU, "2001"),
        ("fair", "Bar <&>", "2010"),
        ("fair", "Cher 🚲", ""),
        ("fair", "Dax", ""),
        ("fair", YEU, "2013"),
    ]
    told = [
        Event(n["innovation"], n["id"], int(n["toa"]), int(n["toa"]), "", n["source"])
        for n in nodes
        if n["toa"]
    ]
    ties = list(rows(exported / "ties.csv"))
    assert [tie["w"] for tie in ties if tie["alter"] == "Dax"] == ["1.5"]
    network = Network.of(
        Edge(t["alter"], t["ego"], float(t["w"]), int(t["t0"]) if t["t0"] else None) for t in ties
    )
    back = Study(Events.of(told), network=network)
    for name in ("exposure", "curve"):
        measured = [MEASURES[name].compute(each) for each in (back, study())]
        assert to_csv(measured[0]) == to_csv(measured[1])
    assert (exported / "read.R").read_text("utf-8") == netdiffuser.script()


def test_who_exists_when_stands_beside() -> None:
    members = Population.of({"a": (1959, float("inf")), "b": (-float("inf"), 2016)})
    told = Study(Events.of([Event("i", "a", 1960, 1961.5)]), members, Network.of([Edge("b", "a")]))
    assert [row[2:7] for row in netdiffuser.nodes(told).rows] == [
        ("a", "", 1961, 1959, None),
        ("b", "", None, None, 2016),
    ]
    assert netdiffuser.ties(told).rows == [("a", "b", 1.0, None, None)]


def test_what_cannot_be_exported_is_told() -> None:
    nothing = Study(Events.of([]), network=Network.of([]))
    with pytest.raises(NotDefined, match="no adoption is dated"):
        netdiffuser.nodes(nothing)
    with pytest.raises(NotDefined, match="needs a network"):
        netdiffuser.ties(Study(Events.of([Event("i", "a", 1, 1)])))
    members = Population.of({"a": (0, 9)})
    strange = Study(Events.of([Event("i", "a", 1, 1)]), members, Network.of([Edge("z", "a")]))
    with pytest.raises(NotDefined, match="z stands in the network"):
        netdiffuser.ties(strange)

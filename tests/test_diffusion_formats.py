"""What is written for other programs is read by them, whatever stands in names."""

import csv
import io
import json
import math
from xml.etree import ElementTree

import pytest

from innograph.diffusion import writing
from innograph.diffusion.study import Cell, Table
from innograph.errors import BadParameter

NAMES = [
    'Ville de « Saint-Étienne » "le\tgrand"',
    "L'Haÿ-les-Roses <&> co.",
    "😀 emoji & \U0001f6b2",
    "line\nbreak",
    "https://example.org/id/organisation/é?a=b&c=d#e",
    "名前; a|b, c",
]
ROWS: list[tuple[Cell, ...]] = [
    (a, b, number, 0.25 * number, None, math.nan, f"<{a}>")
    for number, (a, b) in enumerate(zip(NAMES, NAMES[1:], strict=False), 1)
]
NETWORK = Table(
    ("from", "to", "weight", "gain", "nothing", "p_value", "source"), ROWS, ["a <note> & é", "two"]
)
GEXF = "{http://www.gexf.net/1.2draft}"
# Of the schema of GEXF 1.2 (RELAX NG: graph, data): for each element its place, what it must have,
# what it may have.
_SPELL = {"start", "startopen", "end", "endopen"}
_SCHEMA: dict[str, tuple[str, set[str], set[str]]] = {
    "meta": ("gexf", set(), {"lastmodifieddate"}),
    "creator": ("meta", set(), set()),
    "description": ("meta", set(), set()),
    "graph": ("gexf", set(), {"defaultedgetype", "mode", "idtype", "timeformat", *_SPELL}),
    "attributes": ("graph", {"class"}, {"mode", *_SPELL}),
    "attribute": ("attributes", {"id", "title", "type"}, set()),
    "nodes": ("graph", set(), {"count"}),
    "node": ("nodes", {"id", "label"}, {"pid", *_SPELL}),
    "edges": ("graph", set(), {"count"}),
    "edge": ("edges", {"id", "source", "target"}, {"type", "label", "weight", *_SPELL}),
    "attvalues": ("node edge", set(), set()),
    "attvalue": ("attvalues", {"for", "value"}, _SPELL),
}
_TYPES = {"integer", "long", "double", "float", "boolean", "liststring", "string", "anyURI"}


def check_gexf(body: bytes) -> None:
    """Raises AssertionError where a file is not as the schema of GEXF 1.2 has it."""
    root = ElementTree.fromstring(body)
    assert root.tag == f"{GEXF}gexf" and root.get("version") == "1.2"
    assert [child.tag for child in root] == [f"{GEXF}meta", f"{GEXF}graph"]
    parents = {child: parent for parent in root.iter() for child in parent}
    for element, parent in parents.items():
        name = element.tag.removeprefix(GEXF)
        place, must, may = _SCHEMA[name]
        assert parent.tag.removeprefix(GEXF) in place.split(), name
        assert must <= set(element.keys()) <= must | may, (name, element.attrib)
    graph = root[1]
    assert graph.get("defaultedgetype") in ("directed", "undirected", "mutual")
    assert graph.get("mode") in ("static", "dynamic")
    declared: dict[str, set[str]] = {}
    for attributes in graph.iter(f"{GEXF}attributes"):
        ids = [attribute.attrib["id"] for attribute in attributes]
        assert len(set(ids)) == len(ids)
        declared[attributes.attrib["class"]] = set(ids)
        assert {attribute.attrib["type"] for attribute in attributes} <= _TYPES
    nodes = [node.attrib["id"] for node in graph.iter(f"{GEXF}node")]
    edges = [edge.attrib["id"] for edge in graph.iter(f"{GEXF}edge")]
    assert len(set(nodes)) == len(nodes) and len(set(edges)) == len(edges)
    for edge in graph.iter(f"{GEXF}edge"):
        assert {edge.attrib["source"], edge.attrib["target"]} <= set(nodes)
        float(edge.get("weight", 1))
    for kind in ("node", "edge"):
        for element in graph.iter(f"{GEXF}{kind}"):
            told = [value.attrib["for"] for value in element.iter(f"{GEXF}attvalue")]
            assert len(set(told)) == len(told) and set(told) <= declared.get(kind, set())


def test_gexf_is_valid_and_is_read_with_all_names() -> None:
    networkx = pytest.importorskip("networkx", reason="networkx is absent: innograph[research]")
    body = writing.to_gexf(NETWORK)
    check_gexf(body)
    assert body == writing.to_gexf(NETWORK)
    graph = networkx.read_gexf(io.BytesIO(body))
    assert set(graph.nodes) == set(NAMES)
    assert {graph.nodes[name]["label"] for name in NAMES} == set(NAMES)
    for row in ROWS:
        edge = graph.edges[row[0], row[1]]
        assert (edge["weight"], edge["gain"], edge["source"]) == (row[2], row[3], row[6])
        assert "nothing" not in edge and "p_value" not in edge
    told = ElementTree.fromstring(body).find(f"{GEXF}meta/{GEXF}description")
    assert told is not None and told.text == "a <note> & é two"


def test_what_is_not_valid_gexf_is_seen_to_be() -> None:
    pytest.importorskip("networkx", reason="networkx is absent: innograph[research]")
    body = writing.to_gexf(NETWORK).decode()
    for right, wrong in (
        ('mode="static">\n    <attr', 'mode="static" name="">\n    <attr'),
        ('target="line', 'target="nobody'),
        ('type="double"', 'type="decimal"'),
        ('<attvalue for="0"', '<attvalue for="9"'),
        (' id="1" ', " "),
    ):
        assert right in body
        with pytest.raises(AssertionError):
            check_gexf(body.replace(right, wrong).encode())


def test_graphml_is_read_with_all_names() -> None:
    networkx = pytest.importorskip("networkx", reason="networkx is absent: innograph[research]")
    graph = networkx.read_graphml(io.BytesIO(writing.to_graphml(NETWORK)))
    assert set(graph.nodes) == set(NAMES)
    assert graph.graph["notes"] == "a <note> & é\ntwo"
    for row in ROWS:
        edge = graph.edges[row[0], row[1]]
        assert (edge["weight"], edge["gain"], edge["source"]) == (row[2], row[3], row[6])


@pytest.mark.parametrize("form", ["graphml", "gexf"])
def test_a_pair_may_stand_in_a_network_twice(form: str) -> None:
    networkx = pytest.importorskip("networkx", reason="networkx is absent: innograph[research]")
    table = Table(("period", "from", "to"), [(1900, "a", "b"), (1901, "a", "b"), (1901, "b", "c")])
    body = writing.FORMATS[form](table)
    read = networkx.read_gexf if form == "gexf" else networkx.read_graphml
    graph = read(io.BytesIO(body))
    assert sorted((a, b, d["period"]) for a, b, d in graph.edges(data=True)) == [
        ("a", "b", 1900),
        ("a", "b", 1901),
        ("b", "c", 1901),
    ]
    if form == "gexf":
        check_gexf(body)


@pytest.mark.parametrize("form", ["graphml", "gexf"])
def test_control_characters_do_not_break_a_file(form: str) -> None:
    networkx = pytest.importorskip("networkx", reason="networkx is absent: innograph[research]")
    read = networkx.read_gexf if form == "gexf" else networkx.read_graphml
    body = writing.FORMATS[form](Table(("from", "to"), [("a\x00b", "c\x0bd")]))
    assert set(read(io.BytesIO(body)).nodes) == {"a\ufffdb", "c\ufffdd"}


@pytest.mark.parametrize("form", ["graphml", "gexf"])
def test_a_network_without_edges_is_a_file_too(form: str) -> None:
    networkx = pytest.importorskip("networkx", reason="networkx is absent: innograph[research]")
    read = networkx.read_gexf if form == "gexf" else networkx.read_graphml
    assert len(read(io.BytesIO(writing.FORMATS[form](Table(("from", "to"), []))))) == 0
    with pytest.raises(BadParameter, match="only a network"):
        writing.FORMATS[form](Table(("period",), []))


def test_csv_json_and_parquet_keep_names_and_types() -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow: innograph[research]")
    told = list(csv.reader(io.StringIO(writing.to_csv(NETWORK).decode(), newline="")))
    assert [row[:3] for row in told[1:]] == [[row[0], row[1], str(row[2])] for row in ROWS]
    rows = json.loads(writing.to_json(NETWORK))["rows"]
    assert [(row["from"], row["gain"], row["p_value"]) for row in rows] == [
        (row[0], row[3], None) for row in ROWS
    ]
    table = parquet.read_table(io.BytesIO(writing.to_parquet(NETWORK)))
    assert [str(field.type) for field in table.schema][2:] == [
        "int64",
        "double",
        "null",
        "null",
        "string",
    ]
    assert table.column("from").to_pylist() == [row[0] for row in ROWS]

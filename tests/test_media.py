"""One canonical form for what comes in, whatever its syntax; and the choice of what goes out."""

import socket
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import BNode, Graph, Literal, URIRef

from innograph import media
from innograph.errors import NotAcceptable, Unparsable, UnsupportedMedia

BASE = "https://example.org"
Triples = list[tuple[object, object, object]]
TURTLE = b"""@prefix ex: <https://example.org/> .
ex:a ex:knows [ ex:says "Bonjour"@FR-fr, "+5"^^<http://www.w3.org/2001/XMLSchema#integer> ] ;
     ex:flag "1"^^<http://www.w3.org/2001/XMLSchema#boolean> .
"""

iris = st.sampled_from([URIRef(f"https://example.org/{name}") for name in "abcd"])
blanks = st.sampled_from([BNode(name) for name in "xyz"])
texts = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=8)
literals = st.one_of(
    texts.map(Literal),
    st.tuples(texts, st.sampled_from(["fr", "EN-gb", "pt"])).map(
        lambda t: Literal(t[0], lang=t[1])
    ),
    st.sampled_from(["01", "+5", "5"]).map(
        lambda t: Literal(t, datatype=URIRef("http://www.w3.org/2001/XMLSchema#integer"))
    ),
)
graphs = st.lists(
    st.tuples(st.one_of(iris, blanks), iris, st.one_of(iris, blanks, literals)),
    min_size=1,
    max_size=8,
)


def graph_of(triples: Triples) -> Graph:
    graph = Graph()
    for triple in triples:
        graph.add(triple)  # type: ignore[arg-type]
    return graph


def hash_of(data: bytes, media_type: str) -> str:
    return media.content_hash(media.canonical(media.parse(data, media_type, BASE)))


@settings(max_examples=150)
@given(graphs)
def test_one_graph_has_one_hash_in_every_syntax(
    triples: list[tuple[object, object, object]],
) -> None:
    graph = graph_of(triples)
    hashes = set()
    for form in media.READABLE:
        data = media.serialize(graph, form, {})
        hashes.add(hash_of(data, form.media_type))
    assert len(hashes) == 1


@settings(max_examples=100)
@given(graphs)
def test_the_canonical_form_is_stable_when_read_again(
    triples: list[tuple[object, object, object]],
) -> None:
    data = media.serialize(graph_of(triples), media.GRAPHS[0], {})
    first = media.canonical(media.parse(data, "text/turtle", BASE))
    assert media.canonical(media.read(first)) == first


@settings(max_examples=60)
@given(graphs)
def test_renaming_blank_nodes_changes_nothing(triples: list[tuple[object, object, object]]) -> None:
    renamed = [
        tuple(BNode(f"other-{term}") if isinstance(term, BNode) else term for term in triple)
        for triple in triples
    ]
    one, two = (
        media.serialize(graph_of(t), media.GRAPHS[2], {})  # type: ignore[arg-type]
        for t in (triples, renamed)
    )
    assert hash_of(one, "application/n-triples") == hash_of(two, "application/n-triples")


def test_lexical_forms_are_kept_and_language_tags_lower_cased() -> None:
    text = media.canonical(media.parse(TURTLE, "text/turtle; charset=utf-8", BASE)).decode()
    assert '"+5"^^' in text and '"1"^^' in text and '"Bonjour"@fr-fr' in text
    assert "_:" not in text


@pytest.mark.parametrize(
    ("data", "media_type", "line"),
    [
        (b"<a>\n <b> foo:x .", "text/turtle", 2),
        (b'{"@id": "https://example.org/a",\n "@type": }', "application/ld+json", 2),
        (b"<https://example.org/a> <https://example.org/b> .", "application/n-triples", 1),
        (b"\xff\xfe\x00", "text/turtle", 1),
    ],
)
def test_what_cannot_be_read_says_where(data: bytes, media_type: str, line: int) -> None:
    with pytest.raises(Unparsable) as error:
        media.parse(data, media_type, BASE)
    assert error.value.params["line"] == line
    assert error.value.params["column"]
    assert error.value.params["detail"]


def test_an_unknown_type_of_data_is_refused_by_name() -> None:
    with pytest.raises(UnsupportedMedia, match="text/turtle"):
        media.parse(b"a,b", "text/csv", BASE)


def test_quoted_triples_are_refused_with_a_sentence() -> None:
    with pytest.raises(Unparsable, match=r"RDF 1\.2"):
        media.parse(b"<a> <b> <<( <a> <b> <c> )>> .", "text/turtle", BASE)


def test_json_that_is_nested_too_deeply_is_refused_at_once() -> None:
    deep = '{"https://example.org/p": ' * 60_000 + "1" + "}" * 60_000
    with pytest.raises(Unparsable, match="inside each other"):
        media.parse(deep.encode(), "application/ld+json", BASE)


def test_nameless_nodes_that_nothing_tells_apart_are_refused_at_once() -> None:
    clique = "\n".join(
        f"_:n{a} <https://example.org/p> _:n{b} ." for a in range(12) for b in range(12) if a != b
    )
    with pytest.raises(Unparsable, match="give each an IRI"):
        media.parse(clique.encode(), "text/turtle", BASE)


def test_nothing_is_fetched_while_reading() -> None:
    """Remote contexts, imports and entities: a listener on loopback sees no connection."""
    calls: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.5)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/x"

        def listen() -> None:
            try:
                calls.append(listener.accept())
            except TimeoutError:
                pass

        thread = threading.Thread(target=listen)
        thread.start()
        entity = (
            f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "{address}">]>'
            '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="urn:e:">'
            '<rdf:Description rdf:about="urn:a"><e:p>&x;</e:p></rdf:Description></rdf:RDF>'
        )
        imports = f"<urn:o> <http://www.w3.org/2002/07/owl#imports> <{address}> ."
        with pytest.raises(Unparsable):
            media.parse(
                f'{{"@context": "{address}", "a": 1}}'.encode(), "application/ld+json", BASE
            )
        with pytest.raises(Unparsable):
            media.parse(entity.encode(), "application/rdf+xml", BASE)
        assert len(media.parse(imports.encode(), "text/turtle", BASE)) == 1
        thread.join()
    assert calls == []


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, "application/sparql-results+json"),
        ("*/*", "application/sparql-results+json"),
        ("text/csv", "text/csv"),
        ("text/csv;q=0.3, application/json;q=0.9", "application/sparql-results+json"),
        ("text/*", "text/csv"),
        ("application/xml", "application/sparql-results+xml"),
    ],
)
def test_the_preferred_format_is_chosen(accept: str | None, chosen: str) -> None:
    assert media.negotiate(accept, media.RESULTS).media_type == chosen


def test_a_format_that_is_not_offered_is_an_error_that_names_the_offered() -> None:
    with pytest.raises(NotAcceptable, match="text/csv"):
        media.negotiate("image/png", media.RESULTS)


PATTERNS = [(s, p, o) for s in (0, 1) for p in (0, 1) for o in (0, 1)]


@given(graphs, graphs, st.data())
def test_a_cheap_graph_answers_as_one_of_rdflib(
    triples: Triples, others: Triples, data: st.DataObject
) -> None:
    cheap, plain = media.bare(), Graph()
    for each in (cheap, plain):
        each += triples  # type: ignore[misc]
    for step in data.draw(st.lists(st.sampled_from(["add", "remove", "forget"]), max_size=6)):
        triple = data.draw(st.sampled_from([*triples, *others]))
        for each in (cheap, plain):
            each.value(triple[0])  # what is searched for is tabled
            if step == "add":
                each.add(triple)
            else:
                each.remove(triple if step == "remove" else (None, triple[1], None))
    assert len(cheap) == len(plain) and set(cheap) == set(plain)
    for triple in [*triples, *others]:
        assert (triple in cheap) == (triple in plain)
        for places in PATTERNS:
            pattern = tuple(
                node if told else None for node, told in zip(triple, places, strict=True)
            )
            found = [*cheap.triples(pattern)]
            assert set(found) == set(plain.triples(pattern)) and len(found) == len(set(found))
        path = triple[1] / URIRef("https://example.org/a")
        assert {*cheap.subject_objects(path)} == {*plain.subject_objects(path)}
    query = "SELECT * WHERE { ?s ?p ?o . FILTER NOT EXISTS { ?o ?q ?s } }"
    assert {*cheap.query(query)} == {*plain.query(query)}


def test_threads_that_search_a_cheap_graph_first_find_all() -> None:
    subject, before = URIRef(f"{BASE}/s"), sys.getswitchinterval()
    triples = [(subject, URIRef(f"{BASE}/p{n % 3}"), Literal(n)) for n in range(3_000)]
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(30):
            graph, together = media.graph_of(()), threading.Barrier(4)
            graph += triples

            def search(graph: Graph = graph, together: threading.Barrier = together) -> int:
                together.wait()
                return len([*graph.triples((subject, None, None))])

            with ThreadPoolExecutor(4) as pool:
                assert {f.result() for f in [pool.submit(search) for _ in range(4)]} == {3_000}
    finally:
        sys.setswitchinterval(before)

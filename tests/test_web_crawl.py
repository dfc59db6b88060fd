"""No address leads nowhere: neither links of pages, nor what the RDF of the shipped data names."""

import html
import random
import re
from collections import Counter, defaultdict

import pytest
from flask.testing import FlaskClient
from pyoxigraph import NamedNode, Quad, RdfFormat, parse
from shipped import BASE, Shipped

READ = {
    "ttl": RdfFormat.TURTLE,
    "jsonld": RdfFormat.JSON_LD,
    "nt": RdfFormat.N_TRIPLES,
    "rdf": RdfFormat.RDF_XML,
}
SAMPLE = 500
# Pages of one kind are alike, and so are those of one path: of each so many are followed.
OF_A_KIND, OF_A_PATH = 25, 2
COMPUTED, OF_WHAT_IS_COMPUTED = "/diffusion/", 4
# Told from the last dump, which no server makes here: busy until there is one.
MADE_BESIDE = ("/catalog/", "/dataset/")
LINKED = re.compile(r'<([^>]*)>; rel="(?:alternate|describedby|next|service-desc|version-history)"')
PAGE = {"Accept": "text/html,*/*;q=0.5"}


@pytest.fixture(scope="module")
def client(shipped: Shipped) -> FlaskClient:
    return shipped.app.test_client()


def sample(shipped: Shipped) -> list[str]:
    """Things of all kinds: as many of each as there are, up to a fair share."""
    shipped.instance.follow()
    named = "SELECT DISTINCT ?s { ?s a ?kind FILTER(STRSTARTS(STR(?s), 'BASE/id/')) }"
    by_kind = defaultdict(list)
    for iri in sorted(shipped.instance.store.find(named.replace("BASE", BASE))):
        by_kind[iri.split("/")[4]].append(iri)
    chance, left, chosen = random.Random(1), SAMPLE, list[str]()
    kinds = sorted(by_kind.values(), key=len)
    for number, iris in enumerate(kinds):
        share = min(len(iris), left // (len(kinds) - number))
        chosen += chance.sample(iris, share)
        left -= share
    return chosen


def test_things_say_the_same_in_each_format_and_all_that_they_name_answers(
    client: FlaskClient, shipped: Shipped
) -> None:
    chosen, named = sample(shipped), set[str]()
    assert len(chosen) == SAMPLE
    for iri in chosen:
        path = iri.removeprefix(BASE).replace("/id/", "/doc/", 1)
        found = list[set[Quad]]()
        for extension, form in READ.items():
            answer = client.get(f"{path}.{extension}")
            assert answer.status_code == 200, (path, extension)
            found.append(set(parse(answer.data, form)))
        assert found[0] and all(each == found[0] for each in found), path
        nodes = (n for quad in found[0] for n in (quad.subject, quad.predicate, quad.object))
        named |= {node.value for node in nodes if isinstance(node, NamedNode)}
    own = sorted({iri.partition("#")[0] for iri in named if iri.startswith(f"{BASE}/")})
    assert len(own) > SAMPLE
    statuses = {
        iri: client.get(iri.removeprefix(BASE), follow_redirects=True).status_code for iri in own
    }
    assert {iri: status for iri, status in statuses.items() if status != 200} == {}


def test_every_link_of_the_pages_leads_somewhere(client: FlaskClient) -> None:
    chance, seen, waiting = random.Random(1), {"/"}, ["/"]
    followed = Counter[str]()
    while waiting:
        path = waiting.pop(chance.randrange(len(waiting)))
        place = path.partition("?")[0]
        kind = "/".join(place.split("/")[:3]) + "/"
        followed[place] += 1
        most = OF_WHAT_IS_COMPUTED if kind.startswith(COMPUTED) else OF_A_KIND
        if followed[place] > OF_A_PATH or followed[kind] >= most:
            continue
        followed[kind] += 1
        answer = client.get(path, headers=PAGE)
        fine = (200, 301, 302, 303, *([503] if kind.startswith(MADE_BESIDE) else []))
        assert answer.status_code in fine, (path, answer.text[:500])
        found = LINKED.findall(answer.headers.get("Link", ""))
        found += [answer.headers["Location"]] if "Location" in answer.headers else []
        if answer.mimetype == "text/html":
            found += map(html.unescape, re.findall(r'(?:href|src)="([^"]*)"', answer.text))
        for link in found:
            address = link.removeprefix(BASE).partition("#")[0]
            if address.startswith("/") and address not in seen:
                seen.add(address)
                waiting.append(address)
        answer.close()
    assert followed["/doc/innovation/"] == followed["/id/dossier/"] == OF_A_KIND
    assert followed["/sparql/"] and followed["/ont/"] and followed["/api/innovations-by-theme"]

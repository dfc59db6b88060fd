"""docs/how-to/query.md: each wrong query goes wrong, and each right one does not.

Those of docs/how-to/fast-queries.md give the same rows, the slow and the quick one.
"""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from invented import LICENCE
from rdflib import URIRef

from innograph import contributions, media, vocab
from innograph.contributions import Submission
from innograph.instance import Instance
from innograph.settings import Settings

BASE = "http://127.0.0.1:8000"
GUIDE = Path(__file__).resolve().parents[1] / "docs" / "how-to" / "query.md"
FAST = GUIDE.with_name("fast-queries.md")
# Invented, as all that follows.
TOLD = f"""
@base <{BASE}/id/> .
<innovation/panier> a inno:Innovation ; dcterms:title "Panier"@fr , "Basket"@en ;
  inno:hasStatus <status-period/panier-1> , <status-period/panier-2> .
<status-period/panier-1> a inno:StatusPeriod ; inno:status stage:piloting ;
  schema:startDate "2019-03-01"^^xsd:date ; schema:endDate "2020-06-30"^^xsd:date .
<status-period/panier-2> a inno:StatusPeriod ; inno:status stage:implementing ;
  schema:startDate "2020-07-01"^^xsd:date .
---
<innovation/korb> a inno:Innovation ; dcterms:title "Korb"@de ;
  inno:hasStatus <status-period/korb-1> , <status-period/korb-2> .
<status-period/korb-1> a inno:StatusPeriod ; inno:status stage:generating-ideas ;
  schema:startDate "2019"^^xsd:gYear ; schema:endDate "2020"^^xsd:gYear .
<status-period/korb-2> a inno:StatusPeriod ; inno:status stage:piloting ;
  schema:startDate "2021-02"^^xsd:gYearMonth .
---
<innovation/cesta> a inno:Innovation ; dcterms:title "Panier, autre fiche"@fr ;
  owl:sameAs <innovation/panier> .
---
<organisation/valbourg> a cv:PublicOrganisation ; skos:prefLabel "Valbourg"@fr .
---
<adoption/valbourg> a inno:Adoption ; inno:adopts <innovation/korb> ;
  inno:adopter <organisation/valbourg> ; inno:hasStatus <status-period/valbourg> .
<status-period/valbourg> a inno:StatusPeriod ; inno:status uptake:in-use ;
  schema:startDate "2022"^^xsd:gYear .
---
<adoption/other> a inno:Adoption ; inno:adopts <innovation/panier> ;
  inno:adopter <organisation/valbourg> ; inno:hasStatus <status-period/other> .
<status-period/other> a inno:StatusPeriod ; inno:status uptake:in-use ;
  schema:startDate "2021-05-03"^^xsd:date .
"""


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    given = Instance.open(Settings(home=tmp_path_factory.mktemp("home"), base=BASE))
    prefixes = "".join(f"@prefix {p}: <{space}> .\n" for p, space in vocab.prefixes().items())
    base, *_ = TOLD.strip().partition("\n")
    for number, part in enumerate(TOLD.strip().removeprefix(base).split("---")):
        graph = media.parse(f"{prefixes}{base}\n{part}".encode(), "text/turtle", BASE)
        submission = Submission(graph, "source/invented", LICENCE, str(number))
        [receipt] = contributions.submit_trusted(given, [submission])
        assert receipt.state == "accepted", receipt.report and receipt.report.sentences("en")
    yield given
    given.ledger.close()


def asked(instance: Instance, trap: int) -> tuple[list[list[str]], list[list[str]]]:
    """The rows of the wrong and of the right query of a trap; addresses without what is alike."""
    text = GUIDE.read_text("utf-8")
    section = re.split(r"^## \d\. .*\n", text, flags=re.MULTILINE)[trap]
    wrong, right = re.findall(r"^```sparql\n(.*?)^```", section, re.DOTALL | re.MULTILINE)
    found = []
    for query in (wrong, right):
        body = b"".join(instance.ask(query, "text/csv").body).decode()
        _, *rows = csv.reader(io.StringIO(body.replace(f"{BASE}/id/", "")))
        found.append(sorted(rows))
    return found[0], found[1]


def test_1_a_title_in_two_languages_is_two_rows_or_one(instance: Instance) -> None:
    wrong, right = asked(instance, 1)
    titles = [
        ["innovation/cesta", "Panier, autre fiche"],
        ["innovation/korb", "Korb"],
        ["innovation/panier", "Panier"],
    ]
    assert right == titles
    assert wrong == sorted([*titles, ["innovation/panier", "Basket"]])


def test_2_three_records_are_two_innovations(instance: Instance) -> None:
    assert asked(instance, 2) == ([["3"]], [["2"]])


def test_3_what_was_piloted_then_is_not_what_is_piloted_now(instance: Instance) -> None:
    wrong, right = asked(instance, 3)
    assert wrong == [["innovation/korb"]] and right == [["innovation/panier"]]


def test_4_a_use_told_by_its_year_is_lost_or_kept(instance: Instance) -> None:
    wrong, right = asked(instance, 4)
    assert wrong == [["adoption/other"]]
    assert right == [["adoption/other"], ["adoption/valbourg"]]


def test_5_without_coverage_nothing_follows_from_silence(instance: Instance) -> None:
    wrong, right = asked(instance, 5)
    assert wrong == [["organisation/valbourg"]] and right == []
    subject = URIRef(f"{BASE}/id/innovation/panier")
    prefixes = "".join(f"@prefix {p}: <{space}> .\n" for p, space in vocab.prefixes().items())
    told = f"""{prefixes}
    <{BASE}/id/coverage/panier> a inno:Coverage ; dcterms:subject <{subject}> ;
      inno:population <{vocab.VOCABULARIES}population/us-states> ;
      dcterms:type <{vocab.VOCABULARIES}coverage/complete> ;
      schema:startDate "2020"^^xsd:gYear ; schema:endDate "2024"^^xsd:gYear ;
      dcterms:source <https://example.org/list> ."""
    graph = media.parse(told.encode(), "text/turtle", BASE)
    submission = Submission(graph, "source/invented", LICENCE, "coverage")
    [receipt] = contributions.submit_trusted(instance, [submission])
    assert receipt.state == "accepted", receipt.report and receipt.report.sentences("en")
    assert asked(instance, 5)[1] == [
        [
            "innovation/panier",
            f"{vocab.VOCABULARIES}population/us-states",
            "https://example.org/list",
        ]
    ]


@pytest.mark.parametrize("pair", [0, 1, 2])
def test_a_quick_query_has_the_rows_of_the_slow_one(instance: Instance, pair: int) -> None:
    text = FAST.read_text("utf-8")
    queries = re.findall(r"^```sparql\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    assert len(queries) == 6
    found = []
    for query in queries[2 * pair : 2 * pair + 2]:
        about = query.replace("innovation/aide-achat-velo", "innovation/korb")
        body = b"".join(instance.ask(about, "text/csv").body).decode()
        _, *rows = csv.reader(io.StringIO(body))
        found.append(sorted(rows))
    slow, quick = found
    assert slow == quick and slow

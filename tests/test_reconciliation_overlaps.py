"""The same innovation in several sources: what their own titles, pages and repositories give away.

Each pair that is proposed from the original files was judged by a person, in
cases/reconciliation/innovations.csv: yes, no or doubtful.
"""

import csv
from collections import Counter
from pathlib import Path

import pytest
from counts import titles

from innograph.reconciliation import innovations
from innograph.reconciliation.innovations import compact
from innograph.reconciliation.matches import Link
from innograph.reconciliation.told import Told

BASE = "https://example.org"
CASES = Path(__file__).parent / "cases" / "reconciliation" / "innovations.csv"
# What SOURCES knows of by title; of its three between betagouv and pstw one is not the same.
KNOWN = {
    ("betagouv", "eig"): {
        "CartoBio",
        "Archifiltre",
        "Résorption Bidonvilles",
        "Signaux Faibles",
        "LexImpact",
    },
    ("eig", "pstw"): {"Signaux Faibles", "DataJust", "Open Justice"},
    ("betagouv", "pstw"): {"Signaux Faibles", "La Bonne Boite", "NOMAD"},
}
FALSE = 2  # NOMAD and ADLER: two titles of one word, in two countries

Pair = tuple[str, str]


def told(records: dict[str, titles.Record]) -> list[Told]:
    found = []
    for key, record in sorted(records.items()):
        thing = Told(f"{BASE}/id/{key}")
        for field, values in record.items():
            thing.fields[field] += [(value, "fr") for value in values]
        thing.fields["contributor"].append((key.split("/")[0], ""))
        found.append(thing)
    return found


def key(link: Link) -> Pair:
    return (link.one.removeprefix(f"{BASE}/id/"), link.other.removeprefix(f"{BASE}/id/"))


@pytest.fixture(scope="module")
def judged() -> dict[Pair, str]:
    with CASES.open(encoding="utf-8", newline="") as lines:
        return {(row["one"], row["other"]): row["same"] for row in csv.DictReader(lines)}


@pytest.fixture(scope="module")
def proposed(shared: Path) -> dict[Pair, Link]:
    links = innovations.links(told(titles.records(shared / "sources")), BASE)
    return {key(link): link for link in links}


def test_the_overlaps_that_are_known_by_title_are_found(proposed: dict[Pair, Link]) -> None:
    for sources, names in KNOWN.items():
        found = {
            compact(link.names[0])
            for pair, link in proposed.items()
            if tuple(part.split("/")[0] for part in pair) == sources
        }
        assert {compact(name) for name in names} <= found, sources


def test_signaux_faibles_is_one_innovation_in_all_three(proposed: dict[Pair, Link]) -> None:
    three = ("betagouv/signaux-faibles", "eig/defis/2018/signauxfaibles.html", "pstw/PSTW-43")
    for place, one in enumerate(three):
        for other in three[place + 1 :]:
            assert proposed[one, other].sure >= 0.6


def test_each_proposed_pair_was_judged_and_few_are_false(
    proposed: dict[Pair, Link], judged: dict[Pair, str]
) -> None:
    across = {pair for pair in proposed if pair[0].split("/")[0] != pair[1].split("/")[0]}
    counted = Counter(judged[pair] for pair in across)
    print(f"across sources {dict(counted)}, all {Counter(judged[pair] for pair in proposed)}")
    assert proposed.keys() == judged.keys()
    assert counted["no"] == FALSE
    assert counted["yes"] >= 12


def test_no_pair_is_a_link_however_alike(proposed: dict[Pair, Link]) -> None:
    assert not [link for link in proposed.values() if link.certain]
    assert all(link.sure < 0.95 and link.reasons for link in proposed.values())


def record(key: str, title: str, **fields: str) -> Told:
    one = Told(f"{BASE}/id/innovation/{key}")
    one.fields["title"].append((title, "fr"))
    one.fields["contributor"].append((fields.pop("contributor", key), ""))
    for field, value in fields.items():
        one.fields[field].append((value, ""))
    return one


@pytest.mark.parametrize(
    ("one", "other", "rules"),
    [
        (record("a", "Panier solidaire"), record("b", "PANIER-SOLIDAIRE"), {"title"}),
        (record("a", "PanierSolidaire – des légumes"), record("b", "Panier solidaire"), {"part"}),
        (record("a", "Panier solidaire"), record("b", "Panier solidair"), {"similar"}),
        (
            record("a", "Panier", repository="https://github.com/x/y.git"),
            record("b", "Autre", repository="http://www.github.com/x/y/"),
            {"repository"},
        ),
        (
            record("a", "Panier", page="https://panier.example.org/"),
            record("b", "Autre", page="http://panier.example.org", year="2020"),
            set(),
        ),
        (
            record("a", "Panier", page="https://panier.example.org/", year="2021"),
            record("b", "Autre", page="http://panier.example.org", year="2020"),
            {"page", "year"},
        ),
        (record("a", "Panier"), record("b", "Paniers d'hiver"), set()),
        # A source knows its own apart, unless they bear one name.
        (
            record("a", "Panier solidaire", contributor="s"),
            record("b", "Panier solidair", contributor="s"),
            set(),
        ),
        (
            record("a", "Panier solidaire", contributor="s"),
            record("b", "Panier solidaire", contributor="s"),
            {"title"},
        ),
    ],
)
def test_what_speaks_for_a_pair_is_told(one: Told, other: Told, rules: set[str]) -> None:
    found = [{r.rule.removeprefix("title-") for r in x.reasons} for x in _links(one, other)]
    assert found == ([rules] if rules else [])


def _links(*records: Told) -> list[Link]:
    links = innovations.links(records, BASE)
    assert links == innovations.links(reversed(records), BASE)
    return links


def test_far_years_make_a_pair_less_likely_and_one_organisation_more() -> None:
    plain, far, near = (
        innovations.links(
            [record("a", "Panier solidaire", **a), record("b", "Panier solidaire", **b)], BASE
        )
        for a, b in (
            ({}, {}),
            ({"year": "2001"}, {"year": "2020"}),
            (
                {"year": "2019", "organisation": "Ville X"},
                {"year": "2020", "organisation": "ville x"},
            ),
        )
    )
    assert far[0].sure < plain[0].sure < near[0].sure


def test_a_page_that_many_share_says_nothing() -> None:
    records = [record(str(n), f"Projet {n}", page="https://x.example.org") for n in range(9)]
    assert innovations.links(records, BASE) == []

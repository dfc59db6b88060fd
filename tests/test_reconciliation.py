"""Links and candidates: dossiers of their own, decided on by persons, and undone again."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duplicates
import pytest
import query_cases
from click.testing import CliRunner, Result
from query_cases import QueryCase
from test_competency import _stars

from innograph import contributions, decisions, queries
from innograph.cli import main
from innograph.contributions import dossier_iri
from innograph.errors import NotFound
from innograph.instance import Instance
from innograph.reconciliation import dossiers, proposal
from innograph.reconciliation.matches import Link
from innograph.reconciliation.told import rows
from innograph.settings import Settings

CASES = [
    QueryCase(path)
    for path in sorted((Path(__file__).parent / "cases/reconciliation/queries").glob("*.csv"))
]
ALPHA_BETA = "pair/innovation/kiosque/innovation/kiosque-beta"
ALPHA_GAMMA = "pair/innovation/kiosque/innovation/kiosque-gamma"
BETA_GAMMA = "pair/innovation/kiosque-beta/innovation/kiosque-gamma"
MONDOVI = "pair/organisation/mondovi/organisation/mondovi-beta"


@dataclass(frozen=True)
class World:
    """An instance with the invented records."""

    instance: Instance

    def links(self) -> dict[str, Link]:
        return {link.local: link for link in proposal.propose(self.instance)}

    def apply(self) -> dossiers.Outcome:
        return dossiers.apply(self.instance, self.links().values())

    def decide(self, local: str, accept: bool) -> None:
        dossiers.settle(self.instance, self.links()[local], accept, "a clerk", "seen by eye")

    def told(self) -> set[tuple[str, str, str, str]]:
        """(thing, kind, other, rule) of what reconciliation has published."""
        base = f"{self.instance.base}/id/"
        return {
            (
                row["thing"].removeprefix(base),
                row["kind"],
                row["other"].removeprefix(base),
                row["rule"],
            )
            for row in rows(self.instance, "reconciled")
        }

    def iri(self, local: str) -> str:
        return dossier_iri(self.instance.base, dossiers.CONTRIBUTOR, local)


@pytest.fixture
def world(settings: Settings) -> World:
    instance = Instance.open(settings)
    duplicates.publish(instance)
    return World(instance)


CERTAIN = {
    ("organisation/caen", "code", "siren:211401187", "name"),
    ("organisation/caen-beta", "code", "siren:211401187", "code"),
    ("organisation/dinum", "code", "source-record:fr-etat:dinum", "name"),
    ("organisation/dinum-beta", "code", "source-record:fr-etat:dinum", "name"),
    ("organisation/abano", "code", "source-record:it-comune:abano-terme", "name"),
    ("organisation/abano-beta", "code", "source-record:it-comune:abano-terme", "name"),
}
POSSIBLE = {
    ("organisation/mondovi", "possible", "organisation/mondovi-beta", "accents"),
    ("innovation/kiosque", "possible", "innovation/kiosque-gamma", "title"),
    ("innovation/kiosque", "possible", "innovation/kiosque-beta", "title-part"),
    ("innovation/kiosque-beta", "possible", "innovation/kiosque-gamma", "title-part"),
}


def test_what_is_certain_becomes_a_code_and_the_rest_a_possible_duplicate(world: World) -> None:
    outcome = world.apply()
    assert outcome.refusals == []
    assert world.told() == CERTAIN | POSSIBLE


def test_nothing_is_the_same_until_a_person_says_so(world: World) -> None:
    world.apply()
    ask = "ASK { ?x <http://www.w3.org/2002/07/owl#sameAs> ?y }"
    assert b"false" in b"".join(world.instance.ask(ask).body)
    world.decide(ALPHA_BETA, True)
    assert b"true" in b"".join(world.instance.ask(ask).body)


def test_the_same_again_changes_nothing(world: World) -> None:
    world.apply()
    before, links = world.instance.ledger.revision(), world.links()
    outcome = world.apply()
    assert {state for _, state in outcome.states} == {"unchanged"}
    assert outcome.vanished == []
    assert world.instance.ledger.revision() == before
    assert world.links() == links


def test_things_keep_the_names_that_their_sources_gave(world: World) -> None:
    world.apply()
    things = "/id/(innovation|organisation|identifier)/.*-2$"
    query = f"SELECT DISTINCT ?s {{ ?s ?p ?o FILTER(REGEX(STR(?s), '{things}')) }}"
    assert b"".join(world.instance.ask(query, "text/csv").body).split() == [b"s"]


def test_a_dry_run_tells_and_publishes_nothing(world: World) -> None:
    before = world.instance.ledger.revision()
    outcome = dossiers.apply(world.instance, world.links().values(), dry=True)
    assert outcome.states.total() == len(CERTAIN | POSSIBLE)
    assert {state for _, state in outcome.states} == {"new"}
    assert world.instance.ledger.revision() == before
    world.apply()
    again = dossiers.apply(world.instance, world.links().values(), dry=True)
    assert {state for _, state in again.states} == {"there already"}


@pytest.mark.parametrize("applied", [False, True])
def test_what_a_person_refused_is_never_asked_or_published_again(
    world: World, applied: bool
) -> None:
    if applied:
        world.apply()
    world.decide(ALPHA_GAMMA, False)
    for _ in range(2):
        world.apply()
        assert not {row for row in world.told() if row[2] == "innovation/kiosque-gamma"} - POSSIBLE
        waiting = proposal.waiting(world.instance, world.links().values())
        assert ALPHA_GAMMA not in {link.local for link in waiting}
    assert ("innovation/kiosque", "possible", "innovation/kiosque-gamma", "title") not in (
        world.told()
    )


def test_what_a_person_refused_stays_refused_when_its_title_changes(world: World) -> None:
    world.decide(ALPHA_GAMMA, False)
    retold = duplicates.innovation("kiosque", "Kiosque à plaintes !", "", "stage:piloting", "2016")
    duplicates.publish(world.instance, {"source/alpha": {"kiosque": retold}})
    world.apply()
    assert world.iri(ALPHA_GAMMA) not in world.instance.ledger.public([world.iri(ALPHA_GAMMA)])
    assert world.instance.ledger.queue() == []


def test_what_a_person_accepted_is_told_as_the_same_and_stays_so(world: World) -> None:
    world.apply()
    world.decide(ALPHA_BETA, True)
    world.apply()
    wanted = ("innovation/kiosque", "same", "innovation/kiosque-beta", "title-part")
    assert wanted in world.told()
    [event] = world.instance.ledger.latest([world.iri(ALPHA_BETA)]).values()
    assert (event.decider, event.reason) == ("a clerk", "seen by eye")


def test_the_same_decision_twice_is_one(world: World) -> None:
    world.decide(ALPHA_BETA, True)
    before = world.instance.ledger.revision()
    world.decide(ALPHA_BETA, True)
    assert world.instance.ledger.revision() == before


def test_a_person_may_decide_otherwise_later(world: World) -> None:
    world.decide(ALPHA_BETA, True)
    world.decide(ALPHA_BETA, False)
    assert not {row for row in world.told() if row[1] == "same"}
    world.decide(ALPHA_BETA, True)
    assert {row for row in world.told() if row[1] == "same"}


@pytest.mark.parametrize("local", [ALPHA_BETA, ALPHA_GAMMA])
def test_links_call_things_what_their_sources_call_them_now(world: World, local: str) -> None:
    world.apply()
    world.decide(ALPHA_BETA, True)
    retold = duplicates.innovation("kiosque", "Kiosque à  plaintes", "", "stage:piloting", "2016")
    duplicates.publish(world.instance, {"source/alpha": {"kiosque": retold}})
    world.apply()
    content = world.instance.store.content([world.iri(local)])
    assert [str(o) for o in content.objects() if "laintes" in str(o)] == ["Kiosque à  plaintes"]
    [event] = world.instance.ledger.latest([world.iri(ALPHA_BETA)]).values()
    assert event.decider == "a clerk"


def test_a_candidate_that_nothing_suggests_any_more_is_withdrawn(world: World) -> None:
    world.apply()
    retold = duplicates.innovation("kiosque-gamma", "Tout autre chose")
    duplicates.publish(world.instance, {"source/gamma": {"kiosque": retold}})
    assert len(world.apply().vanished) == 2
    assert not {row for row in world.told() if "innovation/kiosque-gamma" in (row[0], row[2])}
    retold = duplicates.RECORDS["source/gamma"]["kiosque"]
    duplicates.publish(world.instance, {"source/gamma": {"kiosque": retold}})
    world.apply()
    assert world.told() == CERTAIN | POSSIBLE


def test_a_unit_is_not_the_body_that_it_bears_the_name_of(world: World) -> None:
    assert not [local for local in world.links() if "dinum-unit" in local]


def test_a_decision_can_be_reopened_and_only_a_decision(world: World) -> None:
    world.decide(ALPHA_BETA, False)
    decisions.reopen(world.instance, world.iri(ALPHA_BETA), "another clerk", "not so sure")
    world.apply()
    assert world.told() == CERTAIN | POSSIBLE
    with pytest.raises(NotFound):
        decisions.reopen(world.instance, world.iri(ALPHA_BETA), "another clerk", "again")


def test_undoing_all_gives_back_the_graph_there_was(world: World) -> None:
    """Withdrawn dossiers leave nothing behind but their own events."""

    def graph() -> set[bytes]:
        world.instance.follow()
        return {line for line in world.instance.store.dump() if b"/graph/meta" not in line}

    before = graph()
    world.apply()
    world.decide(ALPHA_BETA, True)
    assert graph() != before
    for iri in world.instance.ledger.public(
        world.instance.ledger.dossiers_of(dossiers.CONTRIBUTOR)
    ):
        contributions.withdraw(world.instance, iri, dossiers.CONTRIBUTOR, "undone")
    assert graph() == before


@pytest.mark.parametrize("case", CASES, ids=[case.path.stem for case in CASES])
def test_queries_answer_the_decided_records_as_one_would_by_hand(
    world: World, case: QueryCase
) -> None:
    """alpha = beta by a person; gamma still waits."""
    world.apply()
    world.decide(ALPHA_BETA, True)
    answered = query_cases.rows(world.instance, case.query, case.values)
    assert len(answered) == len(case.rows)
    assert [
        {**row, **_stars(row, told)} for row, told in zip(case.rows, answered, strict=True)
    ] == answered


def test_counts_tell_records_and_what_is_counted_once(world: World) -> None:
    def counted() -> tuple[str, ...]:
        [row] = rows(world.instance, "counts")
        names = ("innovations", "distinctInnovations", "organisations", "distinctOrganisations")
        return tuple(row[name] for name in names)

    # Kiosque three times and Panier; Caen, Mondovì, Abano and DINUM twice, and a unit.
    assert counted() == ("4", "4", "9", "9")
    world.apply()
    assert counted() == ("4", "4", "9", "6")
    world.decide(ALPHA_BETA, True)
    assert counted() == ("4", "3", "9", "6")
    world.decide(BETA_GAMMA, True)
    world.decide(MONDOVI, True)
    assert counted() == ("4", "2", "9", "5")


# On the command line


@pytest.fixture
def run(world: World) -> Callable[..., Result]:
    settings = world.instance.settings

    def run(*words: str, exit: int = 0) -> Result:
        given = {"INNOGRAPH_HOME": str(settings.home), "INNOGRAPH_BASE": settings.base}
        result = CliRunner().invoke(main, ["reconcile", *words], env=given)
        assert result.exit_code == exit, result.output
        assert isinstance(result.exception, (SystemExit, type(None))), result.exc_info
        return result

    return run


def test_an_operator_reviews_candidates_in_a_file(
    world: World, run: Callable[..., Result], tmp_path: Path
) -> None:
    file = tmp_path / "candidates.csv"
    assert "4 candidates" in run("propose", "--out", str(file)).output
    told = list(csv.DictReader(io.StringIO(file.read_text("utf-8"))))
    assert {row["id"] for row in told} == {ALPHA_BETA, ALPHA_GAMMA, BETA_GAMMA, MONDOVI}
    assert told[0]["why"]
    decided = {ALPHA_BETA: "yes", ALPHA_GAMMA: "Non", MONDOVI: ""}
    for row in told:
        row["decision"] = decided.get(row["id"], "")
    with file.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, told[0].keys())
        writer.writeheader()
        writer.writerows(told)
    before = world.instance.ledger.revision()
    assert "Nothing was kept" in run("review", str(file), "--dry-run").output
    assert world.instance.ledger.revision() == before
    assert "yes: 1, no: 1" in run("review", str(file), "--decider", "me").output
    run("propose", "--out", str(file))
    again = list(csv.DictReader(io.StringIO(file.read_text("utf-8"))))
    assert {row["id"] for row in again} == {BETA_GAMMA, MONDOVI}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("decision,id\nperhaps,x\n", "line 2 needs yes or no"),
        ("decision,id\nyes,\n", "line 2"),
        ("decision,id\nyes,pair/x/y\n", "nothing of that id is proposed"),
        ("id\nx\n", "no column decision"),
        ("", "no column decision, id"),
    ],
)
def test_a_file_that_cannot_be_followed_is_told_and_keeps_nothing(
    world: World, run: Callable[..., Result], tmp_path: Path, text: str, sentence: str
) -> None:
    file = tmp_path / "wrong.csv"
    file.write_text(text, "utf-8")
    before = world.instance.ledger.revision()
    assert sentence in run("review", str(file), exit=2).output
    assert world.instance.ledger.revision() == before


def test_an_operator_undoes_one_link_those_of_a_rule_and_all(
    world: World, run: Callable[..., Result]
) -> None:
    assert "new" in run("apply", "--dry-run").output
    assert world.told() == set()
    run("apply")
    assert "withdrawn: 1" in run("undo", world.iri(ALPHA_BETA)).output
    assert len(world.told()) == 9
    assert "withdrawn: 1" in run("undo", "--rule", "accents", "--dry-run").output
    assert len(world.told()) == 9
    run("undo", "--rule", "accents")
    assert len(world.told()) == 8
    world.decide(ALPHA_GAMMA, True)
    assert "decided by a person, kept: 1" in run("undo", "--all").output
    assert {row[1] for row in world.told()} == {"same"}
    assert "withdrawn: 1" in run("undo", "--all", "--decision").output
    assert world.told() == set()
    run("apply")
    assert world.told() == CERTAIN | POSSIBLE


def test_what_is_not_reconciliation_s_is_not_undone(
    world: World, run: Callable[..., Result]
) -> None:
    foreign = dossier_iri(world.instance.base, "source/alpha", "kiosque")
    assert "no such dossier" in run("undo", foreign, exit=2).output
    assert "Give one of" in run("undo", exit=2).output
    assert world.instance.ledger.public([foreign])


def test_the_measure_is_a_command_that_fails_when_rules_are_poor(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    folder = Path(__file__).parent / "cases" / "reconciliation"
    assert "fr-ministries" in run("measure", str(folder)).output
    for path in folder.glob("*.csv"):
        text = path.read_text("utf-8")
        (tmp_path / path.name).write_text(text.replace(",epci,2", ",epci,3"), "utf-8")
    run("measure", str(tmp_path), exit=1)
    assert "No such file" in run("measure", str(tmp_path / ".."), exit=2).output


def test_each_command_of_reconciliation_helps_with_an_example() -> None:
    for name in ("propose", "review", "apply", "undo", "measure", "lists"):
        told = CliRunner().invoke(main, ["reconcile", name, "--help"]).output
        assert "Example" in told and f"innograph reconcile {name}" in told


def test_links_are_offered_and_what_reads_the_graph_is_internal() -> None:
    assert not queries.load("reconciled").internal
    assert queries.load("reconcile-actors").internal

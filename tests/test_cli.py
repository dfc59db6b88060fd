"""The command line, as an operator and their scripts use it."""

import csv
import io
import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Protocol
from urllib.error import URLError
from urllib.request import urlopen

import click
import pytest
from click.testing import CliRunner, Result
from invented import ADOPTION, LICENCE, turtle
from running import free_port, running

from innograph import assets, contributions, media
from innograph.cli import main
from innograph.instance import Instance
from innograph.settings import Settings

BASE = "https://example.org"


class Run(Protocol):
    def __call__(self, *words: str, exit: int = 0, input: str = "", **environ: str) -> Result: ...


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def run(home: Path) -> Run:
    """Runs a command, and holds it to its exit code."""

    def run(*words: str, exit: int = 0, input: str = "", **environ: str) -> Result:
        given = {"INNOGRAPH_HOME": str(home), "INNOGRAPH_BASE": BASE} | environ
        result = CliRunner().invoke(main, words, env=given, input=input)
        assert result.exit_code == exit, result.output
        # A person reads a sentence, never a traceback.
        assert isinstance(result.exception, (SystemExit, type(None))), result.exc_info
        assert "Traceback" not in result.output
        return result

    return run


def item(kind: str, key: str, **data: object) -> dict[str, object]:
    return {"kind": kind, "local": f"{kind}/{key}", "data": {"id": f"{kind}/{key}", **data}}


def innovation(name: str, title: str | None, agent: str = "valbourg") -> dict[str, object]:
    role = {
        "id": f"attribution/{name}",
        "type": "Attribution",
        "role": "sponsor",
        "agent": f"organisation/{agent}",
    }
    period = {
        "id": f"status-period/{name}",
        "type": "StatusPeriod",
        "status": "construction",
        "phase": "construction",
        "start": "2021-02-03",
    }
    told = {"title": title} if title else {}
    return item("innovation", name, type="Innovation", roles=[role], phases=[period], **told)


VALBOURG = item("organisation", "valbourg", type="PublicOrganisation", name="Ville de Valbourg")
ITEMS = [VALBOURG, innovation("rdv", "Rendez-vous"), innovation("panier", "Panier solidaire")]


def write(path: Path, items: list[dict[str, object]]) -> str:
    """A facts file of invented items, in the words of the source betagouv."""
    lines = [{"source": "betagouv"}, *items]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return str(path)


@pytest.fixture
def facts(tmp_path: Path) -> str:
    return write(tmp_path / "facts.jsonl", ITEMS)


@pytest.fixture
def filled(run: Run, facts: str) -> str:
    """An instance that holds the facts; returns their path."""
    run("import", "betagouv", facts)
    return facts


def revision(run: Run) -> int:
    return int(json.loads(run("stats", "--json").stdout)["revision"])


def cells(result: Result, kind: str) -> list[str]:
    """The cells of the row of a table that begins with `kind`."""
    [line] = [line for line in result.stdout.splitlines() if re.match(rf"│ {kind} +│", line)]
    return [cell.strip() for cell in line.strip("│").split("│")]


def submitted(home: Path, body: str = ADOPTION, contributor: str = "contributor/clerk") -> str:
    """A receipt of what a person has sent."""
    instance = Instance.open(Settings(home=home, base=BASE))
    graph = media.parse(turtle(body, BASE), "text/turtle", BASE)
    receipt = contributions.submit(instance, graph, contributor, LICENCE)
    instance.ledger.close()
    assert receipt.key is not None
    return receipt.key


def titles(run: Run) -> list[str]:
    query = "SELECT ?title { ?x a inno:Innovation ; dcterms:title ?title } ORDER BY ?title"
    return run("query", "-", "--format", "csv", input=query).stdout.splitlines()[1:]


# Help and settings


def commands(command: click.Command, *words: str) -> Iterator[list[str]]:
    yield list(words)
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from commands(found, *words, name)


@pytest.mark.parametrize("words", [*commands(main)], ids=lambda words: " ".join(words) or "all")
def test_every_command_explains_itself_with_an_example(run: Run, words: list[str]) -> None:
    told = run(*words, "--help").stdout
    _, _, examples = told.partition("Example")
    assert " ".join(["innograph", *words]) in examples
    assert re.search(r"^  [A-Z]\w+ ", told, re.M), "it says what it does"


def test_a_command_that_does_not_exist_is_refused(run: Run) -> None:
    assert "No such command" in run("imprt", exit=2).output


@pytest.mark.parametrize(
    ("setting", "value", "sentence"),
    [
        ("INNOGRAPH_PORT", "eighty", "a whole number is needed"),
        ("INNOGRAPH_LANG", "de", "en or fr"),
        ("INNOGRAPH_BASE", "example.org", "starts with http"),
        ("INNOGRAPH_STORE", "ftp://store.example.org/sparql", "a SPARQL 1.1 engine"),
        ("INNOGRAPH_LEDGER", "no-url", "The ledger cannot be opened"),
        ("INNOGRAPH_LEDGER", "sqlite:////nowhere/at/all.sqlite", "The ledger cannot be opened"),
        ("INNOGRAPH_HOME", "/dev/null/home", "INNOGRAPH_HOME"),
    ],
)
def test_a_wrong_setting_is_told_in_a_sentence(
    run: Run, setting: str, value: str, sentence: str
) -> None:
    result = run("stats", exit=2, **{setting: value})
    assert sentence in result.stderr and len(result.stderr.splitlines()) == 1


def test_a_ledger_of_another_base_is_left_alone(run: Run, filled: str) -> None:
    result = run("stats", exit=2, INNOGRAPH_BASE="https://other.example.net")
    assert f"Set INNOGRAPH_BASE={BASE}" in result.stderr
    run("verify", exit=2, INNOGRAPH_BASE="https://other.example.net")


def test_the_command_is_installed_as_a_script(home: Path) -> None:
    code = "from innograph.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code, "--version"], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.startswith("innograph, version ")


# import, source


def test_an_import_ends_with_a_table_and_changes_nothing_the_second_time(
    run: Run, facts: str
) -> None:
    first = run("import", "betagouv", facts)
    assert cells(first, "innovation") == ["innovation", "2", "2", "0", "0", "0"]
    assert cells(first, "all") == ["all", "3", "3", "0", "0", "0"]
    before = revision(run)
    second = run("import", "betagouv", facts)
    assert cells(second, "all") == ["all", "3", "0", "0", "3", "0"]
    assert revision(run) == before and titles(run) == ["Panier solidaire", "Rendez-vous"]


def test_a_dry_run_tells_what_would_be_and_keeps_nothing(
    run: Run, home: Path, filled: str, tmp_path: Path
) -> None:
    changed = write(tmp_path / "changed.jsonl", [*ITEMS, innovation("neuf", "Du neuf")])
    before = {path: path.read_bytes() for path in home.iterdir()}
    dry = run("import", "betagouv", changed, "--dry-run")
    assert cells(dry, "all") == ["all", "4", "1", "0", "3", "0"]
    assert "Nothing was kept" in dry.stdout
    assert {path: path.read_bytes() for path in home.iterdir()} == before
    assert cells(run("import", "betagouv", changed), "all") == cells(dry, "all")


def test_a_dry_run_makes_no_ledger(run: Run, home: Path, facts: str) -> None:
    assert cells(run("import", "betagouv", facts, "--dry-run"), "all")[2] == "3"
    assert not home.exists()


def test_an_import_may_be_limited(run: Run, facts: str) -> None:
    assert cells(run("import", "betagouv", facts, "--limit", "2"), "all")[:3] == ["all", "2", "2"]
    assert titles(run) == ["Rendez-vous"]


def test_what_is_refused_is_told_with_the_reason_and_an_exit_code(run: Run, tmp_path: Path) -> None:
    wrong = [*ITEMS, innovation("sans-titre", None), innovation("perdu", "Perdu", "unknown")]
    path = write(tmp_path / "wrong.jsonl", wrong)
    with open(path, "a", encoding="utf-8") as file:
        file.write("{ no JSON\n")
    result = run("import", "betagouv", path, exit=1)
    assert cells(result, "all") == ["all", "6", "3", "0", "0", "3"]
    assert "innovation/sans-titre: Title" in result.stdout
    assert re.search(r'innovation/perdu: .*"\S+/id/organisation/unknown" is not', result.stdout)
    assert "not readable: line 7" in result.stdout
    assert titles(run) == ["Panier solidaire", "Rendez-vous"]


def test_what_is_no_longer_listed_is_told_and_kept(run: Run, filled: str, tmp_path: Path) -> None:
    fewer = write(tmp_path / "fewer.jsonl", ITEMS[:2])
    result = run("import", "betagouv", fewer)
    assert "no longer listed: 1" in result.stdout
    assert f"no longer listed: {BASE}/id/dossier/" in result.stdout
    assert titles(run) == ["Panier solidaire", "Rendez-vous"]


def test_an_unknown_source_or_path_is_told(run: Run, facts: str, tmp_path: Path) -> None:
    assert "aidesvelo, betagouv" in run("import", "betagov", facts, exit=2).stderr
    assert "nowhere" in run("import", "betagouv", str(tmp_path / "nowhere"), exit=2).stderr


def test_sources_are_listed_with_their_licence(run: Run) -> None:
    told = run("source", "list").stdout
    assert "betagouv" in told and "https://spdx.org/licenses/etalab-2.0" in told


# check, query, stats


def test_files_are_checked_without_being_kept(run: Run, filled: str, tmp_path: Path) -> None:
    good, bad, odd = (tmp_path / name for name in ("good.ttl", "bad.ttl", "odd.jsonld"))
    good.write_bytes(turtle(ADOPTION, BASE))
    bad.write_bytes(turtle(ADOPTION.replace("innovation/panier", "innovation/none"), BASE))
    odd.write_text("{ no JSON", "utf-8")
    before = revision(run)
    assert f"{good}: ok" in run("check", str(good)).stdout
    told = run("check", str(bad), str(good), "--lang", "fr", exit=1).stdout
    assert f"{bad}: not ok" in told and f"{good}: ok" in told and "innovation/none" in told
    assert "line 1" in run("check", str(odd), exit=1).stdout
    named = tmp_path / "named.ttl"
    named.write_bytes(turtle(ADOPTION.replace("[]", "<id/adoption/mine>", 1), BASE))
    assert "id/adoption/mine" in run("check", str(named), exit=1).output
    assert revision(run) == before


def test_tables_and_json_are_checked_dossier_by_dossier(
    run: Run, filled: str, tmp_path: Path
) -> None:
    head = "id,type,adopts,adopter,hasStatus.status\n"
    row = ",Adoption,id/innovation/{},id/organisation/valbourg,{}\n"
    table = tmp_path / "adoptions.csv"
    table.write_text(head + row.format("panier", "uptake:in-use") + row.format("none", ""), "utf-8")
    told = run("check", str(table), exit=1).stdout
    assert f"{table}, dossier 1: ok" in told and f"{table}, dossier 2: not ok" in told
    plain = tmp_path / "adoption.json"
    status = {"status": "uptake:in-use"}
    adoption = {"type": "Adoption", "adopts": "id/innovation/panier", "hasStatus": [status]}
    plain.write_text(json.dumps(adoption | {"adopter": "id/organisation/valbourg"}), "utf-8")
    assert f"{plain}: ok" in run("check", str(plain)).stdout
    plain.write_text(json.dumps(adoption | {"adoptoin": "x"}), "utf-8")
    assert "adoptoin" in run("check", str(plain), exit=1).stdout


def test_a_query_is_stored_or_in_a_file_or_read(run: Run, filled: str, tmp_path: Path) -> None:
    stored = json.loads(run("query", "counts", "--format", "json").stdout)
    [row] = stored["results"]["bindings"]
    assert row["innovations"]["value"] == "2"
    text = "SELECT ?title { ?x a inno:Innovation ; dcterms:title ?title } ORDER BY ?title"
    file = tmp_path / "question.rq"
    file.write_text(text, "utf-8")
    from_file = run("query", str(file), "--format", "csv").stdout
    assert list(csv.reader(io.StringIO(from_file))) == [
        ["title"],
        ["Panier solidaire"],
        ["Rendez-vous"],
    ]
    assert run("query", "-", "--format", "csv", input=text).stdout == from_file
    table = run("query", "-", input=text).stdout
    assert "│ Panier solidaire │" in table and "┃ title" in table


def test_a_table_cuts_no_address_and_reads_no_markup(run: Run, filled: str) -> None:
    long = f"{BASE}/{'x' * 300}"
    query = f'SELECT ?a ?b {{ VALUES (?a ?b) {{ (<{long}> "[red]text[/red]") }} }}'
    told = run("query", "-", input=query).stdout
    assert long in told and "[red]text[/red]" in told


def test_other_forms_of_query_have_their_formats(run: Run, filled: str) -> None:
    assert run("query", "-", input="ASK { ?x a inno:Innovation }").stdout == "true\n"
    construct = "CONSTRUCT { ?x a inno:Innovation } WHERE { ?x a inno:Innovation }"
    assert "a inno:Innovation" in run("query", "-", input=construct).stdout.replace(
        "<https://w3id.org/innograph/ont#Innovation>", "inno:Innovation"
    )
    told = run("query", "-", "--format", "nt", input=construct).stdout
    assert len(told.splitlines()) == 2
    assert (
        "None of the formats" in run("query", "-", "--format", "csv", input="ASK {}", exit=2).stderr
    )


@pytest.mark.parametrize(
    ("words", "text", "sentence"),
    [
        (["-"], "SELECT * { ?s ?p }", "line 1"),
        (["-"], "SELECT * { ?s dterms:title ?o }", "dcterms"),
        (["-"], "SELECT * { SERVICE <https://example.net/> { ?s ?p ?o } }", "SERVICE"),
        (["no-such-query"], "", "counts"),
        (["counts", "-v", "innovation"], "", "NAME=VALUE"),
        (["counts", "-v", "innovation=x"], "", "known parameters"),
    ],
)
def test_what_is_wrong_with_a_query_is_told(
    run: Run, words: list[str], text: str, sentence: str
) -> None:
    assert sentence in run("query", *words, input=text, exit=2).stderr


def test_stats_are_for_people_and_for_programs(run: Run, home: Path, filled: str) -> None:
    submitted(home)
    told = json.loads(run("stats", "--json").stdout)
    expected = {"innovations": 2, "organisations": 1, "revision": 3, "waiting": 1, "dossiers": 3}
    assert {name: told[name] for name in expected} == expected
    assert cells(run("stats"), "waiting") == ["waiting", "1"]


# rebuild, verify


def test_a_graph_made_again_has_the_same_hash(run: Run, filled: str, tmp_path: Path) -> None:
    out = tmp_path / "graph.nq"
    first = run("rebuild", "--out", str(out)).stdout
    assert re.fullmatch(r"revision 3, \d+ quads, sha256 [0-9a-f]{64}\n", first)
    lines = out.read_text("utf-8").splitlines()
    assert lines == sorted(lines) and f" {len(lines)} quads" in first
    assert run("rebuild").stdout == first
    assert "nowhere" in run("rebuild", "--out", str(tmp_path / "nowhere" / "x"), exit=2).stderr


def test_a_ledger_that_was_tampered_with_is_found_out(run: Run, home: Path, filled: str) -> None:
    assert run("verify").stdout == "sound\n"
    with closing(sqlite3.connect(home / "ledger.sqlite")) as ledger:
        ledger.execute("UPDATE events SET licence = 'https://example.net/other' WHERE seq = 2")
        ledger.commit()
    result = run("verify", exit=1)
    assert result.stdout == "1 faults\n" and "Event 2 was changed" in result.stderr


# token, invite, queue, decide, withdraw, erase


def test_a_token_opens_the_ledger_for_its_holder(run: Run, home: Path) -> None:
    secret = run("token", "--label", "a program").stdout.strip()
    ledger = Instance.open(Settings(home=home, base=BASE)).ledger
    holder = ledger.holder(secret, "token")
    assert holder is not None and holder.label == "a program" and holder.expires is None
    other = run(
        "token", "--label", "b", "--contributor", holder.contributor, "--days", "3"
    ).stdout.strip()
    again = ledger.holder(other, "token")
    assert again is not None and again.contributor == holder.contributor and again.expires
    assert (
        "contributor/none"
        in run("token", "--label", "c", "--contributor", "contributor/none", exit=2).stderr
    )


def test_an_invitation_is_a_link_to_the_form(run: Run, home: Path) -> None:
    about = f"{BASE}/id/innovation/rdv"
    link = run("invite", "--label", "Mairie", "--innovation", about).stdout.strip()
    address, _, secret = link.partition("?invitation=")
    assert address == "http://127.0.0.1:8000/adopted"
    holder = Instance.open(Settings(home=home, base=BASE)).ledger.holder(secret, "invitation")
    assert holder is not None and holder.about == about


def test_what_waits_is_listed_shown_and_decided_on(run: Run, home: Path, filled: str) -> None:
    assert run("queue").stdout == "Nothing waits.\n"
    receipt = submitted(home)
    count = "SELECT ?a { ?a a inno:Adoption }"
    assert receipt in run("queue").stdout
    shown = run("decide", "show", receipt).stdout
    assert "# received" in shown and "Dans les cantines" in shown
    assert run("query", "-", "--format", "csv", input=count).stdout == "a\n"
    told = run("decide", "accept", f"{BASE}/id/receipt/{receipt}", "--decider", "me").stdout
    assert re.fullmatch(rf"accepted {BASE}/id/dossier/[0-9a-f]+ revision 5\n", told)
    assert len(run("query", "-", "--format", "csv", input=count).stdout.splitlines()) == 2
    assert run("queue").stdout == "Nothing waits.\n"
    assert "accepted" in run("decide", "accept", receipt, exit=2).stderr


def test_a_refusal_needs_a_reason(run: Run, home: Path, filled: str) -> None:
    receipt = submitted(home)
    assert "--reason" in run("decide", "refuse", receipt, exit=2).stderr
    assert receipt in run("queue").stdout
    assert run("decide", "refuse", receipt, "--reason", "not so").stdout.startswith("refused ")
    assert revision(run) == 3
    for decision in ("accept", "show"):
        assert "unknown" in run("decide", decision, "unknown", exit=2).stderr


def test_what_no_longer_conforms_is_not_accepted_and_the_reason_is_told(
    run: Run, home: Path, filled: str
) -> None:
    receipt = submitted(home)
    run("withdraw", dossier_of(home, "innovation/panier"), "--reason", "an error")
    told = run("decide", "accept", receipt, exit=2).stderr
    assert "innovation/panier" in told and "- " in told


def dossier_of(home: Path, thing: str) -> str:
    ledger = Instance.open(Settings(home=home, base=BASE)).ledger
    return ledger.minted([f"{BASE}/id/{thing}"])[f"{BASE}/id/{thing}"]


def test_a_dossier_is_withdrawn_and_what_points_at_it_is_told(
    run: Run, home: Path, filled: str
) -> None:
    panier, valbourg = (dossier_of(home, t) for t in ("innovation/panier", "organisation/valbourg"))
    assert run("withdraw", panier, "--reason", "an error").stdout.startswith("withdrawn ")
    assert titles(run) == ["Rendez-vous"]
    assert run("withdraw", panier, "--reason", "again").stdout == "withdrawn already\n"
    broken = run("withdraw", valbourg, "--reason", "an error", exit=1).stderr
    assert dossier_of(home, "innovation/rdv") in broken and panier not in broken
    run("withdraw", f"{BASE}/id/dossier/none", "--reason", "x", exit=2)
    assert "--reason" in run("withdraw", panier, exit=2).stderr


def test_what_is_erased_leaves_no_byte_and_the_rest_stands(
    run: Run, home: Path, filled: str
) -> None:
    receipt = submitted(home)
    run("decide", "accept", receipt)
    [dossier] = Instance.open(Settings(home=home, base=BASE)).ledger.dossiers_of(
        "contributor/clerk"
    )
    words = ("erase", "--contributor", "contributor/clerk", "--reason", "their wish")
    assert "Aborted" in run(*words, exit=1, input="n\n").output
    assert run(*words, "--dry-run", "--yes").stdout == f"{dossier}\n"
    assert run("query", "-", "--format", "csv", input="SELECT * { ?a a inno:Adoption }").stdout
    assert run(*words, "--yes").stdout == f"{dossier}\n"
    assert run("verify").stdout == "sound\n"
    assert "# erased" in run("decide", "show", receipt).stdout
    assert run(*words, "--yes").stdout == ""
    told = run("query", "-", "--format", "csv", input="SELECT ?a { ?a a inno:Adoption }").stdout
    assert told == "a\n" and titles(run) == ["Panier solidaire", "Rendez-vous"]


def test_one_of_dossier_and_contributor_is_erased(run: Run, home: Path, filled: str) -> None:
    for words in ([], ["--dossier", "x", "--contributor", "y"]):
        assert "--dossier" in run("erase", *words, "--reason", "x", "--yes", exit=2).stderr
    run("erase", "--dossier", f"{BASE}/id/dossier/none", "--reason", "x", "--yes", exit=2)


def test_setup_leaves_out_what_the_operator_names(run: Run) -> None:
    names = sorted(path.stem for path in (assets.data() / "facts").glob("*.jsonl"))
    left = ",".join(name for name in names if name != "us-states")
    told = run("setup", INNOGRAPH_LEFT_OUT=left).stdout
    assert [line for line in told.splitlines() if line.endswith("left out")] == [
        f"{name}: left out" for name in names if name != "us-states"
    ]
    members = "ASK { ?s skos:notation ?code FILTER(CONTAINS(STR(?s), '/id/')) }"
    assert run("query", "-", input=members).stdout == "true\n"
    assert run("query", "-", input="ASK { ?x a inno:Innovation }").stdout == "false\n"
    wrong = run("setup", exit=2, INNOGRAPH_LEFT_OUT="spdi").stderr
    assert "INNOGRAPH_LEFT_OUT" in wrong and "spid" in wrong


def test_a_server_that_is_told_to_stop_while_it_starts_stops(tmp_path: Path) -> None:
    # The first of these answers while others are starting.
    with running(tmp_path, free_port(), query_workers=1, web_workers=6) as server:
        assert urlopen(f"{server.url}/health").status == 200
    with pytest.raises(URLError):
        urlopen(f"{server.url}/health")

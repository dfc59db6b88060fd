"""Whatever is killed while it writes, nothing accepted is lost and the graph comes out the same."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from innograph import contributions, media
from innograph.instance import Instance
from innograph.settings import Settings

BASE = "https://example.org"
IMPORT_KILLS, DECISION_KILLS = 20, 10
ITEMS = 450


def command(home: Path, *words: str) -> list[str]:
    return [sys.executable, "-c", "from innograph.cli import main; main()", *words]


def environment(home: Path) -> dict[str, str]:
    return os.environ | {"INNOGRAPH_HOME": str(home), "INNOGRAPH_BASE": BASE}


def run(home: Path, *words: str) -> str:
    done = subprocess.run(
        command(home, *words), env=environment(home), capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def killed_while_writing(home: Path, *words: str) -> bool:
    """Start a command and kill it while it holds the writers' lock; False when it was too quick."""
    ledger = sqlite3.connect(home / "ledger.sqlite", timeout=0, isolation_level=None)
    process = subprocess.Popen(
        command(home, *words),
        env=environment(home),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while process.poll() is None:
            try:
                ledger.execute("BEGIN IMMEDIATE")
                ledger.execute("ROLLBACK")
            except sqlite3.OperationalError:
                process.send_signal(signal.SIGKILL)
                return process.wait() == -signal.SIGKILL
            time.sleep(0.0002)
        return False
    finally:
        process.wait()
        ledger.close()


def said(home: Path, out: Path) -> list[str]:
    """All statements of the public graph but who said them when, which no two runs have alike."""
    run(home, "rebuild", "--out", str(out))
    lines = out.read_text("utf-8").splitlines()
    return [line for line in lines if not line.startswith(f"<{BASE}/id/dossier/")]


@pytest.fixture
def facts(tmp_path: Path) -> Path:
    """A facts file of invented innovations, enough for writes that take a while."""
    lines = [json.dumps({"source": "betagouv", "about": "invented for a test"})]
    for number in range(ITEMS):
        period = {
            "id": f"status-period/example-{number}-construction",
            "type": "StatusPeriod",
            "status": "construction",
            "phase": "construction",
            "start": f"20{10 + number % 15}-01-01",
            "dateKind": "declared",
        }
        data = {
            "id": f"innovation/example-{number}",
            "type": "Innovation",
            "title": f"Exemple {number}",
            "phases": [period],
        }
        lines.append(json.dumps({"kind": "innovation", "local": f"example/{number}", "data": data}))
    path = tmp_path / "betagouv.jsonl"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def test_imports_killed_while_they_write_end_as_an_undisturbed_one(
    facts: Path, tmp_path: Path
) -> None:
    calm, rough = tmp_path / "calm", tmp_path / "rough"
    run(calm, "import", "betagouv", str(facts))
    expected = said(calm, tmp_path / "calm.nq")
    run(rough, "queue")  # makes the ledger
    kills = 0
    for attempt in range(3 * IMPORT_KILLS):
        changed = facts.with_name(f"{attempt}") / facts.name
        changed.parent.mkdir()
        # New titles each time, so that each run has all to write.
        text = facts.read_text("utf-8").replace("Exemple", f"Essai {attempt}")
        changed.write_text(text, "utf-8")
        kills += killed_while_writing(rough, "import", "betagouv", str(changed))
        assert run(rough, "verify").strip() == "sound"
        if kills == IMPORT_KILLS:
            break
    assert kills == IMPORT_KILLS
    run(rough, "import", "betagouv", str(facts))
    assert run(rough, "verify").strip() == "sound"
    assert said(rough, tmp_path / "rough.nq") == expected


ADOPTION = """@prefix inno: <https://w3id.org/innograph/ont#> .
@prefix cv: <http://data.europa.eu/m8g/> .
@prefix schema: <https://schema.org/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix uptake: <https://w3id.org/innograph/voc/uptake/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
[] a inno:Adoption ; inno:adopts <https://example.org/id/innovation/example-1> ;
  inno:adopter [ a cv:PublicOrganisation ; skos:prefLabel "Commune inventée NUMBER"@fr ] ;
  inno:hasStatus [ a inno:StatusPeriod ; inno:status uptake:in-use ;
    schema:startDate "2021"^^xsd:gYear ] .
"""


def test_decisions_killed_while_they_write_are_made_once_and_lose_nothing(
    facts: Path, tmp_path: Path
) -> None:
    calm, rough = tmp_path / "calm", tmp_path / "rough"
    run(calm, "import", "betagouv", str(facts))
    instance = Instance.open(Settings(home=calm, base=BASE))
    receipts = []
    for number in range(DECISION_KILLS + 2):
        text = ADOPTION.replace("NUMBER", str(number)).encode()
        graph = media.parse(text, "text/turtle", BASE)
        receipt = contributions.submit(instance, graph, "contributor/test", "https://example.org/l")
        assert receipt.key is not None
        receipts.append(receipt.key)
    instance.ledger.close()
    shutil.copytree(calm, rough)
    opened = Instance.open(Settings(home=calm, base=BASE))
    for key in receipts:
        contributions.decide(opened, key, True, "moderator", "")
    opened.ledger.close()
    kills = 0
    for key in receipts:
        killed = kills < DECISION_KILLS and killed_while_writing(rough, "decide", "accept", key)
        kills += killed
        done = subprocess.run(
            command(rough, "decide", "accept", key), env=environment(rough), capture_output=True
        )
        # Either the killed one had not decided, or it had: then there is nothing left to decide.
        assert done.returncode in (0, 2), done.stderr
        assert not killed or run(rough, "verify").strip() == "sound"
    assert kills == DECISION_KILLS
    assert said(rough, tmp_path / "rough.nq") == said(calm, tmp_path / "calm.nq")

"""Whatever is killed while it writes, nothing accepted is lost and the graph comes out the same."""

import json
import math
import random
import shutil
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from child import BASE, BATCH, command, exit_code
from invented import ADOPTION, LICENCE, turtle

from innograph import contributions, media
from innograph.instance import Instance
from innograph.settings import Settings

IMPORT_KILLS, DECISION_KILLS = 20, 10
ITEMS = 4 * BATCH
CHANCE = random.Random(7)


def watched(home: Path, *words: str, kill: tuple[int, float] | None = None) -> list[float]:
    """For how many seconds a command holds the writers' lock, each time that it does.

    With `kill`, it is killed while it holds the lock, after so many others, so many seconds later,
    unless it was too quick; then the last is `math.inf`.
    """
    process = command(home, *words)
    held: list[float] = []
    with closing(
        sqlite3.connect(home / "ledger.sqlite", timeout=0, isolation_level=None)
    ) as ledger:

        def writing() -> bool:
            try:
                ledger.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return True
            ledger.execute("ROLLBACK")
            return False

        process.start()
        while process.is_alive():
            if writing():
                began = time.monotonic()
                if kill is not None and len(held) == kill[0]:
                    time.sleep(kill[1])
                    if writing():
                        process.kill()
                        break
                while process.is_alive() and writing():
                    time.sleep(0.0005)
                held.append(time.monotonic() - began)
            time.sleep(0.0002)
        process.join(60)
    return [*held, math.inf] if process.exitcode == -signal.SIGKILL else held


def killed_while_writing(home: Path, batch: int, within: float, *words: str) -> bool:
    """Kill a command at some moment of its write after `batch` others; False if too quick."""
    return math.inf in watched(home, *words, kill=(batch, CHANCE.uniform(0, within)))


def opened(home: Path) -> Instance:
    return Instance.open(Settings(home=home, base=BASE))


def events(home: Path) -> int:
    """How many events the ledger holds; it must be sound."""
    ledger = opened(home).ledger
    assert ledger.verify() == []
    counts = ledger.counts()
    ledger.close()
    return sum(counts.values())


def said(home: Path) -> list[bytes]:
    """All statements of the public graph but who said them when, which no two runs have alike."""
    instance = opened(home)
    assert instance.follow() > 0
    instance.ledger.close()
    provenance = f"<{BASE}/id/dossier/".encode()
    told = [line for line in instance.store.dump() if not line.startswith(provenance)]
    assert sum(line.startswith(f"<{BASE}/id/innovation/".encode()) for line in told) > ITEMS
    return told


def facts(path: Path, word: str) -> str:
    """A facts file of invented innovations, whose titles have `word` in them."""
    lines: list[dict[str, object]] = [{"source": "betagouv"}]
    for number in range(ITEMS):
        period = {
            "id": f"status-period/example-{number}",
            "type": "StatusPeriod",
            "status": "construction",
            "phase": "construction",
            "start": f"20{10 + number % 15}-01-01",
        }
        data = {
            "id": f"innovation/example-{number}",
            "type": "Innovation",
            "title": f"{word} {number}",
            "phases": [period],
        }
        lines.append({"kind": "innovation", "local": f"example/{number}", "data": data})
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return str(path)


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an instance that imported without being disturbed."""
    home = tmp_path_factory.mktemp("calm")
    assert exit_code(home, "import", "betagouv", facts(home / "facts.jsonl", "Exemple")) == 0
    return home


def test_imports_killed_while_they_write_end_as_an_undisturbed_one(
    calm: Path, tmp_path: Path
) -> None:
    kills, version, rough = 0, 0, tmp_path / "rough"
    assert events(rough) == 0  # makes the ledger
    # How long a write lasts here, so that kills fall on all of it.
    held = watched(rough, "import", "betagouv", facts(tmp_path / "facts.jsonl", "Essai"))
    assert len(held) >= ITEMS / BATCH
    while kills < IMPORT_KILLS:
        # New titles each time, so that there is all to write; the same work again after each kill.
        version += 1
        assert version < 3 * IMPORT_KILLS
        changed = facts(tmp_path / "facts.jsonl", f"Essai {version}")
        started = events(rough)
        for batch in (0, 1, 0, 1):
            kills += killed_while_writing(rough, batch, max(held), "import", "betagouv", changed)
            kept = events(rough) - started
            assert 0 <= kept <= ITEMS and kept % BATCH == 0, "a batch is kept wholly or not at all"
        assert exit_code(rough, "import", "betagouv", changed) == 0
        assert events(rough) - started == ITEMS
    last = facts(tmp_path / "facts.jsonl", "Exemple")
    assert exit_code(rough, "import", "betagouv", last) == 0
    assert said(rough) == said(calm)


def test_decisions_killed_while_they_write_are_made_once_and_lose_nothing(
    calm: Path, tmp_path: Path
) -> None:
    asked, rough = tmp_path / "asked", tmp_path / "rough"
    shutil.copytree(calm, asked)
    instance, receipts = opened(asked), []
    for number in range(3 * DECISION_KILLS):
        body = ADOPTION.replace("innovation/panier", f"innovation/example-{number}")
        who = f'[ a cv:PublicOrganisation ; skos:prefLabel "Commune inventée {number}"@fr ]'
        body = body.replace("<id/organisation/valbourg>", who)
        graph = media.parse(turtle(body, BASE), "text/turtle", BASE)
        receipt = contributions.submit(instance, graph, "contributor/test", LICENCE)
        assert receipt.key is not None
        receipts.append(receipt.key)
    instance.ledger.close()
    shutil.copytree(asked, rough)
    kills = 0
    decided: list[str] = []
    while kills < DECISION_KILLS:
        key = receipts[len(decided)]
        decided.append(key)
        kills += killed_while_writing(rough, 0, 0.002, "decide", "accept", key)
        before = events(rough)
        # Either the killed one had not decided, or it had: then there is nothing left to decide.
        code = exit_code(rough, "decide", "accept", key)
        assert events(rough) - before == {0: 1, 2: 0}.get(code or 0)
    for key in decided:
        contributions.decide(instance, key, True, "moderator", "")
    ledger = opened(rough).ledger
    for key in decided:
        assert [event.kind for event in ledger.of_receipt(key)] == ["received", "accepted"]
    assert [event.receipt for event in ledger.queue()] == receipts[len(decided) :]
    instance.ledger.close()
    ledger.close()
    assert said(rough) == said(asked)

"""The notebook of the documentation runs from its first cell to its last, against a server."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from running import free_port, running
from shipped import facts_of, imported

from innograph import sources
from innograph.instance import Instance
from innograph.settings import Settings
from innograph.sources.run import run

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOK = ROOT / "docs" / "tutorial" / "diffusion.ipynb"
BALLOT = "ausbalsys"
# Some policies, the secret ballot among them: quick to load, and enough for a network.
POLICIES = slice(45, 65)
# Run apart: what Jupyter warns of is its own. The last cell tells what the others found.
PROGRAM = """
import sys, nbformat
from nbclient import NotebookClient
book = nbformat.read(sys.argv[1], 4)
book.cells.append(nbformat.v4.new_code_cell(sys.argv[2]))
NotebookClient(book, timeout=120).execute()
nbformat.write(book, sys.argv[3])
"""
TELLS = """
import json
print(json.dumps({
    "adoptions": len(adoptions),
    "revision": adoptions.attrs["revision"],
    "curve": dict(zip(curve["period"], curve["cumulative"])),
    "members": dict(zip(curve["period"], curve["members"])),
    "topics": int(topics["policies"].sum()),
    "scores": dict(zip(scores["state"], scores["adoptions"])),
    "edges": len(inferred),
}, default=int))
"""


def policies() -> list[dict[str, Any]]:
    lines = facts_of("spid").read_text("utf-8").splitlines()[1:]
    return [json.loads(line)["data"] for line in lines[POLICIES]]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home, port = tmp_path_factory.mktemp("home"), free_port()
    facts = home.with_suffix(".jsonl")
    lines = facts_of("spid").read_text("utf-8").splitlines(keepends=True)
    facts.write_text("".join([lines[0], *lines[1:][POLICIES]]), "utf-8")
    instance = Instance.open(Settings(home=home, base=f"http://127.0.0.1:{port}"))
    imported(instance, "us-states")
    with instance.putting_off():
        run(instance, sources.load("spid"), facts, apart=True)
    instance.ledger.close()
    with running(home, port, query_workers=1, web_workers=1) as server:
        yield server.url


def test_the_notebook_goes_from_the_endpoint_to_its_figures(served: str, tmp_path: Path) -> None:
    done_book = tmp_path / "done.ipynb"
    environ = {
        **os.environ,
        "INNOGRAPH_TUTORIAL": served,
        "PYTHONPATH": str(ROOT / "src"),
        "IPYTHONDIR": str(tmp_path),
    }
    words = [sys.executable, "-c", PROGRAM, str(NOTEBOOK), TELLS, str(done_book)]
    done = subprocess.run(words, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3_000:]
    outputs = [
        output
        for cell in json.loads(done_book.read_text("utf-8"))["cells"]
        for output in cell.get("outputs", ())
    ]
    assert sum("image/png" in output.get("data", ()) for output in outputs) == 3
    assert not [output for output in outputs if output.get("name") == "stderr"]
    told = json.loads("".join(outputs[-1]["text"]))
    # As the file of facts has it.
    known = policies()
    ballot = next(policy for policy in known if policy["policy"] == BALLOT)["adoptions"]
    assert told["adoptions"] == sum(len(policy["adoptions"]) for policy in known)
    assert told["topics"] == len(known) and told["revision"] > 0
    for year in (1890, 1910, 1950):
        assert told["curve"][str(year)] == sum(1 for when in ballot.values() if when <= year)
    # Colorado was the 38th state (1876), New Mexico and Arizona the 47th and 48th (1912).
    assert (told["members"]["1878"], told["members"]["1911"], told["members"]["1912"]) == (
        *(38, 46, 48),
    )
    assert told["scores"]["New York"] == sum("US-NY" in policy["adoptions"] for policy in known)
    assert told["edges"] == 25


def test_the_notebook_is_kept_without_its_results() -> None:
    book = json.loads(NOTEBOOK.read_text("utf-8"))
    cells = [cell for cell in book["cells"] if cell["cell_type"] == "code"]
    assert [c for c in cells if c["outputs"] or c["execution_count"]] == []

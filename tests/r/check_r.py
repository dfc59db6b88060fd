"""The R code of the documentation runs, and reads what is exported for netdiffuseR.

Run by `make test-r`, where R is; base R is enough. The tests of the suite read the export in
Python.
"""

import csv
import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

import examples  # noqa: E402
from running import Server, free_port, running  # noqa: E402
from test_diffusion_netdiffuser import study  # noqa: E402

from innograph.diffusion import netdiffuser  # noqa: E402
from innograph.diffusion.ties import pressures  # noqa: E402
from innograph.diffusion.writing import to_csv  # noqa: E402
from innograph.instance import Instance  # noqa: E402
from innograph.settings import Settings  # noqa: E402

BUDGET = "https://example.org/id/innovation/budget"
PAGE = TESTS.parent / "docs" / "how-to" / "use-from-r.md"
BLOCKS = re.findall(r"^```r\n(.*?)^```", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
TELLS = """
table <- data.frame(id = told$nodes$id[adopters], toa = told$toa[adopters], threshold)
write.csv(table, "thresholds.csv", row.names = FALSE, fileEncoding = "UTF-8")
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home, port = tmp_path_factory.mktemp("home"), free_port()
    instance = Instance.open(Settings(home=home, base=f"http://127.0.0.1:{port}"))
    examples.load(instance)
    instance.ledger.close()
    with running(home, port, query_workers=1, web_workers=1) as server:
        yield server


def ran(folder: Path, program: str, address: str = "") -> str:
    """What an R program prints, run in a folder."""
    environ = {"INNOGRAPH_SERVER": address, "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    done = subprocess.run(
        ["Rscript", "--vanilla", "-e", program],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_code_of_the_documentation_runs(server: Server, tmp_path: Path) -> None:
    for_r = str(tmp_path / "for-r")
    words = ["--innovation", BUDGET, "--network", "told", "-o", for_r]
    server.command("diffusion", "export", *words)
    checks = (
        f'stopifnot(most$innovation[1] == "{BUDGET}", nrow(policies) > 3)\n'
        "cat(paste(names(curve), curve), sep = '\\n')\n"
    )
    told = ran(tmp_path, "\n".join([*BLOCKS, checks]), server.url)
    # As `innograph diffusion curve` has it, in the worked examples.
    assert {"2010 1", "2014 2", "2015 3", "2017 4", "2020 5", "2021 6"} <= set(told.splitlines())


@pytest.mark.parametrize("innovation", ["bus", "fair"])
def test_r_computes_the_same_from_what_is_exported(tmp_path: Path, innovation: str) -> None:
    folder = tmp_path / "for-r"
    folder.mkdir()
    (folder / "nodes.csv").write_bytes(to_csv(netdiffuser.nodes(study())))
    (folder / "ties.csv").write_bytes(to_csv(netdiffuser.ties(study())))
    (folder / "read.R").write_text(netdiffuser.script(), "utf-8")
    reading = BLOCKS[-1].replace('("for-r")', f'("for-r", "{innovation}")')
    ran(tmp_path, reading + TELLS)
    with (tmp_path / "thresholds.csv").open(encoding="utf-8", newline="") as file:
        found = {row["id"]: float(row["threshold"]) for row in csv.DictReader(file)}
    ours = pressures(study(), include_censored=True)
    rows = csv.DictReader(io.StringIO(to_csv(ours).decode(), newline=""))
    expected = {
        row["adopter"]: float(row["threshold"]) for row in rows if row["innovation"] == innovation
    }
    assert found == pytest.approx(expected) and len(found) > 1

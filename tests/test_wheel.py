"""The wheel, as others install it: far from the checkout."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LOOK = """
from innograph import assets, __file__ as here
print(here)
for found in (assets.ontology_files(), assets.shape_files(), assets.query_files(),
              [*(assets.data() / "sources").glob("*/source.toml")]):
    assert found, "nothing"
    assert all(path.is_file() and path.is_relative_to(assets.root()) for path in found), found
"""


def run(*command: str | Path, folder: Path, **environment: str) -> str:
    done = subprocess.run(
        command, cwd=folder, env=os.environ | environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the installed wheel, and nothing else of the project."""
    folder = tmp_path_factory.mktemp("wheel")
    build = ("-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT)
    run(sys.executable, *build, folder=folder)
    (wheel,) = folder.glob("*.whl")
    site = folder / "site"
    run(sys.executable, "-m", "pip", "install", "--no-deps", "--target", site, wheel, folder=folder)
    return site


def test_the_installed_wheel_finds_its_ontology_shapes_queries_and_sources(installed: Path) -> None:
    where = run(sys.executable, "-c", LOOK, folder=installed.parent, PYTHONPATH=str(installed))
    assert Path(where.strip()).is_relative_to(installed)


def test_the_installed_command_starts(installed: Path) -> None:
    command = installed / "bin" / "innograph"
    said = run(command, "--help", folder=installed.parent, PYTHONPATH=str(installed))
    assert "serve" in said


def test_the_installed_wheel_has_its_translations_compiled(installed: Path) -> None:
    sources = set(installed.glob("innograph/translations/*/LC_MESSAGES/*.po"))
    compiled = set(installed.glob("innograph/translations/*/LC_MESSAGES/*.mo"))
    assert {path.with_suffix(".mo") for path in sources} == compiled

"""What all tests share.

A test that needs something which may be absent (the shared data, a browser) skips with a reason
that says how to get it. The session ends with a table of the reasons, and `INNOGRAPH_NO_SKIPS=1`
turns each skip into a failure.
"""

import gc
import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import rdflib
from listener import Listener
from playwright.sync_api import Browser, sync_playwright
from shipped import Shipped, load_shipped

from innograph.settings import Settings

# These ask one instance of all that is shipped: in one process, so that it is loaded once.
OF_SHIPPED = (
    "test_competency.py",
    "test_populations.py",
    "test_questions.py",
    "test_sources_betagouv.py",
    "test_sources_pstw.py",
    "test_sources_shipped.py",
    "test_studies_of_shipped_data.py",
    "test_web_crawl.py",
)
# Begun first, in this order, so that no process is left with one of these alone at the end.
LONGEST = (
    *OF_SHIPPED,
    "test_policies_of_states.py",
    "test_kills.py",
    "test_browser.py",
    "test_harvest.py",
    "test_feed.py",
    "test_mirror.py",
    "test_sources_tables.py",
    "test_shapes.py",
    "test_tutorial.py",
    "test_remote.py",
    "test_web_reference.py",
    "test_every_constraint_is_tested.py",
    "test_wheel.py",
)
ROOT = Path(__file__).resolve().parents[1]
NO_SKIPS = os.environ.get("INNOGRAPH_NO_SKIPS", "") not in ("", "0")
SHARED = Path(os.environ.get("INNOGRAPH_SHARED") or ROOT.parent / "shared")

# How long a call takes is not tested: another process may have the processor.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

# The settings of whoever runs the tests must not reach what is tested. What steers the tests
# stays: the other processes of pytest-xdist inherit it from here.
for name in list(os.environ):
    if name.startswith("INNOGRAPH_") and name not in ("INNOGRAPH_NO_SKIPS", "INNOGRAPH_SHARED"):
        del os.environ[name]
# A hundred processes are started here: what one has compiled the others need not compile again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of original data and conformance suites, which is not part of the repository."""
    if not SHARED.is_dir():
        pytest.skip("the shared data are absent: set INNOGRAPH_SHARED to their folder")
    return SHARED


@pytest.fixture(autouse=True)
def _literals_as_they_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """pyshacl, an oracle of many tests, leaves rdflib's global switch changed behind it."""
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of an empty instance that names its data under https://example.org."""
    return Settings(home=tmp_path / "home", base="https://example.org")


@pytest.fixture(scope="session")
def shipped(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shipped]:
    """An instance with the facts that are shipped, as `innograph setup` loads them."""
    asking = {item.path.name for item in request.session.items if "shipped" in item.fixturenames}
    assert asking <= set(OF_SHIPPED), "name these files, too"
    loaded = load_shipped(tmp_path_factory.mktemp("shipped"))
    yield loaded
    loaded.instance.ledger.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, which asks nobody for anything but the pages it is told to open."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("no browser: apt-get install chromium")
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    with sync_playwright() as playwright:
        # Chromium refuses to run sandboxed as root, as which containers run tests.
        sandbox = os.geteuid() != 0
        chromium = playwright.chromium.launch(
            executable_path=path, args=quiet, chromium_sandbox=sandbox
        )
        yield chromium
        chromium.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    """A port that sees no connection, or the test fails."""
    listener = Listener()
    yield listener
    calls = listener.calls()
    listener.close()
    assert calls == 0


@pytest.fixture(scope="session")
def axe() -> Path:
    """The script of the accessibility checker, to be added to an open page."""
    path = ROOT / "node_modules" / "axe-core" / "axe.min.js"
    if not path.is_file():
        pytest.skip("no accessibility checker: npm ci")
    return path


def _reason(report: Any) -> str:
    # (path, line, "Skipped: reason") for a skip; xfail keeps its reason elsewhere.
    told = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return str(told).removeprefix("Skipped: ")


def _forbid_skip(report: Any) -> Any:
    if NO_SKIPS and report.skipped and not hasattr(report, "wasxfail"):
        report.longrepr = f"skipped, with INNOGRAPH_NO_SKIPS set: {_reason(report)}"
        report.outcome = "failed"
    return report


def pytest_collection_finish() -> None:
    """What is there before the first test stays to the end: do not look for it again and again."""
    gc.freeze()
    # A graph is many small objects, nearly none of them in a circle: look ten times less often.
    gc.set_threshold(10_000, 20, 20)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    order = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.path.name, len(order)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """`--dist loadfile` that has all files of the shipped data in one process."""
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            path = super()._split_scope(nodeid)
            return "shipped" if Path(path).name in OF_SHIPPED else path

    return Scheduling(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Any:
    return _forbid_skip((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Any:
    return _forbid_skip((yield))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reasons = Counter(_reason(report) for report in terminalreporter.getreports("skipped"))
    terminalreporter.section("skips by reason")
    for reason, number in reasons.most_common():
        terminalreporter.line(f"{number:5}  {reason}")
    if not reasons:
        terminalreporter.line("    0  nothing was skipped")

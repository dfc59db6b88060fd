"""The facts that are shipped, loaded once a session and told to each test that asks."""

from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from innograph import assets, sources
from innograph.instance import Instance
from innograph.settings import Settings
from innograph.sources.run import Outcome, run
from innograph.web import create_app

BASE = "http://127.0.0.1:8000"
# Of the largest source the first do here: the others are alike, and `innograph setup` takes all.
FIRST = {"spid": 3_000}


@dataclass(frozen=True)
class Shipped:
    """An instance, its pages, and how the facts of each source were received. To be read only."""

    app: Flask
    outcomes: dict[str, Outcome]

    @property
    def instance(self) -> Instance:
        opened: Instance = self.app.extensions["innograph"]
        return opened


def facts_of(name: str) -> Path:
    return assets.data() / "facts" / f"{name}.jsonl"


def imported(instance: Instance, name: str, limit: int | None = None) -> Outcome:
    """Load the facts of a source as the command does, which is faster than as the web would."""
    with instance.putting_off():
        return run(instance, sources.load(name), facts_of(name), limit, apart=True)


def load_shipped(home: Path) -> Shipped:
    """Load all in a new folder, as `innograph setup` does."""
    # Nothing is answered from memory: each test asks the graph.
    app = create_app(Settings(home=home, base=BASE, cache_bytes=0))
    instance = app.extensions["innograph"]
    outcomes = {name: imported(instance, name, FIRST.get(name)) for name in sources.names()}
    return Shipped(app, outcomes)

"""The facts that are shipped, loaded once a session and told to each test that asks."""

import pickle
from dataclasses import dataclass
from pathlib import Path

from innograph import assets, sources
from innograph.instance import Instance
from innograph.settings import Settings
from innograph.sources.run import Outcome, run

BASE = "http://127.0.0.1:8000"
# Of the largest source the first do here: the others are alike, and `innograph setup` takes all.
FIRST = {"spid": 3_000}


@dataclass(frozen=True)
class Shipped:
    """The instance, and how the facts of each source were received. Nobody may change it."""

    instance: Instance
    outcomes: dict[str, Outcome]


def shipped_settings(home: Path) -> Settings:
    return Settings(home=home, base=BASE)


def facts_of(name: str) -> Path:
    return assets.data() / "facts" / f"{name}.jsonl"


def imported(instance: Instance, name: str, limit: int | None = None) -> Outcome:
    """Load the facts of a source as the command does, which is faster than as the web would."""
    with instance.putting_off():
        return run(instance, sources.load(name), facts_of(name), limit, apart=True)


def load_shipped(home: Path) -> None:
    """Make the ledger in a new folder, and keep the outcomes beside it."""
    making = home.with_suffix(".making")
    instance = Instance.open(shipped_settings(making))
    outcomes = {name: imported(instance, name, FIRST.get(name)) for name in sources.names()}
    instance.ledger.close()
    (making / "outcomes").write_bytes(pickle.dumps(outcomes))
    making.rename(home)


def outcomes_of(home: Path) -> dict[str, Outcome]:
    told: dict[str, Outcome] = pickle.loads((home / "outcomes").read_bytes())
    return told

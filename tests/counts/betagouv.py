"""Counts of the beta.gouv.fr files, taken from them alone: nothing of innograph is imported.

python tests/counts/betagouv.py FOLDER
"""

import datetime
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import yaml

STOPPED, TRANSFERRED = ("abandon", "abandon-investigation"), ("transfere",)


def front_matters(folder: Path) -> dict[str, dict[str, Any]]:
    """The YAML between the first two lines of hyphens, by the file's name without .md."""
    found = {}
    for path in folder.iterdir():
        lines = path.read_text("utf-8").splitlines()
        end = next(i for i, line in enumerate(lines) if i and line.startswith("---"))
        found[path.name.removesuffix(".md")] = yaml.safe_load("\n".join(lines[1:end]))
    return found


def last_phase(phases: list[dict[str, Any]]) -> dict[str, Any]:
    """The phase that begins last; of those that begin on one day, the one told last."""
    return max(enumerate(phases), key=lambda told: (told[1]["start"], told[0]))[1]


def counts(folder: Path) -> dict[str, Any]:
    content = folder / "content"
    startups = front_matters(content / "_startups")
    phases = [phase for told in startups.values() for phase in told["phases"]]
    sponsors = [link for told in startups.values() for link in told.get("sponsors") or ()]
    themes = [theme for told in startups.values() for theme in told.get("thematiques") or ()]
    incubators = [
        name
        for told in startups.values()
        for name in {told["incubator"], *(told.get("incubators") or ())}
    ]
    fundings = [told["fast"] for told in startups.values() if told.get("fast")]
    last = {name: last_phase(told["phases"]) for name, told in startups.items()}
    sums: Counter[str] = Counter()
    for fast in fundings:
        sums[str(fast["promotion"])] += int(fast["montant"])
    closed = {n: p for n, p in last.items() if p["name"] in STOPPED + TRANSFERRED}
    return {
        "innovations": len(startups),
        "organisations": len(front_matters(content / "_organisations")),
        "incubators": len(front_matters(content / "_incubators")),
        "calls": len(front_matters(content / "_fasts")),
        "phases": len(phases),
        "phases by name": dict(Counter(phase["name"] for phase in phases)),
        "phases with an end": sum(1 for phase in phases if phase.get("end")),
        "first start": str(min(phase["start"] for phase in phases)),
        "last start": str(max(phase["start"] for phase in phases)),
        "two phases on one day": sum(
            1
            for told in startups.values()
            if len({phase["start"] for phase in told["phases"]}) < len(told["phases"])
        ),
        "last phase": dict(Counter(phase["name"] for phase in last.values())),
        "stopped or transferred": len(closed),
        "days of stop or transfer": {
            name: [str(phase["start"]), str(phase.get("end") or "9999-12-31")]
            for name, phase in closed.items()
        },
        "transferred by year": dict(
            Counter(str(p["start"].year) for p in last.values() if p["name"] in TRANSFERRED)
        ),
        "sponsor links": len(sponsors),
        "innovations by sponsor": dict(Counter(link.rsplit("/", 1)[-1] for link in sponsors)),
        "innovations by theme, as spelt": dict(Counter(themes)),
        "organisations linked": len(set(sponsors)),
        "innovations by incubator": dict(Counter(incubators)),
        "fundings": len(fundings),
        "fundings by promotion": dict(Counter(str(fast["promotion"]) for fast in fundings)),
        "sum of fundings by promotion": dict(sums),
        "sum of fundings": sums.total(),
        "repositories": sum(1 for told in startups.values() if told.get("repository")),
        "links": sum(1 for told in startups.values() if told.get("link")),
        "events": sum(len(told.get("events") or ()) for told in startups.values()),
        "future starts": sum(1 for phase in phases if phase["start"] > datetime.date(2026, 8, 20)),
    }


if __name__ == "__main__":
    print(json.dumps(counts(Path(sys.argv[1])), indent=2, ensure_ascii=False, sort_keys=True))

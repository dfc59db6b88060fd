"""Counts of the beta.gouv.fr files, taken from them alone: nothing of innograph is imported.

python tests/counts/betagouv.py FOLDER
"""

import datetime
import hashlib
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import yaml

STOPPED, TRANSFERRED = ("abandon", "abandon-investigation"), ("transfere",)
WORK = ("investigation", "construction", "consolidation")
# The one among the organisations who is a person, by a digest of the file's name.
PERSON = "a164a09b66dd"


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


def times(phases: list[dict[str, Any]]) -> list[tuple[str, datetime.date, datetime.date]]:
    """Each phase with its first day and the first day on which it is over.

    A told end is the last day of a phase. Without one it is over when the next begins, on a later
    day; one of work is over at once when the start-up stops or is transferred that very day. So
    phases may overlap, or leave gaps, as the files tell them; what nothing follows is still on.
    """
    found = []
    for phase in phases:
        start, end = phase["start"], phase.get("end")
        over = datetime.date.max
        if end:
            over = end + datetime.timedelta(days=1)
        else:
            for other in phases:
                closes = phase["name"] in WORK and other["name"] in STOPPED + TRANSFERRED
                same = closes and other is not phase and other["start"] == start
                if other["start"] > start or same:
                    over = min(over, other["start"])
        found.append((str(phase["name"]), start, over))
    return found


def stocks(folder: Path, days: list[datetime.date]) -> dict[str, Any]:
    """How many start-ups of each ministerial domain are in each phase on each day.

    `by domain`: domain -> phase -> numbers by day; a start-up whose sponsors are of several domains
    counts in each, one without a sponsor that is an organisation counts in "". `all` counts each
    start-up once.
    """
    content = folder / "content"
    organisations = front_matters(content / "_organisations")
    domains = {
        name: str(told["domaine_ministeriel"])
        for name, told in organisations.items()
        if hashlib.sha256(name.encode()).hexdigest()[:12] != PERSON
    }
    by_domain: dict[str, dict[str, list[int]]] = {}
    everywhere: dict[str, list[int]] = {}
    members: Counter[str] = Counter()
    several = without = 0
    for told in front_matters(content / "_startups").values():
        sponsors = {link.rsplit("/", 1)[-1] for link in told.get("sponsors") or ()}
        own = {domains[name] for name in sponsors if name in domains}
        # Beside a domain, a sponsor that is a person adds a line without one.
        own |= {""} if not own or sponsors - domains.keys() else set()
        members.update(own)
        several += len(own) > 1
        without += "" in own
        spells = times(told["phases"])
        for phase in {name for name, _, _ in spells}:
            here = [any(n == phase and a <= day < b for n, a, b in spells) for day in days]
            for counted in [everywhere, *(by_domain.setdefault(domain, {}) for domain in own)]:
                numbers = counted.setdefault(phase, [0] * len(days))
                counted[phase] = [n + h for n, h in zip(numbers, here, strict=True)]
    return {
        "by domain": by_domain,
        "all": everywhere,
        "start-ups by domain": dict(members),
        "in several domains": several,
        "without a domain": without,
    }


if __name__ == "__main__":
    source = Path(sys.argv[1])
    ends = [datetime.date(year, 12, 31) for year in range(2013, 2027)]
    told = counts(source) | {"at the end of each year": stocks(source, ends)}
    print(json.dumps(told, indent=2, ensure_ascii=False, sort_keys=True))

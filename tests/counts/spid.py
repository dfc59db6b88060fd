"""Counts of SPID, of its two files and the table of states: nothing of innograph is imported.

python tests/counts/spid.py FOLDER STATES
"""

import csv
import json
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def counts(folder: Path, states: Path) -> dict[str, Any]:
    adoptions, policies = _rows(folder / "policies.csv"), _rows(folder / "policies_metadata.csv")
    admitted = {row["name"]: int(row["admitted"]) for row in _rows(states)}
    years: dict[str, list[int]] = defaultdict(list)
    for row in adoptions:
        years[row["policy"]].append(int(row["adopt_year"]))
    told = [int(row["adopt_year"]) for row in adoptions]
    before = [r for r in adoptions if int(r["adopt_year"]) < admitted[r["statenam"]]]
    return {
        "adoptions": len(adoptions),
        "policies": len(policies),
        "states": len({row["statenam"] for row in adoptions}),
        "first year": min(told),
        "last year": max(told),
        "policies by topic": dict(Counter(row["majortopic"] for row in policies)),
        "adopters by policy": {policy: len(found) for policy, found in years.items()},
        "adoptions by year": dict(Counter(told)),
        "before admission": len(before),
        "before 1776": [r["policy"] for r in before if int(r["adopt_year"]) < 1776],
        "descriptions with stray spaces": sum(
            row["description"] != " ".join(row["description"].split()) for row in policies
        ),
        "policies whose first year differs": [
            row["policy"] for row in policies if int(row["first_year"]) != min(years[row["policy"]])
        ],
        # Adopters that were states by then, of all that were states by then.
        "shares at the end of 1900": {
            policy: len(
                [
                    r
                    for r in adoptions
                    if r["policy"] == policy
                    and int(r["adopt_year"]) <= 1900
                    and admitted[r["statenam"]] <= 1900
                ]
            )
            for policy in ("antimis", "aboldeapen", "utreg")
        },
        "states at the end of 1900": sum(year <= 1900 for year in admitted.values()),
    }


def diffusion(folder: Path) -> dict[str, Any]:
    """Each policy by year and each state over all policies.

    `by policy`: policy -> year -> (new, up to then), in the years in which somebody adopted it.
    `by state`: state -> (policies adopted, policies adopted before or with all others).
    """
    years: dict[str, dict[str, int]] = defaultdict(dict)
    for row in _rows(folder / "policies.csv"):
        years[row["policy"]][row["statenam"]] = int(row["adopt_year"])
    by_policy: dict[str, dict[int, tuple[int, int]]] = {}
    firsts: dict[str, list[str]] = {}
    for policy, told in years.items():
        new = Counter(told.values())
        by_policy[policy] = {
            year: (new[year], sum(n for y, n in new.items() if y <= year)) for year in sorted(new)
        }
        earliest = min(told.values())
        firsts[policy] = sorted(state for state, year in told.items() if year == earliest)
    states = sorted({state for told in years.values() for state in told})
    return {
        "by policy": by_policy,
        "first adopters": firsts,
        "by state": {
            state: (
                sum(state in told for told in years.values()),
                sum(state in first for first in firsts.values()),
            )
            for state in states
        },
    }


if __name__ == "__main__":
    told = counts(Path(sys.argv[1]), Path(sys.argv[2])) | diffusion(Path(sys.argv[1]))
    print(json.dumps(told, indent=2))

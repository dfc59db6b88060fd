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


if __name__ == "__main__":
    print(json.dumps(counts(Path(sys.argv[1]), Path(sys.argv[2])), indent=2))

"""Counts of the official lists of French territories, taken from them alone.

python tests/counts/territories.py FOLDER
"""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any


def counts(folder: Path) -> dict[str, Any]:
    def read(name: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads((folder / name).read_text("utf-8"))
        return found

    communes = [c for c in read("communes.json") if c["type"] == "commune-actuelle"]
    home = ("metro", "drom")
    return {
        "communes": len(communes),
        "communes with SIREN": sum("siren" in c for c in communes),
        "communes with population": sum("population" in c for c in communes),
        "inhabitants of communes": sum(c.get("population", 0) for c in communes),
        "communes by département": dict(Counter(c["departement"] for c in communes)),
        "groupings": len(read("epci.json")),
        "départements at home and overseas": sum(
            d["zone"] in home for d in read("departements.json")
        ),
        "régions at home and overseas": sorted(
            r["code"] for r in read("regions.json") if r["zone"] in home
        ),
    }


if __name__ == "__main__":
    print(json.dumps(counts(Path(sys.argv[1])), indent=2))

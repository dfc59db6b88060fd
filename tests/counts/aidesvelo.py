"""Counts of the bike-aid history, taken from it alone: nothing of innograph is imported.

python tests/counts/aidesvelo.py FILE
"""

import csv
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

APACHE_SINCE = "2024-10-22"


def authority(row: dict[str, str]) -> tuple[str, str]:
    """How the file tells authorities apart: by level and place, else by the rule's name."""
    place = row["insee"] or row["epci_name"] or row["departement"] or row["region"]
    return row["level"], place or row["rule"]


def counts(file: Path) -> dict[str, Any]:
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    # What the Apache-2.0 repository can have held: not gone when it began.
    shipped = [row for row in rows if not "" < row["last_listed_if_removed"] < APACHE_SINCE]
    return {
        "rules": len(rows),
        "authorities as named": len({authority(row) for row in rows}),
        "authorities by level, as named": dict(
            Counter(level for level, _ in {authority(row) for row in rows})
        ),
        "rules by level": dict(Counter(row["level"] for row in rows)),
        "rules by repository": dict(Counter(row["first_seen_in"] for row in rows)),
        "rules still listed": sum(1 for row in rows if not row["last_listed_if_removed"]),
        "communes by code": len({row["insee"] for row in rows if row["level"] == "commune"} - {""}),
        "rules shipped": len(shipped),
        "authorities shipped, as named": len({authority(row) for row in shipped}),
        "addresses": len({row["url"] for row in rows}),
        "first day": min(row["first_listed"] for row in rows),
        "rules by first year": dict(Counter(row["first_listed"][:4] for row in rows)),
        "rules by département": dict(
            Counter(row["departement"] for row in rows if row["level"] == "département")
        ),
        "still listed of a département": sorted(
            {
                row["departement"]
                for row in rows
                if row["level"] == "département" and not row["last_listed_if_removed"]
            }
        ),
    }


if __name__ == "__main__":
    print(json.dumps(counts(Path(sys.argv[1])), indent=2, ensure_ascii=False, sort_keys=True))

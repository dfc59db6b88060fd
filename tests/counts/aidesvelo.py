"""Counts of the bike-aid history, taken from it alone: nothing of innograph is imported.

python tests/counts/aidesvelo.py FILE
"""

import csv
import json
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
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


def intermunicipal(row: dict[str, str]) -> bool:
    """Whether a rule is of a grouping of communes: some are listed among those of communes.

    A region may name groupings too, whose inhabitants it helps.
    """
    named = row["epci_name"] or row["title"].startswith("Communauté de communes")
    return row["level"] == "intercommunalité" or (row["level"] == "commune" and bool(named))


def grouping(row: dict[str, str]) -> str:
    """Which grouping a rule is of: its name without accents, form and short name in brackets.

    Where the name is missing, or was cut at an apostrophe ("CC du Bassin d"), that of the rule.
    """
    name = row["epci_name"]
    if not name or name.endswith((" d", " l")):
        name = row["rule"]
    name = unicodedata.normalize("NFKD", name.lower().replace("œ", "oe"))
    name = "".join(letter for letter in name if not unicodedata.combining(letter))
    return re.sub(r"^(cc|ca|cu) | *\(.*\)$", "", name)


def stocks(file: Path, days: Sequence[str], last_day: str = "2026-04-24") -> dict[str, Any]:
    """How many groupings of communes surely have an aid on each day, and how they come and go.

    An aid is sure on the days on which a rule of the grouping is listed; rules that lie at most a
    month (31 days) apart are one rule renamed. A rule still listed is so on `last_day`. No first
    listing is a beginning: whoever was listed on the first day had the aid before, and so may have
    whoever was named later.
    """
    with file.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if intermunicipal(row)]
    rules: dict[str, list[tuple[date, date]]] = {}
    for row in rows:
        until = row["last_listed_if_removed"] or last_day
        listed = date.fromisoformat(row["first_listed"]), date.fromisoformat(until)
        rules.setdefault(grouping(row), []).append(listed)
    times = []
    for told in rules.values():
        own: list[list[date]] = []
        for first, last in sorted(told):
            if own and first <= own[-1][1] + timedelta(days=31):
                own[-1][1] = max(own[-1][1], last)
            else:
                own.append([first, last])
        times.append(own)
    found, before = [], date.min
    for day in map(date.fromisoformat, days):
        found.append(
            {
                "sure": sum(any(a <= day <= b for a, b in own) for own in times),
                "came": sum(before < a <= day for own in times for a, _ in own),
                # Gone from the day after the last on which it is listed.
                "went": sum(before <= b < day for own in times for _, b in own),
            }
        )
        before = day
    begun = [min(a for a, _ in own) for own in times]
    return {
        "rules": len(rows),
        "groupings": len(times),
        "days": dict(zip(days, found, strict=True)),
        "first named by month": dict(Counter(str(day)[:7] for day in begun)),
        "listed on the first day": sum(day == min(begun) for day in begun),
        "in several times": sum(len(own) > 1 for own in times),
        "still listed": sum(own[-1][1] == date.fromisoformat(last_day) for own in times),
    }


if __name__ == "__main__":
    file = Path(sys.argv[1])
    ends = [f"{year}-12-31" for year in range(2021, 2026)] + ["2026-04-24"]
    told = counts(file) | {"groupings of communes": stocks(file, ends)}
    print(json.dumps(told, indent=2, ensure_ascii=False, sort_keys=True))

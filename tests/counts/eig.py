"""Counts of the challenges of EIG, straight from the files: nothing of innograph is imported.

python tests/counts/eig.py SHARED_SOURCES_DIR/eig
"""

import json
import re
import sys
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

import yaml


def letters(text: str) -> str:
    """The plain letters and digits of a text, in capitals."""
    plain = unicodedata.normalize("NFD", text.replace("œ", "oe"))
    return re.sub(r"[^A-Z0-9]", "", plain.upper())


def counts(folder: Path) -> dict[str, Any]:
    challenges = json.loads((folder / "defis_clean.json").read_text("utf-8"))
    promotions = yaml.safe_load((folder / "_data" / "promos.yml").read_text("utf-8"))
    names = {challenge["administration"] for challenge in challenges}
    years = {(str(c["promotion"]), str(c["year"])) for c in challenges}
    # Some addresses lack the name of their host.
    codes = [c["source_code"] for c in challenges if "source_code" in c]
    sites = [c["administration_website"] for c in challenges]
    return {
        "challenges": len(challenges),
        "titles": len({challenge["title"] for challenge in challenges}),
        "administrations": len(names),
        "administrations, whatever their capitals": len({letters(name) for name in names}),
        "challenges by year": dict(Counter(str(c["year"]) for c in challenges)),
        "challenges by promotion": dict(Counter(str(c["promotion"]) for c in challenges)),
        "promotions": {str(p["promotion"]): key for key, p in promotions.items()},
        "year of promotion": dict(years) if len(dict(years)) == len(years) else None,
        "source code": len([a for a in codes if re.match(r"https?://[^/]+\.[^/]+/?", a)]),
        "source code without a host": len([a for a in codes if not re.match(r"\w+://[^/]+\.", a)]),
        "web sites": sum(1 for c in challenges if "website" in c),
        "wrong sites of administrations": [a for a in sites if not re.match("https?://", a)],
        "documents": sum(1 for c in challenges for p in c.get("projects", ()) if p.get("url")),
        "places": sum(1 for c in challenges if "ville" in c),
        "challenges with figures": sum(1 for c in challenges if c.get("key_figures")),
    }


if __name__ == "__main__":
    print(json.dumps(counts(Path(sys.argv[1])), indent=2, ensure_ascii=False, sort_keys=True))

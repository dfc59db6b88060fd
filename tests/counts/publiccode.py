"""Counts of publiccode.yml files, straight from their text: nothing of innograph is imported.

Names are read as lines, by no YAML parser: each users' list of these files is one name a line.

python tests/counts/publiccode.py SHARED_SOURCES_DIR/publiccode
"""

import json
import re
import sys
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

# Two files tell of one software: the owner of GlobaLeaks renamed its repository.
COPY, OWN = "ASLBrindisi+GlobaLeaks", "globaleaks+GlobaLeaks"
EXAMPLE = "_example-standard"


def letters(text: str) -> str:
    """The plain words of a text, in capitals: what two spellings of a name share."""
    plain = unicodedata.normalize("NFD", text)
    plain = "".join(c for c in plain if unicodedata.category(c) not in ("Mn", "Cf"))
    return " ".join(re.findall("[A-Z0-9]+", plain.upper()))


def users(text: str) -> list[str]:
    """The lines of the list usedBy, without hyphens and quotes."""
    names: list[str] = []
    inside = False
    for line in text.splitlines():
        if re.match(r"\S", line) and not line.startswith("- "):
            inside = line.startswith("usedBy:")
        elif inside and (item := re.match(r"\s*- +(.+?)\s*$", line)):
            name = item[1]
            if name[0] in "\"'" and name[-1] == name[0]:
                name = name[1:-1].replace(name[0] * 2, name[0]).replace("\\" + name[0], name[0])
            names.append(name)
    return names


def counts(folder: Path) -> dict[str, Any]:
    texts = {p.stem: p.read_text("utf-8") for p in folder.glob("*.yml") if p.stem != EXAMPLE}
    named = {stem: users(text) for stem, text in texts.items()}
    software = {stem: OWN if stem == COPY else stem for stem in texts}
    pairs = {(software[s], letters(name)) for s, names in named.items() for name in names}
    status = [
        re.search("^developmentStatus: *(.+)$", t, re.M) for s, t in texts.items() if s != COPY
    ]
    return {
        "files": len(texts),
        "software": len(set(software.values())),
        "names by file": {stem: len(names) for stem, names in named.items()},
        "names": sum(len(names) for names in named.values()),
        "names, each once": len({name for names in named.values() for name in names}),
        "names told twice in one file": {
            stem: sorted(n for n, number in Counter(map(letters, names)).items() if number > 1)
            for stem, names in named.items()
            if len(set(map(letters, names))) < len(names)
        },
        "adoptions by software": dict(Counter(stem for stem, _ in pairs)),
        "adoptions": len(pairs),
        "bodies": len({name for _, name in pairs}),
        "bodies in both lists": len(set(map(letters, named[COPY])) & set(map(letters, named[OWN]))),
        "status": dict(Counter(found[1].strip("'\"") for found in status if found)),
    }


if __name__ == "__main__":
    print(json.dumps(counts(Path(sys.argv[1])), indent=2, ensure_ascii=False, sort_keys=True))

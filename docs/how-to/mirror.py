"""Keeps a copy of what an innograph publishes: python mirror.py SERVER FOLDER [SECONDS]."""

import json
import sys
import time
from pathlib import Path
from urllib.parse import quote

import requests


def bring_up_to_date(server: str, folder: Path) -> int:
    folder.mkdir(exist_ok=True)
    position = folder / "position"  # where to go on, however the last run ended
    following = position.read_text() if position.exists() else f"{server}/api/changes?limit=500"
    while following:
        answer = requests.get(following, timeout=60)
        if answer.status_code in (429, 503):  # busy: says when to ask again
            time.sleep(float(answer.headers["Retry-After"]))
            continue
        answer.raise_for_status()
        for change in (page := answer.json())["changes"]:
            name = quote(change.get("dossier", change["thing"]), safe="")
            if change["kind"] in ("accepted", "merged"):
                (folder / f"{name}.json").write_text(json.dumps(change), "utf-8")
            else:  # it was withdrawn, erased or unmerged
                (folder / f"{name}.json").unlink(missing_ok=True)
        (folder / "position.new").write_text(page["follow"])
        (folder / "position.new").replace(position)
        following = page["next"]
    return page["revision"]


if __name__ == "__main__":
    server, folder, *pause = sys.argv[1:]
    print("revision", bring_up_to_date(server, Path(folder)), flush=True)
    while pause:
        time.sleep(float(pause[0]))
        print("revision", bring_up_to_date(server, Path(folder)), flush=True)

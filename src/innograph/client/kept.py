"""Answers that were had before, with their ETags: in memory, or in a folder."""

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from cachetools import LRUCache

from .asking import Reply

_IN_MEMORY = 100_000_000


class Kept:
    """Replies by what was asked. One whose server gave no ETag is not kept.

    Without a folder the last hundred megabytes are. In a folder all are, until somebody empties it;
    several programs may share it.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._memory: LRUCache[str, Reply] = LRUCache(_IN_MEMORY, getsizeof=lambda r: len(r.body))

    def find(self, asked: str) -> Reply | None:
        """What was answered; None if nothing, or nothing that can be read, is kept."""
        if self._folder is None:
            return self._memory.get(asked)
        try:
            head, _, body = self._path(asked).read_bytes().partition(b"\n")
            told = json.loads(head)
            # Of two questions with one name, and of half a file, nothing is taken.
            if told["asked"] != asked or told["length"] != len(body):
                return None
            return Reply(200, body, told["media_type"], told["headers"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def keep(self, asked: str, reply: Reply) -> None:
        """Keep a reply that can be asked for again; raises OSError when a folder takes no file."""
        if "etag" not in reply.headers or "no-store" in reply.headers.get("cache-control", ""):
            return
        if self._folder is None:
            if len(reply.body) <= _IN_MEMORY:
                self._memory[asked] = reply
            return
        head: Mapping[str, object] = {
            "asked": asked,
            "length": len(reply.body),
            "media_type": reply.media_type,
            "headers": dict(reply.headers),
        }
        self._folder.mkdir(parents=True, exist_ok=True)
        number, beside = tempfile.mkstemp(dir=self._folder, suffix=".making")
        with os.fdopen(number, "wb") as file:
            file.write(json.dumps(head).encode() + b"\n" + reply.body)
        os.replace(beside, self._path(asked))

    def _path(self, asked: str) -> Path:
        assert self._folder is not None
        return self._folder / f"{hashlib.sha256(asked.encode()).hexdigest()[:40]}.answer"

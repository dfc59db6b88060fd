"""Files of a dump: written once, with their size and digest; gzip with the same bytes each time."""

import gzip
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

_LEVEL = 6
_CHUNK = 1 << 20


@contextmanager
def packed(path: Path) -> Iterator[IO[bytes]]:
    """A new gzip file without name and time (RFC 1952, 2.3.1): same content, same bytes."""
    with path.open("wb") as file:
        with gzip.GzipFile("", "wb", _LEVEL, file, mtime=0) as zipped:
            yield cast(IO[bytes], zipped)


def sha256(path: Path) -> str:
    """The digest of a file, in hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_CHUNK):
            digest.update(piece)
    return digest.hexdigest()


def resource(folder: Path, file: str, media_type: str, **more: Any) -> dict[str, Any]:
    """What `datapackage.json` says of a file of a folder (Data Package 1, "resource")."""
    path = folder / file
    form = file.removesuffix(".gz").rpartition(".")[2]
    told = {"name": file.lower().replace(".", "-"), "path": file, "format": form}
    told |= {"mediatype": media_type}
    if file.endswith(".gz"):
        told["compression"] = "gz"
    return {**told, "bytes": path.stat().st_size, "hash": f"sha256:{sha256(path)}", **more}

"""Software of public bodies, from the publiccode.yml of their repositories: a folder, or one file.

A file describes one software: an innovation, and one adoption for each name in `usedBy`. A dossier
is one software, or one adopter of it together with its name, so that each file speaks for itself.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..errors import MissingData
from . import Item, Note, Refusal, Source, bodies, plainyaml, software
from .mapping import Mapper, given
from .plainyaml import BadYaml, Value

_VERSION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(?:\.[0-9]+)?")
_IN_NAME = re.compile(r"([A-Za-z0-9_.-]+)\+([A-Za-z0-9_.-]+)")
_LICENCE = re.compile(r"\(?([A-Za-z0-9.-]+\+?)(?: (?:OR|WITH) .+)?\)?")


@dataclass(frozen=True, eq=False)
class _File:
    """A file that can be read: `local` names its software, `found_at` is where the file lies."""

    name: str
    local: str
    found_at: str
    copy: bool
    released: str
    licence: str
    item: Item
    bases: list[str]
    users: list[Value]


@dataclass
class _Adopter:
    """A body that files about one software name, and under which spellings."""

    name: str
    mapper: Mapper
    files: list[_File]
    others: list[str] = field(default_factory=list)


def read(path: Path, source: Source, facts: bool) -> Iterator[Item | Refusal]:
    """All software, then who uses it: each after what it points at."""
    told: defaultdict[str, list[_File]] = defaultdict(list)
    for file in _paths(path):
        try:
            one = _file(file, source)
            told[one.local].append(one)
        except BadYaml as error:
            yield Refusal(error.kind, file.name, str(error))
    # Who describes a software: its own repository, then the latest release; who adopts it, all.
    by_software = {local: _ordered(files) for local, files in sorted(told.items())}
    listed = {files[0].item.data["id"] for files in by_software.values()}
    adopters: list[Item] = []
    for files in by_software.values():
        notes: list[Note] = []
        adopters += _adoptions(files, notes, source)
        yield _software(files, listed, notes, source)
    yield from adopters


def _paths(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = [file for ending in ("yml", "yaml") for file in path.glob(f"*.{ending}")]
    if not found:
        raise MissingData(path=path, advice="The source is a publiccode.yml, or a folder of them.")
    return sorted(found)


def _file(file: Path, source: Source) -> _File:
    """A file, checked as far as all else depends on it; raises BadYaml."""
    options = source.options
    told = plainyaml.read(file.read_bytes())
    version = _VERSION.fullmatch(told.text("publiccodeYmlVersion"))
    if version is None or version[1] not in options["versions"]:
        known = ", ".join(options["versions"])
        raise told.wrong("publiccodeYmlVersion", f"is none of {known}", "unknown version")
    mapper = Mapper(source)
    url = mapper.address("url", told.text("url"))
    if url is None or not mapper.text("name", told.text("name")):
        raise told.wrong("url" if url is None else "name", "is missing or wrong")
    local = software.local(url, source)
    if local in options["invented"]:
        raise told.wrong("url", options["invented"][local], "invented")
    licence = _LICENCE.fullmatch(" ".join(told.text("legal", "license").split()))
    if licence is None:
        raise told.wrong("legal", "names no licence that we can point at")
    in_name = _IN_NAME.fullmatch(file.stem)
    found_at = options["repository"].format(*in_name.groups()) if in_name else url
    return _File(
        name=file.name,
        local=local,
        found_at=found_at,
        copy=software.local(found_at, source) != local,
        released=told.text("releaseDate"),
        licence=f"{options['licences']}{licence[1]}",
        item=software.describe(told, local, url, source),
        bases=told.texts("isBasedOn"),
        users=told.several("usedBy"),
    )


def _ordered(files: list[_File]) -> list[_File]:
    """The file of the software's own repository first, copies of it after; the latest first."""
    latest = sorted(files, key=lambda f: (f.released, f.name), reverse=True)
    return sorted(latest, key=lambda f: f.copy)


def _software(files: list[_File], listed: set[str], notes: list[Note], source: Source) -> Item:
    """What the first file says of the software; copies are noted."""
    first, *others = files
    mapper = Mapper(source)
    based_on = []
    for raw in first.bases:
        base = software.key(software.local(raw, source))
        if f"innovation/{base}" in listed:
            based_on.append(f"innovation/{base}")
        elif raw:
            mapper.notes.append(Note("isBasedOn", raw, None, "not-listed"))
    for other in others:
        mapper.changed("file", other.name, first.name, "copy" if other.copy else "same-software")
    data = given({**first.item.data, "basedOn": based_on})
    all_notes = [*first.item.notes, *mapper.notes, *notes]
    return replace(first.item, data=data, notes=all_notes, licence=first.licence)


def _adoptions(files: list[_File], notes: list[Note], source: Source) -> Iterator[Item]:
    """One adoption for each body that any of the files names; what names none goes to `notes`."""
    adopters: dict[str, _Adopter] = {}
    for file in files:
        for raw in file.users:
            mapper = Mapper(source)
            name = bodies.name("usedBy", raw, mapper)
            if name is None:
                notes += mapper.notes
                continue
            known = adopters.setdefault(bodies.key(name), _Adopter(name, mapper, []))
            if file in known.files:
                known.mapper.changed("usedBy", str(raw), known.name, "told-twice")
            elif name != known.name:
                known.mapper.changed("usedBy", str(raw), known.name, "spelling")
            if name not in (known.name, *known.others):
                known.others.append(name)
            if file not in known.files:
                known.files.append(file)
    for body, adopter in adopters.items():
        yield _adoption(files[0].local, body, adopter, source)


def _adoption(local: str, body: str, adopter: _Adopter, source: Source) -> Item:
    used = software.key(local)
    data = {
        "id": f"adoption/{used}-{body}",
        "type": "Adoption",
        "adopts": f"innovation/{used}",
        "adopter": bodies.organisation(source.name, adopter.name, adopter.others),
        "statuses": [
            {
                "id": f"status-period/{used}-{body}",
                "type": "StatusPeriod",
                "status": source.options["uptake"],
            }
        ],
        "evidence": [file.found_at for file in adopter.files],
        "certainty": "reported",
    }
    licence = adopter.files[0].licence
    return Item("adoption", f"{local}#{body}", data, adopter.mapper.notes, licence)

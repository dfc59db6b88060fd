"""What an operator says of the catalogue: data/catalogue.toml, and the home's own over it."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import assets
from ..errors import BadSetting

_FILE = "catalogue.toml"
SOURCE = "source-"  # before the name of a source in the id of its dataset
_CONTRIBUTOR = "source/"
Texts = Mapping[str, str]


@dataclass(frozen=True)
class Part:
    """A dataset: its id for ever, what people read of it, and which dossiers are in it."""

    id: str
    title: Texts
    description: Texts
    keyword: Mapping[str, list[str]]
    kinds: frozenset[str] = frozenset()
    contributor: str = ""
    everything: bool = False

    def holds(self, kind: str, contributor: str) -> bool:
        """Whether a dossier belongs to it: by its kind, or by who told it."""
        own = bool(self.contributor) and contributor == self.contributor
        return self.everything or own or kind in self.kinds


def told(home: Path) -> Mapping[str, Any]:
    """All that the settings file says. Raises BadSetting where the operator's own is no TOML."""
    own = home / _FILE
    try:
        over = tomllib.loads(own.read_text("utf-8")) if own.is_file() else {}
    except ValueError as error:
        raise BadSetting(setting=_FILE, value=own, reason=error) from None
    return tomllib.loads((assets.data() / _FILE).read_text("utf-8")) | over


def parts(home: Path, contributors: Iterable[str]) -> list[Part]:
    """The datasets, in a steady order: those of the settings file, then one for each source."""
    said = told(home)
    listed = [
        Part(**{**told, "kinds": frozenset(told.get("kinds", ()))}) for told in said["dataset"]
    ]
    names = sorted(c.removeprefix(_CONTRIBUTOR) for c in contributors if c.startswith(_CONTRIBUTOR))
    return listed + [_of_source(home, name, said["source"]) for name in names]


def _of_source(home: Path, name: str, pattern: Mapping[str, Any]) -> Part:
    files = [folder / "sources" / name / "source.toml" for folder in (assets.data(), home)]
    found = next((tomllib.loads(f.read_text("utf-8-sig")) for f in files if f.is_file()), {})
    title, attribution = found.get("title", {}), found.get("attribution", "")
    said = {
        key: {
            lang: (text % {"title": title.get(lang, name), "attribution": attribution}).strip()
            for lang, text in pattern[key].items()
        }
        for key in ("title", "description")
    }
    return Part(
        id=SOURCE + name,
        title=said["title"],
        description=said["description"],
        keyword=pattern["keyword"],
        contributor=_CONTRIBUTOR + name,
    )

"""Reads a source.toml by its keys, and gathers all that is wrong in it, each with its line."""

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..errors import BadSource

Path_ = tuple[str, ...]
_KEY = r"""(?:[\w-]+|"[^"]*"|'[^']*')"""
_PART = re.compile(_KEY)
_HEADER = re.compile(rf"\s*\[\s*({_KEY}(?:\s*\.\s*{_KEY})*)\s*\]")
_ENTRY = re.compile(rf"\s*({_KEY}(?:\s*\.\s*{_KEY})*)\s*=")
_ENGLISH = {str: "a text", int: "a whole number", list: "a list", dict: "a table", bool: "true"}


class Description:
    """A parsed source.toml. Raises BadSource when it is no TOML."""

    def __init__(self, path: Path) -> None:
        self.path, self.faults = path, list[str]()
        try:
            text = path.read_text("utf-8-sig")
            self.told: dict[str, Any] = tomllib.loads(text)
        except UnicodeDecodeError:
            raise BadSource(path=path, faults="it is not UTF-8; save it as such") from None
        except tomllib.TOMLDecodeError as error:
            raise BadSource(path=path, faults=f"it is no TOML: {error}") from None
        self._lines = dict(_lines(text))

    def fault(self, place: Path_, sentence: str) -> None:
        """Add what is wrong, with the line of the nearest key that has one."""
        known = (place[:n] for n in range(len(place), 0, -1))
        line = next((self._lines[keys] for keys in known if keys in self._lines), None)
        where = f"line {line}, " if line else ""
        name = ".".join(place)
        self.faults.append(f"{where}{name}: {sentence}" if name else sentence)

    def keys(self, place: Path_, told: Mapping[str, Any], known: Iterable[str]) -> None:
        """Complain of keys that are not known."""
        for key in told.keys() - set(known):
            self.fault((*place, key), unknown(key, known))

    def get(self, place: Path_, told: Mapping[str, Any], key: str, kind: type, default: Any) -> Any:
        """A value, if it is of the right kind; otherwise complain, and give the default."""
        value = told.get(key, default)
        fits = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
        if key in told and not fits:
            self.fault((*place, key), f"{_ENGLISH[kind]} is expected")
            return default
        return value

    def texts(self, place: Path_, told: Mapping[str, Any], key: str) -> tuple[str, ...]:
        """One text or a list of texts."""
        value = told.get(key, [])
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list) or not all(isinstance(v, str) and v for v in listed):
            self.fault((*place, key), "a text or a list of texts is expected")
            return ()
        return tuple(listed)

    def finish(self) -> None:
        """Raise BadSource with all that was found wrong, if anything was."""
        if self.faults:
            faults = list(dict.fromkeys(self.faults))
            told = faults[0] if len(faults) == 1 else "".join(f"\n- {fault}" for fault in faults)
            raise BadSource(path=self.path, faults=told)


def unknown(name: str, known: Iterable[str]) -> str:
    """That something is not known, with what it may be meant for."""
    names = list(known)
    folded = {n.casefold(): n for n in names}
    near = difflib.get_close_matches(name.casefold(), folded, 1)
    if near:
        return f"{name} is not known here; do you mean {folded[near[0]]}?"
    short = ", ".join(names[:25]) + (" …" if len(names) > 25 else "")
    return f"{name} is not known here. Known: {short}"


def _lines(text: str) -> Iterable[tuple[Path_, int]]:
    """The line of each key, as tomllib does not tell: (table, …, key) and line."""
    table: Path_ = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            table = _split(header[1])
            yield table, number
        elif entry := _ENTRY.match(line):
            yield (*table, *_split(entry[1])), number


def _split(dotted: str) -> Path_:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))

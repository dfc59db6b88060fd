"""The cells of a row, by column, as the fields of a thing ask for them."""

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from .mapping import slug, tidy
from .rules import is_empty, text


class Cells:
    """The cells of a row, or of one element of one of its lists."""

    def __init__(self, told: Mapping[str, Any], nothing: Sequence[str], element: str = "") -> None:
        self._told, self._nothing, self.element = told, nothing, element

    def names(self) -> list[str]:
        """The columns in which something is told."""
        return [name for name, cell in self._told.items() if not self._is_nothing(cell)]

    def several(self, name: str) -> list[Any]:
        """The values of a column; of a list in a tree also those of a field of its elements."""
        if name in self._told:
            cell = self._told[name]
            found = cell if isinstance(cell, list) else [cell]
            return [one for one in found if not self._is_nothing(one)]
        above, _, below = name.rpartition("/")
        while above:
            if isinstance(inner := self._told.get(above), list):
                cells = [Cells(one, self._nothing) for one in inner if isinstance(one, Mapping)]
                return [value for one in cells for value in one.several(below)]
            above, _, more = above.rpartition("/")
            below = f"{more}/{below}"
        return []

    def one(self, name: str) -> Any:
        return next(iter(self.several(name)), None)

    def is_told(self, name: str) -> bool:
        return bool(self.several(name))

    def each(self, name: str, split: str) -> "list[Cells]":
        """The row itself, or one for each value of a column, in which the column has just that."""
        if not name:
            return [self]
        found = []
        for value in self.several(name):
            for one in split_by(value, split):
                inner = (
                    {f"{name}/{key}": v for key, v in one.items()} if isinstance(one, dict) else {}
                )
                told = {**self._told, name: one, **inner}
                found.append(Cells(told, self._nothing, name))
        return found

    def _is_nothing(self, cell: Any) -> bool:
        if isinstance(cell, (list, Mapping)):
            return not cell
        return is_empty(cell) or (bool(self._nothing) and tidy(str(cell)) in self._nothing)


def split_by(value: Any, sign: str) -> list[Any]:
    if not sign or not isinstance(value, str):
        return [value]
    return [part for part in value.split(sign) if not is_empty(part)]


def plain_text(raw: Any) -> str:
    if raw is None or isinstance(raw, (list, Mapping)):
        return ""
    value = text(raw, {}).value
    return tidy(str(raw)) if value is None else str(value)


@lru_cache(maxsize=10_000)
def key_of(values: tuple[str, ...]) -> str:
    """What tells addresses apart: letters and figures, and a digest where others are lost."""
    words = [slug(value) for value in values]
    lost = any(c.isalnum() and not slug(c) for value in values for c in value)
    if lost or not all(words):
        words.append(hashlib.sha256("\0".join(values).encode("utf-8", "replace")).hexdigest()[:8])
    return "-".join(filter(None, words))

"""The columns of tables, and what stands in their cells.

A row begins with the `id` and the `type` of a thing. A further value of a field stands in a further
row with the same id. A column `hasStatus.status` tells of a part; each row tells of one part under
a field, and rows that tell of the same part repeat its own id (`hasStatus.id`). Without an id, a
row or a part is a thing of its own that gets its name later; `_:1` is a name for this file only.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from rdflib import URIRef

from . import fields
from .fields import Field

LANGUAGES = ("fr", "en")
# What a spreadsheet would take for a formula; an apostrophe before it makes it a text.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Column:
    """A column of a template: `path` leads to the part that it tells of, `field` is what it says.

    Without a field it holds the id, or at the top the type.
    """

    path: tuple[Field, ...]
    name: str
    field: Field | None = None
    lang: str = ""

    @property
    def header(self) -> str:
        text = ".".join([*(step.name for step in self.path), self.name])
        return f"{text}@{self.lang}" if self.lang else text


def columns(kind: URIRef, path: tuple[Field, ...] = ()) -> Iterator[Column]:
    """The columns of a kind's template, in the order of its form; its parts have theirs in it."""
    yield Column(path, "id")
    if not path:
        yield Column(path, "type")
    for field in fields.of(kind):
        if field.nested:
            if field not in path:
                for part in field.classes:
                    yield from columns(part, (*path, field))
        elif field.has_languages:
            yield from (Column(path, field.name, field, lang) for lang in LANGUAGES)
        else:
            yield Column(path, field.name, field)


def guarded(text: str) -> str:
    """A text so written that no spreadsheet computes it (OWASP, CSV injection)."""
    return f"'{text}" if text.lstrip("'").startswith(_FORMULA) else text


def unguarded(cell: str) -> str:
    """The text that `guarded` was given."""
    return cell[1:] if cell.startswith("'") and guarded(cell) != cell else cell

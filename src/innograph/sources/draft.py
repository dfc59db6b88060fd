"""A first source.toml for a file: its columns, with fields and rules guessed where names say so.

A guess is only made where a column is called as a field of the model is, in French or English. The
rest is listed with what its values look like, for a person to decide.
"""

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

from rdflib import URIRef

from ..errors import AlreadyThere, UnknownType
from ..exchange import fields, terms
from ..exchange.fields import Field
from . import Refusal, Remark, tables, trees
from .cells import Cells
from .fillings import concepts, rule_of
from .items import files_of, format_of
from .mapping import slug
from .rules import RULES, is_personal
from .tables import Header, Layout, Row

SAMPLE, _DISTINCT, _SHOWN = 200, 30, 3
# Texts that are longer than this, on average, are somebody's writing.
_PROSE = 150
_CONTACT = re.compile(r"(^|-)(e?mail|courriel|mel|tel|telephone|phone|fax|contact|contacts)(-|$)")
_KEY = re.compile(r"(^|-)(id|code|cle|key|ref|reference|numero|number|slug|siren|siret|uuid)(-|$)")


@dataclass
class _Column:
    name: str
    values: list[Any] = field(default_factory=list)

    @property
    def is_prose(self) -> bool:
        letters = sum(len(str(value)) for value in self.values)
        return letters > _PROSE * len(self.values)

    @property
    def is_contact(self) -> bool:
        told = sum(is_personal(value) for value in self.values)
        return bool(_CONTACT.search(slug(self.name))) or 2 * told > len(self.values)


def write(folder: Path, path: Path, kind: str, language: str) -> Path:
    """Write the draft of a source into a new folder, and give its path.

    Raises AlreadyThere, UnknownType where no dossier is of a class `kind`, and BadTable.
    """
    kinds = {terms.name_of(k): k for root in fields.roots() for k in fields.types(root)}
    if kind not in kinds:
        raise UnknownType(type=kind, known=", ".join(sorted(kinds)))
    target = folder / "source.toml"
    if target.exists() or (folder.exists() and not folder.is_dir()):
        raise AlreadyThere(path=target)
    layout, columns, rows = _sample(path)
    text = "".join(_draft(path, layout, columns, rows, kinds[kind], language))
    folder.mkdir(parents=True, exist_ok=True)
    target.write_text(text, "utf-8")
    return target


def _sample(path: Path) -> tuple[Layout, list[_Column], int]:
    """The columns of a file, with the values of its first rows."""
    layout = Layout()
    columns: dict[str, _Column] = {}
    number = 0
    for file in files_of(path, layout):
        layout = replace(layout, format=format_of(file, layout))
        reader = trees if layout.format in trees.FORMATS else tables
        for told in islice(reader.rows(file, layout), SAMPLE):
            if isinstance(told, Header):
                columns |= {name: _Column(name) for name in told.columns}
            elif isinstance(told, Row):
                number += 1
                for name, value in _flat(told.cells):
                    columns.setdefault(name, _Column(name)).values.append(value)
            else:
                assert isinstance(told, (Refusal, Remark))
        if number >= SAMPLE:
            break
    return layout, list(columns.values()), number


def _flat(cells: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Columns and values, also those of the objects in lists."""
    told = Cells(cells, ())
    for name in told.names():
        for value in told.several(name):
            if isinstance(value, dict):
                yield from ((f"{name}/{below}", one) for below, one in _flat(value))
            elif name not in (trees.FILE,):
                yield name, value


def _draft(
    path: Path, layout: Layout, columns: Sequence[_Column], rows: int, kind: URIRef, language: str
) -> Iterator[str]:
    found = _guessed(columns, kind)
    yield f"# A draft for {path.name}, from its first {rows} rows.\n"
    yield "# What all this means: docs/how-to/add-a-source.md.\n"
    yield "# Whose data it is, where it is published, and the address of its licence.\n"
    yield 'licensor = ""\naddress = ""\nlicence = ""\n'
    yield f"language = {_quoted(language)}\n"
    yield "# Columns that hold somebody's writing: imported, left out of shipped facts.\n"
    prose = [column.name for column, _ in found.values() if column.is_prose]
    yield f"prose = [{', '.join(map(_quoted, prose))}]\n"
    contacts = [column for column in columns if column.is_contact]
    yield "# Columns of which nothing is kept: persons, addresses of e-mail, telephone numbers.\n"
    yield f"left_out = [{', '.join(_quoted(column.name) for column in contacts)}]\n"
    yield f"\n[title]\n{language} = {_quoted(path.stem)}\n"
    yield f'\n[table]\nformat = "{layout.format}"\n'
    word = terms.slug(kind)
    yield f"\n[things.{word}]\ntype = {_quoted(terms.name_of(kind))}\n"
    key = _key(columns, rows)
    yield "# The column by which it is known for ever.\n"
    yield f"id = {_quoted(key.name)}\n" if key else 'id = ""\n'
    yield f"\n[things.{word}.fields]\n"
    for name, (column, target) in found.items():
        yield f"{_quoted(name)} = {_spec(column, target)}\n"
    for needed in fields.of(kind):
        if needed.required and needed.name not in {name.split(".")[0] for name in found}:
            label = needed.names.get(language) or needed.name
            yield f'# Needed ({label}): name its column.\n# {needed.name} = ""\n'
    placed = [column.name for column, _ in found.values()]
    left = [column for column in columns if column.name not in placed and not column.is_contact]
    if left:
        yield "# No field yet for these, which are kept as notes:\n"
        yield from (f"# {_quoted(column.name)}: {_looks(column)}\n" for column in left)
    for column, target in found.values():
        if target.is_concept:
            yield from _list(column, target)


def _key(columns: Sequence[_Column], rows: int) -> _Column | None:
    """The column that tells rows apart: one named so, else the first that does."""
    apart = [c for c in columns if rows == len(c.values) == len(set(map(str, c.values)))]
    return next((c for c in apart if _KEY.search(slug(c.name))), next(iter(apart), None))


def _guessed(columns: Sequence[_Column], kind: URIRef) -> dict[str, tuple[_Column, Field]]:
    """Column by the field that is called as it is; no part without what it must have."""
    found: dict[str, tuple[_Column, Field]] = {}
    for column in columns:
        if not column.is_contact and (best := _guess(column, kind, found.keys())):
            found[best[0]] = column, best[1]
    for target in fields.of(kind):
        if target.nested:
            needed = [f.name for f in fields.of(target.classes[0]) if f.required]
            if any(f"{target.name}.{name}" not in found for name in needed):
                found = {n: f for n, f in found.items() if not n.startswith(f"{target.name}.")}
    return found


def _guess(column: _Column, kind: URIRef, used: Set[str]) -> tuple[str, Field] | None:
    """The field that is called as a column is, in part at least, and that its values fit."""
    words = set(slug(column.name).split("-"))
    best: tuple[int, str, Field] | None = None
    for path, target, labels in _named(kind):
        for wanted in filter(None, map(slug, labels)):
            parts = set(wanted.split("-"))
            if wanted == slug(column.name):
                score = 100
            elif parts <= words:
                score = 10 * len(parts)
            else:
                score = 5 * len(words) if words <= parts else 0
            # Of two that fit, the one at hand is taken before the one in a part.
            score -= path.count(".")
            if score > 0 and (best is None or score > best[0]):
                if path not in used and _fits(column, target):
                    best = score, path, target
    return best[1:] if best else None


def _fits(column: _Column, target: Field) -> bool:
    rule = rule_of(target)
    names = ("date", "excel-day") if rule == "date" else (rule,)
    return not column.values or max(_share(column, name) for name in names) > 0.5


def _named(kind: URIRef) -> Iterator[tuple[str, Field, list[str]]]:
    """Fields that a column may fill, by path, with what they are called."""
    for target in fields.of(kind):
        labels = [target.name, *target.names.values()]
        if not target.nested:
            if not target.is_link or target.is_concept or not target.classes:
                yield target.name, target, labels
            continue
        narrow = fields.narrowed(kind, target)
        inner = [f for f in fields.of(target.classes[0]) if not f.nested]
        for number, below in enumerate(inner):
            if not below.is_link or below.is_concept:
                # What is called as the part is what it says first.
                own = [below.name, *below.names.values()] + (labels if number == 0 else [])
                schemes = narrow.get(below.iri, below.schemes)
                yield f"{target.name}.{below.name}", replace(below, schemes=schemes), own


def _spec(column: _Column, target: Field) -> str:
    name = f"column = {_quoted(column.name)}"
    if target.is_concept:
        return f"{{ {name}, list = {_quoted(slug(column.name))} }}"
    rule = rule_of(target)
    if rule == "date" and _share(column, "excel-day") > _share(column, "date"):
        return f'{{ {name}, rule = "excel-day" }}'
    if rule == "number" and _share(column, "number") < 1:
        decimal = max(".,", key=lambda sign: _share(column, "number", decimal=sign))
        return f"{{ {name}, decimal = {_quoted(decimal)} }}"
    return _quoted(column.name)


def _share(column: _Column, rule: str, **options: object) -> float:
    """How many of the values a rule can read."""
    told = [RULES[rule](value, options).value is not None for value in column.values]
    return sum(told) / max(1, len(told))


def _looks(column: _Column) -> str:
    """What the values look like, with some of them."""
    rules = ("yes-or-no", "number", "date", "address")
    rule = next((rule for rule in rules if column.values and _share(column, rule) > 0.9), "text")
    shown = [str(value)[:40] for value in dict.fromkeys(map(str, column.values))][:_SHOWN]
    shown = [" ".join(text.split()) for text in shown]
    return f"{rule}, such as {'; '.join(shown)}" if shown else "empty"


def _list(column: _Column, target: Field) -> Iterator[str]:
    yield f"\n# What the values of {column.name} mean: a term for each, and no # before it.\n"
    known = concepts(target)
    if len(known) <= _DISTINCT:
        yield f"# Known: {', '.join(known)}\n"
    else:
        schemes = dict.fromkeys(name.partition(":")[0] for name in known)
        yield f"# Known: the terms of {', '.join(schemes)}\n"
    yield f"[lists.{slug(column.name)}]\n"
    distinct = list(dict.fromkeys(" ".join(str(value).split()) for value in column.values))
    for value in distinct[:_DISTINCT]:
        yield f'# {_quoted(value)} = ""\n'


def _quoted(text: str) -> str:
    plain = "".join(c if c >= " " else " " for c in text)
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'

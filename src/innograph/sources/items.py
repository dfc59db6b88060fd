"""From the rows of a declared source to its items, each thing once, with notes of what changed."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from ..errors import BadSource, BadTable, MissingData
from . import Item, Note, Refusal, Remark, Source, tables, trees
from .building import NO_PLACE, Build
from .cells import Cells, key_of, plain_text
from .declared import Declaration, Thing
from .description import unknown
from .fillings import Filling
from .rules import NOT_KEPT, kept
from .tables import FORMATS, Header, Layout, Row


def read(
    path: Path, source: Source, facts: bool = False, rows: int | None = None
) -> Iterator[Item | Refusal | Remark]:
    """The items of a file or of a folder of files, of all rows or of the first.

    `facts` leaves out what is somebody's prose. A file of a folder that cannot be read is refused
    and stops nothing. Raises BadTable, and BadSource where a column is not there.
    """
    assert source.declaration is not None
    maker = _Maker(source, source.declaration, facts)
    number = 0
    for told in _rows(path, source.declaration.layout, maker):
        if number == rows:
            break
        number += not isinstance(told, Remark)
        if isinstance(told, Row):
            yield from maker.row(told)
        else:
            yield told
    yield from maker.remarks()


def _rows(path: Path, layout: Layout, maker: "_Maker") -> Iterator[Row | Refusal | Remark]:
    for file in files_of(path, layout):
        try:
            known = replace(layout, format=format_of(file, layout))
            reader = trees if known.format in trees.FORMATS else tables
            for told in reader.rows(file, known):
                if isinstance(told, Header):
                    maker.check(file, told.columns)
                else:
                    yield _in_file(told, file) if path.is_dir() else told
        except BadTable as error:
            if not path.is_dir():
                raise
            yield Refusal("not readable", file.name, str(error.params["detail"]))


def _in_file(told: Row | Refusal | Remark, file: Path) -> Row | Refusal | Remark:
    """The same, with the file in its place: of several files, a line is in one."""
    if isinstance(told, Row) and not told.place.startswith(file.name):
        return replace(told, place=f"{file.name}, {told.place}")
    if isinstance(told, Refusal) and not told.local.startswith(file.name):
        return replace(told, local=f"{file.name}, {told.local}")
    return told


def files_of(path: Path, layout: Layout) -> list[Path]:
    """The files to be read: one, or those of a folder that have the format. Raises MissingData."""
    if not path.is_dir():
        return [path]
    wanted = [e for e, name in FORMATS.items() if name == layout.format or not layout.format]
    found = sorted(p for p in path.iterdir() if p.suffix.lower() in wanted and p.is_file())
    if not found:
        advice = f"The folder holds no file named *{' or *'.join(wanted)}."
        raise MissingData(path=path, advice=advice)
    return found


def format_of(path: Path, layout: Layout) -> str:
    """How a file is to be read: as it is told, else by its name. Raises BadTable."""
    found = layout.format or FORMATS.get(path.suffix.lower(), "")
    if not found:
        detail = "its format is not known by its name; say format = … in [table], or save it as CSV"
        raise BadTable(path=path, detail=detail)
    return found


class _Maker:
    """Makes the items of rows, and remembers which things were told of."""

    def __init__(self, source: Source, declared: Declaration, facts: bool) -> None:
        self._source, self._declared, self._facts = source, declared, facts
        self._seen: dict[str, tuple[bytes, str]] = {}
        self._met: set[str] = set()
        self._placed = {*declared.used, *declared.left_out, trees.KEY, trees.FILE}
        self._above = tuple(f"{name}/" for name in (*declared.used, *declared.left_out))
        self._things = {thing.name: thing for thing in declared.things}

    def check(self, path: Path, columns: Sequence[str]) -> None:
        """Raise BadSource where source.toml names columns that the table does not have."""
        known = {*columns, trees.FILE}
        missing = [
            name for name in (*self._declared.used, *self._declared.prose) if name not in known
        ]
        self._met.update(known)
        if missing:
            listed = [
                f"{path.name} has no such column. {unknown(name, columns)}" for name in missing
            ]
            told = listed[0] if len(listed) == 1 else "".join(f"\n- {one}" for one in listed)
            raise BadSource(path=self._declared.path, faults=told)

    def remarks(self) -> Iterator[Remark]:
        """What is to be said at the end."""
        never = [name for name in self._declared.used if name not in self._met]
        for name in never:
            yield Remark(f"no row tells of {name}")
        if unplaced := [name for name in sorted(self._met) if self._unplaced(name)]:
            advice = "Name a field for each, or put it under left_out."
            yield Remark(f"columns that have no place: {', '.join(unplaced)}. {advice}")

    def row(self, row: Row) -> Iterator[Item | Refusal | Remark]:
        cells = Cells(row.cells, self._declared.layout.nothing)
        self._met.update(cells.names())
        spare = [
            Note(name, NOT_KEPT if name in self._declared.prose else kept(cell), None, NO_PLACE)
            for name in cells.names()
            if self._unplaced(name)
            for cell in cells.several(name)
        ]
        for made in self._made(cells, row.place):
            if isinstance(made, Item):
                digest = _digest(made.data)
                before = self._seen.get(made.local)
                if before is None:
                    self._seen[made.local] = digest, row.place
                    yield replace(made, notes=[*made.notes, *spare])
                    spare = []
                elif before[0] != digest:
                    detail = (
                        f"{made.local} is told otherwise than at {before[1]}: its id is not of it "
                        "alone, or a field is not of it"
                    )
                    yield Refusal("told otherwise", row.place, detail)
            else:
                yield made
        if spare:
            names = ", ".join(dict.fromkeys(note.field for note in spare))
            yield Remark(f"{row.place} tells of nothing new: its values of {names} are not kept")

    def _unplaced(self, name: str) -> bool:
        return name not in self._placed and not name.startswith(self._above)

    def _made(self, cells: Cells, place: str) -> Iterator[Item | Refusal]:
        for thing in self._declared.things:
            if thing.only_if and not cells.is_told(thing.only_if):
                continue
            for here in cells.each(thing.each, thing.split):
                key = self._key(thing, thing.id, here)
                if key is None:
                    detail = f"{thing.name} has no id: {' or '.join(thing.id)} is empty"
                    yield Refusal("without id", place, detail)
                else:
                    yield Build(self, thing, key, here, cells, place).item()

    def _key(self, thing: Thing, columns: Sequence[str], cells: Cells) -> str | None:
        values = [plain_text(cells.one(name)) for name in columns]
        return (
            None if not all(values) else f"{thing.word}/{self._source.name}-{key_of(tuple(values))}"
        )

    def linked(self, filling: Filling, here: Cells, row: Cells) -> Iterator[str]:
        """The ids of the things that a field links to."""
        other = self._things[filling.thing]
        if filling.id:
            key = self._key(other, filling.id, here)
            found = [key] if key else []
        elif other.only_if and not row.is_told(other.only_if):
            found = []
        else:
            # A thing of the same element is linked to it; any other to all of them.
            same = here is not row and here.element == other.each
            among = [here] if same or not other.each else row.each(other.each, other.split)
            found = [key for cells in among if (key := self._key(other, other.id, cells))]
        yield from dict.fromkeys(found)

    def is_left_out(self, filling: Filling) -> bool:
        """Whether it is somebody's prose, where only facts are wanted."""
        return self._facts and not self._declared.prose.isdisjoint(filling.columns)


def _digest(data: object) -> bytes:
    text = json.dumps(data, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).digest()[:8]

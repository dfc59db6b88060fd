"""Rows of the files that people have: CSV, TSV and XLSX here, trees (JSON, YAML) in trees.py.

Rows come one by one, whatever the size of the file. A row that cannot be read is refused by its
line and stops nothing; a file that cannot be understood as a whole raises BadTable.
"""

import csv
import io
import re
import warnings
import zipfile
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from ..errors import BadTable
from . import Refusal, Remark
from .mapping import folded, tidy

FORMATS = {
    ".csv": "csv", ".txt": "csv", ".tsv": "tsv", ".tab": "tsv", ".xlsx": "xlsx", ".xlsm": "xlsx",
    ".json": "json", ".geojson": "json", ".jsonl": "json-lines", ".ndjson": "json-lines",
    ".yml": "yaml", ".yaml": "yaml",
}  # fmt: skip
_SEPARATORS = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}
_CHUNK = 1 << 20
_NAMES = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16", "cp1252": "Windows-1252"}


@dataclass(frozen=True)
class Layout:
    """How a file is laid out, as far as source.toml says; the rest is found out.

    `header` is the line that names the columns; `rows` leads to the list in JSON or YAML.
    """

    format: str = ""
    encoding: str = ""
    separator: str = ""
    sheet: str = ""
    header: int = 1
    rows: str = ""
    nothing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Row:
    """One row, by column; `place` says where it stands, for a person."""

    place: str
    cells: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Header:
    """The names of the columns of a table, before its first row."""

    columns: tuple[str, ...]


def rows(path: Path, layout: Layout) -> Iterator[Header | Row | Refusal | Remark]:
    """The header and the rows of a table; empty ones are passed over. Raises BadTable."""
    told = _sheet(path, layout) if layout.format == "xlsx" else _text(path, layout)
    columns: list[str] | None = None
    count = 0
    for line, cells in told:
        if isinstance(cells, (Remark, Refusal)):
            yield cells
        elif columns is None:
            columns = _columns(path, line, cells)
            yield Header(tuple(columns))
        elif any(cell not in (None, "") for cell in cells):
            count += 1
            yield _row(line, columns, cells, layout.format == "xlsx")
    if columns is None:
        raise BadTable(path=path, detail=f"it has no line {layout.header}, which names the columns")
    if not count:
        raise BadTable(path=path, detail="no row follows the line that names the columns")


def _row(line: int, columns: Sequence[str], cells: Sequence[Any], padded: bool) -> Row | Refusal:
    place = f"line {line}"
    beyond = [cell for cell in cells[len(columns) :] if cell not in (None, "")]
    # A spreadsheet does not write its last cells when they are empty; a text does.
    if beyond or (len(cells) < len(columns) and not padded):
        number = len(columns) + len(beyond) if beyond else len(cells)
        return Refusal(
            "ragged row", place, f"{number} cells, where there are {len(columns)} columns"
        )
    return Row(place, dict(zip_longest(columns, cells[: len(columns)])))


def _columns(path: Path, line: int, cells: Sequence[Any]) -> list[str]:
    """The names of the columns; those without a name at the end are none."""
    names = [tidy("" if cell is None else str(cell)) for cell in cells]
    while names and not names[-1]:
        names.pop()
    if not names:
        detail = f"line {line}, which names the columns, is empty; say header = … in [table]"
        raise BadTable(path=path, detail=detail)
    for number, name in enumerate(names):
        where = f"column {number + 1} ({get_column_letter(number + 1)}), line {line}"
        if not name:
            raise BadTable(path=path, detail=f"{where}: the column has no name")
        if name in names[:number]:
            detail = f"{where}: a column before it is named {name} too; rename one of them"
            raise BadTable(path=path, detail=detail)
    return names


_Line = tuple[int, Sequence[Any] | Remark | Refusal]


def _text(path: Path, layout: Layout) -> Iterator[_Line]:
    """The records of a text, from the header on, each with the line that it begins on."""
    encoding, remark = encoding_of(path, layout.encoding)
    with path.open(encoding=encoding, newline="") as file:
        head = [line for _, line in zip(range(layout.header), file, strict=False)]
        file.seek(0)
        separator, begin = layout.separator, 1
        if match := re.fullmatch(r"sep=(.)\r?\n?", head[0] if head else "", re.I):
            # What Excel writes for itself, before the first line.
            separator, begin = separator or match[1], 2
            head = [file.readline(), file.readline()]
            file.seek(0)
            file.readline()
        separator = separator or _separator(layout, head[-1] if head else "")
        known = _SEPARATORS.get(separator, separator)
        yield 0, Remark(f"{path.name}: {remark}, cells parted by {known}")
        reader = csv.reader(file, delimiter=separator, strict=True)
        line = begin
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                break
            except csv.Error as error:
                yield line, Refusal("not readable", f"line {line}", str(error))
            else:
                # By the number of the line in the file, as an editor shows it.
                if line >= layout.header:
                    yield line, cells
            line = reader.line_num + begin


def _separator(layout: Layout, header: str) -> str:
    """What parts the cells of the header most often, outside quotation marks."""
    if layout.format == "tsv":
        return "\t"
    bare = re.sub(r'"(?:[^"]|"")*"', "", header)
    return max(_SEPARATORS, key=lambda sign: bare.count(sign))


def encoding_of(path: Path, told: str = "") -> tuple[str, str]:
    """How a text is encoded, and the words to say so; the whole of it is read once.

    Without a mark it is UTF-8 if it can be, else Windows-1252. Raises BadTable.
    """
    with path.open("rb") as file:
        start = file.read(_CHUNK)
    if not start.strip():
        raise BadTable(path=path, detail="it is empty")
    mark = ""
    if start.startswith(BOM_UTF8):
        mark = "utf-8-sig"
    elif start.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        mark = "utf-16"
    elif b"\0" in start:
        detail = "it is no text, or UTF-16 without its mark; save it as CSV UTF-8"
        raise BadTable(path=path, detail=detail)
    chosen = told or mark or "utf-8-sig"
    fault = _undecodable(path, chosen)
    if fault is None:
        return chosen, f"read as {_NAMES.get(chosen, chosen)}"
    line, letters = fault
    if told or mark or letters:
        name = _NAMES.get(chosen, chosen)
        before = ", though the lines before it are" if letters and not told else ""
        raise BadTable(path=path, detail=f"line {line} is not {name}{before}; save it as CSV UTF-8")
    fault = _undecodable(path, "cp1252")
    if fault is not None:
        detail = f"line {fault[0]} is neither UTF-8 nor Windows-1252; say encoding = … in [table]"
        raise BadTable(path=path, detail=detail)
    return "cp1252", "read as Windows-1252, since it is not UTF-8"


def _undecodable(path: Path, encoding: str) -> tuple[int, bool] | None:
    """The first line that is not so encoded, and whether letters beyond ASCII came before it."""
    decoder = getincrementaldecoder(encoding)()
    line, letters = 1, False
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            try:
                text = decoder.decode(chunk)
            except UnicodeDecodeError as error:
                before = bytes(error.object[: error.start])
                letters = letters or (not before.isascii() and encoding != "cp1252")
                return line + before.count(b"\n"), letters
            line += text.count("\n")
            letters = letters or not text.lstrip("\ufeff").isascii()
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return line, letters
    return None


def open_text(path: Path, layout: Layout) -> tuple[io.TextIOWrapper, Remark]:
    """A text opened in its encoding, and the words to say which. Raises BadTable."""
    encoding, remark = encoding_of(path, layout.encoding)
    return path.open(encoding=encoding), Remark(f"{path.name}: {remark}")


def _sheet(path: Path, layout: Layout) -> Iterator[_Line]:
    """The rows of a sheet, from the header on; formulas by the values that were saved."""
    book = _book(path, data_only=True)
    formulas = _book(path, data_only=False) if _has_formulas(path) else None
    try:
        sheets = [sheet.title for sheet in book.worksheets]
        name = _sheet_name(path, sheets, layout)
        others = f", of {len(sheets)}" if len(sheets) > 1 else ""
        yield 0, Remark(f"{path.name}: read the sheet {name!r}{others}")
        written = _values(path, formulas[name]) if formulas else None
        above: dict[int, Any] = {}
        for line, cells in enumerate(_values(path, book[name]), 1):
            formula = next(written) if written else ()
            if line < layout.header:
                above |= {n: cell for n, cell in enumerate(cells) if cell is not None}
            elif line == layout.header:
                # A name that is merged over lines stands in the first of them.
                named = dict(enumerate(cells))
                width = max([len(cells), *(n + 1 for n in above)])
                yield (
                    line,
                    [above.get(n) if named.get(n) is None else named[n] for n in range(width)],
                )
            elif any(_unsaved(*pair) for pair in zip(cells, formula, strict=False)):
                detail = "a formula without its value; open the file in a spreadsheet, save it"
                yield line, Refusal("not readable", f"line {line}", detail)
            else:
                yield line, cells
    finally:
        book.close()
        if formulas:
            formulas.close()


def _book(path: Path, data_only: bool) -> Any:
    with warnings.catch_warnings():
        # It warns of what it would not keep if it wrote (charts, rules of validation).
        warnings.simplefilter("ignore")
        try:
            return load_workbook(path, read_only=True, data_only=data_only)
        except (zipfile.BadZipFile, KeyError, ValueError, OSError, TypeError) as error:
            detail = f"it is no XLSX file ({error}); open it in a spreadsheet and save it as one"
            raise BadTable(path=path, detail=detail) from None


def _values(path: Path, sheet: Any) -> Iterator[Sequence[Any]]:
    # Some programs write a size of the sheet that is not its size.
    sheet.reset_dimensions()
    rows: Iterator[Sequence[Any]] = sheet.iter_rows(values_only=True)
    while True:
        with warnings.catch_warnings():
            # A day out of all calendars, which it gives as #VALUE!.
            warnings.simplefilter("ignore")
            try:
                cells = next(rows)
            except StopIteration:
                return
            except (SyntaxError, KeyError, ValueError, TypeError, zipfile.BadZipFile) as error:
                raise BadTable(path=path, detail=f"the sheet is damaged: {error}") from None
        yield cells


def _unsaved(value: object, written: object) -> bool:
    return value is None and (isinstance(written, str) and written.startswith("="))


def _has_formulas(path: Path) -> bool:
    with zipfile.ZipFile(path) as parts:
        for name in parts.namelist():
            if name.startswith("xl/worksheets/sheet"):
                with parts.open(name) as file:
                    kept = b""
                    while chunk := file.read(_CHUNK):
                        if re.search(rb"<f[ >/]", kept + chunk):
                            return True
                        kept = chunk[-2:]
    return False


def _sheet_name(path: Path, names: Sequence[str], layout: Layout) -> str:
    if not layout.sheet:
        return names[0]
    found = [name for name in names if folded(tidy(name)) == folded(tidy(layout.sheet))]
    if len(found) != 1:
        listed = ", ".join(repr(name) for name in names)
        raise BadTable(path=path, detail=f"it has no sheet {layout.sheet!r}, but: {listed}")
    return found[0]

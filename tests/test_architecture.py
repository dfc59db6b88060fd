"""The rooms of the house, from the ground up (docs/explanation/architecture.md)."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from rdflib import URIRef

from innograph import vocab

SOURCE = Path(__file__).resolve().parents[1] / "src" / "innograph"
# A room imports from floors below its own and, on its own floor, from rooms to its left.
FLOORS = [
    "assets errors settings",
    "media vocab frames client",
    "ledger queries store validation",
    "exchange naming members merges statements projection instance engine contributions decisions "
    "publication diffusion",
    "sources reconciliation",
    "web cli",
]
ORDER = {room: place for place, room in enumerate(" ".join(FLOORS).split())}
DOORS = {
    "SPARQLWrapper": {"store", "client"},
    "click": {"cli"},
    "flask": {"web"},
    "flask_babel": {"web"},
    "granian": {"cli"},
    "networkx": {"diffusion"},
    "numpy": {"diffusion"},
    "openpyxl": {"sources"},
    "pandas": {"frames"},
    "polars": {"frames"},
    "pyoxigraph": {"media", "store"},
    "pyarrow": {"diffusion"},
    "pyshacl": {"validation"},
    "pyshacl_turbo": {"validation"},
    "rich": {"cli"},
    "scipy": {"diffusion"},
    "sqlalchemy": {"ledger"},
    "rapidfuzz": {"reconciliation"},
    "yaml": {"sources"},
}
# Namespaces, media-type registries and the defaults of addresses stand here, and only here.
MAY_NAME_ADDRESSES = {"media", "settings", "vocab"}
FILES = sorted(p for p in SOURCE.rglob("*.py") if p != SOURCE / "__init__.py")
each_module = pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))


def room(path: Path) -> str:
    return path.relative_to(SOURCE).with_suffix("").parts[0]


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def imports(path: Path) -> Iterator[str]:
    """Absolute names of what a module imports, wherever in it: `innograph.media.parse`."""
    package = ("innograph", *path.relative_to(SOURCE).parent.parts)
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            origin = [*above, *([node.module] if node.module else [])]
            yield from (".".join([*origin, alias.name]) for alias in node.names)


def own_terms(path: Path) -> set[str]:
    """Terms of the ontology that a module names: `INNO.Term`, or `own().Term`."""
    names = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Attribute):
            owner = node.value.func if isinstance(node.value, ast.Call) else node.value
            last = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
            if last == "INNO" or (last == "own" and isinstance(node.value, ast.Call)):
                names.add(node.attr)
    return names


def test_every_room_has_a_floor_and_every_floor_its_rooms() -> None:
    assert {room(path) for path in FILES} == set(ORDER)


@each_module
def test_a_room_imports_only_from_below(path: Path) -> None:
    here = room(path)
    for name in imports(path):
        top, _, rest = name.partition(".")
        other = rest.partition(".")[0]
        if top == "innograph" and other in ORDER and other != here:
            assert ORDER[other] < ORDER[here], f"{here} must not import {other}"


@each_module
def test_each_library_has_one_door(path: Path) -> None:
    for name in imports(path):
        library = name.partition(".")[0]
        assert room(path) in DOORS.get(library, {room(path)}), f"{library} belongs to another room"


@each_module
def test_a_module_is_short(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 400


@each_module
def test_addresses_stand_in_data_not_in_code(path: Path) -> None:
    if room(path) not in MAY_NAME_ADDRESSES:
        texts = (node.value for node in ast.walk(tree(path)) if isinstance(node, ast.Constant))
        addresses = ("http://", "https://")
        assert [t for t in texts if isinstance(t, str) and t.startswith(addresses)] == []


def test_the_code_names_few_terms_of_the_ontology_and_each_exists() -> None:
    names = set().union(*map(own_terms, FILES))
    assert [name for name in names if URIRef(vocab.NAMESPACE + name) not in vocab.own()] == []
    assert len(names) < 10

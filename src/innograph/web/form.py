"""Draws a form from a shape: its fields, their names, help, order and groups, in one language."""

from dataclasses import dataclass, field

from rdflib import RDFS, SH, XSD, Graph, Literal, URIRef
from rdflib.term import Node

from .. import vocab
from ..validation.shapes import in_language, of_the_product, texts


@dataclass
class Field:
    """One field: `key` names it in the form, `path` in the graph, `editor` says how it is drawn."""

    key: str
    path: str
    name: str
    help: str
    group: str
    editor: str
    required: bool
    value: str = ""
    choice: str = ""
    errors: list[str] = field(default_factory=list)
    choices: list[tuple[str, str]] = field(default_factory=list)


def fields(shape: str, lang: str) -> list[Field]:
    """The fields of a node shape that have an editor (dash:editor), in the order of the shape."""
    shapes = of_the_product().graph
    found = [
        (_number(shapes, group), _number(shapes, part), _field(shapes, part, group, lang))
        for part in shapes.objects(URIRef(vocab.SHAPES + shape), SH.property)
        if (part, vocab.DASH.editor, None) in shapes
        for group in shapes.objects(part, SH.group)
    ]
    return [drawn for _, _, drawn in sorted(found, key=lambda entry: entry[1])]


def _field(shapes: Graph, part: Node, group: Node, lang: str) -> Field:
    editor = str(shapes.value(part, vocab.DASH.editor))
    return Field(
        key=str(part).rsplit("-", 1)[-1],
        path=str(shapes.value(part, SH.path)),
        name=in_language(texts(shapes, part, (SH.name,)), lang),
        help=in_language(texts(shapes, part, (SH.description,)), lang),
        group=in_language(texts(shapes, group, (RDFS.label,)), lang),
        editor=editor.removeprefix(str(vocab.DASH)),
        required=(part, SH.minCount, Literal("1", datatype=XSD.integer)) in shapes,
    )


def _number(shapes: Graph, node: Node) -> float:
    return float(str(shapes.value(node, SH.order, default=Literal("0"))))

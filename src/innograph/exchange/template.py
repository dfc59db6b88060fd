"""The empty table of each kind of dossier, and what its columns mean (CSV on the Web)."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from rdflib import CSVW, RDF, SKOS, XSD, URIRef

from .. import vocab
from . import fields, terms
from .cells import LANGUAGES, Column, columns
from .fields import Field

_NOTES = {
    "en": "A row begins with the id and the type of a thing. A further value of a field stands in "
    "a further row with the same id; a required field is needed once for each id, and a text in "
    "one language at least. Columns such as hasStatus.status tell of a part: each row tells of one "
    "part under a field, and rows that tell of the same part repeat its own id (hasStatus.id). "
    "Without an id, a row or a part is a thing of its own that gets its name later; _:1 is a name "
    "for this file only. Cells are separated by commas or semicolons, in UTF-8. A text that begins "
    "with = + - or @ has an apostrophe before it. A day, a month or a year: 2021-05-03, 2021-05 or "
    "2021. A term of a list is written with the list: stage:piloting.",
    "fr": "Une ligne commence par l'identifiant (id) et le type d'une chose. Une autre valeur d'un "
    "champ se met sur une autre ligne, avec le même id ; un champ obligatoire est demandé une fois "
    "par id, et un texte dans une langue au moins. Les colonnes comme hasStatus.status décrivent "
    "une partie : chaque ligne décrit une seule partie par champ, et les lignes d'une même partie "
    "répètent son propre id (hasStatus.id). Sans id, une ligne ou une partie est une chose à part, "
    "qui reçoit un nom plus tard ; _:1 est un nom propre à ce fichier. Les cellules sont séparées "
    "par des virgules ou des points-virgules, en UTF-8. Un texte qui commence par = + - ou @ est "
    "précédé d'une apostrophe. Un jour, un mois ou une année : 2021-05-03, 2021-05 ou 2021. Un "
    "terme d'une liste s'écrit avec la liste : stage:piloting.",
}
_SPOKEN = {"fr": {"en": "French", "fr": "français"}, "en": {"en": "English", "fr": "anglais"}}


def template(kind: URIRef) -> bytes:
    """The header of a kind's table, as a spreadsheet opens it (UTF-8, with its mark)."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerow(c.header for c in columns(kind))
    return out.getvalue().encode("utf-8-sig")


def metadata(kind: URIRef, header: Sequence[str] | None = None) -> dict[str, Any]:
    """What the columns mean, as CSV on the Web tells it in `<kind>.csv-metadata.json`.

    They are those of `header`, where a table has others than the template.
    """
    known = {column.header: column for column in columns(kind)}
    chosen = known if header is None else header
    return {
        "@context": [str(CSVW).removesuffix("#"), {"@language": "en"}],
        "url": f"{terms.slug(kind)}.csv",
        "dc:title": dict(terms.labels(kind)),
        "dialect": {"encoding": "utf-8", "header": True},
        "notes": [{"dc:description": _NOTES}],
        "tableSchema": {
            "aboutUrl": "{+id}",
            "columns": [_described(kind, name, known.get(name)) for name in chosen],
        },
    }


def _described(kind: URIRef, name: str, column: Column | None) -> dict[str, Any]:
    if column is not None:
        return _column(kind, column)
    lang = name.partition("@")[2]
    told = {"name": name.replace("@", "_"), "titles": {"und": name}, "suppressOutput": True}
    return {**told, **({"lang": lang} if lang else {})}


def _column(kind: URIRef, column: Column) -> dict[str, Any]:
    name = _variable(column)
    told: dict[str, Any] = {"name": name, "titles": {"und": column.header, **_titles(column)}}
    field = column.field or (column.path[-1] if column.path and column.name == "id" else None)
    if field and field.descriptions:
        told["dc:description"] = dict(field.descriptions)
    told |= _datatype(kind, column)
    needed = column.field is None or column.field.required
    told["required"] = needed and not column.path and not column.lang and column.name != "id"
    owner = column.path if column.field else column.path[:-1]
    if owner:
        told["aboutUrl"] = f"{{+{'.'.join([*(step.name for step in owner), 'id'])}}}"
    if column.name == "type":
        told["propertyUrl"] = str(RDF.type)
    elif field:
        told["propertyUrl"] = str(field.iri)
        if field.is_link and not field.is_concept:
            told["valueUrl"] = f"{{+{name}}}"
    else:
        told["suppressOutput"] = True
    return told


def _variable(column: Column) -> str:
    return column.header.replace("@", "_")


def _titles(column: Column) -> Mapping[str, str]:
    """The names of the fields that lead to it, in each language that has them all."""
    steps = [*column.path, *([column.field] if column.field else [])]
    found = {}
    for lang in LANGUAGES:
        if steps and all(lang in step.names for step in steps):
            found[lang] = " – ".join(step.names[lang] for step in steps)
            if column.lang:
                found[lang] += f" ({_SPOKEN[column.lang][lang]})"
            elif not column.field:
                found[lang] += " – id"
    return found


def _datatype(kind: URIRef, column: Column) -> dict[str, Any]:
    field = column.field
    if column.name == "type":
        names = [terms.name_of(klass) for klass in fields.types(kind)]
        return {"datatype": {"base": "string", "format": "|".join(names)}}
    if field is None:
        return {"datatype": "anyURI"}
    if field.has_languages:
        return {"datatype": "string", "lang": column.lang}
    if schemes := _schemes(kind, column, field):
        return {"datatype": {"base": "string", "format": "|".join(_concepts(schemes))}}
    if field.is_link:
        return {"datatype": "anyURI"}
    patterns = [pattern for pattern in field.datatypes.values() if pattern]
    if field.is_number:
        return {"datatype": "integer" if set(field.datatypes) == {XSD.integer} else "decimal"}
    if len(field.datatypes) > 1:
        return {"datatype": {"base": "string", "format": "|".join(patterns)}}
    return {"datatype": "boolean" if XSD.boolean in field.datatypes else "string"}


def _schemes(kind: URIRef, column: Column, field: Field) -> tuple[str, ...]:
    if SKOS.Concept in field.classes:
        return ()
    if len(column.path) == 1:
        return fields.narrowed(kind, column.path[0]).get(field.iri, field.schemes)
    return field.schemes


def _concepts(schemes: tuple[str, ...]) -> list[str]:
    graph = vocab.vocabularies()
    found = [
        terms.compact(str(concept))
        for scheme in schemes
        for concept in graph.subjects(SKOS.inScheme, URIRef(vocab.VOCABULARIES + scheme))
    ]
    return sorted(found)

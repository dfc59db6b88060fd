"""What the graph tells of the things to reconcile, read by stored queries."""

from collections import defaultdict
from dataclasses import dataclass, field

from .. import media, queries
from ..instance import Instance


@dataclass
class Told:
    """What is told of one thing: values with their language ("" without one), by field."""

    iri: str
    fields: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))

    def all(self, name: str) -> list[str]:
        """The values of a field, each once, in a steady order."""
        return sorted({value for value, _ in self.fields.get(name, ())})

    def languages(self, name: str) -> set[str]:
        """The languages that a field is told in."""
        return {language for _, language in self.fields.get(name, ())} - {""}

    def label(self, name: str) -> str:
        """One value of a field for people: in French or English where there is one."""
        order = {"fr": 0, "en": 1}
        told = sorted(self.fields.get(name, ()), key=lambda v: (order.get(v[1], 2), v))
        return told[0][0] if told else self.iri


def ask(instance: Instance, query: str) -> list[Told]:
    """The things that a stored query with the columns thing, field, value and lang tells of."""
    found: dict[str, Told] = {}
    for row in rows(instance, query):
        thing = found.setdefault(row["thing"], Told(row["thing"]))
        thing.fields[row["field"]].append((row["value"], row.get("lang", "")))
    return [found[iri] for iri in sorted(found)]


def rows(
    instance: Instance, query: str, values: dict[str, list[str]] | None = None
) -> list[dict[str, str]]:
    """The rows of a stored query, each cell as its text."""
    text = queries.load(query).bind(values or {})
    return instance.ask(text, media.JSON_ROWS).rows()

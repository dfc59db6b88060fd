"""Reads the stored queries of queries/ and binds values into them.

A stored query is plain SPARQL that runs anywhere as it stands. A header in its comments (TOML)
describes it, and each parameter is a line of its own, `VALUES ?name { UNDEF }`, which the caller's
values replace. Values are serialised as terms, never pasted as text.
"""

import datetime
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from rdflib import XSD, Literal, URIRef

from . import assets
from .errors import BadParameter, BadQueryFile, NotFound

# A line that counts only where rows are asked for a page at a time.
_OF_A_PAGE = re.compile(r"^([ \t]*)# page: (.*)$", re.M)
_HEADER = re.compile(r"\A# ---\n(?P<toml>(?:#.*\n)*?)# ---\n")


def _iri(text: str) -> str:
    if not re.fullmatch(r'[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"{}|\\^`]+', text):
        raise ValueError("an address such as https://example.org/id/innovation/x is needed")
    return URIRef(text).n3()


def _date(text: str) -> str:
    try:
        return Literal(datetime.date.fromisoformat(text).isoformat(), datatype=XSD.date).n3()
    except ValueError:
        raise ValueError("a date such as 2026-01-31 is needed") from None


def _integer(text: str) -> str:
    try:
        return Literal(str(int(text)), datatype=XSD.integer).n3()
    except ValueError:
        raise ValueError("a whole number is needed") from None


def _string(text: str) -> str:
    return Literal(text).n3()


_TERMS: dict[str, Callable[[str], str]] = {
    "iri": _iri,
    "date": _date,
    "integer": _integer,
    "string": _string,
}


@dataclass(frozen=True)
class Parameter:
    """One value that a caller may give, as often as wanted (several mean: any of them)."""

    name: str
    type: str = "string"
    example: str = ""
    required: bool = False
    description: Mapping[str, str] = field(default_factory=dict)

    def term(self, text: str) -> str:
        """`text` as a SPARQL term; BadParameter when it is not of the type."""
        try:
            return _TERMS[self.type](text)
        except ValueError as error:
            raise BadParameter(parameter=self.name, value=text, reason=str(error)) from None

    @property
    def slot(self) -> re.Pattern[str]:
        return re.compile(rf"^[ \t]*VALUES\s+\?{self.name}\s*{{\s*UNDEF\s*}}[ \t]*\n", re.M)


@dataclass(frozen=True)
class Query:
    """A stored query: its text, and what its header says of it in French and English.

    `answers` are the competency questions that it answers (docs/reference/questions.md); `none`
    says why the data that are shipped give no row. An internal one is not offered to users; one
    that concerns a class tells what the check of a dossier that describes such a thing must see
    beside what the dossier points at.
    """

    name: str
    text: str
    title: Mapping[str, str]
    description: Mapping[str, str]
    parameters: Mapping[str, Parameter]
    internal: bool = False
    concerns: str = ""
    answers: Sequence[int] = ()
    none: Mapping[str, str] = field(default_factory=dict)
    chart: str = ""
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def columns_in(self, lang: str) -> dict[str, str]:
        """What each column is called in a language, for those that the header names."""
        return {name: texts[lang] for name, texts in self.columns.items()}

    def bind(self, values: Mapping[str, Sequence[str]]) -> str:
        """The query's text with `values` in the slots of its parameters.

        Raises BadParameter for a value of the wrong type, a missing one, or an unknown name.
        """
        for name in values.keys() - self.parameters.keys():
            known = ", ".join(self.parameters) or "none"
            raise BadParameter(parameter=name, value="given", reason=f"known parameters: {known}")
        text = self.text
        for parameter in self.parameters.values():
            given = values.get(parameter.name, ())
            if parameter.required and not given:
                raise BadParameter(parameter=parameter.name, value="absent", reason="it is needed")
            terms = " ".join(dict.fromkeys(map(parameter.term, given)))
            line = f"  VALUES ?{parameter.name} {{ {terms} }}\n" if given else ""
            text = parameter.slot.sub(lambda _, line=line: line, text)  # type: ignore[misc]
        return text

    def page(self, values: Mapping[str, Sequence[str]], limit: int, offset: int) -> str:
        """The text for `limit` rows after the first `offset`.

        Lines that begin with `# page:` count in it: so a query can put in order what is narrow,
        and look up the rest for no more than the page needs: there `?many` becomes a LIMIT. Raises
        BadParameter as `bind` does.
        """
        many = f"LIMIT {offset + limit}"
        text = _OF_A_PAGE.sub(
            lambda line: line[1] + line[2].replace("?many", many), self.bind(values)
        )
        return f"{text}\nLIMIT {limit} OFFSET {offset}"


def parse(name: str, source: str) -> Query:
    """Read one query file; raise BadQueryFile when its header or a slot is wrong."""
    if not (match := _HEADER.match(source)):
        raise BadQueryFile(name=name, reason="it does not begin with a header between # --- lines")
    try:
        header = tomllib.loads(re.sub(r"(?m)^# ?", "", match["toml"]))
        parameters = {
            key: Parameter(key, **value) for key, value in header.pop("parameters", {}).items()
        }
        query = Query(name, source, parameters=parameters, **header)
    except (tomllib.TOMLDecodeError, TypeError) as error:
        raise BadQueryFile(name=name, reason=str(error)) from None
    for parameter in parameters.values():
        if not parameter.slot.search(source):
            reason = f"it has no line VALUES ?{parameter.name} {{ UNDEF }}"
            raise BadQueryFile(name=name, reason=reason)
    return query


@cache
def stored() -> Mapping[str, Query]:
    """All stored queries by name."""
    return {p.stem: parse(p.stem, p.read_text("utf-8")) for p in assets.query_files()}


@cache
def concerned() -> frozenset[str]:
    """The classes that stored queries concern."""
    return frozenset(query.concerns for query in stored().values() if query.concerns)


def load(name: str) -> Query:
    """The stored query of that name; NotFound when there is none."""
    try:
        return stored()[name]
    except KeyError:
        raise NotFound(iri=name) from None

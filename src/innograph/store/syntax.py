"""Reads a query before it is run: refuses SERVICE, and explains mistakes."""

import difflib
import re

from pyparsing import ParseBaseException, ParseResults
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue

from .. import media
from ..errors import InnographError, MisspeltPrefix, QuerySyntax, ServiceRefused, UnknownPrefix

# A codepoint escape can spell any keyword, so its presence asks for the slow look as well.
_SUSPECT = re.compile(r"service|\\u", re.I)
_POSITION = re.compile(r"error at (\d+):(\d+): (.*)", re.S)
_TERMS = re.compile(r"""<[^<>"{}|^`\\\s]*>|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\#[^\n]*""")
_USED = re.compile(r"(?<![\w:?$@.-])([A-Za-z][\w.-]*)?:(?=[\w%\\-]|[\s;,.)\]}]|$)")
_DECLARED = re.compile(r"\bPREFIX\s+([^\s:]*):", re.I)


def _parse(query: str) -> ParseResults:
    with media.SPARQL_GRAMMAR:
        return parseQuery(query)


def check_query(query: str) -> None:
    """Raise ServiceRefused when the parsed query has a SERVICE clause anywhere.

    Parsing in Python takes 10 to 50 ms, so only a text that could spell SERVICE is parsed.
    """
    if not _SUSPECT.search(query):
        return
    try:
        tree = _parse(query)
    except (ParseBaseException, ValueError, RecursionError):
        # What the two parsers read differently is not evaluated where SERVICE may hide in it.
        if re.search("service", _TERMS.sub(" ", _unescape(query)), re.I):
            raise ServiceRefused from None
        return
    if _has_service(tree):
        raise ServiceRefused


def _unescape(query: str) -> str:
    def character(match: re.Match[str]) -> str:
        code = int(match[1] or match[2], 16)
        return chr(code) if code < 0x110000 else " "

    return re.sub(r"\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})", character, query)


def _has_service(node: object) -> bool:
    if isinstance(node, CompValue):
        return node.name == "ServiceGraphPattern" or any(_has_service(v) for v in node.values())
    if isinstance(node, (ParseResults, list, tuple)):
        return any(_has_service(part) for part in node)
    return False


def explain(message: str, query: str, prefixes: dict[str, str]) -> InnographError:
    """The error for a query that the engine does not read: where, in which clause, and why.

    The engine tells how far it came; the other parser tells the clause that it could not finish.
    """
    match = _POSITION.match(message)
    line, column, expected = (int(match[1]), int(match[2]), match[3]) if match else (1, 1, message)
    if "Prefix not found" in expected and (unknown := _unknown_prefix(query, prefixes)):
        return unknown
    try:
        _parse(query)
    except ParseBaseException as error:
        line, column = error.lineno, error.column
    except (ValueError, RecursionError):
        pass
    rest = query.split("\n")[line - 1 :][0][column - 1 :] if query else ""
    clause = rest.strip()[:80] or "the end of the query"
    return QuerySyntax(line=line, column=column, clause=clause, detail=_reason(expected))


def _blank(query: str) -> str:
    return _TERMS.sub(lambda m: " " * len(m[0]), query)


def _reason(expected: str) -> str:
    """What the engine says in words; its lists of expected characters help nobody."""
    options = re.split(r",\s(?![^\[]*\])", re.sub(r"^expected (one of )?", "", expected))
    sentences = [o for o in options if " " in o and not o.startswith(("[", '"'))]
    return sentences[0] if sentences else "it is not complete, or not in its place"


def _unknown_prefix(query: str, prefixes: dict[str, str]) -> UnknownPrefix | None:
    text = _blank(query)
    known = {**prefixes, **{p: "" for p in _DECLARED.findall(text)}}
    declarations = {m.start(1) for m in re.finditer(r"\bPREFIX\s+([^\s:]*):", text, re.I)}
    for match in _USED.finditer(text):
        prefix = match[1] or ""
        if prefix in known or prefix == "_" or match.start() in declarations:
            continue
        line = text.count("\n", 0, match.start()) + 1
        column = match.start() - (text.rfind("\n", 0, match.start()) + 1) + 1
        place: dict[str, object] = {"prefix": prefix, "line": line, "column": column}
        if near := difflib.get_close_matches(prefix, known, n=1, cutoff=0.5):
            return MisspeltPrefix(suggestion=near[0], **place)
        return UnknownPrefix(**place)
    return None

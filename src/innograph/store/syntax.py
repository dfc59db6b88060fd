"""Reads a query before it is run: refuses SERVICE, and explains mistakes."""

import difflib
import re

from pyparsing import ParseBaseException
from rdflib.plugins.sparql.parser import parseQuery

from .. import media
from ..errors import (
    InnographError,
    MisspeltPrefix,
    QuerySyntax,
    QueryTooDeep,
    ServiceRefused,
    UnknownPrefix,
)

_POSITION = re.compile(r"error at (\d+):(\d+): (.*)", re.S)
# What may spell anything without meaning it, as the grammar of SPARQL 1.1 (19.8) reads it: long and
# short strings, IRIs, comments (which end at CR or LF), variables, and prefixed names. A name that
# has "service" in its prefix is left: the keyword needs no space after it.
_TERMS = re.compile(
    "|".join(
        (
            r'"""(?:[^"\\]|\\.|"(?!""))*"""',
            r"'''(?:[^'\\]|\\.|'(?!''))*'''",
            r'"(?:[^"\\\n\r]|\\.)*"',
            r"'(?:[^'\\\n\r]|\\.)*'",
            r'<(?:[^<>"{}|^`\\\s]|\\u[0-9A-Fa-f]{4})*>',
            r"#[^\n\r]*",
            r"[?$]\w+",
            r"(?<![\w-])(?:(?!service)[\w.-])*:(?:[\w.:-]|%[0-9A-Fa-f]{2}|\\[_~.!$&'()*+,;=/?#@%-])*",
        )
    ),
    re.S | re.I,
)
_DEPTH, _CHAIN = 100, 300
# The two carets of a typed literal are no operator.
_OPERATORS = re.compile(r"[-+*/|&]|(?<!\^)\^(?!\^)|\b(?:UNION|MINUS|OPTIONAL|BIND)\b", re.I)
_VOLATILE = re.compile(r"\b(?:BNODE|NOW|RAND|STRUUID|UUID)\s*\(", re.I)
_LONG_LIST = re.compile(r"\(\s*(?:[^\s(){}\[\]]+\s+){1000}")
# The second parser takes seconds for what is long or nested: it is only asked about short queries.
_EXPLAINED = 4_000
_USED = re.compile(r"(?<![\w:?$@.-])([A-Za-z][\w.-]*)?:(?=[\w%\\-]|[\s;,.)\]}]|$)")
_DECLARED = re.compile(r"\bPREFIX\s+([^\s:]*):", re.I)
_NAMELESS = re.compile(
    r"""<[^<>"{}|^`\\\s]*>|"(?:[^"\\\n\r]|\\.)*"|'(?:[^'\\\n\r]|\\.)*'|\#[^\n\r]*"""
)


def check_query(query: str) -> None:
    """Raise ServiceRefused where SERVICE may stand, QueryTooDeep for what would break the engine.

    The engine follows SERVICE, has no switch for it, and recurses: so what is in doubt is refused,
    the keyword spelt with codepoint escapes included.
    """
    rest = _TERMS.sub(" 0 ", query)
    if re.search(r"service|\\u", rest, re.I):
        raise ServiceRefused
    depth = deepest = 0
    for character in rest:
        depth += (character in "([{") - (character in ")]}")
        deepest = max(deepest, depth)
    # The engine nests chains of operators too, as deeply as they are long.
    if len(_OPERATORS.findall(rest)) > _CHAIN:
        raise QueryTooDeep(limit=_DEPTH)
    if deepest > _DEPTH or _LONG_LIST.search(rest) or re.search(r"(?:[!^+-]\s*){100}", rest):
        raise QueryTooDeep(limit=_DEPTH)


def is_volatile(query: str) -> bool:
    """Whether a query may be answered otherwise although the graph is the same."""
    return bool(_VOLATILE.search(_TERMS.sub(" 0 ", query)))


def explain(message: str, query: str, prefixes: dict[str, str]) -> InnographError:
    """The error for a query that the engine does not read: where, in which clause, and why.

    The engine tells how far it came; the other parser tells the clause that it could not finish.
    """
    match = _POSITION.match(message)
    line, column, expected = (int(match[1]), int(match[2]), match[3]) if match else (1, 1, message)
    if "Prefix not found" in expected and (unknown := _unknown_prefix(query, prefixes)):
        return unknown
    if len(query) <= _EXPLAINED:
        line, column = _unfinished(query) or (line, column)
    rest = query.split("\n")[line - 1 :][0][column - 1 :] if query else ""
    clause = rest.strip()[:80] or "the end of the query"
    return QuerySyntax(line=line, column=column, clause=clause, detail=_reason(expected))


def _unfinished(query: str) -> tuple[int, int] | None:
    try:
        with media.SPARQL_GRAMMAR:
            parseQuery(query)
    except ParseBaseException as error:
        return error.lineno, error.column
    except (ValueError, RecursionError):
        pass
    return None


def _blank(query: str) -> str:
    return _NAMELESS.sub(lambda m: " " * len(m[0]), query)


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

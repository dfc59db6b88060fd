"""Reads a query before it is run: refuses SERVICE, and explains mistakes."""

import difflib
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping

import pyoxigraph as ox

from .. import media
from ..errors import (
    BadParameter,
    InnographError,
    MisspeltPrefix,
    QuerySyntax,
    QueryTooDeep,
    ServiceRefused,
    UnknownPrefix,
)

_READER, _NO_VARIABLE = ox.Store(), ox.Variable(f"v{secrets.token_hex(16)}")
_FROM = re.compile(r"\bFROM\b(\s+NAMED\b)?", re.I)
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
_ONE_VALUE = re.compile(
    r"""\s*[?$](\w+)\s*\{\s*
    ((?:<[^<>"{}|^`\\\s]*>|"(?:[^"\\\n\r]|\\.)*"|[\w.-]*:[\w.-]*\w)
    (?:@[A-Za-z0-9-]+|\^\^<[^<>"{}|^`\\\s]*>)?)
    \s*\}""",
    re.X,
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


def graph_name(text: str, parameter: str) -> ox.NamedNode:
    """The name of a graph; raises BadParameter for what is no absolute IRI."""
    try:
        return ox.NamedNode(text)
    except ValueError as error:
        raise BadParameter(parameter=parameter, value=text, reason=str(error)) from None


def bare(query: str) -> str:
    """The query without its comments, and with one blank wherever there are some."""
    return " ".join(_TERMS.sub(lambda m: " " if m[0][0] == "#" else m[0], query).split())


def is_volatile(query: str) -> bool:
    """Whether a query may be answered otherwise although the graph is the same."""
    return bool(_VOLATILE.search(_TERMS.sub(" 0 ", query)))


def understood(query: str, prefixes: Mapping[str, str], base: str | None = None) -> None:
    """Raise QuerySyntax or UnknownPrefix for what is no query; nothing is evaluated.

    For an engine that is asked over HTTP: its own words for a mistake would be others.
    """
    try:
        _READER.query(
            query,
            base_iri=base,
            prefixes=dict(prefixes),
            substitutions={_NO_VARIABLE: ox.Literal("")},
        )
    except SyntaxError as error:
        raise explain(str(error), query, prefixes) from None
    except RuntimeError:
        pass  # it was read: the value for a variable that it does not have is refused after that


def formats_of(query: str) -> tuple[media.Format, ...]:
    """The formats in which the answer to a query, one that is understood, can be given."""
    match = re.search(r"\b(SELECT|ASK|CONSTRUCT|DESCRIBE)\b", _masked(query), re.I)
    assert match is not None
    return {"SELECT": media.RESULTS, "ASK": media.BOOLEANS}.get(match[1].upper(), media.GRAPHS)


def prologue(query: str, prefixes: Mapping[str, str]) -> str:
    """Declarations of the prefixes that a query may use without declaring them."""
    declared = set(_DECLARED.findall(_masked(query, _NAMELESS)))
    used = (name for name in prefixes if f"{name}:" in query and name not in declared)
    return "".join(f"PREFIX {name}: <{prefixes[name]}>\n" for name in used)


def hiding(query: str, graphs: Iterable[str]) -> str:
    """The query, with `GRAPH ?g` made to pass over some graphs."""
    masked, hidden = _masked(query), ", ".join(f"<{name}>" for name in graphs)
    filters = [
        (
            _end(masked, masked.index("{", end) + 1),
            f" FILTER({query[start:end]} NOT IN ({hidden})) ",
        )
        for start, end in _graphs_of(query)
        if query[start] in "?$"
    ]
    return _with(query, [(place, place, text) for place, text in sorted(filters)])


def wrapping(query: str, before: str, after: str) -> str:
    """The query, with words before and after each graph that it names."""
    named = [(s, e) for s, e in _graphs_of(query) if query[s] not in "?$"]
    return _with(query, [(s, e, f"{before}{query[s:e]}{after}") for s, e in named])


def names_a_dataset(query: str) -> bool:
    """Whether a query says itself which graphs it is put to."""
    return bool(_FROM.search(_masked(query)))


def without_dataset(query: str) -> str:
    """The query without its clauses FROM, whose graphs the request has named."""
    ends = ((m.start(), _term_at(query, m.end())[1]) for m in _FROM.finditer(_masked(query)))
    return _with(query, [(start, end, "") for start, end in ends])


def binding_single_values(query: str) -> str:
    """The query, with `BIND` for each `VALUES` that gives one value to what has none before it.

    Left are names that are not told, and what an inner question also has and does not tell.
    """
    masked, found = _masked(query), []
    first = next(_questions(query, masked, 0, len(query)), ("", ""))[0]
    for match in re.finditer(r"\bVALUES\b", masked, re.I):
        start, one = _beginning(masked, match.start()), _ONE_VALUE.match(query, match.end())
        if one is None or not start or re.match(r"\s*SELECT\b", masked[start:], re.I):
            continue
        name = re.compile(rf"[?$]{one[1]}\b")
        inner = _questions(query, masked, one.end(), _end(masked, start))
        untold = any(name.search(asked) and not name.search(told) for told, asked in inner)
        is_text = one[2][0] == '"' and not untold
        if (name.search(first) or is_text) and not name.search(query, start, match.start()):
            found.append((match.start(), one.end(), f"BIND({one[2]} AS ?{one[1]})"))
    return _with(query, found)


def _questions(query: str, masked: str, start: int, end: int) -> Iterator[tuple[str, str]]:
    """What each SELECT between two places tells, and what it asks."""
    for match in re.compile(r"\bSELECT\b", re.I).finditer(masked, start, end):
        opened = masked.index("{", match.end())
        yield query[match.end() : opened], query[opened : _end(masked, opened + 1)]


def _graphs_of(query: str) -> Iterator[tuple[int, int]]:
    """Where the names and variables stand that follow GRAPH."""
    for match in re.finditer(r"\bGRAPH\b", _masked(query), re.I):
        yield _term_at(query, match.end())


def _term_at(query: str, place: int) -> tuple[int, int]:
    """Where the first term after a place stands, in a query that is understood."""
    terms = _TERMS.finditer(query, place)
    return next(term.span() for term in terms if term[0][0] != "#")


def _with(query: str, replaced: Iterable[tuple[int, int, str]]) -> str:
    done, parts = 0, []
    for start, end, text in replaced:
        parts += [query[done:start], text]
        done = end
    return "".join([*parts, query[done:]])


def _masked(query: str, what: re.Pattern[str] | None = None) -> str:
    """The query, with blanks for all that may spell anything without meaning it."""
    return (what or _TERMS).sub(lambda m: " " * len(m[0]), query)


def _beginning(masked: str, place: int) -> int:
    """The place after the bracket that is open at `place`; 0 where none is."""
    depth = 1
    for before in range(place - 1, -1, -1):
        depth += (masked[before] == "}") - (masked[before] == "{")
        if not depth:
            return before + 1
    return 0


def _end(masked: str, start: int) -> int:
    """The place after the bracket that closes the one before `start`."""
    depth = 1
    for place in range(start, len(masked)):
        depth += (masked[place] == "{") - (masked[place] == "}")
        if not depth:
            return place + 1
    return len(masked)


def explain(message: str, query: str, prefixes: Mapping[str, str]) -> InnographError:
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
    # Only mistakes need the other parser, and to read it takes as long as to read rdflib.
    from pyparsing import ParseBaseException
    from rdflib.plugins.sparql.parser import parseQuery

    try:
        with media.SPARQL_GRAMMAR:
            parseQuery(query)
    except ParseBaseException as error:
        return error.lineno, error.column
    except (ValueError, RecursionError):
        pass
    return None


def _reason(expected: str) -> str:
    """What the engine says in words; its lists of expected characters help nobody."""
    options = re.split(r",\s(?![^\[]*\])", re.sub(r"^expected (one of )?", "", expected))
    sentences = [o for o in options if " " in o and not o.startswith(("[", '"'))]
    return sentences[0] if sentences else "it is not complete, or not in its place"


def _unknown_prefix(query: str, prefixes: Mapping[str, str]) -> UnknownPrefix | None:
    text = _masked(query, _NAMELESS)
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

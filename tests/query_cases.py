"""What stored queries must answer on the worked examples, by hand.

`cases/queries/<query>.csv` or `<query>--<variant>.csv`: lines `# parameter=value` give the values,
then a CSV with the columns of the query and its rows in order. `ex:` and the prefixes of the
ontology shorten IRIs; a number or a date is written as its text.
"""

import csv
import io
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from innograph import queries, vocab
from innograph.instance import Instance

FOLDER = Path(__file__).parent / "cases" / "queries"
EXAMPLE = "https://example.org/id/"


@dataclass(frozen=True)
class QueryCase:
    path: Path

    @property
    def query(self) -> queries.Query:
        return queries.load(self.path.stem.partition("--")[0])

    @cached_property
    def _lines(self) -> list[str]:
        return self.path.read_text("utf-8").splitlines()

    @property
    def values(self) -> dict[str, list[str]]:
        given: dict[str, list[str]] = {}
        for line in self._lines:
            if line.startswith("# "):
                name, _, value = line[2:].partition("=")
                given.setdefault(name, []).append(expanded(value))
        return given

    @property
    def rows(self) -> list[dict[str, str]]:
        text = "\n".join(line for line in self._lines if not line.startswith("# "))
        return list(csv.DictReader(io.StringIO(text)))


def cases() -> list[QueryCase]:
    return [QueryCase(path) for path in sorted(FOLDER.glob("*.csv"))]


def rows(
    instance: Instance, query: queries.Query, values: dict[str, list[str]]
) -> list[dict[str, str]]:
    """What the query answers, in the words of the cases."""
    return rows_of(instance, query.bind(values))


def rows_of(instance: Instance, text: str) -> list[dict[str, str]]:
    """What a SPARQL query answers, in the words of the cases."""
    answer = json.loads(b"".join(instance.ask(text, "application/json").body))
    columns = answer["head"]["vars"]
    return [
        {c: shortened(row[c]["value"], row[c]["type"]) if c in row else "" for c in columns}
        for row in answer["results"]["bindings"]
    ]


def _prefixes() -> dict[str, str]:
    return vocab.prefixes() | {"ex": EXAMPLE}


def expanded(text: str) -> str:
    prefix, colon, rest = text.partition(":")
    return _prefixes()[prefix] + rest if colon and prefix in _prefixes() else text


def shortened(value: str, kind: str) -> str:
    if kind != "uri":
        return value
    fitting = [(len(n), p, n) for p, n in _prefixes().items() if value.startswith(n)]
    if not fitting:
        return value
    _, prefix, namespace = max(fitting)
    return f"{prefix}:{value.removeprefix(namespace)}"

"""Writes all files of one dump into a folder, as a stream: the graph is never held at once."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO, cast

from rdflib import URIRef
from rdflib.namespace import DCTERMS

from .. import exchange, media, members, queries, vocab
from ..errors import StoreBusy
from ..instance import Instance
from ..ledger import Event
from ..statements import silent
from ..store.sorting import ordered
from . import description, sitemap
from .coverage import coverage
from .description import Part
from .facts import Counting, Statistics
from .lines import derived_at, lines
from .packing import packed, resource, sha256
from .tables import Tables

PACKAGE, FACTS, SUMS = "datapackage.json", "facts.json", "SHA256SUMS"
EDGES = "adoption-edges.csv"
_WHOLE, _NAME = "graph", "innograph"
_VOCABULARIES = "vocabularies"
_AT_ONCE = 500  # dossiers whose content is held together
# The graph at the end of a line of N-Quads: after it nothing comes, and before it a whole term.
_GRAPH = re.compile(rb'(?<=[>"\w-]) (<[^<>"\s]+>) \.\n\Z')
Progress = Callable[[int, int | None], None]


def graph_of(line: bytes) -> bytes:
    """The graph that a line of canonical N-Quads names, `<…>`; empty for the default graph."""
    rest = line.split(b" ", 2)[2]
    if rest.startswith(b"<") and rest.count(b" ") == 1:
        return b""  # an address as object, and nothing after it
    found = _GRAPH.search(rest)
    return found[1] if found else b""


class Writing:
    """One dump, being made in `folder`; `work` is a folder for what is needed meanwhile.

    Raises StoreBusy when the graph moves on, or content is erased, before all is read.
    """

    def __init__(self, instance: Instance, folder: Path, work: Path, progress: Progress) -> None:
        self._instance, self._folder, self._work = instance, folder, work
        self._progress = progress
        self._prefixes = vocab.prefixes()
        self._lists = members.lists(instance.base)

    def all(self) -> int:
        """Write every file; return the revision."""
        instance = self._instance
        erased = instance.ledger.last_erased()
        revision = instance.follow()
        # First: whoever gives it takes much memory, and only for so long.
        derived = derived_at(instance, revision)
        counting = Counting(instance, revision)
        past = instance.ledger.at(revision)
        events = list(past.changes(0))
        statistics = Statistics()
        covered = coverage(instance, counting, events, self._progress)
        edges = self._edges(counting)
        quads, triples = self._whole(lines(instance, derived, events, silent), statistics)
        contributors = {e.contributor for e in events if e.kind == "accepted" and e.contributor}
        parts = description.parts(instance.settings.home, contributors)
        resources, told = self._dossiers(events, parts)
        if instance.ledger.last_erased() != erased:
            raise StoreBusy(seconds=0)
        told[_VOCABULARIES]["modified"] = _model_day()
        first, last = past.first(), events[-1].time if events else ""
        for part in parts:
            told[part.id] |= covered.of(part)
        facts = {
            "revision": revision,
            "time": last,
            "first": first.time if first else "",
            "erased": erased,
            "quads": quads,
            "triples": triples,
            "datasets": told,
            "statistics": statistics.told(),
        }
        wholes = [self._resource(f"{_NAME}.{form}.gz", _WHOLE) for form in _FORMS]
        words = [self._resource(f"{_VOCABULARIES}.ttl.gz", _VOCABULARIES)]
        edge_list = resource(self._folder, EDGES, "text/csv", encoding="utf-8", **edges)
        merged = past.merged(revision)
        sitemap.write(self._folder, instance, [e for e in events if e.thing not in merged])
        self._package([*wholes, *words, *resources, edge_list], facts)
        return revision

    def _whole(self, said: Iterable[bytes], statistics: Statistics) -> tuple[int, int]:
        """The files of the whole graph; how many quads, and of these in the default graph."""
        default, named = self._work / "default.nq", self._work / "named.nq"
        quads = triples = 0
        with packed(self._folder / f"{_NAME}.nq.gz") as out, default.open("wb") as plain:

            def read() -> Iterator[bytes]:
                nonlocal quads, triples
                for line in said:
                    out.write(line)
                    quads += 1
                    graph = graph_of(line)
                    if not graph:
                        triples += 1
                        statistics.add(line)
                        plain.write(line)
                    if quads % 10_000 == 0:
                        self._progress(quads, None)
                    yield graph + b"\t" + line

            with named.open("wb") as grouped:  # what is of one graph stands together
                grouped.writelines(line.split(b"\t", 1)[1] for line in ordered(read()))
        self._transcribed(default, f"{_NAME}.ttl.gz")
        for form in ("trig", "jsonld"):
            self._transcribed(named, f"{_NAME}.{form}.gz")
        words = (f"<{self._instance.base}/graph/{name}>" for name in ("ontology", "vocabularies"))
        wanted = {name.encode() for name in words}
        chosen = self._work / "words.nq"
        with named.open("rb") as every, chosen.open("wb") as some:
            some.writelines(line for line in every if graph_of(line) in wanted)
        self._transcribed(chosen, f"{_VOCABULARIES}.ttl.gz")
        return quads, triples

    def _dossiers(
        self, events: Sequence[Event], parts: Sequence[Part]
    ) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """Files and tables of datasets of dossiers, and what is told of each dataset."""
        told: dict[str, dict[str, Any]] = {
            part.id: {"dossiers": 0, "licences": set(), "modified": ""} for part in parts
        }
        apart = [part.id for part in parts if part.kinds or part.contributor]
        tables = Tables(self._work)
        with tables, ExitStack() as opened:
            files = {
                name: opened.enter_context((self._work / f"{name}.nt").open("wb")) for name in apart
            }
            for done, (event, content) in enumerate(self._contents(events), 1):
                graph = media.read(content or b"")
                kind = exchange.kind_of(graph) if content else None
                public = event.kind == "accepted" and content is not None
                for part in self._of(event, content, kind, parts):
                    self._tell(told[part.id], event, public)
                    if part.id in files and public:
                        files[part.id].writelines(self._statements(part, event, content or b""))
                if public and kind is not None:
                    tables.add(graph, kind)
                if done % _AT_ONCE == 0:
                    self._progress(done, len(events))
            resources = tables.finish(self._folder)
        for name in apart:
            self._transcribed(self._work / f"{name}.nt", f"{name}.ttl.gz")
        for about in told.values():
            about["licences"] = sorted(filter(None, about["licences"]))
        return [*(self._resource(f"{n}.ttl.gz", n) for n in apart), *resources], told

    def _contents(self, events: Sequence[Event]) -> Iterator[tuple[Event, bytes | None]]:
        """Events with the content that the ledger keeps of them: none of merges, or if erased."""
        for start in range(0, len(events), _AT_ONCE):
            some = events[start : start + _AT_ONCE]
            wanted = [(event.dossier, event.payload) for event in some if event.payload]
            kept = self._instance.ledger.payloads(wanted)
            for event in some:
                content = kept.get((event.dossier, event.payload or ""))
                yield event, content

    @staticmethod
    def _of(
        event: Event, content: bytes | None, kind: URIRef | None, parts: Sequence[Part]
    ) -> list[Part]:
        """The datasets that an event changes: all of them, where nobody knows what it took away."""
        slug = exchange.slug(kind) if kind else ""
        told = event.contributor or ""
        return [part for part in parts if content is None or part.holds(slug, told)]

    @staticmethod
    def _tell(about: dict[str, Any], event: Event, public: bool) -> None:
        about["modified"] = max(about["modified"], event.time)
        if public:
            about["dossiers"] += 1
            about["licences"].add(event.licence)

    def _statements(self, part: Part, event: Event, content: bytes) -> Iterator[bytes]:
        """What a dossier says; and of a list, in the dataset of its source, who is on it."""
        yield content
        listed = self._lists.get(event.dossier)
        if listed is not None and part.contributor:
            yield from listed.statements(self._instance.base)

    def _edges(self, counting: Counting) -> dict[str, Any]:
        """The list of who modelled on whom: written, and its columns described."""
        query = queries.load("diffusion-edges")
        rows = counting.rows(query.name)
        header = ["innovation", "title", "from", "fromName", "to", "toName"]
        header += ["model", "adoption", "fidelity"]
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(header)
        writer.writerows([exchange.guarded(row.get(name, "")) for name in header] for row in rows)
        (self._folder / EDGES).write_text(text.getvalue(), "utf-8", newline="")
        fields = [{"name": name, "type": "string"} for name in header]
        return {"profile": "tabular-data-resource", "schema": {"fields": fields}}

    def _transcribed(self, source: Path, target: str) -> None:
        form = next(f for f in media.READABLE if f.extension == target.split(".")[-2])
        with source.open("rb") as quads, packed(self._folder / target) as out:
            media.transcribe(cast(BinaryIO, quads), out, form, self._prefixes)
        source.unlink() if source.suffix == ".nt" else None

    def _resource(self, file: str, dataset: str) -> dict[str, Any]:
        form = next(f for f in media.READABLE if f.extension == file.split(".")[-2])
        return resource(self._folder, file, form.media_type, dataset=dataset, format=form.extension)

    def _package(self, resources: list[dict[str, Any]], facts: dict[str, Any]) -> None:
        said = description.told(self._instance.settings.home)
        package = {
            "name": _NAME,
            "title": said["title"]["en"],
            "description": said["description"]["en"],
            "version": str(facts["revision"]),
            "created": facts["time"],
            "licenses": [{"path": said["licence"]}],
            "resources": resources,
        }
        for name, content in ((PACKAGE, package), (FACTS, facts)):
            text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
            (self._folder / name).write_text(text, "utf-8")
        known = {r["path"]: str(r["hash"]).removeprefix("sha256:") for r in resources}
        names = sorted(p.name for p in self._folder.iterdir() if p.name != SUMS)
        sums = (f"{known.get(name) or sha256(self._folder / name)}  {name}\n" for name in names)
        (self._folder / SUMS).write_text("".join(sums), "utf-8")


_FORMS = ("nq", "trig", "ttl", "jsonld")


def _model_day() -> str:
    """When the ontology was last changed, as it says itself."""
    return str(vocab.ontology().value(URIRef(vocab.NAMESPACE.rstrip("#")), DCTERMS.modified))

"""The catalogue of what is published, as DCAT-AP 3.0.1 asks for it, out of the last dump.

It is written as plain JSON in the words of `ontology/catalogue.context.jsonld`. Addresses of data
are under the base and never change; those where bytes are got are under the server's url.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode

from rdflib import RDF, Graph, URIRef
from rdflib.namespace import DCTERMS

from .. import assets, media, vocab
from ..instance import Instance
from ..validation.shapes import texts
from . import description
from .countries import countries
from .description import Part
from .dumps import Dump

ON_A_PAGE = 100
_COMPRESSED = "iana:application/gzip"
_CONTEXT = "catalogue.context.jsonld"
_MODEL = "vocabularies"


@dataclass(frozen=True)
class Catalogue:
    """All datasets of one dump, and how they are told."""

    base: str
    url: str
    dump: Dump
    said: Mapping[str, Any]
    parts: Sequence[Part]

    @classmethod
    def of(cls, instance: Instance, dump: Dump) -> "Catalogue":
        """The catalogue of a dump: of its datasets those that hold something."""
        home, told = instance.settings.home, dump.facts["datasets"]
        sources = [
            f"source/{id.removeprefix(description.SOURCE)}"
            for id in told
            if id.startswith(description.SOURCE)
        ]
        said = description.told(home)
        full = [
            part
            for part in description.parts(home, sources)
            if part.id == _MODEL or told.get(part.id, {}).get("dossiers")
        ]
        return cls(instance.base, instance.settings.url, dump, said, full)

    def page(self, form: media.Format, number: int = 1, since: str = "") -> Graph:
        """One page of the catalogue in RDF, the addresses of the others in the same format.

        `since`, a day or a time, leaves out what was not modified from then on.
        """
        chosen, last = self._since(since), self.pages(since)
        shown = chosen[(number - 1) * ON_A_PAGE : number * ON_A_PAGE]
        view = self._view(len(chosen), form, number, last, since)
        nodes = [self._catalogue(shown, view)]
        nodes += [node for part in shown for node in self._dataset(part)]
        if number == 1:
            nodes += [node for told in self.said["service"] for node in self._service(told)]
        return self._graph(nodes)

    def pages(self, since: str = "") -> int:
        """How many pages there are, at least one."""
        return max(1, -(-len(self._since(since)) // ON_A_PAGE))

    def _since(self, since: str) -> list[Part]:
        return [part for part in self.parts if self._about(part)["modified"] >= since]

    def whole(self) -> Graph:
        """All pages together."""
        graph = media.bare()
        for number in range(1, self.pages() + 1):
            graph += self.page(media.GRAPHS[0], number)
        return graph

    def alone(self, part: Part) -> Graph:
        """One dataset by itself."""
        return self._graph(self._dataset(part))

    def iri(self, part: Part) -> str:
        """The name of a dataset for ever."""
        return f"{self.base}/dataset/{part.id}"

    def files(self, part: Part) -> list[dict[str, Any]]:
        """The files of a dataset, as `datapackage.json` tells of them, with their addresses."""
        return [
            {**told, "url": f"{self.url}/dumps/{self.dump.revision}/{told['path']}"}
            for told in self.dump.package["resources"]
            if told.get("dataset") == part.id or told.get("kind") in part.kinds
        ]

    def licence(self, part: Part) -> str:
        """The licence of a dataset: that of all its dossiers, else that of the compilation."""
        told, own = self._about(part)["licences"], self.said["licence"]
        return str(told[0] if len(told) == 1 and told[0] in self._licences else own)

    def about(self, part: Part) -> dict[str, Any]:
        """When a dataset was issued and modified, and what it covers in time and space.

        Where dossiers tell no days, it covers the days on which they were told.
        """
        told = self._about(part)
        first, codes = self.dump.facts["first"], told.get("countries") or [self.said["country"]]
        return {
            **told,
            "issued": min(first, told["modified"]) if told["modified"] else first,
            "start": told.get("start") or min(first, told["modified"])[:10],
            "end": min(told.get("end") or told["modified"], self.dump.facts["time"])[:10],
            "countries": codes,
        }

    @property
    def _licences(self) -> Mapping[str, str]:
        found: Mapping[str, str] = self.said["licences"]
        return found

    def _about(self, part: Part) -> dict[str, Any]:
        found: dict[str, Any] = self.dump.facts["datasets"][part.id]
        return found

    def _view(
        self, total: int, form: media.Format, page: int, last: int, since: str
    ) -> dict[str, Any]:
        """Where this page is among the others (Hydra), in their own format."""
        query = {"modified_since": since} if since else {}

        def at(number: int) -> str:
            told = urlencode({"page": number, **query})
            return f"{self.url}/catalog.{form.extension}?{told}"

        view: dict[str, Any] = {"id": at(page), "type": "PartialCollectionView", "total": total}
        view |= {"first": at(1), "last": at(last)}
        view |= {"next": at(page + 1)} if page < last else {}
        return view | ({"previous": at(page - 1)} if page > 1 else {})

    def _catalogue(self, shown: Sequence[Part], view: dict[str, Any]) -> dict[str, Any]:
        services = self.said["service"]
        first, about = self.dump.facts["first"], [self.about(part) for part in self.parts]
        places = sorted({code for told in about for code in told["countries"]})
        return {
            "id": f"{self.base}/catalog",
            "type": ["Catalog", "Collection"],
            "title": self.said["title"],
            "description": self.said["description"],
            "publisher": self._publisher(),
            "homepage": {"id": f"{self.url}/", "type": "Document"},
            "language": [f"lang:{code}" for code in self.said["language"]],
            "licence": f"lic:{self._licences[self.said['licence']]}",
            "issued": first,
            "modified": max((_time(told["modified"]) for told in about), default=first),
            "spatial": [self._place(code) for code in places],
            "themes": "at:data-theme",
            "dataset": [self.iri(part) for part in shown],
            "service": [] if "previous" in view else list(map(self._service_iri, services)),
            "total": view["total"],
            "view": view,
        }

    def _publisher(self) -> dict[str, Any]:
        told = self.said["publisher"]
        return {
            "id": f"{self.base}/catalog#publisher",
            "type": "Agent",
            "name": told["name"],
            "kind": f"publishertype:{self.said['publisher_type']}",
            **({"homepage": told["homepage"]} if told.get("homepage") else {}),
        }

    def _contact(self) -> dict[str, Any]:
        told = self.said["contact"]
        address = told.get("address") or f"{self.url}/"
        return {
            "id": f"{self.base}/catalog#contact",
            "type": ["Kind", "Organization"],
            "fn": told["name"],
            "email" if address.startswith("mailto:") else "page": address,
        }

    def _place(self, code: str) -> dict[str, Any]:
        known = countries()[code]
        return {
            "id": f"country:{known.alpha3}",
            "type": ["Location", "Concept"],
            "prefLabel": {"en": known.en, "fr": known.fr},
            "inScheme": "at:country",
        }

    def _common(self) -> dict[str, Any]:
        return {
            "publisher": self._publisher(),
            "contact": self._contact(),
            "theme_": [f"theme:{code}" for code in self.said["theme"]],
            "accessRights": "access:PUBLIC",
        }

    def _dataset(self, part: Part) -> list[dict[str, Any]]:
        iri, about = self.iri(part), self.about(part)
        period = {"id": f"_:period-{part.id}", "type": "PeriodOfTime"}
        dataset = {
            "id": iri,
            "type": "Dataset",
            "identifier": iri,
            "title": part.title,
            "description": part.description,
            "keyword": part.keyword,
            **self._common(),
            "frequency": f"freq:{self.said['frequency']}",
            "language": [f"lang:{code}" for code in self.said["language"]],
            "spatial": [self._place(code) for code in about["countries"]],
            "temporal": {**period, "start": about["start"], "end": about["end"]},
            "issued": _time(about["issued"]),
            "modified": _time(about["modified"]),
            "landingPage": {"id": f"{self.url}/dataset/{part.id}.html", "type": "Document"},
            "distribution": [f"{iri}/{told['name']}" for told in self.files(part)],
        }
        return [dataset, *(self._distribution(part, told) for told in self.files(part))]

    def _distribution(self, part: Part, told: Mapping[str, Any]) -> dict[str, Any]:
        iri, about = f"{self.iri(part)}/{told['name']}", self.about(part)
        code, media_type, label = self.said["formats"][told["format"]]
        licence = self.licence(part)
        several = about["licences"] and about["licences"] != [licence]
        rights = self.said["rights"]["several" if several else "one"]
        listed = {"licences": ", ".join(about["licences"])}
        digest = {"id": f"_:sum-{part.id}-{told['name']}", "type": "Checksum"}
        return {
            "id": iri,
            "type": "Distribution",
            "identifier": iri,
            "title": {lang: f"{text} – {label}" for lang, text in part.title.items()},
            "description": part.description,
            "accessURL": told["url"],
            "downloadURL": told["url"],
            "format": f"ft:{code}",
            "mediaType": f"iana:{media_type}",
            **({"compressFormat": _COMPRESSED} if told.get("compression") else {}),
            "licence": f"lic:{self._licences[licence]}",
            "rights": {
                "id": f"{iri}#rights",
                "type": "RightsStatement",
                "label": {lang: text % listed for lang, text in rights.items()},
            },
            "available": "availability:STABLE",
            "checksum": {**digest, "algorithm": "sha256", "digest": told["hash"][7:]},
            "bytes": str(told["bytes"]),
            "issued": _time(about["issued"]),
            "modified": _time(about["modified"]),
            "conformsTo": _model(),
        }

    def _service_iri(self, told: Mapping[str, Any]) -> str:
        return f"{self.base}/service/{told['id']}"

    def _service(self, told: Mapping[str, Any]) -> list[dict[str, Any]]:
        iri, first = self._service_iri(told), next(iter(self.parts), None)
        about = {"id": f"{self.url}{told['description_path']}", "type": "Resource"}
        return [
            {
                "id": iri,
                "type": "DataService",
                "identifier": iri,
                "title": told["title"],
                "description": told["description"],
                "endpointURL": {"id": f"{self.url}{told['path']}", "type": "Resource"},
                "endpointDescription": about,
                **({"serves": self.iri(first)} if first else {}),
                **self._common(),
                "keyword": {"en": [told["title"]["en"]], "fr": [told["title"]["fr"]]},
                "licence": f"lic:{self._licences[self.said['licence']]}",
                "conformsTo": {"id": told["conforms"], "type": "Standard", "title": told["title"]},
            }
        ]

    def _graph(self, nodes: Sequence[dict[str, Any]]) -> Graph:
        document = {"@context": _context(), "@graph": list(nodes)}
        graph = media.document(json.dumps(document).encode(), f"{self.base}/")
        return _with_labels(graph)


@cache
def _context() -> dict[str, Any]:
    text = (assets.root() / "ontology" / _CONTEXT).read_text("utf-8")
    found: dict[str, Any] = json.loads(text)["@context"]
    return found


@cache
def _model() -> dict[str, Any]:
    """The ontology, as the standard that the files follow."""
    iri = URIRef(vocab.NAMESPACE.rstrip("#"))
    title = dict(texts(vocab.ontology(), iri, (DCTERMS.title,)))
    return {"id": str(iri), "type": "Standard", "title": title}


@cache
def _concepts() -> Graph:
    return media.read_file(assets.data() / "eu-concepts.ttl")


def _with_labels(graph: Graph) -> Graph:
    """The graph with types and labels of the concepts of others that it points at."""
    known, told = _concepts(), {o for o in graph.objects() if isinstance(o, URIRef)}
    seen: set[URIRef] = set()
    while told:
        node = told.pop()
        seen.add(node)
        for triple in known.triples((node, None, None)):
            graph.add(triple)
            if isinstance(triple[2], URIRef) and triple[1] != RDF.type and triple[2] not in seen:
                told.add(triple[2])
    return graph


def _time(told: str) -> str:
    """A day or a time, as a time in UTC."""
    return told if "T" in told else f"{told}T00:00:00Z"

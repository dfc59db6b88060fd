"""A dataset as search engines read it in a page (schema.org, "Dataset")."""

from typing import Any

from .. import vocab
from .catalogue import Catalogue
from .description import Part


def dataset(catalogue: Catalogue, part: Part, lang: str) -> dict[str, Any]:
    """The JSON-LD of a dataset's page, in a language."""
    about, iri = catalogue.about(part), catalogue.iri(part)
    publisher = {"@type": "Organization", "name": catalogue.said["publisher"]["name"]}
    return {
        "@context": vocab.prefixes()["schema"],
        "@type": "Dataset",
        "@id": iri,
        "identifier": iri,
        "url": f"{catalogue.url}/dataset/{part.id}.html",
        "name": part.title[lang],
        "description": part.description[lang],
        "keywords": part.keyword[lang],
        "license": catalogue.licence(part),
        "creator": publisher,
        "publisher": publisher,
        "isAccessibleForFree": True,
        "inLanguage": ["fr", "en"],
        "temporalCoverage": f"{about['start']}/{about['end']}",
        "spatialCoverage": about["countries"],
        "dateModified": about["modified"],
        "version": str(catalogue.dump.revision),
        "includedInDataCatalog": {"@type": "DataCatalog", "@id": f"{catalogue.base}/catalog"},
        "distribution": [
            {
                "@type": "DataDownload",
                "contentUrl": told["url"],
                "encodingFormat": told["mediatype"],
                "contentSize": f"{told['bytes']} B",
                "sha256": told["hash"].removeprefix("sha256:"),
            }
            for told in catalogue.files(part)
        ],
    }

"""A small invented data set, published on an instance the way a trusted source publishes."""

from dataclasses import dataclass

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from innograph import contributions, media
from innograph.contributions import Submission
from innograph.instance import Instance
from innograph.settings import Settings
from innograph.web import create_app

LICENCE = "https://creativecommons.org/licenses/by/4.0/"
PREFIXES = """
@prefix adms: <http://www.w3.org/ns/adms#> .
@prefix cv: <http://data.europa.eu/m8g/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix identifier: <https://w3id.org/innograph/voc/identifier/> .
@prefix inno: <https://w3id.org/innograph/ont#> .
@prefix schema: <https://schema.org/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix stage: <https://w3id.org/innograph/voc/stage/> .
@prefix uptake: <https://w3id.org/innograph/voc/uptake/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
# Each dossier by the source's own id of it; addresses are relative to the base.
DOSSIERS = {
    "rdv": """
<id/innovation/rdv> a inno:Innovation ;
    dcterms:title "Rendez-vous en ligne"@fr , "Online appointments"@en ;
    dcterms:description "Prendre rendez-vous avec un service social."@fr ;
    inno:hasStatus <id/status-period/rdv> .
<id/status-period/rdv> a inno:StatusPeriod ; inno:status stage:piloting ;
    schema:startDate "2020-02"^^xsd:gYearMonth .""",
    "panier": """
<id/innovation/panier> a inno:Innovation ;
    dcterms:title "Panier solidaire"@fr ;
    dcterms:description "Des légumes invendus pour les cantines."@fr .""",
    "valbourg": """
<id/organisation/valbourg> a cv:PublicOrganisation ;
    skos:prefLabel "Ville de Valbourg"@fr ;
    adms:identifier <id/identifier/valbourg> .
<id/identifier/valbourg> a adms:Identifier ;
    skos:notation "217500016" ; dcterms:type identifier:siren .""",
    "saint-jean-1": """
<id/organisation/saint-jean-1> a cv:PublicOrganisation ; skos:prefLabel "Saint-Jean"@fr .""",
    "saint-jean-2": """
<id/organisation/saint-jean-2> a cv:PublicOrganisation ; skos:prefLabel "Saint-Jean"@fr .""",
    "adoption": """
<id/adoption/valbourg-rdv> a inno:Adoption ;
    inno:adopts <id/innovation/rdv> ; inno:adopter <id/organisation/valbourg> ;
    inno:evidence <https://valbourg.example.org/rdv> ;
    inno:hasStatus <id/status-period/valbourg-rdv> .
<id/status-period/valbourg-rdv> a inno:StatusPeriod ; inno:status uptake:in-use ;
    schema:startDate "2021"^^xsd:gYear .""",
}
# What a program contributes: an adoption of Valbourg, with nothing named that is new.
ADOPTION = """
[] a inno:Adoption ;
    inno:adopts <id/innovation/panier> ; inno:adopter <id/organisation/valbourg> ;
    inno:evidence <https://valbourg.example.org/panier> ;
    dcterms:description "Dans les cantines."@fr ;
    inno:hasStatus [ a inno:StatusPeriod ; inno:status uptake:in-use ;
        schema:startDate "2023-09"^^xsd:gYearMonth ] ."""


def turtle(body: str, base: str) -> bytes:
    """A document of `body`, with the prefixes it uses."""
    return f"@base <{base}/> .{PREFIXES}{body}\n".encode()


def publish(instance: Instance, dossiers: dict[str, str] = DOSSIERS) -> dict[str, str]:
    """Publish dossiers; the address of each by the source's id."""
    submissions = [
        Submission(
            media.parse(turtle(body, instance.base), "text/turtle", instance.base),
            "contributor/invented",
            LICENCE,
            local,
        )
        for local, body in dossiers.items()
    ]
    receipts = contributions.submit_trusted(instance, submissions)
    for receipt in receipts:
        assert receipt.state == "accepted", receipt.report and receipt.report.sentences("en")
    return {local: r.dossier for local, r in zip(dossiers, receipts, strict=True)}


@dataclass(frozen=True)
class Site:
    """An application that serves the data set, and who may contribute to it."""

    instance: Instance
    client: FlaskClient
    dossiers: dict[str, str]
    token: str
    invitation: str

    def contribute(self, body: str = ADOPTION, **headers: str) -> TestResponse:
        given = {"Authorization": f"Bearer {self.token}", "Content-Type": "text/turtle"} | headers
        data = turtle(body, self.instance.base)
        return self.client.post("/contributions", data=data, headers=given)

    def rows(self, query: str) -> list[dict[str, str]]:
        """The answer to a query, asked at the door."""
        found = self.client.get("/sparql", query_string={"query": query, "format": "json"}).json
        assert found is not None
        return [
            {name: cell["value"] for name, cell in row.items()}
            for row in found["results"]["bindings"]
        ]


def site(settings: Settings) -> Site:
    """The data set, served by an application under the settings given."""
    app = create_app(settings)
    instance = app.extensions["innograph"]
    dossiers = publish(instance)
    # Each session keeps its own cookies; a test of languages must not steer the next test.
    client = app.test_client(use_cookies=False)
    token = instance.ledger.issue_pass("token", "a program")
    invitation = instance.ledger.issue_pass("invitation", "a clerk")
    return Site(instance, client, dossiers, token, invitation)

"""Invented records of three contributors, some of one innovation or of one body.

Names of places are real, because they are held against the official lists; what is told is not.
"""

from collections.abc import Mapping

from invented import LICENCE, turtle

from innograph import contributions, media
from innograph.contributions import Submission
from innograph.instance import Instance

_MORE = """
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix kind: <https://w3id.org/innograph/voc/kind/> .
@prefix org: <http://www.w3.org/ns/org#> .
@prefix sphere: <https://w3id.org/innograph/voc/sphere/> .
"""


def innovation(key: str, title: str, rest: str = "", status: str = "", start: str = "") -> str:
    """A dossier of an innovation in French, with a stage that began in a year."""
    period = f"<id/status-period/{key}>"
    has, told = "", ""
    if status:
        has = f"; inno:hasStatus {period}"
        began = f'schema:startDate "{start}"^^xsd:gYear'
        told = f"{period} a inno:StatusPeriod ; inno:status {status} ; {began} ."
    return f"""
<id/innovation/{key}> a inno:Innovation ; dcterms:title "{title}"@fr ;
    dcterms:description "Une fiche inventée."@fr {rest} {has} .
{told}"""


def body(key: str, name: str, siren: str = "", unit: bool = False, lang: str = "fr") -> str:
    """A dossier of an organisation, perhaps with its number."""
    kind = "org:OrganizationalUnit" if unit else "cv:PublicOrganisation"
    has, told = "", ""
    if siren:
        node = f"<id/identifier/{key}>"
        has = f"; adms:identifier {node}"
        told = (
            f'{node} a adms:Identifier ; dcterms:type identifier:siren ; skos:notation "{siren}" .'
        )
    return f'<id/organisation/{key}> a {kind} ; skos:prefLabel "{name}"@{lang} {has} .\n{told}'


RECORDS: Mapping[str, Mapping[str, str]] = {
    "source/alpha": {
        "kiosque": innovation(
            "kiosque",
            "Kiosque à plaintes",
            "; dcterms:type kind:service ; inno:sphere sphere:public",
            "stage:piloting",
            "2016",
        ),
        "panier": innovation("panier", "Panier solidaire"),
        "caen": body("caen", "Ville de Caen"),
        "mondovi": body("mondovi", "Comune di Mondovì", lang="it"),
        "abano": body("abano", "Comune di Abano Terme", lang="it"),
        "dinum": body("dinum", "Direction interministérielle du numérique"),
    },
    "source/beta": {
        "kiosque": innovation(
            "kiosque-beta",
            "KiosqueÀPlaintes - un guichet où se plaindre",
            "; dcterms:type kind:policy ; inno:sphere sphere:public",
            "stage:piloting",
            "2018",
        ),
        "caen": body("caen-beta", "Caen", siren="211401187"),
        "mondovi": body("mondovi-beta", "Comune di Mondovi", lang="it"),
        "abano": body("abano-beta", "COMUNE DI ABANO TERME (PD)", lang="it"),
        "dinum": body("dinum-beta", "Direction interministérielle du numérique (DINUM)"),
    },
    "source/gamma": {
        "kiosque": innovation("kiosque-gamma", "Kiosque à plaintes", "", "stage:piloting", "2016"),
        "unit": body("dinum-unit", "Direction interministérielle du numérique", unit=True),
    },
}


def publish(
    instance: Instance, records: Mapping[str, Mapping[str, str]] = RECORDS
) -> dict[str, str]:
    """Publish records as trusted sources do; return the dossiers by contributor and own id."""
    dossiers = {}
    for contributor, told in records.items():
        submissions = [
            Submission(
                media.parse(turtle(_MORE + text, instance.base), "text/turtle", instance.base),
                contributor,
                LICENCE,
                local,
            )
            for local, text in told.items()
        ]
        receipts = contributions.submit_trusted(instance, submissions)
        for local, receipt in zip(told, receipts, strict=True):
            assert receipt.report is None or receipt.report.conforms, receipt.report.sentences("en")
            dossiers[f"{contributor}/{local}"] = receipt.dossier
    return dossiers

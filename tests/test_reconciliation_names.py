"""Names of bodies: what they stand for, and how often the rules are right."""

import csv
import json
from pathlib import Path

import pytest
from counts import reconciliation as drawn

from innograph import assets
from innograph.reconciliation import french, gazetteers, italian, measure, states
from innograph.reconciliation.matches import CERTAIN, RULES, Match

FOLDER = Path(__file__).parent / "cases" / "reconciliation"
PRECISION = 0.98


def told(match: Match | None) -> tuple[str, str]:
    """(rule, code) of a certain match; (rule, "") of one that a person decides on."""
    if match is None:
        return ("", "")
    return (match.rule, match.codes[0].code if match.certain else "")


@pytest.fixture(scope="module")
def spellings(shared: Path) -> list[str]:
    return drawn.users(shared / "sources")


@pytest.mark.parametrize("name", sorted(measure.LISTS))
def test_of_the_certain_links_nearly_all_are_right(name: str) -> None:
    found = measure.trials(FOLDER, name)
    counted = measure.measured(found)
    print(f"{name}: precision {counted.precision:.3f}, recall {counted.recall:.3f}")
    assert len(found) in (50, 100)
    assert counted.links > 20
    assert counted.precision >= PRECISION
    for rule in {trial.rule for trial in found}:
        assert measure.measured(found, rule).precision >= PRECISION, rule


def test_among_all_names_of_the_lists_spellings_are_told_apart_as_well(
    spellings: list[str],
) -> None:
    found = measure.trials(FOLDER, "it-municipalities", spellings)
    counted = measure.measured(found)
    print(f"among {len(set(spellings))} names: {counted.precision:.3f}, {counted.recall:.3f}")
    assert counted.precision >= PRECISION
    assert counted.recall >= 0.9


def test_a_wrong_answer_lowers_the_measure(tmp_path: Path) -> None:
    """The measure itself can fail."""
    text = (FOLDER / "fr-authorities.csv").read_text("utf-8")
    (tmp_path / "fr-authorities.csv").write_text(text.replace(",59368,", ",59410,"), "utf-8")
    right = measure.measured(measure.trials(FOLDER, "fr-authorities"))
    wrong = measure.measured(measure.trials(tmp_path, "fr-authorities"))
    assert (wrong.links, wrong.right) == (right.links, right.right - 1)


@pytest.mark.parametrize(
    ("name", "names", "columns", "number"),
    [
        ("fr-authorities", drawn.authorities, ("level", "name"), 100),
        ("it-municipalities", drawn.municipalities, ("name",), 100),
        ("fr-ministries", drawn.ministries, ("source", "name"), 50),
    ],
)
def test_the_names_were_drawn_at_random_from_the_sources(
    shared: Path, name: str, names: object, columns: tuple[str, ...], number: int
) -> None:
    assert callable(names)
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        kept = [tuple(row[column] for column in columns) for row in csv.DictReader(lines)]
    assert kept == drawn.drawn(names(shared / "sources"), number)


def test_the_source_s_own_codes_agree_with_the_names(shared: Path) -> None:
    """All communes of the bike-aid history, beyond the sample: the code that its rows tell."""
    path = shared / "sources" / "aidesvelo" / "bike_aid_by_authority_history.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["level"] == "commune"]
    sirens = _sirens()
    agreed, differing = 0, []
    for row in rows:
        match = french.authority(row["title"], "municipal") if row["insee"] in sirens else None
        if match and match.certain:
            agreed += match.codes[0].code == sirens[row["insee"]]
            if match.codes[0].code != sirens[row["insee"]]:
                differing.append(row["title"])
    # The row of Montmorillon tells the code of Monthoiron.
    assert differing == ["Ville de Montmorillon"]
    assert agreed > 150


def _sirens() -> dict[str, str]:
    path = assets.data() / "reference" / "fr-territories.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        return {r["code"]: r["siren"] for r in csv.DictReader(lines) if r["kind"] == "commune"}


@pytest.mark.parametrize(
    ("name", "level", "rule", "code"),
    [
        ("Ville du Havre", "", "name", "217603513"),
        ("Mairie du HAVRE", "", "name", "217603513"),
        ("Commune des Ulis", "", "name", "219106929"),
        ("Ville de L’Haÿ-les-Roses", "", "name", "219400389"),
        ("Commune de Sete", "", "name", "213403017"),
        ("Sète", "municipal", "name", "213403017"),
        ("Mairie de Paris", "", "name", "217500016"),
        ("City of Paris", "", "name", "217500016"),
        ("Ville de St-Denis (93200)", "", "name", "929939411"),
        ("Ville de Saint-Denis (Aude)", "", "name", "211103395"),
        ("Ville d'Oullins", "", "former-name", "200102747"),
        ("Ville de Pin", "", "name", "217004100"),
        ("Dept du Lot", "", "name", "46"),
        ("CD 46", "", "code", "46"),
        ("Conseil départemental de la Loire", "", "name", "42"),
        ("Conseil régional d'Occitanie", "", "name", "76"),
        ("CA du Pays de Gex", "", "name", "240100750"),
        ("Communauté d'agglomération du Pays de Gex", "", "name-but-form", "240100750"),
        ("Pays de Gex", "intermunicipal", "name-but-form", "240100750"),
        ("Grand Poitiers Communauté urbaine", "", "name-but-form", "200069854"),
        # What a person decides on.
        ("Ville de Saint-Denis", "", "several", ""),
        ("Ville de Fontenay", "", "several", ""),
        ("Ville du Pin", "", "several", ""),
        ("Ville de Seete", "", "similar", ""),
        # What is no authority, or not told to be one.
        ("Préfecture de l'Ain", "", "", ""),
        ("Syndicat mixte du Pays de Gex", "intermunicipal", "", ""),
        ("Université de Paris", "", "", ""),
        ("Sète", "", "", ""),
        ("", "municipal", "", ""),
    ],
)
def test_a_french_name_stands_for_an_authority(name: str, level: str, rule: str, code: str) -> None:
    assert told(french.authority(name, level)) == (rule, code)


def test_a_short_name_is_doubtful_where_a_far_larger_commune_has_a_longer_one() -> None:
    match = french.authority("Ville d'Évry")
    assert match is not None and not match.certain
    assert [code.name for code in match.codes][:2] == ["Évry", "Évry-Courcouronnes"]


@pytest.mark.parametrize(
    ("one", "other", "rule"),
    [
        ("Comune Di Abano Terme", "comune di ABANO TERME", "name"),
        ("Comune di Reggio nell'Emilia", "COMUNE DI REGGIO EMILIA (RE)", "name-but-small-words"),
        ("Comune di Lusigliè", "Comune di Lusiglie'", "name"),
        ("Comune Di Ronco All’adige", "Comune di Ronco all'Adige", "name"),
        ("Città di Palestrina", "Comune di Palestrina", "name"),
        ("Comune di Mansuè", "Comune di Mansué", "name"),
        ("Comune Di Toscolano Maderno", "Comune Di Toscolano Maderno\u200b", "name"),
        ("Comune di Mondovì", "Comune di Mondovi", "accents"),
        ("Comune di Paternò", "Comune di Paterno", "several"),
        ("Comune di Castro", "Comune Di Castro", "several"),
        ("Comune di Castro (BG)", "Comune Di Castro (BG)", "name"),
        ("Comune di Castro (BG)", "Comune Di Castro (LE)", ""),
        ("Comune di Lavagna", "Comune di Lavagno", ""),
        ("Comune di Tramonti di Sotto", "Comune di Tramonti di Sopra", ""),
    ],
)
def test_italian_spellings_name_one_municipality_or_not(one: str, other: str, rule: str) -> None:
    first, second = italian.municipality(one), italian.municipality(other)
    assert first is not None and second is not None
    for match in (italian.same(first, second), italian.same(second, first)):
        assert (match.rule if match else "") == rule
    same = italian.key(first) == italian.key(second)
    # Of homonyms there is no key to share: they are left to a person before one is made.
    assert rule == "several" or same == (RULES.get(rule, 0) >= CERTAIN)


@pytest.mark.parametrize(
    "name",
    [
        "Provincia di Matera",
        "Città Metropolitana di Firenze",
        "Unione dei Comuni del Ciriacese",
        "è comune srl",
        "Abano Terme",
    ],
)
def test_what_is_no_municipality_is_not_taken_for_one(name: str) -> None:
    assert italian.municipality(name) is None


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Provincia di Matera", "ITF52"),
        ("Città Metropolitana Di Firenze", "ITI14"),
        ("Provincia dell’aquila", "ITF11"),
        ("Provincia Di Reggio Emilia", "ITH53"),
        ("Città metropolitana di Roma Capitale", "ITI43"),
        ("Provincia di Monza e della Brianza", "ITC4D"),
        ("Libero Consorzio Comunale di Agrigento", "ITG14"),
        ("Provincia di Reggio", ""),
        ("Provincia di Trento - Dipartimento Istruzione", ""),
        ("Comune di Matera", ""),
    ],
)
def test_an_italian_province_has_a_code_where_its_name_is_exact(name: str, code: str) -> None:
    assert told(italian.province(name))[1] == code


@pytest.mark.parametrize(
    ("name", "rule", "key"),
    [
        ("Ministère de l’Intérieur", "name", "interieur"),
        ("MINISTERE DE LA CULTURE", "name", "mc"),
        ("DINUM", "name", "dinum"),
        ("Direction interministérielle du numérique (DINUM),", "name", "dinum"),
        ("Pôle emploi", "name", "francetravail"),
        ("Ministère de la Culture, Direction générale de la création artistique", "part", "dgca"),
        ("Ministry of Action and Public Accounts - DGFIP", "part", "dgfip"),
        ("National Old Age Insurance Fund (Cnav)", "acronym", "cnav"),
        # The whole is never taken for its part.
        ("Mission Identité Numérique, Ministère de l’Intérieur", "", ""),
        ("Ministère de l’Action et des comptes publics", "", ""),
        ("Ministère de l’Intérieur et Agence nationale du traitement", "several-bodies", ""),
        ("General Directorate of Enterprises (DGE) / Ministry (DGEFP)", "several-bodies", ""),
        ("MA", "", ""),
    ],
)
def test_a_body_of_the_state_is_known_by_name(name: str, rule: str, key: str) -> None:
    assert told(states.body(name)) == (rule, f"fr-etat:{key}" if key else "")


def test_former_communes_are_those_of_the_official_list(shared: Path) -> None:
    path = shared / "sources" / "reference" / "fr" / "communes.json"
    rows = json.loads(path.read_text("utf-8"))
    today = {row["code"]: row["nom"] for row in rows if row["type"] == "commune-actuelle"}
    former = [row for row in rows if row["type"] in ("commune-deleguee", "commune-associee")]
    renamed = [row for row in former if row["nom"] != today[row["chefLieu"]]]
    with (assets.data() / "reference" / "fr-former-communes.csv").open(encoding="utf-8") as lines:
        kept = {(row["code"], row["name"], row["commune"]) for row in csv.DictReader(lines)}
    told = {(row["code"], row["nom"], row["chefLieu"]) for row in renamed}
    # Names that differ by capitals or hyphens only are one name.
    assert kept <= told and len(told - kept) < 10
    assert {place.name for place in gazetteers.former_communes()["oullins"]} == {
        "Oullins-Pierre-Bénite"
    }


def test_the_bodies_of_the_state_are_those_of_beta_gouv_fr(shared: Path) -> None:
    folder = shared / "sources" / "betagouv" / "content" / "_organisations"
    listed = {path.name.removesuffix(".md").lower() for path in folder.iterdir()}
    keys = {body.key for body in gazetteers.state_bodies()}
    assert len(keys) == len(gazetteers.state_bodies()) > 100
    assert keys - {"prefecture"} <= listed
    assert len(gazetteers.provinces()) == 107

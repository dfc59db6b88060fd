"""The reader of publiccode.yml: a software a file, an adoption a name, and nothing of a person."""

import io
import json
import re
import shutil
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from counts import publiccode as independent
from hypothesis import example, given
from hypothesis import settings as limits
from hypothesis import strategies as st
from rdflib import SKOS

from innograph import assets, media, sources, vocab
from innograph.errors import MissingData
from innograph.instance import Instance
from innograph.settings import Settings
from innograph.sources import Item, Note, Refusal, bodies, plainyaml
from innograph.sources.mapping import Mapper, graph_of
from innograph.sources.run import run

BASE = "https://example.org"
CASES = Path(__file__).parent / "cases" / "sources" / "publiccode"
FACTS = assets.data() / "facts" / "publiccode.jsonl"
# Written by hand, from what a person reads in the source.
EXPECTED = sorted((CASES.parent / "expected" / "publiccode").glob("*.ttl"))
SOURCE = sources.load("publiccode")
# The invented files lie in repositories of example.org, and one names an invented person.
INVENTED = replace(
    SOURCE,
    options=SOURCE.options
    | {"repository": "https://example.org/{}/{}", "persons": [bodies.digest("jane doe")]},
)
FORMS, BASE_OF_FORMS = "example.org/exampletown/forms", "example.org/othertown/base"
HEAD = 'publiccodeYmlVersion: "0.4"\nname: X\nurl: https://example.org/x\nlegal: {license: MIT}\n'


def items(found: list[Item | Refusal]) -> dict[str, Item]:
    return {item.local: item for item in found if isinstance(item, Item)}


def refusals(found: list[Item | Refusal]) -> dict[str, tuple[str, str]]:
    return {r.local: (r.kind, r.detail) for r in found if isinstance(r, Refusal)}


def name(item: Item) -> str:
    told: str = item.data["adopter"]["name"]
    return told


def read(text: str) -> list[Item | Refusal]:
    """What the reader makes of a file of this text."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "publiccode.yml"
        path.write_bytes(text.encode("utf-8", "replace"))
        return list(sources.read(INVENTED, path))


@pytest.fixture(scope="module")
def invented() -> list[Item | Refusal]:
    return list(sources.read(INVENTED, CASES))


@pytest.fixture(scope="module")
def forms(invented: list[Item | Refusal]) -> Item:
    return items(invented)[FORMS]


@pytest.fixture(scope="module")
def original(shared: Path) -> list[Item | Refusal]:
    return list(sources.read(SOURCE, shared / "sources" / "publiccode"))


@pytest.fixture(scope="module")
def counted(shared: Path) -> dict[str, Any]:
    return independent.counts(shared / "sources" / "publiccode")


def test_all_software_is_told_before_those_who_use_it(invented: list[Item | Refusal]) -> None:
    kinds = [item.kind for item in items(invented).values()]
    assert kinds == sorted(kinds, reverse=True) and set(kinds) == {"innovation", "adoption"}


def test_a_name_is_an_adoption_in_use_without_a_date(invented: list[Item | Refusal]) -> None:
    adoption = items(invented)[f"{FORMS}#village-of-newham"].data
    assert adoption["adopts"] == items(invented)[FORMS].data["id"]
    assert adoption["certainty"] == "reported"
    [period] = adoption["statuses"]
    assert period.keys() == {"id", "type", "status"} and period["status"] == "in-use"
    assert adoption["adopter"] == {
        "id": "organisation/publiccode-village-of-newham",
        "type": "Organisation",
        "name": "Village of Newham",
    }


def test_a_name_told_twice_is_one_adoption_that_notes_the_other_spelling(
    invented: list[Item | Refusal],
) -> None:
    town = items(invented)[f"{FORMS}#town-of-exampletown"]
    assert name(town) == "Town of Exampletown"
    assert town.data["adopter"]["otherNames"] == ["TOWN OF EXAMPLETOWN", "town of Exampletown"]
    assert town.notes == [
        Note("usedBy", "TOWN OF EXAMPLETOWN", "Town of Exampletown", "told-twice"),
        Note("usedBy", "town of Exampletown", "Town of Exampletown", "spelling"),
    ]


def test_a_copy_in_another_repository_adds_the_names_that_only_it_tells(
    invented: list[Item | Refusal], forms: Item
) -> None:
    evidence = {
        local.partition("#")[2]: item.data["evidence"]
        for local, item in items(invented).items()
        if local.startswith(f"{FORMS}#")
    }
    own, fork = "https://example.org/Exampletown/forms", "https://example.org/Fork/forms"
    assert evidence["town-of-exampletown"] == [own, fork]
    assert evidence["village-of-newham"] == [fork]
    assert evidence["village-of-oldham"] == [own]
    # The software is described by its own repository alone.
    assert Note("file", "Fork+forms.yml", "Exampletown+forms.yml", "copy") in forms.notes
    assert [period["status"] for period in forms.data["statuses"]] == ["beta"]
    licences = {local: item.licence for local, item in items(invented).items()}
    assert licences[FORMS] == "https://spdx.org/licenses/EUPL-1.2"
    assert licences[f"{FORMS}#village-of-newham"].endswith("/AGPL-3.0-or-later")


def test_one_name_that_uses_two_software_is_one_organisation(
    invented: list[Item | Refusal],
) -> None:
    known = items(invented)
    both = [known[f"{software}#town-of-exampletown"] for software in (FORMS, BASE_OF_FORMS)]
    assert len({item.data["adopter"]["id"] for item in both}) == 1
    assert len({item.data["id"] for item in both}) == 2


def test_names_that_no_address_can_hold_are_told_apart(invented: list[Item | Refusal]) -> None:
    greek = {name(i): i.local for i in items(invented).values() if "#" in i.local}
    assert greek["Δήμος Παραδείγματος"] != greek["Δήμος Άλλου"]
    assert "ΔΉΜΟΣ ΠΑΡΑΔΕΊΓΜΑΤΟΣ" not in greek


def test_persons_and_addresses_of_persons_are_left_out_without_a_trace(
    invented: list[Item | Refusal], forms: Item
) -> None:
    assert "@" not in str(invented) and "doe" not in str(invented).casefold()
    left_out = Counter((note.field, note.rule) for note in forms.notes if note.raw == "(not kept)")
    assert left_out == {
        ("usedBy", "personal-data"): 3,
        ("usedBy", "not-a-name"): 1,
        ("maintenance/contractors", "personal-data"): 1,
        ("fundedBy", "no-place-yet"): 1,
        ("unheardOf", "no-place-yet"): 1,
    }


def test_a_name_is_kept_as_told_but_for_stray_spaces(invented: list[Item | Refusal]) -> None:
    known = items(invented)
    oldham, wide = known[f"{FORMS}#village-of-oldham"], known[f"{FORMS}#zerowidth-body"]
    raw = "Village  of\xa0Oldham"
    assert oldham.notes == [Note("usedBy", raw, "Village of Oldham", "spaces")]
    assert name(wide) == "Zerowidth body"
    assert name(known[f"{FORMS}#1234567"]) == "1234567"


def test_roles_are_those_of_owner_author_and_contractors(
    invented: list[Item | Refusal], forms: Item
) -> None:
    told = [(r["role"], r["agent"]["name"], r.get("end")) for r in forms.data["roles"]]
    assert told == [
        ("lead", "Town of Exampletown", None),
        ("operator", "Example Works Ltd", "2030-01-31"),
    ]
    twice = "EXAMPLE WORKS LTD, 2031-01-31"
    assert Note("maintenance/contractors", twice, "EXAMPLE WORKS LTD", "told-twice") in forms.notes
    crowd = Note("legal/mainCopyrightOwner", "The Forms contributors", None, "a-crowd")
    assert crowd in forms.notes
    base = items(invented)[BASE_OF_FORMS]
    assert [(r["role"], r["agent"]["name"]) for r in base.data["roles"]] == [
        ("lead", "City of Othertown"),
        ("originator", "City of Othertown"),
    ]
    assert Note("legal/repoOwner", "Othertown IT", None, "no-place-yet") in base.notes


def test_an_italian_code_belongs_to_who_leads_and_is_noted_where_nobody_is_named(
    invented: list[Item | Refusal], forms: Item
) -> None:
    known = items(invented)
    codes = {
        local: [i["code"] for i in known[local].data["roles"][0]["agent"]["identifier"]]
        for local in (FORMS, BASE_OF_FORMS)
    }
    assert codes == {FORMS: ["c_x000"], BASE_OF_FORMS: ["c_x001"]}
    wrong = Note("it/riuso/codiceIPA", "not a code", None, "not-a-code")
    assert wrong in known[BASE_OF_FORMS].notes
    nameless = known["example.org/nameless"]
    assert "roles" not in nameless.data
    assert Note("it/riuso/codiceIPA", "c_x002", None, "no-name-told") in nameless.notes


def test_a_title_has_the_languages_of_the_descriptions_and_none_where_there_is_none(
    invented: list[Item | Refusal], forms: Item
) -> None:
    assert forms.data["title"] == {"en": "Forms - of Exampletown", "it-it": "Moduli"}
    assert Note("description/*", "?", None, "not-a-language") in forms.notes
    assert items(invented)[BASE_OF_FORMS].data["title"] == {"und": "Base"}
    localised = HEAD + "description: {en: {localisedName: Other}}\n"
    assert items(read(localised))["example.org/x"].data["title"] == {"en": "Other", "und": "X"}


def test_values_of_lists_are_recognised_and_others_noted(
    invented: list[Item | Refusal], forms: Item
) -> None:
    assert forms.data["categories"] == ["workflow-management"]
    assert forms.data["scope"] == ["local-authorities"]
    assert Note("categories", "bread-baking", None, "no-place-yet") in forms.notes
    base = items(invented)[BASE_OF_FORMS]
    assert "statuses" not in base.data
    assert Note("status", "half-baked", None, "no-place-yet") in base.notes
    assert Note("releaseDate", "2019-05-01", None, "no-place-yet") in base.notes


def test_a_software_is_based_on_another_only_where_that_is_known(
    invented: list[Item | Refusal], forms: Item
) -> None:
    assert forms.data["basedOn"] == [items(invented)[BASE_OF_FORMS].data["id"]]
    assert Note("isBasedOn", "https://example.org/nowhere/known", None, "not-listed") in forms.notes


def test_two_repositories_of_one_name_are_two_software() -> None:
    made = [
        items(read(HEAD.replace("example.org/x", place)))[place].data["id"]
        for place in ("example.org/a-b/c", "example.org/a/b-c", "example.org/a/b/c")
    ]
    assert len(set(made)) == 3


def test_a_bad_file_is_refused_with_its_line_and_stops_nothing(
    invented: list[Item | Refusal],
) -> None:
    told = {local: (kind, detail[:8]) for local, (kind, detail) in refusals(invented).items()}
    assert told == {
        "empty.yml": ("not readable", "line 1: "),
        "example.yml": ("invented", "line 3: "),
        "flat.yml": ("missing or wrong field", "line 5: "),
        "later.yml": ("unknown version", "line 2: "),
        "latin1.yml": ("not readable", "line 2: "),
        "list.yml": ("not readable", "line 1: "),
        "no-address.yml": ("missing or wrong field", "line 3: "),
        "no-licence.yml": ("missing or wrong field", "line 4: "),
        "no-name.yml": ("missing or wrong field", "line 1: "),
        "tab.yml": ("not readable", "line 3: "),
        "twice.yml": ("not readable", "line 4: "),
        "users.yml": ("missing or wrong field", "line 5: "),
    }
    assert len([i for i in items(invented).values() if i.kind == "innovation"]) == 3


def test_the_example_of_the_standard_is_no_fact_whatever_its_file_is_called(
    tmp_path: Path,
) -> None:
    shutil.copy(CASES / "example.yml", tmp_path / "publiccode.yml")
    [refused] = sources.read(SOURCE, tmp_path / "publiccode.yml")
    assert isinstance(refused, Refusal) and refused.kind == "invented"


@pytest.mark.parametrize("version", ["0", "0.0", "0.2", "0.4.0", "0.7", "0.8", "1", "1.0", "", "x"])
def test_files_of_version_0_are_read_and_others_refused(version: str) -> None:
    found = read(HEAD.replace("0.4", version))
    known = version in ("0", "0.2", "0.4.0", "0.7")
    assert (list(refusals(found).values()) == []) == known
    if not known:
        assert refusals(found)["publiccode.yml"][0] == "unknown version"


@pytest.mark.parametrize(
    ("licence", "read_as"),
    [
        ("MIT", "MIT"),
        ("AGPL-3.0-or-later", "AGPL-3.0-or-later"),
        ("(EUPL-1.2 OR MIT)", "EUPL-1.2"),
        ("GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0-only"),
        ("MIT AND CC0-1.0", None),
        ("see the file", None),
        ('""', None),
    ],
)
def test_a_file_passes_on_the_licence_of_its_repository_or_is_refused(
    licence: str, read_as: str | None
) -> None:
    [found] = read(HEAD.replace("MIT", licence))
    told = found.licence if isinstance(found, Item) else None
    assert told == (read_as and f"https://spdx.org/licenses/{read_as}")


def test_one_file_says_the_same_as_in_a_folder_and_takes_nothing_back(
    settings: Settings, tmp_path: Path
) -> None:
    instance = Instance.open(settings)
    assert run(instance, INVENTED, CASES).states["adoption", "accepted"] == 8
    revision = instance.follow()
    path = CASES / "OtherTown+base.yml"
    alone = run(instance, INVENTED, path)
    assert {state for _, state in alone.states} == {"unchanged"} and alone.vanished == []
    assert instance.follow() == revision
    more = tmp_path / "OtherTown+base.yml"
    more.write_text(path.read_text("utf-8").replace(": Town of", ": [Village of Oldham, Town of"))
    more.write_text(more.read_text("utf-8").replace("Exampletown\n", "Exampletown]\n"))
    after = run(instance, INVENTED, more)
    assert after.states["adoption", "accepted"] == after.states["adoption", "unchanged"] == 1


def test_the_invented_files_are_accepted_by_the_shapes_and_a_second_time_change_nothing(
    settings: Settings,
) -> None:
    instance = Instance.open(settings)
    outcome = run(instance, INVENTED, CASES)
    assert [told for told in outcome.refusals if told[0] == "check"] == []
    assert outcome.states["-", "refused"] == 12
    revision = instance.follow()
    assert run(instance, INVENTED, CASES).states["adoption", "unchanged"] == 8
    assert instance.follow() == revision


def test_facts_leave_out_prose(invented: list[Item | Refusal]) -> None:
    file = io.StringIO()
    assert sources.write_facts(INVENTED, invented, file) == len(items(invented))
    assert not re.search("prose", file.getvalue(), re.I)


def test_an_empty_folder_and_a_missing_file_are_named(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere.yml"):
        with pytest.raises(MissingData, match=path.name):
            list(sources.read(SOURCE, path))


# Texts that are nearly right: keys of the standard, with values of any make.
VALUES = st.recursive(
    st.none() | st.booleans() | st.dates().map(str) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
KEYS = (
    "name url landingURL isBasedOn releaseDate developmentStatus usedBy categories fundedBy "
    "intendedAudience description legal maintenance organisation it IT publiccodeYmlVersion"
).split()
nearly = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=5).map(
    lambda told: HEAD + "\n".join(f"{k}: {json.dumps(v)}" for k, v in told.items() if k not in HEAD)
)


@given(st.one_of(st.text(), nearly, st.tuples(nearly, st.text()).map("\n".join)))
@example("[" * 100_000)
@example("{a: " * 50_000)
@example(HEAD + "usedBy: &a [*a]")
@example(HEAD + "\tusedBy: [x]")
@example(HEAD + 'usedBy: ["\\0", "\\x85", "\\uFFFE", "a\\tb"]')
@example(HEAD.replace("url: https://example.org/x", 'url: "https://example.org/\\u0001\\u2028x"'))
@example(HEAD + 'landingURL: "https://[x"\nusedBy: [a]\nname: "\\u0001"')
@example(HEAD + "usedBy: " + "[" * 40 + "]" * 40)
@example(HEAD + "releaseDate: 2024-02-30\nusedBy: [2024-02-30, 0o7, .inf, ~]")
@example(HEAD + "legal: {license: MIT}")
@example(HEAD + "description: {en: {localisedName: a}, EN: {localisedName: b}, en_: {}}")
@limits(deadline=None)  # each text is written to a file and read
def test_no_text_whatever_gives_a_traceback(text: str) -> None:
    for found in read(text):
        if isinstance(found, Refusal):
            assert re.match(r"line [1-9]\d*: ", found.detail)
        else:
            assert len(graph_of(found, INVENTED, BASE)) > 2


@given(st.text())
@example("ſtraße")
@example("x" * 500)
def test_the_key_of_a_name_fits_an_address_and_depends_on_the_name_alone(text: str) -> None:
    made = bodies.key(text)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", made) and len(made) <= 109
    assert bodies.key(f" {text} ".replace(" ", "  ")) == made


@given(st.text("abcé ÀŒ’.-", min_size=1))
def test_names_that_differ_in_accents_and_punctuation_have_one_key(text: str) -> None:
    if re.search(r"[a-zéÀŒ]", text):
        assert bodies.key(text) == bodies.key(text.replace(".", "-").replace("é", "e"))


@pytest.mark.parametrize(
    "told", ["jane@example.org", "Body (jane.doe@example.org)", "Body, +33 1 00 00 00 00", "Avv. X"]
)
def test_an_address_a_number_or_a_title_makes_a_name_private(told: str) -> None:
    mapper = Mapper(SOURCE)
    assert bodies.name("usedBy", told, mapper) is None
    assert mapper.notes == [Note("usedBy", "(not kept)", None, "personal-data")]


@pytest.mark.parametrize("told", ["Avvocatura dello Stato", "Ingenio Srl", "A.S.L. Napoli 1", "3F"])
def test_a_body_is_not_taken_for_a_person(told: str) -> None:
    assert bodies.name("usedBy", told, Mapper(SOURCE)) == told


def test_yaml_is_read_as_plain_text_with_lines() -> None:
    told = plainyaml.read(b"a: 0.10\nb: [NO, 2020-01-01, ~]\nc:\n  d: 'null'\ne: null\n")
    assert told == {"a": "0.10", "b": ["NO", "2020-01-01", ""], "c": {"d": "null"}, "e": ""}
    assert told.lines == {"a": 1, "b": 2, "c": 3, "e": 5}
    assert told.fields("c").lines == {"d": 4}
    with pytest.raises(plainyaml.BadYaml, match="line 3: c is no text"):
        told.text("c")
    with pytest.raises(plainyaml.BadYaml, match="line 2: b is no list of keys"):
        told.text("b", "x")


def test_the_development_status_becomes_what_its_list_matches() -> None:
    statuses = SOURCE.context["status"]["@context"]
    model = vocab.vocabularies()
    matches = {
        str(model.value(concept, SKOS.notation)): str(match)
        for how in (SKOS.closeMatch, SKOS.broadMatch)
        for concept, match in model.subject_objects(how)
        if "publiccode-status" in str(concept)
    }
    told = {k: v.replace("voc:", vocab.VOCABULARIES) for k, v in statuses.items()}
    assert told == matches | {"in-use": f"{vocab.VOCABULARIES}uptake/in-use"}


def test_the_counts_of_what_is_read_are_those_of_the_files(
    original: list[Item | Refusal], counted: dict[str, Any]
) -> None:
    known = items(original)
    assert list(refusals(original)) == ["_example-standard.yml"]
    kinds = Counter(item.kind for item in known.values())
    assert kinds["innovation"] == counted["software"] == 8 and counted["files"] == 9
    assert kinds["adoption"] == counted["adoptions"] == 5_730
    adopters = {i.data["adopter"]["id"] for i in known.values() if i.kind == "adoption"}
    assert len(adopters) == counted["bodies"] == 5_712
    used = Counter(i.data["adopts"] for i in known.values() if i.kind == "adoption")
    assert sorted(used.values()) == sorted(counted["adoptions by software"].values())
    both = [i for i in known.values() if len(i.data.get("evidence", ())) == 2]
    assert len(both) == counted["bodies in both lists"] == 1_053
    status = Counter(p["phase"] for i in known.values() for p in i.data["statuses"] if "phase" in p)
    assert status == counted["status"]


def test_every_name_of_the_files_is_a_name_of_an_adopter(
    original: list[Item | Refusal], shared: Path
) -> None:
    folder = shared / "sources" / "publiccode"
    told = {
        item.data["adopter"]["name"] for item in items(original).values() if item.kind == "adoption"
    }
    for item in items(original).values():
        if item.kind == "adoption":
            told.update(item.data["adopter"].get("otherNames", ()))
    for path in folder.glob("[!_]*.yml"):
        for line in independent.users(path.read_text("utf-8")):
            assert " ".join(line.replace("\u200b", "").split()) in told


def test_names_told_twice_in_one_file_are_noted(
    original: list[Item | Refusal], counted: dict[str, Any]
) -> None:
    twice = [
        independent.letters(note.raw)
        for item in items(original).values()
        for note in item.notes
        if note.rule == "told-twice"
    ]
    expected = [n for names in counted["names told twice in one file"].values() for n in names]
    assert sorted(twice) == sorted(expected) and len(twice) == 3


def test_the_shipped_facts_are_what_the_reader_makes_of_the_files(shared: Path) -> None:
    file = io.StringIO()
    path = shared / "sources" / "publiccode"
    sources.write_facts(SOURCE, sources.read(SOURCE, path, True), file)
    assert file.getvalue() == FACTS.read_text("utf-8")
    assert FACTS.stat().st_size < 4_000_000


def test_the_shipped_facts_hold_no_prose_and_no_address_of_a_person() -> None:
    told = FACTS.read_text("utf-8")
    assert not re.search(r"[\w.+-]+@[\w-]+\.\w", told)
    for line in told.splitlines()[1:]:
        item = json.loads(line)
        assert not set(item["data"]) & set(SOURCE.prose)
        assert item["licence"].startswith("https://spdx.org/licenses/")


@pytest.mark.parametrize("path", EXPECTED, ids=[path.stem for path in EXPECTED])
def test_a_shipped_fact_says_what_one_reads_in_the_source(path: Path) -> None:
    local = path.read_text("utf-8").splitlines()[0].removeprefix("# ")
    [item] = [i for i in sources.read(SOURCE, FACTS) if isinstance(i, Item) and i.local == local]
    written = media.parse(path.read_bytes(), "text/turtle", BASE)
    assert media.canonical(graph_of(item, SOURCE, BASE)) == media.canonical(written)

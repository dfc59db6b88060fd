"""`innograph diffusion`, as a researcher uses it: on the graph, and on files of their own."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol
from xml.etree import ElementTree

import examples
import pytest
from click.testing import CliRunner, Result

from innograph.cli import main
from innograph.diffusion.measures import MEASURES
from innograph.diffusion.study import PROVENANCE
from innograph.instance import Instance
from innograph.settings import Settings

BASE = "http://127.0.0.1:8000"
BUDGET = "https://example.org/id/innovation/budget"
VALBOURG = "https://example.org/id/organisation/valbourg"
COMMUNES = "https://w3id.org/innograph/voc/population/fr-communes"

ADOPTIONS = """innovation,adopter,time,model,fidelity,date_kind,source
bus,Ain,2001,,original,declared,survey
bus,Bar,2003,Ain,identical,declared,survey
bus,Cher,2004,Ain;Bar,adapted,declared,survey
bus,Dax,2004,,,declared,survey
bus,Eu,2007,Cher,adapted,declared,survey
fair,Bar,2010,,original,enacted,law
fair,Ain,2011,Bar,identical,enacted,law
fair,Cher,2015,Bar,,enacted,law
"""
EDGES = "from,to\nAin,Bar\nBar,Cher\nCher,Dax\nDax,Eu\nEu,Ain\n"


class Run(Protocol):
    def __call__(self, *words: str, exit: int = 0) -> Result: ...


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance with the worked examples."""
    home = tmp_path_factory.mktemp("home")
    instance = Instance.open(Settings(home=home, base=BASE))
    examples.load(instance)
    instance.ledger.close()
    return home


@pytest.fixture
def run(home: Path) -> Run:
    def run(*words: str, exit: int = 0) -> Result:
        given = {"INNOGRAPH_HOME": str(home), "INNOGRAPH_BASE": BASE}
        result = CliRunner().invoke(main, ["diffusion", *words], env=given)
        assert result.exit_code == exit, result.output
        assert isinstance(result.exception, (SystemExit, type(None))), result.exc_info
        return result

    return run


@pytest.fixture
def files(tmp_path: Path) -> Iterator[list[str]]:
    """Options that name a file of adoptions and one of a network."""
    events, network = tmp_path / "events.csv", tmp_path / "network.csv"
    events.write_text(ADOPTIONS, "utf-8")
    network.write_text(EDGES, "utf-8")
    yield ["--events", str(events), "--network", str(network)]


def rows(result: Result) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(result.stdout)))


@pytest.mark.parametrize("name", sorted(MEASURES))
def test_each_measure_of_a_file_says_how_surely_it_is_known(
    run: Run, files: list[str], name: str
) -> None:
    found = rows(run(name, *files))
    assert found
    assert list(found[0])[-5:] == list(PROVENANCE)
    for row in found:
        assert not row["not_before"] or row["not_before"] <= row["not_after"]
    told = json.loads(run(name, *files, "--format", "json").stdout)
    assert [list(row) for row in told["rows"]] == [told["columns"]] * len(found)
    assert any("No population is given" in note for note in told["notes"])


@pytest.mark.parametrize("name", sorted(MEASURES))
def test_each_measure_explains_itself_and_stops(run: Run, name: str) -> None:
    assert MEASURES[name].explained() in run(name, "--explain").stdout


def test_the_curve_of_the_graph_is_that_of_the_examples(run: Run) -> None:
    result = run("curve", "--innovation", BUDGET, "--lang", "fr")
    found = {row["period"]: row for row in rows(result) if row["new"] != "0"}
    assert {period: (row["new"], row["cumulative"]) for period, row in found.items()} == {
        "2010": ("1", "1"),
        "2014": ("1", "2"),
        "2015": ("1", "3"),
        "2017": ("1", "4"),
        "2020": ("1", "5"),
        "2021": ("1", "6"),
    }
    assert {row["innovation_name"] for row in found.values()} == {"Budget des rues"}
    assert (found["2014"]["not_before"], found["2014"]["not_after"]) == ("2013", "2014")
    assert found["2014"]["source"] == f"{BASE}/id/source/examples; {BASE}/id/source/other-voice"
    assert found["2020"]["date_kind"] == "first-listed"
    assert "1 of 6 adoptions are dated by when a list first named" in result.stderr


def test_the_network_of_the_graph_is_who_followed_whom(run: Run) -> None:
    found = rows(run("network", "--innovation", BUDGET))
    names = {(row["from_name"], row["to_name"]): row["weight"] for row in found}
    assert names == {
        ("Commune de Montclair-sur-Orne", "Commune de Sauveterre"): "1",
        ("Commune de Montclair-sur-Orne", "Communauté de Beaurivage"): "1",
        **{
            ("Ville de Valbourg", other): "1"
            for other in (
                "Association Les Anciens",
                "Ayuntamiento de Ciudad Nueva",
                "Commune de Montclair-sur-Orne",
                "Communauté de Beaurivage",
            )
        },
    }


def test_the_cascade_of_the_graph_has_a_depth_and_an_end(run: Run) -> None:
    [row] = rows(run("cascades", "--innovation", BUDGET))
    # Valbourg; four at one step; Sauveterre after Montclair at two.
    assert (row["size"], row["edges"], row["depth"], row["breadth"]) == ("6", "6", "2", "4")
    # Five tell a fidelity beside the original: one identical. One of six has ended.
    assert (row["fidelity_told"], row["transposed"]) == ("5", "0.8")
    assert float(row["abandoned"]) == pytest.approx(1 / 6)


def test_survival_takes_bounds_as_they_are(run: Run) -> None:
    """Of six one is only known to have begun by 2020: it is shared among the four before."""
    found = rows(run("survival", "--innovation", BUDGET, "--method", "turnbull"))
    assert [(row["since"], row["until"]) for row in found] == [
        ("0.0", "0.0"),
        ("3.0", "4.0"),
        ("5.0", "5.0"),
        ("7.0", "7.0"),
        ("11.0", "11.0"),
    ]
    told = [float(row["survival"]) for row in found]
    assert told == pytest.approx([19 / 24, 14 / 24, 9 / 24, 4 / 24, 0], abs=1e-4)
    assert {row["median"] for row in found} == {"5.0"}


def test_a_population_of_the_graph_says_who_is_at_risk(run: Run) -> None:
    found = rows(run("curve", "--innovation", BUDGET, "--population", COMMUNES))
    # Of four one was founded in 2014; Montclair had adopted by then, Sauveterre does in 2015.
    assert {row["period"]: (row["members"], row["n_at_risk"]) for row in found} == {
        "2010": ("3", "3"),
        **{year: ("3", "2") for year in ("2011", "2012", "2013")},
        "2014": ("4", "3"),
        "2015": ("4", "2"),
    }


def test_exposure_is_computed_on_the_models_that_adoptions_tell(run: Run) -> None:
    found = rows(run("exposure", "--innovation", BUDGET, "--network", "told"))
    told = {row["adopter_name"]: row["threshold"] for row in found}
    # Valbourg adopted first, so its threshold was not seen; all others followed adopters only.
    assert told.pop("Ville de Valbourg") == ""
    assert set(told.values()) == {"1.0"}


def test_filters_narrow_the_adoptions(run: Run) -> None:
    nord = "https://example.org/id/location/nord"
    found = rows(run("categories", "--territory", nord, "--innovation", BUDGET))
    assert {row["adopter_name"] for row in found} == {
        "Association Les Anciens",
        "Ville de Valbourg",
        "Commune de Montclair-sur-Orne",
        "Commune de Sauveterre",
        "Communauté de Beaurivage",
    }
    seen = rows(run("curve", "--innovation", BUDGET, "--from", "2012", "--to", "2015"))
    assert [(row["period"], row["cumulative"]) for row in seen] == [
        ("2012", "1"),
        ("2013", "1"),
        ("2014", "2"),
        ("2015", "3"),
    ]


def test_months_and_the_other_bound_may_be_asked_for(run: Run) -> None:
    words = ("--innovation", BUDGET, "--unit", "month", "--when", "earliest")
    found = [row["period"] for row in rows(run("curve", *words)) if row["new"] != "0"]
    assert found == ["2010-01", "2013-05", "2015-01", "2017-01", "2021-01"]


def test_moran_is_refused_where_dates_are_of_a_listing_unless_one_goes_on(
    run: Run, files: list[str]
) -> None:
    path = Path(files[1])
    listed = path.read_text("utf-8").replace("declared", "first-listed")
    path.write_text(listed.replace("enacted", "first-listed"), "utf-8")
    assert "8 of 8 adoptions" in run("moran", *files, exit=2).stderr
    result = run("moran", *files, "--anyway")
    assert rows(result) and "they may be much older" in result.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--events", "EVENTS", "--theme", "urn:x"], "asked of the graph only"),
        (["--events", "EVENTS", "--population", "nobody.csv"], "there is no such file"),
        (["--population", "urn:nobody"], "the graph knows no member"),
        (["--events", "EVENTS", "--network", "none.csv"], "neither a file nor: told"),
        (["--events", "EVENTS", "--from", "May"], "--from cannot be May"),
        (["--events", "EVENTS", "--format", "gexf"], "only a network can be written so"),
    ],
)
def test_a_wrong_question_is_told_in_a_sentence(
    run: Run, files: list[str], words: list[str], sentence: str
) -> None:
    given = [files[1] if word == "EVENTS" else word for word in words]
    assert sentence in run("curve", *given, exit=2).stderr


def test_a_wrong_row_is_told_with_its_line(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "wrong.csv"
    path.write_text("innovation,adopter,time\nbus,Ain,2001\nbus,Bar,then\n", "utf-8")
    told = run("curve", "--events", str(path), exit=2).stderr
    assert f"{path}, line 3: time: 'then' is neither a date" in told


def test_a_network_is_written_for_other_programs(
    run: Run, files: list[str], tmp_path: Path
) -> None:
    pytest.importorskip("networkx", reason="networkx is absent: innograph[research]")
    for form in ("graphml", "gexf"):
        target = tmp_path / f"network.{form}"
        run("network", *files, "--format", form, "-o", str(target))
        tags = [element.tag.rpartition("}")[2] for element in ElementTree.parse(target).iter()]
        # Bar was Cher's model twice.
        assert tags.count("edge") == 5 and tags.count("node") == 4


def test_a_table_is_written_as_parquet(run: Run, files: list[str], tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow: innograph[research]")
    target = tmp_path / "curve.parquet"
    run("curve", *files, "--format", "parquet", "-o", str(target))
    told = parquet.read_table(target)
    assert told.column_names[:3] == ["innovation", "period", "new"]
    assert told.to_pylist()[0]["rate"] is None
    assert "No population" in told.schema.metadata[b"notes"].decode()


def test_a_report_has_all_measures_or_why_there_is_none(run: Run, files: list[str]) -> None:
    told = run("report", *files).stdout
    for name in MEASURES:
        assert f"## {name}\n" in told
    graph = run("report", "--innovation", BUDGET).stdout
    assert "it needs a network of who looks to whom" in graph
    assert "Ville de Valbourg" in graph


def test_a_measure_is_drawn_and_one_without_a_drawing_says_which_have_one(
    run: Run, files: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "curve.svg"
    said = run("curve", *files, "--format", "svg", "-o", str(path))
    root = ElementTree.fromstring(path.read_bytes())
    assert root.tag.endswith("}svg") and {"bus", "fair"} <= {e.text for e in root.iter()}
    assert "written" in said.output
    refused = run("cascades", *files, "--format", "svg", exit=2)
    assert "there is no drawing of cascades" in refused.output
